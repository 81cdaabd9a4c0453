#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What describes a picture is true of the new one: numbers of pixels and of
pixels per inch after it became larger, thumbnails after it was mended."""
import calendar
import os
import re
import struct
import time

from files import (Tiff, add_segments, directory, read_exif, segments, webp_chunks,
                   write_tiff)
from toolbox import (SOURCE, check, chunk, chunks_of, main, path, read_png, run, run_json,
                     tiny_weights, write_png)

W, H = 24, 16
THUMBNAIL = b"\xff\xd8 an old view \xff\xd9"
MAKER = b"the camera's own"
TINY = tiny_weights()
LARGER = ("apply", "-w", os.path.join(SOURCE, "weights", "upscale-m.safetensors"))
MEND = ("apply", "-w", TINY, "--level", 20)
COPY = (*MEND, "--strength", 0)


def exif_tags(width=W, height=H):
    return [(0x0112, 3, 6), (0x0100, 3, width), (0x0101, 4, height), (0x011a, 5, (300, 1)),
            (0x011b, 5, (300, 1)), (0x0128, 3, 2),
            (0x8769, 4, [(0xa002, 3, width), (0xa003, 4, height), (0xa20e, 5, (5000, 3)),
                         (0xa20f, 5, (0xfffffff0, 4)), (0xa214, 3, (5, 7)),
                         (0x9214, 3, (5, 7, 2, 40000)), (0x927c, 7, MAKER)])]


def exif(order="<", thumbnail=THUMBNAIL):
    head = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    block = bytearray(head + directory(exif_tags(), 8, order))
    if thumbnail:
        n = len(exif_tags())
        struct.pack_into(order + "I", block, 8 + 2 + 12 * n, len(block))
        at = len(block) + 2 + 3 * 12 + 4
        block += directory([(0x0103, 3, 6), (0x0201, 4, at), (0x0202, 4, len(thumbnail))],
                           len(block), order) + thumbnail
    return bytes(block)


def packet(thumbnail=b""):
    return (b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description tiff:ImageWidth=\"24\" "
            b"tiff:XResolution='300/1' exif:PixelXDimension=\"24\" my:ImageWidth=\"24\">"
            b"<tiff:ImageLength>16</tiff:ImageLength><exif:PixelYDimension> 16"
            b"</exif:PixelYDimension>" + thumbnail + b"</rdf:Description></x:xmpmeta>")


XMP_THUMBNAIL = b"<xmp:Thumbnails><rdf:Alt>AAAA</rdf:Alt></xmp:Thumbnails>"


def resource(number, data):
    return (b"8BIM" + struct.pack(">H", number) + b"\0\0" + struct.pack(">I", len(data))
            + data + bytes(len(data) % 2))


IPTC = b"\x1c\x02\x69\0\x05Title"
BLOCKS = (resource(0x03ed, struct.pack(">IHHIHH", 300 << 16, 1, 1, 300 << 16, 1, 1))
          + resource(0x040c, THUMBNAIL) + resource(0x0404, IPTC))


def jpeg(order="<", thumbnails=True, name="in.jpg"):
    write_png(path("plain.png"), W, H, 3, 8, lambda x, y, c: 4 * x + 6 * y + 20 * c)
    run(*COPY, path("plain.png"), path("plain.jpg"))
    old = THUMBNAIL if thumbnails else b""
    name = add_segments(
        path("plain.jpg"), path(name), (0xe1, b"Exif\0\0" + exif(order, old)),
        (0xe1, b"http://ns.adobe.com/xap/1.0/\0" + packet(XMP_THUMBNAIL if thumbnails else b"")),
        (0xed, b"Photoshop 3.0\0" + (BLOCKS if thumbnails else b"")))
    with open(name, "r+b") as file:  # JFIF's own resolution, 300 to the inch
        file.seek(13)
        file.write(struct.pack(">BHH", 1, 300, 300))
    return name


def exif_of(name):
    if name.endswith(".png"):
        return chunks_of(name).get(b"eXIf")
    if name.endswith(".webp"):
        return webp_chunks(name).get(b"EXIF")
    return next((d[6:] for c, d in segments(name) if d[:6] == b"Exif\0\0"), None)


def all_of(name):
    """(main, EXIF) tags of any format."""
    if name.endswith(".tif"):
        return Tiff(name).tags, Tiff(name).below(0x8769)
    return read_exif(exif_of(name))[:2]


def xmp_of(name):
    if name.endswith(".png"):
        return chunks_of(name).get(b"iTXt", b"")
    if name.endswith(".webp"):
        return webp_chunks(name).get(b"XMP ", b"")
    if name.endswith(".tif"):
        return bytes(Tiff(name).tags.get(700, ()))
    return next((d for c, d in segments(name) if d.startswith(b"http://ns.adobe")), b"")


def check_numbers(name, scale, what):
    top, below = all_of(name)
    check((top[0x0100], top[0x0101]) == ((scale * W,), (scale * H,)), f"{what}: {top}")
    number, parts = top[0x011a]
    inches = 2.54 if top[0x0128] == (3,) else 1
    check(abs(number / parts * inches - scale * 300) < 0.1, f"{what}: {top[0x011a]}")
    check((below[0xa002], below[0xa003]) == ((scale * W,), (scale * H,)), f"{what}: {below}")
    a, b = below[0xa20e]
    check(abs(a / b - scale * 5000 / 3) < 0.01, f"{what}: focal plane {a}/{b}")
    a, b = below[0xa20f]
    check(abs(a / b / (scale * 0xfffffff0 / 4) - 1) < 1e-6, f"{what}: focal plane {a}/{b}")
    check(below[0xa214] == (5 * scale, 7 * scale), f"{what}: {below[0xa214]}")
    check(below[0x9214] == (5 * scale, 7 * scale, 2 * scale, min(40000 * scale, 65535)),
          f"{what}: {below[0x9214]}")
    check(bytes(below[0x927c]) == MAKER, f"{what}: the camera's own notes")
    text = xmp_of(name)
    for word, size in ((b"tiff:ImageWidth", W), (b"tiff:ImageLength", H),
                       (b"exif:PixelXDimension", W), (b"exif:PixelYDimension", H),
                       (b"tiff:XResolution", 300)):
        found = re.search(rb"\b" + word + rb"(?:=.|>)\s*(\d+)", text)
        check(found and int(found.group(1)) == scale * size, f"{what}: {word} in {text}")
    check(b'my:ImageWidth="24"' in text, f"{what}: another's number was changed")


def larger_pictures_have_new_numbers():
    for order in "<>":
        source = jpeg(order)
        for ending in ("jpg", "png", "tif", "webp"):
            out = path("larger." + ending)
            run(*LARGER, source, out)
            check_numbers(out, 2, f"{order} into {ending}")
            kept = path("kept." + ending)
            run(*COPY, source, kept)
            check_numbers(kept, 1, f"{order} into {ending}, not larger")
        told = run_json("info", path("larger.png"))
        check((told["width"], told["height"]) == (2 * W, 2 * H), told)
    head = segments(path("larger.jpg"))[0][1]
    check(struct.unpack(">BHH", head[7:12]) in ((1, 600, 600), (2, 236, 236)), head)
    blocks = next(d for c, d in segments(path("larger.jpg")) if c == 0xed)
    at = blocks.index(b"8BIM\x03\xed") + 12
    check(struct.unpack(">I", blocks[at:at + 4])[0] >> 16 == 600, "resource block")


def larger_tiffs_have_new_numbers():
    values = [(4 * x + 6 * y) % 256 for y in range(H) for x in range(W) for c in range(3)]
    for order in "<>":
        source = write_tiff(path("in.tif"), W, H, 8, 3, values, order=order, tags=[
            t for t in exif_tags() if t[0] not in (0x0100, 0x0101)] + [(700, 1, packet())])
        for ending in ("tif", "png", "jpg"):
            out = path("from-tiff." + ending)
            run(*LARGER, source, out)
            top, below = all_of(out)
            check((below[0xa002], below[0xa003]) == ((2 * W,), (2 * H,)), f"{ending}: {below}")
            check(b'tiff:ImageWidth="48"' in xmp_of(out), xmp_of(out))
    tags = Tiff(path("from-tiff.tif")).tags
    check(tags[282][0] / tags[282][1] == 600 and tags[296] == (2,), tags)
    check(chunks_of(path("from-tiff.png"))[b"pHYs"][:4] == struct.pack(">I", 23622),
          "PNG's resolution")


def larger_pngs_have_new_numbers():
    extra = (chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1))
             + chunk(b"oFFs", struct.pack(">iiB", 5, -6, 0))
             + chunk(b"sCAL", b"\x01" + b"0.25\0" + b"3e-3"))
    source = write_png(path("in.png"), W, H, 3, 8, lambda x, y, c: 9 * x, extra=extra)
    run(*LARGER, source, path("out.png"))
    found = chunks_of(path("out.png"))
    check(read_png(path("out.png"))[:2] == (2 * W, 2 * H), "its size")
    check(found[b"pHYs"] == struct.pack(">IIB", 23622, 23622, 1), found[b"pHYs"])
    check(found[b"oFFs"] == struct.pack(">iiB", 10, -12, 0), found[b"oFFs"])
    check(found[b"sCAL"] == b"\x010.125\0" + b"0.0015", found[b"sCAL"])
    extra = (chunk(b"pHYs", struct.pack(">IIB", 2, 1, 0))
             + chunk(b"tIME", struct.pack(">HBBBBB", 2020, 1, 2, 3, 4, 5))
             + chunk(b"oFFs", struct.pack(">iiB", 5, -6, 1)))
    source = write_png(path("in.png"), W, H, 3, 8, lambda x, y, c: 9 * x, extra=extra)
    run(*LARGER, source, path("out.png"))
    found = chunks_of(path("out.png"))
    check(found[b"pHYs"] == struct.pack(">IIB", 2, 1, 0), "the pixels' shape")
    check(found[b"oFFs"] == struct.pack(">iiB", 5, -6, 1), "micrometres")
    for command, changes in ((LARGER, True), (MEND, True), (COPY, False)):
        before = time.time()
        told = run(*command, source, path("out.png")).stderr
        year, *rest = struct.unpack(">HBBBBB", chunks_of(path("out.png"))[b"tIME"])
        then = calendar.timegm((year, *rest))
        check((int(before) <= then <= time.time()) if changes else (year, rest[0]) == (2020, 1),
              f"{command[0]}: changed {year}, {rest}")
        check("tIME" not in told, told)


def old_thumbnails_go():
    """Of a picture that was changed; that goes with one that was not."""
    for order in "<>":
        source = jpeg(order)
        for command in (MEND, LARGER, ("degrade", "--task", "white-noise")):
            for ending in ("jpg", "png", "webp", "tif"):
                out = path("new." + ending)
                told = run(*command, source, out).stderr
                check("its thumbnail" in told, f"{command[0]} into {ending}: {told!r}")
                with open(out, "rb") as file:
                    data = file.read()
                check(THUMBNAIL[2:-2] not in data, f"{command[0]} into {ending}: still there")
                check(b"Thumbnails" not in xmp_of(out), xmp_of(out))
                check(bytes(all_of(out)[1][0x927c]) == MAKER, "the camera's own notes")
        image = run_json(*MEND, source, path("new.jpg"))["images"][0]
        check(any("thumbnail" in note for note in image["notes"]), image)
        check(IPTC in b"".join(d for c, d in segments(path("new.jpg")) if c == 0xed), "IPTC")
        told = run(*COPY, source, path("same.jpg")).stderr
        check("thumbnail" not in told and exif_of(path("same.jpg")) == exif(order), told)
        plain = jpeg(order, thumbnails=False)
        told = run(*MEND, plain, path("new.jpg")).stderr
        check(not told and exif_of(path("new.jpg")) == exif(order, b""), told)


def thumbnails_of_jfif_are_said():
    """In its header, or in a segment of their own."""
    source = jpeg(thumbnails=False)
    with open(source, "rb") as file:
        data = file.read()
    at = 4 + struct.unpack(">H", data[4:6])[0]
    check(data[6:11] == b"JFIF\0" and data[18:20] == b"\0\0", data[:20])
    header = data[6:18] + b"\2\1" + b"abcdef"
    inside = (data[:4] + struct.pack(">H", len(header) + 2) + header + data[at:])
    beside = data[:at] + b"\xff\xe0\0\x0dJFXX\0\x13\1\1abc" + data[at:]
    for whole in (inside, beside):
        with open(path("jfif.jpg"), "wb") as file:
            file.write(whole)
        told = run(*MEND, path("jfif.jpg"), path("new.jpg")).stderr
        check("its JFIF thumbnail" in told, told)
    check("JFIF" not in run(*MEND, source, path("new.jpg")).stderr, "nothing to say")
    other = add_segments(source, path("other.jpg"), (0xe0, b"AVI1\0\0"))
    run(*COPY, other, path("new.jpg"))
    check((0xe0, b"AVI1\0\0") in segments(path("new.jpg")), segments(path("new.jpg")))


main([larger_pictures_have_new_numbers, larger_tiffs_have_new_numbers,
      larger_pngs_have_new_numbers, old_thumbnails_go, thumbnails_of_jfif_are_said])
