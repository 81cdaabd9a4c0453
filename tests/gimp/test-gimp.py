#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs checks.scm in a GIMP of its own and compares what it leaves.

The truth is what `reweave apply` makes of the same pictures.  GIMP's exit
status says nothing, so only files and messages are judged.

  test-gimp.py API GIMP PLUGIN GIMPS-OWN-PLUGINS REWEAVE LIST-TASKS WEIGHTS WORK-FOLDER
"""
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import pngfile  # noqa: E402 (after the line above, to leave the tree clean)
from session import Session  # noqa: E402

SEED = 20
MENU = "<Image>/Filters/Enhance/Reweave"
HERE = pathlib.Path(__file__).resolve().parent


# ---- pictures ------------------------------------------------------------

def make_picture(width, height, channels, depth, seed):
    """Slopes, a few edges, noise; alpha with holes, where there is alpha."""
    rng = random.Random(seed)
    top = (1 << depth) - 1
    colours = channels - (channels in (2, 4))
    samples = []
    for y in range(height):
        for x in range(width):
            step = 0.25 if (x // 37 + y // 29) % 2 else 0.0
            for c in range(colours):
                value = (0.2 + step + 0.3 * x / width
                         + 0.1 * c * y / height + rng.gauss(0, 0.07))
                samples.append(min(top, max(0, round(value * top))))
            if channels != colours:
                hole = (x - 60) ** 2 + (y - 80) ** 2 < 900
                samples.append(0 if hole else min(top, (x + y) * top // 400))
    return pngfile.Picture(width, height, channels, depth, samples)


PICTURES = {
    "rgb8": (270, 262, 3, 8),
    "rgba8": (263, 270, 4, 8),
    "grey8": (120, 100, 1, 8),
    "grey16": (266, 130, 1, 16),
    "rgb16": (130, 266, 3, 16),
    "rgba16": (140, 120, 4, 16),
    "tiny": (1, 1, 3, 8),
}

# How readily the calls of the checks search.
SEARCHING = {"inpaint": ["--scratches", "0.7"], "restore": []}


class Task:
    """A line of list-tasks."""

    def __init__(self, line):
        (self.name, self.title, self.weights, self.done, self.kind,
         *controls) = line.split("\t")
        self.controls = [control.split("=") for control in controls]

    def scheme(self, api):
        """GIMP 3 calls plug-ins with named arguments, whose names its Scheme can read
        but not make; it takes a bracket right behind one for a part of it."""
        named = '"%s"' if api == "2" else "#:%s "
        return '(list "%s" "%s" (list %s) (list %s))' % (
            self.name, self.kind, " ".join(named % name for name, _ in self.controls),
            " ".join(value for _, value in self.controls))


def make_tasks(program, folder):
    """All that have a procedure; random weights of each go to the folder."""
    lines = subprocess.run([program, str(folder)], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    return [Task(line) for line in lines.splitlines()]


def make_inputs(folder, weights):
    folder.mkdir()
    for number, (name, shape) in enumerate(PICTURES.items()):
        make_picture(*shape, SEED + number).save(folder / (name + ".png"))
    whole = weights.read_bytes()
    (folder / "cut.safetensors").write_bytes(whole[:len(whole) // 2])


# ---- GIMP ----------------------------------------------------------------

LAST_VALUES = """[white-noise]
level=15
strength=0.5
weights=
output=new-layer
"""


def make_home(work, plugin, system):
    """Folders of its own, so that nothing of the user's takes part."""
    home = work / "home"
    gimp = work / "gimp"
    place = gimp / "plug-ins" / "reweave-gimp"
    config = home / "config" / "reweave"
    place.mkdir(parents=True)
    config.mkdir(parents=True)
    shutil.copy2(plugin, place / "reweave-gimp")
    Session.keep_few_plugins(gimp, pathlib.Path(system))
    (config / "gimp.ini").write_text(LAST_VALUES)
    env = dict(os.environ, HOME=str(home), XDG_CONFIG_HOME=str(home / "config"),
               XDG_DATA_HOME=str(home / "data"), XDG_CACHE_HOME=str(home / "cache"),
               GIMP2_DIRECTORY=str(gimp), GIMP3_DIRECTORY=str(gimp))
    for name in ("DISPLAY", "REWEAVE_WEIGHTS", "REWEAVE_CACHE"):
        env.pop(name, None)
    return env


