/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Random decisions of the damages.
 */
#include "tasks/draws.h"

#include <math.h>

#define TOLD_DEVIATION 0.2
#define TOLD_MORE_SHARE 0.2

enum { IS_MORE, MORE, ERROR }; /* indices below the key */

double
rw_draw_between (guint64 key, guint64 index, double low, double high)
{
  return low + (high - low) * (double) rw_random_uniform (key, index);
}

double
rw_draw_log (guint64 key, guint64 index, double low, double high)
{
  return low * pow (high / low, (double) rw_random_uniform (key, index));
}

gboolean
rw_draw_is (guint64 key, guint64 index, double share)
{
  return (double) rw_random_uniform (key, index) < share;
}

double
rw_draw_normal (guint64 key, guint64 index)
{
  float value;

  rw_random_gaussian (rw_random_key (key, index), 0, &value, 1);
  return (double) value;
}

double
rw_draw_told (guint64 key)
{
  if (rw_draw_is (key, IS_MORE, TOLD_MORE_SHARE))
    return rw_draw_between (key, MORE, 1, 2);
  return exp (TOLD_DEVIATION * rw_draw_normal (key, ERROR));
}
