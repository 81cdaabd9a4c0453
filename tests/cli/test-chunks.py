#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Each ancillary chunk of a PNG comes out as it went in, in the numbers of the
new file's kind, or a line says that it did not."""
import json
import struct
import zlib

from toolbox import check, chunk, chunks_of, main, path, run, tiny_weights, write

W, H = 16, 8
PALETTE = bytes(v for i in range(4) for v in (10 * i, 60 + i, 200 - i))
GREY, RGB, INDEXED, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
N = {GREY: 1, RGB: 3, INDEXED: 1, GREY_ALPHA: 2, RGBA: 4}


def picture(kind, depth, *extra, name="in.png"):
    bits = W * N[kind] * depth
    rows = b"".join(b"\0" + bytes((7 * i + y) & (0x33 if kind == INDEXED else 255)
                                  for i in range((bits + 7) // 8)) for y in range(H))
    if kind == INDEXED and depth == 8:
        rows = b"".join(b"\0" + bytes((x + y) % 4 for x in range(W)) for y in range(H))
    data = chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, depth, kind, 0, 0, 0))
    early = [c for c in extra if c[4:8] in (b"sBIT",)]
    late = [c for c in extra if c not in early]
    data += b"".join(early)
    if kind == INDEXED:
        data += chunk(b"PLTE", PALETTE)
    data += b"".join(late) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return write(path(name), b"\x89PNG\r\n\x1a\n" + data)


def copy(source, ending="png"):
    """The new file's chunks, and what was said."""
    out = path("out." + ending)
    result = run("apply", "-w", TINY, "--level", 9, "--strength", 0, "--json", source, out)
    notes = json.loads(result.stdout)["images"][0]["notes"]
    check(result.stderr.count("\n") == bool(notes), result.stderr)
    for note in notes:
        check(note in result.stderr, f"{note} is not in {result.stderr}")
    return chunks_of(out) if ending == "png" else {}, "; ".join(notes)


def shorts(*values):
    return struct.pack(f">{len(values)}H", *values)


def background_and_bits_follow_the_kind():
    """Colour type, depth, tRNS; bKGD and its result; sBIT and its result."""
    key = {GREY: chunk(b"tRNS", shorts(1)), RGB: chunk(b"tRNS", shorts(1, 2, 3)),
           INDEXED: chunk(b"tRNS", b"\0\x80")}
    cases = (
        (GREY, 8, 0, shorts(77), shorts(77), b"\5", b"\5"),
        (GREY, 16, 0, shorts(0x1234), shorts(0x1234), b"\x0c", b"\x0c"),
        (GREY, 1, 0, shorts(1), shorts(255), b"\1", b"\1"),
        (GREY, 2, 0, shorts(2), shorts(170), b"\2", b"\2"),
        (GREY, 4, 0, shorts(7), shorts(119), b"\3", b"\3"),
        (GREY, 8, 1, shorts(77), shorts(77), b"\5", b"\5\x08"),
        (GREY, 16, 1, shorts(0xfedc), shorts(0xfedc), b"\x0c", b"\x0c\x10"),
        (RGB, 8, 0, shorts(1, 128, 255), shorts(1, 128, 255), b"\5\6\5", b"\5\6\5"),
        (RGB, 16, 0, shorts(1, 2, 65535), shorts(1, 2, 65535), b"\x0a\x0b\x0c", b"\x0a\x0b\x0c"),
        (RGB, 8, 1, shorts(9, 8, 7), shorts(9, 8, 7), b"\5\6\5", b"\5\6\5\x08"),
        (INDEXED, 8, 0, b"\3", shorts(30, 63, 197), b"\4\5\6", b"\4\5\6"),
        (INDEXED, 2, 0, b"\1", shorts(10, 61, 199), b"\4\5\6", b"\4\5\6"),
        (INDEXED, 4, 1, b"\2", shorts(20, 62, 198), b"\4\5\6", b"\4\5\6\x08"),
        (GREY_ALPHA, 8, 0, shorts(77), shorts(77), b"\5\1", b"\5\1"),
        (RGBA, 16, 0, shorts(1, 2, 3), shorts(1, 2, 3), b"\5\6\5\x10", b"\5\6\5\x10"),
    )
    for kind, depth, transparent, background, expected, bits, expected_bits in cases:
        extra = [chunk(b"sBIT", bits)] + ([key[kind]] if transparent else [])
        found, told = copy(picture(kind, depth, *extra, chunk(b"bKGD", background)))
        what = f"colour type {kind}, {depth} bits, tRNS {transparent}"
        check(found.get(b"bKGD") == expected, f"{what}: {found.get(b'bKGD')}")
        check(found.get(b"sBIT") == expected_bits, f"{what}: {found.get(b'sBIT')}")
        check("bKGD" not in told and "sBIT" not in told, told)


def what_does_not_fit_is_said():
    for kind, name, data in ((INDEXED, b"bKGD", b"\4"), (GREY, b"bKGD", shorts(1, 2, 3)),
                             (RGB, b"sBIT", b"\5\5"), (GREY, b"sBIT", b"\x09")):
        found, told = copy(picture(kind, 8, chunk(name, data)))
        check(name not in found and name.decode() in told, f"{name}: {told}")
    found, told = copy(picture(INDEXED, 8, chunk(b"hIST", shorts(1, 2, 3, 4))))
    check(b"hIST" not in found and "how often" in told, told)


SPLT = b"mine\0\x08" + bytes(6)
OTHERS = {
    b"sPLT": SPLT,
    b"tIME": struct.pack(">HBBBBB", 2020, 1, 2, 3, 4, 5),
    b"oFFs": struct.pack(">iiB", 5, -6, 0),
    b"sCAL": b"\1" + b"0.25\0" + b"0.5",
    b"pCAL": b"depth\0" + struct.pack(">iiBB", 0, 65535, 0, 2) + b"m\0" + b"0\0" + b"9",
    b"tEXt": b"Title\0ours",
    b"zTXt": b"Comment\0\0" + zlib.compress(b"ours"),
    b"iTXt": b"Title\0\0\0\0\0ours",
    b"ruNk": b"safe to copy",
    b"bKGD": shorts(3),
    b"sBIT": b"\6",
}
BLOCK = b"II*\0\x08\0\0\0" + b"\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" + bytes(4)


def the_others_are_kept_or_said():
    for kind, depth in ((GREY, 8), (GREY, 2), (INDEXED, 8)):
        for name, data in OTHERS.items():
            if kind == INDEXED and name in (b"bKGD", b"sBIT"):
                continue
            if name == b"sBIT":
                data = bytes([min(data[0], depth)])
            source = picture(kind, depth, chunk(name, data))
            found, told = copy(source)
            check(name in found, f"{name} is lost from {kind}, {depth}")
            if name not in (b"bKGD",):
                check(found[name] == data, f"{name} became {found[name]}")
            check(name.decode() not in told, told)
            for ending in OTHER_ENDINGS:
                _, told = copy(source, ending)
                check(name.decode() in told, f"{name} into {ending}: {told!r}")
        found, _ = copy(picture(kind, depth, chunk(b"eXIf", BLOCK)))
        check(found.get(b"eXIf", b"")[:4] in (b"II*\0", b"MM\0*"), "eXIf is lost")
        found, _ = copy(picture(kind, depth, chunk(b"pHYs", struct.pack(">IIB", 11811, 5, 1))))
        check(found.get(b"pHYs") == struct.pack(">IIB", 11811, 5, 1), "pHYs")
        found, _ = copy(picture(kind, depth, chunk(b"pHYs", struct.pack(">IIB", 2, 1, 0))))
        check(found.get(b"pHYs") == struct.pack(">IIB", 2, 1, 0), "the pixels' shape")
        _, told = copy(picture(kind, depth, chunk(b"ruNK", b"unsafe to copy")))
        check("ruNK" in told, told)


TINY = tiny_weights()
OTHER_ENDINGS = ["jpg"]
for e in ("tif", "webp"):
    if run("apply", "-w", TINY, "--level", 9, picture(GREY, 8), path("try." + e),
           code=None).returncode == 0:
        OTHER_ENDINGS.append(e)
main([background_and_bits_follow_the_kind, what_does_not_fit_is_said,
      the_others_are_kept_or_said])
