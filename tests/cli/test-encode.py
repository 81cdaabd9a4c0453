#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pictures to .rwi files and back: what is kept, goals, folders, damage."""
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib

from files import icc, png_icc
from toolbox import REWEAVE, check, chunk, chunks_of, environment, main, noise, path, \
    read, read_png, run, run_json, same, write, write_png

NET = """input rgb value -> picture
unshuffle 2
down 8 | relu
down 8
down 8 -> y
from picture | max-pool 8 | max-pool 2 -> rate
from y
gain rate 3 span=7.746 -> scaled
bits rate 3 -> bits
from scaled
quantise -> latents
gain rate 3 span=0.1291
conv 8
up 8
up 8
up 8 | relu
conv 12 | shuffle 2
"""


IN_ROUNDS = """input rgb value -> told
slice 3 | unshuffle 2
down 8 | relu
down 8
down 8 -> y
from told | max-pool 8 | max-pool 2 -> rate
from y | bits rate 3 span=4 -> bits
from y | rounds rate 3 -> latents
zeros 8
repeat 3 {
slice 8 -> sum
from latents | slice 8 step=8 -> new
concat sum | gru 8 k=1 | conv 8 init=zero | add new | add sum
}
up 8
up 8
up 8 | relu
conv 12 | shuffle 2
"""


def make_weights(name, seed, text=NET):
    """Trained for a moment, with tables."""
    net = write(path("codec.net"), text)
    run("train", "--task", "compress", "--data", "synth:3", "--val", "none", "--net", net,
        "--loss", "mse + 0.00390625 * l1(bits)", "--steps", 60, "--batch", 2, "--patch",
        32, "--lr", 0.01, "--seed", seed, "--out", path("bare-" + name))
    run("shrink", "--entropy", "--data", "synth:3", path("bare-" + name), path(name))
    return path(name)


WEIGHTS = make_weights("codec.safetensors", 1)
OTHER = make_weights("other.safetensors", 2)


