#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What lies over a picture is found: a mask of it, and mending by that."""
import json
import os
import struct

from toolbox import (check, environment, main, noise, path, read, read_png, run, run_json, same,
                     write, write_png)

WIDTH, HEIGHT = 120, 90
FOLDER = path("weights")
os.mkdir(FOLDER)


def with_weights():
    return {**environment(), "REWEAVE_WEIGHTS": FOLDER}


def train(task, net, name):
    text = write(path("some.net"), net)
    run("train", "--task", task, "--data", "synth:2", "--val", "none", "--net", text, "--steps",
        2, "--batch", 2, "--patch", 16, "--out", os.path.join(FOLDER, name))
    return os.path.join(FOLDER, name)


def set_values(name, bias, weight):
    """Of the only layer: what it adds to the mean colour, times the weight."""
    data = read(name)
    begin = 8 + struct.unpack("<Q", data[:8])[0]
    tensors = json.loads(data[8:begin])
    for tensor, value in (("conv1.bias", bias), ("conv1.weight", weight / 3)):
        first, last = (begin + at for at in tensors[tensor]["data_offsets"])
        n = (last - first) // 4
        data = data[:first] + struct.pack(f"<{n}f", *[value] * n) + data[last:]
    write(name, data)


# White, 0.9 and above, is a mark.
FINDER = train("scratch", "input rgb\nconv 3 k=1 | sigmoid\n", "scratch-m.safetensors")
set_values(FINDER, -90, 100)
MENDER = train("inpaint", "input rgb mask -> all\nfill-holes\nconv 4 | relu | conv 3\n",
               "inpaint-m.safetensors")


def is_mark(x, y):
    return x == 40 and 10 <= y < 80 or 70 <= x < 73 and 50 <= y < 52


def picture(name, channels=3, depth=8, marked=True):
    top = 2 ** depth - 1

    def sample(x, y, c):
        if channels in (2, 4) and c == channels - 1:
            return top
        if marked and is_mark(x, y):
            return top
        return noise(x, y, c, top // 2)
    return write_png(path(name), WIDTH, HEIGHT, channels, depth, sample)


def is_wide(x, y):
    return any(is_mark(x + u, y + v) for u in range(-2, 3) for v in range(-2, 3)
               if u * u + v * v <= 4)


def apply(*arguments, **options):
    return run("apply", *arguments, env=with_weights(), **options)


def gives_a_mask():
    """White where there are marks and two pixels around; grey, of 8 bits."""
    wanted = [255 * is_wide(x, y) for y in range(HEIGHT) for x in range(WIDTH)]
    for channels in (1, 2, 3, 4):
        for depth in (8, 16):
            name = picture("in.png", channels, depth)
            told = apply("-w", "scratch-m", name, path("mask.png")).stdout
            check(read_png(path("mask.png")) == (WIDTH, HEIGHT, 1, 8, wanted),
                  f"{channels} channels of {depth} bits")
            check("taken for damage" in told, told)


def mends_what_it_finds():
    """As with the mask, and nothing else changes."""
    name = picture("in.png")
    apply("-w", "scratch-m", name, path("mask.png"))
    apply("-w", "inpaint-m", "--mask", path("mask.png"), name, path("told.png"))
    told = apply("-w", "inpaint-m", name, path("found.png")).stdout
    check(same(path("told.png"), path("found.png")), "found and told differ")
    n_marks = sum(is_mark(x, y) for y in range(HEIGHT) for x in range(WIDTH))
    check(f"{100 * n_marks / WIDTH / HEIGHT:.2g} % taken for damage" in told, told)
    before, after = read_png(name)[4], read_png(path("found.png"))[4]
    changed = {(i // 3 % WIDTH, i // 3 // WIDTH) for i, (a, b) in enumerate(zip(before, after))
               if a != b}
    check(len(changed) >= n_marks, f"{len(changed)} of {n_marks} pixels changed")
    check(all(is_wide(*place) for place in changed), "a good pixel changed")


def tells_in_json():
    name = picture("in.png")
    report = json.loads(apply("--json", "-w", "inpaint-m", name, path("out.png")).stdout)
    found = report["images"][0]["found"]
    n_marks = sum(is_mark(x, y) for y in range(HEIGHT) for x in range(WIDTH))
    check(abs(found - n_marks / (WIDTH * HEIGHT)) < 1e-6, found)
    apply("-w", "scratch-m", name, path("mask.png"))
    report = json.loads(apply("--json", "-w", "inpaint-m", "--mask", path("mask.png"), name,
                              path("out.png")).stdout)
    check("found" not in report["images"][0], report)


def leaves_a_good_picture():
    """Every sample of every kind."""
    for channels in (1, 2, 3, 4):
        for depth in (8, 16):
            name = picture("good.png", channels, depth, marked=False)
            told = apply("-w", "inpaint-m", name, path("out.png")).stdout
            check(read_png(path("out.png")) == read_png(name), f"{channels} of {depth} changed")
            check("no damage found" in told, told)


def refuses_too_much():
    white = write_png(path("white.png"), 40, 30, 3, 8, lambda x, y, c: 255 * (x < 20))
    told = apply("-w", "inpaint-m", white, path("never.png"), code=1).stderr
    check("50 % of it" in told and "give a mask" in told, told)
    check(not os.path.exists(path("never.png")), "was written")
    apply("-w", "scratch-m", white, path("mask.png"))


def says_what_is_missing():
    name = picture("in.png")
    os.rename(FINDER, FINDER + ".away")
    told = apply("-w", "inpaint-m", name, path("never.png"), code=None)
    os.rename(FINDER + ".away", FINDER)
    if told.returncode != 0: # unless they are inside the library
        check("scratch-m" in told.stderr and "give a mask" in told.stderr, told.stderr)
        check(not os.path.exists(path("never.png")), "was written")


def refuses_what_makes_no_sense():
    name = picture("in.png")
    for option in (("--strength", 0.5), ("--grain", 1), ("--difference", path("d.png"))):
        told = apply("-w", "scratch-m", *option, name, path("never.png"), code=2).stderr
        check(option[0] in told and "mask" in told, told)
    told = apply("-w", "scratch-m", "--mask", name, name, path("never.png"), code=2).stderr
    check("--mask" in told, told)


def threads_and_sizes():
    """One pixel, thin ones; any number of threads."""
    for width, height in ((1, 1), (1, 40), (40, 2)):
        name = write_png(path("thin.png"), width, height, 3, 8,
                         lambda x, y, c: 255 if x + y == 3 else noise(x, y, c, 100))
        apply("-w", "inpaint-m", name, path("out.png"))
        check(read_png(path("out.png"))[:2] == (width, height), "another size")
    name = picture("in.png")
    apply("-w", "inpaint-m", "--threads", 1, name, path("one.png"))
    apply("-w", "inpaint-m", "--threads", 3, name, path("three.png"))
    check(same(path("one.png"), path("three.png")), "threads matter")


def lists_them():
    tasks = {task["name"]: task for task in run_json("tasks")["tasks"]}
    check(tasks["scratch"]["finds"] and not tasks["inpaint"]["finds"], tasks)
    check([n for n, task in tasks.items() if task["searches"]] == ["inpaint", "restore"], tasks)
    check((tasks["inpaint"]["scratches"], tasks["restore"]["scratches"]) == (0.5, 0), tasks)


main([gives_a_mask, mends_what_it_finds, tells_in_json, leaves_a_good_picture, refuses_too_much,
      says_what_is_missing, refuses_what_makes_no_sense, threads_and_sizes, lists_them])
