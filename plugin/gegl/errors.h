/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Telling people why an operation does nothing.
 */
#pragma once

#include <gegl-plugin.h>

/* Warns with @text, once for each text, and has the operation's properties
 * "error" and "failed" set from the main loop, so that GIMP's dialog shows it.
 * NULL clears them. */
void rw_op_show_error (GeglOperation *operation, const char *text);
