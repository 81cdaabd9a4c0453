#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What libraries export: symbols.py NM REWEAVE_H LIBREWEAVE ARCHIVE... [MODULE]

The shared libreweave exports the functions that reweave.h declares and nothing
else.  Every global symbol of the archives begins with rw_, so that it cannot
collide inside a host; the GEGL module exports its two entry points and nothing
else.
"""
import re
import subprocess
import sys

nm, header, library = sys.argv[1:4]
archives = [name for name in sys.argv[4:] if name.endswith(".a")]
modules = [name for name in sys.argv[4:] if not name.endswith(".a")]
ENTRIES = {"gegl_module_query", "gegl_module_register"}


def defined(*arguments):
    lines = subprocess.run([nm, "--defined-only", "--extern-only", *arguments],
                           capture_output=True, text=True, check=True).stdout
    fields = [line.split() for line in lines.splitlines()]
    return {f[-1] for f in fields if len(f) == 3}


def declared():
    """The functions of the public header."""
    with open(header, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    return set(re.findall(r"^\w[\w \*]*?\b(rw_\w+) \(", text, re.M))


def report(number, name, problems):
    print(f"{'not ok' if problems else 'ok'} {number} {name}")
    for problem in problems:
        print(f"# {problem}")
    return not problems


print(f"1..{2 + len(modules)}")
found = set().union(*map(defined, archives))
# the sanitizers' own begin with an underscore
alien = sorted(s for s in found if not s.startswith(("rw_", "_")))
good = report(1, "the core's symbols begin with rw_",
              alien if found else ["no symbols at all"])
exported = {s for s in defined("-D", library) if not s.startswith("_")}
good &= report(2, "libreweave exports what reweave.h declares",
               sorted(exported ^ declared()))
for module in modules:
    good &= report(3, "the GEGL module exports its two entry points",
                   sorted(defined("-D", module) ^ ENTRIES))
sys.exit(0 if good else 1)
