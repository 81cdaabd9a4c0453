/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What camera noise is put together from, on its own: tasks/demosaic.c and
 * curves.c.
 */
#include "tasks/curves.h"
#include "tasks/demosaic.h"

#include <glib.h>
#include <math.h>

enum { WIDTH = 45, HEIGHT = 38, N = WIDTH * HEIGHT };

/* A ramp, which every interpolation is to keep away from the borders. */
static float
ramp (int x, int y, int channel)
{
  return 0.2f + 0.01f * (float) x + 0.006f * (float) y +
         0.1f * (float) channel;
}

static void
test_demosaic (void)
{
  enum { M = RW_MOSAIC_MARGIN, STRIDE = WIDTH + 2 * M };
  const int n_mosaic = STRIDE * (HEIGHT + 2 * M);
  g_autofree float *mosaic = g_new (float, n_mosaic);
  g_autofree float *tools = g_new (float, n_mosaic + 8 * STRIDE);
  g_autofree float *out = g_new (float, 3 * N);
  float *const rgb[3] = { out, out + N, out + 2 * N };

  for (int i = 0; i < 4 * RW_N_DEMOSAICS; i++) {
    const int phase = i % 4;

    for (int y = 0; y < HEIGHT; y++)
      for (int x = 0; x < WIDTH; x++)
        mosaic[(y + M) * STRIDE + x + M] =
            ramp (x, y, rw_mosaic_colour (phase, x, y));
    rw_demosaic (mosaic, WIDTH, HEIGHT, phase, (RwDemosaic) (i / 4), rgb,
                 tools);
    for (int k = 0; k < 3 * N; k++) {
      const int x = k % WIDTH, y = k / WIDTH % HEIGHT, c = k / N;
      const gboolean inside =
          x >= 4 && y >= 4 && x < WIDTH - 4 && y < HEIGHT - 4;

      if (inside || rw_mosaic_colour (phase, x, y) == c)
        g_assert_cmpfloat (fabsf (out[k] - ramp (x, y, c)), <=, 1e-5f);
    }
  }
}

/* The curve of the standard, and its ends. */
static void
test_srgb (void)
{
  for (int i = -10; i <= 1010; i++) {
    const double v = CLAMP (i / 1000.0, 0, 1);
    const double coded =
        v <= 0.0031308 ? 12.92 * v : 1.055 * pow (v, 1 / 2.4) - 0.055;
    const double light =
        v <= 0.04045 ? v / 12.92 : pow ((v + 0.055) / 1.055, 2.4);
    const float x = (float) i / 1000;
    float values[2] = { x, x };

    rw_curve_apply (rw_curve_encode_srgb (), &values[0], 1);
    rw_curve_apply (rw_curve_decode_srgb (), &values[1], 1);
    g_assert_cmpfloat (fabs ((double) values[0] - coded), <=, 5e-5);
    g_assert_cmpfloat (fabs ((double) values[1] - light), <=, 1e-6);
    g_assert_cmpfloat (rw_curve_at (rw_curve_encode_srgb (), x), ==,
                       values[0]);
  }
}

/* There and back; nothing falls; white is white. */
static void
test_tone (void)
{
  enum { STEPS = 1000 };
  g_autofree RwCurve *encode = g_new (RwCurve, 1);
  g_autofree RwCurve *decode = g_new (RwCurve, 1);

  for (float contrast = 0; contrast <= 0.9f; contrast += 0.3f) {
    float values[STEPS + 1];

    rw_curve_tone (contrast, 1, encode, decode);
    for (int i = 0; i <= STEPS; i++)
      values[i] = (float) i / STEPS;
    rw_curve_apply (decode, values, STEPS + 1);
    g_assert_cmpfloat (fabsf (values[STEPS] - 1), <=, 1e-5f);
    for (int i = 1; i <= STEPS; i++)
      g_assert_cmpfloat (values[i], >, values[i - 1]);
    rw_curve_apply (encode, values, STEPS + 1);
    for (int i = 0; i <= STEPS; i++)
      g_assert_cmpfloat (fabsf (values[i] - (float) i / STEPS), <=, 1e-3f);
  }
  rw_curve_tone (0, 0.5f, encode, decode);
  float values[] = { -1, 0.5f, 2 };
  rw_curve_apply (decode, values, 3);
  g_assert_cmpfloat (values[0], ==, 0);
  g_assert_cmpfloat (fabsf (values[1] - 0.5f * 0.21404f), <=, 1e-5f);
  g_assert_cmpfloat (values[2], ==, 0.5f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera-parts/demosaic", test_demosaic);
  g_test_add_func ("/camera-parts/srgb", test_srgb);
  g_test_add_func ("/camera-parts/tone", test_tone);
  return g_test_run ();
}
