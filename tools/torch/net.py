# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""A net's text as a PyTorch module, whose parameters have a weight file's names."""
import torch
from torch import nn
from torch.nn import functional

PLANES = {"rgb": 3, "grey": 1}  # all others have one channel


class Unknown(ValueError):
    """Something of a net or a recipe that this trainer does not have."""


class Bound(torch.autograd.Function):
    """max (x, bound); at the bound a gradient passes only where it leads away."""

    @staticmethod
    def forward(ctx, x, bound):
        ctx.save_for_backward(x >= bound)
        return x.clamp(min=bound)

    @staticmethod
    def backward(ctx, gradient):
        above, = ctx.saved_tensors
        return gradient * (above | (gradient < 0)), None


class Gdn(nn.Module):
    """Generalised divisive normalisation; the parameters as they are stored, before
    they are made positive."""
    PEDESTAL = 2.0 ** -36

    def __init__(self, channels, power):
        super().__init__()
        self.power = power
        self.beta = nn.Parameter(torch.ones(channels))
        self.gamma = nn.Parameter(torch.eye(channels))

    def positive(self, raw, least):
        bound = (least + self.PEDESTAL) ** 0.5
        return Bound.apply(raw, bound) ** 2 - self.PEDESTAL

    def forward(self, x):
        gamma = self.positive(self.gamma, 0)[:, :, None, None]
        norm = functional.conv2d(x * x, gamma, self.positive(self.beta, 1e-6))
        return x * norm ** self.power


class Gate(nn.Module):
    """The product of both halves of the channels."""

    def forward(self, x):
        a, b = x.chunk(2, 1)
        return a * b


def split(text):
    """The statements of a text, in order: words and the name behind '->'."""
    for line in text.splitlines():
        for part in line.split("#")[0].split("|"):
            words, _, name = part.partition("->")
            words = words.replace("{", " { ").replace("}", " } ").split()
            if words or name.strip():
                yield words, name.strip() or None


def unroll(statements):
    """Blocks that repeat, one round after the other."""
    statements, result = list(statements), []
    while statements:
        words, name = statements.pop(0)
        if not words or words[0] != "repeat":
            result.append((words, name, None))
            continue
        rounds, body = int(words[1]), []
        while statements and statements[0][0] != ["}"]:
            body.append(statements.pop(0))
        statements.pop(0)
        for number in range(rounds):
            result += [(w, n, number) for w, n in body]
    return result


class Net(nn.Module):
    """@text: as nets are written; names of parameters are conv1.weight and so on."""

    def __init__(self, text):
        super().__init__()
        self.steps, self.counts, self.widths = [], {}, {}
        self.channels, self.planes = 0, []
        self.shared, self.at, last = [], 0, None
        for words, name, number in unroll(split(text)):
            if number is None or (number == 0 and last != 0):
                self.shared = []  # the layers of a block that begins
            if number != last:
                self.at = 0
            last = self.round = number
            if words:
                self.add_statement(words)
            if name:
                self.steps.append(("name", name))
                self.widths[name] = self.channels

    def push(self, kind, module):
        """A layer; in later rounds of a block the one of the first."""
        if self.round:
            name = self.shared[self.at]
            self.at += 1
        else:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            name = f"{kind}{self.counts[kind]}"
            self.add_module(name, module)
            self.shared.append(name)
        self.steps.append(("layer", name))

    def push_conv(self, n, options, k, stride):
        k, stride = int(options.get("k", k)), int(options.get("stride", stride))
        pad = 0 if options.get("pad") == "valid" or k == stride else (k - 1) // 2
        self.push("conv", nn.Conv2d(self.channels, n, k, stride, pad,
                                    bias=options.get("bias") != "no"))
        self.channels = n

    def add_statement(self, words):
        kind, rest = words[0], words[1:]
        options = dict(word.split("=") for word in rest if "=" in word)
        bare = [word for word in rest if "=" not in word]
        n = int(bare[0]) if bare and bare[0].isdigit() else 2
        n = int(options.get("channels", options.get("factor", options.get("size", n)))
                if kind != "input" else 0)
        if kind == "input":
            if "size" in options:
                raise Unknown("input: a net of one size, expected one that takes any")
            self.planes = bare
            self.channels = sum(PLANES.get(plane, 1) for plane in bare)
        elif kind == "conv":
            self.push_conv(n, options, 3, 1)
        elif kind == "down":
            self.push_conv(n, options, 2, 2)
        elif kind == "up":
            self.push_conv(4 * n, {}, 1, 1)
            self.push("shuffle", nn.PixelShuffle(2))
            self.channels = n
        elif kind in ("add", "concat", "subtract", "times", "from"):
            self.steps.append((kind, bare[0]))
            self.channels = (self.channels + self.widths[bare[0]] if kind == "concat"
                             else self.widths[bare[0]])
        elif kind == "residual":
            self.steps.append((kind, None))
        else:
            self.add_plain(kind, n, options)

    def add_plain(self, kind, n, options):
        """Layers without a second input."""
        channels = self.channels
        makers = {
            "relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid,
            "leaky-relu": lambda: nn.LeakyReLU(float(options.get("slope", 0.1))),
            "prelu": lambda: nn.PReLU(channels),
            "max-pool": lambda: nn.MaxPool2d(n),
            "average-pool": lambda: nn.AvgPool2d(n),
            "upsample": lambda: nn.Upsample(
                scale_factor=n, mode=options.get("mode", "nearest"),
                align_corners=False if options.get("mode") == "bilinear" else None),
            "shuffle": lambda: nn.PixelShuffle(n),
            "unshuffle": lambda: nn.PixelUnshuffle(n),
            "gate": Gate,
            "gdn": lambda: Gdn(channels, -0.5),
            "igdn": lambda: Gdn(channels, 0.5),
        }
        if kind not in makers:
            raise Unknown(f"found the layer {kind}, which the trainer for PyTorch does not "
                          "have, expected a net without; train it with reweave train")
        self.push(kind, makers[kind]())
        self.channels = {"shuffle": channels // n ** 2, "unshuffle": channels * n ** 2,
                         "gate": channels // 2}.get(kind, channels)

    def forward(self, image):
        x, named = image, {}
        for kind, name in self.steps:
            if kind == "layer":
                x = getattr(self, name)(x)
            elif kind == "name":
                named[name] = x
            elif kind == "add":
                x = x + named[name]
            elif kind == "subtract":
                x = x - named[name]
            elif kind == "times":
                x = x * named[name]
            elif kind == "from":
                x = named[name]
            elif kind == "concat":
                x = torch.cat([x, named[name]], 1)
            else:
                x = x + image[:, :x.shape[1]]
        return x
