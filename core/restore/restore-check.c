/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What rw_restore refuses.
 */
#include "restore/restore-check.h"

#include "restore/model.h"

/* Checks that the task has that control and that the value is in its range. */
static gboolean
check_value (const RwModel *model, const RwValue *value, GError **error)
{
  const RwTaskInfo *info = &model->task->info;

  if (!rw_model_uses (model, value->name)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: these weights of \"%s\" are not told any; leave it out",
                 value->name, info->name);
    return FALSE;
  }
  const RwField *control = &info->controls[0];
  if (value->value >= control->low && value->value <= control->high)
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "%s: %g is outside %g..%g%s%s; choose a value in this range, or "
      "leave it out",
      value->name, value->value, control->low, control->high,
      control->unit != NULL ? " " : "",
      control->unit != NULL ? control->unit : "");
  return FALSE;
}

gboolean
rw_restore_check_settings (const RwModel *model,
                           const RwSettings *settings,
                           GError **error)
{
  if (!(settings->strength >= 0 && settings->strength <= 1)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "strength: %g is outside 0..1; choose 0 for the picture as "
                 "it is, 1 for all that the net does",
                 settings->strength);
    return FALSE;
  }
  if (!(settings->grain >= 0 && settings->grain <= 1)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "grain: %g is outside 0..1; choose 0 for all of the change, "
                 "1 for that of colours only",
                 settings->grain);
    return FALSE;
  }
  for (int i = 0; i < settings->n_values; i++)
    if (!check_value (model, &settings->values[i], error))
      return FALSE;
  return TRUE;
}

gboolean
rw_restore_check_mask (const RwModel *model, const RwJob *job, GError **error)
{
  const RwTaskInfo *info = &model->task->info;

  if (info->mask == RW_MASK_NONE || job->read_mask != NULL)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: found no mask, expected one that says what to make up; "
               "give a mask (in a host: a selection)",
               info->name);
  return FALSE;
}
