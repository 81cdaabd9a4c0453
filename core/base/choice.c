/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Words from a fixed list; the distance is Levenshtein's.
 */
#include "base/choice.h"

#include "reweave.h"

#include <string.h>

#define MAX_LETTERS 64 /* longer words are near to nothing */

static int
distance (const char *a, const char *b)
{
  int row[MAX_LETTERS + 1];
  const int n_a = (int) strlen (a), n_b = (int) strlen (b);

  for (int j = 0; j <= n_b; j++)
    row[j] = j;
  for (int i = 1; i <= n_a; i++) {
    int diagonal = row[0];
    row[0] = i;
    for (int j = 1; j <= n_b; j++) {
      const int replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = MIN (replaced, 1 + MIN (row[j], row[j - 1]));
    }
  }
  return row[n_b];
}

const char *
rw_choice_nearest (const char *found, const char *const *words)
{
  const char *nearest = NULL;
  int least = G_MAXINT;

  if (strlen (found) > MAX_LETTERS)
    return NULL;
  for (; *words != NULL; words++) {
    if (strlen (*words) > MAX_LETTERS)
      continue;
    const int d = distance (found, *words);
    const int longer = (int) MAX (strlen (found), strlen (*words));
    if (d < least && 3 * d <= longer + 2) {
      least = d;
      nearest = *words;
    }
  }
  return nearest;
}

void
rw_choice_set_error (GError **error,
                     const char *what,
                     const char *found,
                     const char *const *words)
{
  g_autofree char *known = g_strjoinv (", ", (char **) words);
  const char *nearest = rw_choice_nearest (found, words);
  g_autofree char *hint =
      nearest != NULL ? g_strdup_printf ("did you mean \"%s\"?", nearest)
                      : g_strdup ("choose one of these");
  g_autofree char *shown = g_strndup (found, MAX_LETTERS);
  g_autofree char *valid = g_utf8_make_valid (shown, -1);

  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s \"%s\" is unknown, known are %s; %s", what, valid, known,
               hint);
}
