#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""reweave apply on what GEGL reads and writes: TIFF, EXR and WebP."""
import os
import random
import resource
import shutil
import struct
import subprocess
import sys

from toolbox import (SCRATCH, check, chunk, chunks_of, environment, main, path, read,
                     read_png, run, same, tiny_weights, tree, write)

GEGL = shutil.which("gegl")
if not GEGL:
    os.rmdir(SCRATCH)
    print("1..0 # SKIP the gegl command, which makes the pictures, is not here")
    sys.exit(0)

TINY = tiny_weights(steps=30)
MEND = ("apply", "-w", TINY, "--level", 25)
COPY = (*MEND, "--strength", 0)
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 11: 4, 12: 8}
CODES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 7: "B", 11: "f", 12: "d"}
KIND = (258, 262, 277, 338, 339)  # TIFF tags: depth, colour, channels, alpha, float


def gegl(name, *operations):
    result = subprocess.run([GEGL, name, "--", *operations], capture_output=True,
                            text=True, env=environment(), timeout=120, check=False)
    check(result.returncode == 0, f"gegl {name} {operations}: {result.stderr}")


def has(operation):
    return subprocess.run([GEGL, "--exists", operation], env=environment(),
                          check=False, capture_output=True).returncode == 0


def read_tiff(name):
    """(tags, samples) of a little-endian, uncompressed, interleaved file."""
    data = read(name)
    check(data[:4] == b"II*\0", f"{name} is not a little-endian TIFF")
    at, tags = struct.unpack("<I", data[4:8])[0], {}
    for i in range(struct.unpack("<H", data[at:at + 2])[0]):
        entry = at + 2 + 12 * i
        tag, kind, count, value = struct.unpack("<HHII", data[entry:entry + 12])
        n = SIZES[kind] * count
        start = entry + 8 if n <= 4 else value
        tags[tag] = struct.unpack(f"<{CODES[kind] * count}", data[start:start + n])
    pixels = b"".join(data[a:a + n] for a, n in zip(tags[273], tags[279]))
    code = {(8, 1): "B", (16, 1): "H", (32, 3): "f", (16, 3): "e"}[
        tags[258][0], tags.get(339, (1,))[0]]
    return tags, struct.unpack(f"<{len(pixels) // struct.calcsize(code)}{code}", pixels)


def samples(name):
    return read_png(name)[4] if name.endswith(".png") else read_tiff(name)[1]


def distance(a, b):
    x, y = samples(a), samples(b)
    check(len(x) == len(y), f"{a} has {len(x)} samples, {b} {len(y)}")
    return max(abs(i - j) for i, j in zip(x, y))


def to_tiff(name, target, depth, *operations, real=0):
    gegl(name, *operations, "gegl:tiff-save", f"path={target}", f"bitdepth={depth}",
         f"fp={real}")
    return target


# A clean picture, one with noise, and one that is in parts transparent.
run("synth", "--count", 1, "--size", "90x70", "--seed", 5, path("leaf"))
CLEAN = path("leaf", "leaves-00000.png")
NOISY = path("noisy.png")
run("degrade", "--task", "white-noise", "--level", 25, "--seed", 1, CLEAN, NOISY)
VEILED = path("veiled.png")
gegl(NOISY, "gegl:opacity", "value=0.7", "gegl:png-save", f"path={VEILED}",
     "bitdepth=16")


def tiff_comes_back_whole():
    for depth, real in ((8, 0), (16, 0), (16, 1), (32, 1)):
        for source in (NOISY, VEILED):
            name = to_tiff(source, path("in.tif"), depth, real=real)
            run(*COPY, name, path("out.tif"))
            before, after = read_tiff(name), read_tiff(path("out.tif"))
            for tag in KIND:
                check(before[0].get(tag) == after[0].get(tag),
                      f"{depth} bits, float {real}: tag {tag}")
            check(before[0][339][0] == 1 + 2 * real, before[0][339])
            check(before[1] == after[1], f"{depth} bits, float {real}: changed")


def tiff_is_mended_as_png():
    for source, operations in ((NOISY, ()), (VEILED, ()), (NOISY, ("gegl:gray",))):
        for depth in (8, 16):
            name = to_tiff(source, path("in.tif"), depth, *operations)
            run(*COPY, name, path("same.png"))
            check(distance(name, path("same.png")) == 0, "another picture as PNG")
            run(*MEND, path("same.png"), path("right.png"))
            run(*MEND, name, path("out.tif"))
            run(*MEND, name, path("out.png"))
            for out in ("out.tif", "out.png"):
                far = distance(path(out), path("right.png"))
                check(far <= 1, f"{source} {depth} bits, {out}: {far} steps off")
            check(distance(name, path("out.tif")) > 0, "nothing was mended")
            check(read_png(path("out.png"))[2:4] == read_png(path("right.png"))[2:4],
                  "depth or channels of the PNG")


