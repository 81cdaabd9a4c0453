# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""The optimisers and schedules of a recipe, by the formulas of core/train/optim."""
import math

import torch

from net import Unknown


def adam(w, g, state, r, rate, t):
    m = state.setdefault("mean", torch.zeros_like(w))
    v = state.setdefault("square", torch.zeros_like(w))
    m.mul_(r["beta1"]).add_(g, alpha=1 - r["beta1"])
    v.mul_(r["beta2"]).addcmul_(g, g, value=1 - r["beta2"])
    root = v.sqrt().div_(math.sqrt(1 - r["beta2"] ** t)).add_(r["epsilon"])
    w.addcdiv_(m, root, value=-rate / (1 - r["beta1"] ** t))


def sgd(w, g, state, r, rate, _):
    u = state.setdefault("momentum", torch.zeros_like(w))
    u.mul_(r["beta1"]).add_(g)
    w.add_(u, alpha=-rate)


def nesterov(w, g, state, r, rate, _):
    u = state.setdefault("momentum", torch.zeros_like(w))
    u.mul_(r["beta1"]).add_(g)
    w.add_(g + r["beta1"] * u, alpha=-rate)


def rmsprop(w, g, state, r, rate, _):
    v = state.setdefault("square", torch.zeros_like(w))
    v.mul_(r["beta2"]).addcmul_(g, g, value=1 - r["beta2"])
    w.addcdiv_(g, v.sqrt().add_(r["epsilon"]), value=-rate)


def lion(w, g, state, r, rate, _):
    m = state.setdefault("mean", torch.zeros_like(w))
    way = r["beta1"] * m + (1 - r["beta1"]) * g
    m.mul_(r["beta2"]).add_(g, alpha=1 - r["beta2"])
    w.add_(torch.sign(way), alpha=-rate)


def muon(w, g, state, r, rate, _):
    """Jordan et al. 2024, with the factor of Liu et al. 2025; @w: a convolution's."""
    m = state.setdefault("mean", torch.zeros_like(w))
    m.mul_(r["beta1"]).add_(g, alpha=1 - r["beta1"])
    u = (r["beta1"] * m + (1 - r["beta1"]) * g).flatten(1)
    x = u / (u.norm() + 1e-20)
    x = x.T if u.shape[0] > u.shape[1] else x
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    x = x.T if u.shape[0] > u.shape[1] else x
    w.add_(x.reshape(w.shape), alpha=-rate * 0.2 * math.sqrt(max(u.shape)))


OPTIMISERS = {"adam": adam, "adamw": adam, "sgd": sgd, "nesterov": nesterov,
              "rmsprop": rmsprop, "lion": lion, "muon": adam}


class Optimiser:
    """@recipe: numbers by key; @named: (name, parameter) in the net's order."""

    def __init__(self, recipe, named):
        if recipe["optimizer"] not in OPTIMISERS:
            raise Unknown(f"found the optimizer {recipe['optimizer']}, expected one of "
                          f"{', '.join(OPTIMISERS)}; train it with reweave train")
        self.recipe = recipe
        self.named = list(named)
        self.states = {name: {} for name, _ in self.named}
        matrices = [name for name, w in self.named
                    if w.dim() == 4 and name.endswith(".weight")]
        self.decays = set(matrices)
        self.inner = set(matrices[1:-1]) if recipe["optimizer"] == "muon" else set()

    def clip(self):
        """Clips the gradients by value, then by norm; returns the norm before."""
        grads = [w.grad for _, w in self.named]
        norm = torch.stack([g.norm() for g in grads]).norm()
        most, after = self.recipe["clip_value"], norm
        if most > 0:
            for g in grads:
                g.clamp_(-most, most)
            after = torch.stack([g.norm() for g in grads]).norm()
        if self.recipe["clip"] > 0:
            scale = torch.clamp(self.recipe["clip"] / after, max=1)
            for g in grads:
                g.mul_(scale)
        return norm

    @torch.no_grad()
    def step(self, t, rate):
        """@t: 1 for the first."""
        r = self.recipe
        for name, w in self.named:
            g = w.grad
            if name in self.decays:
                if r["weight_decay"] > 0:
                    w.mul_(1 - rate * r["weight_decay"])
                if r["l2_penalty"] > 0 or r["l1_penalty"] > 0:
                    g = g + r["l2_penalty"] * w + r["l1_penalty"] * torch.sign(w)
            update = muon if name in self.inner else OPTIMISERS[r["optimizer"]]
            update(w, g, self.states[name], r, rate, t)


# ---- schedules -------------------------------------------------------------

def one_cycle(p):
    low, top, end = 1 / 25, 0.45, 0.9
    if p < top:
        return low + (1 - low) * p / top
    if p < end:
        return 1 + (low - 1) * (p - top) / (end - top)
    return low + (low / 10000 - low) * (p - end) / (1 - end)


def drops(recipe, step, progress):
    if recipe["step_size"] > 0:
        n = step // recipe["step_size"]
    else:
        n = min(math.floor(3 * progress + 1e-9), 2)
    return recipe["gamma"] ** n


def get_factor(recipe, step, fresh, plateau):
    """What multiplies the rate in @step, 0 for the first; @fresh: where it warms up;
    @plateau: what reduce-on-plateau has come to."""
    progress = step / recipe["steps"]
    left, decay = 1 - progress, recipe["decay"]
    factors = {
        "constant": lambda: 1,
        "reduce-on-plateau": lambda: plateau,
        "cosine": lambda: 0.5 * (1 + math.cos(math.pi * progress)),
        "linear": lambda: left,
        "stable-decay": lambda: left / decay if left < decay else 1,
        "step": lambda: drops(recipe, step, progress),
        "one-cycle": lambda: one_cycle(progress),
    }
    n = step + 1 - fresh
    rises = n < recipe["warmup"] and recipe["schedule"] != "one-cycle"
    return factors[recipe["schedule"]]() * (n / recipe["warmup"] if rises else 1)
