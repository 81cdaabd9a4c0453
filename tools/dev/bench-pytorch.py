#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""A net of reweave in PyTorch, timed on demand.

Reads lines "infer" and "train" and answers each with the seconds of one run, in
the faster of PyTorch's two memory formats, and "compare" with how far its result
is from reweave's.  Started by `reweave bench --against pytorch`.

PyTorch gets what its tuning guide advises: freed memory is kept in place of being
faulted in anew (a tenth of a training step, a quarter of inference), relu works in
place, gradients are freed in place of zeroed, inference_mode.
"""
import argparse
import ctypes
import os
import sys
import time

# Threads that wait by spinning for long slow whatever else runs, and are ten times
# slower themselves on a machine that is shared; some 20 us cost nobody.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")

import torch  # noqa: E402
from torch import nn  # noqa: E402

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # of malloc.h


def keep_memory():
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        libc.mallopt(M_TOP_PAD, 2**26)


def number(words, default):
    for word in words:
        if word.isdigit():
            return int(word)
    return default


def setting(words, key, default):
    for word in words:
        if word.startswith(key + "="):
            return type(default)(word.split("=")[1])
    return default


ACTIVATIONS = {"prelu": nn.PReLU, "gelu": nn.GELU, "sigmoid": nn.Sigmoid,
               "tanh": nn.Tanh}
LOSSES = {"mse": nn.functional.mse_loss, "l1": nn.functional.l1_loss,
          "charbonnier": lambda y, t: ((y - t) ** 2 + 1e-6).sqrt().mean()}
OPTIMISERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW,
              "sgd": torch.optim.SGD}
PLANES = {"rgb": 3, "grey": 1, "sigma": 1}


class Net(nn.Module):
    """The layers of the text in order; names for skips."""

    def __init__(self, text):
        super().__init__()
        self.layers = nn.ModuleList()
        self.steps = []  # (word, index of the layer or None, name or None)
        self.channels = 0
        self.known = {}  # name -> channels
        self.planes = []
        for line in text.splitlines():
            for statement in line.split("#")[0].split("|"):
                words, _, name = statement.partition("->")
                if words.strip():
                    self.add(words.split(), name.strip() or None)

    def push(self, layer):
        self.layers.append(layer)
        self.steps.append(("layer", len(self.layers) - 1, None))

    def follows_conv(self):
        """Whether what follows may overwrite the result before it."""
        return (self.steps and self.steps[-1][0] == "layer"
                and isinstance(self.layers[-1], nn.Conv2d))

    def add(self, words, name):
        word, rest = words[0], words[1:]
        n = number(rest, None)
        if word == "input":
            self.planes = rest
            self.channels = sum(PLANES[plane] for plane in rest)
        elif word in ("conv", "down"):
            k = setting(rest, "k", 2 if word == "down" else 3)
            stride = setting(rest, "stride", 2 if word == "down" else 1)
            padding = k // 2 if k % 2 and setting(rest, "pad", "") != "valid" else 0
            self.push(nn.Conv2d(self.channels, n, k, stride, padding,
                                bias=setting(rest, "bias", "") != "no"))
            self.channels = n
        elif word == "up":
            self.push(nn.Conv2d(self.channels, 4 * n, 1))
            self.push(nn.PixelShuffle(2))
            self.channels = n
        elif word == "relu":
            self.push(nn.ReLU(inplace=self.follows_conv()))
        elif word == "leaky-relu":
            self.push(nn.LeakyReLU(setting(rest, "slope", 0.1),
                                   inplace=self.follows_conv()))
        elif word in ACTIVATIONS:
            self.push(ACTIVATIONS[word]())
        elif word == "max-pool":
            self.push(nn.MaxPool2d(n or 2))
        elif word == "average-pool":
            self.push(nn.AvgPool2d(n or 2))
        elif word == "upsample":
            self.push(nn.Upsample(scale_factor=n or 2,
                                  mode=setting(rest, "mode", "nearest")))
        elif word == "shuffle":
            self.push(nn.PixelShuffle(n or 2))
            self.channels //= (n or 2) ** 2
        elif word == "unshuffle":
            self.push(nn.PixelUnshuffle(n or 2))
            self.channels *= (n or 2) ** 2
        elif word in ("add", "concat"):
            self.steps.append((word, None, rest[0]))
            if word == "concat":
                self.channels += self.known[rest[0]]
        elif word == "residual":
            self.steps.append((word, None, None))
        else:
            raise ValueError(f"the layer {word} is not known to it, expected one "
                             "that it has; leave that out")
        if name:
            self.steps.append(("name", None, name))
            self.known[name] = self.channels

    def forward(self, picture):
        named, x = {}, picture
        for word, index, name in self.steps:
            if word == "layer":
                x = self.layers[index](x)
            elif word == "name":
                named[name] = x
            elif word == "add":
                x = x + named[name]
            elif word == "concat":
                x = torch.cat((x, named[name]), 1)
            else:
                x = x + picture[:, :x.shape[1]]
        return x


class Values:
    """What reweave has: parameters, an input and its result."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.floats = torch.frombuffer(bytearray(file.read()),
                                           dtype=torch.float32)
        self.next = 0

    def take(self, n):
        self.next += n
        return self.floats[self.next - n:self.next]

    def load(self, net):
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.copy_(self.take(parameter.numel()).view(parameter.shape))

    def picture(self, channels, height, width):
        pixels = self.take(channels * height * width)
        return pixels.view(1, height, width, channels).permute(0, 3, 1, 2)

    def rest(self):
        return self.floats[self.next:]


