#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the environment says is checked like options, by every command."""
import os

from toolbox import check, environment, main, path, run, run_json, tiny_weights, write_png

# Arguments that get each command past those that it counts.
COMMANDS = {
    "train": ["--task", "denoise"], "apply": ["a.png", "b.png"], "eval": ["folder"],
    "degrade": ["a.png", "b.png"], "encode": ["a.png", "b.rwi"],
    "decode": ["a.rwi", "b.png"], "info": ["a.png"], "layers": [], "bench": [],
    "shrink": ["a.safetensors", "b.safetensors"], "explain": ["a.png", "folder"],
    "synth": ["folder"], "tasks": [],
}
WRONG = {
    "REWEAVE_MEMORY": ["abc", "-1", "0", "1E", "1.5.1G", "1e3", " ", "0.5K"],
    "REWEAVE_CACHE": ["abc", "-1", "2 lots"],
    "REWEAVE_THREADS": ["many", "-2", "2.5", "2x"],
    "REWEAVE_CPU": ["V3", "avx2"],
    "REWEAVE_DEBUG": ["tile", "tiles,cash"],
    "REWEAVE_WEIGHTS": ["/no/such/folder", "dot.png"],
}
RIGHT = {
    "REWEAVE_MEMORY": ["", "1G", "1.5G", "512M", " 800 ", "900000K", "1 GiB", "1gb", "1T"],
    "REWEAVE_CACHE": ["", "0", "16", "16M", "0.5g"],
    "REWEAVE_THREADS": ["", "0", "2", " 2 "],
    "REWEAVE_CPU": ["", "generic", "v3"],
    "REWEAVE_DEBUG": ["", "cache", "tiles:cache", "all"],
    "REWEAVE_WEIGHTS": ["", "."],
}


def nonsense_is_refused():
    write_png(path("dot.png"), 2, 2, 3, 8, lambda x, y, c: 9)
    for name, values in WRONG.items():
        for value in values:
            for command in COMMANDS if value == values[0] else ("info",):
                result = run(command, *COMMANDS[command], code=2,
                             env=dict(environment(), **{name: value}))
                told = result.stderr
                check(told.startswith(f'reweave: {name}: found "{value}", expected ')
                      and told.count("\n") == 1 and not result.stdout, told)


def what_makes_sense_is_taken():
    tiny = tiny_weights()
    for name, values in RIGHT.items():
        for value in values:
            told = run("apply", "-w", tiny, "--level", 9, path("dot.png"), path("out.png"),
                       env=dict(environment(), **{name: value})).stderr
            check(name == "REWEAVE_DEBUG" or not told, f"{name}={value}: {told}")


def help_needs_no_environment():
    for command in COMMANDS:
        run(command, "--help", env=dict(environment(), REWEAVE_MEMORY="abc"))


def amounts_are_caps():
    """The same amount in each way of writing it refuses the same picture."""
    write_png(path("larger.png"), 800, 600, 3, 8, lambda x, y, c: 9)  # 1.4 MB
    for value in ("1", "1M", " 1024k ", "1MiB"):
        told = run("degrade", "--task", "white-noise", path("larger.png"), path("no.png"),
                   code=1, env=dict(environment(), REWEAVE_MEMORY=value)).stderr
        check("REWEAVE_MEMORY" in told and not os.path.exists(path("no.png")), told)
    for value in ("1G", "600"):
        run("degrade", "--task", "white-noise", path("larger.png"), path("yes.png"),
            env=dict(environment(), REWEAVE_MEMORY=value))
    check(run_json("info", path("yes.png"))["width"] == 800, "another picture")


main([nonsense_is_refused, what_makes_sense_is_taken, help_needs_no_environment,
      amounts_are_caps])
