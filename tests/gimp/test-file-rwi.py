#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""GIMP opens and exports .rwi files as the command decodes and encodes them:
test-file-rwi.py API GIMP PLUGINS PLUGIN REWEAVE MAKE_CODEC WORK"""
import os
import pathlib
import random
import shutil
import subprocess
import sys

import pngfile

API = sys.argv[1]
GIMP, PLUGINS, PLUGIN, REWEAVE, MAKE_CODEC = map(os.path.abspath, sys.argv[2:7])
WORK = pathlib.Path(sys.argv[7]).resolve()
PICTURES = {"rgb8": (70, 50, 3, 8), "rgba8": (45, 33, 4, 8), "grey8": (50, 40, 1, 8),
            "grey16": (33, 44, 1, 16), "rgba16": (40, 39, 4, 16)}
QUALITY = 80
REFINED = "rgb8"  # this one is exported with refine
failures = count = 0


def check(good, what):
    global failures, count
    count += 1
    failures += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, what))


def draw(name):
    width, height, channels, depth = PICTURES[name]
    rng = random.Random(name)
    top = (1 << depth) - 1
    samples = [min(top, (x * 3 + y * 2 + 40 * c) * top // 400 + rng.randrange(top // 9))
               for y in range(height) for x in range(width) for c in range(channels)]
    pngfile.Picture(width, height, channels, depth, samples).save(WORK / (name + ".png"))


def reweave(*arguments, env):
    subprocess.run([REWEAVE, *map(str, arguments)], check=True, env=env,
                   stdout=subprocess.DEVNULL)


# Scheme for each version: a path becomes an image, and an image a file.
PRELUDES = {
    "2": """
(define (open path) (car (gimp-file-load RUN-NONINTERACTIVE path path)))
(define (layer-of image) (car (gimp-image-get-active-drawable image)))
(define (save-png image path)
  (file-png-save2 RUN-NONINTERACTIVE image (layer-of image) path path 0 1 0 0 0 0 0 0 1))
(define (export image path quality refine)
  (file-rwi-save RUN-NONINTERACTIVE image (layer-of image) path path quality
                 (if refine TRUE FALSE)))
""",
    "3": """
(define (open path) (car (gimp-file-load RUN-NONINTERACTIVE path)))
(define (save-png image path)
  (file-png-export #:run-mode RUN-NONINTERACTIVE #:image image #:file path
                   #:compression 1 #:save-transparent 1))
(define (export image path quality refine)
  (file-rwi-export #:run-mode RUN-NONINTERACTIVE #:image image #:file path
                   #:quality quality
                   #:refine (if refine TRUE FALSE)))
""",
}


def make_script():
    lines = [PRELUDES[API]]
    for name in PICTURES:
        place = str(WORK / name)
        lines += [  # exported; opened by ending and by first bytes
            '(export (open "%s.png") "%s-gimp.rwi" %d %s)'
            % (place, place, QUALITY, "#t" if name == REFINED else "#f"),
            '(save-png (open "%s.rwi") "%s-opened.png")' % (place, place),
            '(save-png (open "%s-nameless") "%s-nameless.png")' % (place, place)]
    lines.append('(catch "refused" (open "%s"))' % (WORK / "damaged.rwi"))
    script = WORK / "all.scm"
    script.write_text("\n".join(lines) + "\n")
    return '(load "%s")' % script


def run_gimp(env, log, *batch):
    command = [GIMP, "-i", "-d", "-f"]
    if API == "3":
        command += ["--quit", "--batch-interpreter=plug-in-script-fu-eval"]
    else:
        batch += ("(gimp-quit 0)",)
    for text in batch:
        command += ["-b", text]
    done = subprocess.run(command, env=env, timeout=500,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode("utf-8", "replace")
    (WORK / log).write_text(text)
    return text


def same(name, expected, tolerance=0):
    path = WORK / (name + ".png")
    if not path.exists():
        check(False, name + " was not written")
        return
    got = pngfile.load(path)
    good = got.shape() == expected.shape()
    worst = max(abs(a - b) for a, b in zip(got.samples, expected.samples)) if good else -1
    check(good and worst <= tolerance,
          "%s is what the command makes (%s, difference %d)" % (name, got.shape(), worst))


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    gimp = WORK / "gimp"
    place = gimp / "plug-ins" / "file-rwi"
    place.mkdir(parents=True)
    shutil.copy2(PLUGIN, place / "file-rwi")
    for needed in ("script-fu", "file-png"):  # others would only take time to start
        (gimp / "plug-ins" / needed).symlink_to(os.path.join(PLUGINS, needed))
    (gimp / "gimprc").write_text('(plug-in-path "%s")\n' % (gimp / "plug-ins"))
    weights = WORK / "compress-m.safetensors"
    subprocess.run([MAKE_CODEC, weights], check=True)
    env = dict(os.environ, HOME=str(WORK / "home"), XDG_DATA_HOME=str(WORK / "home/data"),
               XDG_CONFIG_HOME=str(WORK / "home/config"),
               XDG_CACHE_HOME=str(WORK / "home/cache"), GIMP2_DIRECTORY=str(gimp),
               GIMP3_DIRECTORY=str(gimp),
               REWEAVE_WEIGHTS=str(WORK))
    env.pop("DISPLAY", None)
    for name in PICTURES:
        draw(name)
        reweave("encode", "--quality", QUALITY, *(["--refine"] if name == REFINED else []),
                WORK / (name + ".png"), WORK / (name + ".rwi"), env=env)
        shutil.copy(WORK / (name + ".rwi"), WORK / (name + "-nameless"))
        reweave("decode", WORK / (name + ".rwi"), WORK / (name + "-expected.png"), env=env)
    reweave("encode", "--quality", QUALITY, WORK / (REFINED + ".png"), WORK / "plain.rwi", env=env)
    check((WORK / "plain.rwi").read_bytes() != (WORK / (REFINED + ".rwi")).read_bytes(),
          "refining makes another file")
    (WORK / "damaged.rwi").write_bytes((WORK / "rgb8.rwi").read_bytes()[:90])
    log = run_gimp(env, "gimp.log", make_script())
    check("reweave: " in log and "damaged.rwi" in log, "what is damaged is named")
    for name in PICTURES:
        expected = pngfile.load(WORK / (name + "-expected.png"))
        same(name + "-opened", expected)
        same(name + "-nameless", expected)
        if not (WORK / (name + "-gimp.rwi")).exists():
            check(False, name + " was not exported")
            continue
        reweave("decode", WORK / (name + "-gimp.rwi"), WORK / (name + "-back.png"), env=env)
        same(name + "-back", expected)
    bare = dict(env, REWEAVE_WEIGHTS=str(WORK / "none"))
    script = WORK / "bare.scm"
    script.write_text('%s(catch "refused" (open "%s"))\n(catch "refused" (export (open "%s") "%s" 50 #f))\n'
                      % (PRELUDES[API], WORK / "rgb8.rwi", WORK / "rgb8.png", WORK / "never.rwi"))
    log = run_gimp(bare, "bare.log", '(load "%s")' % script)
    said = [line for line in log.splitlines() if line.startswith("reweave: ")]
    check(any("cannot be had here" in line for line in said),
          "weights that are missing are named when a file is opened")
    check(any("no weights for compress are installed" in line for line in said),
          "and when one is exported")
    check(not (WORK / "never.rwi").exists(), "and nothing is written")
    print("1..%d" % count)
    return 1 if failures else 0


sys.exit(main())
