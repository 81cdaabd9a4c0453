#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""No command prints what a terminal would obey, whatever files are called."""
import os
import re
import shutil
import subprocess

from toolbox import (REWEAVE, SOURCE, TINY_NET, change_metadata, check, environment, main,
                     path, run, tiny_weights, write, write_png)

HEAD, TAIL = "a\x1b[31m\x07\x9b", "TAIL\x7f\r"
EVIL = HEAD + "\n" + TAIL
RAW = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|^TAIL", re.M)

PICTURE = EVIL + ".png"
WEIGHTS = EVIL + ".safetensors"
LATENT = EVIL + ".rwi"
CODEC = os.path.join(SOURCE, "weights", "compress-m.safetensors")


def say(*arguments, code=(0, 1, 2)):
    """Runs it and looks at each byte that it prints."""
    result = subprocess.run([REWEAVE, *map(str, arguments)], capture_output=True,
                            stdin=subprocess.DEVNULL, cwd=path("work"), env=environment(),
                            timeout=300, check=False)
    for stream in (result.stdout, result.stderr):
        found = RAW.search(stream)
        check(not found, f"{arguments}: {found and found.group(0)!r} in "
              f"{stream[max(found.start() - 300, 0):][:600] if found else b''!r}")
    check(result.returncode in ((code,) if isinstance(code, int) else code),
          f"{arguments}: {result.returncode} {result.stderr!r}")
    return result.stdout + result.stderr


def prepare():
    tiny = tiny_weights()
    os.makedirs(path("work", EVIL))
    os.makedirs(path("work", "val" + EVIL))
    write_png(path("work", "val" + EVIL, PICTURE), 64, 64, 3, 8, lambda x, y, c: x + y)
    write_png(path("work", PICTURE), 40, 30, 3, 8, lambda x, y, c: 5 * x + y)
    write_png(path("work", EVIL, PICTURE), 64, 64, 3, 8, lambda x, y, c: x * y & 255)
    write_png(path("work", EVIL, "2" + PICTURE), 64, 64, 3, 8, lambda x, y, c: x ^ y)
    shutil.copy(tiny, path("work", WEIGHTS))
    change_metadata(tiny, path("work", "other" + WEIGHTS), title="another one")
    write(path("work", EVIL + ".net"), TINY_NET)
    write(path("work", "broken" + PICTURE), "no picture")
    write(path("work", "broken" + WEIGHTS), "no weights")
    write(path("work", "broken" + LATENT), "no latents")
    run("encode", "-w", CODEC, path("work", PICTURE), path("work", LATENT))


TRAIN = ("train", "--task", "white-noise", "--steps", 2, "--batch", 2, "--patch", 16,
         "--warmup", 0, "--net", EVIL + ".net")
