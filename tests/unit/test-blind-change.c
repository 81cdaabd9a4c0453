/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * restore/blind-change.c against rw_restore, patch by patch, with a net whose
 * pixels do not look at each other; and what rw_job_measure makes of it.
 */
#include "restore/blind-change.h"

#include "base/sort.h"
#include "canvas.h"
#include "random-weights.h"
#include "restore/measure.h"
#include "scratch.h"
#include "tasks/photo-level.h"

#include <math.h>

/* Alignment 2. */
#define NET                                                                   \
  "input rgb value known\n"                                                   \
  "unshuffle 2 | conv 8 k=1 | relu | conv 12 k=1 | shuffle 2 | residual\n"

enum { N = 21, WIDTH = 11, HEIGHT = 9 }; /* of 10 x 8 pixels that count */

static RwModel *
load (Scratch *scratch, const char *task)
{
  g_autofree char *path = scratch_path (scratch, task);
  GError *error = NULL;

  random_weights_write (path, task, NET, 5);
  RwModel *model = rw_model_load (NULL, path, &error);
  g_assert_no_error (error);
  return model;
}

/* Patches of a picture: the later, the more noise. */
static float *
make_patches (void)
{
  const int n_patch = HEIGHT * WIDTH * 3;
  float *rgb = g_new (float, N *n_patch);

  for (int i = 0; i < N * n_patch; i++)
    rgb[i] = 0.4f + 0.01f * (float) (i / n_patch) *
                        (float) rw_random_uniform (3, (guint64) i);
  return rgb;
}

/* Of the lightness that rw_restore changes in a patch, told nothing. */
static double
restore_patch (RwModel *model, const float *rgb)
{
  Canvas canvas;
  double sum = 0, squares = 0;
  const double n = (WIDTH - 1) * (HEIGHT - 1);

  canvas_init (&canvas, (RwRect){ 0, 0, WIDTH, HEIGHT }, 1);
  for (int i = 0; i < WIDTH * HEIGHT; i++)
    memcpy (canvas.in + 4 * i, rgb + 3 * i, 3 * sizeof *rgb);
  const RwValue nothing = { "radius", 0 };
  const RwSettings settings = { .strength = 1,
                                .values = &nothing,
                                .n_values = 1 };
  g_assert_true (
      canvas_restore (&canvas, model, settings, canvas.bounds, NULL));
  for (int y = 0; y < HEIGHT - 1; y++)
    for (int x = 0; x < WIDTH - 1; x++) {
      const float *in = canvas_in (&canvas, x, y);
      const float *out = canvas_out (&canvas, x, y);
      const double change = 0.299 * (double) (out[0] - in[0]) +
                            0.587 * (double) (out[1] - in[1]) +
                            0.114 * (double) (out[2] - in[2]);
      sum += change;
      squares += change * change;
    }
  canvas_clear (&canvas);
  return 255 * sqrt (squares / n - sum / n * (sum / n));
}

static void
test_twin (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwModel) model = load (scratch, "denoise");
  g_autoptr (RwModel) twin = load (scratch, "deblur");
  g_autofree float *rgb = make_patches ();
  double change, deviations[N];
  GError *error = NULL;

  for (int n = 1; n <= N; n += 4) {
    for (int i = 0; i < n; i++)
      deviations[i] = restore_patch (twin, rgb + 3 * i * WIDTH * HEIGHT);
    rw_sort_doubles (deviations, (gsize) n);
    g_assert_true (
        rw_blind_change (model, rgb, n, HEIGHT, WIDTH, &change, &error));
    g_assert_no_error (error);
    g_assert_cmpfloat (change, >, 0.1);
    g_assert_cmpfloat_with_epsilon (change, deviations[n / 2], 1e-3 * change);
  }
}

static void
test_nothing (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwModel) model = load (scratch, "denoise");
  const float rgb[3 * 7] = { 0 };
  double change = 0;

  g_assert_true (rw_blind_change (model, rgb, 1, 1, 7, &change, NULL));
  g_assert_true (isnan (change));
  g_assert_true (rw_blind_change (model, rgb, 0, 8, 8, &change, NULL));
  g_assert_true (isnan (change));
}

/* One patch is the whole picture, so that its level is known. */
static void
test_measure (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwModel) model = load (scratch, "denoise");
  Canvas canvas;
  float rgb[3 * 48 * 48];
  double change, level;

  canvas_init (&canvas, (RwRect){ -3, 5, 48, 48 }, 1);
  const RwJob job = canvas_job (&canvas, canvas.bounds);
  for (int i = 0; i < 48 * 48; i++)
    memcpy (rgb + 3 * i, canvas.in + 4 * i, 3 * sizeof *rgb);
  g_assert_true (rw_blind_change (model, rgb, 1, 48, 48, &change, NULL));
  const double expected =
      rw_photo_level_judge (rw_photo_level_estimate (rgb, 1, 48, 48), change);
  for (int i = 0; i < 2; i++) { /* the second time from the cache */
    g_assert_true (rw_job_measure (model, &job, &level, NULL));
    g_assert_cmpfloat_with_epsilon (level, CLAMP (expected, 0.1, 30), 1e-6);
  }
  canvas_clear (&canvas);
}

#define ADD(name, function)                                                   \
  g_test_add ("/blind-change/" name, Scratch, NULL, scratch_set_up, function, \
              scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("twin", test_twin);
  ADD ("nothing", test_nothing);
  ADD ("measure", test_measure);
  return g_test_run ();
}
