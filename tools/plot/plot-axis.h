/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * An axis of a plot: its range, and where its ticks are.
 */
#pragma once

#include <glib.h>

#define RW_CLI_AXIS_MAX_TICKS 16

typedef struct {
  gboolean log;
  double low, high; /* low < high; above 0 if log */
  int n_ticks;
  double ticks[RW_CLI_AXIS_MAX_TICKS]; /* in [low, high], rising */
  double step;                         /* between linear ticks; 0: decades */
} RwCliAxis;

/* An axis that holds no value yet. */
void rw_cli_axis_begin (RwCliAxis *axis, gboolean log);
/* Whether @value has a place on such an axis: finite, above 0 if log. */
gboolean rw_cli_axis_takes (const RwCliAxis *axis, double value);
/* Widens the range to hold @value, if the axis takes it. */
void rw_cli_axis_add (RwCliAxis *axis, double value);
/* Widens by @margin of the range on both sides and sets the ticks: at 1, 2 or
 * 5 times a power of ten, about @n of them, or at decades. */
void rw_cli_axis_end (RwCliAxis *axis, double margin, int n);

/* 0 at low, 1 at high. */
double rw_cli_axis_place (const RwCliAxis *axis, double value);

/* "0.02", "1e-05": just the digits that tell ticks apart.  (transfer full) */
char *rw_cli_axis_format (const RwCliAxis *axis, double tick);
