#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""reweave eval of pairs and of pictures that a net sees whole."""
import json
import math
import os

from toolbox import (Skip, check, main, noise, path, read, run, run_json, tiny_weights,
                     write, write_png)

AUTOENCODER = """input rgb
conv 4 | relu | max-pool 4
conv 8 | upsample 4
conv 3 | sigmoid
"""


def ramp(x, y, c):
    return 40 + 3 * x + 2 * y + 9 * c


def pairs_of_a_folder():
    tiny_weights()
    for kind in ("clean", "damaged"):
        os.makedirs(path(kind, "deep"))
    for name in ("a", "deep/b"):
        write_png(path("clean", name + ".png"), 40, 30, 3, 8, ramp)
        write_png(path("damaged", name + ".PNG"), 40, 30, 3, 8,
                  lambda x, y, c: ramp(x, y, c) + 5)
    told = run_json("eval", "-w", path("tiny.safetensors"), "--level", 5, "--pairs",
                    path("clean"), path("damaged"))
    check(len(told["images"]) == 2, told)
    want = 20 * math.log10(255 / 5)
    check(abs(told["mean"]["damaged_psnr"] - want) < 1e-3, told)
    check(told["mean"]["psnr"] > 20, told)
    text = run("eval", "-w", path("tiny.safetensors"), "--pairs", path("clean"),
               path("damaged")).stdout
    check("level left open" in text and f"{want:.3f}" in text, text)
    told = run_json("eval", "--reference", path("clean"), path("damaged"))
    check(len(told["images"]) == 2, told)
    check(abs(told["mean"]["psnr"] - want) < 1e-3, told)
    text = run("eval", "--reference", path("clean"), path("damaged")).stdout
    check(text.splitlines()[-1].startswith(f"mean: PSNR {want:.3f} dB"), text)


