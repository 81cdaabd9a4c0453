/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/data/noise-library.c and transplant.c: the noise of windows has the
 * statistics of what was put in, and so has the noise of patches; and a net
 * that learns from it removes it better than one that does not.
 */
#include "scans.h"
#include "training.h"

#include "base/parallel.h"
#include "train/data/order.h"
#include "train/data/transplant.h"

enum { SIDE = RW_NOISE_SIDE, N_SCANS = 8 };

static RwNoiseLibrary *
load_scans (const Scratch *scratch, RwNoiseReport *report)
{
  g_autofree char *folder = scratch_path (scratch, "scans");
  g_autoptr (GError) error = NULL;
  RwNoiseLibrary *library = rw_noise_library_load (folder, report, &error);

  g_assert_no_error (error);
  g_assert_nonnull (library);
  return library;
}

static const RwTask *
find_task (const char *name)
{
  const RwTask *task = rw_task_find (name, NULL);

  g_assert_nonnull (task);
  return task;
}

#define assert_near(value, wanted, tolerance)                                 \
  g_assert_cmpfloat_with_epsilon (value, wanted, tolerance)

/* ---- libraries --------------------------------------------------------- */

/* What was put in is what is found. */
static void
test_report (Scratch *scratch, gconstpointer data)
{
  RwNoiseReport report;
  int n = 0;

  save_scans (scratch, N_SCANS, 1);
  g_autoptr (RwNoiseLibrary) library = load_scans (scratch, &report);
  g_assert_cmpint (report.n_files, ==, N_SCANS);
  g_assert_cmpint (report.n_broken, ==, 0);
  /* four to a field, of which there are 16 a scan */
  g_assert_cmpint (report.n_windows, >, N_SCANS * 64 * 7 / 10);
  g_assert_cmpint (report.n_windows, <=, N_SCANS * 64);
  g_assert_cmpint (report.n_textured, <, report.n_windows / 20);
  g_assert_false (report.grey);
  for (int b = 0; b < RW_NOISE_BINS; b++) {
    n += report.bins[b].n;
    if (report.bins[b].n < 5)
      continue;
    const double wanted = 255 * grain_deviation (report.bins[b].brightness);
    assert_near (report.bins[b].lightness / wanted, 1, 0.1);
    for (int c = 0; c < 3; c++)
      assert_near (report.bins[b].deviations[c] / wanted, 1, 0.1);
  }
  g_assert_cmpint (n, ==, report.n_windows);
  static const double wanted[] = { 2 / 3.0, 1 / 6.0, 0, 0 };
  for (int k = 0; k < RW_NOISE_N_LAGS; k++) {
    assert_near (report.along[k], wanted[k], 0.05);
    assert_near (report.down[k], wanted[k], 0.05);
  }
  rw_noise_report_clear (&report);
}

/* The same files give the same library on any number of threads; others give
 * another. */
static void
test_same_library (Scratch *scratch, gconstpointer data)
{
  g_autofree char *first = NULL;

  save_scans (scratch, 2, 1);
  for (int n_threads = 1; n_threads <= 3; n_threads++) {
    rw_set_threads (n_threads);
    g_autoptr (RwNoiseLibrary) library = load_scans (scratch, NULL);
    g_autofree char *print = rw_noise_library_get_fingerprint (library);
    if (first == NULL)
      first = g_strdup (print);
    g_assert_cmpstr (print, ==, first);
    g_assert_cmpuint (strlen (print), ==, 16);
  }
  rw_set_threads (0);
  save_scans (scratch, 2, 2);
  g_autoptr (RwNoiseLibrary) library = load_scans (scratch, NULL);
  g_autofree char *print = rw_noise_library_get_fingerprint (library);
  g_assert_cmpstr (print, !=, first);
}

static void
refuse (const char *path, RwErrorCode code, const char *fragment)
{
  GError *error = NULL;

  g_assert_null (rw_noise_library_load (path, NULL, &error));
  assert_error (&error, code, fragment);
}

