#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""The shape of the source tree: tree.py SOURCE_ROOT COMPILER...

Prints TAP: which file includes which, headers that stand alone, licence lines,
names, lengths, scripts.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]
COMPILER = sys.argv[2:] or ["cc"]

CODE = ("core", "plugin", "tools", "tests")
MAX_LINES = 500

# Folders of core/, lowest first: a file includes its own folder and lower ones.
ORDER = ["base", "kernels", "layers", "io", "nets", "weights", "tasks", "restore",
         "codec", "train", "explain"]
# Those that know less than all below them, and what they know.
KNOWS = {
    "kernels": [],
    "layers": ["base", "kernels"],
    "io": ["base"],
    "tasks": ["base", "io", "nets"],
}
# Folders in folders, and what they include of the folder around them besides
# their own; for tools, of all tools.
WITHIN = {
    "core/layers/conv": ["layers/layer.h"],
    "core/nets/text": ["nets/*.h"],
    "core/nets/infer": ["nets/*.h"],
    "core/train/data": ["train/recipe.h"],
    "core/train/loss": [],
    "core/train/optim": [],
    "core/train/eval": ["train/data/*", "train/loss/*"],
    "tools/cli": [],
    "tools/plot": [],
    "tools/apply": ["*.h", "cli/*"],
    "tools/bench": ["*.h", "cli/*"],
    "tools/bench/onednn": ["bench/*.h"],
    "tools/encode": ["*.h", "cli/*"],
    "tools/eval": ["*.h", "cli/*"],
    "tools/explain": ["*.h", "cli/*", "bench/bench-layers.h"],
    "tools/train": ["*.h", "cli/*", "plot/*"],
}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def find(*endings):
    """Files of ours below CODE, relative to ROOT."""
    for top in CODE:
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in sorted(names):
                if name.endswith(endings) and "__pycache__" not in folder:
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def includes(path):
    return re.findall(r'^\s*#\s*include\s*"([^"]+)"', read(path), re.M)


def is_core_header(name):
    """Relative to core/; generated lists count."""
    return os.path.exists(os.path.join(ROOT, "core", name)) or name.endswith(".def")


def check_core_includes():
    for path in find(".c", ".h"):
        parts = path.split("/")
        if parts[0] != "core" or len(parts) < 3:
            continue
        own = parts[1]
        knows = [own] + KNOWS.get(own, ORDER[:ORDER.index(own)])
        for name in includes(path):
            if name == "reweave.h" or (name.endswith(".def") and "/" not in name):
                allowed = own != "kernels"
            else:
                allowed = "/" in name and name.split("/")[0] in knows
            if not allowed:
                yield f"{path} includes {name}, which core/{own} does not know"


