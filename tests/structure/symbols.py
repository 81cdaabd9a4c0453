#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What libraries export: symbols.py NM CORE.a [MODULE.so]

Every global symbol of the core begins with rw_, so that it cannot collide inside
a host; the GEGL module exports its two entry points and nothing else.
"""
import subprocess
import sys

nm, core = sys.argv[1:3]
module = sys.argv[3] if len(sys.argv) > 3 else None
ENTRIES = {"gegl_module_query", "gegl_module_register"}


def defined(*arguments):
    lines = subprocess.run([nm, "--defined-only", "--extern-only", *arguments],
                           capture_output=True, text=True, check=True).stdout
    fields = [line.split() for line in lines.splitlines()]
    return {f[-1] for f in fields if len(f) == 3}


def report(number, name, problems):
    print(f"{'not ok' if problems else 'ok'} {number} {name}")
    for problem in problems:
        print(f"# {problem}")
    return not problems


print(f"1..{2 if module else 1}")
# the sanitizers' own begin with an underscore
found = defined(core)
alien = sorted(s for s in found if not s.startswith(("rw_", "_")))
good = report(1, "the core's symbols begin with rw_",
              alien if found else ["no symbols at all"])
if module:
    exported = defined("-D", module)
    good &= report(2, "the GEGL module exports its two entry points",
                   sorted(exported ^ ENTRIES))
sys.exit(0 if good else 1)
