# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""PNG files of 8 and 16 bits a sample, without interlacing, for the tests."""
import struct
import zlib

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
CHANNELS = {kind: n for n, kind in COLOUR_TYPES.items()}
MAGIC = b"\x89PNG\r\n\x1a\n"


class Picture:
    """Samples row by row, pixel by pixel, as integers."""

    def __init__(self, width, height, channels, depth, samples):
        self.width = width
        self.height = height
        self.channels = channels
        self.depth = depth
        self.samples = samples

    def shape(self):
        return (self.width, self.height, self.channels, self.depth)

    def pasted(self, other, box):
        """A copy that has the other's samples in box = x0, y0, x1, y1."""
        x0, y0, x1, y1 = box
        samples = list(self.samples)
        for y in range(y0, y1):
            start = (y * self.width + x0) * self.channels
            end = (y * self.width + x1) * self.channels
            samples[start:end] = other.samples[start:end]
        return Picture(self.width, self.height, self.channels, self.depth,
                       samples)

    def save(self, path):
        code = "B" if self.depth == 8 else "H"
        row = self.width * self.channels
        rows = []
        for y in range(self.height):
            part = self.samples[y * row:(y + 1) * row]
            rows.append(b"\0" + struct.pack(">%d%s" % (row, code), *part))
        head = struct.pack(">IIBBBBB", self.width, self.height, self.depth,
                           COLOUR_TYPES[self.channels], 0, 0, 0)
        with open(path, "wb") as file:
            file.write(MAGIC + chunk(b"IHDR", head)
                       + chunk(b"IDAT", zlib.compress(b"".join(rows), 1))
                       + chunk(b"IEND", b""))


def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data)))


def chunks(data):
    place = len(MAGIC)
    while place < len(data):
        size, = struct.unpack_from(">I", data, place)
        yield data[place + 4:place + 8], data[place + 8:place + 8 + size]
        place += size + 12


def paeth(left, up, corner):
    guess = left + up - corner
    distance = (abs(guess - left), abs(guess - up), abs(guess - corner))
    return (left, up, corner)[distance.index(min(distance))]


def unfilter(kind, row, above, step):
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        guess = (0, left, above[i], (left + above[i]) // 2,
                 paeth(left, above[i], corner) if kind == 4 else 0)[kind]
        row[i] = (row[i] + guess) & 255


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    parts = list(chunks(data))
    width, height, depth, kind = struct.unpack_from(">IIBB", parts[0][1])
    channels = CHANNELS[kind]
    pixels = zlib.decompress(b"".join(d for k, d in parts if k == b"IDAT"))
    step = channels * depth // 8
    size = width * step
    samples = []
    above = bytearray(size)
    for y in range(height):
        start = y * (size + 1)
        row = bytearray(pixels[start + 1:start + 1 + size])
        if pixels[start]:
            unfilter(pixels[start], row, above, step)
        code = "B" if depth == 8 else "H"
        samples.extend(struct.unpack(">%d%s" % (width * channels, code), row))
        above = row
    return Picture(width, height, channels, depth, samples)


def to_linear(coded):
    v = coded / 255
    return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4


def mix(old, new, share):
    """As GIMP mixes by the selection: in linear light."""
    v = to_linear(old) + share * (to_linear(new) - to_linear(old))
    return 255 * (v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055)
