#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""tools/torch: the same training in PyTorch.  Needs Python's torch, on the CPU."""
import csv
import json
import os
import subprocess
import sys

from toolbox import (REWEAVE, SOURCE, Skip, check, environment, main, path, run, run_json,
                     write, write_png)

SCRIPT = os.path.join(SOURCE, "tools", "torch", "reweave-torch")
# A little of what shipped nets have, and of what they have not.
RESIDUAL_NET = """input rgb value known
unshuffle 2
conv 16 -> h
conv 16 | relu | conv 16 init=zero | add h -> a
down 24 -> b
conv 24 k=1 | prelu | conv 24 | add b
up 16 | add a
conv 12 init=zero | shuffle 2
residual
"""
REPEAT_NET = """input sigma rgb   # in another order
conv 16 | gate | leaky-relu slope=0.2 -> seen
repeat 3 {
  add seen | conv 8 bias=no | gelu
}
concat seen | max-pool 2 | conv 8 | tanh | upsample 2 mode=bilinear
gdn | times seen | subtract seen | conv 3
"""


def find_python():
    """One that has torch."""
    for python in (sys.executable, "/usr/bin/python3"):
        probe = subprocess.run([python, "-c", "import torch"], capture_output=True,
                               check=False) if os.path.exists(python) else None
        if probe and probe.returncode == 0:
            return python
    raise Skip("no Python here has the module torch")


def torch(*words, code=0):
    result = subprocess.run(
        [find_python(), SCRIPT, "--device", "cpu", "--torch-threads", "1",
         *map(str, words)],
        env={**environment(), "REWEAVE": REWEAVE}, capture_output=True, text=True,
        timeout=300, check=False)
    check(result.returncode == code, f"{result.returncode}: {result.stderr}")
    return result


def read_log(log, column):
    with open(log, newline="", encoding="ascii") as file:
        return [float(row[column]) for row in csv.DictReader(file) if row[column]]


def compare(name, net, *words):
    """50 steps here and there; returns the psnr of both."""
    common = ["--net", write(path(name + ".net"), net), "--data", "synth:2", "--val",
              "synth:1", "--batch", 2, "--patch", 32, "--steps", 50, "--warmup", 10,
              "--validate-every", 25, "--seed", 3, *words]
    ours, theirs = path(name + "-c.safetensors"), path(name + "-t.safetensors")
    run("train", *common, "--out", ours)
    told = torch(*common, "--out", theirs, "--json", "--every").stdout
    events = [json.loads(line) for line in told.splitlines()]
    want = read_log(ours + ".log.csv", "loss")
    got = [event["loss"] for event in events if event["event"] == "step"]
    check(len(want) == len(got) == 50, f"{len(want)} and {len(got)} steps")
    worst = max(abs(a - b) for a, b in zip(want, got))
    print(f"# {name}: losses from {want[0]:.4f} to {want[-1]:.4f}, differ by {worst:.1e} at most")
    check(worst <= 1e-4, f"{name}: losses differ by {worst}: {want} {got}")
    # after the last step: reweave train may have had a better one between
    psnrs = [read_log(ours + ".log.csv", "validation_psnr")[-1],
             [event["psnr"] for event in events if event["event"] == "validation"][-1]]
    check(abs(psnrs[0] - psnrs[1]) < 0.02, f"{name}: {psnrs}")
    return events


def learns_the_same_with_muon():
    compare("muon", RESIDUAL_NET, "--task", "denoise", "--optimizer", "muon", "--loss", "mse",
            "--lr", 0.003, "--weight-decay", 0.01, "--schedule", "stable-decay")


def learns_the_same_with_adam():
    """A sum of losses, patches that grow, two averages, batches added up."""
    compare("adam", REPEAT_NET, "--task", "white-noise", "--loss",
            "charbonnier + 0.1 * ms-ssim + 0.05 * huber delta=0.1", "--lr", 0.0005,
            "--patch-later", "48@0.9", "--ema-second", 0.9, "--accumulate", 2,
            "--l2-penalty", 0.001, "--clip", 0.5, "--schedule", "linear")


def learns_the_same_twice_as_large():
    compare("scale", "input rgb\nconv 16 | relu | conv 12 | shuffle 2\n", "--task", "upscale",
            "--optimizer", "lion", "--loss", "l1", "--lr", 0.0005, "--clip-value", 0.01)


