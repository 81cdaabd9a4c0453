# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""The losses of a recipe in PyTorch: each of one picture, in the mean over a batch."""
import re

import torch
from torch.nn import functional

from net import Unknown


LEAST = 1e-4  # of a scale's structure: a power of what is not positive has no slope


def mean(x):
    return x.flatten(1).mean(1)


def window(side, like):
    n = min(11, side - (side % 2 == 0))
    at = torch.arange(n, dtype=like.dtype, device=like.device) - n // 2
    w = torch.exp(-at ** 2 / (2 * 1.5 ** 2))
    return w / w.sum()


def similarity(y, t):
    """Luminance and contrast-structure maps (Wang et al. 2004, section III)."""
    c = y.shape[1]
    kernel = torch.outer(window(y.shape[2], y), window(y.shape[3], y))
    kernel = kernel.expand(c, 1, *kernel.shape)

    def blur(x):
        return functional.conv2d(x, kernel, groups=c)

    my, mt, c1, c2 = blur(y), blur(t), 0.01 ** 2, 0.03 ** 2
    vy, vt = blur(y * y) - my * my, blur(t * t) - mt * mt
    covariance = blur(y * t) - my * mt
    return ((2 * my * mt + c1) / (my * my + mt * mt + c1),
            (2 * covariance + c2) / (vy + vt + c2))


def ssim(y, t, _):
    light, structure = similarity(y, t)
    return 1 - mean(light * structure)


def ms_ssim(y, t, scales):
    weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333][:int(scales)]
    weights = weights[:max(n for n in range(1, 6)
                           if n == 1 or min(y.shape[2:]) >> (n - 1) >= 11)]
    product = 1
    for i, weight in enumerate(weights):
        light, structure = similarity(y, t)
        last = i == len(weights) - 1
        part = (light * structure if last else structure).mean((2, 3))
        product = product * part.clamp(min=LEAST) ** (weight / sum(weights))
        y, t = functional.avg_pool2d(y, 2), functional.avg_pool2d(t, 2)
    return 1 - product.mean(1)


def edge(y, t, _):
    e = y - t
    pairs = torch.cat([(e[..., 1:] - e[..., :-1]).flatten(1),
                       (e[..., 1:, :] - e[..., :-1, :]).flatten(1)], 1)
    return mean(torch.sqrt(pairs ** 2 + 1e-6))


LOSSES = {  # name: function, its parameter and what that is by default
    "mse": (lambda y, t, _: mean((y - t) ** 2), None, 0),
    "l1": (lambda y, t, _: mean((y - t).abs()), None, 0),
    "rmse": (lambda y, t, _: mean((y - t) ** 2).sqrt(), None, 0),
    "charbonnier": (lambda y, t, p: mean(torch.sqrt((y - t) ** 2 + p * p)),
                    "epsilon", 1e-3),
    "huber": (lambda y, t, p: mean(functional.huber_loss(y, t, reduction="none", delta=p)),
              "delta", 0.05),
    "bce": (lambda y, t, _: mean(functional.binary_cross_entropy(y, t, reduction="none")),
            None, 0),
    "edge": (edge, None, 0),
    "ssim": (ssim, None, 0),
    "ms-ssim": (ms_ssim, "scales", 5),
}
ALIASES = {"mae": "l1"}
TERM = re.compile(r"(?:([0-9.eE-]+)\s*\*\s*)?([a-z0-9-]+)(\([^)]*\))?(?:\s+([a-z]+)=(\S+))?$")


class Objective:
    """A weighted sum of losses, such as 'charbonnier + 0.1 * ms-ssim'."""

    def __init__(self, text):
        self.terms = []
        for part in re.split(r"\s\+\s", " ".join(text.replace("+", " + ").split())):
            match = TERM.match(part.strip())
            name = match and ALIASES.get(match.group(2), match.group(2))
            if not match or name not in LOSSES or match.group(3):
                raise Unknown(f"found the loss '{part.strip()}', which the trainer for PyTorch "
                              f"does not have, expected one of {', '.join(LOSSES)} or a sum; "
                              "train it with reweave train")
            function, _, default = LOSSES[name]
            self.terms.append((float(match.group(1) or 1), function,
                               float(match.group(5) or default)))

    def __call__(self, y, target):
        """The mean over the pictures, in single precision whatever the net runs in."""
        y = y.float()
        return sum(weight * function(y, target, parameter)
                   for weight, function, parameter in self.terms).mean()
