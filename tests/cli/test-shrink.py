#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Weight files with shorter numbers, or fewer: made, looked at, used, refused."""
import json
import os
import random
import re
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


def net_text(name):
    return header(name)["__metadata__"]["net"]


def prunes_once():
    out, again = path("pruned.safetensors"), path("pruned2.safetensors")
    told = run_json("shrink", "--mac", 0.6, "--val", PICTURE, WHOLE, out)
    run("shrink", "--mac", 0.6, "--threads", 1, WHOLE, again)
    check(same(out, again), "threads change the file")
    before, after = told["before"], told["after"]
    check(after["macs_per_pixel"] <= 0.6 * before["macs_per_pixel"], told)
    check(after["macs_per_pixel"] > 0.5 * before["macs_per_pixel"], told)
    check(before["bytes"] == os.path.getsize(WHOLE)
          and after["bytes"] == os.path.getsize(out), told)
    check(after["parameters"] < before["parameters"] and told["groups_gone"] > 0, told)
    check(after["psnr"] > 0 and before["psnr"] > 0
          and after["megapixels_per_second"] > 0, told)
    meta = header(out)["__metadata__"]
    check(meta["parent"] == run_json("info", WHOLE)["sha256"], meta)
    check(meta["command"] == "reweave shrink --mac 0.6", meta)
    check(net_text(out) != NET and net_text(out).startswith("input rgb sigma\n"), meta)
    check(read_png(apply(out, "pruned.png"))[:4] == read_png(PICTURE)[:4], "apply")
    said = run("shrink", "--size", "12k", WHOLE, out).stdout
    check(os.path.getsize(out) <= 12 * 1024, "--size is not met")
    check(os.path.getsize(out) > 11 * 1024, "--size takes too much")
    check("reweave train --from" in said and "multiply-adds a pixel" in said, said)
    run("shrink", "--size", "8k", "--store", "f16", WHOLE, out)
    check(os.path.getsize(out) <= 8 * 1024
          and header(out)["conv1.weight"]["dtype"] == "F16", "--store f16 --size")


def prunes_by_time():
    wide, out = path("wide.safetensors"), path("fast.safetensors")
    net = write(path("wide.net"), "input rgb sigma\nunshuffle 2\nconv 64 | relu\n"
                "conv 64 | relu\nconv 64 | relu\nconv 12 | shuffle 2\nresidual\n")
    run("train", "--task", "white-noise", "--data", "synth:1", "--val", "none", "--net",
        net, "--steps", 1, "--batch", 1, "--patch", 16, "--out", wide)
    told = run_json("shrink", "--time", 0.8, wide, out)
    check(told["after"]["macs_per_pixel"] < 0.95 * told["before"]["macs_per_pixel"], told)
    check(told["after"]["macs_per_pixel"] > 0.1 * told["before"]["macs_per_pixel"], told)


def kill_channels(name, out):
    """The channels 3 and 9 of conv2 say 0 whatever they see."""
    data = bytearray(read(name))
    n = struct.unpack("<Q", data[:8])[0]
    tensors = json.loads(bytes(data[8:8 + n]))
    for tensor in ("conv2.weight", "conv2.bias"):
        first, end = tensors[tensor]["data_offsets"]
        size = (end - first) // 16
        for channel in (3, 9):
            at = 8 + n + first + channel * size
            data[at:at + size] = bytes(size)
    with open(out, "wb") as file:
        file.write(data)
    return out


def dead_channels_change_no_bit():
    dead, out = kill_channels(WHOLE, path("dead.safetensors")), path("alive.safetensors")
    for way in (("--by", "magnitude"), ("--data", "synth:2", "--steps", 0, "--rounds", 1)):
        told = run_json("shrink", "--mac", 0.94, *way, dead, out)
        check(told["groups_gone"] == 2, told)
        check("conv 14 | relu" in net_text(out), net_text(out))
        check(same(apply(out, "alive.png"), apply(dead, "dead.png")),
              "the picture is another one")