# What works; those that print something of a file's name say so by escapes.
GOOD = (
    ("apply", "-w", WEIGHTS, PICTURE, "out" + PICTURE),
    ("apply", "-w", WEIGHTS, "--json", PICTURE, "json" + PICTURE),
    ("apply", "-w", WEIGHTS, "--dry-run", EVIL, "out" + EVIL),
    ("apply", "-w", WEIGHTS, EVIL, "out" + EVIL),
    ("degrade", "--task", "white-noise", PICTURE, "noisy" + PICTURE),
    ("encode", "-w", CODEC, PICTURE, "new" + LATENT),
    ("encode", "-w", CODEC, "--json", PICTURE, "json" + LATENT),
    ("decode", "-w", CODEC, LATENT, "again" + PICTURE),
    ("decode", "-w", CODEC, "--json", LATENT, "json-again" + PICTURE),
    ("eval", "-w", WEIGHTS, "--level", 20, EVIL),
    ("eval", "-w", WEIGHTS, "--level", 20, "--json", EVIL),
    ("info", PICTURE), ("info", "--json", PICTURE),
    ("info", WEIGHTS), ("info", "--json", WEIGHTS),
    ("info", LATENT), ("info", "--json", LATENT),
    ("info", "--compare", WEIGHTS, WEIGHTS), ("info", "--compare", WEIGHTS, "other" + WEIGHTS),
    ("info", "--json", "--compare", WEIGHTS, "other" + WEIGHTS),
    ("explain", "-w", WEIGHTS, PICTURE, "why" + EVIL),
    ("explain", "-w", WEIGHTS, "inside" + EVIL),
    ("explain", "-w", WEIGHTS, "--patches", EVIL, PICTURE, "patches" + EVIL),
    ("shrink", "--store", "f16", WEIGHTS, "half" + WEIGHTS),
    ("synth", "--count", 1, "--size", "32x32", "drawn" + EVIL),
    (*TRAIN, "--data", EVIL, "--val", "none", "--out", "new" + WEIGHTS),
    (*TRAIN, "--data", EVIL, "--val", "val" + EVIL, "--out", "val" + WEIGHTS),
    ("bench", "--net", WEIGHTS, "--size", "64x64", "--rounds", 1),
    ("bench", "--net", WEIGHTS, "--size", "64x64", "--rounds", 1, "--layers"),
    ("bench", "--net", WEIGHTS, "--picture", "64x64", "--rounds", 1),
    (*TRAIN, "--find-lr", "--data", EVIL, "--val", "none", "--out", "rate" + WEIGHTS),
    ("layers",), ("tasks",),
)
# What does not: a file that is missing, broken, of another kind or in the way.
BAD = tuple(
    command for bad in ("none", "broken") for command in (
        ("apply", "-w", WEIGHTS, bad + PICTURE, "out.png"),
        ("apply", "-w", WEIGHTS, "--json", bad + PICTURE, "out.png"),
        ("apply", "-w", bad + WEIGHTS, PICTURE, "out.png"),
        ("apply", "-w", WEIGHTS, "--mask", bad + PICTURE, PICTURE, "out.png"),
        ("degrade", bad + PICTURE, "out.png"),
        ("encode", "-w", CODEC, bad + PICTURE, "out.rwi"),
        ("encode", "-w", CODEC, "--json", bad + PICTURE, "out.rwi"),
        ("encode", "-w", bad + WEIGHTS, PICTURE, "out.rwi"),
        ("decode", "-w", CODEC, bad + LATENT, "out.png"),
        ("decode", "-w", bad + WEIGHTS, LATENT, "out.png"),
        ("eval", "-w", bad + WEIGHTS, EVIL),
        ("eval", "-w", WEIGHTS, bad + PICTURE),
        ("eval", "-w", WEIGHTS, "--pairs", bad + EVIL, EVIL),
        ("info", bad + PICTURE), ("info", bad + WEIGHTS), ("info", bad + LATENT),
        ("explain", "-w", bad + WEIGHTS, PICTURE, "why.out"),
        ("explain", "-w", WEIGHTS, bad + PICTURE, "why.out"),
        ("shrink", "--store", "f16", bad + WEIGHTS, "out.safetensors"),
        ("bench", "--net", bad + WEIGHTS),
        (*TRAIN, "--data", bad + EVIL, "--out", "x.safetensors"),
        (*TRAIN, "--data", EVIL, "--val", bad + EVIL, "--out", "x.safetensors"),
        (*TRAIN, "--data", EVIL, "--from", bad + WEIGHTS, "--out", "x.safetensors"),
        (*TRAIN, "--data", EVIL, "--noise-from", bad + EVIL, "--out", "x.safetensors"),
        ("train", "--recipe", bad + EVIL, "--data", EVIL, "--out", "x.safetensors"),
        ("train", "--net", bad + EVIL + ".net", "--data", EVIL, "--out", "x.safetensors"),
    )) + (
    ("apply", "-w", WEIGHTS, PICTURE, "nowhere" + EVIL + "/out.png"),
    ("apply", "-w", WEIGHTS, PICTURE, EVIL + ".unknown"),
    ("apply", "-w", WEIGHTS, "--no-clobber", PICTURE, PICTURE),
    ("apply", "--task", EVIL, PICTURE, "out.png"), ("apply", "--level", EVIL, PICTURE, "o.png"),
    ("apply", "--" + EVIL, PICTURE, "o.png"),
    ("degrade", PICTURE, "nowhere" + EVIL + "/out.png"), ("degrade", "--task", EVIL, "a", "b"),
    ("encode", "-w", CODEC, PICTURE, "nowhere" + EVIL + "/out.rwi"),
    ("decode", "-w", CODEC, LATENT, "nowhere" + EVIL + "/out.png"),
    ("info", EVIL), ("layers", EVIL), ("tasks", EVIL), ("bench", EVIL), ("synth", PICTURE),
    ("shrink", WEIGHTS, "nowhere" + EVIL + "/out.safetensors"),
    ("explain", "-w", WEIGHTS, PICTURE, PICTURE),
    (*TRAIN, "--data", EVIL, "--val", "none", "--out", WEIGHTS),
    (*TRAIN, "--data", EVIL, "--val", "none", "--out", "nowhere" + EVIL + "/x.safetensors"),
    ("train", "--loss", EVIL, "--data", EVIL, "--out", "x.safetensors"),
    (EVIL,), ("help", EVIL),
)


def what_works_says_names_by_escapes():
    prepare()
    commands = set()
    for arguments in GOOD:
        told = say(*arguments, code=0)
        if b"\\x1b" in told or b"\\u001b" in told:
            commands.add(arguments[0])
    for command in ("apply", "encode", "decode", "bench", "info", "eval", "explain", "synth",
                    "train"):
        check(command in commands, f"{command} names no file; told by {sorted(commands)}")


def what_fails_says_names_by_escapes():
    commands = set()
    for arguments in BAD:
        told = say(*arguments, code=(1, 2))
        if b"\\x1b" in told or b"\\u001b" in told:
            commands.add(arguments[0])
        for name in ("out.png", "out.rwi", "out.safetensors"):
            if os.path.exists(path("work", name)):
                os.remove(path("work", name))
    for command in ("apply", "degrade", "encode", "decode", "eval", "info", "explain",
                    "shrink", "train"):
        check(command in commands, f"{command} names no file; told by {sorted(commands)}")


def metadata_is_escaped_too():
    change_metadata(path("work", WEIGHTS), path("work", "titled.safetensors"), title=EVIL,
                    license=EVIL, data=EVIL)
    for options in ((), ("--json",)):
        say("info", *options, "titled.safetensors")


main([what_works_says_names_by_escapes, what_fails_says_names_by_escapes,
      metadata_is_escaped_too])
