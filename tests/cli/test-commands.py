#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Help, info and synth; and the commands that the README names."""
import os
import re
import shlex

from toolbox import (SOURCE, check, main, path, read_png, run, run_json, same,
                     tiny_weights, write_png)

COMMANDS = ("encode", "decode", "train", "apply", "eval", "explain", "degrade", "info",
            "layers", "bench", "shrink",
            "synth", "tasks")
MANUALS = ("README.md", "tools/train/README.md", "tools/bench/README.md",
           "weights/README.md")


def helps():
    overview = run("help").stdout
    check(overview == run("--help").stdout, "help and --help differ")
    for command in COMMANDS:
        check(re.search(rf"^  {command} ", overview, re.M), command)
        text = run("help", command).stdout
        check(text == run(command, "--help").stdout, f"{command}: helps differ")
        check("Usage:" in text and "Example" in text, text)
        check(all(len(line) < 120 for line in text.splitlines()), text)
    run(code=2)


def tells_its_version():
    version = re.search(r"version: '([^']+)'", open(
        os.path.join(SOURCE, "meson.build"), encoding="utf-8").read()).group(1)
    check(run("--version").stdout == f"reweave {version}\n", version)


def synth_repeats_itself():
    run("synth", "--count", 3, "--size", "70x50", "--seed", 1, path("one"))
    run("synth", "--count", 3, "--size", "70x50", "--seed", 1, path("two"))
    run("synth", "--count", 1, "--size", "70x50", "--seed", 2, path("three"))
    names = sorted(os.listdir(path("one")))
    check(names == [f"leaves-0000{i}.png" for i in range(3)], names)
    for name in names:
        check(same(path("one", name), path("two", name)), name)
        width, height, channels, depth, samples = read_png(path("one", name))
        check((width, height, channels, depth) == (70, 50, 3, 8), name)
        check(len(set(samples)) > 20, f"{name} is nearly empty")
    check(not same(path("one", names[0]), path("two", names[1])), "all the same")
    check(not same(path("one", names[0]), path("three", names[0])), "seed ignored")


def info_of_pictures():
    for channels, depth, word in ((1, 8, "grey"), (2, 16, "grey, alpha"),
                                  (3, 16, "RGB"), (4, 8, "RGB, alpha")):
        name = write_png(path("p.png"), 7, 5, channels, depth, lambda x, y, c: x)
        told = run_json("info", name)
        check((told["width"], told["height"], told["channels"], told["depth"])
              == (7, 5, channels, depth), told)
        check(f"7 x 5, {word}, {depth} bits" in run("info", name).stdout, word)


def info_of_weights():
    tiny = tiny_weights()
    told = run_json("info", tiny)
    check(told["kind"] == "weights" and told["halo"] == 2, told)
    check(told["macs_per_pixel"] == 4 * 4 * 9 + 4 * 3 * 9, told)
    check(len(told["sha256"]) == 64, told)
    text = run("info", tiny).stdout
    for words in ("white-noise", "conv 4 | relu", "MAC per pixel"):
        check(words in text, f"{words} is not in {text}")
    built_in = run_json("info", "white-noise-s")
    check(built_in["task"] == "white-noise" and built_in["metadata"]["license"],
          built_in)


def readme_commands():
    """Each command and option in the manuals' shell blocks exists."""
    blocks = []
    for name in MANUALS:
        with open(os.path.join(SOURCE, name), encoding="utf-8") as file:
            blocks += re.findall(r"^```sh\n(.*?)^```", file.read(), re.M | re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    lines = [shlex.split(line, comments=True) for line in lines]
    found = [line for line in lines if line and line[0] == "reweave"]
    check(len(found) >= 7, f"only {len(found)} commands of reweave in the manuals")
    helped = {command: run("help", command).stdout for command in COMMANDS}
    for line in found:
        check(line[1] in helped or line[1] == "help", line)
        for word in line[2:]:
            option = re.match(r"--?[a-z][a-z0-9-]*", word)
            if option and line[1] in helped:
                check(re.search(rf"(^|\s){option.group(0)}\b", helped[line[1]]),
                      f"{line[1]} has no option {word}")
    for line in lines:
        if line and line[0].startswith("tools/"):
            check(os.access(os.path.join(SOURCE, line[0]), os.X_OK), line)


main([helps, tells_its_version, synth_repeats_itself, info_of_pictures,
      info_of_weights, readme_commands])
