# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Weight files: read, and written with other numbers under the same names."""
import json
import os
import struct

import torch

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


class WeightFile:
    """A file that reweave wrote, as a pattern for others of the same net."""

    def __init__(self, path):
        with open(path, "rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            self.header = json.loads(file.read(length))
            self.body = bytearray(file.read())
        self.metadata = self.header["__metadata__"]

    def names(self):
        return [name for name in self.header if name != "__metadata__"]

    def view(self, name):
        entry = self.header[name]
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(self.body, dtype=torch.uint8)[begin:end]
        return flat.view(DTYPES[entry["dtype"]]).view(entry["shape"])

    def read(self):
        return {name: self.view(name).float().clone() for name in self.names()}

    def recipe(self):
        """The keys of [train] as text."""
        keys, section = {}, ""
        for line in self.metadata["recipe"].splitlines():
            if line.startswith("["):
                section = line
            elif section == "[train]" and "=" in line:
                key, _, value = line.partition("=")
                keys[key.strip()] = value.strip()
        return keys

    def write(self, path, tensors, metadata):
        """Atomically, with @metadata in place of what the pattern says."""
        header = dict(self.header)
        header["__metadata__"] = {**self.metadata, **metadata}
        for name in self.names():
            self.view(name).copy_(tensors[name].detach().cpu())
        text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-(8 + len(text)) % 64)
        partial = path + ".partial"
        with open(partial, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text + self.body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)


def parse_numbers(recipe):
    """Those values of a recipe that are numbers as such."""
    result = {}
    for key, value in recipe.items():
        try:
            result[key] = int(value)
        except ValueError:
            try:
                result[key] = float(value)
            except ValueError:
                result[key] = value
    return result
