/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One net being measured.  What is timed alternates within a round, so that a
 * noisy machine disturbs all alike; the figures are medians over rounds.
 */
#include "bench-case.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "bench-nets.h"
#include "bench-peak.h"
#include "bench-torch.h"
#include "bench-train.h"

#include <string.h>

/* A measurement shorter than this is repeated. */
#define MIN_SECONDS 0.005
#define MAX_REPEATS 1000

/* ---- making ------------------------------------------------------------ */

static int
round_up (int value, int multiple)
{
  return (value + multiple - 1) / multiple * multiple;
}

static gboolean
prepare_inference (RwBenchCase *bench, GError **error)
{
  const RwBenchSettings *s = &bench->settings;

  bench->pack = rw_pack_new (bench->net, RW_RUN_INFER, error);
  if (!bench->pack)
    return FALSE;
  rw_pack_update (bench->pack, bench->params);
  bench->run =
      rw_run_new (bench->net, RW_RUN_INFER, rw_parallel_get_workers ());
  if (!rw_run_prepare (bench->run, 1, s->height, s->width, error))
    return FALSE;
  bench->bytes = rw_run_get_bytes (bench->run);
  return TRUE;
}

static gboolean
prepare_restoring (RwBenchCase *bench, GError **error)
{
  const gsize n =
      4 * (gsize) bench->settings.width * (gsize) bench->settings.height;

  for (int i = 0; i < 2; i++) {
    bench->pictures[i] =
        rw_try_alloc (n, sizeof (float), "the picture to measure", error);
    if (!bench->pictures[i])
      return FALSE;
  }
  for (gsize i = 0; i < n; i++)
    bench->pictures[0][i] = rw_random_uniform (1, i);
  rw_cache_set_budget (0); /* a known block would cost nothing */
  return TRUE;
}

static gboolean
prepare (RwBenchCase *bench, GError **error)
{
  RwBenchSettings *s = &bench->settings;
  const int align = rw_net_get_align (bench->net);

  s->width = round_up (s->width, align);
  s->height = round_up (s->height, align);
  s->patch = round_up (s->patch, align);
  bench->params = rw_try_alloc (rw_net_get_n_inner (bench->net),
                                sizeof (float), "the net's parameters", error);
  if (!bench->params)
    return FALSE;
  rw_net_init_params (bench->net, bench->params, 0);
  if (!prepare_inference (bench, error) ||
      (bench->model && !prepare_restoring (bench, error)))
    return FALSE;
  if (s->train) {
    bench->trainer = rw_bench_train_new (bench->net, bench->params, s->batch,
                                         s->patch, error);
    if (!bench->trainer)
      return FALSE;
  }
  if (s->torch)
    bench->torch =
        rw_bench_torch_new (rw_net_get_text (bench->net), s->width, s->height,
                            s->batch, s->patch, s->n_threads, error);
  return !s->torch || bench->torch;
}

RwBenchCase *
rw_bench_case_new (const char *name,
                   const RwBenchSettings *settings,
                   GError **error)
{
  g_autoptr (RwBenchCase) bench = g_new0 (RwBenchCase, 1);
  g_autofree char *text = rw_bench_find_net (name, &bench->model, error);

  if (!text)
    return NULL;
  bench->name = g_path_get_basename (name);
  bench->settings = *settings;
  for (int k = 0; k < RW_BENCH_N_KINDS; k++)
    bench->seconds[k] = g_array_new (FALSE, FALSE, sizeof (double));
  bench->peaks = g_array_new (FALSE, FALSE, sizeof (double));
  bench->net = rw_net_parse (text, error);
  if (!bench->net) {
    g_prefix_error (error, "%s: ", name);
    return NULL;
  }
  return prepare (bench, error) ? g_steal_pointer (&bench) : NULL;
}

void
rw_bench_case_free (RwBenchCase *bench)
{
  if (!bench)
    return;
  rw_bench_torch_free (bench->torch);
  rw_bench_train_free (bench->trainer);
  rw_run_free (bench->run);
  rw_pack_free (bench->pack);
  rw_free (bench->params);
  rw_free (bench->pictures[0]);
  rw_free (bench->pictures[1]);
  rw_model_unref (bench->model);
  rw_net_unref (bench->net);
  for (int k = 0; k < RW_BENCH_N_KINDS; k++)
    g_clear_pointer (&bench->seconds[k], g_array_unref);
  g_clear_pointer (&bench->peaks, g_array_unref);
  g_free (bench->name);
  g_free (bench);
}

/* ---- timing ------------------------------------------------------------ */

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / 1e6;
}

/* Running may have overwritten the input. */
static void
fill_input (RwBenchCase *bench)
{
  const RwBenchSettings *s = &bench->settings;
  const int channels = rw_net_get_in_channels (bench->net);
  const int stride = rw_channel_stride (channels);
  float *input = rw_run_get_input (bench->run);

  for (gsize i = 0; i < (gsize) s->width * (gsize) s->height; i++)
    for (int c = 0; c < channels; c++)
      input[i * (gsize) stride + (gsize) c] =
          (float) ((i * 7 + (gsize) c * 5) % 16) / 16;
}

