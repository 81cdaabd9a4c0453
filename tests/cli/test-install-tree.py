#!/usr/bin/env python3
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
"""What `meson install` puts where, of the plug-in and around it.

Started as SCRIPT REWEAVE SOURCE_ROOT in the build folder.  The files are those
that meson means to install (introspection), so nothing is built for it.
"""
import json
import os
import re
import shutil
import subprocess
from xml.etree import ElementTree

from toolbox import SOURCE, Skip, check, main, path

BUILD = os.getcwd()
METAINFO = "org.gimp.GIMP.Plugin.Reweave.metainfo.xml"


def introspect(what):
    meson = shutil.which("meson")
    if not meson:
        raise Skip("there is no meson")
    return json.loads(subprocess.run([meson, "introspect", "--" + what, BUILD],
                                     capture_output=True, text=True, check=True).stdout)


def destinations():
    """From where a file is installed to what it is, now."""
    return {to: source for source, to in introspect("installed").items()}


def option(name):
    return next(o["value"] for o in introspect("buildoptions") if o["name"] == name)


def data(*parts):
    return os.path.join(option("prefix"), option("datadir"), *parts)


def plugin_and_its_folder():
    found = [to for to in destinations() if to.endswith("/reweave-gimp/reweave-gimp")]
    if not found:
        raise Skip("the plug-in is not built")
    check(all("plug-ins" in to for to in found), found)


def plugin_needs_no_library_of_its_own():
    """One folder can be copied: GIMP brings everything else."""
    found = [source for to, source in destinations().items()
             if to.endswith("/reweave-gimp/reweave-gimp")]
    readelf = shutil.which("readelf")
    if not found or not readelf or not os.path.exists(found[0]):
        raise Skip("the plug-in is not built, or there is no readelf")
    told = subprocess.run([readelf, "-d", found[0]], capture_output=True, text=True,
                          check=True).stdout
    needed = re.findall(r"NEEDED.*\[(.*?)\]", told)
    check(any("gimp" in name for name in needed), told)
    own = [name for name in needed
           if re.match("lib(reweave|.*blas|lapack|gfortran|xxhash|mpi)", name)]
    check(not own, own)


def data_files():
    files = destinations()
    if data("metainfo", METAINFO) not in files:
        raise Skip("the plug-in is not built")
    for to in (data("icons/hicolor/symbolic/apps/reweave-symbolic.svg"),
               data("reweave/help/reweave.html"), data("reweave/help/reweave.de.html"),
               data("reweave/help/reweave.css"), data("reweave/help/dialog.png")):
        to = os.path.normpath(to)
        known = {os.path.normpath(name) for name in files}
        check(to in known, f"{to} is not installed")


def cards_beside_weights():
    files = destinations()
    weights = [to for to in files if to.endswith(".safetensors")]
    check(len(weights) >= 8, weights)
    for to in weights:
        card = to[:-len(".safetensors")] + ".md"
        check(card in files, f"{card} is not installed")
        with open(files[card], encoding="utf-8") as file:
            text = file.read()
        check("\n## Not for" in text, f"{card} does not say what it is not for")


def catalogues():
    files = destinations()
    if not any(to.endswith("/reweave.mo") for to in files):
        raise Skip("built without gettext")
    for language in ("de", "zh_CN"):
        to = os.path.join(option("prefix"), option("localedir"), language,
                          "LC_MESSAGES/reweave.mo")
        check(to in files, f"{to} is not installed")


def help_pages():
    """Their pictures and places exist; each language says as much."""
    folder = os.path.join(SOURCE, "plugin/help")
    places = {}
    for name in ("reweave.html", "reweave.de.html"):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        places[name] = re.findall(r'id="([^"]+)"', text)
        for link in re.findall(r'href="#([^"]+)"', text):
            check(link in places[name], f"{name}: {link} leads nowhere")
        installed = os.listdir(folder) + ["reweave.svg", "before-after.png"]
        for picture in re.findall(r'(?:src|href)="([^#"]+)"', text):
            check(picture in installed, f"{name}: {picture} is missing")
    check(places["reweave.html"] == places["reweave.de.html"], places)
    with open(os.path.join(SOURCE, "core/meson.build"), encoding="utf-8") as file:
        weights = re.findall(r"'(\w[\w-]*)-[sml]'", file.read())
    # a file format, and what Inpaint takes its mask from: no filters
    for task in set(weights) - {"compress", "scratch"}:
        check(f"plug-in-reweave-{task}" in places["reweave.html"],
              f"the help page has nothing on {task}")


def metainfo():
    source = destinations().get(data("metainfo", METAINFO))
    if source is None:
        raise Skip("the plug-in is not built")
    tree = ElementTree.parse(source).getroot()
    with open(os.path.join(SOURCE, "meson.build"), encoding="utf-8") as file:
        version = re.search(r"version: '([^']+)'", file.read()).group(1)
    check(tree.find("releases/release").get("version") == version, version)
    tool = shutil.which("appstreamcli")
    if tool:
        told = subprocess.run([tool, "validate", "--no-net", source], check=False,
                              capture_output=True, text=True)
        check(told.returncode == 0, told.stdout)


def flatpak():
    """As far as it can be seen without a network."""
    with open(os.path.join(SOURCE, "plugin/flatpak/org.gimp.GIMP.Plugin.Reweave.json"),
              encoding="utf-8") as file:
        manifest = json.load(file)
    check(manifest["id"] + ".metainfo.xml" == METAINFO, manifest["id"])
    prefix = manifest["build-options"]["prefix"]
    module = manifest["modules"][-1]
    known = {o["name"] for o in introspect("buildoptions")}
    for given in module["config-opts"]:
        name, value = given[2:].split("=")
        check(name in known, f"{name} is no option of this build")
        check(not value.startswith("/") or value.startswith(prefix), given)


main([plugin_and_its_folder, plugin_needs_no_library_of_its_own, data_files,
      cards_beside_weights, catalogues, help_pages, metainfo, flatpak])
