#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is wrong gets one sentence and an exit status, and leaves no file behind.
"""
import os
import resource
import struct

from toolbox import (SCRATCH, TINY_NET, change_metadata, check, chunk, main, path, read,
                     read_png, run, tiny_weights, tree, write, write_png)

TINY = tiny_weights()
NET = path("tiny.net")
GOOD = write_png(path("good.png"), 40, 30, 3, 8, lambda x, y, c: x * y & 255)
TRAIN = ["train", "--net", NET, "--steps", 2, "--batch", 2, "--patch", 16,
         "--val", "none"]
os.makedirs(path("empty"))


def refuse(*arguments, code=1, says=(), **options):
    """Fails with one sentence that says all of @says; no file changes.

    Training may have told what it read before.
    """
    before = tree(SCRATCH)
    result = run(*arguments, code=code, **options)
    shown = f"reweave {' '.join(map(str, arguments))}: {result.stderr}"
    check(result.stdout == "", f"{shown}\nstandard output: {result.stdout}")
    told = result.stderr.split("\n")
    check(told[-1] == "" and told[-2].startswith("reweave: "), shown)
    check(len(told) == 2 or arguments[0] == "train"
          and not any(line.startswith("reweave: ") for line in told[:-2]), shown)
    check("GLib" not in result.stderr and "CRITICAL" not in result.stderr, shown)
    for words in (says,) if isinstance(says, str) else says:
        check(words in told[-2], f"{shown}\nlacks: {words}")
    after = tree(SCRATCH)
    check(after == before, f"{shown}\nfiles changed: "
          f"{sorted(n for n in after.keys() | before.keys() if after.get(n) != before.get(n))}")


def nothing_steers_the_terminal():
    """Text from outside comes out with its control characters escaped."""
    bad = "a\x1b]0;owned\x07\u202eb.png"
    texts = chunk(b"tEXt", b"Ti\x1b[31mtle\0x")
    write_png(path(bad), 20, 20, 3, 8, lambda x, y, c: x * y & 255, texts)
    write(path("odd\x1b.png"), b"no picture")
    for arguments in (["info", path(bad)], ["apply", "-w", TINY, path(bad), path("out\x1b.jpg")],
                      ["apply", "-w", TINY, "--dry-run", path(bad), path("new\x1b.png")],
                      ["eval", "-w", TINY, path(bad)],
                      ["apply", "-w", TINY, path("odd\x1b.png"), path("x.png")],
                      ["train", "--net", NET, "--data", path("odd\x1b.png"), "--out", "y"],
                      ["--\x1bx"], ["info", "--\x1bx"]):
        result = run(*arguments, code=None)
        told = result.stdout + result.stderr
        check(not any(c in told for c in "\x1b\x07\u202e"), f"{arguments}: {told!r}")
        check("\\x1b" in told, f"{arguments}: {told!r}")


def usage():
    refuse("mend", code=2, says="mend")
    refuse("help", "mend", code=2, says="mend")
    refuse("apply", code=2, says=("0 arguments", "reweave help apply"))
    refuse("apply", GOOD, code=2, says="1 paths")
    refuse("info", GOOD, GOOD, code=2)
    refuse("train", "stray", "--data", "synth:1", "--out", "x", code=2)
    for command in ("train", "apply", "eval", "degrade", "info", "bench", "shrink",
                    "synth"):
        refuse(command, "--nonsense", code=2, says=("--nonsense", command))
        refuse(command, "--nonsense", "a", "b", code=2, says="--nonsense")


def values():
    out = path("out.png")
    for option, value in (("--level", "-1"), ("--level", "0"), ("--level", "76"),
                          ("--level", "nan"), ("--level", "25x"), ("--level", ""),
                          ("--strength", "1.5"), ("--strength", "-0.1"),
                          ("--strength", "inf"), ("--grain", "1.5"),
                          ("--grain", "-0.1"), ("--save-quality", "0"),
                          ("--save-quality", "101"), ("--quality", "50"),
                          ("--radius", "1"), ("--exposure", "1"), ("--threads", "-2"),
                          ("--threads", "many"), ("--task", "denoize")):
        refuse("apply", "-w", TINY, f"{option}={value}", GOOD, out, code=2, says=option)
    refuse("apply", "--task", "denoize", GOOD, out, code=2, says="denoise")
    refuse("synth", "--size", "10", path("x"), code=2, says="--size")
    refuse("synth", "--size", "0x5", path("x"), code=2, says="--size")
    refuse("synth", "--size", "10x99999999999", path("x"), code=2, says="--size")
    refuse("synth", "--count", "0", path("x"), code=2, says="--count")
    refuse("bench", "--rounds", "0", code=2, says="--rounds")
    refuse("bench", "--against", "nothing", code=2, says="onednn or pytorch")
    refuse("bench", "--picture", "64x64", "--layers", code=2, says="--picture")
    refuse("bench", "--picture", "64x0", code=2, says="--picture")
    refuse("bench", "--train", "--batch", "0", code=2, says="--batch")
    refuse("bench", "--train", "--patch", "7", code=2, says="--patch")
    refuse("bench", "--patch", "64", code=2, says="--train")
    refuse("bench", "--batch", "16", code=2, says="--train")
    refuse("eval", "-w", TINY, "--level", "15,,25", path("empty"), code=2, says="--level")
    refuse("eval", "--seed", "-1", path("empty"), code=2, says="--seed")


def train_options():
    out = path("x.safetensors")
    refuse("train", "--out", out, code=2, says="--data")
    refuse("train", "--data", "synth:1", code=2, says="--out")
    for option, value, words in (
            ("--steps", "0", "steps"), ("--lr", "zero", "lr"),
            ("--batch", "1e9", "batch"), ("--loss", "l3", "charbonnier"),
            ("--optimizer", "adamm", "adam"), ("--schedule", "cos", "cosine"),
            ("--time", "soon", "--time"), ("--time", "-5m", "--time"),
            ("--seed", "-1", "seed"), ("--task", "inpant", "inpaint")):
        refuse("train", "--data", "synth:1", "--net", NET, "--out", out,
               f"{option}={value}", code=2, says=words)
    for text, last in ((TINY_NET, "residual1"), ("input rgb\nconv 3\n", "conv1")):
        net = write(path("open.net"), text)
        refuse("train", "--data", "synth:1", "--net", net, "--loss", "charbonnier + 0.5*bce",
               "--steps", 2, "--batch", 2, "--patch", 16, "--val", "none", "--out", out,
               says=("sigmoid", last))
    refuse(*TRAIN, "--data", "synth:1", "--out", out, "--resume", "--from", TINY,
           code=2, says="--from")
    refuse(*TRAIN, "--data", "synth:1", "--out", out, "--resume",
           says="x.safetensors")
    refuse("train", "--data", "synth:1", "--recipe", "no-such", "--out", out,
           says="no-such")


def nets():
    for text, words in (("", "net"), ("input rgb\nconv 3 |", "line 2"),
                        ("input rgb\nconvolve 3\n", "convolve"),
                        ("input rgb\nconv 0\n", "line 2"),
                        ("input rgb\nconv 3 | add a\n", "a"),
                        ("\xff\xfe", "net")):
        net = write(path("bad.net"), text.encode("latin-1"))
        refuse("train", "--data", "synth:1", "--net", net, "--out",
               path("x.safetensors"), says=words)


def training_pictures():
    out = path("x.safetensors")
    refuse(*TRAIN, "--data", path("empty"), "--out", out, says="empty")
    refuse(*TRAIN, "--data", path("missing"), "--out", out, says="missing")
    refuse(*TRAIN, "--data", "synth:none", "--out", out, says="synth:none")
    refuse(*TRAIN, "--data", "synth:0", "--out", out, says="synth:0")
    os.makedirs(path("small"))
    write_png(path("small", "a.png"), 15, 40, 3, 8, lambda x, y, c: x)
    refuse(*TRAIN, "--data", path("small"), "--out", out, says=("small", "16"))
    os.makedirs(path("closed"))
    write_png(path("closed", "a.png"), 40, 40, 3, 8, lambda x, y, c: x)
    if os.geteuid() != 0:  # nothing is closed to root
        os.chmod(path("closed"), 0)
        refuse(*TRAIN, "--data", path("closed"), "--out", out, says="closed")
        os.chmod(path("closed"), 0o755)
    refuse(*TRAIN, "--data", "synth:1", "--out", path("nowhere", "x.safetensors"),
           says="nowhere")


def pictures():
    out = path("out.png")
    data = read(GOOD)
    refuse("apply", "-w", TINY, path("missing.png"), out, says="missing.png")
    refuse("apply", "-w", TINY, SCRATCH + "/empty", path("folder"), says="empty")
    refuse("degrade", path("missing.png"), out, says="missing.png")
    refuse("eval", "-w", TINY, path("missing"), says="missing")
    refuse("eval", "-w", TINY, path("empty"), says="empty")
    for name, content in (("none.png", b""), ("text.png", b"no picture\n"),
                          ("cut.png", data[:len(data) // 2]),
                          ("head.png", data[:20]), ("cut.jpg", b"\xff\xd8\xff\xe0"),
                          ("huge.png", data[:16] + struct.pack(">II", 2**31 - 1, 2**31 - 1)
                           + data[24:])):
        bad = write(path("bad-" + name), content)
        refuse("apply", "-w", TINY, bad, out, says="bad-" + name)
        refuse("degrade", bad, out, says="bad-" + name)
        refuse("eval", "-w", TINY, bad, says="bad-" + name)
        if name != "cut.png":  # its header is whole, and info reads no more
            refuse("info", bad, says="bad-" + name)


def outputs():
    refuse("apply", "-w", TINY, GOOD, path("out.bmp"), code=2, says="out.bmp")
    refuse("apply", "-w", TINY, GOOD, path("out"), code=2, says=".png")
    refuse("apply", "-w", TINY, GOOD, GOOD, code=2, says="good.png")
    refuse("apply", "-w", TINY, GOOD, SCRATCH, code=2, says="good.png")
    refuse("apply", "-w", TINY, GOOD, GOOD, path("twice"), code=2, says="good.png")
    refuse("apply", "-w", TINY, GOOD, path("nowhere", "out.png"), says="nowhere")
    refuse("degrade", GOOD, GOOD, code=2, says="good.png")
    refuse("synth", GOOD, says="good.png")


def weight_files():
    out = path("out.png")
    data = read(TINY)
    other = change_metadata(TINY, path("other-task.safetensors"), task="dejpeg")
    refuse("apply", "--task", "white-noise", "-w", other, GOOD, out,
           says=("other-task", "dejpeg", "white-noise"))
    refuse("eval", "--task", "white-noise", "-w", other, GOOD,
           says=("dejpeg", "white-noise"))
    unknown = change_metadata(TINY, path("unknown.safetensors"), task="sharpen")
    refuse("apply", "-w", unknown, GOOD, out, says=("unknown.safetensors", "sharpen"))
    refuse("eval", "-w", unknown, GOOD, says=("unknown.safetensors", "sharpen"))
    future = change_metadata(TINY, path("future.safetensors"),
                             **{"reweave.format": "99"})
    refuse("apply", "-w", future, GOOD, out, says=("future", "99"))
    foreign = b'{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    for name, content in (
            ("none", b""), ("cut", data[:len(data) - 5]), ("head", data[:40]),
            ("longer", data + b"\0"), ("text", b"These are no weights at all.\n" * 9),
            ("foreign", struct.pack("<Q", len(foreign)) + foreign + b"\0" * 4)):
        bad = write(path(f"bad-{name}.safetensors"), content)
        refuse("apply", "-w", bad, GOOD, out, says=f"bad-{name}")
        refuse("info", bad, says=f"bad-{name}")
        refuse(*TRAIN, "--data", "synth:1", "--from", bad, "--out",
               path("x.safetensors"), says=f"bad-{name}")
    refuse("apply", "-w", path("missing.safetensors"), GOOD, out, says="missing")
    refuse("apply", "-w", "denoise-none", GOOD, out, says="denoise-none")
    refuse("apply", "-w", GOOD, GOOD, out, says="good.png")
    refuse("info", path("missing"), says="missing")
    refuse("bench", "--net", "no-such-net", says="no-such-net")


def limited(n_bytes):
    """For a new process: files may grow to n_bytes only, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def full_disk():
    big = write_png(path("big.png"), 200, 100, 3, 8,
                    lambda x, y, c: (x * 7919 + y * 104729) * 2654435761 >> 7 & 255)
    old = write(path("old.png"), read(GOOD))
    for target in ("new.png", "new.jpg", "old.png"):
        refuse("apply", "-w", TINY, "--level", 5, big, path(target), says=target,
               preexec_fn=limited(2000))
    refuse("degrade", big, path("new.png"), says="new.png", preexec_fn=limited(2000))
    check(read(old) == read(GOOD), "the old picture is gone")
    weights = read(TINY)
    result = run(*TRAIN, "--data", "synth:1", "--out", TINY, code=1,
                 preexec_fn=limited(500))
    check(result.stderr.splitlines()[-1].startswith("reweave: "), result.stderr)
    check(read(TINY) == weights, "the old weight file is gone")
    left = [n for n in os.listdir(SCRATCH) if "tiny.safetensors" in n]
    check(set(left) <= {"tiny.safetensors", "tiny.safetensors.checkpoint",
                        "tiny.safetensors.log.csv"}, left)


