#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a desktop knows of .rwi files: SCRIPT REWEAVE SOURCE_ROOT MAKE_CODEC"""
import configparser
import os
import shlex
import shutil
import subprocess
import sys

from toolbox import REWEAVE, SOURCE, Skip, check, environment, main, noise, path, read, \
    read_png, run, write_png

MAKE_CODEC = os.path.abspath(sys.argv[3])
DESKTOP = os.path.join(SOURCE, "tools", "desktop")
TYPE = "image/x-reweave-rwi"

WEIGHTS = path("compress-m.safetensors")
subprocess.run([MAKE_CODEC, WEIGHTS], check=True)


def encode(name, width, height, channels=3):
    picture = write_png(path(name + ".png"), width, height, channels, 8,
                        lambda x, y, c: 255 if c == 3 else noise(x // 7, y // 5, c))
    run("encode", "-w", WEIGHTS, picture, path(name + ".rwi"))
    return path(name + ".rwi")


def mime_type():
    """Found by the ending, and by the first bytes of a file with another name."""
    if not shutil.which("update-mime-database") or not shutil.which("gio"):
        raise Skip("there is no update-mime-database or no gio")
    data = path("share")
    os.makedirs(os.path.join(data, "mime", "packages"))
    shutil.copy(os.path.join(DESKTOP, "reweave.xml"), os.path.join(data, "mime", "packages"))
    subprocess.run(["update-mime-database", os.path.join(data, "mime")], check=True,
                   capture_output=True)
    file = encode("typed", 20, 30)
    shutil.copy(file, path("nameless"))
    with open(path("empty.rwi"), "wb"):
        pass
    for name in ("typed.rwi", "nameless"):
        told = subprocess.run(
            ["gio", "info", "-a", "standard::content-type", path(name)], check=True,
            capture_output=True, text=True,
            env=dict(os.environ, XDG_DATA_HOME=data, XDG_DATA_DIRS=data)).stdout
        check(TYPE in told, told)


def thumbnailer():
    """Its command as a file manager starts it, with an output of any ending."""
    entry = configparser.RawConfigParser()
    entry.optionxform = str
    entry.read(os.path.join(DESKTOP, "reweave.thumbnailer"))
    entry = entry["Thumbnailer Entry"]
    check(TYPE + ";" == entry["MimeType"], entry["MimeType"])
    source = encode("a picture's", 300, 200)
    places = {"%s": "128", "%i": source, "%o": path("thumbnail")}
    words = [part for part in shlex.split(entry["Exec"])]
    for place, value in places.items():
        words = [word.replace(place, value) for word in words]
    env = dict(environment(), PATH=os.path.dirname(REWEAVE) + ":" + os.environ["PATH"],
               REWEAVE_WEIGHTS=path())
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    check(done.returncode == 0, done.stderr)
    shutil.move(path("thumbnail"), path("thumbnail.png"))
    check(read_png(path("thumbnail.png"))[:4] == (128, 85, 3, 8), "another size")


def sizes():
    """A mean; alpha counts; what is small stays."""
    for channels in (1, 2, 3, 4):
        source = encode("s", 64, 32, channels)
        run("decode", "-w", WEIGHTS, source, path("whole.png"))
        run("decode", "-w", WEIGHTS, "--size", 100, source, path("same.png"))
        check(read(path("whole.png")) == read(path("same.png")), "was enlarged")
        run("decode", "-w", WEIGHTS, "--size", 16, source, path("small.png"))
        whole, small = read_png(path("whole.png")), read_png(path("small.png"))
        check(small[:2] == (16, 8), small[:2])
        if channels % 2:
            mean = sum(whole[4][(y * 64 + x) * channels] for y in range(4)
                       for x in range(4)) / 16
            check(abs(small[4][0] - mean) <= 0.5, (small[4][0], mean))
    run("decode", "-w", WEIGHTS, "--size", 0, source, path("none.png"), code=2)


main([mime_type, thumbnailer, sizes])
