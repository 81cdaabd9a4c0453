#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""The list of layers; recurrent nets with other rounds; nets of one size."""
import os

from toolbox import (SOURCE, check, main, path, read_png, run, run_json, same,
                     write, write_png)

RECURRENT = """input rgb sigma
unshuffle 2 | conv 8 | relu -> seen
repeat 2 {
  add seen | gru 8 | conv 8 | relu
}
conv 12 init=zero | shuffle 2 | residual
"""
DENSE = """input rgb size=32x32
unshuffle 4 | conv 8 k=1 | leaky-relu | dense 20
dense 512 | leaky-relu | shuffle 8 | deconv 8 k=3 | leaky-relu | deconv 3
"""


def ramp(x, y, c):
    return (7 * x + 5 * y + 60 * c + 31 * (x * y % 3)) % 256


def lists_layers():
    told = run_json("layers")["layers"]
    names = [layer["name"] for layer in told]
    text = run("layers").stdout
    files = [name for _, _, names in os.walk(os.path.join(SOURCE, "core", "layers"))
             for name in names]
    for name in ("conv", "deconv", "gru", "down", "quantise", "times"):
        check(name in names, f"{name} is not in {names}")
    for layer in told:
        check(f"\n  {layer['name']} " in text, layer)
        check(layer["example"].split()[0] == layer["name"], layer)
        check(f"{layer['name']}.c" in files
              or layer["name"] in ("down", "up", "gru"), layer)
    settings = {s["name"]: s for s in
                next(x for x in told if x["name"] == "deconv")["settings"]}
    check(settings["k"]["default"] == 4 and settings["stride"]["most"] == 8, settings)
    check("mode=nearest (nearest|bilinear)" in text, text)


def train(net, out, *more):
    return run("train", "--net", write(path("net.txt"), net), "--val", "none",
               "--out", path(out), *more)


def more_rounds():
    train(RECURRENT, "r.safetensors", "--task", "white-noise", "--data", "synth:2", "--steps", 20, "--patch", 16,
          "--batch", 4, "--lr", "0.01")
    noisy = write_png(path("noisy.png"), 40, 30, 3, 8, ramp)
    common = ["apply", "-w", path("r.safetensors"), "--level", 25]
    for repeats in (1, 2, 5):
        run(*common, "--repeats", repeats, noisy, path(f"{repeats}.png"))
    run(*common, noisy, path("trained.png"))
    check(same(path("2.png"), path("trained.png")), "2 rounds is what was trained")
    check(read_png(path("1.png")) != read_png(path("2.png")), "1 = 2")
    check(read_png(path("5.png")) != read_png(path("2.png")), "5 = 2")
    two, five = (run_json("eval", "-w", path("r.safetensors"), "--repeats", n, noisy)
                 for n in (2, 5))
    check(two["mean"]["psnr"] != five["mean"]["psnr"], two)
    text = run("info", path("r.safetensors")).stdout
    check("repeat 2 {" in text and "gru1.update" in text and "conv2@2" in text, text)


def orientations():
    """Also of a recurrent net with another number of rounds."""
    noisy = path("noisy.png")
    common = ["apply", "-w", path("r.safetensors"), "--level", 25, "--repeats", 5]
    for turns in (1, 2, 8):
        run(*common, "--turns", turns, noisy, path(f"t{turns}.png"))
    check(same(path("t1.png"), path("5.png")), "1 is the picture as it is")
    pictures = [read_png(path(f"t{turns}.png")) for turns in (1, 2, 8)]
    check(all(pictures.count(picture) == 1 for picture in pictures), "all differ")
    one, eight = (run_json("eval", "-w", path("r.safetensors"), "--turns", n, noisy)
                  for n in (1, 8))
    check(one["mean"]["psnr"] != eight["mean"]["psnr"], one)
    for text in ("0", "3", "16", "many"):
        errors = run(*common, "--turns", text, noisy, path("x.png"), code=2).stderr
        check("--turns" in errors, errors)


def rounds_that_do_not_fit():
    noisy = path("noisy.png")
    common = ["apply", "-w", path("r.safetensors")]
    for text in ("0", "1001", "many"):
        errors = run(*common, "--repeats", text, noisy, path("x.png"), code=2).stderr
        check("--repeats" in errors, errors)
    errors = run(*common, "--repeats", 1000, noisy, path("x.png"), code=1).stderr
    check("more than" in errors or "restoring stops at" in errors, errors)
    errors = run("apply", "-w", "white-noise-s", "--repeats", 3, noisy, path("x.png"),
                 code=1).stderr
    check("no block to repeat" in errors, errors)
    check(not os.path.exists(path("x.png")), "something was written")


def write_batch(name, n):
    data = bytearray()
    for i in range(n):
        data.append(i % 10)
        data += bytes((i * 13 + c * 50) % 128 + x * (i % 3) // 2 + y * (i % 5) // 2
                      for c in range(3) for y in range(32) for x in range(32))
    return write(name, bytes(data))


def nets_of_one_size():
    os.makedirs(path("cifar"))
    write_batch(path("cifar", "data_batch_1.bin"), 30)
    test = write_batch(path("cifar", "test_batch.bin"), 10)
    common = ["--task", "reconstruct", "--data", path("cifar"), "--batch", 8,
              "--lr", "0.003", "--loss", "mse", "--permute", 0, "--exposure", 0]
    train(DENSE, "d.safetensors", *common, "--patch", 32, "--epochs", 60)
    told = run_json("eval", "-w", path("d.safetensors"), "--task", "reconstruct", test)
    check(told["bottleneck"] == 20 and 0 < told["mean"]["mse"] < 0.05, told)
    errors = run("apply", "-w", path("d.safetensors"),
                 path("noisy.png"), path("x.png"), code=1).stderr
    check("looks at the whole picture, which has to be 32 x 32" in errors, errors)
    errors = run("train", "--net", path("net.txt"), "--val", "none", *common, "--patch", 16,
                 "--steps", 2, "--out", path("e.safetensors"), code=1).stderr
    check("patch is 16, but this net takes pictures of 32 x 32" in errors, errors)


main([lists_layers, more_rounds, orientations, rounds_that_do_not_fit, nets_of_one_size])
