#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Drives the plug-in's dialog by keys and looks at what it shows.

A GIMP without windows of its own calls the plug-in on a display that nobody
sees.  What the preview shows is compared with `reweave apply`, pixel by pixel;
the runs of the net are counted from REWEAVE_DEBUG=tiles.

  test-dialog.py API GIMP PLUGIN GIMPS-OWN-PLUGINS REWEAVE WEIGHTS WORK-FOLDER
"""
import configparser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import pngfile  # noqa: E402 (after the line above, to leave the tree clean)

TOOLS = ("Xvfb", "xdotool", "import")
WIDTH, HEIGHT = 620, 450      # of the picture
AREA = (14, 14, 480, 340)     # of the preview in the window: x, y, width, height
PATIENCE = 600                # seconds for GIMP to start
TITLE = "White Noise"


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

SCRIPTS = {
    "2": """(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "%s" "x")))
                   (layer (vector-ref (cadr (gimp-image-get-layers image)) 0)))
              (plug-in-reweave-white-noise RUN-INTERACTIVE image layer 0 1 0 "")
              (file-png-save2 RUN-NONINTERACTIVE image layer "%s" "x"
                              0 1 0 0 0 0 0 0 1))""",
    "3": """(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "%s"))))
              (plug-in-reweave-white-noise
                #:run-mode RUN-INTERACTIVE #:image image
                #:drawables (car (gimp-image-get-layers image)))
              (file-png-export #:run-mode RUN-NONINTERACTIVE #:image image
                               #:file "%s"))""",
}


class Session:
    def __init__(self, api, gimp, plugin, system, weights, work):
        self.api = api
        self.work = work
        home, folder = work / "home", work / "gimp"
        place = folder / "plug-ins" / "reweave-gimp"
        place.mkdir(parents=True)
        home.mkdir()
        shutil.copy2(plugin, place / "reweave-gimp")
        self.keep_few_plugins(folder, pathlib.Path(system))
        self.env = dict(os.environ, HOME=str(home), GIMP2_DIRECTORY=str(folder),
                        GIMP3_DIRECTORY=str(folder),
                        XDG_CONFIG_HOME=str(home / "config"),
                        XDG_DATA_HOME=str(home / "data"),
                        XDG_CACHE_HOME=str(home / "cache"),
                        REWEAVE_WEIGHTS=str(weights.parent), REWEAVE_DEBUG="tiles",
                        GTK2_RC_FILES="/dev/null")
        self.env.pop("REWEAVE_CACHE", None)
        self.start_display()
        self.log = work / "gimp.log"
        script = SCRIPTS[api] % (work / "in.png", work / "out.png")
        command = [gimp, "-i", "-d", "-f", "-b", script]
        if api == "2":
            command += ["-b", "(gimp-quit 0)"]
        else:
            command += ["--quit", "--batch-interpreter=plug-in-script-fu-eval"]
        with open(self.log, "wb") as log:
            self.gimp = subprocess.Popen(command, env=self.env, stdout=log,
                                         stderr=log)

    @staticmethod
    def keep_few_plugins(folder, system):
        """GIMP starts each plug-in once: two are enough, and ours."""
        for name in ("script-fu", "file-png"):
            if not (system / name).is_dir():
                return
            os.symlink(system / name, folder / "plug-ins" / name)
        (folder / "gimprc").write_text('(plug-in-path "%s")\n' % (folder / "plug-ins"))

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

    def find_window(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.gimp.poll() is None:
            found = self.xdotool("search", "--onlyvisible", "--name",
                                 "^%s$" % TITLE)
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
        return crop(pngfile.load(path), *AREA)

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
            return settings.getfloat("white-noise", key, fallback=float("nan"))
        name = "plug-in-reweave-white-noise.last"
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


# ---- the checks ----------------------------------------------------------

def seen(picture):
    """What the preview shows of a picture at 1:1: its middle."""
    x, y, width, height = AREA
    return crop(picture, (WIDTH - width) // 2, (HEIGHT - height) // 2, width, height)


def apply(reweave, work, weights, env, *options):
    out = work / "expected.png"
    subprocess.run([reweave, "apply", "--weights", str(weights), *options,
                    str(work / "in.png"), str(out)], env=env, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return pngfile.load(out)


def check_first(checks, session, before, after):
    shot = session.settle()
    mean, worst = distance(shot, after)
    checks.check(worst <= 1, "the preview shows what apply makes (off by %d)" % worst)
    checks.check(distance(before, after)[0] > 5, "which is another picture")
    checks.check(session.computed() == 1, "one run of the net so far (%d)"
                 % session.computed())


def check_strength(checks, session, before, after):
    """Kept pixels are enough: no run of the net, and both ends are exact."""
    runs = len(session.runs())
    session.key("alt+s", "Home")
    worst = distance(session.settle(), before)[1]
    checks.check(worst <= 1, "strength 0 shows the original (off by %d)" % worst)
    session.key("End")
    worst = distance(session.settle(), after)[1]
    checks.check(worst <= 1, "strength 1 shows the result (off by %d)" % worst)
    checks.check(len(session.runs()) == runs, "strength asks the net for nothing")


def check_compare(checks, session, before, after):
    session.choose_view("s")
    shot = session.settle()
    middle = AREA[2] // 2
    shot, left, right = (rows[30:150] for rows in (shot, before, after))
    worst = distance(shot, left, (0, middle - 10))[1]
    checks.check(worst <= 1, "split: before on the left (off by %d)" % worst)
    worst = distance(shot, right, (middle + 10, AREA[2]))[1]
    checks.check(worst <= 1, "split: after on the right (off by %d)" % worst)
    session.point(middle, 60)
    session.xdotool("mousedown", "1")
    session.point(middle - 60, 60)
    session.point(100, 60)
    session.xdotool("mouseup", "1")
    session.settle()
    session.point_away()
    shot = session.settle()[30:150]
    worst = distance(shot, right, (110, AREA[2]))[1]
    checks.check(worst <= 1, "split: the line follows the pointer (off by %d)" % worst)
    session.choose_view("c")
    shot = session.settle()
    expected = [[min(255, max(0, round(127.5 + 8 * (q - p))))
                 for p, q in zip(*rows)] for rows in zip(before, after)]
    mean, _ = distance(shot, expected)
    checks.check(mean < 3, "what changed is amplified (off by %.1f)" % mean)
    session.choose_view("a")


def check_level(checks, session, before):
    """While the slider moves, the original never shines through."""
    session.key("alt+n")
    least = 255.0
    for _ in range(12):
        session.key("Right", "Right")
        least = min(least, distance(session.shoot(), before)[0])
    checks.check(least > 4, "no flash of the original while the slider moves "
                 "(at least %.1f away)" % least)
    return session.settle()


def check_zoom(checks, session):
    computed = session.computed()
    session.key("alt+f")
    shot = session.settle()
    # 450 rows in 340, so that 620 columns leave some room at both sides
    checks.check(all(len(set(row[:9])) == 1 and row[:9] == shot[0][:9]
                     for row in shot), "all of the picture is seen")
    session.key("alt+1")
    checks.check(session.computed() == computed,
                 "zooming out and in asks the net for nothing new")
    return session.settle()


def check_ok(checks, session, reweave, weights, shot):
    computed = session.computed()
    session.key("alt+o")
    try:
        session.gimp.wait(120)
    except subprocess.TimeoutExpired:
        checks.check(False, "GIMP ends after OK")
        return
    level = session.remembered("level")
    checks.check(level > 0, "the slider's level is remembered (%g)" % level)
    expected = apply(reweave, session.work, weights, session.env, "--level",
                     "%.17g" % level)
    path = session.work / "out.png"
    good = path.exists() and pngfile.load(path).samples == expected.samples
    checks.check(good, "OK does what apply does")
    worst = distance(shot, seen(expected))[1]
    checks.check(worst <= 1, "and what the preview showed (off by %d)" % worst)
    checks.check(session.computed() == computed, "OK finds all blocks finished")


def main():
    api, gimp, plugin, system, reweave, weights, work = sys.argv[1:]
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("1..0 # SKIP without " + ", ".join(missing))
        return 0
    weights = pathlib.Path(weights).resolve()
    work = pathlib.Path(work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    make_picture().save(work / "in.png")
    checks = Checks()
    session = Session(api, gimp, plugin, system, weights, work)
    try:
        if checks.check(session.find_window(), "the dialog opens"):
            plain = pngfile.load(work / "in.png")
            env = {k: v for k, v in session.env.items() if k != "REWEAVE_DEBUG"}
            before = seen(plain)
            after = seen(apply(reweave, work, weights, env))
            check_first(checks, session, before, after)
            check_strength(checks, session, before, after)
            check_compare(checks, session, before, after)
            check_level(checks, session, before)
            shot = check_zoom(checks, session)
            check_ok(checks, session, reweave, weights, shot)
    finally:
        session.close()
    print("1..%d" % checks.count)
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