def full_standard_output():
    with open("/dev/full", "wb") as full:
        for arguments in (["info", TINY], ["help"], ["--version"],
                          ["eval", "-w", TINY, "--json", GOOD]):
            check("standard output" in run_into(full, *arguments),
                  f"{arguments}: says nothing of standard output")


def run_into(stdout, *arguments):
    from toolbox import start  # pylint: disable=import-outside-toplevel
    process = start(*arguments, stdout=stdout)
    _, errors = process.communicate(timeout=60)
    check(process.returncode == 1, f"{arguments}: exit {process.returncode}")
    return errors


def one_pixel_is_fine():
    dot = write_png(path("dot.png"), 1, 1, 4, 16, lambda x, y, c: 1000 + c)
    run("apply", "-w", TINY, dot, path("dot-out.png"))
    check(read_png(path("dot-out.png"))[:4] == (1, 1, 4, 16), "size")
    run("degrade", dot, path("dot-noisy.png"))
    run("eval", "-w", TINY, dot)
    check("1 x 1" in run("info", dot).stdout, "info")


check(TINY_NET == open(NET, encoding="utf-8").read(), "the net's text")
main([nothing_steers_the_terminal, usage, values, train_options, nets, training_pictures, pictures, outputs,
      weight_files, full_disk, full_standard_output, one_pixel_is_fine])
