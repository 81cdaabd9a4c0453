# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""TIFF, JPEG, WebP and PNG files byte by byte, for tests of what is kept."""
import struct
import zlib

from toolbox import check, chunk, read, write

# ---- profiles and EXIF ----------------------------------------------------------

RGB_PRIMARIES = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971),
                 (0.1431, 0.0606, 0.7142))


def fixed(value):
    return struct.pack(">i", round(value * 65536))


def icc(gamma, space=b"RGB "):
    """A profile of a matrix and one curve: a power, or linear for 1."""
    curve = (b"curv" + bytes(4) + (struct.pack(">I", 0) if gamma == 1 else
             struct.pack(">IH", 1, round(gamma * 256))))
    curve += bytes(-len(curve) % 4)

    def xyz(values):
        return b"XYZ " + bytes(4) + b"".join(map(fixed, values))

    text = b"reweave test"
    desc = (b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(1 + 78))
    desc += bytes(-len(desc) % 4)
    tags = [(b"desc", desc), (b"cprt", b"text" + bytes(4) + b"none\0\0\0\0"),
            (b"wtpt", xyz((0.9642, 1, 0.8249)))]
    if space == b"RGB ":
        tags += [(n + b"XYZ", xyz(v)) for n, v in zip((b"r", b"g", b"b"), RGB_PRIMARIES)]
        tags += [(n + b"TRC", curve) for n in (b"r", b"g", b"b")]
    else:
        tags += [(b"kTRC", curve)]
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags:
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content
    head = (struct.pack(">I", start + len(data)) + b"lcms" + b"\x02\x10\0\0" + b"mntr"
            + space + b"XYZ " + struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp"
            + bytes(28) + b"".join(map(fixed, (0.9642, 1, 0.8249))))
    return head + bytes(128 - len(head)) + table + data


CODES = {1: ("B", 1), 2: ("B", 1), 3: ("H", 2), 4: ("I", 4), 5: ("II", 8), 7: ("B", 1),
         11: ("f", 4), 12: ("d", 8), 13: ("I", 4), 16: ("Q", 8)}


def directory(entries, at, order="<", big=False):
    """Bytes of an IFD at an offset: entries are (tag, type, values); values
    that are a list of entries are a directory below it."""
    wide, letter = (8, "Q") if big else (4, "I")
    entries = sorted(entries, key=lambda e: e[0])
    head = struct.pack(order + ("Q" if big else "H"), len(entries))
    tail, values = b"", at + len(head) + len(entries) * (4 + 2 * wide) + wide
    for tag, kind, content in entries:
        if content and isinstance(content, list) and isinstance(content[0], tuple):
            head += struct.pack(f"{order}HH{letter}{letter}", tag, 4, 1,
                                values + len(tail))
            tail += directory(content, values + len(tail), order, big)
            continue
        code, size = CODES[kind]
        content = list(content) if not isinstance(content, (int, float)) else [content]
        count = len(content) // len(code)
        data = struct.pack(order + code * count, *content)
        head += struct.pack(f"{order}HH{letter}", tag, kind, count)
        if len(data) <= wide:
            head += data + bytes(wide - len(data))
        else:
            head += struct.pack(order + letter, values + len(tail))
            tail += data + bytes(len(data) % 2)
    return head + bytes(wide) + tail


LENS = b"a lens of ours\0"
PLACE = (52, 1, 31, 1, 0, 1)


def exif_entries(orientation=1):
    return [(0x0112, 3, orientation), (0x010f, 2, b"the maker\0"),
            (0x8769, 4, [(0xa434, 2, LENS), (0x9003, 2, b"2020:01:02 03:04:05\0")]),
            (0x8825, 4, [(2, 5, PLACE)])]


def exif(orientation=1, order="<"):
    head = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    return head + directory(exif_entries(orientation), 8, order)


