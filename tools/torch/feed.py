# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What `reweave train --feed` gives: first weights, validation pictures, batches."""
import os
import queue
import struct
import subprocess
import threading

import torch

AHEAD = 4  # batches that wait


class FeedError(RuntimeError):
    """What reweave said when it failed."""


class Feed:
    """@words: options of reweave train; the first weights go to @pattern."""

    def __init__(self, reweave, words, first, pattern):
        command = [reweave, "train", *words, "--feed", str(first), "--out", pattern,
                   "--force"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.pipe = self.process.stdout
        self.head = self.read_head()
        self.planes, self.batch = self.head["planes"], self.head["batch"]
        self.scale = self.head["scale"]
        self.pictures = [self.read_picture() for _ in range(self.head["validation"])]
        self.waiting = queue.Queue(AHEAD)
        threading.Thread(target=self.read_ahead, daemon=True).start()

    def read_head(self):
        if self.pipe.readline() != b"reweave-feed 1\n":
            self.fail()
        head = {}
        for line in iter(self.pipe.readline, b"\n"):
            if not line:
                self.fail()
            key, value = line.decode().split()
            head[key] = int(value)
        return head

    def fail(self):
        """reweave has said why, on standard error."""
        code = self.process.wait()
        raise FeedError(f"reweave train --feed ended with {code}")

    def read_numbers(self, kind, n):
        size = struct.calcsize("<" + kind)
        data = bytearray(n * size)
        if self.pipe.readinto(data) != len(data):
            raise EOFError
        return data

    def read_integers(self, n):
        return struct.unpack(f"<{n}i", self.read_numbers("i", n))

    def read_images(self, n, height, width, channels):
        data = self.read_numbers("f", n * height * width * channels)
        values = torch.frombuffer(data, dtype=torch.float32)
        return values.view(n, height, width, channels).permute(0, 3, 1, 2)

    def read_picture(self):
        width, height = self.read_integers(2)
        return (self.read_images(1, height, width, self.planes),
                self.read_images(1, height * self.scale, width * self.scale, 3))

    def read_batch(self):
        side, = self.read_integers(1)
        return (self.read_images(self.batch, side, side, self.planes),
                self.read_images(self.batch, side * self.scale, side * self.scale, 3))

    def read_ahead(self):
        try:
            while True:
                self.waiting.put(self.read_batch())
        except (EOFError, struct.error, ValueError, OSError) as error:
            self.waiting.put(error)

    def next(self):
        """Inputs and what is clean, of the batch that is next."""
        batch = self.waiting.get()
        if isinstance(batch, Exception):
            self.fail()
        return batch

    def close(self):
        self.process.terminate()
        self.process.wait()


def find_reweave():
    """$REWEAVE, or the command in the path."""
    return os.environ.get("REWEAVE", "reweave")
