#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""reweave train in several legs, and what reweave info tells of them."""
import os
import shutil

from toolbox import TINY_NET, check, main, path, run, run_json, write

NET = write(path("tiny.net"), TINY_NET)
DATA = ["--data", "synth:3", "--val", "none"]


def first_leg(name, *extra):
    run("train", "--task", "white-noise", *DATA, "--net", NET, "--batch", 4, "--patch", 32,
        "--lr", "0.003", "--seed", 7, "--schedule", "constant", "--title", "Mine",
        "--out", path(name), *extra)


def next_leg(source, name, *extra, **options):
    return run("train", "--from", path(source), "--continue", *DATA, "--out", path(name),
               *extra, **options)


def tells_one_leg():
    first_leg("a.safetensors", "--steps", 10)
    legs = run_json("info", path("a.safetensors"))["legs"]
    check(legs == [{"steps": 10, "seed": 7}], legs)
    told = run("info", path("a.safetensors")).stdout
    check("\nlegs             10 steps, seed 7\n" in told, told)


def goes_on():
    """With the checkpoint as if there had been one leg."""
    first_leg("whole.safetensors", "--steps", 16)
    told = next_leg("a.safetensors", "b.safetensors", "--steps", 16).stderr
    check("goes on from step 10 with the optimiser's state" in told, told)
    check(same_tensors("whole.safetensors", "b.safetensors"), "two legs are not one")
    info = run_json("info", path("b.safetensors"))
    digest = run_json("info", path("a.safetensors"))["sha256"]
    check(info["legs"] == [{"steps": 10, "seed": 7},
                           {"steps": 6, "seed": 7, "parent": digest}], info["legs"])
    metadata = info["metadata"]
    check(metadata["title"] == "Mine" and metadata["steps"] == "16", metadata)
    check("--continue" in metadata["command"], metadata)
    told = run("info", path("b.safetensors")).stdout
    check(f"6 steps, seed 7, from {digest[:12]}\n" in told, told)


def same_tensors(a, b):
    """The bytes behind both headers."""
    bodies = []
    for name in (a, b):
        with open(path(name), "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            bodies.append(file.read()[length:])
    return bodies[0] == bodies[1]


def warms_up_without_a_checkpoint():
    shutil.copy(path("a.safetensors"), path("moved.safetensors"))
    told = next_leg("moved.safetensors", "c.safetensors", "--steps", 14).stderr
    check("from step 10 with the weights alone" in told, told)
    check(not same_tensors("b.safetensors", "c.safetensors"), "it was no other leg")
    shutil.copy(path("moved.safetensors"), path("moved-2.safetensors"))
    next_leg("moved-2.safetensors", "d.safetensors", "--steps", 14)
    check(same_tensors("c.safetensors", "d.safetensors"), "two equal legs differ")


def records_time_and_machine():
    next_leg("a.safetensors", "timed.safetensors", "--time", "1s", "--threads", 1)
    leg = run_json("info", path("timed.safetensors"))["legs"][1]
    check(leg["machine"].startswith("1 thread, ") and leg["seconds"] >= 1, leg)
    first_leg("recorded.safetensors", "--steps", 200, "--record", "--threads", 2)
    leg = run_json("info", path("recorded.safetensors"))["legs"][0]
    check(leg["machine"].startswith("2 threads, ") and leg["seconds"] > 0, leg)
    told = next_leg("timed.safetensors", "no.safetensors", code=2).stderr
    check("was trained for a time" in told and "--time" in told, told)
    next_leg("timed.safetensors", "later.safetensors", "--time", "1s")
    check(len(run_json("info", path("later.safetensors"))["legs"]) == 3, "no third leg")


def resumes_a_leg():
    next_leg("a.safetensors", "r.safetensors", "--steps", 16)
    run("train", "--resume", "--continue", *DATA, "--steps", 20, "--out",
        path("r.safetensors"))
    info = run_json("info", path("r.safetensors"))
    check([leg["steps"] for leg in info["legs"]] == [10, 10], info["legs"])


def branches_off_a_plateau():
    """A release falls, and the training goes on from where it was before."""
    out = "release.safetensors"
    first_leg(out, "--schedule", "stable-decay", "--decay", "0.5", "--steps", 12)
    check(run_json("info", path(out + ".plateau"))["metadata"]["steps"] == "7", "plateau")
    told = next_leg(out + ".plateau", "on.safetensors", "--steps", 20).stderr
    check("goes on from step 7 with the optimiser's state" in told, told)
    os.unlink(path(out))
    os.unlink(path(out + ".checkpoint"))
    os.unlink(path(out + ".log.csv"))
    told = run("train", "--task", "white-noise", *DATA, "--net", NET, "--out", path(out),
               code=1).stderr
    check(".plateau: is there already" in told, told)


def refuses():
    out = path("no.safetensors")
    source = path("a.safetensors")
    for words, message in (
            (["--continue"], "found without --from"),
            (["--continue", "--from", source, "--recipe", "white-noise-s"], "--recipe"),
            (["--continue", "--from", source, "--net", NET], "--net"),
            (["--continue", "--from", source, "--partial"], "--partial"),
            (["--continue", "--from", source, "--task", "denoise"], "--task")):
        told = run("train", *words, *DATA, "--out", out, code=2).stderr
        check(message in told, told)
    told = next_leg("a.safetensors", "no.safetensors", "--steps", 10, code=1).stderr
    check("has done 10 steps already" in told, told)
    told = next_leg("a.safetensors", "a.safetensors", "--steps", 20, code=1).stderr
    check("is read by this training" in told, told)


main([
    tells_one_leg, goes_on, warms_up_without_a_checkpoint, records_time_and_machine,
    resumes_a_leg, branches_off_a_plateau, refuses,
])