/* Textures, too few windows, and folders that are none. */
static void
test_refused (Scratch *scratch, gconstpointer data)
{
  g_autofree char *scans = scratch_path (scratch, "scans");
  g_autofree char *few = scratch_path (scratch, "few");
  g_autofree char *leaves = scratch_path (scratch, "few/leaves.png");
  g_autofree char *broken = scratch_path (scratch, "few/broken.png");
  g_autofree char *empty = scratch_path (scratch, "empty");
  g_autofree char *none = scratch_path (scratch, "none");
  g_autoptr (RwDataset) set = rw_dataset_load (
      "synth:1", &(RwDatasetOptions){ .seed = 1 }, NULL, NULL);
  RwNoiseReport report;
  GError *error = NULL;

  g_mkdir (empty, 0700);
  g_mkdir (few, 0700);
  refuse (none, RW_ERROR_IO, "cannot be read as a folder");
  refuse (empty, RW_ERROR_FORMAT, "no file in it ends in");
  g_assert_true (
      rw_picture_save (rw_dataset_get_picture (set, 0), leaves, 0, NULL));
  refuse (few, RW_ERROR_MISMATCH, ": 0 flat windows of 64 x 64 pixels");
  refuse (leaves, RW_ERROR_MISMATCH, "in 1 pictures, expected 40 or more");
  g_assert_true (g_file_set_contents (broken, "no PNG", -1, NULL));
  g_assert_null (rw_noise_library_load (few, &report, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "broken.png: ");
  g_assert_cmpint (report.n_files, ==, 2);
  g_assert_cmpint (report.n_broken, ==, 1);
  rw_noise_report_clear (&report);
  save_scans (scratch, 1, 1); /* with 64 at most it is enough, a file too */
  g_autofree char *file = scratch_path (scratch, "scans/0.png");
  g_autoptr (RwNoiseLibrary) library =
      rw_noise_library_load (file, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (library);
}

/* ---- patches ----------------------------------------------------------- */

typedef struct {
  double squares, products[RW_NOISE_N_LAGS], n, mean;
} Sums;

static float
get_y (const RwPair *pair, int x, int y)
{
  const int i = 3 * (y * pair->clean.width + x);
  const float *a = pair->input.rgb + i, *b = pair->clean.rgb + i;

  return 0.299f * (a[0] - b[0]) + 0.587f * (a[1] - b[1]) +
         0.114f * (a[2] - b[2]);
}

/* The noise of an even patch that is @side pixels wide. */
static void
add_sums (const RwPair *pair, int side, Sums *sums)
{
  for (int y = 0; y < side; y++)
    for (int x = 0; x + 8 < side; x++) {
      const double here = (double) get_y (pair, x, y);
      sums->n++;
      sums->mean += here;
      sums->squares += here * here;
      for (int k = 0; k < RW_NOISE_N_LAGS; k++)
        sums->products[k] +=
            here * (double) get_y (pair, x + rw_noise_lags[k], y);
    }
}

static void
fill (RwSample *sample, float brightness)
{
  for (int i = 0; i < 3 * sample->width * sample->height; i++)
    sample->rgb[i] = brightness;
}

/* Patches have the noise of the scans: by brightness, and correlated so. */
static void
test_statistics (Scratch *scratch, gconstpointer data)
{
  static const double wanted[] = { 2 / 3.0, 1 / 6.0, 0, 0 };
  enum { PATCH = 96, N = 60 };
  const RwTask *task = find_task ("denoise");
  RwPair pair;

  save_scans (scratch, N_SCANS, 1);
  g_autoptr (RwNoiseLibrary) library = load_scans (scratch, NULL);
  g_assert_true (rw_noise_library_may_turn (library));
  g_assert_true (rw_pair_init (&pair, task, PATCH, PATCH, NULL));
  for (float brightness = 0.2f; brightness < 0.85f; brightness += 0.15f) {
    Sums sums = { 0 };
    double levels = 0;
    for (guint64 key = 0; key < N; key++) {
      RwDamage damage = { .told = 1 };
      fill (&pair.clean, brightness);
      rw_pair_set_size (&pair, task, &damage, PATCH, PATCH);
      rw_transplant (library, task, key, &pair, &damage);
      add_sums (&pair, PATCH, &sums);
      levels += damage.values[0] * damage.values[0] / N;
    }
    const double deviation = sqrt (sums.squares / sums.n);
    assert_near (deviation / grain_deviation ((double) brightness), 1, 0.1);
    assert_near (sqrt (levels) / (255 * deviation), 1, 0.03);
    assert_near (sums.mean / sums.n, 0, 0.02 * deviation);
    for (int k = 0; k < RW_NOISE_N_LAGS; k++)
      assert_near (sums.products[k] / sums.squares, wanted[k], 0.05);
  }
  rw_pair_clear (&pair);
}

/* Where windows overlap there is as much noise as elsewhere: the same tiles
 * over and over, each of other windows. */
static void
test_even (Scratch *scratch, gconstpointer data)
{
  enum { PATCH = 160, N = 300 };
  const RwTask *task = find_task ("denoise");
  g_autofree double *columns = g_new0 (double, PATCH);
  double all = 0;
  RwPair pair;

  save_scans (scratch, 2, 1);
  g_autoptr (RwNoiseLibrary) library = load_scans (scratch, NULL);
  g_assert_true (rw_pair_init (&pair, task, PATCH, PATCH, NULL));
  for (guint64 key = 0; key < N; key++) {
    RwDamage damage = { .told = 1 };
    rw_pair_set_size (&pair, task, &damage, PATCH, PATCH);
    fill (&pair.clean, 0.5f);
    rw_transplant (library, task, key, &pair, &damage);
    for (int i = 0; i < PATCH * PATCH; i++) {
      const double value = (double) get_y (&pair, i % PATCH, i / PATCH);
      columns[i % PATCH] += value * value;
      all += value * value / PATCH;
    }
  }
  for (int x = 0; x < PATCH; x++)
    assert_near (columns[x] / all, 1, 0.12);
  rw_pair_clear (&pair);
}

/* One patch that goes from dark to light: each part has its own noise. */
static void
test_slope (Scratch *scratch, gconstpointer data)
{
  enum { PATCH = 128, PARTS = 4, N = 80 };
  const RwTask *task = find_task ("denoise");
  double squares[PARTS] = { 0 };
  RwPair pair;

  save_scans (scratch, N_SCANS, 1);
  g_autoptr (RwNoiseLibrary) library = load_scans (scratch, NULL);
  g_assert_true (rw_pair_init (&pair, task, PATCH, PATCH, NULL));
  for (guint64 key = 0; key < N; key++) {
    RwDamage damage = { .told = 1 };
    rw_pair_set_size (&pair, task, &damage, PATCH, PATCH);
    for (int i = 0; i < 3 * PATCH * PATCH; i++)
      pair.clean.rgb[i] = 0.2f + 0.2f * (float) (i / 3 % PATCH / 32);
    rw_transplant (library, task, key, &pair, &damage);
    for (int i = 0; i < PATCH * PATCH; i++) {
      const double value = (double) get_y (&pair, i % PATCH, i / PATCH);
      squares[i % PATCH / 32] += value * value / (N * 32.0 * PATCH);
    }
  }
  for (int part = 0; part < PARTS; part++)
    assert_near (sqrt (squares[part]) / grain_deviation (0.2 + 0.2 * part), 1,
                 0.1);
  rw_pair_clear (&pair);
}

/* About half of the patches, and tasks that undo noise alone. */
static void
test_share (void)
{
  GError *error = NULL;
  int n = 0;

  for (guint64 key = 0; key < 2000; key++)
    n += rw_transplant_is_due (rw_random_key (key, RW_DRAW_TRANSPLANT));
  g_assert_cmpint (n, >, 900);
  g_assert_cmpint (n, <, 1100);
  g_assert_true (rw_transplant_check (find_task ("denoise"), NULL));
  g_assert_true (rw_transplant_check (find_task ("white-noise"), NULL));
  g_assert_false (rw_transplant_check (find_task ("upscale"), &error));
  assert_error (&error, RW_ERROR_MISMATCH, "the task is upscale");
  g_assert_false (rw_transplant_check (find_task ("dejpeg"), &error));
  assert_error (&error, RW_ERROR_MISMATCH, "denoise or white-noise");
}

/* ---- training ---------------------------------------------------------- */

/* On 1 and 3 threads, stopped and resumed: the same bytes.  Other scans are
 * other data. */
static void
test_training (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "parts.safetensors");
  g_autofree char *plain = scratch_path (&f->scratch, "plain.safetensors");
  RwTraining training = make_training (f, whole);
  Watch w = { .stop_at = 9 };

  save_scans (&f->scratch, 2, 1);
  g_autoptr (RwNoiseLibrary) library = load_scans (&f->scratch, NULL);
  save_scans (&f->scratch, 2, 2);
  g_autoptr (RwNoiseLibrary) other = load_scans (&f->scratch, NULL);
  training.noise = library;
  rw_set_threads (1);
  train (&training);
  training.out = parts;
  training.report = watch;
  training.report_data = &w;
  rw_set_threads (3);
  g_assert_true (train (&training).stopped);
  training.resume = TRUE;
  training.noise = other;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "other training or validation");
  training.noise = NULL;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "other training or validation");
  training.noise = library;
  w.stop_at = 0;
  train (&training);
  rw_set_threads (0);
  assert_same (whole, parts);
  training.resume = FALSE;
  training.noise = NULL;
  training.out = plain;
  train (&training);
  g_autofree char *a = NULL, *b = NULL;
  g_assert_true (g_file_get_contents (whole, &a, NULL, NULL));
  g_assert_true (g_file_get_contents (plain, &b, NULL, NULL));
  g_assert_cmpint (memcmp (a, b, 1000), !=, 0);
}

