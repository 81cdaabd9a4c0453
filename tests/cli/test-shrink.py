#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Weight files with shorter numbers: made, looked at, used, refused."""
import json
import os
import struct

from toolbox import check, main, noise, path, read, read_png, run, run_json, same, \
    tiny_weights, write, write_png

NET = ("input rgb sigma\nunshuffle 2\nconv 16 | relu\nconv 16 | relu\n"
       "conv 16 | relu\nconv 12 init=zero | shuffle 2\nresidual\n")


def header(name):
    data = read(name)
    return json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])


def small_weights(name):
    net = write(path("small.net"), NET)
    out = path(name)
    run("train", "--task", "white-noise", "--data", "synth:4", "--val", "none", "--net",
        net, "--steps", 40, "--batch", 4, "--patch", 16, "--seed", 1, "--out", out)
    return out


WHOLE = small_weights("whole.safetensors")
PICTURE = write_png(path("in.png"), 70, 50, 3, 8, noise)


def distance(a, b):
    """The largest difference of two pictures."""
    left, right = read_png(a), read_png(b)
    check(left[:4] == right[:4], f"{a} and {b} have other sizes")
    return max(abs(x - y) for x, y in zip(left[4], right[4]))


def apply(weights, out):
    run("apply", "-w", weights, "--level", 25, PICTURE, path(out))
    return path(out)


def stores():
    for store, dtype in (("f16", "F16"), ("bf16", "BF16"), ("f32", "F32")):
        out = path(f"{store}.safetensors")
        run("shrink", "--store", store, WHOLE, out)
        tensors = header(out)
        meta = tensors.pop("__metadata__")
        check({t["dtype"] for t in tensors.values()} == {dtype}, tensors)
        check(meta["parent"] == run_json("info", WHOLE)["sha256"], meta)
        check(distance(apply(out, f"{store}.png"), apply(WHOLE, "whole.png")) <= 1,
              store)
    n_values = sum(t["data_offsets"][1] - t["data_offsets"][0]
                   for n, t in header(path("f16.safetensors")).items()
                   if n != "__metadata__")
    check(os.path.getsize(path("f16.safetensors")) + n_values
          <= os.path.getsize(WHOLE) + 200, "f16 is not half as large")
    run("shrink", "--store", "f16", path("f16.safetensors"), path("f16b.safetensors"))
    check(run_json("eval", "-w", path("f16.safetensors"), PICTURE)["mean"]["psnr"]
          == run_json("eval", "-w", path("f16b.safetensors"), PICTURE)["mean"]["psnr"],
          "halved twice")


def whole_numbers():
    out, again = path("int8.safetensors"), path("int8b.safetensors")
    run("shrink", "--int8", "--data", "synth:2", WHOLE, out)
    run("shrink", "--int8", "--data", "synth:2", "--threads", 1, WHOLE, again)
    check(same(out, again), "threads change the file")
    tensors = header(out)
    check(tensors["__metadata__"]["int8"] == "conv2 conv3", tensors["__metadata__"])
    check(tensors["conv2.weight"]["dtype"] == "I8", tensors)
    check(tensors["conv2.input_zero"] == {**tensors["conv2.input_zero"],
                                          "dtype": "U8", "shape": [1]}, tensors)
    check(tensors["conv1.weight"]["dtype"] == "F32", tensors)
    check(distance(apply(out, "int8.png"), apply(WHOLE, "whole.png")) <= 3, "far off")
    costs = [run_json("eval", "-w", w, PICTURE)["mean"]["psnr"] for w in (WHOLE, out)]
    check(abs(costs[0] - costs[1]) < 0.2, costs)
    run("shrink", "--int8", "--data", "synth:2", "--float", "none", "--store", "f16",
        WHOLE, out)
    check(header(out)["__metadata__"]["int8"] == "conv1 conv2 conv3 conv4",
          "--float none")
    check(header(out)["conv1.bias"]["dtype"] == "F16", "--store beside --int8")


def bench_tells_the_cost():
    out = path("bench.safetensors")
    run("shrink", "--int8", "--data", "synth:2", WHOLE, out)
    told = run_json("bench", "--net", out, "--net", WHOLE, "--size", "64x64",
                    "--rounds", 2, "--data", PICTURE)["nets"]
    check("int8" not in told[1], told[1])
    told = told[0]["int8"]
    check(told["layers"] == "conv2 conv3" and told["seconds"] > 0
          and told["against_float"] > 0, told)
    check(told["psnr"] == run_json("eval", "-w", out, PICTURE)["mean"]["psnr"], told)
    check(abs(told["psnr_cost"]) < 0.2 and told["psnr_cost"] != 0, told)


def trains():
    out = path("trained.safetensors")
    run("train", "--task", "white-noise", "--data", "synth:2", "--val", "none", "--from",
        WHOLE, "--quantise", "int8", "--store", "bf16", "--steps", 3, "--batch", 2, "--patch", 16,
        "--out", out)
    check(header(out)["__metadata__"]["int8"] == "conv2 conv3", "not in 8 bits")
    check(header(out)["conv1.weight"]["dtype"] == "BF16", "--store was ignored")


def refuses():
    out = path("never.safetensors")

    def refuse(*arguments, code=1, says=""):
        told = run("shrink", *arguments, WHOLE, out, code=code).stderr
        check(says in told and told.count("\n") == 1, told)
        check(not os.path.exists(out), "a file was written")

    refuse(code=2, says="expected --store, --int8 or --entropy")
    refuse("--int8", code=2, says="--data")
    refuse("--store", "f16", "--data", "synth:2", code=2, says="go with --int8")
    refuse("--store", "f8", says="f16")
    refuse("--int8", "--data", path("nowhere"), says="nowhere")
    refuse("--int8", "--data", "synth:2", "--float", "conv9", says="conv9")
    refuse("--int8", "--data", "synth:2", "--float", "conv1,conv2,conv3,conv4",
           says="none is left")
    told = run("shrink", "--int8", "--data", "synth:2", tiny_weights(), out,
               code=1).stderr
    check("none is left" in told, told)
    run("shrink", "--store", "f16", WHOLE, WHOLE, code=2)
    run("shrink", "--store", "f16", WHOLE, path("x.png"), code=2)


main([stores, whole_numbers, bench_tells_the_cost, trains, refuses])
