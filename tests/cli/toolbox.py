# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of the command share: a scratch folder, running, PNG, TAP.

A test script is started as  SCRIPT REWEAVE SOURCE_ROOT  in the build folder.
"""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import traceback
import zlib

REWEAVE = os.path.abspath(sys.argv[1])
SOURCE = os.path.abspath(sys.argv[2])

# A net that trains in no time.
TINY_NET = "input rgb sigma\nconv 4 | relu | conv 3 init=zero\nresidual\n"

# Programs that are tested stop at them, whether or not nohup or a shell's & runs this.
for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    signal.signal(ignored, signal.SIG_DFL)

SCRATCH = tempfile.mkdtemp(prefix="reweave-test-", dir=os.getcwd())


def path(*names):
    """A path in the scratch folder."""
    return os.path.join(SCRATCH, *names)


def environment():
    """Nothing of the user's own reaches the test."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("REWEAVE_")}
    kept.update(HOME=SCRATCH, XDG_DATA_HOME=path("data-home"),
                XDG_DATA_DIRS=path("data-dirs"), LC_ALL="C.UTF-8",
                OPENBLAS_NUM_THREADS="1")
    return kept


def run(*arguments, code=0, **options):
    """Runs reweave and checks its exit status, unless code is None."""
    options.setdefault("cwd", SCRATCH)
    options.setdefault("env", environment())
    result = subprocess.run(
        [REWEAVE, *map(str, arguments)], capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=300, check=False,
        **options)
    check(code is None or result.returncode == code,
          f"reweave {' '.join(map(str, arguments))}: exit {result.returncode}, "
          f"expected {code}\n{result.stdout}{result.stderr}")
    return result


def run_json(*arguments, **options):
    return json.loads(run(*arguments, "--json", **options).stdout)


def start(*arguments, **options):
    options.setdefault("cwd", SCRATCH)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen(
        [REWEAVE, *map(str, arguments)], text=True, env=environment(),
        stdin=subprocess.DEVNULL, **options)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def same(a, b):
    with open(a, "rb") as x, open(b, "rb") as y:
        return x.read() == y.read()


def read(name):
    with open(name, "rb") as file:
        return file.read()


def write(name, data):
    with open(name, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    return name


def tree(folder):
    """Every file below a folder with its bytes."""
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(top, name)
            found[os.path.relpath(full, folder)] = read(full)
    return found


# ---- PNG ----------------------------------------------------------------------

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels: PNG's number


def chunk(name, data):
    return (struct.pack(">I", len(data)) + name + data
            + struct.pack(">I", zlib.crc32(name + data)))


def write_png(name, width, height, channels, depth, samples, extra=b""):
    """samples: a function (x, y, channel) -> int."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            for c in range(channels):
                rows += int(samples(x, y, c)).to_bytes(depth // 8, "big")
    header = struct.pack(">IIBBBBB", width, height, depth,
                         COLOUR_TYPES[channels], 0, 0, 0)
    write(name, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
          + chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + chunk(b"IEND", b""))
    return name


def chunks_of(name):
    data, at, found = read(name), 8, {}
    check(data[:8] == b"\x89PNG\r\n\x1a\n", f"{name} is not a PNG")
    while at < len(data):
        size = struct.unpack(">I", data[at:at + 4])[0]
        kind = data[at + 4:at + 8]
        found[kind] = found.get(kind, b"") + data[at + 8:at + 8 + size]
        at += 12 + size
    return found


def paeth(a, b, c):
    p = a + b - c
    near = min(abs(p - a), abs(p - b), abs(p - c))
    return a if near == abs(p - a) else b if near == abs(p - b) else c


def read_png(name):
    """(width, height, channels, depth, samples in order)"""
    found = chunks_of(name)
    width, height, depth, kind = struct.unpack(">IIBB", found[b"IHDR"][:10])
    channels = {number: n for n, number in COLOUR_TYPES.items()}[kind]
    step = channels * depth // 8
    raw = zlib.decompress(found[b"IDAT"])
    length = width * step
    above, samples = bytearray(length), []
    for y in range(height):
        method = raw[y * (length + 1)]
        row = bytearray(raw[y * (length + 1) + 1:(y + 1) * (length + 1)])
        for i in range(length):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            row[i] = (row[i] + (0, left, above[i], (left + above[i]) // 2,
                                paeth(left, above[i], corner))[method]) & 255
        samples += (list(row) if depth == 8 else
                    list(struct.unpack(f">{length // 2}H", bytes(row))))
        above = row
    return width, height, channels, depth, samples


def noise(x, y, c, top=255):
    """Repeatable, without pattern."""
    return (x * 7919 + y * 104729 + c * 1299709) * 2654435761 % 4294967296 * top >> 32


# ---- weight files -----------------------------------------------------------------


def tiny_weights(name="tiny.safetensors", *extra, steps=3):
    """Trains the tiny net for a moment."""
    net = write(path("tiny.net"), TINY_NET)
    run("train", "--task", "white-noise", "--data", "synth:2", "--net", net, "--steps",
        steps, "--batch", 2, "--patch", 16, "--lr", 0.02, "--warmup", 0, "--ema", 0, "--val", "none",
        "--out", path(name), *extra)
    return path(name)


def change_metadata(source, target, **changes):
    data = read(source)
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header["__metadata__"].update(changes)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    return write(target, struct.pack("<Q", len(text)) + text + data[8 + size:])


# ---- TAP --------------------------------------------------------------------------


class Skip(Exception):
    """What a test needs is not here; says what."""


def main(tests):
    """Runs functions in order and ends the process."""
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {number} {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} {name} # SKIP {reason}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    if not failed:
        shutil.rmtree(SCRATCH)
    sys.exit(1 if failed else 0)
