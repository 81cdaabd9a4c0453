#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""reweave train: what it writes, and that interruption changes nothing."""
import json
import os
import shlex
import signal
import subprocess

from toolbox import (SCRATCH, SOURCE, TINY_NET, check, environment, main, path,
                     read, run, run_json, same, start, write, REWEAVE)

NET = write(path("tiny.net"), TINY_NET)
COMMON = ["--data", "synth:3", "--net", NET, "--batch", 4, "--patch", 32,
          "--val", "none", "--lr", "0.003", "--seed", 7]


def train(out, *extra, **options):
    return run("train", *COMMON, "--out", path(out), *extra, **options)


def writes_a_weight_file():
    result = train("a.safetensors", "--steps", 20)
    check("a.safetensors: 20 steps" in result.stdout, result.stdout)
    info = run_json("info", path("a.safetensors"))
    check(info["task"] == "denoise", info)
    check(info["metadata"]["steps"] == "20", info)
    check(info["metadata"]["net"].split() == TINY_NET.split(), info)
    check(info["parameters"] == 4 * 4 * 9 + 4 + 4 * 3 * 9 + 3, info)


def same_seed_same_bytes():
    train("again.safetensors", "--steps", 20)
    check(same(path("a.safetensors"), path("again.safetensors")),
          "two equal trainings differ")
    train("other.safetensors", "--steps", 20, "--seed", 8)
    check(not same(path("a.safetensors"), path("other.safetensors")),
          "another seed made no difference")


def threads_do_not_matter():
    for n in (1, 2, 3):
        train(f"threads-{n}.safetensors", "--steps", 12, "--threads", n)
    for n in (2, 3):
        check(same(path("threads-1.safetensors"),
                   path(f"threads-{n}.safetensors")),
              f"1 and {n} threads differ")


def wait_for_step(process):
    for line in process.stdout:
        if json.loads(line)["event"] == "step":
            return
    raise AssertionError("no step was told: " + process.stderr.read())


