#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""bench: its figures are there and hang together, alone and against oneDNN."""
import json
import math

from toolbox import (SOURCE, TINY_NET, Skip, check, environment, main, path, run,
                     run_json, write)

# Every kind of layer that bench builds in oneDNN, results read once and twice.
MIXED_NET = """input rgb sigma
unshuffle 2
conv 32 | relu -> a | conv 32 | relu | conv 32 | add a | relu -> b
down 48 | conv 48 | leaky-relu slope=0.2 | conv 48 k=1 | gelu
max-pool | upsample | conv 24 k=5 | sigmoid
up 32 | add b | tanh | conv 32 | concat b
average-pool | upsample | concat a | conv 32 bias=no -> c
conv 32 | relu | conv 32 | add c | relu
conv 12 | shuffle 2
residual
"""


def check_positive(entry, *keys):
    for key in keys:
        value = entry[key]
        check(isinstance(value, (int, float)) and math.isfinite(value) and value > 0,
              f"{key} is {value}: {entry}")


def figures():
    net = write(path("tiny.net"), TINY_NET)
    told = run_json("bench", "--net", net, "--net", "net-a", "--size", "64x64",
                    "--rounds", 2, "--train", "--threads", 1)
    check([n["name"] for n in told["nets"]] == ["tiny.net", "net-a"], told)
    check(told["threads"] == 1 and told["rounds"] == 2, told)
    check_positive(told, "peak_gflops")
    check(told["load"] >= 0, told)
    for name in ("L2", "L3", "DRAM"):
        check_positive(told["bandwidth"][name], "bytes", "read_gb_per_s",
                       "copy_gb_per_s")
    for entry in told["nets"]:
        check_positive(entry, "seconds", "seconds_p10", "mpix_per_s", "gflops",
                       "share_of_peak", "gb_per_s", "share_of_bandwidth",
                       "peak_bytes", "patches_per_s", "train_gflops",
                       "train_share_of_peak", "train_share_of_gradient",
                       "train_share_of_optimizer", "train_share_of_packing")
        shares = sum(entry["train_share_of_" + part]
                     for part in ("gradient", "optimizer", "packing"))
        check(abs(shares - 1) < 1e-6 and entry["optimizer"] == "adam", entry)
        check(set(entry["against"].values()) == {None}, entry)
        check(entry["seconds_p10"] <= entry["seconds"], entry)
        flops = 2 * entry["macs_per_pixel"] * entry["mpix_per_s"] / 1e3
        check(abs(flops / entry["gflops"] - 1) < 1e-6, entry)
        check(abs(entry["mpix_per_s"] * entry["seconds"] * 1e6 / 64 ** 2 - 1) < 1e-6,
              entry)
    check(22000 < told["nets"][1]["macs_per_pixel"] < 22300, told["nets"][1])
    check([(n["batch"], n["patch"]) for n in told["nets"]] == [(16, 64)] * 2, told)
    text = run("bench", "--net", net, "--size", "64x64", "--rounds", 1).stdout
    check("tiny.net" in text and "GFLOP/s" in text and "DRAM" in text, text)


def recipes():
    """A recipe's own batch and patch, unless the command line has others."""
    arguments = ("bench", "--net", "cifar10-autoencoder", "--size", "32x32", "--rounds",
                 1, "--train")
    for options, batch, patch in (((), 256, 32), (("--batch", 5), 5, 32),
                                  (("--batch", 2, "--patch", 41), 2, 48)):
        entry = run_json(*arguments, *options, cwd=SOURCE)["nets"][0]
        check((entry["batch"], entry["patch"]) == (batch, patch), entry)
        check_positive(entry, "patches_per_s")
    text = run(*arguments, "--batch", 3, "--optimizer", "muon", cwd=SOURCE).stdout
    check("3x32^2" in text and "% muon, " in text, text)
    text = run(*arguments, "--optimizer", "moun", cwd=SOURCE, code=1).stderr
    check('did you mean "muon"?' in text, text)


def layers():
    net = write(path("mixed.net"), MIXED_NET)
    entry = run_json("bench", "--net", net, "--size", "64x48", "--rounds", 2,
                     "--layers")["nets"][0]
    rows = entry["layers"]
    check([rows[0][k] for k in ("name", "kind", "channels", "width", "height")]
          == ["unshuffle1", "unshuffle", 16, 32, 24], rows[0])
    macs = sum(row["macs_per_pixel"] for row in rows)
    check(abs(macs / entry["macs_per_pixel"] - 1) < 1e-9, macs)
    for row in rows:
        check(row["seconds"] >= 0, row)
        check_positive(row, "bytes")
    # an engine may take in whatever follows a convolution, not that itself
    first = next(row for row in rows if row["kind"] == "conv")
    check_positive(first, "seconds", "gflops", "share_of_peak", "gb_per_s")
    check(first["bytes"] == 4 * (32 * 24 * (16 + 32) + 32 * 16 * 9 + 32), first)
    text = run("bench", "--net", net, "--size", "64x64", "--rounds", 1,
               "--layers").stdout
    for row in rows:
        check(row["name"] in text, f"{row['name']} is not in {text}")


