#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""reweave apply row by row: the same bytes as with all of the picture in memory,
and little memory.

Started with the path of restore-whole, too.
"""
import os
import pty
import re
import resource
import signal
import struct
import subprocess
import sys
import time
import zlib

from toolbox import (REWEAVE, SCRATCH, Skip, check, chunk, environment, main, noise,
                     path, read, run, run_json, same, start, tiny_weights, tree, write,
                     write_png)

WHOLE = os.path.abspath(sys.argv[3])
TINY = tiny_weights(steps=30)
MIB = 1 << 20


def speckled(name, width, height, channels=3, depth=8):
    """Noise; alpha has holes of some blocks' size and spots."""
    top = (1 << depth) - 1

    def sample(x, y, c):
        if channels % 2 == 0 and c == channels - 1:
            hole = 520 < y < 1100 and x < 600
            return 0 if hole else noise(x, y, 9, top) if y % 5 == 0 else top
        return top // 3 + noise(x, y, c, top // 3)
    return write_png(path(name), width, height, channels, depth, sample)


def write_rows(name, width, height, kind, depth, rows, extra=b"", interlace=0):
    """rows: an iterable of bytes, each with its filter's number."""
    pack = zlib.compressobj(1)
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(
            ">IIBBBBB", width, height, depth, kind, 0, 0, interlace)) + extra)
        for row in rows:
            data = pack.compress(row)
            if data:
                file.write(chunk(b"IDAT", data))
        file.write(chunk(b"IDAT", pack.flush()) + chunk(b"IEND", b""))
    return name


