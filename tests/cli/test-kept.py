#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What describes a picture comes out of apply as it went in, or a line says so.

test-kept.py REWEAVE SOURCE_ROOT DRAW_WEBP.  With KEPT_TABLE=1 in its
environment it only prints the table of tools/apply/README.md.
"""
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import time

from files import Tiff, add_segments, icc, png_icc, webp_chunks, write_tiff
from kept import (COPY, FORMATS, H, MEND, PLAIN, PROPERTIES, W, orientation_of, profile_of,
                  moving, rgb, slope, views, with_exif, with_profile)
from toolbox import (REWEAVE, check, chunk, chunks_of, environment, main, noise, path, read, read_png,
                     run, run_json, start, tree, write, write_png)


def classify(name, target, has):
    result = run(*COPY, "--json", name, target, code=None)
    image = json.loads(result.stdout)["images"][0]
    if result.returncode == 1:
        check("error" in image and not os.path.exists(target), result.stdout)
        check(result.stderr.startswith("reweave: ") and result.stderr.count("\n") == 1,
              result.stderr)
        return "refused"
    check(result.returncode == 0, f"{name}: {result.returncode} {result.stderr}")
    notes = image["notes"]
    check(result.stderr.count("\n") == bool(notes), f"{notes}: {result.stderr}")
    if has(target):
        return "kept"
    check(notes, f"{name} into {target}: lost without a word")
    return "said"


def table():
    rows = []
    for title, make, has in PROPERTIES:
        for fmt in FORMATS:
            source = make(fmt)
            if not source:
                continue
            cells = []
            for to in FORMATS:
                target = path(f"kept-{fmt}.{to}")
                if os.path.exists(target):
                    os.remove(target)
                cells.append(classify(source, target, has))
            rows.append((title, fmt, cells))
    return rows


def format_table(rows):
    names = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF", "webp": "WebP"}
    lines = ["| what | from | into PNG | JPEG | TIFF | WebP |", "|---|---|---|---|---|---|"]
    lines += [f"| {t} | {names[f]} | " + " | ".join(c) + " |" for t, f, c in rows]
    return "\n".join(lines)


def the_table_is_that_of_the_readme():
    text = format_table(table())
    for line in text.splitlines():
        print("# " + line)
    with open(os.path.join(sys.argv[2], "tools/apply/README.md"), encoding="utf-8") as file:
        check(text in file.read(), "tools/apply/README.md has another one")


def adobe_rgb_that_exif_alone_tells():
    """Cameras mark it so: mended as gamma 2.2, and said in the new file."""
    block = (b"II*\0\x08\0\0\0" + b"\x01\0\x69\x87\x04\0\x01\0\0\0\x1a\0\0\0" + bytes(4)
             + b"\x02\0\x01\xa0\x03\0\x01\0\0\0\xff\xff\0\0"
             + b"\x05\xa0\x04\0\x01\0\0\0\x38\0\0\0" + bytes(4)
             + b"\x01\0\x01\0\x02\0\x04\0\0\0R0%d\0" + bytes(4))
    for number, gamma in ((3, True), (8, False)):
        source = add_segments(PLAIN["jpg"], path("adobe.jpg"),
                              (0xe1, b"Exif\0\0" + block.replace(b"%d", b"%d" % number)))
        told = json.loads(run("info", "--json", source).stdout)
        check(("2.2" in told["colour"] or "0.4547" in told["colour"]) == gamma, told)
        out = path("adobe.png")
        run(*COPY, source, out)
        check((b"gAMA" in chunks_of(out)) == gamma, chunks_of(out).keys())


def a_transfer_function_is_told():
    source = write_tiff(path("curve.tif"), W, H, 8, 3, rgb(), tags=[(301, 3, list(range(256)))])
    told = run(*COPY, source, path("curved.tif")).stderr
    check("TransferFunction" in told, told)


def every_orientation_comes_through_every_pair():
    for fmt in FORMATS:
        for value in range(1, 9):
            source = with_exif(fmt, value, "turn")
            for to in FORMATS:
                out = path(f"turned-{fmt}.{to}")
                run(*COPY, source, out)
                check(orientation_of(out) == value,
                      f"{fmt} {value} into {to}: {orientation_of(out)}")
                run(*COPY, out, path("again.png"))
                size = read_png(path("again.png"))[:2]
                check(size == (W, H), f"{fmt} {value} into {to}: turned, {size}")
                if value > 2:  # the others in one direction only: time
                    break


def tiffs_come_back():
    """Kind, samples and layout of every sort of TIFF."""
    seen = 0
    cases = [dict(bits=b, channels=c, sample=s, **more)
             for b, s in ((8, 1), (16, 1), (16, 3), (32, 3)) for c in (1, 2, 3, 4)
             for more in ({}, {"order": ">"}, {"planes": True}, {"tile": 16},
                          {"big": True}, {"strip": 5})]
    cases += [dict(bits=b, channels=4, sample=s, alpha=1) for b, s in ((8, 1), (32, 3))]
    cases += [dict(bits=b, channels=1, photometric=0) for b in (8, 16)]
    folder = path("sorts")
    os.makedirs(folder)
    for case in cases:
        top = {1: (1 << case["bits"]) - 1, 3: 1}[case.get("sample", 1)]
        values = [v * top // 255 if top > 1 else (v - 64) / 128
                  for v in rgb(255, case["channels"])]
        write_tiff(os.path.join(folder, f"{seen:03}.tif"), W, H, values=values, **case)
        case["values"] = values
        seen += 1
    run(*COPY, folder, path("sorted"))
    for i, case in enumerate(cases):
        before, after = (Tiff(path(f, f"{i:03}.tif")) for f in ("sorts", "sorted"))
        for tag in (258, 259, 262, 277, 338, 339):
            check(before.tags.get(tag) == after.tags.get(tag), f"{case}: tag {tag}")
        check((before.order, before.big) == (after.order, after.big), f"{case}: order")
        if not (case.get("planes") or case.get("tile")):
            check(before.samples() == after.samples(), f"{case}: samples changed")
        else:
            plain = write_tiff(path("flat.tif"), W, H, values=case["values"],
                               **{k: case[k] for k in ("bits", "channels", "sample")})
            check(Tiff(plain).samples() == after.samples(), f"{case}: samples changed")


def tiffs_keep_their_compression():
    for compression in (1, 5, 8, 32773):
        source = write_tiff(path("packed.tif"), W, H, 8, 3, rgb(), compression=compression)
        run(*COPY, source, path("out.tif"))
        check(Tiff(path("out.tif")).tags[259] == (compression,), compression)
        run(*COPY, path("out.tif"), path("out.png"))
        check(read_png(path("out.png"))[4] == rgb(), f"{compression}: samples changed")
    photo = write_tiff(path("photo.tif"), W, H, 8, 3, read(PLAIN["jpg"]), photometric=6,
                       compression=7)
    told = run(*COPY, photo, path("out.tif")).stderr
    check("JPEG compression" in told, told)
    run(*COPY, path("out.tif"), path("a.png"))
    run(*COPY, PLAIN["jpg"], path("b.png"))
    far = max(abs(x - y) for x, y in zip(read_png(path("a.png"))[4],
                                         read_png(path("b.png"))[4]))
    check(far <= 1, f"{far} off")


def few_bits_become_eight():
    lines = [bytes(0x0f if y % 2 else 0xa5 for _ in range(W // 8)) for y in range(H)]
    for photometric in (0, 1):
        name = write_tiff(path("two.tif"), W, H, 1, 1, b"".join(lines),
                          photometric=photometric)
        run(*COPY, name, path("two.png"))
        expected = [255 * ((lines[y][x // 8] >> (7 - x % 8) & 1) ^ (photometric == 0))
                    for y in range(H) for x in range(W)]
        check(read_png(path("two.png"))[4] == expected, f"photometric {photometric}")
        told = run(*COPY, name, path("out.tif")).stderr
        check("1 bit a sample" in told, told)
    colours = [((i * 37) % 256 * 257, i * 257, (255 - i) * 257) for i in range(256)]
    indices = [slope(x, y, 0) for y in range(H) for x in range(W)]
    name = write_tiff(path("map.tif"), W, H, 8, 1, indices, photometric=3, tags=[
        (320, 3, [c[i] for i in range(3) for c in colours])])
    run(*COPY, name, path("map.png"))
    check(read_png(path("map.png"))[4] == [v // 257 for i in indices for v in colours[i]],
          "palette")


def white_is_mended_as_white():
    values = [slope(x, y, 0) for y in range(H) for x in range(W)]
    black = write_tiff(path("black.tif"), W, H, 8, 1, values)
    white = write_tiff(path("white.tif"), W, H, 8, 1, [255 - v for v in values],
                       photometric=0)
    run(*MEND, black, path("black-out.tif"))
    run(*MEND, white, path("white-out.tif"))
    check([255 - v for v in Tiff(path("white-out.tif")).samples()]
          == Tiff(path("black-out.tif")).samples(), "negative")


def webp_stays_as_it_was():
    run(*COPY, path("lossless.webp"), path("out.webp"))
    check(b"VP8L" in webp_chunks(path("out.webp")), "lossless became lossy")
    run(*COPY, path("out.webp"), path("out.png"))
    check(read_png(path("out.png"))[4] == rgb(), "samples changed")
    run(*COPY, path("lossy.webp"), path("out.webp"))
    check(b"VP8 " in webp_chunks(path("out.webp")), "lossy became lossless")
    wide = with_profile("webp")
    run(*COPY, wide, path("out.png"))
    check(read_png(path("out.png"))[4] == rgb(), "converted to sRGB")
    told = run(*COPY, path("animation.webp"), path("none.png"), code=1).stderr
    check("animation" in told and not os.path.exists(path("none.png")), told)


def to_light(coded):
    return coded / 12.92 if coded <= 0.04045 else ((coded + 0.055) / 1.055) ** 2.4


def to_coded(light):
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def one_picture_in_many_curves():
    """The same light is mended alike however the file codes it."""
    coded = write_png(path("coded.png"), W, H, 3, 16,
                      lambda x, y, c: 8000 + 120 * slope(x, y, c) + 3000 * (noise(x, y, c) % 3))
    run(*MEND, coded, path("right.png"))
    values, right = read_png(coded)[4], read_png(path("right.png"))[4]
    light = [round(65535 * to_light(v / 65535)) for v in values]
    power = [round(65535 * to_light(v / 65535) ** (1 / 2.2)) for v in values]

    def at(samples):
        return lambda x, y, c: samples[(y * W + x) * 3 + c]

    linear, adobe = icc(1), icc(2.2)
    # the file's own value of gamma 2.2 in a profile is 563 / 256
    power = [round(65535 * to_light(v / 65535) ** (256 / 563)) for v in values]
    sources = {
        "gama.png": (write_png(path("gama.png"), W, H, 3, 16, at(light),
                               chunk(b"gAMA", struct.pack(">I", 100000))), to_light),
        "icc.png": (write_png(path("icc.png"), W, H, 3, 16, at(light), png_icc(linear)),
                    to_light),
        "icc.tif": (write_tiff(path("icc.tif"), W, H, 16, 3, light,
                               tags=[(34675, 7, linear)]), to_light),
        "float.tif": (write_tiff(path("float.tif"), W, H, 32, 3,
                                 [to_light(v / 65535) for v in values], sample=3), to_light),
        "adobe.png": (write_png(path("adobe.png"), W, H, 3, 16, at(power), png_icc(adobe)),
                      lambda v: to_light(v) ** (256 / 563)),
        "adobe.tif": (write_tiff(path("adobe.tif"), W, H, 16, 3, power,
                                 tags=[(34675, 7, adobe)]),
                      lambda v: to_light(v) ** (256 / 563)),
    }
    for name, (source, curve) in sources.items():
        out = path("mended-" + name)
        run(*MEND, source, out)
        got = read_png(out)[4] if name.endswith("png") else Tiff(out).samples()
        scale = 1 if name == "float.tif" else 65535
        far = max(abs(to_coded(to_light_of(v / scale, curve)) - r / 65535)
                  for v, r in zip(got, right))
        check(far < 1.5 / 255, f"{name}: {far * 255} of 255 off")
        run(*COPY, source, out)
        again = read_png(out)[4] if name.endswith("png") else Tiff(out).samples()
        before = (read_png(source)[4] if name.endswith("png") else Tiff(source).samples())
        check(again == before, f"{name}: strength 0 changed samples")
    run(*MEND, sources["float.tif"][0], path("float.png"))
    far = max(abs(a - b) for a, b in zip(read_png(path("float.png"))[4], right))
    check(far <= 2, f"float into PNG: {far} of 65535 off")


def to_light_of(value, curve):
    """Light of a file's value, by whichever curve it was made with."""
    return value if curve is to_light else value ** (563 / 256)


