/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the operations and the plug-in make of a task, alike in both.
 *
 * A control that may be left open is a number from 0 on hosts' side, and 0
 * says that it is: every open control begins above 0.
 */
#pragma once

#include <math.h>
#include <string.h>

#include "i18n.h"
#include "reweave.h"

/* The words of `reweave apply --help`. */
#define RW_STRENGTH_BLURB N_ ("0 leaves the picture, 1 mends fully")
#define RW_GRAIN_BLURB                                                        \
  N_ ("Share of the grain that stays; 1: only colours are mended")
#define RW_SCRATCHES_BLURB                                                    \
  N_ ("How readily scratches and dust are found and made up; 0: not at all")
#define RW_BEST_BLURB                                                         \
  N_ ("Mean over eight orientations of the picture: better, in eight times "  \
      "the time")

#define RW_CONTROLS_MAX 4 /* of a task; all have at most one so far */

/* A picture in, one of the same size out, and no mask: all that an operation
 * of GEGL can do. */
static inline gboolean
rw_task_is_plain_filter (const RwTaskInfo *info)
{
  return info->kind == RW_TASK_FILTER && info->mask == RW_MASK_NONE &&
         info->scale == 1 && !info->finds &&
         strcmp (info->category, "hidden") != 0;
}

/* What the plug-in can do besides: fill what is selected, enlarge.  What finds
 * marks works for the former. */
static inline gboolean
rw_task_is_offered (const RwTaskInfo *info)
{
  return (info->kind == RW_TASK_FILTER || info->kind == RW_TASK_SCALER) &&
         !info->finds && strcmp (info->category, "hidden") != 0;
}

/* Whether "keep grain" means anything: grain is not what was made up. */
static inline gboolean
rw_task_keeps_grain (const RwTaskInfo *info)
{
  return info->mask == RW_MASK_NONE && info->scale == 1;
}

static inline int
rw_task_count_controls (const RwTaskInfo *info)
{
  return MIN (info->n_controls, RW_CONTROLS_MAX);
}

static inline double
rw_control_get_low (const RwField *control)
{
  return control->open ? 0 : control->low;
}

static inline double
rw_control_get_default (const RwField *control)
{
  return control->open ? 0 : control->def;
}

/* Between 0 and an open control's lowest value lies nothing that a net knows,
 * so the lowest is meant. */
static inline double
rw_control_raise (const RwField *control, double value)
{
  return control->open && value > 0 ? MAX (value, control->low) : value;
}

/* Of a slider whose position p in [0,1] means low + (high - low) * p^gamma: the
 * first half is for values up to twice the default, where most pictures are. */
static inline double
rw_control_get_gamma (const RwField *control)
{
  const double half =
      (2 * control->def - control->low) / (control->high - control->low);

  return half > 0 && half < 0.5 ? log (half) / log (0.5) : 1;
}

/* (transfer full): "Radius of the blur (px); 0 finds it in the picture". */
static inline char *
rw_control_describe (const RwField *control)
{
  const char *summary = _ (control->summary);

  if (control->unit == NULL)
    return control->open
               ? g_strdup_printf (_ ("%s; 0 finds it in the picture"), summary)
               : g_strdup (summary);
  return g_strdup_printf (
      control->open ? _ ("%s (%s); 0 finds it in the picture") : _ ("%s (%s)"),
      summary, control->unit);
}