def blocks_count():
    """Steps of 10 at the edges of blocks in a flat picture, by the formula of PSNR-B."""
    for kind in ("flat", "blocks"):
        os.makedirs(path(kind))
    write_png(path("flat", "a.png"), 32, 32, 3, 8, lambda x, y, c: 100)
    write_png(path("blocks", "a.png"), 32, 32, 3, 8,
              lambda x, y, c: 105 if (x // 8 + y // 8) % 2 else 95)
    told = run_json("eval", "-w", path("tiny.safetensors"), "--level", 5, "--psnr-b", "--pairs",
                    path("flat"), path("blocks"))
    want = 10 * math.log10(255 ** 2 / (5 ** 2 + 10 ** 2 * 3 / 5))
    check(abs(told["mean"]["damaged_psnr_b"] - want) < 1e-3, told)
    check("psnr_b" in told["images"][0] and "psnr" not in told["images"][0], told)
    text = run("eval", "-w", path("tiny.safetensors"), "--psnr-b", "--pairs", path("flat"),
               path("blocks")).stdout
    check("PSNR-B" in text and f"{want:.3f}" in text, text)


def every_format():
    """TIFF and WebP are found, compared and damaged as PNG is."""
    os.makedirs(path("one"))
    write_png(path("one", "a.png"), 40, 30, 3, 8, ramp)
    copies = ("tif", "webp")
    if run("degrade", "--task", "white-noise", path("one", "a.png"), path("try.tif"),
           code=None).returncode == 2:
        raise Skip("needs a build with TIFF and WebP")
    for ending in copies:
        os.makedirs(path(ending))
        run("degrade", "--task", "white-noise", "--level", 20, "--seed", 3, path("one", "a.png"),
            path(ending, f"noisy.{ending}"))
    run("degrade", "--task", "white-noise", "--level", 20, "--seed", 3, path("one", "a.png"),
        path("noisy.png"))
    told = run_json("eval", "--reference", path("noisy.png"), path("tif", "noisy.tif"))
    check(told["mean"]["psnr"] is None, told)  # the same pixels
    for ending in copies:
        told = run_json("eval", "-w", path("tiny.safetensors"), "--level", 5, path(ending))
        check(told["images"][0]["name"] == f"noisy.{ending}", told)
    train = ["train", "--task", "white-noise", "--net", path("tiny.net"), "--patch", 16,
             "--batch", 1, "--steps", 2, "--val", "none", "--out"]
    run(*train, path("from-png.safetensors"), "--data", path("noisy.png"))
    run(*train, path("from-tif.safetensors"), "--data", path("tif"))
    tensors = [read(path(f"from-{e}.safetensors"))[-64:] for e in ("png", "tif")]
    check(tensors[0] == tensors[1], "trained differently on the same pixels")


def nothing_is_its_own_partner():
    clean = path("clean")
    tiny = ["-w", path("tiny.safetensors")]
    for arguments, word in ((["eval", *tiny, "--pairs", clean, clean + "/"], "--pairs"),
                            (["eval", "--reference", clean, clean], "--reference"),
                            (["train", "--pairs", clean, clean, "--out", "x"], "--pairs"),
                            (["train", "--data", clean, "--val", clean + "/.", "--out", "x"],
                             "--val"),
                            (["train", "--data", "synth:3", "--val", "synth:3", "--out", "x"],
                             "--val")):
        errors = run(*arguments, code=2).stderr
        check(errors.startswith(f"reweave: {word}: "), errors)


def pairs_that_do_not_match():
    write_png(path("damaged", "only.png"), 40, 30, 3, 8, ramp)
    arguments = ["eval", "-w", path("tiny.safetensors"), "--pairs", path("clean"),
                 path("damaged")]
    errors = run(*arguments, code=1).stderr
    check("1 files are without a partner (first: " in errors, errors)
    os.remove(path("damaged", "only.png"))
    write_png(path("damaged", "a.PNG"), 41, 30, 3, 8, ramp)
    errors = run(*arguments, code=1).stderr
    check("a.PNG: is 41 x 30, expected 40 x 30" in errors, errors)
    errors = run(*arguments, "--reference", "x", code=2).stderr
    check("found more than one" in errors, errors)
    errors = run("eval", "--pairs", path("clean"), code=2).stderr
    check("expected two folders" in errors, errors)


def write_batch(name, n, first):
    """Pictures of CIFAR-10's kind: slow ramps of three numbers each."""
    data = bytearray()
    for i in range(first, first + n):
        data.append(i % 10)
        for c in range(3):
            across, down, level = (noise(i, k, c, 256) for k in range(3))
            data += bytes((level + across * x // 64 + down * y // 64) // 3
                          for y in range(32) for x in range(32))
    return write(path("cifar", name), bytes(data))


def batches_and_pca():
    os.makedirs(path("cifar"))
    for k in range(2):
        write_batch(f"data_batch_{k + 1}.bin", 40, 40 * k)
    test = write_batch("test_batch.bin", 20, 500)
    net = write(path("net.txt"), AUTOENCODER)
    run("train", "--task", "reconstruct", "--net", net, "--data", path("cifar"), "--val",
        "none", "--patch", 32, "--batch", 16, "--epochs", 30, "--loss", "mse", "--lr",
        "0.01", "--permute", 0, "--exposure", 0, "--out", path("ae.safetensors"))
    common = ["eval", "-w", path("ae.safetensors"), "--task", "reconstruct"]
    told = run_json(*common, test)
    check(told["pictures"] == 20 and "pca" not in told, told)
    check(told["bottleneck"] == 8 * 8 * 4 and told["values"] == 3072, told)
    check(0 < told["mean"]["mse"] < 0.05, told)
    result = run(*common, "--pca", path("cifar"), "--json", test, code=None)
    if result.returncode == 0:
        told = json.loads(result.stdout)
        check(told["pca"]["pictures"] == 80, told)
        check(0 <= told["pca"]["mse"] < 1e-4, told)
    else:
        check("was built without LAPACK" in result.stderr, result.stderr)
    text = run(*common, test).stdout
    check(text.startswith(f"{test}: 20 pictures, MSE "), text)
    check("bottleneck: 256 values for the 3072" in text, text)
    check("PCA" not in text, text)


def sets_that_do_not_fit():
    common = ["eval", "-w", path("ae.safetensors"), "--task", "reconstruct"]
    short = write(path("short.bin"), read(path("cifar", "test_batch.bin"))[:-1])
    errors = run(*common, short, code=1).stderr
    check("expected a multiple of 3073" in errors, errors)
    errors = run("eval", "-w", path("tiny.safetensors"), "--pca", path("cifar"),
                 path("cifar", "test_batch.bin"), code=1).stderr
    check("the net has no bottleneck" in errors, errors)
    os.makedirs(path("odd"))
    write_png(path("odd", "a.png"), 30, 30, 3, 8, ramp)
    errors = run(*common, "--pca", path("cifar"), path("odd"), code=1).stderr
    check("is 30 x 30, expected multiples of 4" in errors, errors)
    errors = run(*common, "--level", 5, path("odd"), code=2).stderr
    check("--level: found for task reconstruct, which has none" in errors, errors)
    errors = run("eval", "-w", path("tiny.safetensors"), "--level", 5, short,
                 code=2).stderr
    check("--level: found for batches" in errors, errors)


def batches_of_the_files_task():
    """Without --task that of the weights is measured, and no other."""
    batch = path("cifar", "test_batch.bin")
    told = run_json("eval", "-w", path("ae.safetensors"), batch)
    check(told["mean"]["mse"] == run_json("eval", "-w", path("ae.safetensors"), "--task",
                                          "reconstruct", batch)["mean"]["mse"], told)
    errors = run("eval", "-w", path("ae.safetensors"), "--task", "white-noise", batch,
                 code=1).stderr
    check('weights for "reconstruct", wanted "white-noise"' in errors, errors)


def reconstructs_a_folder():
    write_png(path("odd", "a.png"), 32, 32, 3, 8, ramp)
    told = json.loads(run("eval", "-w", path("ae.safetensors"), "--task", "reconstruct",
                          path("odd"), "--json").stdout)
    check(told["images"][0]["damaged_psnr"] is None, told)  # it is infinite
    check(told["mean"]["psnr"] > 5, told)


main([pairs_of_a_folder, blocks_count, every_format, nothing_is_its_own_partner, pairs_that_do_not_match, batches_and_pca,
      sets_that_do_not_fit, batches_of_the_files_task,
      reconstructs_a_folder])