/* Small fields with grain, and without: scans whose truth is known. */
static RwDataset *
load_truth (const Scratch *scratch)
{
  enum { W = 128 };
  g_autofree char *clean = scratch_path (scratch, "clean");
  g_autofree char *noisy = scratch_path (scratch, "noisy");
  g_autoptr (GError) error = NULL;

  for (guint64 i = 0; i < 6; i++) {
    g_autofree char *first = g_strdup_printf ("clean/%d.png", (int) i);
    g_autofree char *second = g_strdup_printf ("noisy/%d.png", (int) i);
    g_autofree float *rgb = make_fields (100 + i, W, W, 20);
    save_rgb (scratch, first, rgb, W, W);
    add_grain (rgb, 200 + i, W, W);
    save_rgb (scratch, second, rgb, W, W);
  }
  RwDataset *set = rw_dataset_load_pairs (
      clean, noisy, &(RwDatasetOptions){ 0 }, NULL, &error);
  g_assert_no_error (error);
  return set;
}

/* A few hundred steps with the scans' noise, and as many without: PSNR on other
 * scans, which begins at that of the weights it begins with. */
static void
test_learning (Fixture *f, gconstpointer data)
{
  static const char *const settings[][2] = {
    { "patch", "32" },          { "batch", "8" },  { "slices", "2" },
    { "steps", "300" },         { "lr", "0.002" }, { "warmup", "20" },
    { "validate_every", "300" }
  };
  g_autofree char *base = scratch_path (&f->scratch, "base.safetensors");
  g_autofree char *with = scratch_path (&f->scratch, "with.safetensors");
  g_autofree char *without = scratch_path (&f->scratch, "without.safetensors");

  save_scans (&f->scratch, 3, 1);
  g_autoptr (RwNoiseLibrary) library = load_scans (&f->scratch, NULL);
  g_autoptr (RwDataset) truth = load_truth (&f->scratch);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_true (
        rw_recipe_set (f->recipe, settings[i][0], settings[i][1], NULL));
  g_assert_true (rw_recipe_set (
      f->recipe, "net",
      "input rgb sigma\nconv 16 | relu | conv 16 | relu | conv 16 | relu\n"
      "conv 3 init=zero\nresidual\n",
      NULL));
  RwTraining training = { .recipe = f->recipe,
                          .training = f->training,
                          .validation = truth,
                          .out = base };
  const double before = train (&training).psnr;
  training.from = base;
  training.out = without;
  const double psnr_without = train (&training).psnr;
  training.noise = library;
  training.out = with;
  const double psnr_with = train (&training).psnr;
  g_test_message ("%.2f dB before, %.2f without, %.2f with the scans' noise",
                  before, psnr_without, psnr_with);
  g_assert_cmpfloat (psnr_with, >, psnr_without + 0.5);
}

