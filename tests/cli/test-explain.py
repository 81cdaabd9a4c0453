#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pages that explain, differences of pictures and of weight files."""
import html.parser
import json
import os
import re
import struct

from toolbox import check, main, noise, path, read, read_png, run, run_json, \
    tiny_weights, write, write_png

NET = ("input rgb sigma\nunshuffle 2\nconv 8 | relu -> a\ndown 8 | conv 8 | relu\n"
       "up 8 | add a\nconv 12 | shuffle 2\nresidual\n")
LAYERS = ["unshuffle1", "conv1", "relu1", "conv2", "conv3", "relu2", "conv4", "shuffle1",
          "add1", "conv5", "shuffle2"]


def weights(name, *extra, seed=1):
    net = write(path("small.net"), NET)
    run("train", "--task", "white-noise", "--data", "synth:2", "--val", "none", "--net", net,
        "--steps", 3, "--batch", 2, "--patch", 16, "--seed", seed, "--out", path(name), *extra)
    return path(name)


WEIGHTS = weights("small.safetensors")
PICTURE = write_png(path("in.png"), 90, 70, 3, 8,
                    lambda x, y, c: 128 + (noise(x, y, c, 60) if 40 <= x < 72 and 24 <= y < 56
                                           else 0))


class Page(html.parser.HTMLParser):
    """What a page refers to, and that its tags are closed in order."""
    VOID = ("meta", "img", "link", "br")

    def __init__(self, name):
        super().__init__()
        self.open, self.files, self.text, self.tags = [], [], "", []
        self.source = read(name).decode()
        self.feed(self.source)
        self.close()
        check(not self.open, f"left open: {self.open}")

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in self.VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)
        for key, value in attrs:
            check(not key.startswith("on"), f"{key} of {tag}")
            if key in ("src", "href"):
                self.files.append(value)
            if tag == "img" and key == "alt":
                check(value, "an empty alt")

    def handle_endtag(self, tag):
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            raise AssertionError(f"</{tag}> closes nothing")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_data(self, data):
        self.text += data


def check_page(folder):
    page = Page(os.path.join(folder, "index.html"))
    check("script" not in page.tags and "link" not in page.tags, page.tags)
    check(not re.search(r"https?:|//|url\(|@import", page.source), "a network address")
    for name in page.files:
        width, height = read_png(os.path.join(folder, name))[:2]
        check(width > 0 and height > 0, name)
    made = {n for n in os.listdir(folder) if n != "index.html"}
    check(made == set(page.files), made ^ set(page.files))
    check("color-scheme:light dark" in page.source, "one colour scheme")
    return page


def rgb(samples, width, x, y):
    return samples[3 * (y * width + x):3 * (y * width + x) + 3]


def picture_page():
    out = path("why")
    told = run_json("explain", "-w", WEIGHTS, "--level", 25, PICTURE, out)
    page = check_page(out)
    check(told["page"] == os.path.join(out, "index.html"), told)
    for word in ("Saliency", "Grad-CAM", "Relevance", "Effective receptive field", "Layers",
                 "Noise level 25", "epsilon", "alpha-beta"):
        check(word in page.text, word)
    check([layer["name"] for layer in told["layers"]] == LAYERS, told["layers"])
    for number, name in enumerate(LAYERS, 1):
        for kind in ("layer", "cam"):
            check(f"{kind}-{number:02}-{name}.png" in page.files, name)
    # the noise is what is changed
    x, y, width, height = told["region"]
    check(32 <= x <= 48 and 16 <= y <= 32 and (width, height) == (32, 32), told["region"])
    for rule in ("epsilon", "alpha-beta"):
        balance = told["relevance"][rule]
        kept = sum(balance[k] for k in ("colour", "planes", "biases", "kept_back"))
        check(abs(balance["arrived"] - 2 * told["energy"]) < 1e-3 * balance["arrived"], balance)
        check(abs(kept - balance["arrived"]) < 1e-3 * balance["arrived"], balance)
        check(abs(balance["lost_to_rounding"]) < 1e-3, balance)
    check(0 < told["field_radius"] <= told["halo"] * 1.5, told["field_radius"])
    # the caption's numbers are JSON's
    check(f"{told['largest_change']:.1f} of 255" in page.text, told["largest_change"])


