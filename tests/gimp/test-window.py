#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""A GIMP with its windows, on a display that nobody sees: the filter is found by
GIMP's search, changes two layers, is undone in one step, repeated and undone.

A script inside GIMP waits for files with commands and runs them, so that layers
can be looked at between the keys.

  test-window.py API GIMP PLUGIN GIMPS-OWN-PLUGINS REWEAVE WEIGHTS WORK-FOLDER
"""
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import pngfile  # noqa: E402 (after the line above, to leave the tree clean)
from session import HEIGHT, TOOLS, WIDTH, Checks, Session, open_case  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 120   # seconds for what GIMP does with a command

# Two layers with the same pixels, both chosen.
CHOOSE = {
    "2": '(gimp-item-set-linked below TRUE) (gimp-item-set-linked above TRUE)',
    "3": '(gimp-image-set-selected-layers image (vector above below))',
}
SCRIPT = """(begin
  (load "{here}/prelude-{api}.scm")
  (define image (rw-load "{work}/in.png"))
  (define below (vector-ref (rw-layers image) 0))
  (define above (rw-copy below))
  (gimp-image-insert-layer image above 0 0)
  {choose}
  (gimp-image-clean-all image)
  (gimp-display-new image)
  (define going #t)
  (define command "{work}/command.scm")
  (while going
    (if (file-exists? command)
        (begin (load command) (file-delete command))
        (usleep 100000))))"""


class Windows(Session):
    def __init__(self, api, gimp, plugin, system, weights, work):
        self.task = "white-noise"
        self.title = "White Noise"
        self.prepare(api, plugin, system, weights, work)
        self.manager = subprocess.Popen(["openbox"], env=self.env, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.start(gimp, ["-s", "--new-instance"],
                   SCRIPT.format(here=HERE, api=api, work=work, choose=CHOOSE[api]))

    def close(self):
        self.manager.terminate()
        self.manager.wait(20)
        super().close()

    def command(self, text):
        """Whether GIMP has done it."""
        path = self.work / "command.scm"
        fresh = self.work / "command.new"
        fresh.write_text(text + "\n")
        fresh.rename(path)
        end = time.monotonic() + PATIENCE
        while path.exists() and time.monotonic() < end and self.gimp.poll() is None:
            time.sleep(0.2)
        return not path.exists()

    def layers(self):
        """Their samples, the upper one first; None where there is no file."""
        result = []
        for name in ("above", "below"):
            path = self.work / (name + ".png")
            path.unlink(missing_ok=True)
            self.command('(rw-save image %s "%s")' % (name, path))
            result.append(pngfile.load(path).samples if path.exists() else None)
        return result

    def wait_for(self, samples):
        """Whether both layers become so."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.layers() == [samples, samples]:
                return True
            time.sleep(0.5)
        return False

    def shoot_screen(self, name):
        subprocess.run(["import", "-window", "root", str(self.work / (name + ".png"))],
                       env=self.env, check=False)

    def greet(self):
        """GIMP 3 welcomes who is new, some time after it has begun."""
        for _ in range(10 if self.api != "2" else 0):
            time.sleep(1)
            for window in self.xdotool("search", "--onlyvisible", "--name", "^Welcome to"):
                self.focus(window)
                self.key("Escape")
                return

    def focus(self, window):
        self.xdotool("windowactivate", "--sync", window)
        time.sleep(1)


def check_menu(checks, session):
    """GIMP's search shows what is in its menus."""
    session.focus(session.main)
    session.key("slash")
    time.sleep(3)
    session.xdotool("type", "--delay", "100", "white noise")
    time.sleep(3)
    session.shoot_screen("search")
    session.key("Down", "Return")
    return checks.check(session.find_window(), "the search finds the filter, and opens it")


def check_steps(checks, session, before, after):
    session.settle()
    session.key("alt+o")
    checks.check(session.wait_for(after), "both layers are what apply makes")
    session.shoot_screen("applied")
    for key, samples, what in (("ctrl+z", before, "one step back undoes both"),
                               ("ctrl+f", after, "Repeat does both again"),
                               ("ctrl+z", before, "which is one step, too")):
        session.focus(session.main)
        session.key(key)
        checks.check(session.wait_for(samples), what)
    session.shoot_screen("end")


def run(checks, session, reweave, weights, work):
    session.main = None
    if not checks.check(session.find_window("%dx%d.*GIMP" % (WIDTH, HEIGHT)),
                        "GIMP shows the picture"):
        return
    session.main = session.window
    session.greet()
    before = pngfile.load(work / "in.png").samples
    checks.check(session.wait_for(before), "a script can look at the layers")
    out = work / "expected.png"
    subprocess.run([reweave, "apply", "--weights", str(weights), str(work / "in.png"), str(out)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if check_menu(checks, session):
        check_steps(checks, session, before, pngfile.load(out).samples)
    session.command("(set! going #f)")


def main():
    case = open_case((*TOOLS, "openbox"))
    if case is None:
        return 0
    api, gimp, plugin, system, reweave, weights, work = case
    checks = Checks()
    session = Windows(api, gimp, plugin, system, weights, work)
    try:
        run(checks, session, reweave, weights, work)
    finally:
        session.shoot_screen("last")
        session.close()
    print("1..%d" % checks.count)
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
