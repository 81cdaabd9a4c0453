/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The words of REWEAVE_DEBUG, looked at once.
 */
#include "restore/debug.h"

#include <stdlib.h>
#include <string.h>

#include "restore/cache.h"

static guint
read_word (const char *word)
{
  if (strcmp (word, "tiles") == 0)
    return RW_DEBUG_TILES;
  if (strcmp (word, "cache") == 0)
    return RW_DEBUG_CACHE;
  if (strcmp (word, "all") == 0)
    return RW_DEBUG_TILES | RW_DEBUG_CACHE;
  return 0;
}

guint
rw_debug_parse (const char *text, char **wrong)
{
  g_auto (GStrv) words = g_strsplit_set (text, ":;, \t", -1);
  guint found = 0;

  *wrong = NULL;
  for (int i = 0; words[i] != NULL; i++) {
    const guint one = read_word (words[i]);
    if (one == 0 && *words[i] != '\0' && *wrong == NULL)
      *wrong = g_strdup (words[i]);
    found |= one;
  }
  return found;
}

static void
print_cache (void)
{
  g_autofree char *text = rw_cache_describe ();

  g_printerr ("reweave: cache: %s\n", text);
}

gboolean
rw_debug_shows (RwDebug what)
{
  static gsize state; /* the words, and a bit that says that it was read */
  const gsize was_read = 1 << 8;

  if (g_once_init_enter (&state)) {
    const char *text = g_getenv ("REWEAVE_DEBUG");
    g_autofree char *wrong = NULL;
    const gsize found = was_read | rw_debug_parse (text ? text : "", &wrong);

    if (wrong != NULL)
      g_printerr ("reweave: REWEAVE_DEBUG: found \"%s\", expected tiles, "
                  "cache or all; ignoring it\n",
                  wrong);
    if ((found & RW_DEBUG_CACHE) != 0)
      atexit (print_cache);
    g_once_init_leave (&state, found);
  }
  return (state & what) != 0;
}
