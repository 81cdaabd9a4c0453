/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Random decisions of the damages: each a pure function of (key, index).
 */
#pragma once

#include "base/random.h"

/* Uniform in [low,high). */
double rw_draw_between (guint64 key, guint64 index, double low, double high);

/* Uniform in the logarithm, in [low,high), 0 < low. */
double rw_draw_log (guint64 key, guint64 index, double low, double high);

/* TRUE with probability @share. */
gboolean rw_draw_is (guint64 key, guint64 index, double share);

/* Normal, of deviation 1. */
double rw_draw_normal (guint64 key, guint64 index);

/* What a net is told of the truth, as a factor: mostly exp (N (0, 0.2)), since
 * a person's guess is a fifth off; in a fifth of the patches evenly from 1..2,
 * since a person also asks for more than there is. */
double rw_draw_told (guint64 key);
