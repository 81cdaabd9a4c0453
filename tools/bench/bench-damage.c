/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Damages without a net.  The picture has waves and edges, as much as the
 * damage asks for.
 */
#include "bench/bench-damage.h"

#include "base/random.h"
#include "bench/bench-clock.h"
#include "bench/bench-figures.h"
#include "cli/cli.h"
#include "tasks/task.h"

#include <math.h>

enum { SIDE = RW_BENCH_DAMAGE_SIDE, SEED = 7 };

static void
free_damage (gpointer data)
{
  RwBenchDamage *damage = data;

  g_array_unref (damage->seconds);
  g_free (damage);
}

static void
paint (RwSample *source)
{
  float *rgb = source->rgb;

  for (int y = 0; y < source->height; y++)
    for (int x = 0; x < source->width; x++)
      for (int c = 0; c < 3; c++)
        *rgb++ = 0.4f + 0.2f * sinf (0.05f * (float) (x + y) + (float) c) +
                 0.15f * (float) ((x / 17 + y / 23) % 2);
}

static gboolean
measure_round (RwBenchDamage *damage, const RwTask *task, GError **error)
{
  RwPair pair;

  if (!rw_pair_init (&pair, task, SIDE, SIDE, error))
    return FALSE;
  paint (&pair.source);
  const double begin = rw_bench_now ();
  for (guint64 i = 0; i < RW_BENCH_DAMAGE_DRAWS; i++) {
    RwDamage drawn;
    task->draw (rw_random_key (SEED, i), &drawn);
    rw_pair_set_size (&pair, task, &drawn, SIDE, SIDE);
    rw_pair_degrade (&pair, task, &drawn);
  }
  const double seconds = rw_bench_now () - begin;
  g_array_append_val (damage->seconds, seconds);
  rw_pair_clear (&pair);
  return TRUE;
}

GPtrArray *
rw_bench_damage_measure (int n_rounds, GError **error)
{
  const RwTaskInfo *const *tasks = rw_task_list ();
  g_autoptr (GPtrArray) damages = g_ptr_array_new_with_free_func (free_damage);

  for (int i = 0; tasks[i] != NULL; i++) {
    RwBenchDamage *damage = g_new0 (RwBenchDamage, 1);
    damage->task = tasks[i]->name;
    damage->seconds = g_array_new (FALSE, FALSE, sizeof (double));
    g_ptr_array_add (damages, damage);
  }
  for (int round = 0; round <= n_rounds; round++) { /* the first warms up */
    for (guint i = 0; i < damages->len; i++) {
      RwBenchDamage *damage = g_ptr_array_index (damages, i);
      if (round == 1)
        g_array_set_size (damage->seconds, 0);
      if (!measure_round (damage, rw_task_get (tasks[i]), error))
        return NULL;
    }
    if (rw_cli_is_interrupted ()) {
      g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
                   "bench: stopped before the last round; run it again");
      return NULL;
    }
  }
  return g_steal_pointer (&damages);
}

double
rw_bench_damage_rate (const RwBenchDamage *damage)
{
  return RW_BENCH_DAMAGE_DRAWS * SIDE * SIDE /
         rw_bench_median (damage->seconds);
}