def pictures_are_those_of_apply():
    out, mended = path("why-at"), path("mended.png")
    told = run_json("explain", "-w", WEIGHTS, "--level", 25, "--at", "8,6,10,12", PICTURE, out)
    check(told["region"] == [8, 6, 10, 12], told["region"])
    left, top = told["crop"][:2]
    run("apply", "-w", WEIGHTS, "--level", 25, PICTURE, mended)
    width, _, _, _, whole = read_png(mended)
    wide, high, _, _, after = read_png(os.path.join(out, "after.png"))
    for y in range(0, high, 7):
        for x in range(0, wide, 5):
            check(rgb(after, wide, x, y) == rgb(whole, width, left + x, top + y), (x, y))


def small_and_grey():
    for channels, size in ((1, (5, 3)), (4, (17, 40))):
        name = write_png(path(f"small{channels}.png"), *size, channels, 16,
                         lambda x, y, c: noise(x, y, c, 65535))
        out = path(f"why-small{channels}")
        run("explain", "-w", WEIGHTS, name, out)
        check_page(out)


def names_from_outside():
    """Nothing in a name is obeyed by a browser, or is no HTML at all."""
    name = path("a\x1b[31m<b>&\u202e.png")
    with open(name, "wb") as file:
        file.write(read(PICTURE))
    run("explain", "-w", WEIGHTS, name, path("odd"))
    page = Page(os.path.join(path("odd"), "index.html"))
    check("<b>" not in page.source and "\x1b" not in page.source, "raw")
    check("&#x1" not in page.source and "\u202e" not in page.source, "control characters")
    check("a\\x1b[31m&lt;b&gt;&amp;" in page.source, "how the name is shown")


def patches():
    folder, out = path("pictures"), path("why-patches")
    os.makedirs(folder, exist_ok=True)
    for i in range(2):
        write_png(os.path.join(folder, f"{i}.png"), 50, 40, 3, 8,
                  lambda x, y, c, i=i: noise(x + 100 * i, y, c))
    run("explain", "-w", WEIGHTS, "--level", 25, "--patches", folder, PICTURE, out)
    page = check_page(out)
    for number, name in enumerate(LAYERS, 1):
        check(f"patches-{number:02}-{name}.png" in page.files, name)
    check("in 2 pictures" in page.text, "the number of pictures")


def other_tasks():
    """Enlarging, a mask, a block that repeats."""
    mask = write_png(path("mask.png"), 90, 70, 1, 8, lambda x, y, c: 255 * (20 <= x < 30))
    for task, net, options, target in (
            ("upscale", "input rgb\nconv 8 | relu | conv 12 | shuffle 2\n", (), "the result"),
            ("inpaint", "input rgb mask\nconv 8 | relu | conv 3\nresidual\n", ("--mask", mask),
             "the change"),
            ("white-noise", "input rgb sigma\nconv 8 | relu -> a\nrepeat 2 {\nadd a | gru 8\n}\n"
             "conv 3\nresidual\n", ("--repeats", 3), "the change")):
        text, file, out = path(f"{task}.net"), path(f"{task}.safetensors"), path(f"why-{task}")
        write(text, net)
        run("train", "--task", task, "--data", "synth:2", "--val", "none", "--net", text,
            "--steps", 2, "--batch", 2, "--patch", 16, "--out", file)
        told = run_json("explain", "-w", file, *options, PICTURE, out)
        check_page(out)
        check(told["target"] == target, told["target"])
        after = read_png(os.path.join(out, "after.png"))
        scale = 2 if task == "upscale" else 1
        check(after[:2] == (90 * scale, 70 * scale), after[:2])
        balance = told["relevance"]["alpha-beta"]
        kept = sum(balance[k] for k in ("colour", "planes", "biases", "kept_back"))
        check(abs(kept - balance["arrived"]) <= 1e-3 * balance["arrived"], balance)
        if task == "white-noise":
            check(any(layer["name"].endswith("@3") for layer in told["layers"]), told["layers"])
    told = run_json("explain", "-w", path("white-noise.safetensors"))
    names = [layer["name"] for layer in told["layers"]]
    check(len(names) == len(set(names)) and not any("@2" in name for name in names), names)