/* Pairs have their damage, and another task has another. */
static void
test_mismatch (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "m.safetensors");
  RwTraining training = make_training (f, out);

  save_scans (&f->scratch, 2, 1);
  g_autoptr (RwNoiseLibrary) library = load_scans (&f->scratch, NULL);
  g_autoptr (RwDataset) truth = load_truth (&f->scratch);
  training.noise = library;
  training.training = truth;
  assert_refused (&training, RW_ERROR_MISMATCH, "are pairs");
  training.training = f->training;
  g_assert_true (rw_recipe_set (f->recipe, "task", "deblur", NULL));
  g_assert_true (rw_recipe_set (
      f->recipe, "net", "input rgb\nconv 3 init=zero\nresidual\n", NULL));
  assert_refused (&training, RW_ERROR_MISMATCH, "the task is deblur");
}

#define ADD_SCRATCH(path, func)                                               \
  g_test_add ("/transplant/" path, Scratch, NULL, scratch_set_up, func,       \
              scratch_tear_down)
#define ADD_TRAINING(path, func)                                              \
  g_test_add ("/transplant/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_SCRATCH ("report", test_report);
  ADD_SCRATCH ("same-library", test_same_library);
  ADD_SCRATCH ("refused", test_refused);
  ADD_SCRATCH ("statistics", test_statistics);
  ADD_SCRATCH ("even", test_even);
  ADD_SCRATCH ("slope", test_slope);
  g_test_add_func ("/transplant/share", test_share);
  ADD_TRAINING ("training", test_training);
  ADD_TRAINING ("learning", test_learning);
  ADD_TRAINING ("mismatch", test_mismatch);
  return g_test_run ();
}
