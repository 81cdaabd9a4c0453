/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What REWEAVE_DEBUG asks to be told of, on stderr.
 */
#pragma once

#include <glib.h>

typedef enum {
  RW_DEBUG_TILES = 1 << 0, /* every block: computed or found */
  RW_DEBUG_CACHE = 1 << 1, /* the cache, when the process ends */
} RwDebug;

/* What the words of @text ask for.  @wrong: one that is none of them, or NULL.
 * (transfer full) */
guint rw_debug_parse (const char *text, char **wrong);

/* Words that it does not know are printed once. */
gboolean rw_debug_shows (RwDebug what);