def other_profiles_are_said():
    strange = bytearray(icc(2.2))
    at = strange.index(b"rTRC")
    strange[at:at + 4] = b"xxxx"
    source = write_tiff(path("strange.tif"), W, H, 8, 3, rgb(),
                        tags=[(34675, 7, bytes(strange))])
    told = run(*MEND, source, path("out.tif")).stderr
    check("curves and a matrix" in told, told)
    check(profile_of(path("out.tif")) == bytes(strange), "the profile changed")
    grey = write_png(path("grey.png"), W, H, 1, 8, slope, png_icc(icc(1, b"GRAY")))
    told = run(*COPY, grey, path("grey.webp")).stderr
    check("became sRGB" in told, told)
    for photometric, channels, words in ((5, 4, "CMYK"), (8, 3, "Lab"), (6, 3, "YCbCr")):
        name = write_tiff(path("other.tif"), W, H, 8, channels, rgb(channels=channels),
                          photometric=photometric)
        told = run(*MEND, name, path("none.tif"), code=1).stderr
        check(words in told and not os.path.exists(path("none.tif")), told)


def several_pictures_in_a_jpeg():
    double = write(path("double.jpg"), read(PLAIN["jpg"]) * 2)
    marked = add_segments(PLAIN["jpg"], path("mpo.jpg"), (0xe2, b"MPF\0II*\0"))
    padded = write(path("padded.jpg"), read(PLAIN["jpg"]) + bytes(30) + read(PLAIN["jpg"]))
    for name in (double, marked, padded):
        told = run(*COPY, name, path("out.jpg")).stderr
        check("other pictures" in told, told)
    for kind, order in ((0x010001, "<"), (0, "<"), (0, ">")):  # previews, gain maps
        told = run(*COPY, views(kind, order), path("out.jpg")).stderr
        check("other pictures" in told, told)
    for kind, order in ((0x020001, "<"), (0x020002, ">"), (0x020003, "<")):
        told = run(*COPY, views(kind, order), path("none.jpg"), code=1).stderr
        check("2 pictures of one view" in told and not os.path.exists(path("none.jpg")), told)
    check("animation" in run(*COPY, moving(1), path("out.png")).stderr, "APNG")
    told = run(*COPY, moving(2), path("none.png"), code=1).stderr
    check("is an animation" in told and not os.path.exists(path("none.png")), told)


