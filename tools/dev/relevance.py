# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Explanations of a net, for make-torch-fixture: gradients are PyTorch's; relevance
(Bach et al. 2015, equations 58 and 60) is shared by matrices that hold, for each value
of a layer's input, what it adds to each value of the output."""
import torch
from torch import nn
from torch.nn import functional

SUMS = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear, nn.AvgPool2d, nn.Upsample)
MOVES = (nn.PixelShuffle, nn.PixelUnshuffle, nn.MaxPool2d)
PASSES = (nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.GELU, nn.Tanh, nn.Sigmoid)

RULES = {"epsilon": ("epsilon", 0.05), "alpha2": ("alpha", 2), "alpha1": ("alpha", 1)}


class Node:
    """A result: of the function of its inputs, earlier nodes; 0 is the picture."""

    def __init__(self, name, kind, run, inputs, value):
        self.name, self.kind, self.run = name, kind, run
        self.inputs, self.value = inputs, value


def trace(net, x):
    """All results up to the residual, each with a gradient to come."""
    nodes, named = [Node("input", "input", None, [], x)], {}

    def add(name, kind, run, inputs):
        value = run(*[nodes[i].value for i in inputs])
        value.retain_grad()
        nodes.append(Node(name, kind, run, inputs, value))

    for kind, name in net.steps:
        last = len(nodes) - 1
        if kind == "label":
            named[name] = last
        elif kind == "module":
            module = getattr(net, name)
            add(name, module, module, [last])
        elif kind == "flatten":
            add(None, kind, lambda a: a.flatten(1), [last])
        elif kind == "pixel":
            add(None, kind, lambda a: a[:, :, None, None], [last])
        elif kind == "add":
            add(None, kind, lambda a, b: a + b, [last, named[name]])
        elif kind == "subtract":
            add(None, kind, lambda a, b: a - b, [last, named[name]])
        elif kind == "times":
            add(None, kind, lambda a, b: a * b, [last, named[name]])
        elif kind == "concat":
            add(None, kind, lambda a, b: torch.cat([a, b], 1), [last, named[name]])
    return nodes


# ---- one layer's share -------------------------------------------------------

def summands(node, values):
    """What each value of each input adds to each of the output, [inputs][outputs],
    and the bias."""
    if node.kind in ("add", "subtract"):
        signs = (1, -1 if node.kind == "subtract" else 1)
        return ([torch.diag(sign * v.flatten()) for sign, v in zip(signs, values)],
                torch.zeros(values[0].numel(), dtype=torch.double))
    x = values[0]
    bias = node.run(torch.zeros_like(x)).flatten()
    ones = torch.eye(x.numel(), dtype=torch.double).reshape(-1, *x.shape[1:])
    adds = node.run(ones).flatten(1) - bias
    return [adds * x.flatten()[:, None]], bias


def share(node, values, relevance, rule):
    z, bias = summands(node, values)
    y, r = node.value.flatten(), relevance.flatten()
    kind, number = RULES[rule]
    if kind == "epsilon":
        e = number * (y * y).mean().sqrt()
        weight = r / (y + torch.where(y < 0, -e, e))
        return [part @ weight for part in z]
    most = sum(part.clamp(min=0).sum(0) for part in z) + bias.clamp(min=0)
    least = sum(part.clamp(max=0).sum(0) for part in z) + bias.clamp(max=0)
    alpha = torch.where(least < 0, number, 1) * r / torch.where(most > 0, most, 1)
    beta = torch.where(most > 0, 1 - number, 1) * r / torch.where(least < 0, least, 1)
    return [part.clamp(min=0) @ alpha + part.clamp(max=0) @ beta for part in z]


def move(node, values, relevance):
    """Where each value of the output stood in the input."""
    x = values[0]
    places = torch.arange(x.numel(), dtype=torch.double).reshape(x.shape)
    if isinstance(node.kind, nn.MaxPool2d):
        _, at = functional.max_pool2d(x, node.kind.kernel_size, return_indices=True)
        plane = x.shape[2] * x.shape[3]
        at = at + plane * torch.arange(x.shape[1])[None, :, None, None]
    else:
        at = node.run(places).long()
    result = torch.zeros(x.numel(), dtype=torch.double)
    result[at.flatten()] = relevance.flatten()
    return [result]


def go_through(node, values, relevance, rule):
    if node.kind in ("add", "subtract") or isinstance(node.kind, SUMS):
        return share(node, values, relevance, rule)
    if node.kind == "concat":
        return relevance.split([v.shape[1] for v in values], 1)
    if node.kind == "times":
        return [relevance / 2, relevance / 2]
    if node.kind in ("flatten", "pixel") or isinstance(node.kind, PASSES):
        return [relevance]
    if isinstance(node.kind, MOVES):
        return move(node, values, relevance)
    return [torch.cat([relevance, relevance], 1) / 2]  # a gate


def relevance_of(nodes, output, rule):
    """That of the picture, for @output of the last node."""
    found = [torch.zeros_like(node.value) for node in nodes]
    found[-1] = output
    for node, relevance in zip(reversed(nodes), reversed(found)):
        values = [nodes[i].value for i in node.inputs]
        if values:
            parts = go_through(node, values, relevance, rule)
            for i, part in zip(node.inputs, parts):
                found[i] += part.reshape(found[i].shape)
    return found[0]


# ---- all ---------------------------------------------------------------------

def explain(net, x, region, colours):
    """Tensors: energy, saliency, cam.NAME, relevance.RULE; @region: x, y, width and
    height in the result."""
    nodes = trace(net, x)
    left, top, width, height = region
    y = nodes[-1].value
    part = torch.zeros_like(y)
    part[:, :, top:top + height, left:left + width] = 1
    energy = (part * y * y).sum() / 2
    energy.backward()
    tensors = {"energy": energy.reshape(1),
               "saliency": x.grad[:, :colours].abs().amax(1, keepdim=True)}
    for node in nodes[1:]:
        if node.name and node.value.dim() == 4:
            mean = node.value.grad.mean((2, 3), keepdim=True)
            tensors["cam." + node.name] = (mean * node.value).sum(1, keepdim=True).clamp(
                min=0)
    with torch.no_grad():
        for rule in RULES:
            tensors["relevance." + rule] = relevance_of(nodes, part * y * y, rule)
    return tensors
