/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * codec/codec-net.h: latents and pictures are those of the whole net, at any
 * size, rate and number of threads.
 */
#include "codec/codec-net.h"

#include "base/parallel.h"
#include "base/random.h"
#include "codec-text.h"
#include "random-weights.h"
#include "scratch.h"
#include "tasks/sample.h"

#include <math.h>
#include <string.h>

enum { SCALE = 16, CHANNELS = 24, RATES = 6, STRIP = 1024, TILE = 1280 };

/* ---- a codec and a picture ---------------------------------------------- */

static RwCodecNet *
load (Scratch *scratch, const char *task, const char *text, GError **error)
{
  g_autofree char *path = scratch_path (scratch, "codec.safetensors");

  random_weights_write (path, task, text, 3);
  return rw_codec_net_load (path, error);
}

static RwWeights *
load_weights (Scratch *scratch)
{
  g_autofree char *path = scratch_path (scratch, "codec.safetensors");
  g_autoptr (GError) error = NULL;
  RwWeights *weights = rw_weights_load (path, &error);

  g_assert_no_error (error);
  return weights;
}

/* Smooth shapes and noise. */
static float *
draw (int width, int height)
{
  float *rgb = g_new (float, 3 * width * height);

  for (int i = 0; i < 3 * width * height; i++)
    rgb[i] = 0.5f + 0.3f * sinf ((float) (i % (3 * width)) / 9) +
             0.3f * (rw_random_uniform (7, (guint64) i) - 0.5f);
  return rgb;
}

typedef struct {
  int width, height, columns, rows;
  float *rgb, *result;
  gint16 *latents;
} Passage;

static Passage
pass (const RwCodecNet *net, double rate, int width, int height)
{
  Passage p = { .width = width,
                .height = height,
                .columns = (width + SCALE - 1) / SCALE,
                .rows = (height + SCALE - 1) / SCALE };
  g_autoptr (GError) error = NULL;

  p.rgb = draw (width, height);
  p.result = g_new0 (float, 3 * width * height);
  p.latents = g_new0 (gint16, CHANNELS * p.columns * p.rows);
  rw_codec_net_analyse (net, rate, p.rgb, width, height, p.latents, &error);
  g_assert_no_error (error);
  rw_codec_net_synthesise (net, rate, p.latents, width, height, p.result,
                           &error);
  g_assert_no_error (error);
  return p;
}

static void
clear (Passage *p)
{
  g_free (p->rgb);
  g_free (p->result);
  g_free (p->latents);
}

/* ---- against the whole net ---------------------------------------------- */

/* The mirrored picture and its rate, through the uncut net without noise. */
static RwRun *
run_whole (const RwWeights *weights, const Passage *p, double rate)
{
  const int width = p->columns * SCALE, height = p->rows * SCALE;
  RwRun *run = rw_run_new (weights->net, RW_RUN_TRAIN, 1);
  g_autoptr (RwPack) pack = rw_pack_new (weights->net, RW_RUN_TRAIN, NULL);
  g_autoptr (GError) error = NULL;

  rw_run_keep (run, rw_net_find_result (weights->net, "latents", NULL));
  rw_run_prepare (run, 1, height, width, &error);
  g_assert_no_error (error);
  for (int i = 0; i < width * height; i++) {
    const float *from =
        p->rgb + 3 * (rw_mirror (i / width, p->height) * p->width +
                      rw_mirror (i % width, p->width));
    float *to = rw_run_get_input (run) + 4 * i;
    memcpy (to, from, 3 * sizeof (float));
    to[3] = (float) (rate / (RATES - 1));
  }
  rw_pack_update (pack, weights->params);
  rw_run_forward (run, pack);
  return run;
}

/* Bit for bit in one tile.  Of several, tiles lie elsewhere, which changes a
 * result by roundings. */
static void
compare (const RwWeights *weights, const Passage *p, double rate)
{
  g_autoptr (RwRun) run = run_whole (weights, p, rate);
  const int stride = rw_channel_stride (CHANNELS), n = p->columns * p->rows;
  const float *latents = rw_run_get_result (
      run, rw_net_find_result (weights->net, "latents", NULL));
  const float *out = rw_run_get_output (run);
  const gboolean cut = p->height > STRIP || p->width > TILE;
  const float tolerance = cut ? 3e-4f : 0;
  int largest = 0, n_differ = 0;

  for (int c = 0; c < CHANNELS; c++)
    for (int i = 0; i < n; i++) {
      const float got = p->latents[c * n + i], want = latents[i * stride + c];
      g_assert_cmpfloat (fabsf (got - want), <=, cut);
      n_differ += got != want;
      largest = MAX (largest, abs (p->latents[c * n + i]));
    }
  g_assert_cmpint (largest, >, 0);
  g_assert_cmpint (n_differ, <=, CHANNELS * n / 1000);
  for (int y = 0; n_differ == 0 && y < p->height; y++)
    for (int x = 0; x < p->width; x++)
      for (int c = 0; c < 3; c++) {
        const float want = out[4 * (y * p->columns * SCALE + x) + c];
        const float got = p->result[3 * (y * p->width + x) + c];
        g_assert_cmpfloat (fabsf (got - CLAMP (want, 0.0f, 1.0f)), <=,
                           tolerance);
      }
}

