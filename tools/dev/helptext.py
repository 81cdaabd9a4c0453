# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What `reweave help` prints, taken apart: for man pages and completion."""
import os
import re
import subprocess


def run(reweave, *arguments):
    """Standard output, in English and UTF-8 whatever the user has set."""
    environment = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="C")
    return subprocess.run([reweave, *arguments], capture_output=True, check=True,
                          env=environment).stdout.decode()


def commands(reweave):
    """[(name, summary)], as the overview has them."""
    rows = re.search(r"^Commands:\n(.*?)\n\n", run(reweave, "help"), re.M | re.S)
    return [tuple(row.split(None, 1)) for row in rows.group(1).splitlines()]


def parse_option(line):
    """"  -o, --out=FILE   Text" as a dictionary, or None."""
    match = re.match(r"  (?:-(\w), )?--([\w-]+)(?:=(.*?))?(?:\s{2,}(.*))?$", line)
    if not match:
        return None
    short, long, value, text = match.groups()
    if value and text is None:  # GLib puts one space where there is no room
        value, _, text = value.partition(" ")
    return {"short": short, "long": long, "value": value, "text": text or ""}


def command(reweave, name):
    """usage, summary, options and the paragraphs below them, one of which may
    be of examples."""
    blocks = run(reweave, "help", name).strip("\n").split("\n\n")
    told = {"usage": "", "summary": "", "options": [], "paragraphs": [], "examples": []}
    for number, block in enumerate(blocks):
        lines = block.splitlines()
        if lines[0] == "Usage:":
            told["usage"] = lines[1].strip()
        elif number == 1:
            told["summary"] = block
        elif lines[0].endswith("Options:"):
            told["options"] += filter(None, map(parse_option, lines[1:]))
        elif lines[0] in ("Example:", "Examples:"):
            told["examples"] = [line[2:] for line in lines[1:]]
        else:
            told["paragraphs"].append(block)
    return told
