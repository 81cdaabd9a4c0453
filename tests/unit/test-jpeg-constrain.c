/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/jpeg-constrain.c: a picture that was mended badly is made to agree
 * with its file, and gets nearer to what was compressed.
 */
#include "tasks/jpeg-constrain.h"

#include "jpeg-memory.h"
#include "base/random.h"

#include <string.h>

enum { SEED = 5, WIDTH = 96, HEIGHT = 72, N = WIDTH * HEIGHT * 3 };
enum { N_LEVELS = (WIDTH + 7) / 8 * ((HEIGHT + 7) / 8) * 64 };

static float *
make_picture (void)
{
  float *rgb = g_new (float, N);

  for (int i = 0; i < N; i++) {
    const int x = i / 3 % WIDTH, y = i / 3 / WIDTH, c = i % 3;
    const double noise = (double) rw_random_uniform (SEED, (guint64) i) - 0.5;
    const double edge = (x * 2 + y * (c + 1)) % 40 < 17 ? 0.1 : -0.1;
    rgb[i] = (float) (0.5 + 0.2 * sin (0.1 * x + c) + edge + 0.05 * noise);
  }
  return rgb;
}

/* A mean of 3 x 3 pixels, and everything a little too bright. */
static float *
mend_badly (const float *rgb)
{
  float *out = g_new (float, N);

  for (int i = 0; i < N; i++) {
    const int x = i / 3 % WIDTH, y = i / 3 / WIDTH, c = i % 3;
    float sum = 0;
    for (int k = 0; k < 9; k++) {
      const int from_x = CLAMP (x + k % 3 - 1, 0, WIDTH - 1);
      const int from_y = CLAMP (y + k / 3 - 1, 0, HEIGHT - 1);
      sum += rgb[(from_y * WIDTH + from_x) * 3 + c];
    }
    out[i] = sum / 9 + 0.01f;
  }
  return out;
}

static void
read_levels (const unsigned char *file, unsigned long n, JCOEF *levels)
{
  struct jpeg_decompress_struct cinfo = { 0 };
  struct jpeg_error_mgr manager;

  cinfo.err = jpeg_std_error (&manager);
  jpeg_create_decompress (&cinfo);
  jpeg_mem_src (&cinfo, file, n);
  jpeg_read_header (&cinfo, TRUE);
  jvirt_barray_ptr *arrays = jpeg_read_coefficients (&cinfo);
  for (JDIMENSION y = 0; y < (HEIGHT + 7) / 8; y++) {
    JBLOCKARRAY row = cinfo.mem->access_virt_barray ((j_common_ptr) &cinfo,
                                                     arrays[0], y, 1, FALSE);
    const gsize n_row = (WIDTH + 7) / 8 * 64;
    memcpy (levels + y * n_row, row[0], n_row * sizeof (JCOEF));
  }
  jpeg_destroy_decompress (&cinfo);
}

static void
get_levels (const float *rgb, const Setup *setup, JCOEF *levels)
{
  unsigned long n = 0;
  unsigned char *file = encode (rgb, WIDTH, HEIGHT, setup, &n);

  read_levels (file, n, levels);
  free (file);
}

static double
get_error (const float *a, const float *b)
{
  double sum = 0;

  for (int i = 0; i < N; i++)
    sum += pow ((double) a[i] - (double) b[i], 2);
  return sum / N;
}

static double
count_same (const JCOEF *a, const JCOEF *b)
{
  int n = 0;

  for (int i = 0; i < N_LEVELS; i++)
    n += a[i] == b[i];
  return (double) n / N_LEVELS;
}

static float *
decode_floats (const float *rgb, const Setup *setup)
{
  g_autofree guint8 *bytes = compress (rgb, WIDTH, HEIGHT, setup);
  float *out = g_new (float, N);

  for (int i = 0; i < N; i++)
    out[i] = (float) bytes[i] / 255;
  return out;
}

