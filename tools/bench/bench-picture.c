/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A whole picture through rw_restore.  The picture is one tile repeated, and
 * what comes back is counted and dropped, so that all memory is the engine's.
 */
#include "bench/bench-picture.h"

#include "base/alloc.h"
#include "base/random.h"
#include "bench/bench-clock.h"
#include "bench/bench-fill.h"
#include "bench/bench-nets.h"
#include "bench/bench-peak.h"
#include "restore/model.h"

#include <string.h>

#define TILE 256
#define LEVEL 25 /* of noise; any does */

typedef struct {
  float *tile; /* TILE x TILE pixels, RGBA */
  double n_written;
  int round, n_rounds;
  RwBenchProgress progress;
  gpointer data;
} Source;

/* ---- the picture ------------------------------------------------------- */

static float *
make_tile (void)
{
  float *tile = g_new (float, 4 * TILE * TILE);

  for (gsize i = 0; i < 4 * TILE * TILE; i++)
    tile[i] = i % 4 == 3 ? 1 : rw_random_uniform (1, i);
  return tile;
}

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const Source *source = data;

  for (int y = 0; y < rect->height; y++) {
    const float *row = source->tile + 4 * ((rect->y + y) % TILE) * TILE;
    for (int x = 0; x < rect->width;) {
      const int from = (rect->x + x) % TILE,
                n = MIN (TILE - from, rect->width - x);
      memcpy (rgba, row + 4 * from, 4 * sizeof (float) * (gsize) n);
      rgba += 4 * n;
      x += n;
    }
  }
  return TRUE;
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  ((Source *) data)->n_written += (double) rect->width * rect->height;
  return TRUE;
}

static gboolean
show_progress (gpointer data, double fraction)
{
  const Source *source = data;

  return source->progress (source->data,
                           (source->round + fraction) / source->n_rounds);
}

/* ---- measuring --------------------------------------------------------- */

/* Weights that no file holds. */
static RwModel *
make_model (RwNet *net, const char *name, GError **error)
{
  RwWeights *weights = g_new0 (RwWeights, 1);

  weights->net = rw_net_ref (net);
  weights->metadata = g_hash_table_new (g_str_hash, g_str_equal);
  weights->task = g_strdup ("white-noise");
  weights->digest = g_strdup (name);
  weights->range_low = -0.5;
  weights->range_high = 1.5;
  weights->params = rw_try_alloc (MAX (rw_net_get_n_inner (net), 1),
                                  sizeof (float), "a net's weights", error);
  if (!weights->params) {
    rw_weights_free (weights);
    return NULL;
  }
  rw_bench_fill_params (net, weights->params);
  return rw_model_new (weights, name, error);
}

static gboolean
restore (RwBenchPicture *picture,
         RwModel *model,
         Source *source,
         GError **error)
{
  const RwRect whole = { 0, 0, picture->width, picture->height };
  const RwValue value = { "level", LEVEL };
  const RwSettings settings = { .strength = 1,
                                .values = &value,
                                .n_values = rw_model_uses (model, "level") };
  const RwJob job = { .bounds = whole,
                      .roi = whole,
                      .read = read_pixels,
                      .write = write_pixels,
                      .progress = show_progress,
                      .data = source };
  const double start = rw_bench_now ();

  source->n_written = 0;
  if (!rw_restore (model, &settings, &job, error))
    return FALSE;
  const double seconds = rw_bench_now () - start;
  g_array_append_val (picture->seconds, seconds);
  g_assert (source->n_written == (double) whole.width * whole.height);
  return TRUE;
}

static gboolean
measure (RwBenchPicture *picture,
         RwNet *net,
         int n_threads,
         Source *source,
         GError **error)
{
  const gsize before = rw_alloc_get_bytes ();
  g_autoptr (RwModel) model = make_model (net, picture->name, error);

  if (!model)
    return FALSE;
  rw_cache_set_budget (0); /* a known block would cost nothing */
  rw_alloc_reset_peak ();
  for (; source->round < source->n_rounds; source->round++) {
    const double peak = rw_bench_peak (n_threads);
    g_array_append_val (picture->peaks, peak);
    if (!restore (picture, model, source, error))
      return FALSE;
  }
  picture->bytes = rw_alloc_get_peak () - before;
  return TRUE;
}

RwBenchPicture *
rw_bench_picture_measure (const char *name,
                          int width,
                          int height,
                          int n_threads,
                          int n_rounds,
                          RwBenchProgress progress,
                          gpointer data,
                          GError **error)
{
  g_autoptr (RwNet) net = rw_bench_load_net (name, error);
  g_autofree float *tile = make_tile ();
  Source source = {
    .tile = tile, .n_rounds = n_rounds, .progress = progress, .data = data
  };

  if (!net)
    return NULL;
  g_autoptr (RwBenchPicture) picture = g_new0 (RwBenchPicture, 1);
  picture->name = g_path_get_basename (name);
  picture->width = width;
  picture->height = height;
  picture->flops = 2 * rw_net_get_macs_per_pixel (net) * width * height;
  picture->seconds = g_array_new (FALSE, FALSE, sizeof (double));
  picture->peaks = g_array_new (FALSE, FALSE, sizeof (double));
  return measure (picture, net, n_threads, &source, error)
             ? g_steal_pointer (&picture)
             : NULL;
}

void
rw_bench_picture_free (RwBenchPicture *picture)
{
  if (!picture)
    return;
  g_array_unref (picture->seconds);
  g_array_unref (picture->peaks);
  g_free (picture->name);
  g_free (picture);
}