def learns_anew():
    out, again = path("learnt.safetensors"), path("learnt2.safetensors")
    arguments = ("--mac", 0.5, "--data", "synth:3", "--val", PICTURE, "--steps", 6,
                 "--rounds", 2, "--lr", 1e-3, "--teacher", WHOLE)
    told = run_json("shrink", *arguments, WHOLE, out)
    run("shrink", *arguments, "--threads", 1, WHOLE, again)
    check(same(out, again), "a second time gives another file")
    run("shrink", "--mac", 0.5, "--data", "synth:3", "--steps", 0, "--rounds", 2, WHOLE,
        path("unlearnt.safetensors"))
    check(not same(out, path("unlearnt.safetensors")), "nothing was learnt")
    check(told["after"]["macs_per_pixel"] <= 0.5 * told["before"]["macs_per_pixel"], told)
    check(header(out)["__metadata__"]["parent"] == run_json("info", WHOLE)["sha256"],
          "parent")
    left = [name for name in os.listdir(os.path.dirname(out)) if ".rounds-" in name]
    check(not left, left)


WIDE = ("input rgb sigma\nunshuffle 2\nconv 64 | relu -> a\nconv 64 | relu | conv 64 | "
        "add a -> b\nfrom a | conv 64 k=1 | subtract b\nconv 12 init=zero | shuffle 2\n"
        "residual\n")


def wide_weights():
    """Of two layers the weights are of rank 4."""
    out = path("low-in.safetensors")
    if os.path.exists(out):
        return out
    run("train", "--task", "white-noise", "--data", "synth:1", "--val", "none", "--net",
        write(path("low.net"), WIDE), "--steps", 30, "--batch", 2, "--patch", 16, "--seed", 2,
        "--out", path("low-plain.safetensors"))
    data = bytearray(read(path("low-plain.safetensors")))
    n = struct.unpack("<Q", data[:8])[0]
    tensors = json.loads(bytes(data[8:8 + n]))
    draw = random.Random(5)
    for name in ("conv2.weight", "conv3.weight"):
        rows = [[draw.gauss(0, 0.1) for _ in range(4)] for _ in range(64)]
        columns = [[draw.gauss(0, 0.2) for _ in range(576)] for _ in range(4)]
        values = [sum(row[r] * columns[r][i] for r in range(4))
                  for row in rows for i in range(576)]
        first = 8 + n + tensors[name]["data_offsets"][0]
        data[first:first + 4 * len(values)] = struct.pack(f"<{len(values)}f", *values)
    with open(out, "wb") as file:
        file.write(data)
    return out


def lowers_ranks():
    wide, out, again = wide_weights(), path("low.safetensors"), path("low2.safetensors")
    told = run_json("shrink", "--low-rank", 0.9999, "--val", PICTURE, wide, out)
    run("shrink", "--low-rank", 0.9999, "--threads", 1, wide, again)
    check(same(out, again), "threads change the file")
    ranks = {layer["layer"]: layer["rank"] for layer in told["low_rank"]}
    check(ranks == {"conv2": 4, "conv3": 4}, told)
    layer = told["low_rank"][0]
    check(layer["outputs"] == 64 and layer["inputs"] == 576 and layer["kept"] > 0.9999, told)
    before, after = told["before"], told["after"]
    check(after["macs_per_pixel"] < 0.4 * before["macs_per_pixel"], told)
    check(after["bytes"] == os.path.getsize(out) < 0.4 * before["bytes"], told)
    check(abs(after["psnr"] - before["psnr"]) < 0.001 and told["groups_gone"] == 0, told)
    check(distance(apply(out, "low.png"), apply(wide, "low-in.png")) <= 1, "other pixels")
    check("conv 4 bias=no | conv 64 k=1 | relu | conv 4 bias=no | conv 64 k=1 | add a -> b"
          in net_text(out), net_text(out))
    check(header(out)["__metadata__"]["command"] == "reweave shrink --low-rank 0.9999",
          "command")
    said = run("shrink", "--low-rank", 0.9999, wide, out).stdout
    check("conv2, 64 x 576, is two of rank 4 with 1.0000 of its squares" in said, said)
    check("groups of channels" not in said, said)
    run("shrink", "--low-rank", 0.9999, "--store", "f16", wide, out)
    check(header(out)["conv2.weight"]["dtype"] == "F16", "--store f16 --low-rank")


