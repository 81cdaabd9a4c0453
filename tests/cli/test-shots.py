#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""reweave train --repeats-of: noisy shots of the same things, and no clean one."""
import json
import os

from toolbox import TINY_NET, check, main, path, run, run_json, write

NET = write(path("tiny.net"), TINY_NET)
WORDS = ["--task", "white-noise", "--net", NET, "--batch", 8, "--patch", 32, "--lr", "0.01",
         "--exposure", 0, "--scale", 0]


def shoot():
    """Four scenes of three shots each, whose clean pictures are thrown away."""
    run("synth", "--count", 4, "--size", "160x160", path("clean"))
    for name in os.listdir(path("clean")):
        os.makedirs(path("shots", name))
        for seed in (1, 2, 3):
            run("degrade", "--task", "white-noise", "--level", 25, "--seed", seed,
                path("clean", name), path("shots", name, f"{seed}.png"))


def learns():
    shoot()
    told = run("train", "--repeats-of", path("shots"), *WORDS, "--steps", 300,
               "--val-share", "0.25", "--out", path("learnt.safetensors")).stderr
    check("12 shots of 4 scenes, moved by up to 0 pixels" in told, told)
    check("3 of these 12 are put aside" in told, told)
    check(", mse, " in told, told)
    command = run_json("info", path("learnt.safetensors"))["metadata"]["command"]
    check("--repeats-of shots" in command, command)
    run("synth", "--count", 2, "--size", "128x128", "--seed", 99, path("unseen"))
    mean = run_json("eval", "-w", path("learnt.safetensors"), "--level", 25,
                    path("unseen"))["mean"]
    check(mean["psnr"] > mean["damaged_psnr"] + 1, mean)


def tells_events():
    told = run("train", "--repeats-of", path("shots"), *WORDS, "--steps", 1, "--val", "none",
               "--json", "--out", path("json.safetensors")).stdout
    events = [json.loads(line) for line in told.splitlines()]
    repeats = [event for event in events if event["event"] == "repeats"]
    check(repeats == [{"event": "repeats", "scenes": 4, "shots": 12, "most_shift": 0}], repeats)


def refuses():
    out = ["--out", path("no.safetensors")]
    told = run("train", "--repeats-of", path("clean"), *WORDS, *out, code=1).stderr
    check("found no two shots of one scene among 4 pictures" in told, told)
    check("scan_1.png and scan_2.png" in told and told.count("\n") == 1, told)
    for words in (["--data", "synth:2"], ["--pairs", path("clean"), path("shots")]):
        told = run("train", "--repeats-of", path("shots"), *words, *WORDS, *out, code=2).stderr
        check("--repeats-of: found together with" in told, told)
    told = run("train", "--repeats-of", path("shots"), "--task", "upscale", "--net", NET, *out,
               code=1).stderr
    check("expected one that undoes noise" in told, told)


main([learns, tells_events, refuses])