def nets_without_a_level():
    """As with rows: nothing is measured, asked for or told."""
    net = write(path("plain.net"), "input rgb\nconv 4 | relu | conv 3\nresidual\n")
    plain = tiny_weights("plain.safetensors", "--net", net)
    name = to_tiff(NOISY, path("in.tif"), 16)
    told = run("apply", "-w", plain, name, path("out.tif")).stdout
    check("level" not in told and distance(name, path("out.tif")) > 0, told)
    run("apply", "-w", plain, name, path("out.png"))
    check(distance(path("out.tif"), path("out.png")) <= 1, "TIFF and PNG differ")
    told = run("apply", "-w", plain, "--strength", 0, name, path("same.tif")).stdout
    check("level" not in told and distance(name, path("same.tif")) == 0, told)
    for strength in (0, 1):
        told = run("apply", "-w", plain, "--level", 25, "--strength", strength, name,
                   path("none.tif"), code=1).stderr
        check("level" in told and told.count("\n") == 1, told)
    check(not os.path.exists(path("none.tif")), "something was written")


def float_is_mended_as_png():
    name = to_tiff(VEILED, path("in.tif"), 32, real=1)
    run(*MEND, VEILED, path("right.png"))
    run(*MEND, name, path("out.tif"))
    tags, values = read_tiff(path("out.tif"))
    check(tags[258] == (32,) * 4 and tags[339] == (3,) * 4, tags)
    far = max(abs(min(max(v, 0), 1) * 65535 - r)
              for v, r in zip(values, read_png(path("right.png"))[4]))
    # changes are rounded to 16-bit floats, so one that lies between two may go either way
    check(far <= 5, f"{far} steps of 65535 off")
    check(values[3::4] == read_tiff(name)[1][3::4], "alpha changed")


def exr_keeps_what_is_out_of_range():
    bright = path("bright.exr")
    gegl(CLEAN, "gegl:exposure", "exposure=2", "black-level=0.05", "gegl:exr-save",
         f"path={bright}")
    run(*COPY, bright, path("copy.exr"))
    for name in ("bright.exr", "copy.exr"):
        to_tiff(path(name), path(name + ".tif"), 32, real=1)
    values = samples(path("bright.exr.tif"))
    check(max(values) > 1.2 and min(values) < -0.01, "the test's picture is tame")
    check(values == samples(path("copy.exr.tif")), "values changed at strength 0")
    run(*MEND, bright, path("mended.exr"))
    to_tiff(path("mended.exr"), path("mended.tif"), 32, real=1)
    mended = samples(path("mended.tif"))
    check(max(mended) > 1.2 and min(mended) < -0.01, "the range was cut off")
    check(mended != values, "nothing was mended")
    run(*COPY, NOISY, path("eight.exr"))
    run(*COPY, path("eight.exr"), path("half.tif"))
    check(read_tiff(path("half.tif"))[0][339][0] == 3, "EXR became integer")


def integers_of_16_bits_survive_exr():
    name = to_tiff(NOISY, path("in.tif"), 16, "gegl:gaussian-blur", "std-dev-x=2")
    run(*COPY, name, path("out.exr"))
    run(*COPY, path("out.exr"), path("back.png"))
    far = distance(name, path("back.png"))
    check(far <= 1, f"{far} steps of 65535 off")


def webp():
    if not has("gegl:webp-load") or not has("gegl:webp-save"):
        print("# webp: skipped, GEGL here lacks its loader or its saver")
        return
    run(*COPY, "--save-quality", 95, CLEAN, path("good.webp"))
    run(*COPY, path("good.webp"), path("read.png"))
    before, after = samples(CLEAN), samples(path("read.png"))
    check(read_png(path("read.png"))[:4] == read_png(CLEAN)[:4], "another kind")
    far = sum(abs(a - b) for a, b in zip(before, after)) / len(before)
    check(far < 4, f"{far} of 255 off on average")
    run(*MEND, path("good.webp"), path("mended.webp"))
    check(not same(path("good.webp"), path("mended.webp")), "nothing was mended")
    run(*COPY, "--save-quality", 20, CLEAN, path("poor.webp"))
    check(os.path.getsize(path("poor.webp")) < os.path.getsize(path("good.webp")),
          "the quality changes nothing")


def profiles_travel():
    wide = (chunk(b"gAMA", struct.pack(">I", 50000))
            + chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000,
                                         71000, 15000, 6000)))
    data = read(CLEAN)
    head = data[:33]  # signature and IHDR
    body = b"".join(chunk(kind, content) for kind, content in chunks_of(CLEAN).items()
                    if kind in (b"IDAT", b"IEND"))
    name = write(path("wide.png"), head + wide + body)
    run(*COPY, name, path("wide.tif"))
    run(*COPY, path("wide.tif"), path("again.tif"))
    run(*COPY, path("again.tif"), path("wide-back.png"))
    profile = read_tiff(path("wide.tif"))[0].get(34675)
    check(profile, "the TIFF has no profile")
    check(read_tiff(path("again.tif"))[0].get(34675) == profile, "another profile")
    check(b"iCCP" in chunks_of(path("wide-back.png")), "the PNG has no profile")
    check(samples(path("wide.tif")) == tuple(samples(name)), "samples changed")
    check(samples(path("wide-back.png")) == samples(name), "samples changed on the way")


