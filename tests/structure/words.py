#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Words for people and their catalogues: words.py SOURCE_ROOT

Prints TAP: every text that GIMP or GEGL shows is marked, every marked file is
in POTFILES, and both catalogues are complete, with as many and the same
conversions, and with mnemonics where the original has one, which in a dialog
are all different.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]
PO = os.path.join(ROOT, "plugin", "po")
KEYWORDS = ["_", "N_", "P_:1,2"]

# What is shown there is also shown in GIMP; the rest of the core speaks to
# those who train, encode and program, in English.
SHOWN = ("core/restore", "core/tasks", "core/weights", "plugin")
QUIET = {
    "core/weights/json-scan.c": "what is wrong at a byte of JSON, for programmers",
    "core/weights/safetensors-writer.c": "only trainings write weights",
    "core/restore/cache.c": "REWEAVE_DEBUG",
    "core/tasks/sample.c": "trainings",
}
QUIET_TEXTS = ("file %", "built-in %p", "not saved, since it could not be loaded again: ")
LITERAL = r'"(?:[^"\\\n]|\\.)*"(?:\s*(?:"(?:[^"\\\n]|\\.)*"))*'
# Calls whose texts are shown, and fields of descriptions that are.
CALLS = re.compile(
    r"\b(g_set_error|g_set_error_literal|g_prefix_error|fail|g_string_append_printf|"
    r"g_strdup_printf|g_markup_printf_escaped|rw_try_alloc|"
    r"gtk_label_new\w*|gtk_label_set_text|gtk_label_set_markup|gtk_button_new\w*|"
    r"gtk_check_button_new\w*|gtk_widget_set_tooltip_text|gtk_file_filter_set_name|"
    r"gtk_file_chooser_dialog_new|gimp_int_combo_box_new|gimp_int_combo_box_append|"
    r"gimp_dialog_new|gimp_progress_init|gimp_progress_set_text|add_choice|add_share|"
    r"gimp_procedure_add_\w+|gimp_procedure_set_menu_label|gimp_procedure_set_documentation|"
    r"g_param_spec_\w+|gegl_param_spec_\w+|make_number|make_filter|make_text|make_button|"
    r"add_output|draw_label|append_line)\s*\(")
FIELDS = re.compile(r"\.(?:label|summary|title|blurb|help|done) =\s*(" + LITERAL + ")")
# Names that a call has among its texts.
NAME = re.compile(r"[a-z0-9:*._+/%\\-]*")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def sources():
    for top in SHOWN:
        for folder, _, names in sorted(os.walk(os.path.join(ROOT, top))):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), ROOT)
                if name.endswith((".c", ".h")) and path not in QUIET:
                    yield path


def is_prose(text):
    """More than conversions, names and punctuation."""
    words = re.sub(r"%[-+ #0-9.*$]*(?:ll|z|h|l)?[a-zA-Z%]", "", text)
    words = re.sub(r"</?[a-z]+>|\\[nt]", "", words)
    return (re.search(r"[A-Za-z]{2}", words) is not None
            and NAME.fullmatch(words) is None)


def bare_literals(text, at):
    """Literals among a call's arguments that no macro is around."""
    depth = 1
    opened = []
    while depth and at < len(text):
        if text[at] == '"':
            literal = re.compile(LITERAL).match(text, at)
            if not any(opened):
                yield literal.group(0)
            at = literal.end()
            continue
        if text[at] == "(":
            depth += 1
            opened.append(re.search(r"\b(_|N_|P_|C_|g_object_[gs]et|"
                                    r"rw_model_get_metadata|g_str\w+) $", text[:at])
                          is not None)
        elif text[at] == ")":
            depth -= 1
            if opened:
                opened.pop()
        at += 1


def without_comments(text):
    return re.sub(r"/\*.*?\*/", lambda found: "\n" * found.group(0).count("\n"), text,
                  flags=re.S)


def check_marks():
    for path in sources():
        text = without_comments(read(path))
        found = [m.group(1) for m in FIELDS.finditer(text)]
        for call in CALLS.finditer(text):
            found += bare_literals(text, call.end())
        for literal in found:
            joined = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', literal))
            if is_prose(joined) and joined not in QUIET_TEXTS:
                yield f"{path}: \"{joined[:60]}\" is not marked for translation"


