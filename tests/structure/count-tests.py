#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What tools/dev/count-tests makes of runs that meson really made."""
import os
import subprocess
import sys
import tempfile

SOURCE, MESON = sys.argv[1], sys.argv[2:]
COUNT = os.path.join(SOURCE, "tools/dev/count-tests")
WELL = "echo 1..2; echo ok 1 first; echo 'ok 2 second # SKIP no zsh'"
WRONG = ("echo 1..41; echo not ok 1 - early; "
         "for i in `seq 2 41`; do echo ok $i case-$i; done; echo what went wrong >&2; exit 1")


def project(folder, tests):
    """Builds a project of these tests, runs them and has them counted."""
    lines = ["project('tried', version: '0')"]
    for name, script, options in tests:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(script + "\n")
        lines.append(f"test('{name}', find_program('sh'), args: files('{name}'), {options})")
    with open(os.path.join(folder, "meson.build"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    build = os.path.join(folder, "built")
    subprocess.run([*MESON, "setup", build, folder], check=True, capture_output=True)
    ran = subprocess.run([*MESON, "test", "-C", build], check=False, capture_output=True)
    return count(ran.returncode, os.path.join(build, "meson-logs/testlog.junit.xml"))


def count(status, *files):
    told = subprocess.run([sys.executable, COUNT, str(min(status, 1)), *files],
                          check=False, capture_output=True, text=True)
    return told.returncode, told.stdout.splitlines(), told.stderr


def expect(holds, told):
    if not holds:
        raise AssertionError("\n# ".join(map(str, told)))


def all_is_well(folder):
    code, lines, _ = told = project(folder, [("well", WELL, "protocol: 'tap'"),
                                             ("plain", "exit 0", "suite: 'core'")])
    expect(code == 0 and lines == ["2 passed, 0 failed, 1 skipped"], told)


def failures_at_the_end(folder):
    code, lines, _ = told = project(folder, [
        ("well", WELL, "protocol: 'tap'"), ("wrong", WRONG, "protocol: 'tap'"),
        ("plain", "echo it is broken; exit 3", "suite: 'core'"),
        ("late", "echo 1..1; echo still here; sleep 60", "protocol: 'tap', timeout: 1")])
    # 40 cases of wrong and one of well; one of wrong, plain, and late, of which no case tells
    expect(code == 1 and lines[-1] == "41 passed, 3 failed, 1 skipped", told)
    heads = [line for line in lines if line.startswith("==== built: ")]
    expect(len(heads) == 3, told)
    for words in (("wrong", "exit status 1"), ("plain", "exit status 3"),
                  ("late", "ran out of time")):
        expect(any(all(word in head for word in words) for head in heads), told)
    printed = [line.strip() for line in lines]
    for line in ("not ok 1 - early", "ok 41 case-41", "what went wrong", "it is broken",
                 "still here"):
        expect(line in printed, told)
    # the last 30 only, but for what failed
    expect("ok 12 case-12" in printed and "ok 11 case-11" not in printed, told)


def nothing_ran(folder):
    code, lines, errors = told = count(0, os.path.join(folder, "none.xml"))
    expect(code == 1 and lines == ["0 passed, 1 failed"] and "is not there" in errors, told)


def main():
    tests = [all_is_well, failures_at_the_end, nothing_ran]
    print(f"1..{len(tests)}")
    failed = False
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            with tempfile.TemporaryDirectory() as folder:
                test(folder)
            print(f"ok {number} {name}")
        except AssertionError as problem:
            failed = True
            print(f"not ok {number} {name}\n# {problem}")
    sys.exit(1 if failed else 0)


main()