static void
test_levels (void)
{
  for (int quality = 20; quality <= 80; quality += 10) {
    const Setup setup = { .quality = quality, .subsampling = RW_CHROMA_444 };
    JCOEF expected[N_LEVELS], before[N_LEVELS], after[N_LEVELS];
    guint16 luma[64], chroma[64];
    g_autofree float *clean = make_picture ();
    g_autofree float *file = decode_floats (clean, &setup);
    g_autofree float *mended = mend_badly (file);
    const double error = get_error (mended, clean);

    rw_jpeg_tables_from_quality (quality, luma, chroma);
    get_levels (clean, &setup, expected);
    get_levels (mended, &setup, before);
    rw_jpeg_constrain (mended, file, WIDTH, HEIGHT, luma);
    get_levels (mended, &setup, after);
    g_test_message ("q%d: same %.4f -> %.4f, error %.6f -> %.6f", quality,
                    count_same (expected, before),
                    count_same (expected, after), error,
                    get_error (mended, clean));
    g_assert_cmpfloat (count_same (expected, before), <,
                       count_same (expected, after));
    g_assert_cmpfloat (count_same (expected, after), >=, 0.99);
    g_assert_cmpfloat (get_error (mended, clean), <, error);
  }
}

/* The file's own picture is left as it is, and so are colour differences. */
static void
test_little (void)
{
  const Setup setup = { .quality = 40, .subsampling = RW_CHROMA_420 };
  guint16 luma[64], chroma[64];
  g_autofree float *clean = make_picture ();
  g_autofree float *file = decode_floats (clean, &setup);
  g_autofree float *same = g_memdup2 (file, N * sizeof (float));
  g_autofree float *mended = mend_badly (file);
  g_autofree float *before = g_memdup2 (mended, N * sizeof (float));

  rw_jpeg_tables_from_quality (40, luma, chroma);
  rw_jpeg_constrain (same, file, WIDTH, HEIGHT, luma);
  g_assert_cmpmem (same, N * sizeof (float), file, N * sizeof (float));
  rw_jpeg_constrain (mended, file, WIDTH, HEIGHT, luma);
  for (int i = 0; i < N; i += 3)
    for (int c = 1; c < 3; c++)
      g_assert_cmpfloat (
          fabsf (mended[i + c] - mended[i] - (before[i + c] - before[i])), <=,
          1e-5f);
}

/* Part of a block at the edges: within the block the change is as small. */
static void
test_edges (void)
{
  enum { LESS_WIDTH = WIDTH - 3, LESS_HEIGHT = HEIGHT - 2 };
  const gsize n = LESS_WIDTH * LESS_HEIGHT * 3;
  guint16 luma[64], chroma[64];
  g_autofree float *clean = make_picture ();
  g_autofree float *file = g_memdup2 (clean, n * sizeof (float));
  g_autofree float *mended = g_memdup2 (clean, n * sizeof (float));

  rw_jpeg_tables_from_quality (20, luma, chroma);
  for (gsize i = 0; i < n; i++)
    mended[i] += i % 2 == 0 ? 0.02f : -0.02f;
  rw_jpeg_constrain (mended, file, LESS_WIDTH, LESS_HEIGHT, luma);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (fabsf (mended[i] - clean[i]), <, 0.2f);
}

static void
test_nan (void)
{
  guint16 luma[64], chroma[64];
  g_autofree float *file = make_picture ();
  g_autofree float *mended = mend_badly (file);

  mended[50] = NAN;
  mended[N - 1] = INFINITY;
  rw_jpeg_tables_from_quality (40, luma, chroma);
  rw_jpeg_constrain (mended, file, WIDTH, HEIGHT, luma);
  rw_jpeg_constrain (mended, file, 0, HEIGHT, luma);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jpeg-constrain/levels", test_levels);
  g_test_add_func ("/jpeg-constrain/little", test_little);
  g_test_add_func ("/jpeg-constrain/edges", test_edges);
  g_test_add_func ("/jpeg-constrain/nan", test_nan);
  return g_test_run ();
}