static gboolean
time_inference (RwBenchCase *bench, double *seconds, GError **error)
{
  int n = 0;

  for (*seconds = 0; *seconds < MIN_SECONDS && n < MAX_REPEATS; n++) {
    fill_input (bench);
    const gint64 start = g_get_monotonic_time ();
    rw_run_forward (bench->run, bench->pack);
    *seconds += seconds_since (start);
  }
  *seconds /= n;
  return TRUE;
}

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const RwBenchCase *bench = data;
  const int width = bench->settings.width, height = bench->settings.height;

  for (int y = 0; y < rect->height; y++)
    for (int x = 0; x < rect->width; x++) {
      const int from_x = CLAMP (rect->x + x, 0, width - 1);
      const int from_y = CLAMP (rect->y + y, 0, height - 1);
      memcpy (rgba + 4 * ((gsize) y * (gsize) rect->width + (gsize) x),
              bench->pictures[0] +
                  4 * ((gsize) from_y * (gsize) width + (gsize) from_x),
              4 * sizeof (float));
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
  const RwBenchCase *bench = data;
  const gsize width = (gsize) bench->settings.width;

  for (int y = 0; y < rect->height; y++)
    memcpy (bench->pictures[1] +
                4 * ((gsize) (rect->y + y) * width + (gsize) rect->x),
            rgba + (gsize) y * stride,
            4 * sizeof (float) * (gsize) rect->width);
  return TRUE;
}

static gboolean
time_restoring (RwBenchCase *bench, double *seconds, GError **error)
{
  const RwRect whole = { 0, 0, bench->settings.width, bench->settings.height };
  const RwSettings settings = { .strength = 1, .level = 25 };
  const RwJob job = { .bounds = whole,
                      .roi = whole,
                      .read = read_pixels,
                      .write = write_pixels,
                      .data = bench };
  const gint64 start = g_get_monotonic_time ();

  if (!rw_restore (bench->model, &settings, &job, error))
    return FALSE;
  *seconds = seconds_since (start);
  return TRUE;
}

static gboolean
time_training (RwBenchCase *bench, double *seconds, GError **error)
{
  const gint64 start = g_get_monotonic_time ();
  int n = 0;

  do {
    rw_bench_train_step (bench->trainer);
    *seconds = seconds_since (start);
  } while (++n < MAX_REPEATS && *seconds < MIN_SECONDS);
  *seconds /= n;
  return TRUE;
}

static gboolean
time_torch_infer (RwBenchCase *bench, double *seconds, GError **error)
{
  return rw_bench_torch_measure (bench->torch, "infer", seconds, error);
}

static gboolean
time_torch_train (RwBenchCase *bench, double *seconds, GError **error)
{
  return rw_bench_torch_measure (bench->torch, "train", seconds, error);
}

static gboolean
is_wanted (const RwBenchCase *bench, RwBenchKind kind)
{
  switch (kind) {
  case RW_BENCH_INFER:
    return TRUE;
  case RW_BENCH_RESTORE:
    return bench->model != NULL;
  case RW_BENCH_TRAIN:
    return bench->trainer != NULL;
  case RW_BENCH_TORCH_INFER:
    return bench->torch != NULL;
  case RW_BENCH_TORCH_TRAIN:
    return bench->torch != NULL && bench->trainer != NULL;
  case RW_BENCH_N_KINDS:
    break;
  }
  return FALSE;
}

gboolean
rw_bench_case_round (RwBenchCase *bench, GError **error)
{
  static gboolean (*const measures[]) (RwBenchCase *, double *, GError **) = {
    [RW_BENCH_INFER] = time_inference,
    [RW_BENCH_RESTORE] = time_restoring,
    [RW_BENCH_TRAIN] = time_training,
    [RW_BENCH_TORCH_INFER] = time_torch_infer,
    [RW_BENCH_TORCH_TRAIN] = time_torch_train,
  };
  const double peak = rw_bench_peak (bench->settings.n_threads);

  g_array_append_val (bench->peaks, peak);
  for (RwBenchKind kind = 0; kind < RW_BENCH_N_KINDS; kind++) {
    double seconds = 0;
    if (!is_wanted (bench, kind))
      continue;
    if (!measures[kind](bench, &seconds, error))
      return FALSE;
    g_array_append_val (bench->seconds[kind], seconds);
  }
  return TRUE;
}

void
rw_bench_case_forget (RwBenchCase *bench)
{
  for (int k = 0; k < RW_BENCH_N_KINDS; k++)
    g_array_set_size (bench->seconds[k], 0);
  g_array_set_size (bench->peaks, 0);
}
