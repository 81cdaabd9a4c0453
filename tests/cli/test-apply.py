#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""reweave apply, eval and degrade on pictures of every kind."""
import math
import os
import pty
import signal
import struct
import zlib

from toolbox import (Skip, check, chunk, chunks_of, main, noise, path, read_png, run,
                     run_json, same, start, tiny_weights, write, write_png)

TINY = tiny_weights(steps=30)
TOP = {8: 255, 16: 65535}


def picture(name, channels=3, depth=8, width=61, height=47, extra=b""):
    """A shallow slope with noise on it."""
    top = TOP[depth]

    def sample(x, y, c):
        if channels in (2, 4) and c == channels - 1:
            return top if x < width // 2 else noise(x, y, c, top)
        return min(top, (x + y) * top // 300 + noise(x, y, c, top // 4))
    return write_png(path(name), width, height, channels, depth, sample, extra)


def every_kind():
    for channels in (1, 2, 3, 4):
        for depth in (8, 16):
            yield channels, depth, picture(f"in-{channels}-{depth}.png", channels,
                                           depth)


def strength_0_is_the_picture():
    for channels, depth, name in every_kind():
        out = path("zero.png")
        run("apply", "-w", TINY, "--level", 25, "--strength", 0, name, out)
        check(read_png(out) == read_png(name),
              f"{channels} channels of {depth} bits changed at strength 0")


def mends_and_keeps_the_kind():
    for channels, depth, name in every_kind():
        out = path("mended.png")
        run("apply", "-w", TINY, "--level", 25, name, out)
        before, after = read_png(name), read_png(out)
        check(before[:4] == after[:4], f"{before[:4]} became {after[:4]}")
        check(before[4] != after[4], f"{name} came back as it was")
        if channels in (2, 4):
            check(before[4][channels - 1::channels]
                  == after[4][channels - 1::channels], f"{name}: alpha changed")


def built_in_weights_mend():
    clean, noisy = path("clean.png"), path("noisy.png")
    run("synth", "--count", 1, "--size", "160x160", "--seed", 5, path("leaf"))
    os.rename(path("leaf", "leaves-00000.png"), clean)
    run("degrade", "--task", "white-noise", "--level", 25, "--seed", 1, clean, noisy)
    run("apply", "--task", "white-noise", "--level", 25, noisy, path("default.png"))
    run("apply", "-w", "white-noise-s", noisy, path("auto.png"))

    def error(name):
        a, b = read_png(clean)[4], read_png(path(name))[4]
        return sum((x - y) ** 2 for x, y in zip(a, b)) / len(a)
    check(error("default.png") < error("noisy.png") / 2,
          f"{error('noisy.png')} became {error('default.png')}")
    check(error("auto.png") < error("noisy.png") / 2,
          f"{error('noisy.png')} became {error('auto.png')} by itself")


def threads_do_not_matter():
    name = picture("large.png", width=700, height=90)
    for n in (1, 2, 3):
        run("apply", "-w", TINY, "--threads", n, name, path(f"by-{n}.png"))
    for n in (2, 3):
        check(same(path("by-1.png"), path(f"by-{n}.png")),
              f"1 and {n} threads differ")


def make_profile():
    """A small ICC profile that libpng takes: a header and one tag."""
    text = b"text" + bytes(4) + bytes(range(1, 201))  # longer once compressed
    size = 144 + len(text)
    return struct.pack(">I4sI4s4s4s12s4s28s3I48sI4sII", size, b"none", 0x04000000,
                       b"mntr", b"RGB ", b"XYZ ", bytes(12), b"acsp", bytes(28),
                       0xf6d6, 0x10000, 0xd32d, bytes(48), 1, b"cprt", 144,
                       len(text)) + text


def keeps_the_profile():
    profile = chunk(b"iCCP", b"name\0\0" + zlib.compress(make_profile()))
    name = picture("profile.png", extra=profile)
    run("apply", "-w", TINY, name, path("profiled.png"))
    kept = chunks_of(path("profiled.png")).get(b"iCCP", b"")
    check(b"\0\0" in kept and zlib.decompress(kept.split(b"\0\0", 1)[1])
          == make_profile(), f"iCCP is {kept!r}")


def one_pixel_and_thin_ones():
    for width, height in ((1, 1), (1, 40), (40, 1), (3, 2)):
        name = picture("small.png", width=width, height=height)
        run("apply", "-w", TINY, name, path("small-out.png"))
        check(read_png(path("small-out.png"))[:2] == (width, height), "size")


def reads_and_writes_jpeg():
    name = picture("to.png")
    run("apply", "-w", TINY, name, path("to.jpg"))
    run("apply", "-w", TINY, "--save-quality", 40, name, path("poor.jpg"))
    check(os.path.getsize(path("poor.jpg")) < os.path.getsize(path("to.jpg")),
          "quality changes nothing")
    run("apply", "-w", TINY, path("to.jpg"), path("back.png"))
    check(read_png(path("back.png"))[:4] == (61, 47, 3, 8), "size")


def several_into_a_folder():
    names = [picture(f"many-{i}.png", width=20 + i, height=20) for i in range(3)]
    result = run_json("apply", "-w", TINY, *names, path("folder"))
    check(len(result["images"]) == 3, result)
    check(all(0 < image["level"] <= 75 for image in result["images"]), result)
    os.makedirs(path("source", "below"))
    os.rename(names[0], path("source", "a.png"))
    os.rename(names[1], path("source", "below", "b.png"))
    run("apply", "-w", TINY, path("source"), path("source", "out"))
    run("apply", "-w", TINY, path("source"), path("source", "out"))
    check(sorted(os.listdir(path("source", "out"))) == ["a.png", "below"],
          os.listdir(path("source", "out")))
    check(os.listdir(path("source", "out", "below")) == ["b.png"], "below")


def one_bad_among_good():
    good = picture("good.png")
    with open(path("bad.png"), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\nnothing more")
    result = run("apply", "-w", TINY, path("bad.png"), good, path("some"), code=1)
    check(result.stderr.count("\n") == 1 and "bad.png" in result.stderr,
          result.stderr)
    check(os.listdir(path("some")) == ["good.png"], os.listdir(path("some")))


def interrupted_leaves_nothing():
    """Ctrl-C while the bar is shown, on a terminal of the test's own."""
    name = path("wide.png")
    write_png(name, 4096, 512, 1, 8, lambda x, y, c: x * y & 255)
    os.makedirs(path("stopped"))
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        raise Skip(f"no terminal to be had: {error}") from error
    process = start("apply", "-w", "white-noise-s", "--threads", 1, name, path("stopped") + "/",
                    stderr=theirs)
    os.close(theirs)
    told = os.read(ours, 4096)  # the bar, or the whole run was too fast
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    try:
        while True:
            told += os.read(ours, 4096)
    except OSError:
        pass  # the terminal's other end is closed
    os.close(ours)
    check(b"Mpx/s" in told, told)
    left = os.listdir(path("stopped"))
    if process.returncode == 0:
        check(left == ["wide.png"], left)
    else:
        check(process.returncode == 130 and not left, f"{process.returncode}: {left}")
        check(b"stopped before it was written" in told, told)


def degrades_by_the_level():
    flat = write_png(path("flat.png"), 128, 128, 3, 16, lambda x, y, c: 32768)
    for level in (5, 25):
        run("degrade", "--task", "white-noise", "--level", level, "--seed", 3, flat, path("d.png"))
        samples = read_png(path("d.png"))[4]
        mean = sum(samples) / len(samples)
        deviation = math.sqrt(sum((s - mean) ** 2 for s in samples) / len(samples))
        check(abs(mean / 257 - 127.5) < 0.5, mean)
        check(abs(deviation / 257 / level - 1) < 0.03, deviation / 257)
    run("degrade", "--task", "white-noise", "--level", 25, "--seed", 3, flat, path("e.png"))
    check(same(path("d.png"), path("e.png")), "the same seed gave other noise")
    run("degrade", "--task", "white-noise", "--level", 25, "--seed", 4, flat, path("e.png"))
    check(not same(path("d.png"), path("e.png")), "the seed changes nothing")


def degrades_to_half_the_size():
    """upscale's input: an odd column or row is left out, alpha comes along."""
    name = picture("odd.png", channels=4, width=61, height=46)
    run("degrade", "--task", "upscale", name, path("half.png"))
    check(read_png(path("half.png"))[:4] == (30, 23, 4, 8),
          read_png(path("half.png"))[:4])


def nets_without_a_level():
    """Nothing is measured, asked for or told; PNG and JPEG, any strength."""
    net = write(path("plain.net"), "input rgb\nconv 4 | relu | conv 3\nresidual\n")
    plain = tiny_weights("plain.safetensors", "--net", net)
    name = picture("plain.png")
    for out in ("plain-out.png", "plain-out.jpg"):
        for strength in (1, 0):
            told = run("apply", "-w", plain, "--strength", strength, name, path(out))
            check("level" not in told.stdout and "s, " in told.stdout, told.stdout)
            image = run_json("apply", "-w", plain, "--strength", strength, name,
                             path(out))["images"][0]
            check("level" not in image and image["seconds"] > 0, image)
    check(read_png(name) == read_png(path("plain-out.png")), "changed at strength 0")
    run("apply", "-w", plain, name, path("plain-out.png"))
    check(read_png(name) != read_png(path("plain-out.png")), "nothing was mended")
    os.remove(path("plain-out.png"))
    for strength in (1, 0):
        told = run("apply", "-w", plain, "--level", 25, "--strength", strength, name,
                   path("plain-out.png"), code=1).stderr
        check("level" in told and told.count("\n") == 1, told)
        check(not os.path.exists(path("plain-out.png")), "something was written")
    text = run("apply", "-w", TINY, "--level", 25, name, path("told.png")).stdout
    check("level 25.0, " in text, text)


def finds_the_default_of_a_task():
    """By the name that the task has for it."""
    folder = path("data-home", "reweave", "weights")
    os.makedirs(folder)
    net = write(path("plain.net"), "input rgb\nconv 4 | relu | conv 3\nresidual\n")
    made = path("made.safetensors")
    run("train", "--task", "reconstruct", "--data", "synth:2", "--net", net, "--steps", 3,
        "--batch", 2, "--patch", 16, "--val", "none", "--out", made)
    name = picture("any.png")
    told = run("apply", "--task", "reconstruct", name, path("none.png"), code=1).stderr
    check("cifar10-autoencoder" in told, told)
    os.rename(made, os.path.join(folder, "cifar10-autoencoder.safetensors"))
    run("apply", "--task", "reconstruct", name, path("default-1.png"))
    run("apply", "-w", "cifar10-autoencoder", name, path("default-2.png"))
    check(same(path("default-1.png"), path("default-2.png")), "another file")


def keeps_the_grain():
    """Of grey pictures all, of colours' lightness all."""
    grey, colour = picture("grain-1.png", channels=1), picture("grain-3.png")
    common = ["apply", "-w", TINY, "--level", 25]
    run(*common, "--grain", 1, grey, path("grain.png"))
    check(read_png(path("grain.png")) == read_png(grey), "a grey picture changed")
    run(*common, colour, path("without.png"))
    run(*common, "--grain", 0, colour, path("grain.png"))
    check(same(path("grain.png"), path("without.png")), "0 is not the default")
    run(*common, "--grain", 1, colour, path("grain.png"))
    before, after = (read_png(n)[4] for n in (colour, path("grain.png")))
    check(before != after, "no colour changed")
    lumas = [[0.299 * s[i] + 0.587 * s[i + 1] + 0.114 * s[i + 2]
              for i in range(0, len(s), 3)] for s in (before, after)]
    far = [abs(a - b) for a, b, i in zip(*lumas, range(len(lumas[0])))
           if 0 < min(after[3 * i:3 * i + 3]) and max(after[3 * i:3 * i + 3]) < 255]
    check(len(far) > 100 and max(far) <= 0.51, f"lightness changed by {max(far)}")


def compares():
    flat = write_png(path("a.png"), 40, 30, 3, 8, lambda x, y, c: 100)
    other = write_png(path("b.png"), 40, 30, 3, 8, lambda x, y, c: 110)
    mean = run_json("eval", "--reference", flat, other)["mean"]
    check(abs(mean["psnr"] - 20 * math.log10(25.5)) < 1e-4, mean)
    twin = write_png(path("twin.png"), 40, 30, 3, 8, lambda x, y, c: 100)
    same_one = run_json("eval", "--reference", flat, twin)["mean"]
    check(same_one["psnr"] is None and same_one["ssim"] == 1, same_one)
    small = write_png(path("c.png"), 40, 29, 3, 8, lambda x, y, c: 100)
    told = run("eval", "--reference", flat, small, code=1).stderr
    check("40 x 29" in told and "40 x 30" in told, told)


def evaluates():
    run("synth", "--count", 3, "--size", "64x64", path("clean"))
    one = run_json("eval", "-w", TINY, "--level", 30, path("clean"))
    check([image["name"] for image in one["images"]]
          == [f"leaves-0000{i}.png" for i in range(3)], one)
    for key in ("psnr", "ssim", "damaged_psnr", "damaged_ssim"):
        values = [image[key] for image in one["images"]]
        check(abs(sum(values) / 3 - one["mean"][key]) < 1e-9, f"{key}: {one}")
    # unclipped Gaussian noise of deviation 30, clamped: a little above 18.6 dB
    check(18.5 < one["mean"]["damaged_psnr"] < 20.5, one["mean"])
    again = run_json("eval", "-w", TINY, "--level", 30, path("clean"))
    check(again["mean"]["psnr"] == one["mean"]["psnr"], "not repeatable")
    other = run_json("eval", "-w", TINY, "--level", 30, "--seed", 1, path("clean"))
    check(other["mean"]["psnr"] != one["mean"]["psnr"], "the seed is ignored")
    levels = run_json("eval", "-w", TINY, "--level", "15,30", "--level", 50,
                      path("clean"))["points"]
    check([entry["level"] for entry in levels] == [15, 30, 50], levels)
    check(levels[1]["mean"]["psnr"] == one["mean"]["psnr"], levels)
    text = run("eval", "-w", TINY, "--level", 30, path("clean")).stdout
    check("leaves-00002.png" in text and "mean" in text, text)


main([strength_0_is_the_picture, mends_and_keeps_the_kind, built_in_weights_mend,
      threads_do_not_matter, keeps_the_profile, one_pixel_and_thin_ones,
      reads_and_writes_jpeg, several_into_a_folder, one_bad_among_good,
      interrupted_leaves_nothing, degrades_by_the_level, degrades_to_half_the_size,
      nets_without_a_level, finds_the_default_of_a_task, keeps_the_grain, compares,
      evaluates])
