/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How fast one net is beside another: rounds of one run of each, since a
 * noisy machine disturbs ratios within a round least.
 */
#include "shrink-speed.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "base/sort.h"

enum { SIDE = 512, N_ROUNDS = 9 };

typedef struct {
  RwPack *pack;
  RwRun *run;
  int width, height;
  double seconds[N_ROUNDS];
} Racer;

/* The weights are zeros: they change no time. */
static gboolean
begin (Racer *racer, RwNet *net, GError **error)
{
  const int align = rw_net_get_align (net);
  rw_autofree float *params =
      rw_try_alloc (rw_net_get_n_inner (net), sizeof (float), "a net", error);

  if (!rw_net_get_size (net, &racer->width, &racer->height))
    racer->width = racer->height = MAX (align, SIDE / align * align);
  if (!params || !(racer->pack = rw_pack_new (net, RW_RUN_INFER, error)))
    return FALSE;
  rw_pack_update (racer->pack, params);
  racer->run = rw_run_new (net, RW_RUN_INFER, rw_parallel_get_workers ());
  if (!rw_run_prepare (racer->run, 1, racer->height, racer->width, error))
    return FALSE;
  rw_run_forward (racer->run, racer->pack);
  return TRUE;
}

static void
clear (Racer *racer)
{
  rw_run_free (racer->run);
  rw_pack_free (racer->pack);
}

static void
time_run (Racer *racer, int round)
{
  const gint64 start = g_get_monotonic_time ();

  rw_run_forward (racer->run, racer->pack);
  racer->seconds[round] = (double) (g_get_monotonic_time () - start) / 1e6;
}

static double
find_median (double *values)
{
  rw_sort_doubles (values, N_ROUNDS);
  return values[N_ROUNDS / 2];
}

static double
get_speed (Racer *racer)
{
  return racer->width * racer->height / 1e6 /
         MAX (find_median (racer->seconds), 1e-6);
}

gboolean
rw_cli_compare_speed (RwNet *before,
                      RwNet *after,
                      RwCliSpeed *speed,
                      GError **error)
{
  Racer a = { NULL }, b = { NULL };
  double shares[N_ROUNDS];
  const gboolean good = begin (&a, before, error) && begin (&b, after, error);

  for (int i = 0; good && i < N_ROUNDS; i++) {
    time_run (&a, i);
    time_run (&b, i);
    shares[i] = b.seconds[i] / MAX (a.seconds[i], 1e-6);
  }
  if (good)
    *speed = (RwCliSpeed){ .before = get_speed (&a),
                           .after = get_speed (&b),
                           .share = find_median (shares) };
  clear (&a);
  clear (&b);
  return good;
}
