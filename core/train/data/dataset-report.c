/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What loading a data set left out, and why.
 */
#include "train/data/dataset-private.h"

#include "reweave.h"

static const struct {
  const char *name, *label;
} reasons[RW_N_LEFT_OUT] = {
  [RW_LEFT_OUT_BROKEN] = { "broken", "broken" },
  [RW_LEFT_OUT_SMALL] = { "small", "smaller than a patch" },
  [RW_LEFT_OUT_UNMATCHED] = { "unmatched", "without a partner" },
  [RW_LEFT_OUT_MISMATCHED] = { "mismatched", "of another size than partner" },
  [RW_LEFT_OUT_UNLIKE] = { "unlike", "no other shot of its scene" },
};

const char *
rw_left_out_get_label (RwLeftOut why)
{
  return reasons[why].label;
}

const char *
rw_left_out_get_name (RwLeftOut why)
{
  return reasons[why].name;
}

void
rw_dataset_report_clear (RwDatasetReport *report)
{
  for (int why = 0; why < RW_N_LEFT_OUT; why++)
    for (int i = 0; i < RW_DATASET_N_EXAMPLES; i++)
      g_clear_pointer (&report->left_out[why][i], g_free);
}

void
rw_dataset_report_add (RwDatasetReport *report,
                       RwLeftOut why,
                       const char *text)
{
  const guint n_before = report->n_left_out[why]++;

  if (n_before < RW_DATASET_N_EXAMPLES)
    report->left_out[why][n_before] = g_strdup (text);
}

gboolean
rw_dataset_report_check (const RwDatasetReport *report,
                         const char *what,
                         int min_side,
                         GError **error)
{
  g_autoptr (GString) why = g_string_new (NULL);

  if (report->n_kept > 0)
    return TRUE;
  for (int i = 0; i < RW_N_LEFT_OUT; i++)
    if (report->n_left_out[i] > 0)
      g_string_append_printf (why, "%s%u %s (first: %s)",
                              why->len > 0 ? ", " : "", report->n_left_out[i],
                              rw_left_out_get_label ((RwLeftOut) i),
                              report->left_out[i][0]);
  g_set_error (
      error, RW_ERROR, RW_ERROR_FORMAT,
      "%s: none of its %u pictures can be used, and good ones of %d "
      "pixels a side or more are needed: %s; give others%s",
      what, report->n_files, MAX (1, min_side), why->str,
      report->n_left_out[RW_LEFT_OUT_SMALL] > 0 ? " or a smaller patch" : "");
  return FALSE;
}