def a_folder_of_all_kinds():
    folder = path("many")
    os.makedirs(folder + "/below")
    shutil.copy(NOISY, folder + "/a.png")
    to_tiff(NOISY, folder + "/below/b.tif", 16)
    to_tiff(NOISY, folder + "/C.TIFF", 8)
    run(*COPY, NOISY, folder + "/d.exr")
    write(folder + "/notes.txt", "not a picture")
    write(folder + "/bad.tif", "not a picture")
    result = run(*MEND, folder, path("mended"), code=1)
    check(result.stderr.count("\n") == 1 and "bad.tif" in result.stderr, result.stderr)
    check(sorted(tree(path("mended"))) == ["C.TIFF", "a.png", "below/b.tif", "d.exr"],
          sorted(tree(path("mended"))))
    check(read_tiff(path("mended", "below", "b.tif"))[0][258] == (16, 16, 16), "depth")


def refuse(name, out, words, code=1, **options):
    """One sentence with @words, and the folder of @out stays as it is."""
    before = tree(os.path.dirname(out))
    told = run(*MEND, name, out, code=code, **options).stderr
    check(told.startswith("reweave: ") and told.count("\n") == 1, told)
    check(words in told, f"{words} is not in: {told}")
    check(tree(os.path.dirname(out)) == before, f"{told} left or changed files")


def bad_input():
    os.makedirs(path("to"))
    out = path("to", "out.tif")
    good = {"tif": to_tiff(NOISY, path("good.tif"), 8)}
    run(*COPY, NOISY, path("good.exr"))
    for ending in ("exr", "webp"):
        if os.path.exists(path("good." + ending)):
            good[ending] = path("good." + ending)
    for ending, name in good.items():
        data = read(name)
        for n in (0, 5, 20, len(data) // 2, len(data) * 3 // 4):
            refuse(write(path("cut." + ending), data[:n]), out, "cut." + ending)
        refuse(path("missing." + ending), out, "missing." + ending)
        refuse(NOISY, path("nowhere", "out." + ending), "nowhere")
    refuse(write(path("cut.nef"), b"II*\0" * 20), out, "cut.nef")
    refuse(NOISY, path("to", "out.xyz"), ".tif", code=2)
    refuse(NOISY, path("to", "out.nef"), ".tif", code=2)
    refuse(write(path("odd.xyz"), b"what is this"), out, "odd.xyz")
    run(*COPY, NOISY, path("jpeg.jpg"))
    os.rename(path("jpeg.jpg"), path("jpeg.tif"))
    run(*COPY, path("jpeg.tif"), out)  # its bytes tell what it is


def full_disk():
    os.makedirs(path("full"))
    old = write(path("full", "old.tif"), b"the old one")
    for name in ("new.tif", "old.tif", "new.exr", "new.webp"):
        refuse(NOISY, path("full", name), name, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (1500, 1500)))
    check(read(old) == b"the old one", "the old picture is gone")


def damaged_bytes():
    """Whatever the bytes: a picture or a sentence."""
    folder, n = path("hostile"), 0
    os.makedirs(folder)
    for name in ("good.tif", "good.exr", "good.webp"):
        data = read(path(name)) if os.path.exists(path(name)) else b""
        for seed in range(12 if data else 0):
            dice, worse = random.Random(f"{name} {seed}"), bytearray(data)
            for _ in range(1 + seed % 4):
                at = dice.randrange(len(worse) if seed % 2 else min(400, len(worse)))
                worse[at] = dice.choice((0, 1, 127, 128, 255, worse[at] ^ 1))
            write(os.path.join(folder, f"{seed}-{name}"), bytes(worse))
            n += 1
    result = subprocess.run(
        [sys.argv[1], *map(str, COPY), folder, path("survived")], capture_output=True,
        text=True, env=environment(), timeout=300, check=False)
    check(result.returncode in (0, 1), f"exit {result.returncode}: {result.stderr}")
    told = [s for s in result.stderr.splitlines() if s.startswith("reweave: ")
            and not s.startswith("reweave: note: ")]
    check(len(told) + len(tree(path("survived"))) == n,
          f"{len(told)} sentences and {len(tree(path('survived')))} pictures of {n}")


main([tiff_comes_back_whole, tiff_is_mended_as_png, nets_without_a_level,
      float_is_mended_as_png,
      exr_keeps_what_is_out_of_range, integers_of_16_bits_survive_exr, webp,
      profiles_travel, a_folder_of_all_kinds, bad_input, full_disk, damaged_bytes])
