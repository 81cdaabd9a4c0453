#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Man pages, completion and the table of tasks: all made from the command.

Started as SCRIPT REWEAVE SOURCE_ROOT [FOLDER], where FOLDER has the pages and
the completion.
"""
import os
import re
import shutil
import subprocess
import sys

from toolbox import SOURCE, Skip, check, main, read, run, run_json

FOLDER = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None


def commands():
    rows = re.search(r"^Commands:\n(.*?)\n\n", run("help").stdout, re.M | re.S)
    return [row.split()[0] for row in rows.group(1).splitlines()]


def options(command):
    return re.findall(r"^  (?:-\w, )?(--[\w-]+)", run("help", command).stdout, re.M)


def made(name):
    if not FOLDER:
        raise Skip("they are not built")
    return os.path.join(FOLDER, name)


def pages():
    return [made(f"reweave-{command}.1") for command in commands()] + [made("reweave.1")]


def every_command_has_a_page():
    for page in pages():
        check(os.path.exists(page), f"{page}: is not there; name its command in "
              "tools/meson.build")
    for command in commands():
        text = read(made(f"reweave-{command}.1")).decode().replace("\\-", "-")
        for option in options(command):
            check(f"\\fB{option}\\fR" in text, f"{option} of {command}")
        check(".SH EXAMPLES" in text, command)


def pages_are_clean():
    """mandoc or groff has nothing to say of them."""
    if shutil.which("mandoc"):
        lint = ["mandoc", "-T", "lint", "-W", "warning"]
    elif shutil.which("groff"):
        lint = ["groff", "-man", "-ww", "-Tutf8", "-K", "utf8", "-z"]
    else:
        raise Skip("there is neither mandoc nor groff")
    for page in pages():
        result = subprocess.run([*lint, page], capture_output=True, text=True,
                                check=False)
        check(result.returncode == 0 and not result.stderr and not result.stdout,
              f"{page}: {result.stdout}{result.stderr}")


def complete(*words):
    """What bash offers for the last of the words."""
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_reweave; printf "%s\\n" "${COMPREPLY[@]}"')
    result = subprocess.run(
        ["bash", "-c", script, "bash", made("reweave"), "reweave", *words],
        capture_output=True, text=True, check=False, cwd=SOURCE)
    check(result.returncode == 0 and not result.stderr, result.stderr)
    return result.stdout.split()


def bash_completes():
    if not shutil.which("bash"):
        raise Skip("there is no bash")
    told = subprocess.run(["bash", "-c", f". '{made('reweave')}'; complete -p reweave"],
                          capture_output=True, text=True, check=True).stdout
    check("_reweave" in told, told)
    check(complete("") == [*commands(), "help"], complete(""))
    check(complete("ap") == ["apply"], complete("ap"))
    check(complete("help", "ev") == ["eval"], complete("help", "ev"))
    check("--save-quality" in complete("apply", "--sa"), complete("apply", "--sa"))
    for command in commands():
        offered = complete(command, "--")
        check(set(options(command)) <= set(offered), (command, offered))
    tasks = [task["name"] for task in run_json("tasks")["tasks"]]
    check(complete("train", "--task", "") == tasks, complete("train", "--task", ""))
    check(complete("train", "--task", "=", "upsc") == ["upscale"], "after =")
    check("README.md" in complete("info", "READ"), complete("info", "READ"))
    check("README.md" in complete("train", "--data", "READ"), "a file")
    check(complete("apply", "--strength", "") == [], "names for a number")


def zsh_reads_it():
    if not shutil.which("zsh"):
        raise Skip("there is no zsh")
    subprocess.run(["zsh", "-n", made("_reweave")], check=True)


def tasks_are_listed():
    told = run_json("tasks")["tasks"]
    names = [task["name"] for task in told]
    check("denoise" in names and "white-noise" in names, names)
    text = run("tasks").stdout
    for task in told:
        check(f"{task['name']}: {task['title']}" in text, text)
        for control in task["controls"]:
            check(f"--{control['name']}" in text, control)
            check(control["least"] < control["default"] <= control["most"], control)
            check(f"--{control['name']}" in options("apply"), control)
    installed = {task["weights"]: task for task in told if task["installed"]}
    check(installed["white-noise-m"]["parameters"] == 658300, installed)
    run("tasks", "--json", "--markdown", code=2)


def readme_has_the_table_of_tasks():
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    table = run("tasks", "--markdown").stdout
    check(table in readme, "README.md: its table of tasks is another than that of "
          f"reweave tasks --markdown, which is\n{table}")


main([every_command_has_a_page, pages_are_clean, bash_completes, zsh_reads_it,
      tasks_are_listed, readme_has_the_table_of_tasks])