def what_follows_a_picture_is_told():
    """A film behind a photograph, a comment behind its pixels; zeros are nothing."""
    film = bytes(16) + b"\0\0\0\x18ftypmp42" * 50
    for fmt in ("png", "jpg", "webp"):
        name = write(path("long." + fmt), read(PLAIN[fmt]) + film)
        told = run_json(*COPY, name, path("out." + fmt))["images"][0]["notes"]
        size = len(film) - 19  # behind its zeros
        check(any(f"follows the picture in the file, {size} bytes" in n for n in told), told)
        name = write(path("padded." + fmt), read(PLAIN[fmt]) + bytes(5000))
        told = run(*COPY, name, path("out." + fmt)).stderr
        check(told == "", told)
    data = read(PLAIN["jpg"])
    late = write(path("late.jpg"), data[:-2] + b"\xff\xfe\0\x06late" + data[-2:])
    told = run(*COPY, late, path("out.jpg")).stderr
    check("segments behind its pixels" in told, told)


def a_replaced_file_keeps_what_is_its():
    """Permissions and the user's attributes; other links keep the old picture."""
    out, other, link = (path(n) for n in ("old.png", "other.png", "link.png"))
    old = read(write_png(out, 3, 3, 3, 8, slope))
    os.link(out, other)
    os.symlink("old.png", link)
    os.chmod(out, 0o640)
    try:
        os.setxattr(out, "user.rating", b"5 stars")
    except OSError:
        print("# attributes: skipped, this file system has none")
    else:
        run(*COPY, PLAIN["png"], link)
        check(os.getxattr(out, "user.rating") == b"5 stars", "another rating")
    run(*COPY, PLAIN["png"], link)
    check(os.path.islink(link) and read_png(out)[4] == rgb(), "the link or its picture")
    check(os.stat(out).st_mode & 0o777 == 0o640, oct(os.stat(out).st_mode))
    check(read(other) == old, "the other name has another picture")


