/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * core/codec/codec-refine.c: lambda D + R, counted anew here, falls; goals are
 * reached with refined latents, too; neither threads nor memory change a bit.
 * The net is a small one with random weights.
 */
#include "codec/codec-refine.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "codec/codec-bands.h"
#include "codec/codec-pixels.h"
#include "codec-weights.h"
#include "scratch.h"
#include "tasks/task.h"

#include <math.h>

enum { WIDTH = 600, HEIGHT = 333, RATE = 100, COLUMNS = 38, ROWS = 21 };

typedef struct {
  RwCodec *codec;
  float *rgb;
  gint16 *latents;
  double distance;
  int n_calls, n_most;
} Case;

static RwCodec *
load (const Scratch *scratch)
{
  g_autofree char *path = scratch_path (scratch, "a.safetensors");
  GError *error = NULL;

  codec_weights_write (path, 1);
  RwCodec *codec = rw_codec_load (path, &error);
  g_assert_no_error (error);
  return codec;
}

static void
get_row (gpointer data, int y, int x, int n, float *rgb)
{
  const Case *c = data;

  g_assert_cmpint (y, <, HEIGHT);
  g_assert_cmpint (x + n, <=, WIDTH);
  memcpy (rgb, c->rgb + 3 * (y * WIDTH + x), 3 * (gsize) n * sizeof *rgb);
}

static gboolean
count_calls (gpointer data, double fraction)
{
  Case *c = data;

  g_assert_cmpfloat (fraction, >, 0);
  g_assert_cmpfloat (fraction, <=, 1);
  return ++c->n_calls < c->n_most;
}

static void
add_distance (
    gpointer data, int y, int x, int n, int worker, const float *rgba)
{
  Case *c = data;

  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++) {
      const double error =
          (double) (rgba[4 * i + k] - c->rgb[3 * (y * WIDTH + x + i) + k]);
      c->distance += error * error / 3;
    }
}

/* lambda D + R of the latents. */
static double
measure (Case *c)
{
  const RwCodecSynthesis synthesis = { .latents = c->latents,
                                       .put = add_distance,
                                       .data = c };
  const double rate = (double) RATE / RW_RWI_RATE_STEPS;
  const int n_channels = rw_codec_net_get_n_channels (c->codec->net);
  const RwTask *task = rw_task_find ("compress", NULL);
  const double plane = rate / (rw_codec_net_get_n_rates (c->codec->net) - 1);
  g_autofree double *bits = g_new0 (double, n_channels);
  RwCodecPlan plan;
  RwRwiCoding coding;
  double sum = 0;

  c->distance = 0;
  rw_codec_describe (c->codec, RATE, &coding);
  rw_parallel_set_threads (1);
  g_assert_true (rw_codec_net_plan (c->codec->net, RW_CODEC_SYNTHESIS, WIDTH,
                                    HEIGHT, 0, &plan, NULL));
  g_assert_true (rw_codec_net_synthesise_strips (c->codec->net, rate, &plan,
                                                 &synthesis, NULL));
  rw_parallel_set_threads (0);
  const RwCodecLayout layout = { .rate = rw_rwi_get_table (&coding),
                                 .width = COLUMNS,
                                 .height = ROWS };
  g_assert_true (rw_codec_measure_channels (c->codec->tables, &layout,
                                            c->latents, bits, NULL));
  for (int i = 0; i < n_channels; i++)
    sum += bits[i];
  return task->trade (plane) * c->distance + sum;
}

static gboolean
refine (Case *c, GError **error)
{
  const RwCodecRefining strip = { .rate = RATE,
                                  .rows = ROWS,
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .get = get_row,
                                  .go_on = count_calls,
                                  .data = c };
  g_autoptr (RwCodecRefiner) refiner =
      rw_codec_refiner_new (c->codec, COLUMNS, ROWS, error);

  g_assert_nonnull (refiner);
  g_assert_cmpuint (rw_codec_refiner_get_bytes (refiner), >,
                    COLUMNS * ROWS * 11);
  c->n_calls = 0;
  return rw_codec_refine (refiner, &strip, c->latents, error);
}

