#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Drives the plug-in's dialog by keys and looks at what it shows.

A GIMP without windows of its own calls the plug-in on a display that nobody
sees.  What the preview shows is compared with `reweave apply`, pixel by pixel;
the runs of the net are counted from REWEAVE_DEBUG=tiles.

  test-dialog.py API GIMP PLUGIN GIMPS-OWN-PLUGINS REWEAVE WEIGHTS WORK-FOLDER
"""
import subprocess
import sys

sys.dont_write_bytecode = True
import pngfile  # noqa: E402 (after the line above, to leave the tree clean)
from session import (AREA, HEIGHT, TOOLS, WIDTH, Checks, Session, crop, distance,  # noqa: E402
                     open_case)


# ---- the checks ----------------------------------------------------------

def seen(session, picture):
    """What the preview shows of a picture at 1:1: its middle."""
    _, _, width, height = session.area
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
    # what is left of the preview is bare: at both sides, or above and below
    sides = all(len(set(row[:9])) == 1 and row[:9] == shot[0][:9] for row in shot)
    checks.check(sides or all(row == shot[0] for row in shot[:4]),
                 "all of the picture is seen")
    session.key("alt+1")
    checks.check(session.computed() == computed,
                 "zooming out and in asks the net for nothing new")
    return session.settle()


def check_presets(checks, session, kept):
    """One is saved, and chosen twice after a slider moved, and deleted."""
    path = session.work / "home" / "config" / "reweave" / "presets" / session.task / "soft.ini"
    session.key("alt+p", "s", "o", "f", "t", "alt+v")
    session.settle()
    checks.check(path.exists(), "a preset is saved")
    for time in ("once", "again"):
        session.key("alt+s", "Home")
        away = distance(session.settle(), kept)[0]
        session.key("alt+p", "Down")
        worst = distance(session.settle(), kept)[1]
        checks.check(away > 4 and worst == 0, "a preset that is chosen %s brings back the "
                     "settings (from %.1f away; off by %d)" % (time, away, worst))
    session.key("alt+d")
    session.settle()
    checks.check(not path.exists(), "a preset is deleted")


def check_best(checks, session, once):
    """Ticked, it is another result, which OK is then about."""
    session.key("alt+k")
    for _ in range(20):
        shot = session.settle()
        if distance(shot, once)[1] > 0:
            break
    checks.check(distance(shot, once)[1] > 0, "best quality is seen")
    return shot


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
                     "%.17g" % level, "--turns", "8")
    path = session.work / "out.png"
    good = path.exists() and pngfile.load(path).samples == expected.samples
    checks.check(good, "OK does what apply does")
    worst = distance(shot, seen(session, expected))[1]
    checks.check(worst <= 1, "and what the preview showed (off by %d)" % worst)
    checks.check(session.computed() == computed, "OK finds all blocks finished")


def main():
    case = open_case(TOOLS)
    if case is None:
        return 0
    api, gimp, plugin, system, reweave, weights, work = case
    checks = Checks()
    session = Session(api, gimp, plugin, system, weights, work)
    try:
        if checks.check(session.find_window(), "the dialog opens"):
            plain = pngfile.load(work / "in.png")
            env = {k: v for k, v in session.env.items() if k != "REWEAVE_DEBUG"}
            session.settle()
            session.measure_area()
            before = seen(session, plain)
            after = seen(session, apply(reweave, work, weights, env))
            check_first(checks, session, before, after)
            check_strength(checks, session, before, after)
            check_compare(checks, session, before, after)
            check_level(checks, session, before)
            shot = check_zoom(checks, session)
            check_presets(checks, session, shot)
            shot = check_best(checks, session, shot)
            check_ok(checks, session, reweave, weights, shot)
    finally:
        session.close()
    print("1..%d" % checks.count)
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
