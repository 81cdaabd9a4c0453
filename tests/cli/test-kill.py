#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""A training that is killed at any moment, meets a full disk or a second
training: nothing is lost that a checkpoint held, and it ends with the same
bytes as one that was left alone.  KILL_SEED=N repeats a run."""
import json
import os
import random
import resource
import time

from toolbox import (TINY_NET, check, main, path, read, run, same, start,
                     write)

NET = write(path("tiny.net"), TINY_NET)
STEPS = 2000
COMMON = ["train", "--task", "white-noise", "--data", "synth:3", "--val", "synth:2", "--net", NET, "--batch",
          4, "--patch", 32, "--lr", "0.003", "--seed", 7, "--steps", STEPS,
          "--validate-every", 100, "--checkpoint", "0.1s"]
ENDINGS = ("", ".checkpoint", ".log.csv")
SEED = int(os.environ.get("KILL_SEED", random.randrange(10**6)))
print(f"# KILL_SEED={SEED}")
DICE = random.Random(SEED)


def arguments(out, *extra):
    return [*COMMON, "--out", path(out), *extra]


def check_same(a, b):
    for ending in ENDINGS:
        check(same(path(a) + ending, path(b) + ending), f"{b}{ending} differs")


def train_alone():
    began = time.monotonic()
    run(*arguments("whole.safetensors"))
    return time.monotonic() - began


WHOLE_SECONDS = train_alone()


def resume(out):
    """--resume if there is anything to go on from."""
    return ["--resume"] if os.path.exists(path(out) + ".checkpoint") else []


def check_files(out):
    """Whatever is there is whole."""
    if os.path.exists(path(out)):
        run("info", path(out))
    if os.path.exists(path(out) + ".checkpoint"):
        size = int.from_bytes(read(path(out) + ".checkpoint")[:8], "little")
        json.loads(read(path(out) + ".checkpoint")[8:8 + size])


def killed_at_the_start():
    """As soon as a file of a training is there, --resume goes on from it."""
    for attempt in range(2):
        out = f"start{attempt}.safetensors"
        process = start(*arguments(out))
        while not any(os.path.exists(path(out) + ending) for ending in ENDINGS) \
                and process.poll() is None:
            pass
        process.kill()
        process.communicate(timeout=60)
        run(*arguments(out, "--resume"))
        check_same("whole.safetensors", out)


def killed_at_random():
    out, kills = "killed.safetensors", 0
    for _ in range(10):
        process = start(*arguments(out, *resume(out)))
        time.sleep(DICE.uniform(0, min(WHOLE_SECONDS / 2, 4)))
        process.kill()
        _, errors = process.communicate(timeout=60)
        check(process.returncode in (0, -9), f"{process.returncode}: {errors}")
        kills += process.returncode == -9
        check_files(out)
    check(kills >= 2, f"only {kills} of 10 came before the end")
    run(*arguments(out, *resume(out)))
    check_same("whole.safetensors", out)


def limit(n_bytes):
    """For a new process: files may grow to n_bytes only, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def full_disk():
    out = "full.safetensors"
    begun = [*arguments(out), "--time", "1s"]
    run(*begun)
    kept = {ending: read(path(out) + ending) for ending in ENDINGS}
    begun[-1] = "1000s"
    # less than the checkpoint has, but enough for its log; then not that
    for n_bytes in (len(kept[".log.csv"]) + 300, 100):
        check(n_bytes < len(kept[".log.csv"]) + len(kept[".checkpoint"]), n_bytes)
        result = run(*begun, "--resume", code=1, preexec_fn=limit(n_bytes),
                     restore_signals=False)
        check(result.stderr.count("reweave: ") == 1, result.stderr)
        check("could not be written" in result.stderr, result.stderr)
        check("make room" in result.stderr, result.stderr)
        check(read(path(out) + ".checkpoint") == kept[".checkpoint"],
              "the checkpoint was touched")
        check_files(out)


def full_disk_is_made_room_on():
    out = "room.safetensors"
    process = start(*arguments(out))
    while not os.path.exists(path(out) + ".checkpoint") and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate(timeout=60)
    run(*arguments(out, "--resume"), code=1, preexec_fn=limit(200),
        restore_signals=False)
    run(*arguments(out, "--resume"))
    check_same("whole.safetensors", out)


def two_into_one():
    out = "two.safetensors"
    process = start(*arguments(out))
    while not os.path.exists(path(out) + ".lock") and process.poll() is None:
        time.sleep(0.01)
    run(*arguments(out), code=1)  # by the lock, or since there are files already
    result = run(*arguments(out, "--force"), code=1)
    check("another training writes there" in result.stderr, result.stderr)
    process.kill()
    process.communicate(timeout=60)
    run(*arguments(out, *resume(out)))
    check_same("whole.safetensors", out)


main([killed_at_the_start, killed_at_random, full_disk, full_disk_is_made_room_on, two_into_one])