static void
test_lower (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwCodec) codec = load (scratch);
  g_autoptr (RwPicture) picture = codec_picture_draw (WIDTH, HEIGHT, 3, 8);
  rw_autofree float *rgb = rw_codec_get_pixels (picture, NULL);
  const gsize n =
      (gsize) rw_codec_net_get_n_channels (codec->net) * COLUMNS * ROWS;
  g_autofree gint16 *latents = g_new (gint16, n), *first = g_new (gint16, n);
  Case c = { .codec = codec, .rgb = rgb, .latents = latents, .n_most = 10000 };
  GError *error = NULL;
  const double rate = (double) RATE / RW_RWI_RATE_STEPS;

  g_assert_true (rw_codec_net_analyse (codec->net, rate, rgb, WIDTH, HEIGHT,
                                       latents, &error));
  const double before = measure (&c);
  rw_parallel_set_threads (1);
  g_assert_true (refine (&c, &error));
  rw_parallel_set_threads (0);
  const double after = measure (&c);
  g_test_message ("%g before, %g after", before, after);
  g_assert_cmpfloat (after, <, 0.99 * before);
  g_assert_cmpint (c.n_calls, ==, 2 * RW_CODEC_REFINE_PASSES);
  memcpy (first, latents, n * sizeof *first);

  g_assert_true (rw_codec_net_analyse (codec->net, rate, rgb, WIDTH, HEIGHT,
                                       latents, &error));
  rw_parallel_set_threads (3);
  g_assert_true (refine (&c, &error));
  rw_parallel_set_threads (0);
  g_assert_cmpmem (latents, n * sizeof *first, first, n * sizeof *first);

  c.n_most = 4; /* stopped on the way */
  g_assert_false (refine (&c, &error));
  g_assert_no_error (error);
}

static GBytes *
encode (const RwCodec *codec,
        const RwPicture *picture,
        RwCodecTarget target,
        RwCodecResult *result)
{
  GError *error = NULL;
  GBytes *file =
      rw_codec_encode (codec, picture, &target, result, NULL, &error);

  g_assert_no_error (error);
  return file;
}

static void
test_goals (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwCodec) codec = load (scratch);
  g_autoptr (RwPicture) picture = codec_picture_draw (200, 150, 3, 8);
  RwCodecResult low, high, result;
  GError *error = NULL;
  RwCodecTarget target = { RW_CODEC_QUALITY, 10, .refine = TRUE };

  g_autoptr (GBytes) first = encode (codec, picture, target, &low);
  target.memory = 1 << 30;
  g_autoptr (GBytes) second = encode (codec, picture, target, &low);
  g_assert_true (g_bytes_equal (first, second));
  target.memory = 1 << 20;
  g_assert_null (
      rw_codec_encode (codec, picture, &target, &result, NULL, &error));
  assert_error (&error, RW_ERROR_LIMIT, "pixels take at least");

  target = (RwCodecTarget){ RW_CODEC_QUALITY, 90, .refine = TRUE };
  g_bytes_unref (encode (codec, picture, target, &high));
  target.goal = RW_CODEC_BPP;
  for (double share = 0.2; share < 1; share += 0.3) {
    target.value = low.bpp + share * (high.bpp - low.bpp);
    g_bytes_unref (encode (codec, picture, target, &result));
    g_assert_cmpfloat (fabs (result.bpp / target.value - 1), <=, 0.03);
  }
  target = (RwCodecTarget){ RW_CODEC_PSNR, 1, .refine = TRUE };
  g_bytes_unref (encode (codec, picture, target, &result));
  g_assert_cmpfloat (result.psnr, >=, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/codec-refine/lower", Scratch, NULL, scratch_set_up, test_lower,
              scratch_tear_down);
  g_test_add ("/codec-refine/goals", Scratch, NULL, scratch_set_up, test_goals,
              scratch_tear_down);
  return g_test_run ();
}
