#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""The dialog that exports an .rwi file, on a display that nobody sees: the quality
that is typed there counts, and the line below it follows.

  test-export.py API GIMP PLUGIN GIMPS-OWN-PLUGINS REWEAVE WEIGHTS WORK-FOLDER
"""
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import pngfile  # noqa: E402 (after the line above, to leave the tree clean)
from session import TOOLS, Checks, Session, open_case  # noqa: E402

QUALITY = 73
SCRIPTS = {
    "2": """(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{work}/in.png" "x"))))
              (file-rwi-save RUN-INTERACTIVE image
                             (car (gimp-image-get-active-drawable image))
                             "{work}/out.rwi" "x" 50 FALSE))""",
    "3": """(file-rwi-export #:run-mode RUN-INTERACTIVE
                #:image (car (gimp-file-load RUN-NONINTERACTIVE "{work}/in.png"))
                #:file "{work}/out.rwi")""",
}


class Export(Session):
    program = "file-rwi"

    def __init__(self, api, gimp, plugin, system, weights, work):
        self.title = "Export Image as .*"  # 3 names the format, 2.10 its files
        self.prepare(api, plugin, system, weights, work)
        self.start(gimp, ["-i"], SCRIPTS[api].format(work=work))

    def shoot(self):
        path = self.work / "shot.png"
        subprocess.run(["import", "-window", self.window, "-depth", "8", "PNG24:%s" % path],
                       env=self.env, check=True)
        return pngfile.load(path).samples


def run(checks, session, reweave, work):
    if not checks.check(session.find_window(), "the dialog comes"):
        return
    before = session.settle()
    shutil.copy(work / "shot.png", work / "before.png")
    session.key("alt+q", "ctrl+a")
    session.xdotool("type", str(QUALITY))
    session.key("Tab")
    checks.check(session.settle() != before, "it shows what is typed")
    session.key("alt+e")
    try:
        session.gimp.wait(300)
    except subprocess.TimeoutExpired:
        pass
    if not checks.check((work / "out.rwi").exists(), "a file is written"):
        return
    for words in (("encode", "--quality", QUALITY, work / "in.png", work / "expected.rwi"),
                  ("decode", work / "expected.rwi", work / "expected.png"),
                  ("decode", work / "out.rwi", work / "out.png")):
        subprocess.run([reweave, *map(str, words)], check=True, env=session.env,
                       stdout=subprocess.DEVNULL)
    checks.check(pngfile.load(work / "out.png").samples
                 == pngfile.load(work / "expected.png").samples, "of the quality that was typed")


def main():
    case = open_case(TOOLS)
    if case is None:
        return 0
    api, gimp, plugin, system, reweave, weights, work = case
    checks = Checks()
    session = Export(api, gimp, plugin, system, weights, work)
    try:
        run(checks, session, reweave, work)
    finally:
        session.close()
    print("1..%d" % checks.count)
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