def palette(name, width, height):
    colours = bytes(noise(i, 3, 0) for i in range(48))
    rows = (b"\0" + bytes(noise(x, y, 0) for x in range((width + 1) // 2))
            for y in range(height))
    return write_rows(path(name), width, height, 3, 4, rows,
                      chunk(b"PLTE", colours) + chunk(b"tRNS", bytes([0, 99, 255])))


def interlaced(name, width, height):
    def rows():
        for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
                               (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
            for y in range(y0, height if x0 < width else 0, dy):
                yield b"\0" + bytes(noise(x, y, 0) for x in range(x0, width, dx))
    return write_rows(path(name), width, height, 0, 8, rows(), interlace=1)


def pair(name, out, level=25, strength=1):
    """Both ways, and what the command reports."""
    result = subprocess.run(
        [WHOLE, TINY, str(level), str(strength), name, path("whole-" + out)],
        capture_output=True, text=True, env=environment(), check=False, timeout=300)
    check(result.returncode == 0, f"restore-whole {name}: {result.stderr}")
    report = run_json("apply", "-w", TINY, "--level", level or "auto", "--strength",
                      strength, name, path("rows-" + out))["images"][0]
    check(same(path("whole-" + out), path("rows-" + out)),
          f"{name} into {out}, level {level}, strength {strength}: not the same bytes")
    told = None if result.stdout == "open\n" else float(result.stdout)
    check(report["level"] == told, f"{report} {result.stdout}")
    check(told is not None or (level, strength) == (0, 0), "not measured")


def kinds_are_the_same():
    for channels in (1, 2, 3, 4):
        for depth in (8, 16):
            name = speckled("kind.png", 61, 47, channels, depth)
            for level, strength in ((25, 1), (0, 0.7), (0, 0)):
                pair(name, "kind.png", level, strength)
                if channels % 2:
                    pair(name, "kind.jpg", level, strength)
    pair(palette("palette.png", 75, 61), "palette.png", 0)
    pair(interlaced("interlaced.png", 75, 61), "interlaced.png", 0)


def sizes_are_the_same():
    for width, height in ((1, 1), (1, 40), (40, 1), (3, 2), (49, 48), (48, 49)):
        for channels in (1, 4):
            pair(speckled("size.png", width, height, channels), "size.png", 0)


def blocks_are_the_same():
    """Several rows of blocks, wide and narrow, some of them without colour."""
    pair(speckled("tall.png", 33, 2600, 1), "tall.png", 0)
    pair(speckled("wide.png", 1300, 90, 3, 16), "wide.jpg", 0)
    holes = speckled("holes.png", 620, 1240, 2)
    pair(holes, "holes.png", 0)
    run("apply", "-w", TINY, "--threads", 5, holes, path("five.png"))
    check(same(path("five.png"), path("whole-holes.png")), "5 threads differ")
    pair(interlaced("interlaced.png", 530, 1100), "interlaced.png")


def jpegs_are_the_same():
    name = speckled("to.png", 530, 620)
    for quality in (80, 95):
        run("apply", "-w", TINY, "--strength", 0, "--save-quality", quality, name,
            path("to.jpg"))
        pair(path("to.jpg"), "jpeg.png", 0)
        pair(path("to.jpg"), "jpeg.jpg", 0)


def alpha_that_is_refused():
    """Before a net has run, even where the last pixel is the only one."""
    name = path("last.png")
    write_png(name, 64, 1300, 4, 8, lambda x, y, c: 254 if (x, y, c) == (63, 1299, 3)
              else 255 if c == 3 else 99)
    before = tree(SCRATCH)
    told = run("apply", "-w", TINY, "--level", 9, name, path("last.jpg"), code=1).stderr
    check("last.jpg: " in told and "transparent" in told and told.count("\n") == 1, told)
    check(tree(SCRATCH) == before, "files changed")


# ---- memory -----------------------------------------------------------------------


def large(name, width, height, channels=3):
    """Some colours; the rows of a stripe are the same."""
    kind = {1: 0, 3: 2}[channels]
    stripes = [b"\0" + bytes([i * 50 + c for c in range(channels)]) * width
               for i in range(4)]
    return write_rows(path(name), width, height, kind, 8,
                      (stripes[y // 97 % 4] for y in range(height)))


# A process counts the memory of the one that started it, so a small one does.
LAUNCH = """import os, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)"""


def measure(*arguments):
    """Runs reweave; returns the most memory it had, in bytes."""
    plain = environment()
    plain.pop("MALLOC_PERTURB_", None)  # meson's: it fills what alignment leaves unused
    result = subprocess.run(
        [sys.executable, "-c", LAUNCH, REWEAVE, *map(str, arguments)], text=True,
        env=plain, cwd=SCRATCH, stdin=subprocess.DEVNULL, capture_output=True,
        check=False, timeout=300)
    check(result.returncode == 0, result.stderr)
    return int(result.stdout) * 1024


def thirty_thousand_by_twenty():
    """600 megapixels, read, written and read again, in less than 24 MiB more than
    one pixel takes."""
    write_png(path("dot.png"), 1, 1, 3, 8, lambda x, y, c: 9)
    base = measure("apply", "-w", TINY, "--strength", 0, "dot.png", "dot-out.png")
    large("large.png", 30000, 20000, 1)
    for out, source in (("large-out.png", "large.png"), ("large.jpg", "large.png"),
                        ("back.jpg", "large.jpg")):
        taken = measure("apply", "-w", TINY, "--strength", 0, source, out) - base
        print(f"# {source} into {out}: {taken / MIB:.1f} MiB", flush=True)
        check(taken < 24 * MIB, f"{source} into {out} took {taken / MIB} MiB")
    info = run_json("info", "back.jpg")
    check((info["width"], info["height"]) == (30000, 20000), info)
    for name in ("large.png", "large-out.png", "large.jpg", "back.jpg"):
        os.unlink(path(name))

# ---- the cap -----------------------------------------------------------------------


def cap_is_kept():
    """What the command names as the least cap will do, a little less will not, and
    what it takes beyond one pixel's run stays below the cap."""
    write_png(path("dot.png"), 1, 1, 3, 8, lambda x, y, c: 9)
    large("wide.png", 6000, 2000)
    run("apply", "-w", TINY, "--level", 9, "wide.png", "free.png")
    for out in ("capped.png", "capped.jpg"):
        told = run("apply", "-w", TINY, "--level", 9, "--memory", "2M", "wide.png", out,
                   code=1).stderr
        least = int(re.search(r"wide.png: 6000 x 2000 .* at least (\d+) MiB.*"
                              r"--memory allows 2\.0; allow (\d+)M", told).group(1))
        check(6 < least < 100 and told.count("\n") == 1, told)
        check(not os.path.exists(path(out)), "something was written")
        for cap in (least, 2 * least):
            check(cap_holds(cap, out), f"{cap} MiB are not kept")
        told = run("apply", "-w", TINY, "--level", 9, "--memory", f"{least - 1}M",
                   "wide.png", out, code=1).stderr
        check(f"allow {least}M" in told, told)
    check(same(path("capped.png"), path("free.png")), "another picture under a cap")
    speckled("holes.png", 620, 1240, 4, 16)
    run("apply", "-w", TINY, "holes.png", "free.png")
    told = run("apply", "-w", TINY, "--memory", "1M", "holes.png", "capped.png",
               code=1).stderr
    run("apply", "-w", TINY, "--memory", re.search(r"allow (\d+M)", told).group(1),
        "holes.png", "capped.png")
    check(same(path("capped.png"), path("free.png")), "another picture with holes")


def cap_holds(cap, out):
    base = measure("apply", "-w", TINY, "--level", 9, "dot.png", "dot-out.png")
    taken = measure("apply", "-w", TINY, "--level", 9, "--memory", f"{cap}M",
                    "wide.png", out) - base
    print(f"# {out}: {taken / MIB:.1f} of {cap} MiB", flush=True)
    return taken < cap * MIB


def caps_that_are_none():
    for cap in ("", "-1M", "0", "many", "12X", "9" * 30):
        told = run("apply", f"--memory={cap}", "dot.png", "out.png", code=2).stderr
        check("--memory" in told and told.count("\n") == 1, told)
    run("apply", "-w", TINY, "--memory", "1.5G", "dot.png", "out.png")
    run("apply", "-w", TINY, "--memory", 1 << 30, "dot.png", "out.png")


# ---- what goes wrong ------------------------------------------------------------------


def refuse(*arguments, says, **options):
    before = tree(SCRATCH)
    told = run("apply", "-w", TINY, *arguments, code=1, **options).stderr
    check(told.startswith("reweave: ") and told.count("\n") == 1 and says in told, told)
    check(tree(SCRATCH) == before, f"files changed: {told}")


def cut_files():
    """Noticed half-way, with rows written already."""
    speckled("good.png", 700, 1300)
    run("apply", "-w", TINY, "--strength", 0, "good.png", "good.jpg")
    for ending in ("png", "jpg"):
        data = read(path("good." + ending))
        for level in (25, "auto"):
            for n in (len(data) * 2 // 3, len(data) - 1):
                write(path("cut." + ending), data[:n])
                refuse("--level", level, "cut." + ending, "cut-out.png",
                       says="cut." + ending)
        damaged = bytearray(data)
        damaged[len(data) * 2 // 3] ^= 0x55
        write(path("bad." + ending), bytes(damaged))
        if ending == "png":
            refuse("--level", 25, "bad.png", "bad-out.png", says="bad.png")


def full_disk():
    speckled("good.png", 700, 1300)
    write(path("old.png"), b"the old one")
    for out in ("new.png", "old.png", "new.jpg"):
        refuse("--level", 25, "good.png", out, says=out, preexec_fn=lambda:
               resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000)))


def on_a_terminal(*arguments):
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        raise Skip(f"no terminal to be had: {error}") from error
    process = start(*arguments, stderr=theirs)
    os.close(theirs)
    return process, ours


def read_all(ours):
    told = b""
    try:
        while more := os.read(ours, 4096):
            told += more
    except OSError:
        pass  # the terminal's other end is closed
    os.close(ours)
    return told.decode()


def progress_grows_to_the_end():
    large("long.png", 4000, 3000)
    process, ours = on_a_terminal("apply", "--threads", 1, "-w", TINY, "long.png",
                                  "long-out.png")
    told = read_all(ours)
    check(process.wait() == 0, told)
    bars = [bar.count("=") for bar in re.findall(r"\[([= ]+)\]", told)]
    check(len(bars) > 2 and bars == sorted(bars), f"{bars}: {told!r}")
    check("[" + "=" * max(bars) + "]" in told, f"the bar does not fill: {told!r}")


def interrupted_any_time():
    large("long.png", 8000, 6000)
    os.makedirs(path("stopped"))
    write(path("stopped", "out.png"), b"the old one")
    for delay in (0, 0.2, 0.5):
        process, ours = on_a_terminal("apply", "--threads", 1, "-w", TINY, "long.png",
                                      path("stopped", "out.png"))
        os.read(ours, 10)  # it has begun
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        told = read_all(ours)
        check(process.wait() == 130 and "stopped before it was written" in told, told)
        check(tree(path("stopped")) == {"out.png": b"the old one"},
              tree(path("stopped")).keys())


main([kinds_are_the_same, sizes_are_the_same, blocks_are_the_same, jpegs_are_the_same,
      alpha_that_is_refused, thirty_thousand_by_twenty, cap_is_kept,
      caps_that_are_none, cut_files, full_disk,
      progress_grows_to_the_end, interrupted_any_time])