def claims_meet_a_cap():
    """Sparse files that claim gigabytes take neither time nor memory."""
    def capped():
        resource.setrlimit(resource.RLIMIT_AS, (1500 << 20, 1500 << 20))

    def expect(name, begun):
        told = run(*COPY, "--memory", "200M", "--threads", 1, name, path("none.png"), code=1,
                   preexec_fn=capped).stderr
        check(told.count("\n") == 1 and "reweave: " in told, told)
        check(time.monotonic() - begun < 20, f"{name}: {time.monotonic() - begun} s")
        check(not os.path.exists(path("none.png")), name)

    data = read(PLAIN["png"])
    for where in ("before", "after"):
        name, begun = path("claims.png"), time.monotonic()
        with open(name, "wb") as file:
            at = 33 if where == "before" else len(data) - 12
            file.write(data[:at] + struct.pack(">I", 1500 << 20) + b"eXIf")
            file.seek((1500 << 20) + 4, os.SEEK_CUR)
            file.write(data[at:])
        expect(name, begun)
        os.remove(name)
    many = add_segments(PLAIN["jpg"], path("many.jpg"),
                        *[(0xe5, bytes(65000)) for _ in range(1100)])
    expect(many, time.monotonic())
    huge = write_tiff(path("huge.tif"), W, H, 8, 3, rgb(),
                      tags=[(256, 4, 60000), (257, 4, 60000)])
    expect(huge, time.monotonic())
    packed = write_tiff(path("huge.tif"), W, H, 8, 3, rgb(), compression=8,
                        tags=[(256, 4, 60000), (257, 4, 60000)])
    expect(packed, time.monotonic())
    tiled = write_tiff(path("huge.tif"), W, H, 8, 3, rgb(), tile=16, compression=8,
                       tags=[(322, 4, 1 << 20), (323, 4, 1 << 20)])
    expect(tiled, time.monotonic())


