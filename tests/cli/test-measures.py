#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""tools/dev/rivals, rivals-holes and codec-curves: that their figures are what they say."""
import os
import subprocess
import sys

from toolbox import REWEAVE, SCRATCH, SOURCE, Skip, check, environment, main, path, run

LOAD = """
import importlib.machinery, importlib.util, math, os, sys
sys.dont_write_bytecode = True
import numpy as np
sys.path.insert(0, os.path.dirname(sys.argv[1]))
loader = importlib.machinery.SourceFileLoader("tool", sys.argv[1])
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("tool", loader))
loader.exec_module(tool)
"""


def python_with(modules):
    """The first Python that has them: Debian's packages are for its own."""
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and subprocess.run(
                [python, "-c", f"import {modules}"], capture_output=True, check=False,
                timeout=300).returncode == 0:
            return python
    raise Skip(f"needs a Python with {modules}")


def tool_path(name):
    return os.path.join(SOURCE, "tools/dev", name)


def in_tool(name, modules, code):
    done = subprocess.run([python_with(modules), "-c", LOAD + code, tool_path(name)],
                          capture_output=True, text=True, check=False, timeout=300)
    check(done.returncode == 0, done.stdout + done.stderr)


def rivals(*arguments, code=0):
    python = python_with("cv2, scipy, numpy")
    weights = os.path.join(SOURCE, "weights", f"{arguments[0]}-m.safetensors")
    done = subprocess.run([python, tool_path("rivals"), *map(str, arguments),
                           "--weights", weights, "--reweave", REWEAVE],
                          capture_output=True, text=True, check=False, cwd=SCRATCH,
                          env=environment(), timeout=600)
    check(done.returncode == code, f"exit {done.returncode}: {done.stdout}{done.stderr}")
    return done


def kernels_and_filters():
    """Without noise, each filter of the true kernel gives a blurred picture back better than
    the blur left it, with one of its settings."""
    in_tool("rivals", "cv2, scipy, numpy", """
import cv2
picture = np.random.default_rng(1).integers(0, 256, (64, 80, 3)).astype(np.uint8)
picture = tool.as_bytes(cv2.GaussianBlur(picture.astype(float), (0, 0), 1.5) * 3 - 255)
for form in ("disc", "gaussian"):
    for radius in (0.7, 1.5, 3):
        weights = tool.kernel(form, radius)
        y, x = np.indices(weights.shape) - weights.shape[0] // 2
        assert abs(2 * math.sqrt(0.5 * (weights * (x * x + y * y)).sum()) - radius) < 0.02
    weights = tool.kernel(form, 1.5)
    seen = tool.as_bytes(cv2.filter2D(picture.astype(np.float32), -1, weights,
                                      borderType=cv2.BORDER_REFLECT))
    before = tool.psnr(seen, picture)
    for rival in (tool.unsharp, tool.wiener(form), tool.richardson_lucy(form)):
        best = max(tool.psnr(result, picture) for _, result, _ in rival(seen, 1.5))
        assert best > before + 1, (form, best, before)
""")


def bd_rates():
    in_tool("codec-curves", "numpy, PIL", """
curve = [(0.1, 25), (0.2, 28), (0.4, 31.5), (0.8, 35), (1.2, 37)]
found, low, high = tool.bd_rate([(1.25 * b, p) for b, p in curve], curve)
assert abs(found - 25) < 0.01 and (low, high) == (25, 37), found
assert tool.bd_rate(curve, curve[:3]) is None
assert abs(tool.read_at(curve, math.sqrt(0.08)) - 29.75) < 1e-6
assert tool.read_at(curve, 0.05) is None
points = [{"pictures": [(b, p), (3 * b, p - 2)]} for b, p in curve]
worse = [{"pictures": [(1.1 * b, p), (3.9 * b, p - 2)]} for b, p in curve]
assert abs(tool.bd_rate_of_pictures(worse, points) - 20) < 0.01
""")


def beside_reweave():
    run("synth", "--count", 2, "--size", "128x112", path("leaves"))
    told = rivals("deblur", "--pictures", 2, "--values", 1.5, "--size", 96, path("leaves")).stdout
    for row in ("as it is", "reweave, told the radius", "Wiener, disc", "unsharp mask"):
        check(told.count(f"\n| {row} |") == 2, told)
    told = rivals("lowlight", "--pictures", 1, "--values", 2, "--size", 96, path("leaves")).stdout
    figures = {line.split("|")[1].strip(): float(line.split("|")[3])
               for line in told.splitlines() if line.startswith("| ") and "." in line}
    check(figures["the true exposure"] > figures["as it is"] + 3, told)


def holes():
    run("synth", "--count", 1, "--size", "128x112", path("leaf"))
    done = subprocess.run(
        [python_with("cv2, scipy, numpy"), tool_path("rivals-holes"), "--fast", "--pictures", "1",
         "--weights", os.path.join(SOURCE, "weights", "inpaint-m.safetensors"),
         "--reweave", REWEAVE, path("leaf")],
        capture_output=True, text=True, check=False, env=environment(), timeout=600)
    check(done.returncode == 0, done.stdout + done.stderr)
    for row in ("reweave", "Telea, 3 px", "least bending"):
        check(done.stdout.count(f"\n| {row} |") == 2, done.stdout)


def mistakes():
    check("0 PNG pictures" in rivals("restore", path("none"), code=2).stderr, "no folder")


if __name__ == "__main__":
    main([kernels_and_filters, bd_rates, beside_reweave, holes, mistakes])
