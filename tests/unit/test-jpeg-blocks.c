/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/jpeg-blocks.c against libjpeg-turbo, which compresses and decodes the
 * same picture in memory.
 */
#include "tasks/jpeg-blocks.h"

#include "jpeg-memory.h"
#include "base/random.h"

#include <string.h>

enum { SEED = 31 };

/* ---- pictures ---------------------------------------------------------- */

typedef enum { GRADIENT, SHAPES, EDGES, NOISE, N_KINDS } Kind;

static double
get_shape (int x, int y, int c)
{
  const int dx = x - 23, dy = y - 17;

  if (dx * dx + dy * dy < 150)
    return (double[]){ 0.9, 0.2, 0.1 }[c];
  if (x > 5 && x < 40 && y > 30 && y < 44)
    return (double[]){ 0.1, 0.3, 0.8 }[c];
  return 0.5 + 0.3 * sin (0.2 * x + c) * cos (0.13 * y);
}

/* Between 0 and 1, or a little beyond. */
static double
get_value (Kind kind, int x, int y, int c)
{
  const guint64 at = (guint64) ((y * 4096 + x) * 3 + c);

  switch (kind) {
  case GRADIENT:
    return (x * (c + 1) + 2 * y * (3 - c)) / 400.0 - 0.02;
  case SHAPES:
    return get_shape (x, y, c);
  case EDGES:
    return (x / 5 + y / 7 + c) % 3 * 0.45;
  case NOISE:
    return get_shape (x, y, c) +
           0.1 * (double) (rw_random_uniform (SEED, at) - 0.5f);
  case N_KINDS:
    break;
  }
  return 0;
}

/* Whole 255ths: which way a half is rounded is not the matter here. */
static float *
make_picture (Kind kind, int width, int height, gboolean grey)
{
  float *rgb = g_new (float, width *height * 3);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        rgb[(y * width + x) * 3 + c] =
            (float) (rint (get_value (kind, x, y, grey ? 0 : c) * 255) / 255);
  return rgb;
}

static RwJpegBlocks
make_blocks (const Setup *setup)
{
  RwJpegBlocks blocks = { .subsampling = setup->subsampling,
                          .grey = setup->grey };

  rw_jpeg_tables_from_quality (setup->quality, blocks.luma, blocks.chroma);
  return blocks;
}

/* ---- tables ------------------------------------------------------------ */

static void
test_tables (void)
{
  struct jpeg_compress_struct cinfo = { 0 };
  struct jpeg_error_mgr manager;

  cinfo.err = jpeg_std_error (&manager);
  jpeg_create_compress (&cinfo);
  cinfo.input_components = 3;
  cinfo.in_color_space = JCS_RGB;
  jpeg_set_defaults (&cinfo);
  for (int quality = 1; quality <= 100; quality++) {
    guint16 luma[64], chroma[64];
    rw_jpeg_tables_from_quality (quality, luma, chroma);
    jpeg_set_quality (&cinfo, quality, TRUE);
    for (int i = 0; i < 64; i++) {
      g_assert_cmpint (luma[i], ==, cinfo.quant_tbl_ptrs[0]->quantval[i]);
      g_assert_cmpint (chroma[i], ==, cinfo.quant_tbl_ptrs[1]->quantval[i]);
    }
  }
  jpeg_destroy_compress (&cinfo);
}

static void
test_quality (void)
{
  guint16 luma[64], chroma[64];

  for (int quality = 5; quality <= 95; quality++) {
    rw_jpeg_tables_from_quality (quality, luma, chroma);
    g_assert_cmpfloat (fabs (rw_jpeg_tables_get_quality (luma) - quality), <=,
                       1);
  }
  for (int i = 0; i < 64; i++)
    luma[i] = 65535;
  g_assert_cmpfloat (rw_jpeg_tables_get_quality (luma), ==, 1);
  for (int i = 0; i < 64; i++)
    luma[i] = 1;
  g_assert_cmpfloat (rw_jpeg_tables_get_quality (luma), >=, 98);
}

/* The plane never rises, and says of any table what its steps say. */
static void
test_plane (void)
{
  float last = rw_jpeg_step_plane (-3);

  g_assert_cmpfloat (last, ==, rw_jpeg_step_plane (1));
  g_assert_cmpfloat (last, <=, 1);
  for (double quality = 1; quality <= 101; quality += 0.125) {
    const float plane = rw_jpeg_step_plane (quality);
    g_assert_cmpfloat (plane, <=, last);
    last = plane;
  }
  g_assert_cmpfloat (last, ==, 0.125f);
  for (int step = 1; step < 200; step++) {
    guint16 luma[64];
    for (int i = 0; i < 64; i++)
      luma[i] = (guint16) step;
    const float plane = rw_jpeg_step_plane (rw_jpeg_tables_get_quality (luma));
    g_assert_cmpfloat (fabs ((double) plane - log2 (1 + step) / 8), <=, 1e-6);
  }
}

/* ---- pictures ---------------------------------------------------------- */

static void
compare (const float *rgb, int width, int height, const Setup *setup)
{
  const int n = width * height * 3;
  g_autofree guint8 *expected = compress (rgb, width, height, setup);
  g_autofree float *got = g_memdup2 (rgb, (gsize) n * sizeof (float));
  const RwJpegBlocks blocks = make_blocks (setup);
  double sum = 0;
  int n_far = 0;

  rw_jpeg_blocks_damage (got, width, height, &blocks);
  for (int i = 0; i < n; i++) {
    const double value = (double) got[i] * 255;
    const double difference = fabs (value - expected[i]);
    g_assert_cmpfloat (fabs (value - rint (value)), <=, 1e-4);
    sum += difference;
    n_far += difference > 2.5;
  }
  if (g_test_verbose ())
    g_test_message ("%dx%d q%d s%d g%d: mean %.4f, far %.4f %%", width, height,
                    setup->quality, (int) setup->subsampling, setup->grey,
                    sum / n, 100.0 * n_far / n);
  g_assert_cmpfloat (sum / n, <, 0.1);
  g_assert_cmpfloat ((double) n_far, <=, 0.005 * n);
}