def lowers_ranks_to_a_target():
    """Channels go after that, and what is left learns."""
    wide, out, again = wide_weights(), path("low3.safetensors"), path("low4.safetensors")
    told = run_json("shrink", "--low-rank", 0.9999, "--mac", 0.2, wide, out)
    check(told["groups_gone"] > 0 and len(told["low_rank"]) == 2, told)
    check(told["after"]["macs_per_pixel"] <= 0.2 * told["before"]["macs_per_pixel"], told)
    check(read_png(apply(out, "low3.png"))[:4] == read_png(PICTURE)[:4], "apply")
    told = run_json("shrink", "--low-rank", 0.9999, "--mac", 0.9, wide, out)
    check(told["groups_gone"] == 0, "the target was met already")
    told = run_json("shrink", "--low-rank", 0.9999, "--mac", 0.9999 * 0.99, WHOLE, out)
    check(told["low_rank"] == [] and told["groups_gone"] > 0, told)
    learn = ("--low-rank", 0.99, "--mac", 0.25, "--data", "synth:2", "--steps", 3,
             "--rounds", 1, "--teacher", wide)
    run("shrink", *learn, wide, out)
    run("shrink", *learn, "--threads", 1, wide, again)
    check(same(out, again), "a second time gives another file")
    check(len(run_json("shrink", "--low-rank", 0.9999, "--data", "synth:2", "--steps", 2,
                       wide, again)["low_rank"]) == 2, "without a target")
    run("shrink", "--low-rank", 0.9999, wide, out)
    check(not same(out, again), "nothing was learnt")


def goes_in_sixteens():
    wide, out = wide_weights(), path("sixteens.safetensors")
    told = run_json("shrink", "--mac", 0.6, "--together", 16, wide, out)
    check(told["after"]["macs_per_pixel"] <= 0.6 * told["before"]["macs_per_pixel"], told)
    counts = [int(n) for n in re.findall(r"conv (\d+)", net_text(out))]
    check(all(n % 16 == 0 for n in counts[:-1]) and min(counts[:-1]) < 64, counts)


def refuses():
    out = path("never.safetensors")

    def refuse(*arguments, code=1, says=""):
        told = run("shrink", *arguments, WHOLE, out, code=code).stderr
        check(says in told and told.count("\n") == 1, told)
        check(not os.path.exists(out), "a file was written")

    refuse(code=2, says="expected --store, --int8, --entropy, --mac, --size, --time "
           "or --low-rank")
    refuse("--low-rank", 1, code=2, says="--low-rank")
    refuse("--low-rank", 0.5, "--by", "magnitude", code=2, says="no target")
    refuse("--together", 16, code=2, says="no target")
    refuse("--low-rank", 0.5, "--int8", "--data", "synth:2", code=2, says="prune first")
    refuse("--low-rank", 0.9999, says="give --low-rank less")
    refuse("--mac", 0.5, "--together", 0, code=2, says="--together")
    refuse("--mac", 0.5, "--size", "300k", code=2, says="one target")
    refuse("--mac", 2, code=2, says="--mac")
    refuse("--size", "3x", code=2, says="300k")
    refuse("--size", "10M", says="ask for fewer")
    refuse("--mac", 0.5, "--int8", "--data", "synth:2", code=2, says="prune first")
    refuse("--mac", 0.5, "--by", "luck", code=2, says="magnitude")
    refuse("--mac", 0.5, "--by", "taylor", code=2, says="--data")
    refuse("--mac", 0.5, "--steps", 3, code=2, says="--data")
    refuse("--by", "magnitude", code=2, says="no target")
    refuse("--mac", 0.01, says="--mac: wanted 0.01, but")
    refuse("--mac", 0.5, "--data", path("nowhere"), says="nowhere")
    refuse("--mac", 0.5, "--data", "synth:2", "--teacher", path("none.safetensors"),
           says="none.safetensors")
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
    if not os.path.exists(path("int8.safetensors")):
        run("shrink", "--int8", "--data", "synth:2", WHOLE, path("int8.safetensors"))
    told = run("shrink", "--mac", 0.5, path("int8.safetensors"), out, code=1).stderr
    check("8 bits" in told and told.count("\n") == 1, told)
    run("shrink", "--store", "f16", WHOLE, WHOLE, code=2)
    run("shrink", "--store", "f16", WHOLE, path("x.png"), code=2)


main([stores, whole_numbers, bench_tells_the_cost, trains, prunes_once, prunes_by_time,
      dead_channels_change_no_bit, learns_anew, lowers_ranks, lowers_ranks_to_a_target, goes_in_sixteens, refuses])
