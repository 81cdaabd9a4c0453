/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * core/codec/codec*.c: a file gives back what the net makes of the latents, at
 * any rate; goals are reached; weights that do not fit are refused.  The net is
 * a small one with random weights.
 */
#include "codec/codec.h"
#include "base/alloc.h"
#include "codec/codec-pixels.h"
#include "codec-weights.h"
#include "scratch.h"

#include <math.h>

/* Weights with tables, in the scratch folder.  (transfer full) */
static char *
write_weights (const Scratch *scratch, const char *name, guint64 seed)
{
  char *path = scratch_path (scratch, name);

  codec_weights_write (path, seed);
  return path;
}

static RwRwi *
encode (const RwCodec *codec,
        const RwPicture *picture,
        const RwCodecTarget *target,
        RwCodecResult *result)
{
  GError *error = NULL;
  g_autoptr (GBytes) bytes =
      rw_codec_encode (codec, picture, target, result, NULL, &error);

  g_assert_no_error (error);
  RwRwi *file = rw_rwi_parse (bytes, "x", &error);
  g_assert_no_error (error);
  return file;
}

/* ---- tests -------------------------------------------------------------- */

/* The decoded picture is synthesis of analysis, rounded. */
static void
check_against_net (const RwCodec *codec,
                   RwCodecNet *net,
                   const RwPicture *picture,
                   double quality)
{
  const RwCodecTarget target = { RW_CODEC_QUALITY, quality };
  const int width = picture->width, height = picture->height;
  const gsize n = (gsize) width * (gsize) height;
  RwCodecResult result;
  GError *error = NULL;
  g_autoptr (RwRwi) file = encode (codec, picture, &target, &result);
  const double rate = (double) file->coding.rate / RW_RWI_RATE_STEPS;
  rw_autofree gint16 *latents = rw_codec_read_latents (codec, file, &error);
  g_autofree gint16 *wanted = g_new (gint16, 18 * n);
  rw_autofree float *rgb = rw_codec_get_pixels (picture, NULL);
  const gsize n_latents = (gsize) rw_codec_net_get_n_channels (net) *
                          (gsize) ((width + 15) / 16) *
                          (gsize) ((height + 15) / 16);

  g_assert_cmpfloat (fabs (result.quality - quality), <, 0.01);
  g_assert_true (
      rw_codec_net_analyse (net, rate, rgb, width, height, wanted, &error));
  g_assert_cmpmem (latents, n_latents * 2, wanted, n_latents * 2);

  g_autoptr (RwPicture) decoded =
      rw_codec_decode (codec, file, "x", 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (decoded->channels, ==, picture->channels);
  g_assert_cmpint (decoded->depth, ==, picture->depth);
  g_assert_true (
      rw_codec_net_synthesise (net, rate, wanted, width, height, rgb, &error));
  g_autoptr (RwPicture) expected =
      rw_picture_new_like (picture, height, &error);
  for (int y = 0; y < height; y++) {
    const RwRect row = { 0, y, width, 1 };
    g_autofree float *rgba = g_new (float, 4 * width);
    rw_picture_get_rgba (picture, &row, rgba);
    for (int x = 0; x < width; x++)
      memcpy (rgba + 4 * x, rgb + 3 * (y * width + x), 3 * sizeof *rgb);
    rw_picture_set_rgba (expected, &row, rgba, 4 * (gsize) width);
  }
  g_assert_cmpmem (
      decoded->data, rw_picture_get_stride (decoded) * (gsize) height,
      expected->data, rw_picture_get_stride (expected) * (gsize) height);
}

static void
test_net (Scratch *scratch, gconstpointer data)
{
  static const int sizes[][2] = { { 1, 1 }, { 16, 16 }, { 45, 300 } };
  g_autofree char *path = write_weights (scratch, "a.safetensors", 1);
  g_autoptr (RwCodec) codec = rw_codec_load (path, NULL);
  g_autoptr (RwCodecNet) net = rw_codec_net_load (path, NULL);

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int channels = 1; channels <= 4; channels++) {
      g_autoptr (RwPicture) picture = codec_picture_draw (
          sizes[s][0], sizes[s][1], channels, channels % 3 ? 8 : 16);
      check_against_net (codec, net, picture, 1);
      check_against_net (codec, net, picture, 63.2);
      check_against_net (codec, net, picture, 100);
    }
}