def read_directory(data, at, order, big=False):
    wide = 8 if big else 4
    n = struct.unpack_from(order + ("Q" if big else "H"), data, at)[0]
    at += 8 if big else 2
    found = {}
    for i in range(n):
        entry = at + i * (4 + 2 * wide)
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        count = struct.unpack_from(order + ("Q" if big else "I"), data, entry + 4)[0]
        code, size = CODES.get(kind, ("B", 1))
        place = entry + 4 + wide
        if size * count > wide:
            place = struct.unpack_from(order + ("Q" if big else "I"), data, place)[0]
        found[tag] = struct.unpack_from(order + code * count, data, place)
    return found


def read_exif(block):
    """(main, EXIF, GPS) of a block."""
    order = "<" if block[:2] == b"II" else ">"
    main = read_directory(block, struct.unpack_from(order + "I", block, 4)[0], order)
    below = [read_directory(block, main[t][0], order) if t in main else {}
             for t in (0x8769, 0x8825)]
    return [main, *below]


# ---- TIFF -----------------------------------------------------------------------


def lzw(data):
    """Codes of 9 bits, the table cleared before it needs more."""
    bits, out = "", bytearray()
    for at in range(0, len(data), 200):
        bits += f"{256:09b}" + "".join(f"{b:09b}" for b in data[at:at + 200])
    bits += f"{257:09b}"
    bits += "0" * (-len(bits) % 8)
    for at in range(0, len(bits), 8):
        out.append(int(bits[at:at + 8], 2))
    return bytes(out)


def packbits(data, row=72):
    """No run crosses a row's end."""
    return b"".join(bytes([len(data[a:a + row]) - 1]) + data[a:a + row]
                    for a in range(0, len(data), row))


PACK = {1: bytes, 5: lzw, 8: zlib.compress, 32773: packbits, 7: bytes}
CODE = {(8, 1): "B", (16, 1): "H", (32, 3): "f", (16, 3): "e"}


def write_tiff(name, width, height, bits, channels, values, *, order="<", big=False,
               photometric=None, sample=1, compression=1, planes=False, tile=None,
               strip=None, tags=(), alpha=2, pages=1):
    """values: samples in order, interleaved; for bits < 8 packed rows."""
    if photometric is None:
        photometric = 2 if channels >= 3 else 1
    if compression == 7:
        pieces, rows = [values], height
    elif bits < 8:
        pieces, rows = [bytes(values)], height
    else:
        code = CODE[bits, sample]

        def pack(part):
            return struct.pack(f"{order}{len(part)}{code}", *part)

        def row(y, plane=None, x=0, n=width):
            start = (y * width + x) * channels
            part = list(values[start:start + n * channels])
            return part if plane is None else part[plane::channels]

        rows = strip or height
        if tile:
            pieces = []
            for top in range(0, height, tile):
                for left in range(0, width, tile):
                    part = []
                    for y in range(top, top + tile):
                        n = min(tile, width - left)
                        line = row(y, x=left, n=n) if y < height else [0] * (n * channels)
                        part += line + [0] * ((tile - n) * channels)
                    pieces.append(pack(part))
        else:
            pieces = [pack(sum((row(y, p) for y in range(t, min(t + rows, height))), []))
                      for p in (range(channels) if planes else (None,))
                      for t in range(0, height, rows)]
    packed = [PACK[compression](p) for p in pieces]
    mark = b"II" if order == "<" else b"MM"
    size = 16 if big else 8
    body, offsets = b"", []
    for p in packed:
        offsets.append(size + len(body))
        body += p + bytes(len(p) % 2)
    first = size + len(body)
    colours = 3 if photometric in (2, 6) else 1
    entries = [(256, 4, width), (257, 4, height), (258, 3, [bits] * channels),
               (259, 3, compression), (262, 3, photometric), (277, 3, channels),
               (284, 3, 2 if planes else 1), (339, 3, [sample] * channels)]
    if channels > colours:
        entries.append((338, 3, [alpha]))
    lengths = [len(p) for p in packed]
    if tile:
        entries += [(322, 4, tile), (323, 4, tile), (324, 4, offsets), (325, 4, lengths)]
    else:
        entries += [(278, 4, rows), (273, 4, offsets), (279, 4, lengths)]
    entries = [e for e in entries if e[0] not in {t[0] for t in tags}] + list(tags)
    head = mark + (struct.pack(order + "HHHQ", 43, 8, 0, first) if big
                   else struct.pack(order + "HI", 42, first))
    ifd = directory(entries, first, order, big)
    for _ in range(pages - 1):  # the next one is the same again
        wide = 8 if big else 4
        n = (8 if big else 2) + len(entries) * (4 + 2 * wide)
        after = first + len(ifd)
        ifd = (ifd[:n] + struct.pack(order + ("Q" if big else "I"), after) + ifd[n + wide:]
               + directory(entries, after, order, big))
    return write(name, head + body + ifd)


