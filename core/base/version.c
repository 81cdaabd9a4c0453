/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The version, as text.
 */
#include "reweave.h"

#define VERSION(major, minor, micro)                                          \
  G_STRINGIFY (major) "." G_STRINGIFY (minor) "." G_STRINGIFY (micro)

const char *
rw_version (void)
{
  return VERSION (RW_VERSION_MAJOR, RW_VERSION_MINOR, RW_VERSION_MICRO);
}