def writes_a_weight_file():
    """It restores pictures, says who made it, and reweave train goes on with it."""
    find_python()
    out = path("muon-t.safetensors")
    info = run_json("info", out)
    check(info["metadata"]["trainer"].startswith("reweave-torch, PyTorch"), info)
    check("single precision" in info["metadata"]["trainer"], info)
    check(info["metadata"]["command"].startswith("reweave-torch --net"), info)
    check(info["metadata"]["steps"] == "50", info)
    check(info["legs"][0]["steps"] == 50 and "PyTorch" in info["legs"][0]["machine"], info)
    write_png(path("in.png"), 48, 40, 3, 8, lambda x, y, c: (7 * x + 3 * y * c) % 256)
    run("apply", "-w", out, path("in.png"), path("out.png"))
    run("train", "--from", out, "--continue", "--data", "synth:2", "--val", "none", "--steps",
        52, "--out", path("on.safetensors"))
    legs = run_json("info", path("on.safetensors"))["legs"]
    check([leg["steps"] for leg in legs] == [50, 2], legs)
    torch("--from", path("on.safetensors"), "--continue", "--data", "synth:2", "--val",
          "none", "--steps", 54, "--out", path("third.safetensors"))
    info = run_json("info", path("third.safetensors"))
    check([leg["steps"] for leg in info["legs"]] == [50, 2, 2], info)
    check(info["metadata"]["steps"] == "54", info)


def resumes():
    """What is taken up is all that there was."""
    common = ["--net", path("muon.net"), "--task", "denoise", "--data", "synth:2", "--val",
              "synth:1", "--batch", 2, "--patch", 32, "--schedule", "constant", "--optimizer",
              "muon", "--validate-every", 2]
    torch(*common, "--steps", 8, "--out", path("whole.safetensors"))
    torch(*common, "--steps", 4, "--out", path("parts.safetensors"))
    torch("--resume", "--steps", 8, "--out", path("parts.safetensors"))
    told = run("info", "--compare", path("whole.safetensors"),
               path("parts.safetensors")).stdout
    check("weight" not in told, told)
    legs = run_json("info", path("parts.safetensors"))["legs"]
    check([leg["steps"] for leg in legs] == [8], legs)


def refuses():
    out = ["--data", "synth:2", "--out", path("no.safetensors")]
    net = write(path("dropout.net"), "input rgb\nconv 8 | dropout 0.2 | conv 3\n")
    told = torch("--net", net, *out, code=1).stderr
    check("found the layer dropout" in told, told)
    told = torch("--recipe", "nothing", *out, code=1).stderr
    check("no such recipe" in told and "ended with" in told, told)
    told = torch("--net", path("muon.net"), *out, "--loss", "mse + l1(h)", code=1).stderr
    check("found the loss 'l1(h)'" in told, told)
    told = torch("--net", path("muon.net"), *out, "--freeze", "conv1", code=1).stderr
    check("found freeze" in told, told)
    told = torch("--out", path("muon-t.safetensors"), code=1).stderr
    check("is there already" in told, told)
    told = torch("--resume", "--out", path("nowhere.safetensors"), code=1).stderr
    check("is not there" in told, told)


def feeds():
    """The stream itself, for which no PyTorch is needed."""
    net = write(path("feed.net"), "input rgb sigma\nconv 3\n")
    words = ["train", "--task", "white-noise", "--net", net, "--data", "synth:2", "--val",
             "synth:1", "--batch", 2, "--patch", 16, "--patch-later", "32@0.5", "--steps", 2,
             "--out", path("feed.safetensors"), "--force"]

    def read(*extra):
        return subprocess.run([REWEAVE, *map(str, words), *map(str, extra)], env=environment(),
                              capture_output=True, check=True, timeout=60).stdout
    stream = read("--feed", 0)
    head, rest = stream.split(b"\n\n", 1)
    check(head == b"reweave-feed 1\nstep 0\nbatch 2\nplanes 4\nscale 1\nvalidation 8", head)
    width, height = (int.from_bytes(rest[4 * i:4 * i + 4], "little") for i in (0, 1))
    picture = 8 * (8 + 4 * width * height * 7)  # eight patches of one size
    sizes = [4 + 4 * 2 * side * side * 7 for side in (16, 32)]
    check(len(rest) == picture + sum(sizes), f"{len(rest)} bytes")
    check(read("--feed", 0, "--threads", 1) == stream, "one thread gives other bytes")
    later = read("--feed", 1).split(b"\n\n", 1)[1]
    check(later[picture:] == rest[picture + sizes[0]:], "the second step is another one")
    info = run_json("info", path("feed.safetensors"))
    check(info["task"] == "white-noise", info)
    for extra, message in ((["--time", "1s"], "--time"), (["--json"], "--json"),
                           (["--resume"], "--resume")):
        told = run(*words, "--feed", 0, *extra, code=2).stderr
        check("--feed: found together" in told and message in told, told)
    told = run("train", "--recipe", "compress-m", "--data", "synth:2", "--feed", 0, "--out",
               path("no.safetensors"), code=1, cwd=SOURCE).stderr
    check("found a codec" in told, told)


main([
    feeds, learns_the_same_with_muon, learns_the_same_with_adam,
    learns_the_same_twice_as_large, writes_a_weight_file, resumes, refuses,
])
