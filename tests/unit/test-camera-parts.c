/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What camera noise is put together from, on its own: tasks/demosaic.c,
 * plane-filters.c and tone.c.
 */
#include "tasks/demosaic.h"
#include "tasks/plane-filters.h"
#include "tasks/tone.h"

#include "base/random.h"

#include <glib.h>
#include <math.h>

enum { SEED = 3, WIDTH = 45, HEIGHT = 38, N = WIDTH * HEIGHT };

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

/* Against the sum as it is written in books. */
static void
test_blur (void)
{
  g_autofree float *in = g_new (float, N), *out = g_new (float, N);
  g_autofree float *row = g_new (float, WIDTH + 2 * RW_BLUR_RADIUS + 2);

  for (int i = 0; i < N; i++)
    in[i] = rw_random_uniform (SEED, (guint64) i);
  for (float sigma = 0.4f; sigma <= 3.2f; sigma += 0.4f) {
    const float share = 2 - sigma;
    RwBlur blur;

    rw_blur_init (&blur, sigma);
    rw_plane_blur (in, out, row, WIDTH, HEIGHT, &blur, share);
    for (int i = 0; i < N; i++) {
      double sum = 0;

      for (int dy = -blur.radius; dy <= blur.radius; dy++)
        for (int dx = -blur.radius; dx <= blur.radius; dx++) {
          const int x = ABS (i % WIDTH + dx), y = ABS (i / WIDTH + dy);
          const int x_in = MIN (x, 2 * WIDTH - 2 - x);
          const int y_in = MIN (y, 2 * HEIGHT - 2 - y);

          sum += (double) blur.weights[ABS (dx)] *
                 (double) blur.weights[ABS (dy)] *
                 (double) in[y_in * WIDTH + x_in];
        }
      const double want =
          (double) in[i] + (double) share * (sum - (double) in[i]);
      g_assert_cmpfloat (fabs ((double) out[i] - want), <=, 1e-5);
    }
  }
}

/* A ramp stays one, about the middle. */
static void
test_shrink (void)
{
  g_autofree float *in = g_new (float, N), *out = g_new (float, N);

  for (int i = 0; i < N; i++)
    in[i] = ramp (i % WIDTH, i / WIDTH, 0);
  for (float scale = 0.5f; scale <= 1; scale += 0.1f) {
    const int w = (int) (WIDTH * scale), h = (int) (HEIGHT * scale);
    g_autofree float *tools =
        g_new (float, rw_plane_shrink_workspace (WIDTH, w, h));

    rw_plane_shrink (in, WIDTH, HEIGHT, out, w, h, scale, tools);
    for (int y = 5; y < h - 5; y++)
      for (int x = 5; x < w - 5; x++) {
        const float at_x = ((float) x + 0.5f - 0.5f * (float) w) / scale;
        const float at_y = ((float) y + 0.5f - 0.5f * (float) h) / scale;
        const float want = 0.2f + 0.01f * (at_x + 0.5f * (WIDTH - 1)) +
                           0.006f * (at_y + 0.5f * (HEIGHT - 1));

        g_assert_cmpfloat (fabsf (out[y * w + x] - want), <=, 2e-3f);
      }
  }
}

/* There and back; nothing falls; white is white. */
static void
test_tone (void)
{
  enum { STEPS = 1000 };
  g_autofree RwTone *tone = g_new (RwTone, 1);

  for (float contrast = 0; contrast <= 0.9f; contrast += 0.3f) {
    float values[STEPS + 1];

    rw_tone_init (tone, contrast, 1);
    for (int i = 0; i <= STEPS; i++)
      values[i] = (float) i / STEPS;
    rw_tone_apply (tone->decode, values, STEPS + 1);
    g_assert_cmpfloat (fabsf (values[STEPS] - 1), <=, 1e-5f);
    for (int i = 1; i <= STEPS; i++)
      g_assert_cmpfloat (values[i], >, values[i - 1]);
    rw_tone_apply (tone->code, values, STEPS + 1);
    for (int i = 0; i <= STEPS; i++)
      g_assert_cmpfloat (fabsf (values[i] - (float) i / STEPS), <=, 1e-3f);
  }
  rw_tone_init (tone, 0, 0.5f);
  float values[] = { -1, 0.5f, 2 };
  rw_tone_apply (tone->decode, values, 3);
  g_assert_cmpfloat (values[0], ==, 0);
  g_assert_cmpfloat (fabsf (values[1] - 0.5f * 0.21404f), <=, 1e-5f);
  g_assert_cmpfloat (values[2], ==, 0.5f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera-parts/demosaic", test_demosaic);
  g_test_add_func ("/camera-parts/blur", test_blur);
  g_test_add_func ("/camera-parts/shrink", test_shrink);
  g_test_add_func ("/camera-parts/tone", test_tone);
  return g_test_run ();
}
