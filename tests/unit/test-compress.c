/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Training a codec: its loss falls, its bytes do not depend on threads and
 * interruptions, what it takes for the best, and a second leg with rounding.
 */
#include "base/parallel.h"
#include "base/random.h"
#include "codec-text.h"
#include "tasks/compress.h"
#include "train/loss/objective.h"
#include "train/validate.h"
#include "training.h"
#include "weights/weights.h"

#include <math.h>

static void
set (Fixture *f, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;

  rw_recipe_set (f->recipe, key, value, &error);
  g_assert_no_error (error);
}

static void
begin (Fixture *f)
{
  static const char *const settings[][2] = {
    { "task", "compress" }, { "patch", "32" },
    { "batch", "6" },       { "optimizer", "muon" },
    { "lr", "0.003" },      { "loss", "0.1 * mse + 0.000390625 * l1(bits)" },
    { "net", CODEC_TEXT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    set (f, settings[i][0], settings[i][1]);
}

/* ---- learning ----------------------------------------------------------- */

typedef struct {
  double first, last, best;
  double psnr, rate, score;
} Seen;

static gboolean
see (gpointer data, const RwTrainReport *report)
{
  Seen *seen = data;

  if (report->validated) {
    if (isnan (seen->first))
      seen->first = report->score;
    seen->psnr = report->psnr;
    seen->rate = report->rate;
    seen->last = seen->score = report->score;
    seen->best = report->best_score;
  }
  return TRUE;
}

/* The score is what error and bits are worth together: below the PSNR. */
static void
test_learns (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "out.safetensors");
  Seen seen = { .first = NAN };

  begin (f);
  set (f, "steps", "300");
  RwTraining training = make_training (f, out);
  training.report = see;
  training.report_data = &seen;
  const RwTrained trained = train (&training);

  g_test_message ("%.2f dB at %.3f bits a pixel; score %.2f, at first %.2f",
                  seen.psnr, seen.rate, seen.last, seen.first);
  g_assert_cmpfloat (seen.last, >, seen.first + 3);
  g_assert_cmpfloat (seen.rate, >, 0);
  g_assert_cmpfloat (seen.rate, <, 24);
  g_assert_cmpfloat (seen.score, <, seen.psnr);
  g_assert_cmpfloat (trained.psnr, ==, seen.best);
  g_autoptr (GError) error = NULL;
  g_autoptr (RwWeights) weights = rw_weights_load (out, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (weights->task, ==, "compress");
  const char *metrics = g_hash_table_lookup (weights->metadata, "metrics");
  g_assert_true (g_str_has_prefix (metrics, "validation score="));
}

static void
test_same_bytes (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "parts.safetensors");
  Watch w = { 0 };

  begin (f);
  RwTraining training = make_training (f, whole);
  rw_parallel_set_threads (1);
  train (&training);
  rw_parallel_set_threads (3);
  training.out = parts;
  training.report = watch;
  training.report_data = &w;
  for (w.stop_at = 3; w.stop_at <= 24; w.stop_at += 7) {
    train (&training);
    training.resume = TRUE;
  }
  rw_parallel_set_threads (0);
  assert_same (whole, parts);
}

/* The same parameters go on with a net that rounds. */
static void
test_second_leg (Fixture *f, gconstpointer data)
{
  g_autofree char *first = scratch_path (&f->scratch, "first.safetensors");
  g_autofree char *second = scratch_path (&f->scratch, "second.safetensors");

  begin (f);
  RwTraining training = make_training (f, first);
  train (&training);
  set (f, "net", CODEC_TEXT_WITH ("quantise train=straight"));
  set (f, "lr", "1e-9");
  set (f, "weight_decay", "0");
  training.from = first;
  training.partial = TRUE; /* the texts differ in a setting */
  training.out = second;
  train (&training);
  g_autoptr (RwWeights) a = rw_weights_load (first, NULL);
  g_autoptr (RwWeights) b = rw_weights_load (second, NULL);
  g_assert_nonnull (b);
  g_assert_cmpuint (rw_net_get_n_inner (a->net), ==,
                    rw_net_get_n_inner (b->net));
  for (gsize i = 0; i < rw_net_get_n_inner (a->net); i++)
    g_assert_cmpfloat_with_epsilon (a->params[i], b->params[i], 1e-6);
}

/* ---- what counts -------------------------------------------------------- */

static void
test_refuses (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "out.safetensors");

  begin (f);
  set (f, "loss", "mse");
  set (f, "net", "input rgb value\nconv 3\n");
  const RwTraining training = make_training (f, out);
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "has no result called \"bits\"");
}

/* Terms of the output count trade times, those of results 1 / trade times,
 * and so do their gradients. */
static void
test_trade (void)
{
  g_autoptr (RwObjective) objective =
      rw_objective_parse ("mse + 0.5 * l1(b)", NULL);
  const float y[4] = { 0.5f, 0, 0, 0 }, clean[4] = { 0 };
  const float b[4] = { 3, 0, 0, 0 };
  float dy[4], db[4] = { 0 };
  _Alignas(64) float scratch[64];
  RwObjectiveResult result = { .shape = { 1, 1, 1, 4 }, .y = b, .dy = db };
  RwObjectivePass pass = { .shape = { 1, 1, 1, 4 },
                           .y = y,
                           .dy = dy,
                           .targets = { clean },
                           .results = &result,
                           .weight = 1,
                           .trade = 4,
                           .scratch = scratch };

  g_assert_cmpfloat_with_epsilon (rw_objective_evaluate (objective, &pass),
                                  4 * 0.25 + 0.5 * 3 / 4, 1e-6);
  g_assert_cmpfloat_with_epsilon (dy[0], 4 * 2 * 0.5, 1e-6);
  g_assert_cmpfloat_with_epsilon (db[0], 0.5 / 4, 1e-6);
  pass.trade = 0;
  g_assert_cmpfloat_with_epsilon (rw_objective_evaluate (objective, &pass),
                                  0.25 + 0.5 * 3, 1e-6);
}

/* Qualities go from the first rate to the last, and lambda with them. */
static void
test_qualities (void)
{
  const RwTask *task = rw_task_find ("compress", NULL);
  int n_low = 0, n_high = 0;

  g_assert_cmpfloat (rw_compress_to_plane (1), ==, 0);
  g_assert_cmpfloat (rw_compress_to_plane (100), ==, 1);
  g_assert_cmpfloat_with_epsilon (task->trade (0), 65025 * 0.0025, 1e-9);
  g_assert_cmpfloat_with_epsilon (task->trade (1), 65025 * 0.15, 1e-6);
  for (guint64 i = 0; i < 1000; i++) {
    RwDamage damage;
    task->draw (rw_random_key (5, i), &damage);
    n_low += damage.values[0] == 1;
    n_high += damage.values[0] == 100;
  }
  /* a twelfth each, within four deviations */
  g_assert_true (n_low > 48 && n_low < 118);
  g_assert_true (n_high > 48 && n_high < 118);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compress/trade", test_trade);
  g_test_add_func ("/compress/qualities", test_qualities);
#define ADD(name, func)                                                       \
  g_test_add ("/compress/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("learns", test_learns);
  ADD ("same-bytes", test_same_bytes);
  ADD ("second-leg", test_second_leg);
  ADD ("refuses", test_refuses);
  return g_test_run ();
}
