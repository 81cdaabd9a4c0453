#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""The README's C example, built against the installed library.

Started as SCRIPT REWEAVE SOURCE_ROOT COMPILER... in the build folder.
"""
import os
import re
import shutil
import subprocess
import sys

from toolbox import SOURCE, Skip, check, environment, main, path, write

COMPILER = sys.argv[3:]
ROOT = path("root")
BUILD = os.getcwd()


def call(*command, **more):
    result = subprocess.run(command, capture_output=True, text=True, check=False,
                            env={**environment(), **more})
    check(result.returncode == 0, f"{' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout


def find(name):
    for folder, _, names in os.walk(ROOT):
        if name in names:
            return os.path.join(folder, name)
    raise AssertionError(f"{name} is not installed")


def pkg_config(*arguments):
    """Of the library in ROOT, as if its prefix were there; what else it needs is
    the system's."""
    tool = shutil.which("pkg-config") or shutil.which("pkgconf")
    with open(find("reweave.pc"), encoding="utf-8") as file:
        text = re.sub(r"^prefix=", f"prefix={ROOT}", file.read(), flags=re.M)
    os.makedirs(path("pc"), exist_ok=True)
    write(path("pc", "reweave.pc"), text)
    return call(tool, *arguments, "reweave", PKG_CONFIG_PATH=path("pc")).split()


def installs():
    if not shutil.which("meson") or not (shutil.which("pkg-config")
                                         or shutil.which("pkgconf")):
        raise Skip("there is no meson or no pkg-config")
    call("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", ROOT, "--tags",
         "runtime,devel")
    library = find("libreweave.so")
    check(os.path.islink(library), library)
    check(os.readlink(library) == "libreweave.so.0", os.readlink(library))
    find("libreweave.a")
    check(find("reweave.h").endswith("include/reweave/reweave.h"), find("reweave.h"))
    with open(os.path.join(SOURCE, "meson.build"), encoding="utf-8") as file:
        version = re.search(r"version: '([^']+)'", file.read()).group(1)
    check(pkg_config("--modversion") == [version], version)


def example():
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```c\n(.*?)^```", file.read(), re.M | re.S)
    check(len(blocks) == 1, f"{len(blocks)} examples in C in the README")
    return write(path("example.c"), blocks[0])


def try_example(program, flags, **more):
    call(*COMPILER, "-Wall", "-Werror", example(), "-o", program, *flags)
    told = call(program, **more)
    before, after = map(float, re.search(r"([\d.]+) before, ([\d.]+) after",
                                         told).groups())
    check(0 < after < before / 3, told)


def example_of_the_shared_library():
    if not os.path.isdir(ROOT):
        raise Skip("nothing is installed")
    try_example(path("shared"), pkg_config("--cflags", "--libs"),
                LD_LIBRARY_PATH=os.path.dirname(find("libreweave.so")))


def example_of_the_static_library():
    if not os.path.isdir(ROOT):
        raise Skip("nothing is installed")
    flags = [find("libreweave.a") if flag == "-lreweave" else flag
             for flag in pkg_config("--static", "--cflags", "--libs")]
    try_example(path("static"), flags)


main([installs, example_of_the_shared_library, example_of_the_static_library])