def options():
    folder = path("options")
    os.makedirs(folder)
    for fmt in FORMATS:
        write(os.path.join(folder, f"{fmt}-one.{fmt}"), read(PLAIN[fmt]))
    run(*COPY, "-o", path("as-webp"), "--format", "webp", folder)
    check(sorted(tree(path("as-webp"))) == sorted(f"{f}-one.webp" for f in FORMATS),
          sorted(tree(path("as-webp"))))
    told = run(*COPY, "--dry-run", folder, path("nowhere")).stdout
    check(told.count(" -> ") == 4 and not os.path.exists(path("nowhere")), told)
    before = tree(path("as-webp"))
    run(*MEND, "--skip-existing", "-o", path("as-webp"), "--format", "webp", folder)
    told = run(*MEND, "-o", path("file.png"), folder, code=2).stderr
    check("expected a folder" in told and not os.path.exists(path("file.png")), told)
    check(tree(path("as-webp")) == before, "something was written")
    told = run(*MEND, "--no-clobber", "-o", path("as-webp"), "--format", "webp", folder,
               code=1).stderr
    check(told.count("is there already") == 4, told)
    run(*COPY, "--format", "gif", folder, path("x"), code=2)
    result = subprocess.run([REWEAVE, *map(str, COPY), "-", "-"], capture_output=True,
                            input=read(PLAIN["tif"]), env=environment(), check=True,
                            timeout=60)
    told = result.stderr.decode()
    check(told.startswith("standard output: ") and "/" not in told.split(",")[0], told)
    write(path("piped.png"), result.stdout)
    check(read_png(path("piped.png"))[4] == rgb(), "another picture")
    told = run(*COPY, "-", path("none.png"), code=1).stderr  # nothing comes
    check(told.startswith("reweave: standard input: is empty"), told)
    told = run(*COPY, "--json", PLAIN["png"], "-", code=2).stderr
    check("--json" in told, told)
    bad = write(path("bad.png"), b"no picture")
    images = json.loads(run(*COPY, "--json", bad, PLAIN["png"], path("two") + "/",
                            code=1).stdout)["images"]
    check("bad.png" in images[0]["error"] and "error" not in images[1], images)


