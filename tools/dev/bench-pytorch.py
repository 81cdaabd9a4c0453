#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""A net of reweave in PyTorch, timed on demand.

Reads lines "infer" and "train" and answers each with the seconds of one run, in
the faster of PyTorch's two memory formats.  Started by
`reweave bench --against pytorch`.
"""
import argparse
import os
import sys
import time

# Threads that wait by spinning slow whatever else runs, and are ten times slower
# themselves on a machine that is shared.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch  # noqa: E402
from torch import nn  # noqa: E402


def number(words, default):
    for word in words:
        if word.isdigit():
            return int(word)
    return default


def setting(words, key, default):
    for word in words:
        if word.startswith(key + "="):
            return int(word.split("=")[1])
    return default


ACTIVATIONS = {"relu": nn.ReLU, "leaky-relu": nn.LeakyReLU, "prelu": nn.PReLU,
               "gelu": nn.GELU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
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

    def push(self, layer, name=None):
        self.layers.append(layer)
        self.steps.append(("layer", len(self.layers) - 1, name))

    def add(self, words, name):
        word, rest = words[0], words[1:]
        n = number(rest, None)
        if word == "input":
            self.planes = rest
            self.channels = sum(PLANES[plane] for plane in rest)
        elif word in ("conv", "down"):
            k = setting(rest, "k", 2 if word == "down" else 3)
            stride = setting(rest, "stride", 2 if word == "down" else 1)
            padding = k // 2 if stride == 1 else 0
            self.push(nn.Conv2d(self.channels, n, k, stride, padding))
            self.channels = n
        elif word == "up":
            self.push(nn.Conv2d(self.channels, 4 * n, 1))
            self.push(nn.PixelShuffle(2))
            self.channels = n
        elif word in ACTIVATIONS:
            self.push(ACTIVATIONS[word]())
        elif word == "max-pool":
            self.push(nn.MaxPool2d(n or 2))
        elif word == "average-pool":
            self.push(nn.AvgPool2d(n or 2))
        elif word == "upsample":
            self.push(nn.Upsample(scale_factor=n or 2, mode="nearest"))
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
            sys.exit(f"bench-pytorch: the layer {word} is not known here")
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


class Subject:
    """The net in one memory format."""

    def __init__(self, options, memory_format):
        torch.manual_seed(0)
        width, height = map(int, options.size.split("x"))
        self.net = Net(options.net).to(memory_format=memory_format)
        channels = sum(PLANES[plane] for plane in self.net.planes)
        self.picture = torch.rand(1, channels, height, width).contiguous(
            memory_format=memory_format)
        self.batch = torch.rand(
            options.batch, channels, options.patch, options.patch).contiguous(
                memory_format=memory_format)
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=1e-4)

    def infer(self):
        with torch.no_grad():
            self.net(self.picture)

    def train(self):
        self.optimiser.zero_grad()
        output = self.net(self.batch)
        (output ** 2).mean().backward()
        self.optimiser.step()

    def measure(self, what):
        start = time.perf_counter()
        getattr(self, what)()
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", required=True, help="the net's text")
    parser.add_argument("--size", default="1024x1024")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--patch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    subjects = [Subject(options, torch.contiguous_format),
                Subject(options, torch.channels_last)]
    fastest = {}
    for line in sys.stdin:
        what = line.strip()
        if what not in ("infer", "train"):
            sys.exit(f"bench-pytorch: found {what!r}, expected infer or train")
        if what not in fastest:
            for subject in subjects:
                subject.measure(what)  # the first is slow
            fastest[what] = min(
                subjects, key=lambda s: min(s.measure(what) for _ in range(3)))
        print(fastest[what].measure(what), flush=True)


main()
