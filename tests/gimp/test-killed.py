#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""A plug-in that is killed while it works: the picture is as it was, or mended as
a whole, and the next call works.  KILL_SEED=N repeats a run.

  test-killed.py API GIMP PLUGIN GIMPS-OWN-PLUGINS REWEAVE WEIGHTS WORK-FOLDER
"""
import importlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
import pngfile  # noqa: E402 (after the line above, to leave the tree clean)

toolbox = importlib.import_module("test-gimp")
HERE = pathlib.Path(__file__).resolve().parent
SIZE = 600
LEVEL = 20
KILLS = 4  # between a first and a last call that are left alone


def find_workers(plugin):
    """Processes that run a procedure of the plug-in, not those that are asked what it has."""
    for folder in pathlib.Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == os.fsencode(plugin) and b"-run" in words:
            yield int(folder.name)


class Killer(threading.Thread):
    """Ends the second, third, ... process after a share of the time that the first took."""

    def __init__(self, plugin, shares):
        super().__init__(daemon=True)
        self.plugin, self.shares = plugin, shares
        self.killed = 0

    def wait_for_next(self, last):
        while True:
            for pid in find_workers(self.plugin):
                if pid != last:
                    return pid
            time.sleep(0.005)

    def run(self):
        first = self.wait_for_next(None)
        start = time.monotonic()
        while first in find_workers(self.plugin):
            time.sleep(0.005)
        usual, last = time.monotonic() - start, first
        for share in self.shares:
            last = self.wait_for_next(last)
            time.sleep(share * usual)
            try:
                os.kill(last, signal.SIGKILL)
                self.killed += 1
            except ProcessLookupError:
                pass


def make_script(work, api, weights):
    name = '"level"' if api == "2" else "#:level "
    lines = ['(define rw-in "%s/in/")' % work, '(define rw-out "%s/out/")' % work,
             '(define rw-weights "%s")' % weights, "(define rw-calls %d)" % (KILLS + 2),
             "(define rw-level (list %s %d))" % (name, LEVEL)]
    lines += ['(load "%s")' % (HERE / part)
              for part in ("notes.scm", "prelude-%s.scm" % api, "checks-killed.scm")]
    (work / "all.scm").write_text("\n".join(lines) + "\n")
    return '(load "%s")' % (work / "all.scm")


def run_gimp(api, gimp, work, script, env):
    command = [gimp, "-i", "-d", "-f"]
    command += (["-b", script, "-b", "(gimp-quit 0)"] if api == "2" else
                ["--quit", "--batch-interpreter=plug-in-script-fu-eval", "-b", script])
    with open(work / "gimp.log", "wb") as log:
        subprocess.run(command, env=env, stdout=log, stderr=subprocess.STDOUT, timeout=1500,
                       check=False)


def main():
    api, gimp, plugin, system, reweave, weights, work = sys.argv[1:]
    work, weights = pathlib.Path(work).resolve(), pathlib.Path(weights).resolve()
    shutil.rmtree(work, ignore_errors=True)
    (work / "in").mkdir(parents=True)
    (work / "out").mkdir()
    toolbox.make_picture(SIZE, SIZE, 3, 8, 3).save(work / "in" / "large.png")
    env = toolbox.make_home(work, plugin, system)
    seed = int(os.environ.get("KILL_SEED", random.randrange(10**6)))
    print("# KILL_SEED=%d" % seed)
    dice = random.Random(seed)
    killer = Killer(work / "gimp" / "plug-ins" / "reweave-gimp" / "reweave-gimp",
                    [0.1] + [dice.uniform(0.2, 1) for _ in range(KILLS - 1)])
    killer.start()
    run_gimp(api, gimp, work, make_script(work, api, weights), env)

    checks = toolbox.Checks(work, reweave, env)
    notes = checks.notes()
    before = checks.load("in/large")
    mended = checks.apply("in/large", "-w", str(weights), "--level", str(LEVEL))
    checks.check(notes.get("end") == "reached",
                 "the script came to its end (see %s)" % (work / "gimp.log"))
    ends = [notes.get("call-%d" % i) for i in range(KILLS + 2)]
    checks.check(killer.killed > 0 and "refused" in ends[1:-1],
                 "%d calls were killed and failed: %s" % (killer.killed, " ".join(map(str, ends))))
    for number, end in enumerate(ends):
        what = "call %d, %s, left the picture " % (number, end)
        got = checks.load("out/call-%d" % number)
        if number in (0, KILLS + 1):
            checks.check(end == "done", "call %d, which was left alone, is done" % number)
        checks.same(got, mended if end == "done" else before,
                    what + ("mended" if end == "done" else "as it was"))
    print("1..%d" % checks.count)
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
