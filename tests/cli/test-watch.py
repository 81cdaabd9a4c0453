#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a training shows: its log, curves, contact sheet, capacity, events."""
import json
import os
import xml.etree.ElementTree as ElementTree

from toolbox import TINY_NET, Skip, check, main, path, read, read_png, run, write

NET = write(path("tiny.net"), TINY_NET)
COMMON = ["--task", "white-noise", "--data", "synth:3", "--net", NET, "--batch", 4,
          "--patch", 32, "--steps", 12, "--validate-every", 5, "--lr", "0.003"]
HEADER = "step,loss,learning_rate,gradient_norm,validation_psnr,training_psnr"


def train(out, *extra, val="synth:2", **options):
    return run("train", *COMMON, "--val", val, "--out", path(out), *extra, **options)


def draws(out, name, **options):
    """Trains with --plot; without cairo that is a mistake of usage."""
    result = train(out, "--plot", path(name), code=None, **options)
    if result.returncode == 2 and "built without cairo" in result.stderr:
        raise Skip("it was built without cairo")
    check(result.returncode == 0, result.stderr)
    return path(name)


def size_of(svg):
    root = ElementTree.parse(svg).getroot()
    check(root.tag == "{http://www.w3.org/2000/svg}svg", root.tag)
    return [float(value) for value in root.get("viewBox").split()[2:]]


def writes_a_log():
    train("log.safetensors")
    rows = read(path("log.safetensors.log.csv")).decode().splitlines()
    check(rows[0] == HEADER, rows[0])
    cells = [row.split(",") for row in rows[1:]]
    check([int(row[0]) for row in cells] == list(range(1, 13)), rows)
    check(all(float(row[1]) > 0 and float(row[2]) > 0 for row in cells), rows)
    validated = [int(row[0]) for row in cells if row[4]]
    check(validated == [2, 3, 4, 5, 6, 8, 9, 10, 11, 12], validated)  # each tenth, too
    check(all(row[5] == "" for row in cells), rows)


def draws_curves():
    """Loss, PSNR and learning rate; without validation there is no PSNR."""
    wide, high = size_of(draws("plot.safetensors", "curve.svg"))
    check(wide == 900, wide)
    less = size_of(draws("none.safetensors", "none.svg", val="none"))[1]
    check(less < high, "a curve of nothing")
    told = read_png(draws("png.safetensors", "curve.png"))[:2]
    check(told == (wide, high), told)


def shows_pictures():
    train("sheet.safetensors", "--sheet", path("sheet.png"))
    width, height = read_png(path("sheet.png"))[:2]
    check((width, height) == (3 * 260 + 4, 6 * 260 + 4), (width, height))


def tells_capacity():
    result = train("capacity.safetensors", "--capacity")
    told = [line for line in result.stderr.splitlines()
            if line.startswith("  capacity: training ")]
    check(len(told) == 10, result.stderr)
    rows = read(path("capacity.safetensors.log.csv")).decode().splitlines()
    check(float(rows[5].split(",")[5]) > 0, rows[5])


def tells_events():
    result = train("events.safetensors", "--capacity", "--json", "--patience", 1000)
    check(result.stderr == "", result.stderr)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    names = [event["event"] for event in events]
    check(names[:3] == ["data", "data", "start"], names)
    check(names.count("validation") == 10 and names.count("note") == 10, names)
    check("checkpoint" in names and names[-1] == "done", names)
    for event in events:
        if event["event"] == "validation":
            check(event["psnr"] > 0 and event["training_psnr"] > 0, event)
    check(2 <= events[-1]["best_step"] <= 12, events[-1])


def ends_when_patience_does():
    result = train("patient.safetensors", "--steps", 500, "--lr", "1e-9",
                   "--warmup", 1000000, "--patience", 2)
    check("ended after step 15: the last 2 validations" in result.stderr,
          result.stderr)
    check("15 steps in" in result.stdout, result.stdout)


def goes_back_when_it_diverges():
    result = train("back.safetensors", "--steps", 150, "--optimizer", "sgd",
                   "--loss", "mse", "--lr", 10, "--clip", 0, "--warmup", 100,
                   "--schedule", "constant", "--retries", 9, code=1)
    check("worse than none" in result.stderr, result.stderr)
    check("went back to step 0" in result.stderr, result.stderr)
    rows = read(path("back.safetensors.log.csv")).decode().splitlines()
    check(len(rows) == 151, len(rows))


def refuses_what_cannot_be_drawn():
    for option, name in (("--plot", "curve.pdf"), ("--sheet", "sheet.gif")):
        result = train("refused.safetensors", option, name, code=2)
        check(name in result.stderr and ("expected" in result.stderr or
              "built without cairo" in result.stderr), result.stderr)
    result = train("refused.safetensors", "--patience", 3, val="none", code=1)
    check("no validation to wait for" in result.stderr, result.stderr)
    check(not os.path.exists(path("refused.safetensors")), "something was written")


main([writes_a_log, draws_curves, shows_pictures,
      tells_capacity, tells_events, ends_when_patience_does,
      goes_back_when_it_diverges, refuses_what_cannot_be_drawn])