def has_effects(api):
    """GIMP 3 has, where it is told of the operations that were built."""
    return api == "3" and "GEGL_PATH" in os.environ


def install_finder(work):
    """Where hosts and command look for what finds marks."""
    folder = work / "home" / "data" / "reweave" / "weights"
    folder.mkdir(parents=True)
    shutil.move(work / "in" / "scratch-m.safetensors", folder)


def make_script(work, api, tasks):
    lines = ['(define rw-in "%s/in/")' % work, '(define rw-out "%s/out/")' % work]
    lines += ['(define rw-tasks (list %s))'
              % " ".join(task.scheme(api) for task in tasks)]
    lines += ['(define rw-effects %s)' % ("#t" if has_effects(api) else "#f")]
    lines += ['(load "%s")' % (HERE / name)
              for name in ("notes.scm", "prelude-%s.scm" % api, "checks.scm")]
    script = work / "all.scm"
    script.write_text("\n".join(lines) + "\n")
    return '(load "%s")' % script


def run_gimp(api, gimp, work, tasks, env):
    batch = make_script(work, api, tasks)
    command = [gimp, "-i", "-d", "-f"]
    command += (["-b", batch, "-b", "(gimp-quit 0)"] if api == "2" else
                ["--quit", "--batch-interpreter=plug-in-script-fu-eval", "-b", batch])
    (work / "out").mkdir()
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=1500)
    log = done.stdout.decode("utf-8", "replace")
    (work / "gimp.log").write_text(log)
    return log


# ---- judging -------------------------------------------------------------