def plant(source, target, name, change):
    """A copy of a weight file with one tensor's floats changed."""
    data = bytearray(read(source))
    size = struct.unpack("<Q", data[:8])[0]
    tensor = json.loads(data[8:8 + size])[name]
    begin, end = (8 + size + at for at in tensor["data_offsets"])
    count = (end - begin) // 4
    values = change(list(struct.unpack(f"<{count}f", data[begin:end])))
    data[begin:end] = struct.pack(f"<{count}f", *values)
    return write(target, bytes(data))


def weights_page():
    # channel 3 of the second convolution, of 8 inputs and 2 x 2 taps, is silenced
    dead = plant(WEIGHTS, path("dead.safetensors"), "conv2.weight",
                 lambda v: v[:96] + [0.0] * 32 + v[128:])
    out = path("inside")
    told = run_json("explain", "--weights", dead, out)
    page = check_page(out)
    check({layer["name"]: layer["dead"] for layer in told["layers"]}
          == {"conv1": [], "conv2": [3], "conv3": [], "conv4": [], "conv5": []},
          told["layers"])
    check("kernels.png" in page.files and page.source.count("<svg") == 5, "figures")
    for layer in told["layers"]:
        check(sum(layer["histogram"]) == layer["weights"], layer)
        check(0 < layer["f16_error"] < 1e-3 < layer["int8_error"] < 0.05, layer)
        check(layer["norm_least"] <= layer["norm_mean"] <= layer["norm_most"], layer)
    macs = run_json("info", dead)["macs_per_pixel"]
    check(abs(sum(t["macs_per_pixel"] for t in told["times"]) - macs) < 1e-6 * macs, macs)
    check(told["seconds"] > 0, told["seconds"])
    alone = run_json("explain", "-w", dead)
    check(alone["layers"] == told["layers"] and "page" not in alone, alone)


def refuses():
    def refuse(*arguments, code=2, says):
        told = run("explain", *arguments, code=code).stderr
        check(says in told and told.count("\n") == 1, told)

    never = path("never")
    refuse("-w", WEIGHTS, says="OUT_DIR")
    refuse("-w", WEIGHTS, PICTURE, says="OUT_DIR")
    refuse("-w", WEIGHTS, PICTURE, PICTURE, says="expected a folder")
    refuse("-w", WEIGHTS, "--at", "1,2,3", PICTURE, never, says="X,Y,W,H")
    refuse("-w", WEIGHTS, "--at", "80,60,20,20", PICTURE, never, says="reaches beyond")
    refuse("-w", WEIGHTS, "--at", "0,0,0,4", PICTURE, never, says="--at")
    refuse("-w", WEIGHTS, "--at", "0,0,4,4", never, says="without a picture")
    refuse("-w", WEIGHTS, "--quality", 10, PICTURE, never, says="--quality")
    refuse("-w", WEIGHTS, "--mask", PICTURE, PICTURE, never, says="--mask")
    refuse("-w", WEIGHTS, path("nowhere.png"), never, code=1, says="nowhere.png")
    refuse("-w", WEIGHTS, WEIGHTS, never, code=1, says="small.safetensors")
    refuse("-w", path("nowhere.safetensors"), never, code=1, says="nowhere")
    refuse("-w", WEIGHTS, "--patches", path("nowhere"), PICTURE, path("half"), code=1,
           says="nowhere")
    check(not os.path.exists(never), "a folder was made")
    check(not os.path.exists(path("half", "index.html")), "half a page")


# ---- apply --difference -----------------------------------------------------------


def check_difference(name, before, after, amplification):
    width, height, channels, depth, got = read_png(name)
    check((channels, depth) == (3, 8), name)
    old, new = read_png(before), read_png(after)
    check((width, height) == old[:2] == new[:2], name)
    peak, n = 2 ** old[3] - 1, old[2]
    worst, most = 0, 0
    for i, value in enumerate(got):
        at = i // 3 * n + (i % 3 if n > 2 else 0)
        change = (new[4][at] - old[4][at]) / peak
        want = min(max(127.5 + 255 * amplification * change, 0), 255)
        worst, most = max(worst, abs(value - want)), max(most, abs(change))
    check(worst <= 0.51, f"{name}: off by {worst}")
    return 255 * most