def draw(x, y, c):
    """Something smooth with something on it."""
    return min(255, (x * 3 + y * 2 + c * 40) % 200 + noise(x // 9, y // 9, c) // 5)


def draw16(x, y, c):
    return draw(x, y, c) * 257


def encode(source, target, *options, code=0):
    return run("encode", "-w", WEIGHTS, *options, source, target, code=code)


def decode(source, target, *options, code=0):
    return run("decode", "-w", WEIGHTS, *options, source, target, code=code)


PICTURE = write_png(path("in.png"), 70, 300, 3, 8, draw)


def round_trip():
    encode(PICTURE, path("a.rwi"))
    decode(path("a.rwi"), path("a.png"))
    check(read_png(path("a.png"))[:4] == (70, 300, 3, 8), "another picture")
    facts = run_json("info", path("a.rwi"))
    check((facts["width"], facts["height"], facts["bands"], facts["weights"])
          == (70, 300, 2, "codec"), facts)
    check(facts["bytes"] == os.path.getsize(path("a.rwi")), facts)
    check(abs(facts["bpp"] - 8 * facts["bytes"] / 70 / 300) < 1e-9, facts)
    check(facts["damage"] == "", facts)
    check("encoded picture" in run("info", path("a.rwi")).stdout, "info says something else")


def threads():
    for n in (1, 3):
        encode(PICTURE, path(f"t{n}.rwi"), "--threads", n)
        decode(path(f"t{n}.rwi"), path(f"t{n}.png"), "--threads", n)
    check(same(path("t1.rwi"), path("t3.rwi")), "threads change the file")
    check(same(path("t1.png"), path("t3.png")), "threads change the picture")


def kinds():
    """Depth and channels come back, and alpha as it was."""
    for channels in (1, 2, 3, 4):
        for depth in (8, 16):
            for size in ((1, 1), (37, 19)):
                source = write_png(path("k.png"), *size, channels, depth,
                                   draw if depth == 8 else draw16)
                encode(source, path("k.rwi"))
                decode(path("k.rwi"), path("k2.png"))
                old, new = read_png(source), read_png(path("k2.png"))
                check(old[:4] == new[:4], new[:4])
                if channels % 2 == 0:
                    check(old[4][channels - 1::channels] == new[4][channels - 1::channels],
                          "alpha has changed")


def metadata():
    profile = icc(2.2)
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    xmp = b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    extra = (png_icc(profile) + chunk(b"eXIf", exif)
             + chunk(b"iTXt", xmp) + chunk(b"pHYs", struct.pack(">IIB", 3780, 3780, 1)))
    source = write_png(path("m.png"), 40, 30, 3, 8, draw, extra)
    encode(source, path("m.rwi"))
    facts = run_json("info", path("m.rwi"))
    check(facts["metadata"] == "profile, EXIF, XMP", facts)
    decode(path("m.rwi"), path("m2.png"))
    old, new = chunks_of(source), chunks_of(path("m2.png"))
    check(zlib.decompress(new[b"iCCP"].split(b"\0", 1)[1][1:])
          == profile, "another profile")
    for kind in (b"eXIf", b"pHYs"):
        check(old[kind] == new[kind], f"{kind} has changed")
    check(b"adobe:ns:meta" in new[b"iTXt"], "XMP is lost")


def goals():
    sizes, ends = [], {}
    for quality in (1, 30, 70, 100):
        encode(PICTURE, path("g.rwi"), "--quality", quality)
        sizes.append(os.path.getsize(path("g.rwi")))
        ends[quality] = run_json("info", path("g.rwi"))
        check(abs(ends[quality]["quality"] - quality) < 0.1, ends[quality])
    check(sizes == sorted(sizes) and sizes[3] > 1.1 * sizes[0], sizes)
    for share in (0.2, 0.5, 0.9):
        bpp = ends[1]["bpp"] + share * (ends[100]["bpp"] - ends[1]["bpp"])
        report = json.loads(encode(PICTURE, path("g.rwi"), "--bpp", bpp, "--json").stdout)
        found = 8 * os.path.getsize(path("g.rwi")) / 70 / 300
        check(abs(found / bpp - 1) <= 0.03, (bpp, found))
        check(abs(report["images"][0]["bpp"] - found) < 1e-9, report)
    for bpp, words in ((0.01, "takes at least"), (90, "takes at most")):
        result = encode(PICTURE, path("never.rwi"), "--bpp", bpp, code=1)
        check(words in result.stderr, result.stderr)
    check(not os.path.exists(path("never.rwi")), "a file was made")
    encode(PICTURE, path("never.rwi"), "--psnr", 90, code=1)
    encode(PICTURE, path("never.rwi"), "--psnr", 30, "--bpp", 1, code=2)


def measure_psnr(encoded):
    decode(encoded, path("psnr.png"))
    old, new = read_png(PICTURE)[4], read_png(path("psnr.png"))[4]
    error = sum((a - b) ** 2 for a, b in zip(old, new)) / len(old)
    return 10 * math.log10(255 ** 2 / error)


def psnr():
    """What lies between the ends is reached, and it is that of the file."""
    ends = []
    for quality in (1, 100):
        encode(PICTURE, path("p.rwi"), "--quality", quality)
        ends.append(measure_psnr(path("p.rwi")))
    check(ends[1] > ends[0] + 0.1, ends)
    for share in (0, 0.1, 0.4, 0.7, 0.95):
        goal = ends[0] + share * (ends[1] - ends[0])
        report = json.loads(encode(PICTURE, path("p.rwi"), "--psnr", goal, "--json").stdout)
        found = measure_psnr(path("p.rwi"))
        check(found >= goal - 1e-9, (goal, found))
        check(abs(report["images"][0]["psnr"] - found) < 1e-6, report)


# ---- memory -----------------------------------------------------------------------


def plain(name, width, height, channels):
    """Some colours; rows of a stripe are the same."""
    kind = {1: 0, 3: 2, 4: 6}[channels]
    stripes = [b"\0" + bytes((i * 50 + c + x // 90 * 7) % 256 for x in range(width)
                             for c in range(channels)) for i in range(4)]
    pack = zlib.compressobj(1)
    data = b"".join(pack.compress(stripes[y // 97 % 4]) for y in range(height))
    return write(path(name), b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(
        ">IIBBBBB", width, height, 8, kind, 0, 0, 0)) + chunk(b"IDAT", data + pack.flush())
        + chunk(b"IEND", b""))


# A process counts the memory of the one that started it, so a small one does.
LAUNCH = """import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)"""


def measure(*arguments):
    """Runs reweave; returns the most memory it had, in bytes."""
    variables = environment()
    variables.pop("MALLOC_PERTURB_", None)  # meson's: it fills what alignment leaves
    result = subprocess.run([sys.executable, "-c", LAUNCH, REWEAVE, *map(str, arguments)],
                            text=True, env=variables, stdin=subprocess.DEVNULL,
                            capture_output=True, check=False, timeout=300)
    check(result.returncode == 0, result.stderr)
    return int(result.stdout) * 1024


def find_least(*arguments):
    told = run(*arguments, "--memory", "1M", code=1).stderr
    check(told.count("\n") == 1, told)
    return int(re.search(r"\d+ x \d+ pixels take at least (\d+) MiB here, 1\.0 are "
                         r"allowed; allow \1M", told).group(1))


def memory():
    """What is named as the least cap will do, a little less will not, what is taken
    beyond a small picture's stays below it, and no byte changes."""
    dot = plain("dot.png", 1, 1, 3)
    base = measure("encode", "-w", WEIGHTS, dot, path("dot.rwi"))
    back = measure("decode", "-w", WEIGHTS, path("dot.rwi"), path("dot-out.png"))
    for name, width, height, channels in (("wide", 6000, 1500, 3), ("high", 1000, 7000, 4)):
        source = plain(name + ".png", width, height, channels)
        encode(source, path("free.rwi"))
        for goal in ((), ("--bpp", run_json("info", path("free.rwi"))["bpp"])):
            target = path("capped.rwi")
            arguments = ("encode", "-w", WEIGHTS, *goal, source, target)
            least = find_least(*arguments)
            check(not os.path.exists(target), "something was written")
            run(*arguments, "--memory", f"{least - 1}M", code=1)
            for cap in (least, 3 * least):
                taken = measure(*arguments, "--memory", f"{cap}M") - base
                print(f"# {name} {goal}: {taken >> 20} of {cap} MiB", flush=True)
                check(taken < cap << 20, f"{taken} bytes are above {cap} MiB")
                if not goal:
                    check(same(path("free.rwi"), target), "another file under a cap")
            os.unlink(target)
        decode(path("free.rwi"), path("free.png"))
        arguments = ("decode", "-w", WEIGHTS, path("free.rwi"), path("capped.png"))
        least = find_least(*arguments)
        for cap in (least, 3 * least):
            taken = measure(*arguments, "--memory", f"{cap}M", "--threads", 1) - back
            print(f"# {name} decoded: {taken >> 20} of {cap} MiB", flush=True)
            check(taken < cap << 20, f"{taken} bytes are above {cap} MiB")
            check(same(path("free.png"), path("capped.png")), "another picture")
        small = find_least("decode", "-w", WEIGHTS, "--size", 100, path("free.rwi"),
                           path("small.png"))
        decode(path("free.rwi"), path("small.png"), "--size", 100, "--memory", f"{small}M")
    run("encode", "--memory", "some", dot, path("x.rwi"), code=2)
    run("decode", "--memory", "0", path("dot.rwi"), path("x.png"), code=2)


def folders():
    os.makedirs(path("album/sub"))
    for name in ("a.png", "sub/b.png"):
        shutil.copy(PICTURE, path("album", name))
    run("encode", "-w", WEIGHTS, "-o", path("small"), path("album"))
    check(sorted(os.listdir(path("small"))) == ["a.rwi", "sub"], "other files")
    run("decode", "-w", WEIGHTS, "--format", "jpeg", "-o", path("big"), path("small"))
    check(read(path("big/sub/b.jpg"))[:2] == b"\xff\xd8", "no JPEG")
    run("decode", "-w", WEIGHTS, "-o", path("big"), path("small"))
    check(read_png(path("big/a.png"))[:2] == (70, 300), "another picture")
    before = os.stat(path("small/a.rwi")).st_mtime_ns
    run("encode", "-w", WEIGHTS, "--skip-existing", "-o", path("small"), path("album"))
    check(os.stat(path("small/a.rwi")).st_mtime_ns == before, "was made again")
    result = run("encode", "-w", WEIGHTS, "--no-clobber", PICTURE, path("small/a.rwi"),
                 code=1)
    check("is there already" in result.stderr, result.stderr)
    result = run("encode", "--dry-run", "-o", path("none"), path("album"))
    check("a.rwi" in result.stdout and not os.path.exists(path("none")), result.stdout)


def damage():
    encode(PICTURE, path("d.rwi"))
    data = read(path("d.rwi"))
    write(path("cut.rwi"), data[:-1])
    result = decode(path("cut.rwi"), path("cut.png"), code=1)
    check("band 2 of 2, rows 256 to 299" in result.stderr
          and not os.path.exists(path("cut.png")), result.stderr)
    result = decode(path("cut.rwi"), path("cut.png"), "--keep-going")
    check("band 2 of 2" in result.stderr, result.stderr)
    decode(path("d.rwi"), path("d.png"))
    whole, rest = read_png(path("d.png"))[4], read_png(path("cut.png"))[4]
    check(whole != rest, "nothing is lost")
    n = 70 * 3 * 100  # far from the lost rows
    check(whole[:n] == rest[:n], "more is lost than was damaged")
    for name, changed in (("none", b""), ("text", b"reweave" * 30), ("head", data[:60])):
        write(path(name + ".rwi"), changed)
        result = decode(path(name + ".rwi"), path("x.png"), code=1)
        check(len(result.stderr.splitlines()) == 1, result.stderr)
    result = run("decode", "-w", WEIGHTS, "-o", path("some"), path("d.rwi"), path("cut.rwi"),
                 code=1)
    check(os.path.exists(path("some/d.png")), "one that is whole is not there")


def rounds():
    """The head of a file is the picture, coarser."""
    codec = make_weights("rounds.safetensors", 1, IN_ROUNDS)
    result = run("encode", "-w", codec, "--quality", 100, PICTURE, path("r.rwi"))
    check("quality 100.0" in result.stdout, result.stdout)
    facts = run_json("info", path("r.rwi"))
    check(facts["rounds"] == 3, facts)
    check("3 of 3 rounds" in run("info", path("r.rwi")).stdout, "info tells no rounds")
    run("encode", "-w", codec, "--quality", 1, PICTURE, path("r1.rwi"))
    run("decode", "-w", codec, path("r1.rwi"), path("r1.png"))
    run("decode", "-w", codec, path("r.rwi"), path("r3.png"))
    run("decode", "-w", codec, "--rounds", 1, path("r.rwi"), path("first.png"))
    check(same(path("first.png"), path("r1.png")), "the first round is another picture")
    check(not same(path("r3.png"), path("r1.png")), "rounds add nothing")
    data = read(path("r.rwi"))
    write(path("head.rwi"), data[:-1])
    result = run("decode", "-w", codec, path("head.rwi"), path("head.png"), code=1)
    check("band 2 of 2, rows 256 to 299 from round 3 of 3 on" in result.stderr, result.stderr)
    run("decode", "-w", codec, "--keep-going", path("head.rwi"), path("head.png"))
    run("decode", "-w", codec, "--rounds", 2, path("head.rwi"), path("second.png"))
    result = run("decode", "-w", codec, "--rounds", 2, path("r1.rwi"), path("x.png"), code=1)
    check("has 1 rounds, of which 2 are wanted" in result.stderr, result.stderr)
    large = write_png(path("large.png"), 600, 400, 3, 8, draw)
    ends = []
    for quality in (1, 100):
        run("encode", "-w", codec, "--quality", quality, large, path("r.rwi"))
        ends.append(run_json("info", path("r.rwi"))["bpp"])
    for share in (0.2, 0.5, 0.9):
        bpp = ends[0] + share * (ends[1] - ends[0])
        run("encode", "-w", codec, "--bpp", bpp, large, path("r.rwi"))
        found = 8 * os.path.getsize(path("r.rwi")) / 600 / 400
        check(abs(found / bpp - 1) <= 0.03, (bpp, found))
    result = run("encode", "-w", codec, "--refine", PICTURE, path("x.rwi"), code=1)
    check("cannot be refined" in result.stderr, result.stderr)
    encode(PICTURE, path("plain.rwi"))
    result = decode(path("plain.rwi"), path("x.png"), "--rounds", 1, code=1)
    check("leave rounds out" in result.stderr, result.stderr)


def weights():
    encode(PICTURE, path("w.rwi"))
    result = run("decode", "-w", OTHER, path("w.rwi"), path("w.png"), code=1)
    check('was made with the weights "codec"' in result.stderr, result.stderr)
    result = run("decode", path("w.rwi"), path("w.png"), code=1)
    check("cannot be had here" in result.stderr, result.stderr)
    os.makedirs(path("data-home/reweave/weights"))
    shutil.copy(WEIGHTS, path("data-home/reweave/weights/codec.safetensors"))
    run("decode", path("w.rwi"), path("w.png"))
    facts = run_json("info", path("w.rwi"))
    check(len(facts["channel_bits"]) == 8, "no bits of channels")
    check(0 < facts["bits_without_context"] < 16 * 8 * 5 * 19, facts)
    check("no context: " in run("info", path("w.rwi")).stdout, "no figure without context")
    result = run("encode", "-w", path("bare-codec.safetensors"), PICTURE, path("x.rwi"),
                 code=1)
    check("has no entropy tables" in result.stderr, result.stderr)
    result = run("encode", "-w", "white-noise-s", PICTURE, path("x.rwi"), code=1)
    check('wanted "compress"' in result.stderr, result.stderr)


def arguments():
    for options in (("a.png",), ("--quality", 0, "a.png", "a.rwi"),
                    ("--bpp", "much", "a.png", "a.rwi")):
        run("encode", "-w", WEIGHTS, *options, code=2)
    encode(PICTURE, path("x.png"), code=2)
    run("shrink", "--entropy", WEIGHTS, path("x.safetensors"), code=2)


main([round_trip, threads, kinds, metadata, goals, psnr, memory, folders, damage, rounds, weights, arguments])