def interrupted():
    large = write_png(path("large.png"), 1500, 1200, 1, 8, lambda x, y, c: x * y & 255)
    os.makedirs(path("stopped"))
    process = start(*MEND, "--threads", 1, large, path("stopped", "out.tif"))
    while process.poll() is None and not os.listdir(path("stopped")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    check(process.returncode in (0, 130), f"{process.returncode}: {told}")
    left = [n for n in os.listdir(path("stopped")) if n.startswith(".")]
    check(not left, left)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        stop_degrade(large, number)
        stop_waiting(number)


def stop_degrade(name, number):
    """While it writes, or before: a whole file or none."""
    out = path("stopped", "damaged.tif")
    process = start("degrade", "--task", "white-noise", name, out)
    while process.poll() is None and len(os.listdir(path("stopped"))) < 2:
        time.sleep(0.01)
        if os.path.exists(f"/proc/{process.pid}/stat"):
            with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
                if sum(map(int, file.read().split()[13:15])) > 30:  # a third of a second
                    break
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    check(process.returncode in (0, 128 + number), f"{number}: {process.returncode}: {told}")
    check(os.path.exists(out) == (process.returncode == 0), told)
    check(not [n for n in os.listdir(path("stopped")) if n.startswith(".")], "a temporary file")
    if os.path.exists(out):
        os.remove(out)


def stop_waiting(number):
    """Ctrl-C while standard input gives nothing."""
    folder = path("temporary")
    os.makedirs(folder, exist_ok=True)
    with subprocess.Popen([REWEAVE, *map(str, MEND), "-", path("none.png")],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env=dict(environment(), TMPDIR=folder)) as process:
        deadline = time.monotonic() + 30
        while not os.listdir(folder) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        process.send_signal(number)
        process.wait(timeout=60)
        told = process.stderr.read()
    check(process.returncode == 128 + number and "stopped before it was read" in told,
          f"{process.returncode}: {told}")
    check(not os.listdir(folder), os.listdir(folder))


if os.environ.get("KEPT_TABLE"):
    print(format_table(table()))
    sys.exit(0)
main([adobe_rgb_that_exif_alone_tells, a_transfer_function_is_told, every_orientation_comes_through_every_pair, tiffs_come_back,
      tiffs_keep_their_compression, few_bits_become_eight, white_is_mended_as_white,
      webp_stays_as_it_was, one_picture_in_many_curves, other_profiles_are_said,
      several_pictures_in_a_jpeg, what_follows_a_picture_is_told,
      a_replaced_file_keeps_what_is_its, claims_meet_a_cap, options, interrupted,
      the_table_is_that_of_the_readme])
