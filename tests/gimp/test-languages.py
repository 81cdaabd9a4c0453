#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""The dialog in German and Chinese, and an error in each.

Its title is read from the window, its rows by their mnemonics: a letter that
moves another slider in English has to move the right one.  Pictures of the
windows stay in the work folder.

  test-languages.py API GIMP PLUGIN GIMPS-OWN-PLUGINS CATALOGUES WEIGHTS WORK-FOLDER
"""
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from session import TOOLS, Checks, Session, make_picture  # noqa: E402

# Title, keys that choose the level's row and close by OK, a text of the error.
LANGUAGES = {
    "de": ("Weißes Rauschen", "alt+r", "alt+o", "es gibt keine solche Datei"),
    "zh_CN": ("白噪声", "alt+n", "alt+o", "没有这个文件"),
}
# An inpainting with weights that are not there, before the dialog.
FAILING = {
    "2": '(plug-in-reweave-inpaint RUN-NONINTERACTIVE image'
         ' (vector-ref (cadr (gimp-image-get-layers image)) 0) 1 0 "{weights}" 0.5)',
    "3": '(plug-in-reweave-inpaint #:run-mode RUN-NONINTERACTIVE #:image image'
         ' #:drawables (car (gimp-image-get-layers image)) #:weights "{weights}")',
}


def shoot_all(session, name):
    subprocess.run(["import", "-window", session.window,
                    str(session.work.parent / (name + ".png"))], env=session.env,
                   check=False)


def check_language(checks, language, arguments, work):
    title, row, close, error = LANGUAGES[language]
    api, gimp, plugin, system, locale, weights = arguments
    work.mkdir()
    make_picture().save(work / "in.png")
    failing = FAILING[api].format(weights=weights.parent / "missing.safetensors")
    before = "(catch #t %s)" % failing if api == "2" else ""
    session = Session(api, gimp, plugin, system, weights, work, title=title,
                      language=language, locale=locale, before=before)
    try:
        if not checks.check(session.find_window(), "%s: the window is called %s"
                            % (language, title)):
            return
        session.settle()
        shoot_all(session, language)
        session.key(row, "Home")
        session.settle()
        session.key(close)
        session.gimp.wait(120)
        level = session.remembered("level")
        checks.check(level == 0.1, "%s: %s and Home set the level to %g"
                     % (language, row, level))
        if api == "2":
            log = session.log.read_text(errors="replace")
            checks.check(error in log, "%s: an error says \"%s\"" % (language, error))
    except subprocess.TimeoutExpired:
        checks.check(False, "%s: %s closes the dialog" % (language, close))
    finally:
        session.close()


def main():
    api, gimp, plugin, system, locale, weights, work = sys.argv[1:]
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("1..0 # SKIP without " + ", ".join(missing))
        return 0
    work = pathlib.Path(work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    checks = Checks()
    for language in LANGUAGES:
        check_language(checks, language,
                       (api, gimp, plugin, system, pathlib.Path(locale).resolve(),
                        pathlib.Path(weights).resolve()), work / language)
    print("1..%d" % checks.count)
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
