#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""tools/dev/train-queue: one recipe after the other, stopped and gone on with."""
import os
import re
import signal
import subprocess
import time

from toolbox import (REWEAVE, SCRATCH, SOURCE, Skip, check, environment, main, path,
                     read, run, run_json, write)

SMALL = "--patch 16 --batch 1 --validate-every 0"


def command(queue, out):
    if not os.path.exists("/usr/bin/flock"):
        raise Skip("needs flock")
    return ["bash", os.path.join(SOURCE, "tools/dev/train-queue"), queue, out,
            "--data", path("leaves"), "--val", path("others"), "--reweave", REWEAVE]


def queue(name, out, code=0):
    result = subprocess.run(command(name, out), capture_output=True, text=True, cwd=SCRATCH,
                            env=environment(), timeout=300, check=False)
    check(result.returncode == code, f"exit {result.returncode}: {result.stdout}{result.stderr}")
    return result


def in_turn():
    run("synth", "--count", 2, "--size", "64x64", path("leaves"))
    run("synth", "--count", 1, "--size", "64x64", "--seed", 2, path("others"))
    listed = write(path("queue"), f"# two\nwhite-noise-s 2s {SMALL}\n\n"
                   f"denoise-m 2s {SMALL} --from white-noise-s --partial\n")
    told = queue(listed, path("out")).stdout
    check(told.index("white-noise-s, 2s") < told.index("denoise-m, 2s"), told)
    check("left: denoise-m" in told, told)
    for name in ("white-noise-s", "denoise-m"):
        check(b"psnr=" in read(path("out", f"{name}.done")), name)
        check(os.path.exists(path("out", f"{name}.png")), name)
    first = run_json("info", path("out", "white-noise-s.safetensors"))
    second = run_json("info", path("out", "denoise-m.safetensors"))
    check(second["metadata"]["parent"] == first["sha256"], second)
    check(queue(listed, path("out")).stdout == "", "what is done is left out")


def gone_on_with():
    listed = write(path("long"), f"white-noise-s 20s {SMALL} --from white-noise-s\n")
    with subprocess.Popen(command(listed, path("again")), cwd=SCRATCH, env=environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as process:
        end = time.monotonic() + 120
        while time.monotonic() < end and not (
                os.path.exists(path("again", "white-noise-s.out"))
                and b"step" in read(path("again", "white-noise-s.out"))):
            time.sleep(0.1)
        busy = subprocess.run(command(listed, path("again")), capture_output=True, text=True,
                              cwd=SCRATCH, env=environment(), timeout=60, check=False)
        check(busy.returncode == 1 and "another queue" in busy.stderr, busy.stderr)
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=120)
    check(process.returncode == 130 and "goes on" in told, told)
    check(os.path.exists(path("again", "white-noise-s.safetensors.checkpoint")), told)
    check(not os.path.exists(path("again", "white-noise-s.done")), told)
    queue(listed, path("again"))
    said = read(path("again", "white-noise-s.out")).decode()
    steps = [int(n) for n in re.findall(r"safetensors: (\d+) steps in", said)]
    check(len(steps) == 2 and 0 < steps[0] < steps[1], said)
    check(os.path.exists(path("again", "white-noise-s.done")), "the rest of its time")


def mistakes():
    check("no such file" in queue(path("none"), path("out"), code=1).stderr, "queue")
    listed = write(path("timeless"), "denoise-m\n")
    check("has no time" in queue(listed, path("other"), code=1).stderr, "time")
    listed = write(path("unknown"), "no-such-recipe 1s\n")
    check("no-such-recipe failed" in queue(listed, path("other"), code=1).stderr, "recipe")


if __name__ == "__main__":
    main([in_turn, gone_on_with, mistakes])
