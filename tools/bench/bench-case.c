/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One net being measured.  What is timed alternates within a round, so that a
 * noisy machine disturbs all alike; the figures are medians over rounds.
 */
#include "bench/bench-case.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "bench/bench-clock.h"
#include "bench/bench-fill.h"
#include "bench/bench-nets.h"
#include "bench/bench-peak.h"
#include "bench/bench-values.h"
#include "io/temporary.h"
#include "reweave.h"

#include <math.h>

/* A measurement shorter than this is repeated. */
#define MIN_SECONDS 0.005
#define MAX_REPEATS 1000
/* Of the result; Winograd's own error is some 1e-6 of it. */
#define MAX_DIFFERENCE 1e-4

static const char *const onednn_names[] = { "direct", "winograd" };

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
  const int channels = rw_net_get_in_channels (bench->net);

  bench->pack = rw_pack_new (bench->net, RW_RUN_INFER, error);
  if (!bench->pack)
    return FALSE;
  rw_pack_update (bench->pack, bench->params);
  bench->run =
      rw_run_new (bench->net, RW_RUN_INFER, rw_parallel_get_workers ());
  if (!rw_run_prepare (bench->run, 1, s->height, s->width, error))
    return FALSE;
  rw_bench_fill_input (rw_run_get_input (bench->run),
                       (gsize) s->width * (gsize) s->height, channels,
                       rw_channel_stride (channels));
  bench->bytes = rw_run_get_bytes (bench->run);
  if (s->layers)
    bench->layers = rw_bench_layers_new (bench->net, s->height, s->width);
  return TRUE;
}

static gboolean
ask_onednn (
    RwBenchCase *bench, int i, const char *what, double *value, GError **error)
{
  g_autofree char *question = g_strdup_printf ("%s %s", onednn_names[i], what);

  return rw_bench_rival_ask (bench->onednn, question, value, 1, error);
}

/* What is compared with is to be the same net. */
static gboolean
check_difference (const RwBenchCase *bench,
                  const char *rival,
                  const RwBenchDifference *d,
                  GError **error)
{
  if (d->rms <= MAX_DIFFERENCE)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: results differ from %s by %.3g of their root mean square, "
               "expected at most %g; one of the two computes something else",
               bench->name, rival, d->rms, MAX_DIFFERENCE);
  return FALSE;
}

