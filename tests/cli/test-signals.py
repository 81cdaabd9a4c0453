#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every command ends within a second of a signal, and leaves nothing half done."""
import os
import signal
import shutil
import subprocess
import time

from toolbox import SOURCE, check, main, path, read, run, start, tiny_weights, write

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS = 1.0  # promised
SLACK = float(os.environ.get("TEST_SLACK", 5.0))  # of machines that do much else

OLD = b"what was there before"


def weights(name):
    return os.path.join(SOURCE, "weights", name + ".safetensors")


def commands():
    """Name, arguments, what it would write: each works for some seconds."""
    run("synth", "--count", 1, "--size", "2600x2000", path("large"))
    big = path("large", "leaves-00000.png")
    tiny = tiny_weights()
    run("encode", "-w", weights("compress-m"), big, path("big.rwi"))
    out = path("out")
    mend = ("-w", weights("denoise-m"), "--threads", 1)
    return (
        ("apply", [*mend, big], "mended.png"),
        ("apply", [*mend, "--format", "webp", "--strength", 0, big], "copied.webp"),
        ("apply", ["-w", weights("upscale-m"), big], "larger.png"),
        ("encode", ["-w", weights("compress-m"), big], "small.rwi"),
        ("encode", ["-w", weights("compress-m"), "--psnr", 30, big], "good.rwi"),
        ("decode", ["-w", weights("compress-m"), path("big.rwi")], "again.png"),
        ("degrade", ["--task", "dejpeg", big], "damaged.webp"),
        ("eval", ["--task", "denoise", *mend, path("large")], None),
        ("explain", [*mend, "--at", "0,0,256,256", big, os.path.join(out, "why")], None),
        ("shrink", ["--data", path("large"), "--mac", 0.5, "--steps", 100000, tiny],
         "pruned.safetensors"),
        ("synth", ["--count", 500, "--size", "2000x2000", os.path.join(out, "drawn")], None),
        ("bench", [], None),
        ("train", ["--find-lr", "--task", "denoise", "--data", "synth:8",
                   "--out", path("rate.safetensors")], None),
    )


def left_over(folder):
    return [n for top, folders, names in os.walk(folder) for n in folders + names
            if n.startswith(".") or "-XXXX" in n or ".rounds-" in n]


def stop(command, arguments, name, number, seconds):
    """How long it takes to end; None where it was done before."""
    folder = path("out")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    target = name and write(os.path.join(folder, name), OLD)
    process = start(command, *arguments, *([target] if target else []),
                    stdout=subprocess.DEVNULL)
    what = f"{command} {name or ''} {number.name} after {seconds} s"
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        pass
    begun = time.monotonic()
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    taken = time.monotonic() - begun
    left = left_over(folder)
    check(not left, f"{what}: left {left}")
    if process.returncode == 0:
        return None
    # Before it catches signals, it ends by them.
    check(process.returncode in (128 + number, -number), f"{what}: {process.returncode} {told}")
    check(process.returncode < 0 or "stopped" in told, f"{what}: {told}")
    check(taken < SECONDS * SLACK, f"{what}: took {taken:.2f} s")
    if target and read(target) != OLD:  # was named in the last moment, and is whole
        run("info", target)
        return None
    return taken


def every_command_ends_at_once():
    for command, arguments, name in commands():
        taken = [stop(command, arguments, name, number, seconds)
                 for number, seconds in zip(SIGNALS, (0.3, 0.8, 1.5))]
        worst = max((t for t in taken if t is not None), default=None)
        check(worst is not None, f"{command} {name}: was done before any signal")
        print(f"# {command} {name or ''}: {worst:.2f} s")


def the_second_one_ends_a_training():
    """The first one saves; who cannot wait sends another one."""
    out = path("trained.safetensors")
    process = start("train", "--task", "denoise", "--data", "synth:4", "--patch", 256,
                    "--batch", 64, "--time", "10m", "--out", out, stdout=subprocess.DEVNULL)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    _, told = process.communicate(timeout=60)
    check(time.monotonic() - begun < SECONDS * SLACK, told)
    check(process.returncode in (130, 143, -2, -15), f"{process.returncode}: {told}")
    check(not left_over(path()), left_over(path()))


main([every_command_ends_at_once, the_second_one_ends_a_training])
