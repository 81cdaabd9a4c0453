# shellcheck shell=bash
# SPDX-FileCopyrightText: The reweave authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# What tools/quickstart and tools/check share: messages, packages, building.
# Sourced by bash in the source folder.

say ()
{
  printf '== %s\n' "$*"
}

die ()
{
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# What building needs, by Debian's names.
# shellcheck disable=SC2034
build_packages=(gcc libc6-dev meson ninja-build pkg-config python3 libglib2.0-dev
  libjson-glib-dev libpng-dev libjpeg-dev libtiff-dev libwebp-dev liblcms2-dev libxxhash-dev
  libcairo2-dev libgegl-dev gegl gimp gettext)

# GIMP's headers, by which GIMP this system has.
gimp_package ()
{
  if apt-cache show libgimp2.0-dev >/dev/null 2>&1; then
    echo libgimp2.0-dev
  else
    echo libgimp-3.0-dev
  fi
}

# The arguments that are not installed.
missing_packages ()
{
  local name
  for name in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] \
      || echo "$name"
  done
}

as_root ()
{
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "root: found neither root nor sudo, expected one to install packages; run as root: $*"
  fi
}

# Installs what is missing of the arguments with apt; elsewhere says what is
# needed and goes on if the build finds its libraries.
install_packages ()
{
  local missing names
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "this system has no apt: what is needed, by Debian's names, is: $*"
    for names in glib-2.0 json-glib-1.0 libpng libjpeg libxxhash; do
      pkg-config --exists "$names" \
        || die "$names: not found by pkg-config, expected its library and headers; install what is named above"
    done
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  as_root apt-get -q update
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q install -y --no-install-recommends "${missing[@]}"
}

check_meson ()
{
  local version
  version=$(meson --version 2>/dev/null) \
    || die "meson: not found, expected 1.0 or newer; install it"
  [ "${version%%.*}" -ge 1 ] \
    || die "meson: found $version, expected 1.0 or newer; pipx install meson gives one"
}

# configure FOLDER OPTION...: sets a build folder up, or changes its options when
# they are not those of the last time.
configure ()
{
  local folder=$1 told
  shift
  told="$folder/.options"
  check_meson
  if [ ! -f "$folder/build.ninja" ]; then
    rm -rf "$folder"
    meson setup "$folder" "$@"
  elif [ "$(cat "$told" 2>/dev/null)" != "$*" ]; then
    meson configure "$folder" "$@"
  fi
  printf '%s' "$*" >"$told"
}

# build FOLDER: silent when there is nothing to do.
build ()
{
  ninja -C "$1" --quiet
}
