#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""A GIMP without windows of its own, whose plug-in shows its dialog on a display
that nobody sees; keys, pointer and pictures of it.
"""
import configparser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import pngfile

TOOLS = ("Xvfb", "xdotool", "import")
WIDTH, HEIGHT = 620, 450      # of the picture
AREA = (14, 14, 480, 340)     # of the preview in the window: x, y, width, at least
PATIENCE = 600                # seconds for GIMP to start


# ---- pictures ------------------------------------------------------------

def make_picture():
    """Slopes, squares and noise that a net takes away, without a generator."""
    state = 12345
    samples = []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            step = 60 if (x // 53 + y // 41) % 2 else 0
            for c in range(3):
                state = (state * 1103515245 + 12345) % (1 << 31)
                noise = (state >> 16) % 61 - 30
                value = 70 + step + 60 * x // WIDTH + 10 * c + noise
                samples.append(min(255, max(0, value)))
    return pngfile.Picture(WIDTH, HEIGHT, 3, 8, samples)


def open_case(tools):
    """The command's arguments, with an empty folder that holds in.png; None, and
    said so, where a tool is missing."""
    api, gimp, plugin, system, reweave, weights, work = sys.argv[1:]
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        print("1..0 # SKIP without " + ", ".join(missing))
        return None
    work = pathlib.Path(work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    make_picture().save(work / "in.png")
    return api, gimp, plugin, system, reweave, pathlib.Path(weights).resolve(), work


def crop(picture, x, y, width, height):
    """Rows of RGB triples as bytes."""
    step = picture.channels
    rows = []
    for v in range(y, y + height):
        start = (v * picture.width + x) * step
        row = picture.samples[start:start + width * step]
        if picture.depth == 16:
            row = [s >> 8 for s in row]
        if step == 4:
            row = [s for i, s in enumerate(row) if i % 4 < 3]
        elif step == 1:
            row = [s for s in row for _ in range(3)]
        rows.append(list(row))
    return rows


def distance(a, b, columns=None):
    """Mean absolute difference and the largest one, over a range of columns."""
    total = worst = count = 0
    for row_a, row_b in zip(a, b):
        if columns:
            row_a = row_a[3 * columns[0]:3 * columns[1]]
            row_b = row_b[3 * columns[0]:3 * columns[1]]
        for p, q in zip(row_a, row_b):
            d = abs(p - q)
            total += d
            worst = max(worst, d)
        count += len(row_a)
    return total / count, worst


# ---- the display and GIMP ------------------------------------------------

# Nothing that would come before the picture.
GIMPRC = "(save-session-info no)\n(check-updates no)\n"

# With a path to read, one to write, and the procedure's name.
SCRIPTS = {
    "2": """(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{source}" "x")))
                   (layer (vector-ref (cadr (gimp-image-get-layers image)) 0)))
              {before}
              (plug-in-reweave-{task} RUN-INTERACTIVE image layer {values})
              (file-png-save2 RUN-NONINTERACTIVE image layer "{out}" "x"
                              0 1 0 0 0 0 0 0 1))""",
    "3": """(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{source}"))))
              {before}
              (plug-in-reweave-{task}
                #:run-mode RUN-INTERACTIVE #:image image
                #:drawables (car (gimp-image-get-layers image)))
              (file-png-export #:run-mode RUN-NONINTERACTIVE #:image image
                               #:file "{out}"))""",
}


class Session:
    """task, title: of the procedure and of its window, in the language (a code
    such as "de"); before: Scheme that runs before the call, with `image`;
    values: the other arguments in GIMP 2.10, which the dialog does not look at."""

    program = "reweave-gimp"

    def __init__(self, api, gimp, plugin, system, weights, work, task="white-noise",
                 title="White Noise", language="", locale=None, before="",
                 values='0 1 0 ""'):
        self.task = task
        self.title = title
        self.prepare(api, plugin, system, weights, work, language, locale)
        self.start(gimp, ["-i"], SCRIPTS[api].format(
            source=work / "in.png", out=work / "out.png", task=task, before=before,
            values=values))

    def prepare(self, api, plugin, system, weights, work, language="", locale=None):
        """Folders of its own, and a display."""
        self.api = api
        self.area = AREA
        self.work = work
        home, folder = work / "home", work / "gimp"
        place = folder / "plug-ins" / self.program
        place.mkdir(parents=True)
        home.mkdir()
        shutil.copy2(plugin, place / self.program)
        if locale is not None:
            os.symlink(locale, place / "locale")
        self.keep_few_plugins(folder, pathlib.Path(system))
        self.env = dict(os.environ, HOME=str(home), GIMP2_DIRECTORY=str(folder),
                        GIMP3_DIRECTORY=str(folder),
                        XDG_CONFIG_HOME=str(home / "config"),
                        XDG_DATA_HOME=str(home / "data"),
                        XDG_CACHE_HOME=str(home / "cache"),
                        REWEAVE_WEIGHTS=str(weights.parent), REWEAVE_DEBUG="tiles",
                        GTK2_RC_FILES="/dev/null")
        self.env.pop("REWEAVE_CACHE", None)
        self.set_language(language)
        self.start_display()

    def start(self, gimp, options, script):
        """GIMP runs the script and ends."""
        self.log = self.work / "gimp.log"
        command = [gimp, *options, "-d", "-f", "-b", script]
        if self.api == "2":
            command += ["-b", "(gimp-quit 0)"]
        else:
            command += ["--quit", "--batch-interpreter=plug-in-script-fu-eval"]
        with open(self.log, "wb") as log:
            self.gimp = subprocess.Popen(command, env=self.env, stdout=log,
                                         stderr=log)

    def set_language(self, language):
        """A locale of its own, since gettext looks at no catalogue in "C"."""
        for name in [name for name in self.env if name.startswith("LC_")]:
            del self.env[name]
        self.env.update(LANG="C.UTF-8", LANGUAGE=language)
        if language and shutil.which("localedef"):
            place = self.work / "locales"
            place.mkdir()
            done = subprocess.run(["localedef", "-i", "en_US", "-f", "UTF-8",
                                   str(place / "en_US.UTF-8")], check=False,
                                  stderr=subprocess.DEVNULL)
            if done.returncode == 0:
                self.env.update(LANG="en_US.UTF-8", LOCPATH=str(place))

    @staticmethod
    def keep_few_plugins(folder, system):
        """GIMP starts each plug-in once: two are enough, and ours."""
        for name in ("script-fu", "file-png"):
            if not (system / name).is_dir():
                return
            os.symlink(system / name, folder / "plug-ins" / name)
        (folder / "gimprc").write_text('(plug-in-path "%s")\n' % (folder / "plug-ins")
                                       + GIMPRC)

    def start_display(self):
        read, write = os.pipe()
        self.xvfb = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1100x800x24",
             "-nolisten", "tcp"], pass_fds=(write,), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as answer:
            self.env["DISPLAY"] = ":" + answer.readline().strip()

    def close(self):
        for process in (self.gimp, self.xvfb):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def xdotool(self, *words):
        done = subprocess.run(["xdotool", *words], env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return done.stdout.split()

    def find_window(self, name=None):
        """The dialog, or the one whose name is such."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.gimp.poll() is None:
            found = self.xdotool("search", "--onlyvisible", "--name",
                                 name or "^%s$" % self.title)
            if found:
                self.window = found[-1]
                self.point_away()
                self.xdotool("windowfocus", "--sync", self.window)
                return True
            time.sleep(0.3)
        return False

    def key(self, *keys):
        self.xdotool("key", *keys)

    def point(self, x, y):
        """Moves the pointer to a pixel of the preview."""
        self.xdotool("mousemove", "--window", self.window, str(AREA[0] + x),
                     str(AREA[1] + y))
        time.sleep(0.3)

    def point_away(self):
        self.xdotool("mousemove", "1090", "790")

    def choose_view(self, key):
        """A click gives the preview the focus; its keys choose."""
        self.point(20, 60)
        self.xdotool("click", "1")
        self.point_away()
        self.key(key)

    def shoot(self):
        path = self.work / "shot.png"
        subprocess.run(["import", "-window", self.window, "-depth", "8",
                        "PNG24:%s" % path], env=self.env, check=True)
        return crop(pngfile.load(path), *self.area)

    def measure_area(self):
        """The settings beside the preview may make it higher: it ends where rows are
        of one colour."""
        self.shoot()
        shot = pngfile.load(self.work / "shot.png")
        x, y, width, height = AREA
        while len(set(map(tuple, zip(*[iter(crop(shot, x, y + height, width, 1)[0])] * 3)))) > 1:
            height += 1
        self.area = (x, y, width, height)

    def settle(self):
        """A picture that no longer changes."""
        last = None
        for _ in range(60):
            shot = self.shoot()
            if shot == last:
                return shot
            last = shot
            time.sleep(0.7)
        return last

    def remembered(self, key):
        """What the dialog will begin with next time; NaN: nothing."""
        if self.api == "2":
            settings = configparser.ConfigParser()
            settings.read(self.work / "home" / "config" / "reweave" / "gimp.ini")
            return settings.getfloat(self.task, key, fallback=float("nan"))
        name = "*plug-in-reweave-%s.last" % self.task
        for path in (self.work / "gimp").rglob(name):
            found = re.search(r"\(%s ([^)]*)\)" % key, path.read_text())
            if found:
                return float(found.group(1))
        return float("nan")

    def runs(self):
        return [line for line in self.log.read_text(errors="replace").splitlines()
                if line.startswith("reweave: block")]

    def computed(self):
        return sum("computed" in line for line in self.runs())


class Checks:
    def __init__(self):
        self.count = self.failures = 0

    def check(self, good, what):
        self.count += 1
        self.failures += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, what),
              flush=True)
        return good
