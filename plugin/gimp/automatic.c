/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What automatic means for given weights.
 */
#include "automatic.h"

#include "pixels.h"

static gboolean
is_measured (const RwTaskInfo *task, const RwModel *model)
{
  return model != NULL && task->n_controls > 0 && task->controls[0].open &&
         rw_model_uses (model, task->controls[0].name);
}

double
rw_automatic_measure (const RwTaskInfo *task,
                      const RwModel *model,
                      RwItem item)
{
  double value;

  return is_measured (task, model) &&
                 rw_pixels_measure (item, model, &value, NULL)
             ? value
             : 0;
}

void
rw_automatic_fill (const RwTaskInfo *task,
                   const RwModel *model,
                   double measured,
                   RwSliders *sliders)
{
  if (is_measured (task, model) && sliders->values[0] == 0)
    sliders->values[0] = measured;
}

/* The core gives the default itself where the task cannot measure; a number
 * that was measured is never just that. */
char *
rw_automatic_describe (const RwTaskInfo *task, double measured)
{
  const RwField *control = &task->controls[0];

  if (measured <= 0 || measured == control->def)
    return g_strdup (_ ("_Automatic"));
  return g_strdup_printf (_ ("_Automatic (measured: %.*f)"), control->digits,
                          measured);
}
