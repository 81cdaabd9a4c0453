/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pixels times what the preview took for one.
 */
#include "estimate.h"

#include "pixels.h"

char *
rw_estimate_duration (double seconds)
{
  const guint whole = (guint) CLAMP (seconds + 0.5, 1, 86400);
  const guint minutes = (whole + 30) / 60;

  if (whole < 100)
    return g_strdup_printf (P_ ("%u second", "%u seconds", whole), whole);
  return g_strdup_printf (P_ ("%u minute", "%u minutes", minutes), minutes);
}

/* Pixels of the result. */
static double
count_pixels (const RwTaskInfo *task, RwItem item)
{
  const double scale = task->scale;
  RwRect rect = { 0 };

  if (!gimp_item_is_valid (item))
    return 0;
  if (task->scale > 1)
    return scale * rw_item_get_width (item) * scale *
           rw_item_get_height (item);
  if (!rw_pixels_get_selected (item, &rect))
    return 0;
  return (double) rect.width * rect.height;
}

char *
rw_estimate_describe (const RwTaskInfo *task,
                      const GArray *targets,
                      double seconds)
{
  double pixels = 0;
  g_autofree char *duration = NULL;

  if (seconds <= 0)
    return NULL;
  for (guint i = 0; i < targets->len; i++)
    pixels += count_pixels (task, g_array_index (targets, RwItem, i));
  duration = rw_estimate_duration (pixels * seconds);
  return g_strdup_printf (_ ("Takes about %s with these weights."), duration);
}