def differences():
    for channels, depth in ((1, 8), (3, 16), (4, 8)):
        name = write_png(path("from.png"), 71, 900, channels, depth,
                         lambda x, y, c, d=depth: (noise(x, y, c, 2 ** d - 1) if c != 3 else 255))
        for strips in ((), ("--memory", "48M"), ("--strength", 0)):
            out, changed = path("to.png"), path("changed.png")
            told = run_json("apply", "-w", WEIGHTS, "--level", 30, "--amplify", 4, "--difference",
                            changed, *strips, name, out)["images"][0]["difference"]
            most = check_difference(changed, name, out, 4)
            check(told["amplification"] == 4 and told["file"] == changed, told)
            check(abs(told["largest"] - most) < 0.01, (told, most))
    told = run("apply", "-w", WEIGHTS, "--level", 30, "--difference", path("changed.png"), PICTURE,
               path("to.png")).stdout
    check("10 times as large" in told, told)


def refuses_differences():
    def refuse(*arguments, says, code=2):
        told = run("apply", "-w", WEIGHTS, "--level", 30, *arguments, code=code).stderr
        check(says in told and told.count("\n") == 1, told)

    out = path("unmade.png")
    refuse("--difference", path("d.jpg"), PICTURE, out, says=".png")
    refuse("--difference", PICTURE, PICTURE, out, says="third file")
    refuse("--difference", out, PICTURE, out, says="third file")
    refuse("--difference", path("d.png"), "-o", path("many"), PICTURE, path("from.png"),
           says="expected one")
    refuse("--difference", path("d.png"), "--amplify", 0, PICTURE, out, says="--amplify")
    refuse("--difference", path("no-such-folder", "d.png"), PICTURE, out, code=1,
           says="no-such-folder")
    check(not os.path.exists(out), "a file was written")


# ---- info --compare ---------------------------------------------------------------


def compares():
    other = plant(WEIGHTS, path("other.safetensors"), "conv3.bias",
                  lambda v: [v[0] + 0.5] + v[1:])
    told = run_json("info", "--compare", WEIGHTS, other)
    check(not told["same"] and told["net"] == [] and told["metadata"] == {}, told)
    check(told["tensors_same"] == 9 and len(told["tensors"]) == 1, told)
    tensor = told["tensors"][0]
    check(tensor["name"] == "conv3.bias" and tensor["shape_a"] == "8", tensor)
    check(abs(tensor["largest"] - 0.5) < 1e-6 and abs(tensor["rms"] - 0.5 / 8 ** 0.5) < 1e-6,
          tensor)
    check(run_json("info", "--compare", WEIGHTS, WEIGHTS)["same"], "itself")
    check("the same" in run("info", "--compare", WEIGHTS, WEIGHTS).stdout, "itself")


def compares_other_nets():
    tiny = tiny_weights()
    told = run_json("info", "--compare", WEIGHTS, tiny)
    check("- unshuffle 2" in told["net"] and "+ conv 4" in " ".join(told["net"]), told["net"])
    check("recipe" in told["metadata"], told["metadata"])
    shapes = {t["name"]: (t["shape_a"], t["shape_b"]) for t in told["tensors"]}
    check(shapes["conv1.weight"] == ("8x16x3x3", "4x4x3x3"), shapes)
    check(shapes["conv5.weight"][1] is None, shapes)
    text = run("info", "--compare", WEIGHTS, tiny).stdout
    check("8x16x3x3 -> 4x4x3x3" in text and "- unshuffle 2" in text, text)
    run("info", "--compare", WEIGHTS, code=2)
    run("info", WEIGHTS, tiny, code=2)
    run("info", "--compare", WEIGHTS, PICTURE, code=1)


main([picture_page, names_from_outside, pictures_are_those_of_apply, small_and_grey, patches,
      other_tasks, weights_page, refuses, differences, refuses_differences, compares, compares_other_nets])
