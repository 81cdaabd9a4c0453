/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The legs of a weight file.
 */
#include "train/legs.h"

#include "reweave.h"
#include "base/parallel.h"
#include "kernels/kernels.h"
#include "train/ranks.h"

#include <math.h>
#include <string.h>

#define MAX_LEGS 1000
#define MAX_NUMBER ((guint64) 1 << 53)

void
rw_leg_free (RwLeg *leg)
{
  if (leg == NULL)
    return;
  g_free (leg->machine);
  g_free (leg->parent);
  g_free (leg);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwLeg, rw_leg_free)

char *
rw_leg_to_text (const RwLeg *leg)
{
  GString *text = g_string_new (NULL);
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (
      text, "steps=%" G_GUINT64_FORMAT " seed=%" G_GUINT64_FORMAT, leg->steps,
      leg->seed);
  if (leg->parent != NULL)
    g_string_append_printf (text, " parent=%s", leg->parent);
  if (!isnan (leg->seconds))
    g_string_append_printf (
        text, " seconds=%s",
        g_ascii_formatd (seconds, sizeof seconds, "%.1f", leg->seconds));
  if (leg->machine != NULL)
    g_string_append_printf (text, " machine=%s", leg->machine);
  g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}

/* ---- parsing ------------------------------------------------------------ */

static gboolean
parse_count (const char *text, guint64 *value)
{
  return g_ascii_string_to_unsigned (text, 10, 0, MAX_NUMBER, value, NULL);
}

static gboolean
parse_seconds (const char *text, double *seconds)
{
  char *end = NULL;

  *seconds = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && *seconds >= 0 && isfinite (*seconds);
}

/* One "key=value" but the machine's; words of later versions are skipped. */
static gboolean
parse_word (RwLeg *leg, const char *word)
{
  const char *value = strchr (word, '=');

  if (value == NULL)
    return FALSE;
  value++;
  if (g_str_has_prefix (word, "steps="))
    return parse_count (value, &leg->steps);
  if (g_str_has_prefix (word, "seed="))
    return parse_count (value, &leg->seed);
  if (g_str_has_prefix (word, "seconds="))
    return parse_seconds (value, &leg->seconds);
  if (g_str_has_prefix (word, "parent=") && leg->parent == NULL)
    leg->parent = g_strdup (value);
  return TRUE;
}

/* NULL when @line is none of a history. */
static RwLeg *
parse_leg (const char *line)
{
  g_autoptr (RwLeg) leg = g_new0 (RwLeg, 1);
  const char *machine = strstr (line, " machine=");
  g_autofree char *rest = g_strndup (
      line, machine != NULL ? (gsize) (machine - line) : strlen (line));
  g_auto (GStrv) words = g_strsplit (rest, " ", -1);

  leg->seconds = NAN;
  if (machine != NULL)
    leg->machine = g_strdup (machine + strlen (" machine="));
  if (!g_str_has_prefix (line, "steps="))
    return NULL;
  for (int i = 0; words[i] != NULL; i++)
    if (!parse_word (leg, words[i]))
      return NULL;
  return g_steal_pointer (&leg);
}

GPtrArray *
rw_legs_parse (const char *text, const char *name, GError **error)
{
  g_autoptr (GPtrArray) legs =
      g_ptr_array_new_with_free_func ((GDestroyNotify) rw_leg_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", MAX_LEGS + 2);

  for (int i = 0; lines[i] != NULL; i++) {
    if (*lines[i] == '\0')
      continue;
    RwLeg *leg = i < MAX_LEGS ? parse_leg (lines[i]) : NULL;
    if (leg == NULL) {
      g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                   "%s: line %d of metadata \"history\" is no leg of a "
                   "training, expected at most %d such as \"steps=1000 "
                   "seed=1\"; begin with another file",
                   name, i + 1, MAX_LEGS);
      return NULL;
    }
    g_ptr_array_add (legs, leg);
  }
  return g_steal_pointer (&legs);
}

gboolean
rw_legs_check (const char *text, const char *name, GError **error)
{
  g_autoptr (GPtrArray) legs = rw_legs_parse (text, name, error);

  return legs != NULL;
}

guint64
rw_legs_count_steps (const char *history)
{
  g_autoptr (GPtrArray) legs = rw_legs_parse (history, "history", NULL);
  guint64 n = 0;

  for (guint i = 0; legs != NULL && i < legs->len; i++)
    n += ((const RwLeg *) legs->pdata[i])->steps;
  return n;
}

/* ---- files -------------------------------------------------------------- */

static char *
make_first (const RwWeights *weights)
{
  const char *steps = g_hash_table_lookup (weights->metadata, "steps");
  const char *seed = g_hash_table_lookup (weights->metadata, "seed");
  RwLeg leg = { .seconds = NAN,
                .parent = g_hash_table_lookup (weights->metadata, "parent") };

  if (steps == NULL || !parse_count (steps, &leg.steps))
    return g_strdup ("");
  if (seed != NULL && !parse_count (seed, &leg.seed))
    leg.seed = 0;
  if (leg.parent != NULL && strpbrk (leg.parent, " \n") != NULL)
    leg.parent = NULL; /* no hash */
  return rw_leg_to_text (&leg);
}

char *
rw_legs_of_weights (const RwWeights *weights, const char *name, GError **error)
{
  const char *text = g_hash_table_lookup (weights->metadata, "history");

  if (text == NULL)
    return make_first (weights);
  g_autoptr (GPtrArray) legs = rw_legs_parse (text, name, error);
  if (legs == NULL)
    return NULL;
  GString *whole = g_string_new (NULL);
  for (guint i = 0; i < legs->len; i++) {
    g_autofree char *line = rw_leg_to_text (legs->pdata[i]);
    g_string_append (whole, line);
  }
  return g_string_free (whole, FALSE);
}

/* ---- machines ----------------------------------------------------------- */

char *
rw_legs_describe_machine (void)
{
  static const char *const levels[] = { [RW_LEVEL_GENERIC] = "generic",
                                        [RW_LEVEL_V3] = "AVX2",
                                        [RW_LEVEL_V4] = "AVX-512" };
  const int n_ranks = rw_ranks_get_n (), n = rw_parallel_get_workers ();
  g_autofree char *ranks = n_ranks > 1
                               ? g_strdup_printf ("%d processes of ", n_ranks)
                               : g_strdup ("");

  return g_strdup_printf ("%s%d thread%s, %s", ranks, n, n == 1 ? "" : "s",
                          levels[rw_kernels_get_level ()]);
}

void
rw_legs_add_machine (char **machine)
{
  g_autofree char *own = rw_legs_describe_machine ();
  g_auto (GStrv) known = g_strsplit (*machine ? *machine : "", " and ", -1);

  if (g_strv_contains ((const char *const *) known, own))
    return;
  char *both = *machine != NULL ? g_strdup_printf ("%s and %s", *machine, own)
                                : g_strdup (own);
  g_free (*machine);
  *machine = both;
}