def matches(name, pattern):
    """A star stands for no slash."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*"), name)


def check_folders_within():
    for path in find(".c", ".h"):
        folder = os.path.dirname(path)
        top, _, own = folder.partition("/")
        if top not in ("core", "tools") or (top == "core" and "/" not in own) or not own:
            continue
        if folder not in WITHIN:
            yield f"{path}: {folder} has no row in WITHIN of tests/structure/tree.py"
            continue
        around = own.split("/")[0] + "/" if top == "core" else ""
        for name in includes(path):
            if (os.path.exists(os.path.join(ROOT, top, name))
                    and name.startswith(around)
                    and os.path.dirname(name) != own
                    and not any(matches(name, p) for p in WITHIN[folder])):
                yield f"{path} includes {name}, which {folder} does not know"


def check_core_folders():
    for name in sorted(os.listdir(os.path.join(ROOT, "core"))):
        if os.path.isdir(os.path.join(ROOT, "core", name)) and name not in ORDER:
            yield f"core/{name} has no place in ORDER of tests/structure/tree.py"


def check_plugin_includes():
    for path in find(".c", ".h"):
        if not path.startswith("plugin/"):
            continue
        for name in includes(path):
            beside = os.path.join(ROOT, os.path.dirname(path), name)
            if (name != "reweave.h" and is_core_header(name)
                    and not os.path.exists(beside)):
                yield f"{path} includes {name}; a plug-in sees reweave.h alone"


def check_islands():
    """kernels/ and the thread pool know neither GLib nor the rest."""
    for path in find(".c", ".h"):
        if (path.startswith("core/kernels/") or path == "core/base/parallel.c"
                or path == "core/base/parallel.h"):
            if re.search(r"#\s*include\s*<(glib|gobject|gio)", read(path)):
                yield f"{path} includes GLib, of which it must be free"


def compile_alone(header, language):
    flags = subprocess.run(
        ["pkg-config", "--cflags", "glib-2.0"], capture_output=True, text=True,
        check=True).stdout.split()
    with tempfile.TemporaryDirectory() as folder:
        unit = os.path.join(folder, "alone." + ("c" if language == "c" else "cc"))
        with open(unit, "w", encoding="utf-8") as file:
            file.write(f'#include "{header}"\n#include "{header}"\nint rw_alone;\n')
        return subprocess.run(
            COMPILER + ["-x", language, "-fsyntax-only", "-D_GNU_SOURCE", "-Wall",
                        "-Werror", "-I" + os.path.join(ROOT, "core")] + flags + [unit],
            capture_output=True, text=True, check=False)


def check_headers():
    """Every header in C; the public ones in C++ too."""
    for path in find(".h"):
        if not path.startswith("core/") or path == "core/kernels/vector.h":
            continue  # vector.h is compiled once a level, with its flags
        header = path[len("core/"):]
        languages = ["c"]
        if "/" not in header:
            languages.append("c++")
        text = read(path)
        if ".def\"" in text and re.search(r'#\s*include\s+"[a-z]+s\.def"', text):
            continue  # wants a generated list
        for language in languages:
            result = compile_alone(header, language)
            if result.returncode != 0:
                first = result.stderr.strip().splitlines()
                yield f"{path} alone as {language}: {first[0] if first else 'fails'}"


def check_licences():
    endings = (".c", ".h", ".py", ".sh", ".build", ".scm", ".def", ".ini")
    for path in find(*endings):
        text = read(path)
        for line in ("SPDX-License-Identifier: LGPL-3.0-or-later",
                     "SPDX-FileCopyrightText: The reweave authors"):
            if line not in text[:400] and not path.endswith(".def"):
                yield f"{path} lacks the line {line}"


def check_scripts():
    """Those without an ending, too, say whose they are and can be started."""
    for path in ["tools/quickstart", "tools/check", ".ci/run"] + [
            os.path.join("tools/dev", name)
            for name in sorted(os.listdir(os.path.join(ROOT, "tools/dev")))]:
        text = read(path) if os.path.isfile(os.path.join(ROOT, path)) else ""
        if text and "SPDX-License-Identifier: LGPL-3.0-or-later" not in text[:400]:
            yield f"{path} lacks its licence line"
        if text.startswith("#!") and not os.access(os.path.join(ROOT, path), os.X_OK):
            yield f"{path} is not executable"


def check_unit_tests():
    """Each is built and run."""
    listed = read("tests/meson.build")
    for path in find(".c"):
        match = re.fullmatch(r"tests/unit/test-([a-z0-9-]+)\.c", path)
        if match and f"'{match.group(1)}'" not in listed:
            yield f"{path} is not in the list of tests/meson.build"


def check_names():
    seen = {}
    for path in find(".c", ".h", ".py", ".sh", ".scm"):
        name = os.path.basename(path)
        if name in seen:
            yield f"{path} is called like {seen[name]}"
        seen[name] = path
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z]+", name):
            yield f"{path} is not named in-words-with-hyphens"


def check_lengths():
    for path in find(".c", ".h", ".py", ".sh"):
        n = read(path).count("\n")
        if n > MAX_LINES:
            yield f"{path} has {n} lines, at most {MAX_LINES} are allowed"


def check_left_open():
    words = "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3))
    for path in find(".c", ".h", ".py", ".sh", ".build", ".scm"):
        for number, line in enumerate(read(path).splitlines(), 1):
            if re.search(rf"\b({words})\b", line):
                yield f"{path}:{number} leaves something open"


def check_registries_in_readme():
    """Every loss, optimiser and schedule is told of."""
    lists = read("core/meson.build")
    told = read("tools/train/README.md")
    for registry in ("losses", "optimisers", "schedules"):
        entries = re.search(rf"^{registry} = \[(.*?)\]", lists, re.M | re.S)
        for name in re.findall(r"'([^']+)'", entries.group(1)):
            if f"`{name}`" not in told:
                yield f"tools/train/README.md does not name {name} of {registry}"


def check_version():
    """reweave.h has the version of meson.build."""
    header = read("core/reweave.h")
    told = ".".join(
        re.search(rf"^#define RW_VERSION_{part} (\d+)$", header, re.M).group(1)
        for part in ("MAJOR", "MINOR", "MICRO"))
    built = re.search(r"version: '([^']+)'", read("meson.build")).group(1)
    if told != built:
        yield f"core/reweave.h is of version {told}, meson.build of {built}"


def check_new_task():
    """CONTRIBUTING shows the task that tests/new-task builds."""
    shown = "".join(f"+{line}\n" for line in read("tests/new-task/fade.c").splitlines())
    words = re.search(r"^tasks = .*$", read("core/meson.build"), re.M).group(0)
    for part in (shown, f"-{words}\n+{words[:-1]}, 'fade']\n"):
        if part not in read("CONTRIBUTING.md"):
            yield f"CONTRIBUTING.md shows another task than {part[:60]}..."


ALONE = [
    ("core/base/parallel.c", r"\b(pthread_create|g_thread_new|g_thread_pool_new)\b",
     "makes threads; call rw_parallel_for"),
    ("core/base/sort.c", r"\bqsort\b", "calls qsort, which takes no NULL; call rw_sort"),
]


def check_alone():
    """What one file of core/ alone may call."""
    for path in find(".c"):
        for home, pattern, told in ALONE:
            if path.startswith("core/") and path != home:
                if re.search(pattern, read(path)):
                    yield f"{path} {told}"


CHECKS = [
    check_core_folders, check_core_includes, check_folders_within,
    check_plugin_includes, check_islands, check_headers, check_licences, check_names,
    check_lengths, check_left_open, check_registries_in_readme, check_alone, check_scripts,
    check_unit_tests, check_version, check_new_task,
]


def main():
    print(f"1..{len(CHECKS)}")
    failed = False
    for number, check in enumerate(CHECKS, 1):
        problems = list(check())
        failed |= bool(problems)
        name = check.__name__[len("check_"):].replace("_", " ")
        print(f"{'not ok' if problems else 'ok'} {number} {name}")
        for problem in problems:
            print(f"# {problem}")
    sys.exit(1 if failed else 0)


main()