class Checks:
    def __init__(self, work, reweave, env):
        self.work = work
        self.reweave = reweave
        self.env = env
        self.failures = 0
        self.count = 0
        self.results = {}

    def check(self, good, what):
        self.count += 1
        self.failures += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, what))

    def load(self, name):
        path = self.work / (name + ".png")
        if not path.exists():
            return None
        return pngfile.load(path)

    def apply(self, name, *options):
        """What the command makes of a picture, or None."""
        key = (name, options)
        if key not in self.results:
            out = self.work / ("expected-%d.png" % len(self.results))
            source = self.work / (name + ".png")
            done = subprocess.run(
                [self.reweave, "apply", *options, str(source), str(out)],
                env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            good = done.returncode == 0
            self.results[key] = pngfile.load(out) if good else None
        return self.results[key]

    def restored(self, name, level, strength):
        return self.apply(name, "--task", "white-noise", "--level", str(level),
                          "--strength", str(strength))

    def same(self, got, expected, what, tolerance=0):
        if got is None or expected is None:
            self.check(False, what + ": no picture was written")
            return
        if got.shape() != expected.shape():
            self.check(False, "%s: %s, expected %s"
                       % (what, got.shape(), expected.shape()))
            return
        worst = max(abs(a - b) for a, b in zip(got.samples, expected.samples))
        self.check(worst <= tolerance, "%s (largest difference %d, allowed %d)"
                   % (what, worst, tolerance))

    def notes(self):
        notes = {}
        path = self.work / "out" / "notes"
        for line in path.read_text().splitlines() if path.exists() else ():
            name, value = line.split(" ", 1)
            notes[name.strip('"')] = value.strip('"')
        return notes


def check_whole(checks):
    """Whole layers of every precision; a 16-bit file holds half floats to 11
    bits, and linear values near black more coarsely than coded ones; a change that
    lies between two 16-bit floats may become either."""
    for name, level, strength in (("rgb8", 20, 1), ("rgba8", 20, 1), ("grey8", "auto", 1),
                                  ("grey16", 20, 1), ("rgb16", 20, 1), ("rgba16", 35, 0.7),
                                  ("tiny", 20, 1)):
        checks.same(checks.load("out/%s-whole" % name),
                    checks.restored("in/" + name, level, strength),
                    "%s, level %s, strength %s" % (name, level, strength))
    for kind, tolerance in (("float", 0), ("float-linear", 16), ("u32", 16),
                            ("half", 64)):
        checks.same(checks.load("out/rgb16-" + kind),
                    checks.restored("in/rgb16", 20, 1), "as " + kind,
                    tolerance)
    checks.same(checks.load("out/rgba16-nothing"), checks.load("in/rgba16"),
                "strength 0 changes nothing")
    changed = checks.load("out/rgb8-whole")
    checks.check(changed is not None
                 and changed.samples != checks.load("in/rgb8").samples,
                 "strength 1 changes something")


def check_layers(checks, notes):
    checks.same(checks.load("out/layers-above"),
                checks.restored("in/rgba8", 20, 0.6), "the moved upper layer")
    checks.same(checks.load("out/layers-below"),
                checks.restored("in/rgb8", 20, 0.6), "the moved lower layer")
    checks.check(notes.get("layers-x") == "37", "offsets stay")
    for name in ("inside", "outside"):
        checks.same(checks.load("out/group-" + name),
                    checks.restored("in/rgb8", 20, 1) if name == "inside"
                    else checks.load("in/rgb8"), "a layer %s a group" % name)


def check_selection(checks):
    """The layer lies at 60,40; the selection is 180,140 100x80 of the image."""
    before = checks.load("in/rgb8")
    full = checks.restored("in/rgb8", 20, 1)
    inside = (120, 100, 220, 180)
    expected = before.pasted(full, inside)
    checks.same(checks.load("out/selected"), expected,
                "a selection, with what lies around it as context")
    got = checks.load("out/feathered")
    if got is None:
        checks.check(False, "a feathered selection: no picture was written")
        return
    far = before.pasted(got, (70, 50, 270, 230))
    checks.same(far, got, "far from a feathered selection nothing changes")
    core = before.pasted(full, (150, 130, 190, 150))
    checks.same(got.pasted(core, (150, 130, 190, 150)), got,
                "deep in a feathered selection all is restored", 1)
    between = [min(b, f) - 1 <= g <= max(b, f) + 1
               for b, f, g in zip(before.samples, full.samples, got.samples)]
    checks.check(all(between), "feathering stays between before and after")
    partly = sum(g not in (b, f) for b, f, g
                 in zip(before.samples, full.samples, got.samples))
    checks.check(partly > 1000, "feathering is gradual (%d samples)" % partly)


def check_items(checks, api, notes):
    checks.same(checks.load("out/mask-after"),
                checks.restored("out/mask-before", 20, 1), "a layer mask", 8)
    checks.same(checks.load("out/mask-layer-after"),
                checks.load("out/mask-layer-before"),
                "the mask's layer stays")
    checks.check(notes.get("mask-new-layer") == "refused", "a mask cannot get a new layer")
    checks.same(checks.load("out/channel-after"),
                checks.restored("out/channel-before", 20, 1), "a channel", 8)
    checks.same(checks.load("out/new-layer-above"),
                checks.restored("in/rgba8", 15, 0.5), "the new layer")
    checks.same(checks.load("out/new-layer-below"), checks.load("in/rgba8"),
                "the layer under it stays")
    checks.check((notes.get("new-layer-count"), notes.get("new-layer-name"))
                 == ("2", "photo (noise removed)"), "the new layer's place and name")
    if api == "2":
        for name in ("above", "below"):
            checks.same(checks.load("out/chained-" + name),
                        checks.restored("in/rgb8", 15, 0.5),
                        "the chained layer " + name)
        checks.check(notes.get("chained-count") == "4",
                     "each chained layer gets one of its own")


def check_effects(checks, notes):
    checks.check(notes.get("effects") == "(1 1)", "each layer gets an effect (%s)"
                 % notes.get("effects"))
    checks.same(checks.load("out/effect"), checks.restored("in/rgb8", 20, 0.6),
                "an effect", 1)
    checks.check(notes.get("effect-mask") == "refused"
                 and notes.get("effects-later") == "1",
                 "with a mask among them, none gets one")
    if notes.get("effect-weights") == "done":  # 3.0 has no way to tell it of a file
        expected = checks.apply("in/rgb8", "--weights", str(checks.work / "in/white-noise.safetensors"),
                                "--level", "20", "--strength", "0.6")
        checks.same(checks.load("out/effect-weights"), expected, "an effect with weights of its own", 1)


def check_menu(checks, tasks):
    """What GIMP has noted of the plug-in when it asked for its procedures."""
    text = (checks.work / "gimp" / "pluginrc").read_text("utf-8", "replace")
    names = [(task.name, task.title) for task in tasks]
    for name, label in names + [("restore-with", "Apply Weights")]:
        part = text.partition('(proc-def "plug-in-reweave-%s" ' % name)[2]
        place = re.search(r'"(_[^"]*)"\s+1\s+\(menu-path "([^"]*)"\)', part)
        checks.check(place and place.groups() == ("_%s…" % label, MENU),
                     "%s: its place in the menus" % name)


def check_task(checks, task, api, notes, log):
    """Its arguments; weights of its own; its default, or that this is missing."""
    if api == "2":
        names = [notes.get("argument-%s-%d" % (task.name, i))
                 for i in range(len(task.controls) + 5)]
        last = ("whole-image" if task.kind == "enlarge" else
                "scratches" if task.name in SEARCHING else None)
        checks.check(names == [name for name, _ in task.controls]
                     + ["strength", "grain", "weights", last, None],
                     "%s: its arguments are %s" % (task.name, names))
    {"filter": check_filter, "hole": check_hole,
     "enlarge": check_enlarge}[task.kind](checks, task, notes, log)


def own_weights(checks, task):
    return str(checks.work / "in" / (task.name + ".safetensors"))


def check_missing_default(checks, task, notes, log):
    said = [line for line in log.splitlines()
            if line.startswith("reweave: ") and task.weights in line]
    checks.check(notes.get(task.name + "-default") == "refused"
                 and len(said) == 1, "%s: its default is missing (%s)"
                 % (task.name, said[0] if said else "nothing was said"))


def check_filter(checks, task, notes, log):
    checks.same(checks.load("out/%s-nothing" % task.name),
                checks.load("in/rgba16"), task.name + " at strength 0")
    options = [text for name, value in task.controls for text in ("--" + name, value)]
    checks.same(checks.load("out/%s-own" % task.name),
                checks.apply("in/rgba16", "--weights", own_weights(checks, task), *options),
                task.name + " with weights of its own")
    expected = checks.apply("in/grey8", "--task", task.name)
    got = checks.load("out/%s-default" % task.name)
    if expected is not None:
        checks.check(notes.get(task.name + "-default") == "done",
                     task.name + " has a default")
        checks.same(got, expected, task.name + " with its default")
        return
    check_missing_default(checks, task, notes, log)
    checks.same(got, checks.load("in/grey8"),
                task.name + " without weights changes nothing")


def check_hole(checks, task, notes, log):
    """What is selected is made up, from what is around it; feathering mixes the
    made-up and the old once."""
    before = checks.load("in/rgb8")
    hole = pngfile.Picture(before.width, before.height, 1, 8, [
        255 * (30 <= x < 80 and 40 <= y < 100)
        for y in range(before.height) for x in range(before.width)])
    hole.save(checks.work / "hole.png")
    weights = own_weights(checks, task)
    expected = checks.apply("in/rgb8", "--weights", weights, "--mask",
                            str(checks.work / "hole.png"))
    checks.same(checks.load("out/%s-own" % task.name), expected,
                task.name + " makes up what is selected")
    checks.check(expected is not None and expected.samples != before.samples,
                 task.name + " changes something")
    check_feathered_hole(checks, task, weights, before)
    check_found_hole(checks, task, notes, weights, before)
    check_missing_default(checks, task, notes, log)


def check_found_hole(checks, task, notes, weights, before):
    """Without a selection it makes up what the finder says, as the command does."""
    expected = checks.apply("in/rgb8", "--weights", weights, *SEARCHING[task.name])
    checks.check(notes.get(task.name + "-unselected") == "done" and expected is not None
                 and expected.samples != before.samples, task.name + " finds something")
    checks.same(checks.load("out/%s-unselected" % task.name), expected,
                task.name + " makes up what it finds")


def check_feathered_hole(checks, task, weights, before):
    got = checks.load("out/%s-feathered" % task.name)
    mask = checks.load("out/%s-feathered-mask" % task.name)
    if got is None or mask is None or len(mask.samples) * 3 != len(got.samples):
        checks.check(False, task.name + ": no feathered pictures")
        return
    wide = pngfile.Picture(before.width, before.height, 1, 8,
                           [255 * (m > 0) for m in mask.samples])
    wide.save(checks.work / "wide.png")
    full = checks.apply("in/rgb8", "--weights", weights, "--mask", str(checks.work / "wide.png"))
    worst = max(abs(pngfile.mix(b, f, m / 255) - g) for b, f, g, m
                in zip(before.samples, full.samples, got.samples,
                       (m for m in mask.samples for _ in range(3))))
    checks.check(worst < 2, "%s: a feathered hole is mixed once (off by %.1f)"
                 % (task.name, worst))


def check_enlarge(checks, task, notes, log):
    weights = own_weights(checks, task)
    checks.same(checks.load("out/%s-own" % task.name),
                checks.apply("in/rgba16", "--weights", weights),
                task.name + " of an image", 1)
    checks.same(checks.load("out/%s-layer" % task.name),
                checks.apply("in/rgb8", "--weights", weights),
                task.name + " of a layer alone")
    # GIMP's interpolation spreads the selection's edge by some pixels; a layer
    # alone grows around its middle
    for name, value, around in (("image", 280, 0), ("other", 280, 0),
                                ("offset", 14, 0), ("guide", 62, 0),
                                ("selection", 40, 4), ("selection-end", 160, 4),
                                ("channels", 0, 0), ("alone", 270, 0),
                                ("alone-offset", 7 - 270 // 2, 0)):
        got = float(notes.get("enlarge-" + name, "nan"))
        checks.check(abs(got - value) <= around, "%s: %s is %g, expected %d"
                     % (task.name, name, got, value))
    check_missing_default(checks, task, notes, log)


def check_any(checks, notes, log):
    checks.check(notes.get("any-none") == "refused"
                 and "weights: none are given" in log,
                 "weights of any task have to be given")
    weights = str(checks.work / "in" / "denoise.safetensors")
    checks.same(checks.load("out/any"), checks.apply("in/grey8", "--weights", weights),
                "weights of any task")


def check_refusals(checks, notes, log):
    for name, sentence in (
            ("empty-group", "no layer was given"),
            ("missing-weights", "missing.safetensors"),
            ("cut-weights", "cut.safetensors"),
            ("selection-outside", "selection: it lies outside"),
            ("locked", 'layer "sky": its pixels are locked')):
        checks.check(notes.get(name) == "refused", name + " is refused")
        said = [line for line in log.splitlines()
                if line.startswith("reweave: ") and sentence in line]
        checks.check(len(said) == 1, "%s in one sentence (%s)"
                     % (name, said[0] if said else "none"))
    for name in ("refused", "refused-other"):
        checks.same(checks.load("out/" + name), checks.load("in/rgb8"),
                    name + " leaves the picture alone")


def main():
    api, gimp, plugin, system, reweave, list_tasks, weights, work = sys.argv[1:]
    work = pathlib.Path(work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    make_inputs(work / "in", pathlib.Path(weights))
    tasks = make_tasks(list_tasks, work / "in")
    env = make_home(work, plugin, system)
    install_finder(work)
    log = run_gimp(api, gimp, work, tasks, env)
    checks = Checks(work, reweave, env)
    notes = checks.notes()
    checks.check(notes.get("end") == "reached",
                 "the script came to its end (see %s)" % (work / "gimp.log"))
    check_whole(checks)
    check_layers(checks, notes)
    check_selection(checks)
    check_items(checks, api, notes)
    check_menu(checks, tasks)
    check_refusals(checks, notes, log)
    if has_effects(api):
        check_effects(checks, notes)
    for task in tasks:
        check_task(checks, task, api, notes, log)
    check_any(checks, notes, log)
    print("1..%d" % checks.count)
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
