/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave info of .rwi files.
 */
#pragma once

#include <glib.h>

/* Prints what the file @path is: some lines, or JSON. */
gboolean rw_cli_info_rwi (const char *path, gboolean json, GError **error);