static gboolean
compare_onednn (RwBenchCase *bench, GError **error)
{
  for (int i = 0; i < 2; i++) {
    RwBenchDifference *d = &bench->differences[i];
    g_autofree char *rival =
        g_strdup_printf ("oneDNN's (%s)", onednn_names[i]);
    if (!ask_onednn (bench, i, "max", &d->max, error) ||
        !ask_onednn (bench, i, "rms", &d->rms, error) ||
        !ask_onednn (bench, i, "winograd", &d->n_winograd, error) ||
        !check_difference (bench, rival, d, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
compare_torch (RwBenchCase *bench, GError **error)
{
  RwBenchDifference *d = &bench->torch_difference;
  double values[2];

  if (!rw_bench_rival_ask (bench->torch, "compare", values, 2, error))
    return FALSE;
  d->max = values[0];
  d->rms = values[1];
  return check_difference (bench, "PyTorch's", d, error);
}

static gboolean
prepare_torch (RwBenchCase *bench, GError **error)
{
  const RwBenchSettings *s = &bench->settings;
  const RwBenchTorch torch = { .net = rw_net_get_text (bench->net),
                               .loss = bench->recipe->loss,
                               .optimiser = bench->recipe->optimizer,
                               .width = s->width,
                               .height = s->height,
                               .batch = bench->recipe->batch,
                               .patch = bench->recipe->patch,
                               .n_threads = s->n_threads };

  rw_run_forward (bench->run, bench->pack);
  g_autofree char *values = rw_bench_write_values (
      bench->net, bench->params, bench->run, s->width, s->height, error);
  if (!values)
    return FALSE;
  bench->torch = rw_bench_rival_new_torch (&torch, values, error);
  const gboolean ok = bench->torch && compare_torch (bench, error);
  rw_temporary_remove (values);
  return ok;
}

static gboolean
prepare_rivals (RwBenchCase *bench, GError **error)
{
  const RwBenchSettings *s = &bench->settings;

  if (s->torch && !prepare_torch (bench, error))
    return FALSE;
  if (!s->onednn)
    return TRUE;
  bench->onednn = rw_bench_rival_new_onednn (
      rw_net_get_text (bench->net), s->width, s->height, s->n_threads, error);
  return bench->onednn && compare_onednn (bench, error);
}

/* What the command line says goes before the recipe. */
static void
settle_recipe (RwBenchCase *bench)
{
  const RwBenchSettings *s = &bench->settings;
  RwRecipe *recipe = bench->recipe;

  if (s->batch > 0)
    recipe->batch = s->batch;
  if (s->patch > 0)
    recipe->patch = s->patch;
  if (s->optimiser)
    rw_recipe_set (recipe, "optimizer", s->optimiser, NULL);
  rw_recipe_set (recipe, "patch_later", "", NULL);
  recipe->patch = round_up (recipe->patch, rw_net_get_align (bench->net));
}

static gboolean
prepare (RwBenchCase *bench, GError **error)
{
  RwBenchSettings *s = &bench->settings;
  const int align = rw_net_get_align (bench->net);

  s->width = round_up (s->width, align);
  s->height = round_up (s->height, align);
  bench->params = rw_try_alloc (rw_net_get_n_inner (bench->net),
                                sizeof (float), "the net's parameters", error);
  if (!bench->params)
    return FALSE;
  rw_bench_fill_params (bench->net, bench->params);
  if (!prepare_inference (bench, error))
    return FALSE;
  if (s->train) {
    bench->trainer =
        rw_bench_train_new (bench->net, bench->params, bench->recipe, error);
    if (!bench->trainer)
      return FALSE;
  }
  return prepare_rivals (bench, error);
}

/* Of a weight file whose layers work with 8 bits. */
static gboolean
prepare_int8 (RwBenchCase *bench, const char *name, GError **error)
{
  const RwBenchSettings *s = &bench->settings;
  g_autoptr (GError) failure = NULL;

  bench->int8 = rw_bench_int8_new (name, &failure);
  if (failure) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  return !bench->int8 || !s->data ||
         rw_bench_int8_measure_cost (bench->int8, s->data, s->level, error);
}

RwBenchCase *
rw_bench_case_new (const char *name,
                   const RwBenchSettings *settings,
                   GError **error)
{
  g_autoptr (RwBenchCase) bench = g_new0 (RwBenchCase, 1);

  bench->net = rw_bench_load_net (name, error);
  if (!bench->net)
    return NULL;
  bench->name = g_path_get_basename (name);
  bench->settings = *settings;
  bench->recipe = rw_bench_load_recipe (name);
  settle_recipe (bench);
  for (int k = 0; k < RW_BENCH_N_KINDS; k++)
    bench->seconds[k] = g_array_new (FALSE, FALSE, sizeof (double));
  bench->peaks = g_array_new (FALSE, FALSE, sizeof (double));
  return prepare (bench, error) && prepare_int8 (bench, name, error)
             ? g_steal_pointer (&bench)
             : NULL;
}

void
rw_bench_case_free (RwBenchCase *bench)
{
  if (!bench)
    return;
  rw_bench_rival_free (bench->torch);
  rw_bench_rival_free (bench->onednn);
  rw_bench_train_free (bench->trainer);
  rw_bench_layers_free (bench->layers);
  rw_bench_int8_free (bench->int8);
  rw_run_free (bench->run);
  rw_pack_free (bench->pack);
  rw_free (bench->params);
  rw_recipe_free (bench->recipe);
  rw_net_unref (bench->net);
  for (int k = 0; k < RW_BENCH_N_KINDS; k++)
    g_clear_pointer (&bench->seconds[k], g_array_unref);
  g_clear_pointer (&bench->peaks, g_array_unref);
  g_free (bench->name);
  g_free (bench);
}

/* ---- timing ------------------------------------------------------------ */

static void
infer (RwBenchCase *bench)
{
  rw_run_forward (bench->run, bench->pack);
}

static void
infer_in_float (RwBenchCase *bench)
{
  rw_run_forward (bench->run, bench->int8->packs[0]);
}

static void
infer_in_int8 (RwBenchCase *bench)
{
  rw_run_forward (bench->run, bench->int8->packs[1]);
}

static void
train (RwBenchCase *bench)
{
  rw_bench_train_step (bench->trainer);
}

/* Seconds of one, as the mean of as many as it takes. */
static double
time_ours (RwBenchCase *bench, void (*work) (RwBenchCase *))
{
  const double start = rw_bench_now ();
  double seconds = 0;
  int n = 0;

  while (n < MAX_REPEATS && seconds < MIN_SECONDS) {
    work (bench);
    seconds = rw_bench_now () - start;
    n++;
  }
  return seconds / n;
}

static gboolean
measure (RwBenchCase *bench, RwBenchKind kind, double *seconds, GError **error)
{
  switch (kind) {
  case RW_BENCH_INFER:
    *seconds = time_ours (bench, infer);
    return TRUE;
  case RW_BENCH_FLOAT:
    *seconds = time_ours (bench, infer_in_float);
    return TRUE;
  case RW_BENCH_INT8:
    *seconds = time_ours (bench, infer_in_int8);
    return TRUE;
  case RW_BENCH_TRAIN:
    *seconds = time_ours (bench, train);
    return TRUE;
  case RW_BENCH_ONEDNN_DIRECT:
  case RW_BENCH_ONEDNN_WINOGRAD:
    return ask_onednn (bench, kind - RW_BENCH_ONEDNN_DIRECT, "seconds",
                       seconds, error);
  case RW_BENCH_TORCH_INFER:
    return rw_bench_rival_ask (bench->torch, "infer", seconds, 1, error);
  case RW_BENCH_TORCH_TRAIN:
    return rw_bench_rival_ask (bench->torch, "train", seconds, 1, error);
  case RW_BENCH_N_KINDS:
    break;
  }
  return TRUE;
}

static gboolean
is_wanted (const RwBenchCase *bench, RwBenchKind kind)
{
  switch (kind) {
  case RW_BENCH_INFER:
    return TRUE;
  case RW_BENCH_FLOAT:
  case RW_BENCH_INT8:
    return bench->int8 != NULL;
  case RW_BENCH_TRAIN:
    return bench->trainer != NULL;
  case RW_BENCH_ONEDNN_DIRECT:
    return bench->onednn != NULL;
  case RW_BENCH_ONEDNN_WINOGRAD:
    return bench->onednn && bench->differences[1].n_winograd > 0;
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
  const double peak = rw_bench_peak (bench->settings.n_threads);

  g_array_append_val (bench->peaks, peak);
  for (RwBenchKind kind = 0; kind < RW_BENCH_N_KINDS; kind++) {
    double seconds = NAN;
    if (!is_wanted (bench, kind))
      continue;
    if (!measure (bench, kind, &seconds, error))
      return FALSE;
    g_array_append_val (bench->seconds[kind], seconds);
  }
  return !bench->layers ||
         rw_bench_layers_round (bench->layers, bench->run, bench->pack,
                                bench->onednn, error);
}

void
rw_bench_case_forget (RwBenchCase *bench)
{
  for (int k = 0; k < RW_BENCH_N_KINDS; k++)
    g_array_set_size (bench->seconds[k], 0);
  g_array_set_size (bench->peaks, 0);
  if (bench->layers)
    rw_bench_layers_forget (bench->layers);
  if (bench->trainer)
    rw_bench_train_forget (bench->trainer);
}
