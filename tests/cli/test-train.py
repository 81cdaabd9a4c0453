#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""reweave train: what it writes, and that interruption changes nothing."""
import json
import os
import random
import shlex
import signal
import subprocess

from toolbox import (SCRATCH, SOURCE, TINY_NET, check, environment, main, path,
                     read, run, run_json, same, start, write, write_png, REWEAVE)

NET = write(path("tiny.net"), TINY_NET)
COMMON = ["--task", "white-noise", "--data", "synth:3", "--net", NET, "--batch", 4,
          "--patch", 32, "--val", "none", "--lr", "0.003", "--seed", 7]


def train(out, *extra, **options):
    return run("train", *COMMON, "--out", path(out), *extra, **options)


def writes_a_weight_file():
    result = train("a.safetensors", "--steps", 20)
    check("a.safetensors: 20 steps" in result.stdout, result.stdout)
    info = run_json("info", path("a.safetensors"))
    check(info["task"] == "white-noise", info)
    check(info["metadata"]["steps"] == "20", info)
    check(info["metadata"]["net"].split() == TINY_NET.split(), info)
    check(info["parameters"] == 4 * 4 * 9 + 4 + 4 * 3 * 9 + 3, info)


def same_seed_same_bytes():
    train("again.safetensors", "--steps", 20)
    check(same(path("a.safetensors"), path("again.safetensors")),
          "two equal trainings differ")
    train("other.safetensors", "--steps", 20, "--seed", 8)
    check(not same(path("a.safetensors"), path("other.safetensors")),
          "another seed made no difference")


def threads_do_not_matter():
    for n in (1, 2, 3):
        train(f"threads-{n}.safetensors", "--steps", 12, "--threads", n)
    for n in (2, 3):
        check(same(path("threads-1.safetensors"),
                   path(f"threads-{n}.safetensors")),
              f"1 and {n} threads differ")


def wait_for_step(process):
    for line in process.stdout:
        if json.loads(line)["event"] == "step":
            return
    raise AssertionError("no step was told: " + process.stderr.read())