class Subject:
    """The net in one memory format."""

    def __init__(self, options, memory_format):
        torch.manual_seed(0)
        width, height = map(int, options.size.split("x"))
        values = Values(options.values)
        self.net = Net(options.net)
        values.load(self.net)
        self.net = self.net.to(memory_format=memory_format)
        channels = sum(PLANES[plane] for plane in self.net.planes)
        self.picture = values.picture(channels, height, width).contiguous(
            memory_format=memory_format)
        self.expected = values.rest()
        self.batch = torch.rand(
            options.batch, channels, options.patch, options.patch).contiguous(
                memory_format=memory_format)
        with torch.no_grad():
            self.target = torch.rand_like(self.net(self.batch[:1])).repeat(
                options.batch, 1, 1, 1).contiguous(memory_format=memory_format)
        self.loss = LOSSES.get(options.loss, nn.functional.mse_loss)
        self.optimiser = OPTIMISERS[options.optimiser](self.net.parameters(), lr=1e-6)

    def infer(self):
        with torch.inference_mode():
            return self.net(self.picture)

    def train(self):
        self.optimiser.zero_grad(set_to_none=True)
        self.loss(self.net(self.batch), self.target).backward()
        self.optimiser.step()

    def compare(self):
        """The largest difference, and the root mean square relative to ours."""
        result = self.infer().permute(0, 2, 3, 1).reshape(-1)
        difference = (result - self.expected).double()
        scale = self.expected.double().square().mean().sqrt()
        return (difference.abs().max().item(),
                (difference.square().mean().sqrt() / scale).item())

    def measure(self, what):
        start = time.perf_counter()
        getattr(self, what)()
        return time.perf_counter() - start


def make_subjects(options):
    if options.optimiser not in OPTIMISERS:
        raise ValueError(f"the optimizer {options.optimiser} is not known to it, "
                         f"expected one of {', '.join(OPTIMISERS)}; measure without "
                         "--against")
    return [Subject(options, torch.contiguous_format),
            Subject(options, torch.channels_last)]


def answer(subjects, fastest, what):
    if what == "compare":
        return " ".join(map(repr, max(s.compare() for s in subjects)))
    if what not in fastest:
        for subject in subjects:
            subject.measure(what)  # the first is slow
        fastest[what] = min(
            subjects, key=lambda s: min(s.measure(what) for _ in range(3)))
    return fastest[what].measure(what)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", required=True, help="the net's text")
    parser.add_argument("--values", required=True,
                        help="see tools/bench/bench-values.h")
    parser.add_argument("--size", default="1024x1024")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--patch", type=int, default=64)
    parser.add_argument("--loss", default="mse")
    parser.add_argument("--optimiser", default="adam")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    keep_memory()
    torch.set_num_threads(options.threads)
    try:
        subjects = make_subjects(options)
    except (ValueError, KeyError, RuntimeError) as error:
        sys.exit(print("!" + " ".join(str(error).split()), flush=True))
    fastest = {}
    for line in sys.stdin:
        print(answer(subjects, fastest, line.strip()), flush=True)


main()