/* The last four are of more than one strip or tile. */
static const int sizes[][2] = { { 1, 1 },     { 17, 33 },    { 64, 64 },
                                { 5, 90 },    { 40, 1040 },  { 19, 2100 },
                                { 2700, 20 }, { 1283, 1027 } };

static void
test_whole (Scratch *scratch, gconstpointer data)
{
  static const double rates[] = { 0, 2.25, 5 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RwCodecNet) net = load (scratch, "compress", CODEC_TEXT, &error);
  g_assert_no_error (error);
  g_autoptr (RwWeights) weights = load_weights (scratch);

  g_assert_cmpint (rw_codec_net_get_n_channels (net), ==, CHANNELS);
  g_assert_cmpint (rw_codec_net_get_scale (net), ==, SCALE);
  g_assert_cmpint (rw_codec_net_get_n_rates (net), ==, RATES);
  g_assert_cmpstr (rw_codec_net_get_digest (net), ==, weights->digest);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint k = 0; k < G_N_ELEMENTS (rates); k++) {
      Passage p = pass (net, rates[k], sizes[i][0], sizes[i][1]);
      compare (weights, &p, rates[k]);
      clear (&p);
    }
}

static void
test_threads (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwCodecNet) net = load (scratch, "compress", CODEC_TEXT, &error);
  g_assert_no_error (error);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const gsize n = 3 * (gsize) sizes[i][0] * (gsize) sizes[i][1];
    rw_parallel_set_threads (1);
    Passage one = pass (net, 3.5, sizes[i][0], sizes[i][1]);
    rw_parallel_set_threads (3);
    Passage three = pass (net, 3.5, sizes[i][0], sizes[i][1]);
    const gsize n_latents = CHANNELS * (gsize) one.columns * (gsize) one.rows;

    g_assert_cmpmem (one.latents, n_latents * sizeof (gint16), three.latents,
                     n_latents * sizeof (gint16));
    g_assert_cmpmem (one.result, n * sizeof (float), three.result,
                     n * sizeof (float));
    clear (&one);
    clear (&three);
  }
  rw_parallel_set_threads (0);
}

/* Higher rates make larger numbers, those beyond are the ends', and what is
 * not a number makes numbers all the same. */
static void
test_rates (Scratch *scratch, gconstpointer data)
{
  static const double rates[] = { 0, 1.5, 3, 5 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RwCodecNet) net = load (scratch, "compress", CODEC_TEXT, &error);
  g_assert_no_error (error);
  gint64 last = 0;

  for (guint k = 0; k < G_N_ELEMENTS (rates); k++) {
    Passage p = pass (net, rates[k], 48, 48);
    gint64 sum = 0;
    for (int i = 0; i < CHANNELS * p.columns * p.rows; i++)
      sum += ABS (p.latents[i]);
    g_assert_cmpint (sum, >, last);
    last = sum;
    clear (&p);
  }
  Passage end = pass (net, 5, 48, 48), beyond = pass (net, 7, 48, 48);
  g_assert_cmpmem (end.latents, CHANNELS * 9 * sizeof (gint16), beyond.latents,
                   CHANNELS * 9 * sizeof (gint16));
  for (int i = 0; i < 3 * 48 * 48; i += 7)
    beyond.rgb[i] = i % 2 ? NAN : INFINITY;
  g_assert_true (rw_codec_net_analyse (net, 5, beyond.rgb, 48, 48,
                                       beyond.latents, &error));
  for (int i = 0; i < CHANNELS * 9; i++)
    beyond.latents[i] = i % 2 ? G_MAXINT16 : G_MININT16;
  g_assert_true (rw_codec_net_synthesise (net, 0, beyond.latents, 48, 48,
                                          beyond.result, &error));
  for (int i = 0; i < 3 * 48 * 48; i++)
    g_assert_true (beyond.result[i] >= 0 && beyond.result[i] <= 1);
  clear (&end);
  clear (&beyond);
}

static void
test_refuses (Scratch *scratch, gconstpointer data)
{
  static const char *const cases[][3] = {
    { "reconstruct", CODEC_TEXT, "weights for \"reconstruct\", wanted" },
    { "compress", "input rgb value\nconv 3\n", "has 0 layers \"gain\"" },
    { "compress",
      "input rgb value -> a\nconv 8 | gain a 6 | gain a 5 | conv 3\n",
      "two gains of as many rates" },
    { "compress",
      "input rgb value -> a\nconv 8 -> b | gain a 6 | gain a 6 | add b | "
      "conv 3\n",
      "which lies before the cut" },
    { "compress", "input rgb value size=16x16 -> a\nconv 8 | gain a 6\nconv 3",
      "a fixed size" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_assert_null (load (scratch, cases[i][0], cases[i][1], &error));
    assert_error (&error, RW_ERROR_MISMATCH, cases[i][2]);
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (rw_codec_net_load ("no-such-file.safetensors", &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_IO);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                       \
  g_test_add ("/codec-net/" name, Scratch, NULL, scratch_set_up, func,        \
              scratch_tear_down)
  ADD ("whole", test_whole);
  ADD ("threads", test_threads);
  ADD ("rates", test_rates);
  ADD ("refuses", test_refuses);
  return g_test_run ();
}