def interrupt(out, steps, number):
    """Trains until the first step is told, then sends a signal."""
    process = start("train", *COMMON, "--out", path(out), "--steps", steps, "--json")
    wait_for_step(process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def go_on(errors):
    """Runs the very command that the message names."""
    command = shlex.split(errors.split("go on with: ")[1])
    check(command[0] == "reweave" and command[-1] == "--resume", errors)
    subprocess.run([REWEAVE] + command[1:], cwd=SCRATCH, env=environment(),
                   check=True, capture_output=True, timeout=300)


# Enough that the signal comes before the end.
LONG = 4000


def interrupted_is_uninterrupted():
    train("whole.safetensors", "--steps", LONG)
    for name, number in (("int", signal.SIGINT), ("term", signal.SIGTERM)):
        out = f"{name}.safetensors"
        code, errors = interrupt(out, LONG, number)
        check(code == 128 + number and "go on with: " in errors, f"{code}: {errors}")
        check(errors.count("\n") == 1, f"more than one line: {errors}")
        run("info", path(out))
        check(not same(path("whole.safetensors"), path(out)), "nothing was left")
        go_on(errors)
        check(same(path("whole.safetensors"), path(out)),
              f"resumed after {number.name} differs from uninterrupted")


def killed_is_uninterrupted():
    out = "killed.safetensors"
    _, errors = interrupt(out, LONG, signal.SIGINT)
    command = shlex.split(errors.split("go on with: ")[1])
    process = start(*command[1:])
    wait_for_step(process)
    process.kill()
    process.communicate(timeout=60)
    run("info", path(out))
    go_on(errors)
    check(same(path("whole.safetensors"), path(out)),
          "resumed after a kill differs from uninterrupted")


def resumes_for_more_steps():
    train("more.safetensors", "--steps", 5)
    train("more.safetensors", "--steps", 10, "--resume")
    info = run_json("info", path("more.safetensors"))
    check(info["metadata"]["steps"] == "10", info)


def validates_ten_times():
    """However short the training is, whether steps or time end it."""
    common = ["train", "--task", "white-noise", "--net", path("tiny.net"), "--patch", 16, "--json",
              "--batch", 1, "--data", "synth:3", "--val", "synth:2", "--out"]
    for name, end, n in (("steps", ["--steps", 25], 10), ("few", ["--steps", 4], 4),
                         ("none", ["--steps", 25, "--validate-every", 0], 1),
                         ("often", ["--steps", 25, "--validate-every", 2], 13)):
        events = [json.loads(line) for line in
                  run(*common, path(f"ten-{name}.safetensors"), *end).stdout.splitlines()]
        found = sum(e["event"] == "validation" for e in events)
        check(found == n, f"{name}: {found} validations")
    events = [json.loads(line) for line in
              run(*common, path("ten-timed.safetensors"), "--time", "3s").stdout.splitlines()]
    check(sum(e["event"] == "validation" for e in events) >= 2, events)
    last = [e for e in events if e["event"] == "step"][-1]
    check(last["n_steps"] < 10 * last["step"], last)


def goes_on_with_other_pictures():
    folder = path("moving")
    run("synth", "--count", 3, "--size", "80x80", folder)
    run("synth", "--count", 1, "--size", "80x80", "--seed", 2, path("still"))
    common = ["train", "--task", "white-noise", "--net", path("tiny.net"), "--patch", 16,
              "--batch", 1, "--val", path("still"), "--out", path("moved.safetensors")]
    run(*common, "--data", folder, "--steps", 5, "--new-data", code=2)
    run(*common, "--data", folder, "--steps", 5)
    os.remove(os.path.join(folder, "leaves-00001.png"))
    told = run(*common, "--data", folder, "--steps", 9, "--resume", code=1).stderr
    check("resume with those, or with --new-data" in told, told)
    told = run(*common, "--data", folder, "--steps", 9, "--resume", "--new-data").stderr
    check("step 5 with other pictures, now 2 to train on" in told, told)


def tells_events():
    result = train("events.safetensors", "--steps", 10, "--json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    names = [event["event"] for event in events]
    check(names[0] == "data" and names[1] == "start", names)
    check(names[-1] == "done", names)
    last = [event for event in events if event["event"] == "step"][-1]
    check(last["step"] == last["n_steps"] == 10, last)
    check(last["loss"] > 0 and last["patches_per_s"] > 0, last)
    check(result.stderr == "", result.stderr)


def sums_losses():
    result = train("sum.safetensors", "--steps", 2, "--loss", "l1 + 0.5*ms-ssim")
    check("l1 + 0.5 * ms-ssim (2 of 5 scales: the last needs 176 pixels)"
          in result.stderr, result.stderr)
    info = run_json("info", path("sum.safetensors"))
    check("loss = l1 + 0.5*ms-ssim\n" in info["metadata"]["recipe"], info)
    check("--loss 'l1 + 0.5*ms-ssim'" in info["metadata"]["command"], info)
    result = train("sum.safetensors", "--loss", "l1 - ssim", code=2)
    check('has "- ssim" where "+" or the end is expected' in result.stderr,
          result.stderr)


def learns():
    run("train", "--task", "white-noise", "--data", "synth:8", "--val", "synth:2", "--net",
        NET, "--out", path("learnt.safetensors"), "--steps", 300, "--lr", "0.01", "--patch", 32,
        "--seed", 3)
    run("synth", "--count", 2, "--size", "128x128", "--seed", 99, path("unseen"))
    mean = run_json("eval", "-w", path("learnt.safetensors"), "--level", 40,
                    path("unseen"))["mean"]
    check(mean["psnr"] > mean["damaged_psnr"] + 1, mean)


def begins_with_other_weights():
    train("child.safetensors", "--steps", 2, "--from", path("a.safetensors"))
    info = run_json("info", path("child.safetensors"))
    digest = run_json("info", path("a.safetensors"))["sha256"]
    check(digest in info["metadata"].get("parent", ""), info)


def takes_the_net_of_other_weights():
    bare = ["--task", "white-noise", "--data", "synth:3", "--val", "none", "--batch", 2, "--patch", 32,
            "--out", path("bare.safetensors")]
    run("train", *bare, "--steps", 2, "--from", path("a.safetensors"))
    run("train", *bare, "--steps", 4, "--resume")
    info = run_json("info", path("bare.safetensors"))
    check(info["metadata"]["net"].split() == TINY_NET.split(), info)
    check(info["metadata"]["steps"] == "4", info)


def begins_with_part_of_other_weights():
    net = write(path("wide.net"), TINY_NET.replace("conv 3", "conv 6 | conv 3"))
    extra = ["--net", net, "--from", path("a.safetensors"), "--steps", 2]
    result = train("part.safetensors", *extra, code=1)
    check("its net is another one" in result.stderr, result.stderr)
    result = train("part.safetensors", *extra, "--partial", "--freeze", "conv1")
    check("took 2 of 6 tensors" in result.stderr, result.stderr)
    check("conv2.weight (6x4x3x3, there 3x4x3x3)" in result.stderr, result.stderr)
    recorded = run_json("info", path("part.safetensors"))["metadata"]["command"]
    check("--partial" in recorded and "--freeze conv1" in recorded, recorded)
    result = train("part.safetensors", "--force", "--freeze", "con1", code=1)
    check('did you mean "conv1"?' in result.stderr, result.stderr)
    train("part.safetensors", "--partial", code=2)


def writes_over_nothing():
    before = open(path("a.safetensors"), "rb").read()
    result = train("a.safetensors", code=1)
    check("--resume" in result.stderr and "--force" in result.stderr, result.stderr)
    check(open(path("a.safetensors"), "rb").read() == before, "it was written over")
    result = run("train", *COMMON, "--out", path("a.safetensors"), "--from",
                 path("a.safetensors"), "--force", code=1)
    check("is read by this training" in result.stderr, result.stderr)
    train("a.safetensors", "--force", "--resume", code=2)
    for option in ("--plot", "--sheet"):
        result = train("over.safetensors", option, path("nowhere", "x.png"), code=2)
        check("there is no folder" in result.stderr, result.stderr)
    result = train("over.safetensors", "--stesp", 1, code=2)
    check("did you mean --steps?" in result.stderr, result.stderr)


def says_what_its_owner_says():
    recipe = write(path("about.ini"),
                   "[about]\ntitle = Mine\nlicense = L\ndata = D\n[train]\ntask = white-noise\n"
                   "batch = 1\npatch = 16\nsteps = 1\n[net]\n" + TINY_NET)
    words = ["--recipe", recipe, "--data", "synth:2", "--val", "none", "--out"]

    def told(name, *extra):
        run("train", *words, path(name), *extra)
        metadata = run_json("info", path(name))["metadata"]
        return [metadata.get(key) for key in ("title", "license", "data")]
    check(told("own.safetensors") == [None] * 3, "it says what others say")
    check(told("shipped.safetensors", "--about") == ["Mine", "L", "D"], "--about says nothing")
    check(told("said.safetensors", "--title", "T", "--license", "X", "--data-note", "N")
          == ["T", "X", "N"], "it does not say what it is told")
    os.unlink(recipe)


def stops_after_a_time():
    train("timed.safetensors", "--time", "1s")
    steps = int(run_json("info", path("timed.safetensors"))["metadata"]["steps"])
    check(steps >= 1, steps)


def counts_small_pictures():
    run("synth", "--count", 1, "--size", "64x64", path("mixed"))
    os.rename(path("mixed", "leaves-00000.png"), path("mixed", "large.png"))
    run("synth", "--count", 2, "--size", "20x20", path("mixed"))
    write(path("mixed", "broken.png"), b"\x89PNG\r\n\x1a\nno more")
    result = run("train", "--data", path("mixed"), "--net", NET, "--patch", 32,
                 "--val", "none", "--steps", 2, "--out", path("mixed.safetensors"))
    check("1 pictures" in result.stderr, result.stderr)
    check("smaller than a patch: 2" in result.stderr, result.stderr)
    check("broken: 1" in result.stderr, result.stderr)


def bright(value):
    """A picture's sample function."""
    return lambda x, y, c: (x * (3 + c) + y * 2 + value) % 200


def write_pairs(folder, n):
    """Damaged is 40 darker."""
    for kind in ("clean", "damaged"):
        os.makedirs(path(folder, kind, "deep"))
    for i in range(n):
        name = f"deep/{i}" if i % 2 else str(i)
        samples = bright(i)
        write_png(path(folder, "clean", name + ".png"), 48, 40, 3, 8, samples)
        write_png(path(folder, "damaged", name + ".PNG"), 48, 40, 3, 8,
                  lambda x, y, c, s=samples: max(0, s(x, y, c) - 40))


def learns_from_pairs():
    write_pairs("pairs", 6)
    write_pairs(os.path.join("pairs", "others"), 3)
    write_png(path("pairs", "clean", "only.png"), 48, 40, 3, 8, bright(0))
    write_png(path("pairs", "clean", "odd.png"), 48, 40, 3, 8, bright(0))
    write_png(path("pairs", "damaged", "odd.png"), 40, 48, 3, 8, bright(0))
    net = write(path("pairs.net"), "input rgb\nconv 8 k=1 | relu | conv 3 k=1\nresidual\n")
    pairs = ["--pairs", "pairs/clean", "pairs/damaged/"]
    result = run("train", *pairs, "--net", net, "--patch", 32, "--batch", 4,
                 "--steps", 300, "--lr", "0.01", "--exposure", 0, "--val-pairs",
                 path("pairs", "others", "clean"), path("pairs", "others", "damaged"),
                 "--out", path("pairs.safetensors"))
    check("6 pictures" in result.stderr, result.stderr)
    check("without a partner: 1: pairs/clean/only.png" in result.stderr, result.stderr)
    check("of another size than partner: 1" in result.stderr, result.stderr)
    check("odd.png: is 40 x 48, expected 48 x 40" in result.stderr, result.stderr)
    psnr = float(result.stdout.split("PSNR ")[1].split()[0])
    check(psnr > 25, result.stdout)  # 40 / 255 is 16.1 dB
    command = run_json("info", path("pairs.safetensors"))["metadata"]["command"]
    check("--pairs pairs/clean pairs/damaged/" in command, command)
    check("--val-pairs clean damaged" in command, command)


def refuses_half_a_pair():
    out = ["--out", path("no.safetensors")]
    for words, message in (
            (["--pairs", "pairs/clean"], "expected two folders"),
            (["--pairs", "pairs/clean", "--steps", "3"], "expected two folders"),
            (["--pairs=pairs/clean", "b", "--data", "synth:3"], "together with --data"),
            (["--data", "synth:3", "--val", "none", "--val-pairs", "a", "b"],
             "together with --val")):
        result = run("train", *words, *out, code=2)
        check(message in result.stderr, result.stderr)
    result = run("train", "--pairs", "pairs/clean", "nowhere", "--net", NET, *out, code=1)
    check("nowhere: cannot be read" in result.stderr, result.stderr)


def decodes_ahead():
    run("synth", "--count", 8, "--size", "500x400", path("large"))
    common = ["--data", path("large"), "--val-share", "0.13", "--net", NET, "--batch",
              4, "--patch", 32, "--steps", 12]
    result = run("train", *common, "--out", path("held.safetensors"))
    check("8 pictures, 5 MiB\n" in result.stderr, result.stderr)
    check("1 of these 8 are put aside" in result.stderr, result.stderr)
    for n in (1, 3):
        result = run("train", *common, "--data-memory", "3M", "--threads", n, "--force",
                     "--out", path("ahead.safetensors"))
        check("held and 6 of them decoded ahead" in result.stderr, result.stderr)
        for ending in ("", ".checkpoint"):
            check(same(path("held.safetensors" + ending),
                       path("ahead.safetensors" + ending)),
                  f"held and ahead with {n} threads differ")
    result = run("train", *common, "--data-memory", "3", "--out", path("no"), code=2)
    check("--data-memory: found '3'" in result.stderr, result.stderr)
    result = run("train", "--data", "synth:2", "--val", path("large"), "--data-memory",
                 "3M", "--net", NET, "--out", path("no"), code=1)
    check("which is the cap" in result.stderr, result.stderr)


def write_batch(name, n):
    """n pictures of CIFAR-10's kind."""
    data = bytearray()
    for i in range(n):
        data.append(i % 10)
        for c in range(3):
            data += bytes((x * (c + 2) + y * 3 + 7 * i) % 256
                          for y in range(32) for x in range(32))
    return write(name, bytes(data))


def counts_epochs_of_batches():
    os.makedirs(path("cifar"))
    write_batch(path("cifar", "data_batch_1.bin"), 5)
    write_batch(path("cifar", "data_batch_2.bin"), 6)
    write_batch(path("cifar", "test_batch.bin"), 3)
    common = ["--data", path("cifar"), "--val", "none", "--net", NET, "--patch", 32,
              "--batch", 4, "--out", path("cifar.safetensors")]
    result = run("train", *common, "--epochs", 2)
    check("11 pictures" in result.stderr, result.stderr)
    check("6 steps" in result.stdout, result.stdout)  # 3 batches an epoch
    result = run("train", *common, "--epochs", 3, "--resume")
    check("9 steps" in result.stdout, result.stdout)
    common.append("--force")
    result = run("train", *common, "--epochs", 2, "--reuse", 2, code=1)
    check("reuse is 2" in result.stderr, result.stderr)
    write(path("cifar", "data_batch_3.bin"), bytes(3074))
    result = run("train", *common, "--epochs", 2, code=1)
    check("data_batch_3.bin: has 3074 bytes" in result.stderr, result.stderr)
    check(result.stderr.count("\n") == 1, result.stderr)


def lists_recipes():
    listed = run("train", "--list", cwd=SOURCE).stdout
    for name in os.listdir(os.path.join(SOURCE, "weights", "recipes")):
        if name.endswith(".ini"):
            check(name[:-4] in listed, f"{name} is not in {listed}")
    for name in ("l1, mae", "ms-ssim", "nesterov", "cosine"):
        check(f"\n  {name} " in listed, f"{name} is not in {listed}")


def finds_a_rate():
    os.mkdir(path("lr"))
    out = path("lr", "a.safetensors")
    write(out, "mine")
    told = run("train", *COMMON, "--out", out, "--find-lr", "--json").stdout
    found = json.loads(told.splitlines()[-1])
    check(found["event"] == "find-lr", found)
    check(1e-5 < found["suggestion"] < found["lowest"] <= 10, found)
    table = read(out + ".find-lr.csv").decode().splitlines()
    check(table[0] == "rate,loss,relative,smooth", table[0])
    check(len(table) == 1 + found["n_steps"], len(table))
    if "curve" in found:  # built with cairo
        check(b"<svg" in read(out + ".find-lr.svg"), "no curve")
    check(read(out) == b"mine", "the weight file was touched")
    check(len(os.listdir(path("lr"))) == 2 + ("curve" in found), os.listdir(path("lr")))
    again = run("train", *COMMON, "--out", out, "--find-lr", "--threads", 1)
    check(f"suggested learning rate: {found['suggestion']:.1e}," in again.stdout,
          again.stdout)
    run("train", *COMMON, "--out", out, "--find-lr", "--resume", code=2)


def learns_from_a_teacher():
    loss = ["--loss", "charbonnier + 0.5 * charbonnier(teacher) + 0.01 * l1(conv1)"]
    teacher = ["--teacher", path("a.safetensors")]
    train("taught.safetensors", "--steps", 6, *teacher, *loss)
    info = run_json("info", path("taught.safetensors"))
    digest = run_json("info", path("a.safetensors"))["sha256"]
    check(info["metadata"]["teacher"] == digest, info)
    check("--teacher a.safetensors" in info["metadata"]["command"], info)
    for arguments, told in ((teacher, "learns nothing"), (loss, "there is no teacher")):
        refused = train("refused.safetensors", "--steps", 6, *arguments, code=1)
        check(told in refused.stderr, refused.stderr)


def write_scans(folder):
    """Three even surfaces with noise that is stronger where it is lighter."""
    os.mkdir(path(folder))
    for i in range(3):
        numbers = random.Random(i)
        write_png(path(folder, f"{i}.png"), 256, 256, 3, 8,
                  lambda x, y, c: numbers.gauss(75 + 65 * i + x / 32, 3 + 2 * i))


def learns_the_noise_of_scans():
    write_scans("scans")
    noise = ["--from", path("a.safetensors"), "--noise-from", path("scans")]
    result = train("noise.safetensors", "--steps", 6, *noise)
    check("noise of 48 flat windows in 3 pictures" in result.stderr, result.stderr)
    check("correlation at 1: " in result.stderr, result.stderr)
    info = run_json("info", path("noise.safetensors"))
    check("--noise-from scans" in info["metadata"]["command"], info)
    check(info["metadata"]["recipe"].count("\nlr = 0.003\n") == 1, info)
    train("plain.safetensors", "--steps", 6, *noise[:2])
    check(not same(path("noise.safetensors"), path("plain.safetensors")),
          "the scans made no difference")
    whole = train("scanned.safetensors", "--steps", 6, "--json", *noise)
    told = [json.loads(line) for line in whole.stdout.splitlines()]
    found = [event for event in told if event["event"] == "noise"]
    check(len(found) == 1 and found[0]["windows"] == 48, told[:3])
    deviations = [row["red"] for row in found[0]["bins"]]
    check(all(abs(a - b) < 0.3 for a, b in zip(deviations, (3, 5, 7))), found)
    check(all(abs(value) < 0.05 for name in ("along", "down")
              for value in found[0]["correlation_" + name]), found)
    check(same(path("noise.safetensors"), path("scanned.safetensors")),
          "two equal trainings differ")
    train("noise.safetensors", "--steps", 12, "--resume", *noise[2:])
    refused = train("noise.safetensors", "--steps", 14, "--resume", code=1)
    check("other training or validation pictures" in refused.stderr, refused.stderr)
    # the rate that its weights are trained with is a tenth of the recipe's
    run("train", "--data", "synth:2", "--val", "none", "--patch", 32, "--steps", 2,
        "--task", "white-noise", *noise, "--out", path("rate.safetensors"))
    recipe = run_json("info", path("rate.safetensors"))["metadata"]["recipe"]
    usual = run_json("info", "white-noise-m")["metadata"]["recipe"]
    rates = [float(text.split("\nlr = ")[1].split()[0]) for text in (recipe, usual)]
    check(abs(rates[0] / rates[1] - 0.1) < 1e-6, rates)


def refuses_scans_without_noise():
    begin = ["--steps", 4, "--from", path("a.safetensors")]
    os.mkdir(path("bare"))
    for folder, told in (("bare", "no file in it ends in"), ("nowhere", "nowhere")):
        refused = train("refused.safetensors", *begin, "--noise-from", path(folder), code=1)
        check(told in refused.stderr, refused.stderr)
    write_png(path("bare", "a.png"), 128, 128, 3, 8, lambda x, y, c: 90)
    refused = train("refused.safetensors", *begin, "--noise-from", path("bare"), code=1)
    check("0 flat windows" in refused.stderr and "expected 40 or more" in refused.stderr,
          refused.stderr)
    check(refused.stderr.count("\n") == 1, refused.stderr)
    train("refused.safetensors", "--steps", 4, "--noise-from", path("scans"), code=2)
    run("train", "--pairs", path("scans"), path("scans"), "--noise-from", path("scans"),
        "--from", path("a.safetensors"), "--out", path("refused.safetensors"), code=2)
    check(not os.path.exists(path("refused.safetensors")), "written in vain")


def leaves_nothing_else_behind():
    left = [n for n in os.listdir(SCRATCH)
            if not n.endswith((".safetensors", ".safetensors.checkpoint",
                               ".safetensors.log.csv"))
            and n not in ("tiny.net", "wide.net", "pairs.net", "mixed", "unseen", "pairs",
                          "large", "cifar", "lr", "moving", "still", "scans", "bare")]
    check(not left, left)
    check(read(path("a.safetensors"))[8:9] == b"{", "not a weight file")


main([writes_a_weight_file, same_seed_same_bytes, threads_do_not_matter,
      interrupted_is_uninterrupted, killed_is_uninterrupted,
      resumes_for_more_steps, validates_ten_times, goes_on_with_other_pictures,
     
      tells_events, sums_losses, learns,
      begins_with_other_weights, takes_the_net_of_other_weights,
      begins_with_part_of_other_weights, writes_over_nothing,
      says_what_its_owner_says, stops_after_a_time,
      counts_small_pictures, learns_from_pairs, refuses_half_a_pair,
      decodes_ahead, counts_epochs_of_batches, lists_recipes, finds_a_rate,
      learns_from_a_teacher, learns_the_noise_of_scans,
      refuses_scans_without_noise, leaves_nothing_else_behind])