def check_potfiles():
    listed = [line for line in read("plugin/po/POTFILES").splitlines()
              if line and not line.startswith("#")]
    for path in sources():
        if re.search(r"\b(?:_|N_|P_) \(", without_comments(read(path))):
            if path not in listed and not path.endswith("i18n.h"):
                yield f"{path} has texts, but is not in plugin/po/POTFILES"
    for path in listed:
        if not os.path.exists(os.path.join(ROOT, path)):
            yield f"plugin/po/POTFILES names {path}, which there is not"


def call(*command):
    return subprocess.run(command, cwd=ROOT, text=True, check=False,
                          capture_output=True)


def languages():
    return [line for line in read("plugin/po/LINGUAS").split("\n")
            if line and not line.startswith("#")]


def check_catalogues():
    with tempfile.TemporaryDirectory() as folder:
        template = os.path.join(folder, "reweave.pot")
        made = call("xgettext", "--from-code=UTF-8", "--files-from=plugin/po/POTFILES",
                    *(f"--keyword={word}" for word in KEYWORDS), "-o", template)
        if made.returncode != 0:
            yield made.stderr
            return
        for language in languages():
            path = f"plugin/po/{language}.po"
            for command in (("msgcmp", path, template),
                            ("msgfmt", "--check-format", "--check-domain", "-o",
                             os.devnull, path)):
                told = call(*command)
                if told.returncode != 0:
                    yield f"{' '.join(command)}: {told.stderr.strip()}"
            unused = call("msgcomm", "--more-than=1", "--omit-header", path, template)
            n_used = unused.stdout.count("msgid ")
            n_own = read(path).count("\nmsgid ") - 1
            if n_own != n_used:
                yield f"{path} has {n_own - n_used} messages that no source has"
            if "#, fuzzy" in read(path) or "\n#~" in read(path):
                yield f"{path} has messages that are old or only guessed"


def entries(language):
    """Pairs of original and translation, plural forms left out."""
    text = re.sub(r'"\n"', "", read(f"plugin/po/{language}.po"))
    return re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', text, re.M)


def check_mnemonics():
    """A letter to press, where the original has one."""
    for language in languages():
        for original, translated in entries(language):
            wanted = len(re.findall(r"_[A-Za-z1%]", original))
            if wanted != 1 or "MEMORY" in original or "data_offsets" in original:
                continue
            if len(re.findall(r"_\w|_%", translated)) != 1:
                yield f"{language}: \"{translated}\" has no mnemonic"


# All that the filter's dialog has; its Help comes from GIMP or GTK.
DIALOG = ("dialog.c", "choices.c", "preset-row.c", "preview.c", "chooser.c")
ELSEWHERE = ("_Open",)


def check_letters():
    """In the dialog of any task, a letter chooses one thing."""
    names = {name for file in DIALOG for name in
             re.findall(r'\b_ \("([^"]*_[A-Za-z1][^"]*)"\)', read("plugin/gimp/" + file))
             if name not in ELSEWHERE}
    labels = {label for path in sources() if path.startswith("core/tasks")
              for label in re.findall(r'\.label = N_ \("([^"]*)"\)', read(path))}
    for language in ["English", *languages()]:
        translated = {} if language == "English" else dict(entries(language))
        for label in sorted(labels):
            taken = {"H": "_Help"}
            control = translated.get("_%s:", "_%s:") % translated.get(label, label)
            for name in [control] + sorted(translated.get(name, name) for name in names):
                letter = re.search(r"_(\w)", name).group(1).upper()
                if letter in taken:
                    yield f"{language}: \"{name}\" and \"{taken[letter]}\" have one letter"
                taken[letter] = name


CHECKS = [check_marks, check_potfiles, check_catalogues, check_mnemonics, check_letters]


def main():
    failed = False
    print(f"1..{len(CHECKS)}")
    for number, check in enumerate(CHECKS, 1):
        name = check.__name__[len("check_"):]
        if check is check_catalogues and not shutil.which("xgettext"):
            print(f"ok {number} {name} # SKIP without gettext")
            continue
        problems = list(check())
        failed |= bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} {name}")
        for problem in problems:
            for line in problem.splitlines():
                print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
