/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The "input" line: planes, colour coding, range.
 */
#include "weights/weights-input.h"
#include "nets/planes.h"
#include "reweave.h"
#include "base/words.h"

#include <math.h>
#include <string.h>

static gboolean
fail (RwErrorCode code,
      const char *found,
      const char *expected,
      const char *advice,
      GError **error)
{
  g_set_error (error, RW_ERROR, code, _ ("\"%.100s\", expected %s; %s"), found,
               expected, advice);
  return FALSE;
}

/* A finite decimal number and nothing else. */
static gboolean
parse_number (const char *text, double *value)
{
  char *end;

  if (*text == '\0' || strspn (text, "+-.0123456789eE") != strlen (text))
    return FALSE;
  *value = g_ascii_strtod (text, &end);
  return *end == '\0' && isfinite (*value);
}

/* "LOW..HIGH" */
static gboolean
parse_range (const char *text, double *low, double *high)
{
  const char *dots = strstr (text, "..");

  if (dots == NULL)
    return FALSE;
  g_autofree char *left = g_strndup (text, (gsize) (dots - text));
  return parse_number (left, low) && parse_number (dots + 2, high) &&
         *low < *high;
}

static gboolean
parse_setting (const char *word, double *low, double *high, GError **error)
{
  if (strcmp (word, "srgb-coded") == 0)
    return TRUE;
  if (!g_str_has_prefix (word, "range="))
    return fail (RW_ERROR_MISMATCH, word,
                 _ ("srgb-coded or range=LOW..HIGH after the net's planes"),
                 _ ("use a reweave as new as the file"), error);
  if (parse_range (word + strlen ("range="), low, high))
    return TRUE;
  return fail (RW_ERROR_FORMAT, word,
               _ ("range=LOW..HIGH with LOW below HIGH"),
               _ ("correct the file's metadata"), error);
}

gboolean
rw_weights_parse_input (const char *text,
                        const RwNet *net,
                        double *low,
                        double *high,
                        GError **error)
{
  static const char advice[] = "correct the file's metadata";
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n", -1);
  int n_planes = 0;

  *low = *high = 0;
  for (char **word = words; *word != NULL; word++) {
    if (**word == '\0')
      continue;
    if (n_planes == rw_net_get_n_planes (net)) {
      if (!parse_setting (*word, low, high, error))
        return FALSE;
      continue;
    }
    const char *plane = rw_plane_get_word (rw_net_get_plane (net, n_planes++));
    if (strcmp (*word, plane) != 0)
      return fail (RW_ERROR_FORMAT, *word, plane, advice, error);
  }
  if (*low < *high)
    return TRUE;
  return fail (RW_ERROR_FORMAT, text,
               _ ("the net's planes and range=LOW..HIGH"), advice, error);
}