static void
compare_all (const Setup *setup)
{
  static const int sizes[][2] = { { 96, 64 }, { 97, 75 }, { 50, 49 },
                                  { 40, 8 },  { 5, 3 },   { 3, 17 },
                                  { 1, 1 } };
  static const int qualities[] = { 5, 10, 30, 50, 75, 90, 95, 100 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (Kind kind = 0; kind < N_KINDS; kind++) {
      g_autofree float *rgb =
          make_picture (kind, sizes[i][0], sizes[i][1], setup->grey);
      for (gsize q = 0; q < G_N_ELEMENTS (qualities); q++) {
        Setup here = *setup;
        here.quality = qualities[q];
        compare (rgb, sizes[i][0], sizes[i][1], &here);
      }
    }
}

static void
test_colour (gconstpointer subsampling)
{
  compare_all (&(Setup){ .subsampling = GPOINTER_TO_INT (subsampling) });
}

static void
test_grey (void)
{
  compare_all (&(Setup){ .grey = TRUE });
}

/* Grey coded as colour stays grey and is what a grey file would be. */
static void
test_grey_as_colour (void)
{
  enum { WIDTH = 61, HEIGHT = 45, N = WIDTH * HEIGHT * 3 };
  Setup setup = { .quality = 30, .subsampling = RW_CHROMA_420 };
  RwJpegBlocks blocks = make_blocks (&setup);
  g_autofree float *colour = make_picture (NOISE, WIDTH, HEIGHT, TRUE);
  g_autofree float *grey = g_memdup2 (colour, N * sizeof (float));

  rw_jpeg_blocks_damage (colour, WIDTH, HEIGHT, &blocks);
  blocks.grey = TRUE;
  rw_jpeg_blocks_damage (grey, WIDTH, HEIGHT, &blocks);
  g_assert_cmpmem (colour, N * sizeof (float), grey, N * sizeof (float));
}

/* A part of a larger picture, with the phase that it has there, is what that
 * part of the larger one becomes, except near its edges. */
static void
test_phase (void)
{
  enum { WIDTH = 128, HEIGHT = 112, PART = 64, EDGE = 18 };
  for (int chroma = RW_CHROMA_444; chroma <= RW_CHROMA_420; chroma++)
    for (int left = 0; left < 16; left += 3) {
      const int top = (left * 5 + 2) % 16;
      const Setup setup = { .quality = 40, .subsampling = chroma };
      RwJpegBlocks blocks = make_blocks (&setup);
      g_autofree float *whole = make_picture (NOISE, WIDTH, HEIGHT, FALSE);
      g_autofree float *part = g_new (float, PART *PART * 3);
      for (int y = 0; y < PART; y++)
        memcpy (part + y * PART * 3, whole + ((top + y) * WIDTH + left) * 3,
                PART * 3 * sizeof (float));
      rw_jpeg_blocks_damage (whole, WIDTH, HEIGHT, &blocks);
      blocks.phase_x = left;
      blocks.phase_y = top;
      rw_jpeg_blocks_damage (part, PART, PART, &blocks);
      for (int y = EDGE; y < PART - EDGE; y++)
        g_assert_cmpmem (part + (y * PART + EDGE) * 3,
                         (PART - 2 * EDGE) * 3 * sizeof (float),
                         whole + ((top + y) * WIDTH + left + EDGE) * 3,
                         (PART - 2 * EDGE) * 3 * sizeof (float));
    }
}

static void
test_nan (void)
{
  enum { SIDE = 20, N = SIDE * SIDE * 3 };
  const Setup setup = { .quality = 50, .subsampling = RW_CHROMA_420 };
  const RwJpegBlocks blocks = make_blocks (&setup);
  g_autofree float *rgb = make_picture (NOISE, SIDE, SIDE, FALSE);

  rgb[100] = NAN;
  rgb[101] = INFINITY;
  rgb[500] = -INFINITY;
  rw_jpeg_blocks_damage (rgb, SIDE, SIDE, &blocks);
  for (int i = 0; i < N; i++)
    g_assert_true (rgb[i] >= 0 && rgb[i] <= 1);
  rw_jpeg_blocks_damage (rgb, 0, SIDE, &blocks);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jpeg-blocks/tables", test_tables);
  g_test_add_func ("/jpeg-blocks/quality", test_quality);
  g_test_add_func ("/jpeg-blocks/plane", test_plane);
  g_test_add_data_func ("/jpeg-blocks/444", GINT_TO_POINTER (RW_CHROMA_444),
                        test_colour);
  g_test_add_data_func ("/jpeg-blocks/422", GINT_TO_POINTER (RW_CHROMA_422),
                        test_colour);
  g_test_add_data_func ("/jpeg-blocks/420", GINT_TO_POINTER (RW_CHROMA_420),
                        test_colour);
  g_test_add_func ("/jpeg-blocks/grey", test_grey);
  g_test_add_func ("/jpeg-blocks/grey-as-colour", test_grey_as_colour);
  g_test_add_func ("/jpeg-blocks/phase", test_phase);
  g_test_add_func ("/jpeg-blocks/nan", test_nan);
  return g_test_run ();
}
