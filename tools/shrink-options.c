/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What of the options of pruning can be checked without the net.
 */
#include "shrink-prune.h"

#include <string.h>

enum { DEFAULT_STEPS = 1000, DEFAULT_ROUNDS = 3 };

static gboolean
has_target (const RwCliPrune *options)
{
  return options->mac || options->size || options->time;
}

gboolean
rw_cli_prune_is_wanted (const RwCliPrune *options)
{
  return has_target (options) || options->low_rank;
}

static gboolean
parse_size (const char *text, double *bytes, GError **error)
{
  char *end;
  const double n = g_ascii_strtod (text, &end);
  const double unit = *end == 'k' || *end == 'K' ? 1024
                      : *end == 'M'              ? 1024 * 1024
                                                 : 1;

  *bytes = n * unit;
  if (end > text && end[*end && unit > 1] == '\0' && *bytes >= 1024 &&
      *bytes <= (double) RW_WEIGHTS_MAX_BYTES)
    return TRUE;
  return rw_cli_usage (error,
                       "--size: found \"%s\", expected bytes from 1k to 512M, "
                       "for example 300k",
                       text);
}

static gboolean
parse_target (const RwCliPrune *options, double *target, GError **error)
{
  if (!has_target (options))
    return TRUE;
  if (options->size)
    return parse_size (options->size, target, error);
  return rw_cli_number (options->mac ? "--mac" : "--time",
                        options->mac ? options->mac : options->time, 0.01,
                        0.99, target, error);
}

static gboolean
check_rounds (const RwCliPrune *options, GError **error)
{
  if (options->by && !g_str_equal (options->by, "taylor") &&
      !g_str_equal (options->by, "magnitude"))
    return rw_cli_usage (error,
                         "--by: found \"%s\", expected taylor or magnitude",
                         options->by);
  if (options->data)
    return TRUE;
  if (g_strcmp0 (options->by, "taylor") == 0)
    return rw_cli_usage (error, "--by taylor: found no --data, expected "
                                "pictures that tell what channels do");
  if (options->steps || options->rounds || options->lr || options->teacher)
    return rw_cli_usage (error, "--steps, --rounds, --lr and --teacher: found "
                                "no --data, expected pictures to learn from");
  return TRUE;
}

gboolean
rw_cli_prune_parse (const RwCliPrune *options,
                    RwCliPruneNumbers *numbers,
                    GError **error)
{
  *numbers = (RwCliPruneNumbers){
    .together = 1,
    .n_rounds = options->data ? DEFAULT_ROUNDS : 1,
    .n_steps = options->data ? DEFAULT_STEPS : 0,
  };
  return parse_target (options, &numbers->target, error) &&
         (!options->low_rank ||
          rw_cli_number ("--low-rank", options->low_rank, 0.01, 0.999999,
                         &numbers->energy, error)) &&
         rw_cli_integer ("--together", options->together, 1, 1024,
                         &numbers->together, error) &&
         rw_cli_integer ("--rounds", options->rounds, 1, 100,
                         &numbers->n_rounds, error) &&
         rw_cli_integer ("--steps", options->steps, 0, 1000000000,
                         &numbers->n_steps, error);
}

gboolean
rw_cli_prune_check (const RwCliPrune *options, GError **error)
{
  RwCliPruneNumbers numbers;

  if (!!options->mac + !!options->size + !!options->time > 1)
    return rw_cli_usage (error, "--mac, --size and --time: found several, "
                                "expected one target");
  if (!has_target (options) &&
      (options->by || options->together ||
       (!options->low_rank &&
        (options->val || options->steps || options->rounds || options->lr ||
         options->teacher || options->json))))
    return rw_cli_usage (
        error, options->low_rank
                   ? "--by and --together: found no target, expected "
                     "--mac, --size or --time with them"
                   : "--by, --together, --val, --steps, --rounds, "
                     "--lr, --teacher and --json: found no target, "
                     "expected --mac, --size, --time or --low-rank "
                     "with them");
  return !rw_cli_prune_is_wanted (options) ||
         (rw_cli_prune_parse (options, &numbers, error) &&
          check_rounds (options, error));
}