def pictures():
    told = run_json("bench", "--picture", "700x530", "--net", "white-noise-s", "--net",
                    "net-a", "--rounds", 2)
    check([n["name"] for n in told["nets"]] == ["white-noise-s", "net-a"], told)
    for entry in told["nets"]:
        check((entry["width"], entry["height"]) == (700, 530), entry)
        check_positive(entry, "seconds", "seconds_p10", "mpix_per_s", "gflops",
                       "share_of_peak", "peak_bytes")
        check(abs(entry["mpix_per_s"] * entry["seconds"] * 1e6 / (700 * 530) - 1)
              < 1e-6, entry)
    text = run("bench", "--picture", "64x64", "--net", "net-a", "--rounds",
               1).stdout
    check("net-a" in text and "seconds" in text, text)
    narrow = write(path("narrow.net"), "input rgb\nconv 2\n")
    said = run("bench", "--picture", "64x64", "--net", narrow, code=1).stderr
    check("2 channels" in said, said)


def damages():
    told = run_json("bench", "--damage", "--rounds", 1)
    tasks = [entry["task"] for entry in told["damage"]]
    check("denoise" in tasks and "dejpeg" in tasks and len(set(tasks)) == len(tasks),
          tasks)
    for entry in told["damage"]:
        check_positive(entry, "mpix_per_s")
    text = run("bench", "--damage", "--rounds", 1).stdout
    for task in tasks:
        check(task in text, f"{task} is not in {text}")
    said = run("bench", "--damage", "--size", "64x64", code=2).stderr
    check("--damage" in said, said)


def against_onednn(entry, level):
    against, onednn = entry["against"], entry["onednn"]
    has_winograd = onednn["winograd"]["n_winograd"] > 0
    check(has_winograd or level != "v4", entry)
    check_positive(against, "onednn_best", "onednn_direct")
    check_positive(onednn["direct"], "seconds", "seconds_p10")
    if has_winograd:
        check_positive(against, "onednn_winograd")
        check(against["onednn_best"] == min(against["onednn_direct"],
                                            against["onednn_winograd"]), against)
    else:
        check(against["onednn_winograd"] is None, against)
        check(against["onednn_best"] == against["onednn_direct"], against)
    # the same, and computed twice
    for one in onednn.values():
        check_positive(one, "max_difference", "rms_difference")
        check(one["rms_difference"] < 2e-5, one)


def onednn():
    net = write(path("mixed.net"), MIXED_NET)
    arguments = ["bench", "--net", net, "--size", "88x72", "--rounds", 2,
                 "--threads", 2, "--layers", "--against", "onednn", "--json"]
    probe = run("bench", "--net", "net-a", "--size", "16x16", "--rounds", 1,
                "--against", "onednn", code=None)
    if "not part of this build" in probe.stderr:
        check(probe.returncode == 1 and "libdnnl-dev" in probe.stderr, probe.stderr)
        raise Skip("built without oneDNN")
    check(probe.returncode == 0 and "oneDNN direct" in probe.stdout, probe.stderr)
    for level in ("generic", "v3", "v4"):
        variables = {**environment(), "REWEAVE_CPU": level}
        told = json.loads(run(*arguments, env=variables).stdout)
        against_onednn(told["nets"][0], told["peak_level"])
        spent = sum(row["onednn_direct_seconds"] for row in told["nets"][0]["layers"])
        check(spent > 0, told)
    unknown = write(path("prelu.net"), "input rgb\nconv 8 | prelu | conv 3\n")
    said = run("bench", "--net", unknown, "--size", "16x16", "--against", "onednn",
               code=1).stderr
    check("prelu1" in said and "leave that out" in said, said)


def pytorch():
    net = write(path("mixed.net"), MIXED_NET)
    arguments = ["bench", "--size", "48x40", "--rounds", 2, "--train", "--batch", 2,
                 "--patch", 32, "--threads", 2, "--against", "pytorch"]
    probe = run(*arguments, "--net", "net-a", code=None, cwd=SOURCE)
    if "gave no figure" in probe.stderr:
        check(probe.returncode == 1 and "python3-torch" in probe.stderr, probe.stderr)
        raise Skip("there is no PyTorch")
    check(probe.returncode == 0 and "PyTorch, training" in probe.stdout, probe.stderr)
    told = run_json(*arguments, "--net", net, "--net", "cifar10-autoencoder",
                    cwd=SOURCE)
    for entry in told["nets"]:
        check_positive(entry["against"], "pytorch", "pytorch_infer")
        for what in ("infer", "train"):
            check_positive(entry["pytorch"][what], "seconds", "seconds_p10")
        # the same, and computed twice
        check_positive(entry["pytorch"], "max_difference", "rms_difference")
        check(entry["pytorch"]["rms_difference"] < 2e-5, entry)
    unknown = write(path("gate.net"), "input rgb\nconv 8 | gate | conv 3\n")
    said = run(*arguments, "--net", unknown, code=1, cwd=SOURCE).stderr
    check("gate" in said and "leave that out" in said, said)


main([figures, recipes, layers, pictures, damages, onednn, pytorch])
