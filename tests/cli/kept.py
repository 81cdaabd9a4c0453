# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What describes a picture, for test-kept.py: how a file of each format gets it, and
whether it has it."""
import struct
import subprocess
import sys
import zlib

import files
from files import (LENS, PLACE, Tiff, add_chunks, add_segments, exif, icc, png_icc,
                   read_exif, segments, webp_chunks, write_tiff)
from toolbox import (check, chunk, chunks_of, path, read, read_png, run, tiny_weights,
                     write, write_png)

DRAW_WEBP = sys.argv[3]
W, H = 24, 16
TINY = tiny_weights(steps=30)
MEND = ("apply", "-w", TINY, "--level", 20)
COPY = (*MEND, "--strength", 0)
FORMATS = ("png", "jpg", "tif", "webp")
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><!-- ours --></x:xmpmeta>"
IPTC = b"\x1c\x02\x69\0\x05Title"
BLOCKS = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC + bytes(len(IPTC) % 2)
WIDE = icc(2.2)
XMP_KEY = b"XML:com.adobe.xmp\0\0\0\0\0"


def slope(x, y, c, top=255):
    return (4 * x + 6 * y + 30 * c) % 256 * top // 255


def rgb(top=255, channels=3):
    return [slope(x, y, c, top) if channels < 4 or c < 3 else (x * 10) * top // 255
            for y in range(H) for x in range(W) for c in range(channels)]


PLAIN = {"png": write_png(path("plain.png"), W, H, 3, 8, slope)}
PLAIN["tif"] = write_tiff(path("plain.tif"), W, H, 8, 3, rgb())
run(*COPY, PLAIN["png"], path("plain.jpg"))
PLAIN["jpg"] = path("plain.jpg")
write(path("pixels"), bytes(v for i in range(W * H) for v in [*rgb()[3 * i:3 * i + 3], 255]))
for kind in ("lossless", "lossy", "animation"):
    subprocess.run([DRAW_WEBP, kind, path(kind + ".webp"), path("pixels")], check=True)
PLAIN["webp"] = path("lossless.webp")


# ---- one property at a time: how a file gets it, and whether it has it ------------


def with_extra(target, fmt, png=b"", jpg=(), tif=(), webp=None):
    name = path(f"{target}.{fmt}")
    if fmt == "png" and png:
        return write_png(name, W, H, 3, 8, slope, extra=png)
    if fmt == "jpg" and jpg:
        return add_segments(PLAIN["jpg"], name, *jpg)
    if fmt == "tif" and tif:
        return write_tiff(name, W, H, 8, 3, rgb(), tags=tif)
    if fmt == "webp" and webp:
        return add_chunks(PLAIN["webp"], name, W, H, **webp)
    return None


def exif_of(name):
    """The block of a file, or None."""
    if name.endswith(".png"):
        return chunks_of(name).get(b"eXIf")
    if name.endswith(".webp"):
        return webp_chunks(name).get(b"EXIF")
    blocks = [d[6:] for c, d in segments(name) if c == 0xe1 and d[:6] == b"Exif\0\0"]
    check(len(blocks) <= 1, f"{name}: {len(blocks)} EXIF blocks")
    return blocks[0] if blocks else None


def orientation_of(name):
    if name.endswith(".tif"):
        return Tiff(name).tags.get(274, (1,))[0]
    block = exif_of(name)
    return read_exif(block)[0].get(274, (1,))[0] if block else 1


def with_exif(fmt, orientation=1, target="exif"):
    block = exif(orientation)
    return with_extra(
        target, fmt, chunk(b"eXIf", block), [(0xe1, b"Exif\0\0" + block)],
        [e for e in files.exif_entries(orientation) if e[0] != 0x0112]
        + [(274, 3, orientation)], {"EXIF": block})


def has_exif(name):
    if name.endswith(".tif"):
        tiff = Tiff(name)
        found = (tiff.tags, tiff.below(0x8769), tiff.below(0x8825))
    else:
        block = exif_of(name)
        found = read_exif(block) if block else ({}, {}, {})
    return (bytes(found[0].get(0x010f, ())) == b"the maker\0"
            and bytes(found[1].get(0xa434, ())) == LENS and found[2].get(2) == PLACE)


def profile_of(name):
    if name.endswith(".png"):
        data = chunks_of(name).get(b"iCCP")
        return data and zlib.decompress(data[data.index(b"\0") + 2:])
    if name.endswith(".jpg"):
        return b"".join(d[14:] for c, d in segments(name) if d[:12] == b"ICC_PROFILE\0")
    if name.endswith(".tif"):
        return bytes(Tiff(name).tags.get(34675, ()))
    return webp_chunks(name).get(b"ICCP")


def with_profile(fmt):
    return with_extra("profile", fmt, png_icc(WIDE),
                      [(0xe2, b"ICC_PROFILE\0\x01\x01" + WIDE)], [(34675, 7, WIDE)],
                      {"ICCP": WIDE})


def with_xmp(fmt):
    return with_extra("xmp", fmt, chunk(b"iTXt", XMP_KEY + XMP),
                      [(0xe1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)],
                      [(700, 1, XMP)], {"XMP_": XMP})


def has_xmp(name):
    if name.endswith(".png"):
        return chunks_of(name).get(b"iTXt") == XMP_KEY + XMP
    if name.endswith(".jpg"):
        return any(d.endswith(b"\0" + XMP) for c, d in segments(name) if c == 0xe1)
    if name.endswith(".tif"):
        return bytes(Tiff(name).tags.get(700, ())) == XMP
    return webp_chunks(name).get(b"XMP ") == XMP


def with_iptc(fmt):
    return with_extra("iptc", fmt, b"", [(0xed, b"Photoshop 3.0\0" + BLOCKS)],
                      [(33723, 7, IPTC)])


def has_iptc(name):
    if name.endswith(".jpg"):
        return any(IPTC in d for c, d in segments(name) if c == 0xed)
    if name.endswith(".tif"):
        tags = Tiff(name).tags.get(33723, ())
        data = (struct.pack(f"<{len(tags)}I", *tags) if max(tags, default=0) > 255
                else bytes(tags))
        return data.startswith(IPTC)
    return False


def with_text(fmt):
    return with_extra("text", fmt, chunk(b"tEXt", b"Title\0ours")
                      + chunk(b"tIME", struct.pack(">HBBBBB", 2020, 1, 2, 3, 4, 5)),
                      [(0xfe, b"ours")], [(269, 2, b"ours\0")])


def has_text(name):
    if name.endswith(".png"):
        return b"ours" in chunks_of(name).get(b"tEXt", b"") and b"tIME" in chunks_of(name)
    if name.endswith(".jpg"):
        return (0xfe, b"ours") in segments(name)
    if name.endswith(".tif"):
        return bytes(Tiff(name).tags.get(269, ())) == b"ours\0"
    return False


def texts_in_exif(name):
    """A TIFF's own texts travel in the EXIF block's main directory."""
    if name.endswith(".tif") or has_text(name):
        return has_text(name)
    block = exif_of(name)
    return bool(block) and bytes(read_exif(block)[0].get(269, ())) == b"ours\0"


def with_density(fmt):
    if fmt == "jpg":
        data = bytearray(read(PLAIN["jpg"]))
        data[13:18] = struct.pack(">BHH", 1, 300, 300)
        return write(path("density.jpg"), bytes(data))
    return with_extra("density", fmt,
                      chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)), (),
                      [(282, 5, (300, 1)), (283, 5, (300, 1)), (296, 3, 2)])


def has_density(name):
    if name.endswith(".png"):
        return abs(struct.unpack(">I", chunks_of(name).get(b"pHYs", bytes(4))[:4])[0]
                   - 11811) < 2
    if name.endswith(".jpg"):
        unit, x, y = struct.unpack(">BHH", segments(name)[0][1][7:12])
        return (unit, x, y) in ((1, 300, 300), (2, 118, 118))
    if name.endswith(".tif"):
        tags = Tiff(name).tags
        if 282 not in tags:
            return False
        per_inch = tags[282][0] / tags[282][1] * (2.54 if tags[296] == (3,) else 1)
        return abs(per_inch - 300) < 0.1
    return False


CHRM = chunk(b"gAMA", struct.pack(">I", 50000)) + chunk(
    b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000))


def has_primaries(name):
    if name.endswith(".png"):
        return b"gAMA" in chunks_of(name) and b"cHRM" in chunks_of(name)
    return bool(profile_of(name))


def with_cicp(fmt):
    return with_extra("cicp", fmt, chunk(b"cICP", bytes((9, 16, 0, 1))))


def has_cicp(name):
    return name.endswith(".png") and chunks_of(name).get(b"cICP") == bytes((9, 16, 0, 1))


def deep(fmt):
    if fmt == "png":
        return write_png(path("deep.png"), W, H, 3, 16, lambda x, y, c: slope(x, y, c) * 257)
    if fmt == "tif":
        return write_tiff(path("deep.tif"), W, H, 16, 3, [257 * v for v in rgb()])
    return None


def is_deep(name):
    if name.endswith(".png"):
        return read_png(name)[3] == 16
    return name.endswith(".tif") and Tiff(name).tags[258][0] == 16


def real(fmt):
    return fmt == "tif" and write_tiff(path("real.tif"), W, H, 32, 3,
                                       [v / 200 - 0.1 for v in rgb()], sample=3)


def is_real(name):
    return name.endswith(".tif") and Tiff(name).samples() == Tiff(path("real.tif")).samples()


def veiled(fmt):
    if fmt == "png":
        return write_png(path("veiled.png"), W, H, 4, 8,
                         lambda x, y, c: slope(x, y, c) if c < 3 else x * 10)
    if fmt == "tif":
        return write_tiff(path("veiled.tif"), W, H, 8, 4, rgb(channels=4))
    return None


def is_veiled(name):
    if name.endswith(".png"):
        return read_png(name)[2] == 4
    if name.endswith(".tif"):
        return Tiff(name).samples() == rgb(channels=4)
    data = webp_chunks(name)
    return b"ALPH" in data or bool(b"VP8L" in data and data[b"VP8L"][4] & 16)


def views(kind, order="<"):
    """A JPEG whose index (CIPA DC-007) names two pictures of this kind."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    index = head + struct.pack(order + "IH", 8, 1) + struct.pack(
        order + "HHIII", 0xb002, 7, 32, 26, 0)
    for _ in range(2):
        index += struct.pack(order + "IIIHH", kind, 1000, 0, 0, 0)
    return add_segments(PLAIN["jpg"], path("views.jpg"), (0xe2, b"MPF\0" + index))


def moving(n):
    return write_png(path("moving.png"), W, H, 3, 8, slope,
                     chunk(b"acTL", struct.pack(">II", n, 0)))


def pages(fmt):
    return {"png": moving(2), "jpg": views(0x020002), "tif": write_tiff(path("pages.tif"), W, H, 8, 3, rgb(), pages=2),
            "webp": path("animation.webp")}.get(fmt)


PROPERTIES = [
    ("orientation", lambda f: with_exif(f, 6, "turned"), lambda n: orientation_of(n) == 6),
    ("ICC profile", with_profile, lambda n: profile_of(n) == WIDE),
    ("gAMA and cHRM", lambda f: with_extra("chrm", f, CHRM), has_primaries),
    ("cICP (PQ)", with_cicp, has_cicp),
    ("EXIF and GPS", with_exif, has_exif),
    ("XMP", with_xmp, has_xmp),
    ("IPTC", with_iptc, has_iptc),
    ("texts, comments", with_text, texts_in_exif),
    ("resolution", with_density, has_density),
    ("16 bits", deep, is_deep),
    ("float", real, is_real),
    ("alpha", veiled, is_veiled),
    ("pages, frames", pages, lambda n: False),
]