def interrupt(out, steps, number):
    """Trains until the first step is told, then sends a signal."""
    process = start("train", *COMMON, "--out", path(out), "--steps", steps, "--json")
    wait_for_step(process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def go_on(errors):
    """Runs the very command that the message names."""
    command = shlex.split(errors.split("go on with: ")[1])
    check(command[0] == "reweave" and command[-1] == "--resume", errors)
    subprocess.run([REWEAVE] + command[1:], cwd=SCRATCH, env=environment(),
                   check=True, capture_output=True, timeout=300)


# Enough that the signal comes before the end.
LONG = 4000


def interrupted_is_uninterrupted():
    train("whole.safetensors", "--steps", LONG)
    for name, number in (("int", signal.SIGINT), ("term", signal.SIGTERM)):
        out = f"{name}.safetensors"
        code, errors = interrupt(out, LONG, number)
        check(code == 1 and "go on with: " in errors, f"{code}: {errors}")
        check(errors.count("\n") == 1, f"more than one line: {errors}")
        run("info", path(out))
        check(not same(path("whole.safetensors"), path(out)), "nothing was left")
        go_on(errors)
        check(same(path("whole.safetensors"), path(out)),
              f"resumed after {number.name} differs from uninterrupted")


def killed_is_uninterrupted():
    out = "killed.safetensors"
    _, errors = interrupt(out, LONG, signal.SIGINT)
    command = shlex.split(errors.split("go on with: ")[1])
    process = start(*command[1:])
    wait_for_step(process)
    process.kill()
    process.communicate(timeout=60)
    run("info", path(out))
    go_on(errors)
    check(same(path("whole.safetensors"), path(out)),
          "resumed after a kill differs from uninterrupted")


def resumes_for_more_steps():
    train("more.safetensors", "--steps", 5)
    train("more.safetensors", "--steps", 10, "--resume")
    info = run_json("info", path("more.safetensors"))
    check(info["metadata"]["steps"] == "10", info)


def tells_events():
    result = train("events.safetensors", "--steps", 10, "--json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    names = [event["event"] for event in events]
    check(names[0] == "data" and names[1] == "start", names)
    check(names[-1] == "done", names)
    last = [event for event in events if event["event"] == "step"][-1]
    check(last["step"] == last["n_steps"] == 10, last)
    check(last["loss"] > 0 and last["patches_per_s"] > 0, last)
    check(result.stderr == "", result.stderr)


def sums_losses():
    result = train("sum.safetensors", "--steps", 2, "--loss", "l1 + 0.5*ms-ssim")
    check("l1 + 0.5 * ms-ssim (2 of 5 scales: the last needs 176 pixels)"
          in result.stderr, result.stderr)
    info = run_json("info", path("sum.safetensors"))
    check("loss = l1 + 0.5*ms-ssim\n" in info["metadata"]["recipe"], info)
    check("--loss 'l1 + 0.5*ms-ssim'" in info["metadata"]["command"], info)
    result = train("sum.safetensors", "--loss", "l1 - ssim", code=2)
    check('has "- ssim" where "+" or the end is expected' in result.stderr,
          result.stderr)


def learns():
    run("train", "--data", "synth:8", "--val", "synth:2", "--net", NET, "--out",
        path("learnt.safetensors"), "--steps", 300, "--lr", "0.01", "--patch", 32,
        "--seed", 3)
    run("synth", "--count", 2, "--size", "128x128", "--seed", 99, path("unseen"))
    mean = run_json("eval", "-w", path("learnt.safetensors"), "--level", 40,
                    path("unseen"))["mean"]
    check(mean["psnr"] > mean["damaged_psnr"] + 1, mean)


def begins_with_other_weights():
    train("child.safetensors", "--steps", 2, "--from", path("a.safetensors"))
    info = run_json("info", path("child.safetensors"))
    digest = run_json("info", path("a.safetensors"))["sha256"]
    check(digest in info["metadata"].get("parent", ""), info)


def stops_after_a_time():
    train("timed.safetensors", "--time", "1s")
    steps = int(run_json("info", path("timed.safetensors"))["metadata"]["steps"])
    check(steps >= 1, steps)


def counts_small_pictures():
    run("synth", "--count", 1, "--size", "64x64", path("mixed"))
    os.rename(path("mixed", "leaves-00000.png"), path("mixed", "large.png"))
    run("synth", "--count", 2, "--size", "20x20", path("mixed"))
    write(path("mixed", "broken.png"), b"\x89PNG\r\n\x1a\nno more")
    result = run("train", "--data", path("mixed"), "--net", NET, "--patch", 32,
                 "--val", "none", "--steps", 2, "--out", path("mixed.safetensors"))
    check("1 pictures" in result.stderr, result.stderr)
    check("smaller than a patch: 2" in result.stderr, result.stderr)
    check("broken: 1" in result.stderr, result.stderr)


def lists_recipes():
    listed = run("train", "--list", cwd=SOURCE).stdout
    for name in os.listdir(os.path.join(SOURCE, "weights", "recipes")):
        if name.endswith(".ini"):
            check(name[:-4] in listed, f"{name} is not in {listed}")


def leaves_nothing_else_behind():
    left = [n for n in os.listdir(SCRATCH)
            if not n.endswith((".safetensors", ".safetensors.checkpoint"))
            and n not in ("tiny.net", "mixed", "unseen")]
    check(not left, left)
    check(read(path("a.safetensors"))[8:9] == b"{", "not a weight file")


main([writes_a_weight_file, same_seed_same_bytes, threads_do_not_matter,
      interrupted_is_uninterrupted, killed_is_uninterrupted,
      resumes_for_more_steps, tells_events, sums_losses, learns, begins_with_other_weights,
      stops_after_a_time, counts_small_pictures, lists_recipes,
      leaves_nothing_else_behind])