class Tiff:
    """Tags and, where nothing is compressed, samples."""

    def __init__(self, name):
        self.data = read(name)
        self.order = "<" if self.data[:2] == b"II" else ">"
        self.big = struct.unpack_from(self.order + "H", self.data, 2)[0] == 43
        at = struct.unpack_from(self.order + ("Q" if self.big else "I"), self.data,
                                8 if self.big else 4)[0]
        self.tags = read_directory(self.data, at, self.order, self.big)

    def below(self, tag):
        return (read_directory(self.data, self.tags[tag][0], self.order, self.big)
                if tag in self.tags else {})

    def samples(self):
        check(self.tags[259] == (1,), f"compression {self.tags[259]}")
        data = b"".join(self.data[a:a + n]
                        for a, n in zip(self.tags[273], self.tags[279]))
        code = CODE[self.tags[258][0], self.tags[339][0]]
        return list(struct.unpack(f"{self.order}{len(data) // struct.calcsize(code)}{code}",
                                  data))


# ---- JPEG and WebP --------------------------------------------------------------


def segments(name):
    """(code, bytes) of a JPEG's segments before its pixels."""
    data, at, found = read(name), 2, []
    while data[at] == 0xff and data[at + 1] != 0xda:
        size = struct.unpack(">H", data[at + 2:at + 4])[0]
        found.append((data[at + 1], data[at + 4:at + 2 + size]))
        at += 2 + size
    return found


def add_segments(name, target, *more):
    """After JFIF's."""
    data = read(name)
    at = 4 + struct.unpack(">H", data[4:6])[0]
    extra = b"".join(b"\xff" + bytes([code]) + struct.pack(">H", len(content) + 2)
                     + content for code, content in more)
    return write(target, data[:at] + extra + data[at:])


def webp_chunks(name):
    data, at, found = read(name), 12, {}
    while at + 8 <= len(data):
        size = struct.unpack("<I", data[at + 4:at + 8])[0]
        found[data[at:at + 4]] = data[at + 8:at + 8 + size]
        at += 8 + size + size % 2
    return found


def add_chunks(name, target, width, height, **more):
    """ICCP, EXIF and XMP_ around the picture of a simple WebP."""
    body = read(name)[12:]
    flags = (32 if "ICCP" in more else 0) | (8 if "EXIF" in more else 0) | (
        4 if "XMP_" in more else 0) | 16

    def part(kind, data):
        return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)

    data = part(b"VP8X", struct.pack("<I", flags) + struct.pack("<I", width - 1)[:3]
                + struct.pack("<I", height - 1)[:3])
    if "ICCP" in more:
        data += part(b"ICCP", more["ICCP"])
    data += body
    for key in ("EXIF", "XMP_"):
        if key in more:
            data += part(key.replace("_", " ").encode(), more[key])
    return write(target, b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + data)


def png_icc(profile):
    return chunk(b"iCCP", b"test\0\0" + zlib.compress(profile))
