/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What rw_restore refuses.
 */
#include "restore/restore-check.h"

#include "base/field.h"
#include "restore/model.h"
#include "base/words.h"

#define DEVIATIONS 4 /* 6 of 100000 values of noise are further away */

/* Checks that the task has that control and that the value is in its range. */
static gboolean
check_value (const RwModel *model, const RwValue *value, GError **error)
{
  const RwTaskInfo *info = &model->task->info;

  if (!rw_model_uses (model, value->name)) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        _ ("%s: these weights of \"%s\" are not told any; leave it out"),
        value->name, info->name);
    return FALSE;
  }
  return (value->value == 0 && rw_feed_works_blind (&model->feed)) ||
         rw_field_check (&info->controls[0], value->value, error);
}

gboolean
rw_restore_check_settings (const RwModel *model,
                           const RwSettings *settings,
                           GError **error)
{
  static const RwField shares[] = {
    { .name = "strength", .kind = RW_FIELD_REAL, .low = 0, .high = 1 },
    { .name = "grain", .kind = RW_FIELD_REAL, .low = 0, .high = 1 },
    { .name = "scratches", .kind = RW_FIELD_REAL, .low = 0, .high = 1 },
  };

  if (!rw_field_check (&shares[0], settings->strength, error) ||
      !rw_field_check (&shares[1], settings->grain, error) ||
      !rw_field_check (&shares[2], settings->marks, error))
    return FALSE;
  for (int i = 0; i < settings->n_values; i++)
    if (!check_value (model, &settings->values[i], error))
      return FALSE;
  return TRUE;
}

gboolean
rw_restore_check_mask (const RwModel *model,
                       const RwSettings *settings,
                       const RwJob *job,
                       GError **error)
{
  const RwTaskInfo *info = &model->task->info;

  if (info->mask == RW_MASK_NONE || job->read_mask != NULL ||
      settings->strength == 0)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               _ ("%s: found no mask, expected one that says what to make up; "
                  "give a mask (in a host: a selection)"),
               info->name);
  return FALSE;
}

void
rw_restore_find_range (const RwModel *model,
                       const RwTold *told,
                       float *low,
                       float *high)
{
  const RwWeights *weights = model->weights;
  const RwTaskInfo *info = &model->task->info;
  const gboolean limits = told->known && info->n_controls > 0 &&
                          rw_feed_takes (&model->feed, RW_PLANE_SIGMA) &&
                          g_strcmp0 (info->controls[0].unit, "1/255") == 0;
  const double reach =
      limits ? DEVIATIONS * (double) told->value : G_MAXDOUBLE;

  *low = (float) MAX (weights->range_low, -reach);
  *high = (float) MIN (weights->range_high, 1 + reach);
}
