/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How fast the damages of training are made, on one core: a training that
 * takes patches faster than that waits for them.
 */
#pragma once

#include <glib.h>

#define RW_BENCH_DAMAGE_SIDE 96   /* of a patch of the result, in pixels */
#define RW_BENCH_DAMAGE_DRAWS 200 /* patches a round */

typedef struct {
  const char *task;
  GArray *seconds; /* doubles, a round each */
} RwBenchDamage;

/* Draws, sizes and damages patches of every task, in @n_rounds rounds.
 * RW_ERROR_LIMIT, _CANCELLED.  (transfer full): of RwBenchDamage. */
GPtrArray *rw_bench_damage_measure (int n_rounds, GError **error);

/* Pixels of the result a second, in the median round. */
double rw_bench_damage_rate (const RwBenchDamage *damage);
