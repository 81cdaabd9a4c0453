#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Training by several processes: mpirun gives the bytes of one process, and an
error of one ends all with one sentence.  test-mpi.py REWEAVE SOURCE MPIRUN"""
import os
import shutil
import subprocess
import sys
import threading
import time

from toolbox import (REWEAVE, SCRATCH, TINY_NET, check, environment, main, path, run,
                     same, tree, write)

MPIRUN = [sys.argv[3], "--allow-run-as-root", "--oversubscribe"]
NET = write(path("tiny.net"), TINY_NET)
# 9 patches in 5 slices: no number of ranks cuts them evenly.
COMMON = ["train", "--task", "white-noise", "--data", "synth:4", "--val", "synth:3", "--net", NET, "--batch",
          9, "--slices", 5, "--patch", 32, "--lr", "0.003", "--seed", 7,
          "--validate-every", 7, "--steps", 20]
ENDINGS = ("", ".checkpoint", ".log.csv")


def start_ranks(*arguments):
    # mpirun 4.1 reads memory that it freed when a rank ends the others; with
    # glibc's MALLOC_PERTURB_, which meson sets, it crashes then
    kept = {k: v for k, v in environment().items() if k != "MALLOC_PERTURB_"}
    return subprocess.run([*MPIRUN, *map(str, arguments)], capture_output=True,
                          text=True, env=kept, cwd=SCRATCH,
                          stdin=subprocess.DEVNULL, timeout=200, check=False)


def run_ranks(n, *arguments, code=0):
    result = start_ranks("-n", n, REWEAVE, *arguments)
    check(result.returncode == code,
          f"exit {result.returncode}, expected {code}\n{result.stderr}")
    return result


def same_as_one_process():
    run(*COMMON, "--out", path("one.safetensors"))
    for n in (2, 3):
        out = f"ranks-{n}.safetensors"
        result = run_ranks(n, *COMMON, "--out", path(out), "--threads", 1)
        check(result.stdout.count("20 steps in") == 1, result.stdout)
        check(result.stderr.count("training on 4 pictures") == 1, result.stderr)
        for ending in ENDINGS:
            check(same(path("one.safetensors") + ending, path(out) + ending),
                  f"{out}{ending} is not as one process makes it")


def more_ranks_than_slices():
    run_ranks(3, *COMMON, "--slices", 2, "--out", path("few.safetensors"))
    run(*COMMON, "--slices", 2, "--out", path("few-one.safetensors"))
    check(same(path("few.safetensors"), path("few-one.safetensors")), "differ")


def in_parts(out, *runners):
    for runner, steps in zip(runners, (8, 14, 20)):
        runner(*COMMON, "--schedule", "constant", "--steps", steps, "--out", path(out),
               *(["--resume"] if steps > 8 else []))


def goes_on_alone():
    """What several began, one goes on with, and the other way round."""
    def ranks(*arguments):
        run_ranks(2, *arguments)
    in_parts("mixed.safetensors", ranks, run, ranks)
    in_parts("alone.safetensors", run, run, run)
    for ending in ENDINGS:
        check(same(path("mixed.safetensors") + ending,
                   path("alone.safetensors") + ending), f"{ending} differs")


def sentences(result):
    return [line for line in result.stderr.splitlines()
            if line.startswith("reweave: ")]


def one_sentence():
    before = tree(SCRATCH)
    for arguments, code in ((["--freeze", "none"], 1), (["--net", path("none")], 1),
                            (["--lr", "much"], 2)):
        result = run_ranks(2, *COMMON, *arguments, "--out", path("no.safetensors"),
                           code=code)
        check(len(sentences(result)) == 1, result.stderr)
    check(tree(SCRATCH).keys() == before.keys(), "something was left behind")


def pictures_vanish():
    """Those of the second rank only: both say so, and the first has saved."""
    folders = [path("pictures-0"), path("pictures-1")]
    run("synth", "--count", 6, "--size", "300x300", folders[0])
    shutil.copytree(folders[0], folders[1])
    out = path("vanish.safetensors")

    def one(folder):
        return ["-n", 1, REWEAVE, "train", "--data", folder, "--data-memory", "1M",
                *COMMON[5:], "--steps", 1000000, "--threads", 1, "--out", out]

    def vanish():
        """Once there are steps in the log."""
        for _ in range(1500):
            time.sleep(0.1)
            if os.path.exists(out + ".log.csv") and os.path.getsize(out + ".log.csv") > 200:
                break
        shutil.rmtree(folders[1])

    thread = threading.Thread(target=vanish)
    thread.start()
    result = start_ranks(*one(folders[0]), ":", *one(folders[1]))
    thread.join()
    check(result.returncode == 1, f"exit {result.returncode}\n{result.stderr}")
    check(len(sentences(result)) == 1, result.stderr)
    check("rank 1: " in result.stderr and "put it back" in result.stderr, result.stderr)
    check(os.path.exists(out + ".checkpoint"), "no checkpoint")


def differing_ranks():
    """The second one is told of another CPU level."""
    one = ["-n", 1, REWEAVE, *COMMON, "--out", path("level.safetensors")]
    result = start_ranks(*one, ":", "-x", "REWEAVE_CPU=generic", *one)
    if result.returncode == 0:
        return  # this machine has no higher level
    check(len(sentences(result)) == 1, result.stderr)
    check("rank 1: has other pictures, settings, weights or another CPU level"
          in result.stderr, result.stderr)


main([same_as_one_process, more_ranks_than_slices, goes_on_alone, one_sentence,
      differing_ranks, pictures_vanish])
