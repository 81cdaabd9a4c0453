#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""The operations through the gegl command: test-gegl-cli.py GEGL MAKE_WEIGHTS

GEGL_PATH has to hold the module's folder and GEGL's own.  Prints TAP.
"""
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

GEGL, MAKE_WEIGHTS = sys.argv[1], os.path.abspath(sys.argv[2])
SEED = 5
WIDTH, HEIGHT = 150, 130
MOVE = ("gegl:translate", "x=-70", "y=-60")  # the corner of four blocks is inside
LEVEL = "level=30"


# ---- PNG -------------------------------------------------------------------

def write_png(path, width, height, channels, samples):
    """8-bit samples as bytes; channels 1 to 4."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    stride = width * channels
    rows = b"".join(b"\0" + samples[i:i + stride] for i in range(0, len(samples), stride))
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n"
                   + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def paeth(a, b, c):
    distances = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    return (a, b, c)[distances.index(min(distances))]


def unfilter(kind, row, above, step):
    if kind == 0:
        return row
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        add = {1: left, 2: above[i], 3: (left + above[i]) // 2}.get(kind)
        row[i] = (row[i] + (paeth(left, above[i], corner) if add is None else add)) & 255
    return row


def read_png(path):
    """(width, height, channels, depth, samples)"""
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    channels = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
    step = channels * depth // 8
    raw, stride = zlib.decompress(packed), width * step
    above, rows = bytearray(stride), []
    for i in range(0, len(raw), stride + 1):
        above = unfilter(raw[i], bytearray(raw[i + 1:i + 1 + stride]), above, step)
        rows.append(bytes(above))
    return width, height, channels, depth, b"".join(rows)


def scene(width, height, channels):
    """Shades, edges and noise; alpha from 0 to 255."""
    noise = random.Random(SEED)
    samples = bytearray()
    for y in range(height):
        for x in range(width):
            base = 60 + 70 * ((x // 37 + y // 29) % 2) + x // 9
            pixel = [max(0, min(255, base + 11 * c + round(noise.gauss(0, 20)))) for c in range(3)]
            alpha = 0 if (x // 50 + y // 50) % 5 == 0 else min(255, x + 1)
            samples += bytes({1: pixel[:1], 3: pixel, 4: pixel + [alpha]}[channels])
    return bytes(samples)


# ---- gegl ------------------------------------------------------------------

def run(*arguments, **environment):
    """What gegl printed to stderr."""
    settings = {**os.environ, **environment}
    done = subprocess.run([GEGL, *arguments], env=settings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"gegl {' '.join(arguments)}: exit {done.returncode}: {done.stderr}"
    return done.stderr


def restore(path, *operations, source=None, bits=16, **environment):
    """The picture that the chain makes of @source."""
    operations = operations or MEND
    inputs = [] if source is None else [source]
    errors = run(*inputs, "--", *operations, "gegl:png-save", f"path={path}", f"bitdepth={bits}", **environment)
    assert errors == "", errors
    return read_png(path)


# ---- tests -----------------------------------------------------------------

def test_settings_of_gegl():
    whole = restore("whole.png", *MOVE, *MEND, source="rgb.png")
    assert whole[:4] == (WIDTH, HEIGHT, 3, 16), whole[:4]
    for settings in ({"GEGL_THREADS": "1"}, {"GEGL_THREADS": "2"}, {"GEGL_THREADS": "4"},
                     {"GEGL_CHUNK_SIZE": "4096"}, {"GEGL_CHUNK_SIZE": "16384", "GEGL_THREADS": "4"},
                     {"GEGL_TILE_SIZE": "64x64"}, {"REWEAVE_CACHE": "0", "GEGL_CHUNK_SIZE": "16384"},
                     {"GEGL_CACHE_SIZE": "1", "GEGL_SWAP": os.getcwd()},
                     {"GEGL_MIPMAP_RENDERING": "1"}):
        part = restore("part.png", *MOVE, *MEND, source="rgb.png", **settings)
        assert part == whole, settings


def test_measured_level():
    whole = restore("whole.png", *MOVE, "reweave:white-noise", WEIGHTS, source="rgb.png")
    given = restore("given.png", *MOVE, *MEND, source="rgb.png")
    assert whole != given
    for settings in ({"GEGL_CHUNK_SIZE": "4096"}, {"GEGL_THREADS": "4", "GEGL_CHUNK_SIZE": "4096"}):
        part = restore("part.png", *MOVE, "reweave:white-noise", WEIGHTS, source="rgb.png", **settings)
        assert part == whole, settings


def test_changes_the_picture():
    before = restore("before.png", "gegl:nop", source="rgb.png", bits=8)
    after = restore("after.png", source="rgb.png", bits=8)
    changed = sum(a != b for a, b in zip(before[4], after[4]))
    assert changed > len(before[4]) / 2, changed


def test_strength_0():
    for name, channels in (("rgb.png", 3), ("rgba.png", 4), ("grey.png", 1)):
        plain = read_png(name)
        kept = restore("kept.png", *MEND, "strength=0", source=name, bits=8)
        assert kept == plain, name


def test_alpha_and_grey():
    plain = read_png("rgba.png")
    mended = restore("mended.png", source="rgba.png", bits=8)
    assert mended[:4] == plain[:4]
    assert mended[4][3::4] == plain[4][3::4]
    hidden = [i for i in range(0, len(plain[4]), 4) if plain[4][i + 3] == 0]
    assert hidden and all(mended[4][i:i + 4] == plain[4][i:i + 4] for i in hidden)
    assert restore("mended.png", source="grey.png")[2] == 1


def test_places():
    whole = restore("whole.png", source="rgb.png")
    moved = restore("moved.png", "gegl:translate", "x=-1024", "y=512", *MEND, source="rgb.png")
    assert moved == whole
    crop = ["gegl:crop", "x=37", "y=41", "width=95", "height=83"]
    for place in (["x=-70", "y=-60"], ["x=440", "y=-3"]):
        first = restore("first.png", *crop, "gegl:translate", *place, *MEND, source="rgb.png")
        again = restore("again.png", *crop, "gegl:translate", *place, *MEND, source="rgb.png",
                        GEGL_CHUNK_SIZE="1024", GEGL_TILE_SIZE="32x32")
        assert first[:2] == (95, 83) and first == again, place


def test_one_pixel():
    write_png("dot.png", 1, 1, 3, b"\x40\x80\xc0")
    assert restore("out.png", source="dot.png")[:2] == (1, 1)
    assert restore("out.png", "reweave:white-noise", WEIGHTS, source="dot.png")[:2] == (1, 1)


def test_endless_plane():
    crop = ["gegl:crop", "width=90", "height=80"]
    plain = restore("plain.png", "gegl:checkerboard", *crop)
    assert restore("out.png", "gegl:checkerboard", *MEND, *crop) == plain


def test_composition():
    whole = restore("whole.png", *MEND, source="rgb.png")
    with open("chain.xml", "w", encoding="utf-8") as file:
        file.write(f"""<?xml version='1.0' encoding='UTF-8'?>
<gegl>
  <node operation='reweave:white-noise'><params>
    <param name='level'>30</param><param name='weights'>{WEIGHTS.partition("=")[2]}</param>
  </params></node>
  <node operation='gegl:load'><params>
    <param name='path'>{os.getcwd()}/rgb.png</param>
  </params></node>
</gegl>
""")
    errors = run("chain.xml", "-o", "xml.png")
    assert errors == "", errors
    assert read_png("xml.png") == whole


def write_mask():
    """White in a corner and along a line, black elsewhere."""
    samples = bytearray(WIDTH * HEIGHT)
    for y in range(HEIGHT):
        for x in range(WIDTH):
            if (x < 20 and y < 30) or 60 <= y < 63:
                samples[y * WIDTH + x] = 255
    write_png("mask.png", WIDTH, HEIGHT, 1, bytes(samples))
    return samples


def test_mask():
    """Only what is white in the mask changes; without a mask and what finds one nothing does."""
    mask, plain = write_mask(), read_png("rgb.png")
    fill = ("reweave:inpaint", f"weights={os.getcwd()}/hole.safetensors")
    whole = restore("hole.png", *fill, "aux=[", "gegl:load", "path=mask.png", "]", source="rgb.png", bits=8)
    assert whole[:4] == plain[:4], whole[:4]
    changed = [i for i in range(WIDTH * HEIGHT) if whole[4][3 * i:3 * i + 3] != plain[4][3 * i:3 * i + 3]]
    assert len(changed) > 500 and all(mask[i] == 255 for i in changed), len(changed)
    empty = os.path.join(os.getcwd(), "empty")
    errors = run("rgb.png", "--", *fill, "gegl:png-save", "path=same.png", "bitdepth=8",
                 REWEAVE_WEIGHTS=empty, XDG_DATA_HOME=empty, XDG_DATA_DIRS=empty)
    assert "give a mask" in errors and errors.count("WARNING") == 1, errors
    assert read_png("same.png") == plain
    for settings in ({"GEGL_CHUNK_SIZE": "4096"}, {"GEGL_THREADS": "4", "REWEAVE_CACHE": "0"}):
        part = restore("part.png", *fill, "aux=[", "gegl:load", "path=mask.png", "]", source="rgb.png", bits=8,
                       **settings)
        assert part == whole, settings


def test_larger():
    """Twice the size, whatever the chunks, and moved by twice as much."""
    twice = ("reweave:upscale", f"weights={os.getcwd()}/twice.safetensors")
    whole = restore("twice.png", *twice, source="rgba.png")
    assert whole[:3] == (2 * WIDTH, 2 * HEIGHT, 4), whole[:4]
    for settings in ({"GEGL_CHUNK_SIZE": "4096"}, {"GEGL_TILE_SIZE": "64x64", "GEGL_THREADS": "4"}):
        assert restore("part.png", *twice, source="rgba.png", **settings) == whole, settings
    moved = restore("moved.png", *MOVE, *twice, source="rgba.png")
    again = restore("again.png", *MOVE, *twice, source="rgba.png", GEGL_CHUNK_SIZE="1024")
    assert moved == again and moved[:2] == whole[:2]


def test_composition_with_mask():
    """As plugin/gegl/README.md shows it."""
    write_mask()
    weights = [f"weights={os.getcwd()}/{name}.safetensors" for name in ("hole", "twice")]
    whole = restore("whole.png", "reweave:inpaint", weights[0], "aux=[", "gegl:load", "path=mask.png", "]",
                    "reweave:upscale", weights[1], source="rgb.png")
    params = [f"<params><param name='weights'>{text.partition('=')[2]}</param></params>" for text in weights]
    load = "<node operation='gegl:load'><params><param name='path'>{}/{}.png</param></params></node>"
    with open("masked.xml", "w", encoding="utf-8") as file:
        file.write(f"""<?xml version='1.0' encoding='UTF-8'?>
<gegl>
  <node operation='reweave:upscale'>{params[1]}</node>
  <node operation='reweave:inpaint'>{params[0]}
    {load.format(os.getcwd(), "mask")}
  </node>
  {load.format(os.getcwd(), "rgb")}
</gegl>
""")
    errors = run("masked.xml", "-o", "xml.png")
    assert errors == "", errors
    assert read_png("xml.png") == whole


def test_bad_weights():
    plain = restore("plain.png", "gegl:nop", source="rgb.png", bits=8)
    with open("broken.safetensors", "wb") as file:
        file.write(b"\xff" * 64)
    for weights, words in (("missing.safetensors", ["missing.safetensors"]),
                           ("broken.safetensors", ["broken.safetensors"]),
                           ("foreign.safetensors", ["foreign.safetensors", "dejpeg", "white-noise"])):
        errors = run("rgb.png", "--", "reweave:white-noise", f"weights={os.getcwd()}/{weights}",
                     "gegl:png-save", "path=same.png", "bitdepth=8", GEGL_CHUNK_SIZE="4096")
        assert all(word in errors for word in words), errors
        assert errors.count("WARNING") == 1, errors
        assert read_png("same.png") == plain, weights


def test_information():
    """Each operation says what it is; none is initialised with a complaint."""
    listed = subprocess.run([GEGL, "--list-all"], capture_output=True, text=True, check=True)
    names = [line for line in listed.stdout.split() if line.startswith("reweave:")]
    assert {"reweave:denoise", "reweave:white-noise", "reweave:restore-with"} <= set(names), names
    for name in names:
        told = subprocess.run([GEGL, "--info", name], capture_output=True, text=True, check=True,
                              errors="replace")  # it prints a pointer as text
        assert told.stderr == "", told.stderr
        own = "path" if name.startswith("reweave:rwi-") else "strength"
        for word in (name, own, "weights"):
            assert word in told.stdout, (word, told.stdout)


def test_missing_default():
    """A task whose weights are not installed hands the picture on and says so."""
    plain = restore("plain.png", "gegl:nop", source="rgb.png", bits=8)
    empty = os.path.join(os.getcwd(), "empty")
    errors = run("rgb.png", "--", "reweave:lowlight", "gegl:png-save", "path=same.png", "bitdepth=8",
                 REWEAVE_WEIGHTS=empty, XDG_DATA_HOME=empty, XDG_DATA_DIRS=empty)
    assert "lowlight-m" in errors and errors.count("WARNING") == 1, errors
    assert read_png("same.png") == plain


def test_installed_twice():
    """The second copy stands aside with one warning; the first works."""
    whole = restore("whole.png", source="rgb.png")
    module = next(path for path in (os.path.join(folder, "reweave.so")
                                    for folder in os.environ["GEGL_PATH"].split(os.pathsep))
                  if os.path.exists(path))
    os.makedirs("second", exist_ok=True)
    shutil.copy(module, "second")
    path = os.pathsep.join([os.path.join(os.getcwd(), "second"), os.environ["GEGL_PATH"]])
    errors = run("rgb.png", "--", *MEND, "gegl:png-save", "path=twice.png", "bitdepth=16", GEGL_PATH=path)
    assert errors.count("WARNING") == 1 and "installed twice" in errors, errors
    assert read_png("twice.png") == whole


def main():
    global WEIGHTS, MEND
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    failed = 0
    print(f"1..{len(tests)}")
    with tempfile.TemporaryDirectory(prefix="reweave-gegl-") as folder:
        os.chdir(folder)
        for name, channels in (("rgb.png", 3), ("rgba.png", 4), ("grey.png", 1)):
            write_png(name, WIDTH, HEIGHT, channels, scene(WIDTH, HEIGHT, channels))
        subprocess.run([MAKE_WEIGHTS, "net.safetensors", "white-noise", "7"], check=True)
        subprocess.run([MAKE_WEIGHTS, "foreign.safetensors", "dejpeg", "7"], check=True)
        subprocess.run([MAKE_WEIGHTS, "hole.safetensors", "inpaint", "7"], check=True)
        subprocess.run([MAKE_WEIGHTS, "twice.safetensors", "upscale", "7"], check=True)
        WEIGHTS = f"weights={folder}/net.safetensors"
        MEND = ("reweave:white-noise", LEVEL, WEIGHTS)
        for number, (name, test) in enumerate(tests, 1):
            try:
                test()
                print(f"ok {number} {name}")
            except Exception as error:  # the next test runs all the same
                failed += 1
                print(f"not ok {number} {name}")
                print("# " + f"{type(error).__name__}: {error}".replace("\n", "\n# ")[:2000])
            sys.stdout.flush()
        os.chdir("/")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
