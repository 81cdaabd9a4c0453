/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * An axis of a plot.
 */
#include "plot/plot-axis.h"

#include <math.h>

void
rw_cli_axis_begin (RwCliAxis *axis, gboolean log)
{
  *axis = (RwCliAxis){ .log = log, .low = INFINITY, .high = -INFINITY };
}

gboolean
rw_cli_axis_takes (const RwCliAxis *axis, double value)
{
  return isfinite (value) && (!axis->log || value > 0);
}

void
rw_cli_axis_add (RwCliAxis *axis, double value)
{
  if (!rw_cli_axis_takes (axis, value))
    return;
  axis->low = MIN (axis->low, value);
  axis->high = MAX (axis->high, value);
}

/* A range of no width becomes one around its value. */
static void
widen (RwCliAxis *axis, double margin)
{
  if (!(axis->low <= axis->high)) {
    axis->low = axis->log ? 1 : 0;
    axis->high = axis->log ? 10 : 1;
  } else if (axis->log) {
    const double factor =
        axis->low < axis->high ? pow (axis->high / axis->low, margin) : 2;
    axis->low /= factor;
    axis->high *= factor;
  } else {
    const double rest = MAX (fabs (axis->low), 1e-6) * 0.1;
    const double more =
        axis->low < axis->high ? margin * (axis->high - axis->low) : rest;
    axis->low -= more;
    axis->high += more;
  }
}

static void
add_tick (RwCliAxis *axis, double tick)
{
  if (axis->n_ticks < RW_CLI_AXIS_MAX_TICKS && tick >= axis->low &&
      tick <= axis->high)
    axis->ticks[axis->n_ticks++] = tick;
}

/* The least of 1, 2, 5 times a power of ten that is @least or more. */
static double
round_step (double least)
{
  const double power = pow (10, floor (log10 (least)));

  for (int i = 0; i < 3; i++) {
    const double step = power * (const double[]){ 1, 2, 5 }[i];
    if (step >= least * (1 - 1e-9))
      return step;
  }
  return 10 * power;
}

static void
set_linear_ticks (RwCliAxis *axis, int n)
{
  axis->step = round_step ((axis->high - axis->low) / n);
  const double first = ceil (axis->low / axis->step);
  for (int i = 0; i < RW_CLI_AXIS_MAX_TICKS; i++)
    add_tick (axis, (first + i) * axis->step);
}

/* Decades, every few if there are many; within one or two also 2 and 5. */
static void
set_log_ticks (RwCliAxis *axis, int n)
{
  const int low = (int) floor (log10 (axis->low)),
            high = (int) ceil (log10 (axis->high));
  const int stride = MAX (1, (high - low) / n);
  const double within[] = { 1, 2, 5 };
  const int n_within = high - low <= 3 ? 3 : 1;

  for (int decade = low; decade <= high; decade += stride)
    for (int i = 0; i < n_within; i++)
      add_tick (axis, within[i] * pow (10, decade));
  if (axis->n_ticks >= 3)
    return;
  axis->n_ticks = 0; /* less than an octave or so */
  set_linear_ticks (axis, n);
}

void
rw_cli_axis_end (RwCliAxis *axis, double margin, int n)
{
  widen (axis, margin);
  if (axis->log)
    set_log_ticks (axis, n);
  else
    set_linear_ticks (axis, n);
}

double
rw_cli_axis_place (const RwCliAxis *axis, double value)
{
  if (axis->log)
    return log (value / axis->low) / log (axis->high / axis->low);
  return (value - axis->low) / (axis->high - axis->low);
}

char *
rw_cli_axis_format (const RwCliAxis *axis, double tick)
{
  const double size = fabs (tick);
  char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];

  if (axis->step == 0 || size >= 1e7 || axis->step < 1e-5) {
    g_ascii_formatd (text, sizeof text, "%.6g", tick);
    return g_strdup (text);
  }
  const int decimals = MAX (0, -(int) floor (log10 (axis->step) + 1e-9));
  g_snprintf (format, sizeof format, "%%.%df", decimals);
  g_ascii_formatd (text, sizeof text, format, tick + 0.0);
  return g_strdup (text);
}
