/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/jpeg-quality.c: pictures that libjpeg-turbo compressed are found with
 * the quality that it was given, wherever their blocks begin; pictures that
 * were never compressed, or resized since, are not taken for JPEG files.
 */
#include "tasks/jpeg-quality.h"

#include "io/picture.h"
#include "jpeg-memory.h"
#include "train/data/dead-leaves.h"

enum { WIDTH = 320, HEIGHT = 240 };

/* @bytes / 255 of the columns from @left and the rows from @top. */
static double
estimate (const guint8 *bytes, int left, int top)
{
  const int width = WIDTH - left, height = HEIGHT - top;
  g_autofree float *rgb = g_new (float, 3 * width * height);

  for (int y = 0; y < height; y++)
    for (int i = 0; i < 3 * width; i++)
      rgb[y * 3 * width + i] =
          (float) bytes[((y + top) * WIDTH + left) * 3 + i] / 255;
  return rw_jpeg_quality_estimate (rgb, 1, height, width);
}

static guint8 *
press (const float *rgb, int quality, RwChroma subsampling, gboolean grey)
{
  return compress (rgb, WIDTH, HEIGHT, &(Setup){ quality, subsampling, grey });
}

static float *
draw (guint64 seed)
{
  g_autoptr (RwPicture) picture =
      rw_dead_leaves_new (seed, 0, WIDTH, HEIGHT, NULL);
  const guint8 *bytes = picture->data;
  float *rgb = g_new (float, 3 * WIDTH * HEIGHT);

  for (int i = 0; i < 3 * WIDTH * HEIGHT; i++)
    rgb[i] = (float) bytes[i] / 255;
  return rgb;
}

/* To whole steps of the tables: at 95 and above most are 1 and 2. */
static void
test_qualities (void)
{
  static const int qualities[] = { 10, 25, 40, 50, 60, 75, 85, 90, 95 };
  g_autofree float *rgb = draw (1);

  for (gsize i = 0; i < G_N_ELEMENTS (qualities); i++)
    for (RwChroma chroma = RW_CHROMA_444; chroma <= RW_CHROMA_420; chroma++)
      for (int grey = 0; grey < 1 + (chroma == RW_CHROMA_444); grey++) {
        g_autofree guint8 *bytes = press (rgb, qualities[i], chroma, grey);
        g_assert_cmpfloat (fabs (estimate (bytes, 0, 0) - qualities[i]), <=,
                           1);
      }
}

static void
test_phases (void)
{
  g_autofree float *rgb = draw (2);
  g_autofree guint8 *bytes = press (rgb, 60, RW_CHROMA_420, FALSE);

  for (int phase = 0; phase < 8; phase++)
    g_assert_cmpfloat (fabs (estimate (bytes, phase, 7 - phase) - 60), <=, 1);
}

/* The second file's steps are found. */
static void
test_twice (void)
{
  g_autofree float *rgb = draw (3);
  g_autofree guint8 *first = press (rgb, 85, RW_CHROMA_420, FALSE);

  for (int i = 0; i < 3 * WIDTH * HEIGHT; i++)
    rgb[i] = (float) first[i] / 255;
  g_autofree guint8 *second = press (rgb, 40, RW_CHROMA_420, FALSE);
  g_assert_cmpfloat (fabs (estimate (second, 0, 0) - 40), <=, 2);
}

/* Steps that are all alike have the quality of their mean. */
static void
test_flat_table (void)
{
  g_autofree float *rgb = draw (4);
  RwJpegBlocks blocks = { .subsampling = RW_CHROMA_444 };

  for (int i = 0; i < 64; i++)
    blocks.luma[i] = blocks.chroma[i] = 16;
  rw_jpeg_blocks_damage (rgb, WIDTH, HEIGHT, &blocks);
  g_assert_cmpfloat (fabs (rw_jpeg_quality_estimate (rgb, 1, HEIGHT, WIDTH) -
                           rw_jpeg_tables_get_quality (blocks.luma)),
                     <=, 3);
}

static void
test_none (void)
{
  g_autofree float *rgb = draw (5);
  g_autofree guint8 *clean = to_bytes (rgb, WIDTH * HEIGHT, 3);
  g_autofree guint8 *bytes = press (rgb, 60, RW_CHROMA_420, FALSE);
  g_autofree float *small = g_new (float, 3 * WIDTH / 2 * HEIGHT / 2);
  const float black[3 * 100] = { 0 };

  g_assert_true (isnan (estimate (clean, 0, 0)));
  for (int y = 0; y < HEIGHT / 2; y++) /* half the size, by two boxes */
    for (int i = 0; i < 3 * (WIDTH / 2); i++) {
      const int x = i / 3 * 6 + i % 3;
      const guint8 *at = bytes + 2 * y * 3 * WIDTH + x;
      small[y * 3 * (WIDTH / 2) + i] =
          (float) (at[0] + at[3] + at[3 * WIDTH] + at[3 * WIDTH + 3]) / 1020;
    }
  g_assert_true (
      isnan (rw_jpeg_quality_estimate (small, 1, HEIGHT / 2, WIDTH / 2)));
  g_assert_true (isnan (rw_jpeg_quality_estimate (black, 1, 10, 10)));
  g_assert_true (isnan (rw_jpeg_quality_estimate (black, 1, 3, 3)));
  g_assert_true (isnan (rw_jpeg_quality_estimate (black, 0, 8, 8)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jpeg-quality/qualities", test_qualities);
  g_test_add_func ("/jpeg-quality/phases", test_phases);
  g_test_add_func ("/jpeg-quality/twice", test_twice);
  g_test_add_func ("/jpeg-quality/flat-table", test_flat_table);
  g_test_add_func ("/jpeg-quality/none", test_none);
  return g_test_run ();
}
