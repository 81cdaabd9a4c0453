/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * --difference and masks: what they are for, and what is told of them.
 */
#include "apply/apply-report.h"

#include "cli/cli.h"
#include "paths.h"

#include <math.h>

static gboolean
is_same (const char *a, const char *b)
{
  g_autofree char *whole_a = g_canonicalize_filename (a, NULL);
  g_autofree char *whole_b = g_canonicalize_filename (b, NULL);

  return g_str_equal (whole_a, whole_b) || rw_cli_is_same_file (a, b);
}

gboolean
rw_cli_check_difference (const RwModel *model,
                         const RwCliDifference *difference,
                         const GPtrArray *pairs,
                         GError **error)
{
  static const char *const endings[] = { ".png", NULL };
  const RwTaskInfo *info = rw_model_get_task (model);
  const char *path = difference->path;

  if (path == NULL)
    return TRUE;
  if (pairs->len != 1)
    return rw_cli_usage (error,
                         "--difference: found %u pictures, expected one; mend "
                         "them one by one",
                         pairs->len);
  if (info->scale > 1)
    return rw_cli_usage (error,
                         "--difference: found for task %s, whose result is "
                         "larger than the picture; leave it out",
                         info->name);
  if (info->finds)
    return rw_cli_usage (error,
                         "--difference: found for task %s, which gives a mask "
                         "and no picture; leave it out",
                         info->name);
  if (!rw_cli_has_ending (path, endings))
    return rw_cli_usage (error,
                         "--difference: found %s, expected a name that ends "
                         "in .png; change it",
                         path);
  const RwCliPair *pair = g_ptr_array_index (pairs, 0);
  if (!is_same (path, pair->in) && !is_same (path, pair->out))
    return TRUE;
  return rw_cli_usage (error,
                       "--difference: %s is IN or OUT, expected a third file; "
                       "name another one",
                       path);
}

void
rw_cli_tell_difference (const RwCliDifference *d,
                        JsonBuilder *json,
                        FILE *stream)
{
  if (!json) {
    g_autofree char *path = rw_cli_show (d->path);
    fprintf (stream,
             "%s: the change %g times as large around grey, at most %.1f of "
             "255, %.2g %% of it beyond black or white\n",
             path, d->amplification, 255 * d->largest, 100 * d->clipped);
    return;
  }
  json_builder_set_member_name (json, "difference");
  json_builder_begin_object (json);
  rw_cli_json_string (json, "file", d->path);
  rw_cli_json_number (json, "amplification", d->amplification);
  rw_cli_json_number (json, "largest", 255 * d->largest);
  rw_cli_json_number (json, "clipped", d->clipped);
  json_builder_end_object (json);
}

gboolean
rw_cli_check_mask (const RwTaskInfo *info, const char *mask, GError **error)
{
  if (mask != NULL && info->mask == RW_MASK_NONE)
    return rw_cli_usage (error,
                         "--mask: found for task %s, which has none; leave it "
                         "out",
                         info->name);
  if (mask == NULL && info->mask == RW_MASK_REQUIRED)
    return rw_cli_usage (error,
                         "--mask: found none, expected one for task %s; name "
                         "a picture that is white where this one is to be "
                         "made up",
                         info->name);
  return TRUE;
}

gboolean
rw_cli_check_finding (const RwTaskInfo *info,
                      gboolean given,
                      const char *mask,
                      const RwSettings *settings,
                      GError **error)
{
  if (given && !info->searches && !info->finds)
    return rw_cli_usage (error,
                         "--scratches: found for task %s, which searches for "
                         "none; leave it out",
                         info->name);
  if (given && mask != NULL)
    return rw_cli_usage (error,
                         "--scratches: found beside --mask, which says what "
                         "is made up; leave one of them out");
  if (!info->finds || (settings->strength == 1 && settings->grain == 0))
    return TRUE;
  return rw_cli_usage (error,
                       "%s: found for task %s, which gives a mask and no "
                       "picture; leave it out",
                       settings->strength != 1 ? "--strength" : "--grain",
                       info->name);
}

char *
rw_cli_tell_found (double share)
{
  if (isnan (share))
    return g_strdup ("");
  return share > 0
             ? g_strdup_printf ("%.2g %% taken for damage, ", 100 * share)
             : g_strdup ("no damage found, ");
}
