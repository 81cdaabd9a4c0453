#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Text, links and vectors never become pixels unless a new layer is made of them:
checks-drawn.scm in a GIMP of its own.  Links and vectors are new in GIMP 3.2.

  test-drawn.py API GIMP PLUGIN GIMPS-OWN-PLUGINS REWEAVE LIST-TASKS WEIGHTS WORK-FOLDER
"""
import importlib
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
toolbox = importlib.import_module("test-gimp")
HERE = pathlib.Path(__file__).resolve().parent
GAP = 30  # rw-gap of checks-drawn.scm


def run_gimp(api, gimp, work, env):
    lines = ['(define rw-in "%s/in/")' % work, '(define rw-out "%s/out/")' % work,
             "(define rw-effects %s)" % ("#t" if toolbox.has_effects(api) else "#f")]
    lines += ['(load "%s")' % (HERE / part)
              for part in ("notes.scm", "prelude-%s.scm" % api, "checks-drawn.scm")]
    (work / "all.scm").write_text("\n".join(lines) + "\n")
    script = '(load "%s")' % (work / "all.scm")
    command = [gimp, "-i", "-d", "-f"]
    command += (["-b", script, "-b", "(gimp-quit 0)"] if api == "2" else
                ["--quit", "--batch-interpreter=plug-in-script-fu-eval", "-b", script])
    with open(work / "gimp.log", "wb") as log:
        subprocess.run(command, env=env, stdout=log, stderr=subprocess.STDOUT, timeout=600,
                       check=False)
    return (work / "gimp.log").read_text("utf-8", "replace")


def near(checks, notes, name, expected):
    """Vectors are drawn to whole pixels, with lines that do not grow."""
    got = float(notes.get(name, "nan"))
    checks.check(abs(got / expected - 1) < 0.03, "%s is %g, expected %g" % (name, got, expected))


def check_refused(checks, kind, notes, log):
    said = [line for line in log.splitlines()
            if line.startswith('reweave: layer "%s": it is text' % kind)]
    for case in ("itself", "enlarged", "enlarged-alone"):
        checks.check(notes.get("%s-%s" % (kind, case)) == "refused",
                     "%s %s is refused" % (kind, case))
    checks.check(len(said) == 3, "each time in a sentence (%s)" % " / ".join(said))
    checks.check(notes.get(kind + "-stays") == "1", kind + " stays what it is")
    checks.same(checks.load("out/%s-after" % kind), checks.load("out/%s-before" % kind),
                kind + " stays as it looks")


def check_new_layer(checks, kind, notes, effects):
    before = "out/%s-before" % kind
    expected = {"new": kind + " (noise removed)", "new-is": "0", "new-offset": str(GAP),
                "new-mask": "1", "below-is": "1", "again": "done"}
    got = {name: notes.get("%s-%s" % (kind, name)) for name in expected}
    checks.check(got == expected, "the new layer above %s is plain: %s" % (kind, got))
    near(checks, notes, kind + "-new-opacity", 40)
    near(checks, notes, kind + "-new-grows", 1)
    checks.same(checks.load("out/%s-new" % kind), checks.restored(before, 15, 0.5),
                "the new layer above " + kind)
    checks.same(checks.load("out/%s-again" % kind),
                checks.restored("out/%s-new" % kind, 15, 0.5), "the same, mended again")
    if effects:
        names = notes.get(kind + "-new-effects")
        checks.check(names == '("first" "second")', "it has the effects %s" % names)
        checks.same(checks.load("out/%s-new-blurred" % kind),
                    checks.load("out/%s-new-expected" % kind), "with their settings")


def check_effect(checks, kind, notes):
    got = [notes.get("%s-%s" % (kind, name)) for name in ("effect", "effects", "effect-is")]
    checks.check(got == ["done", "1", "1"], "%s keeps its kind under an effect: %s" % (kind, got))
    checks.same(checks.load("out/%s-without-effect" % kind), checks.load("out/%s-before" % kind),
                kind + " is as it was without the effect")
    seen = checks.load("out/%s-effect" % kind)
    full = checks.restored("out/%s-before" % kind, 20, 0.6)
    if seen is None or full is None or seen.shape()[:2] != full.shape()[:2]:
        checks.check(False, "%s: no picture of the effect" % kind)
        return
    colours = min(3, full.channels)
    worst = max((abs(seen.samples[i * seen.channels + c] - full.samples[i * full.channels + c])
                 for i in range(full.width * full.height) for c in range(colours)
                 if full.channels < 4 or full.samples[i * 4 + 3] == 255), default=-1)
    checks.check(0 <= worst <= 1, "%s: the effect shows (largest difference %d)" % (kind, worst))


def check_kind(checks, kind, notes, log, effects):
    if kind + "-is" not in notes:
        checks.check(kind != "text", "%s # SKIP this GIMP has none" % kind)
        return
    checks.check(notes[kind + "-is"] == "1", "GIMP takes it for " + kind)
    check_refused(checks, kind, notes, log)
    check_new_layer(checks, kind, notes, effects)
    if effects:
        check_effect(checks, kind, notes)
    if kind != "link":  # which cannot be painted on by hand
        checks.check(notes.get(kind + "-painted") == "done", "painted, %s is pixels" % kind)
    near(checks, notes, kind + "-beside", 2)
    if kind != "text":  # of which GIMP makes pixels when it is scaled
        checks.check(notes.get(kind + "-beside-is") == "1", "and is what it was")


def main():
    api, gimp, plugin, system, reweave, list_tasks, weights, work = sys.argv[1:]
    work = pathlib.Path(work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    (work / "out").mkdir(parents=True)
    toolbox.make_inputs(work / "in", pathlib.Path(weights))
    toolbox.make_tasks(list_tasks, work / "in")
    env = toolbox.make_home(work, plugin, system)
    log = run_gimp(api, gimp, work, env)
    checks = toolbox.Checks(work, reweave, env)
    notes = checks.notes()
    checks.check(notes.get("end") == "reached",
                 "the script came to its end (see %s)" % (work / "gimp.log"))
    for kind in ("text", "link", "vectors"):
        check_kind(checks, kind, notes, log, toolbox.has_effects(api))
    print("1..%d" % checks.count)
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