/* (transfer full) */
static RwCodec *
load_in_rounds (const Scratch *scratch, char **path)
{
  *path = scratch_path (scratch, "rounds.safetensors");
  codec_weights_write_net (*path, CODEC_NET_IN_ROUNDS, 1);
  GError *error = NULL;
  RwCodec *codec = rw_codec_load (*path, &error);

  g_assert_no_error (error);
  return codec;
}

static void
test_rounds (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (RwCodec) codec = load_in_rounds (scratch, &path);
  g_autoptr (RwCodecNet) net = rw_codec_net_load (path, NULL);
  g_autoptr (RwPicture) picture = codec_picture_draw (45, 600, 3, 8);
  const RwCodecTarget all = { RW_CODEC_QUALITY, 100 };
  RwCodecResult result;
  GError *error = NULL;
  g_autoptr (RwRwi) whole = encode (codec, picture, &all, &result);

  check_against_net (codec, net, picture, 1);
  check_against_net (codec, net, picture, 41.3);
  check_against_net (codec, net, picture, 50.5);
  check_against_net (codec, net, picture, 100);
  /* the first rounds of a file are the file of fewer rounds */
  for (int n = 1; n <= 3; n++) {
    const RwCodecTarget fewer = { RW_CODEC_QUALITY, 1 + 99 * (n - 1) / 2.0 };
    g_autoptr (RwRwi) file = encode (codec, picture, &fewer, &result);
    g_assert_cmpint (file->n_streams, ==, n);
    g_assert_true (rw_rwi_want_rounds (whole, "x", n, &error));
    g_autoptr (RwPicture) a = rw_codec_decode (codec, whole, "x", 0, NULL);
    g_autoptr (RwPicture) b = rw_codec_decode (codec, file, "x", 0, NULL);
    g_assert_cmpmem (a->data, 45 * 600 * 3, b->data, 45 * 600 * 3);
    g_assert_false (rw_rwi_want_rounds (file, "x", n + 1, &error));
    assert_error (&error, RW_ERROR_MISMATCH, "x: has");
  }
  const RwCodecTarget refined = { RW_CODEC_QUALITY, 50, .refine = TRUE };
  g_assert_null (
      rw_codec_encode (codec, picture, &refined, &result, NULL, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "cannot be refined");
}

/* Each analysis is reported. */
static gboolean
count_analyses (gpointer data, double fraction)
{
  ++*(int *) data;
  return TRUE;
}

static void
check_goals (
    const RwCodec *codec, int width, int height, double near, int most)
{
  g_autoptr (RwPicture) picture = codec_picture_draw (width, height, 3, 8);
  const double n_pixels = (double) width * height;
  RwCodecTarget target = { RW_CODEC_QUALITY, 1 };
  RwCodecResult low, high, result;
  GError *error = NULL;

  rw_rwi_free (encode (codec, picture, &target, &low));
  target.value = 100;
  rw_rwi_free (encode (codec, picture, &target, &high));
  g_assert_cmpfloat (high.bpp, >, 1.5 * low.bpp);
  target.goal = RW_CODEC_BPP;
  for (double share = 0.1; share < 1; share += 0.2) {
    int n_analyses = 0;
    target.value = low.bpp + share * (high.bpp - low.bpp);
    target.go_on = count_analyses;
    target.data = &n_analyses;
    g_autoptr (RwRwi) file = encode (codec, picture, &target, &result);
    g_assert_cmpfloat (fabs (result.bpp / target.value - 1), <=, near);
    g_assert_cmpfloat (
        fabs (8.0 * (double) g_bytes_get_size (file->bytes) / n_pixels -
              result.bpp),
        <, 1e-9);
    g_assert_cmpint (n_analyses, <=, most);
    target.go_on = NULL;
  }
  target.value = 2 * high.bpp;
  g_assert_null (
      rw_codec_encode (codec, picture, &target, &result, NULL, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "takes at most");
  target.value = low.bpp / 2;
  g_assert_null (
      rw_codec_encode (codec, picture, &target, &result, NULL, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "takes at least");
  target = (RwCodecTarget){ RW_CODEC_PSNR, 1 };
  rw_rwi_free (encode (codec, picture, &target, &result));
  g_assert_cmpfloat (result.psnr, >=, 1);
}

static void
test_goals (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = write_weights (scratch, "a.safetensors", 1);
  g_autoptr (RwCodec) codec = rw_codec_load (path, NULL);

  check_goals (codec, 200, 150, 0.03, 4);
}

/* Where a round is added latents of random weights take other tables, so not
 * just any number of bits is reached; see tests/cli/test-encode.py. */
static void
test_goals_in_rounds (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (RwCodec) codec = load_in_rounds (scratch, &path);

  check_goals (codec, 800, 600, 0.35, 24);
}

static gboolean
refuse (gpointer data, double fraction)
{
  return FALSE;
}

static void
test_cancel (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = write_weights (scratch, "a.safetensors", 1);
  g_autoptr (RwCodec) codec = rw_codec_load (path, NULL);
  g_autoptr (RwPicture) picture = codec_picture_draw (20, 15, 3, 8);
  const RwCodecTarget target = { RW_CODEC_QUALITY, 1, refuse };
  RwCodecResult result;
  GError *error = NULL;

  g_assert_null (
      rw_codec_encode (codec, picture, &target, &result, NULL, &error));
  assert_error (&error, RW_ERROR_CANCELLED, "cancelled");
}

static void
test_weights (Scratch *scratch, gconstpointer data)
{
  g_autofree char *a = write_weights (scratch, "a.safetensors", 1);
  g_autofree char *b = write_weights (scratch, "b.safetensors", 2);
  g_autofree char *bare = scratch_path (scratch, "bare.safetensors");
  g_autofree char *other = scratch_path (scratch, "other.safetensors");
  g_autoptr (RwCodec) codec = rw_codec_load (a, NULL);
  g_autoptr (RwPicture) picture = codec_picture_draw (20, 15, 3, 8);
  const RwCodecTarget target = { RW_CODEC_QUALITY, 50 };
  RwCodecResult result;
  GError *error = NULL;

  g_autoptr (RwRwi) file = encode (codec, picture, &target, &result);
  g_assert_cmpstr (file->coding.name, ==, "a");
  g_assert_null (rw_codec_load_for (file, "x", b, &error));
  assert_error (&error, RW_ERROR_MISMATCH,
                "x: was made with the weights \"a\"");
  g_assert_null (rw_codec_load_for (file, "x", NULL, &error));
  assert_error (&error, RW_ERROR_IO, "cannot be had here");
  strcpy (file->coding.name, "../a"); /* leads nowhere */
  g_assert_null (rw_codec_load_for (file, "x", NULL, &error));
  assert_error (&error, RW_ERROR_IO, "compress-m");

  random_weights_write (bare, "compress", CODEC_NET, 1);
  g_assert_null (rw_codec_load (bare, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "has no entropy tables");
  random_weights_write (other, "white-noise", RANDOM_NET_PLAIN, 1);
  g_assert_null (rw_codec_load (other, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "wanted \"compress\"");
}

/* Only the rows that are lost change, but for the net's reach. */
static void
test_damage (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = write_weights (scratch, "a.safetensors", 1);
  g_autoptr (RwCodec) codec = rw_codec_load (path, NULL);
  g_autoptr (RwPicture) picture = codec_picture_draw (40, 900, 4, 8);
  const RwCodecTarget target = { RW_CODEC_QUALITY, 80 };
  RwCodecResult result;
  GError *error = NULL;
  g_autoptr (RwRwi) file = encode (codec, picture, &target, &result);
  g_autoptr (RwPicture) whole = rw_codec_decode (codec, file, "x", 0, NULL);

  file->streams[3].damaged = TRUE;
  file->alpha = NULL;
  g_autoptr (RwPicture) rest = rw_codec_decode (codec, file, "x", 0, NULL);
  const guint8 *a = whole->data, *b = rest->data;
  for (int i = 0; i < 40 * 600; i++) {
    g_assert_cmpmem (a + 4 * i, 3, b + 4 * i, 3);
    g_assert_cmpint (b[4 * i + 3], ==, 255);
  }
  for (int i = 0; i < file->n_bands; i++)
    file->streams[i].damaged = TRUE;
  g_assert_null (rw_codec_decode (codec, file, "x", 0, &error));
  assert_error (&error, RW_ERROR_FORMAT, "none of its 4 bands is whole");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Scratch *scratch, gconstpointer data);
  } tests[] = { { "/codec/net", test_net },
                { "/codec/goals", test_goals },
                { "/codec/rounds", test_rounds },
                { "/codec/rounds/goals", test_goals_in_rounds },
                { "/codec/cancel", test_cancel },
                { "/codec/weights", test_weights },
                { "/codec/damage", test_damage } };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Scratch, NULL, scratch_set_up, tests[i].test,
                scratch_tear_down);
  return g_test_run ();
}
