/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/filter.c, tasks/resize.c and the reduction of tasks/upscale.c against
 * textbooks in double precision.
 */
#include "damages.h"

#include "tasks/filter.h"
#include "tasks/resize.h"
#include "tasks/upscale.h"

static double
at (const RwSample *sample, int x, int y, int c)
{
  const int w = sample->width, h = sample->height;

  x = x < 0 ? -1 - x : x >= w ? 2 * w - 1 - x : x;
  y = y < 0 ? -1 - y : y >= h ? 2 * h - 1 - y : y;
  return (double) sample->rgb[(y * w + x) * 3 + c];
}

static double
cubic (double x)
{
  x = fabs (x);
  if (x <= 1)
    return 1.5 * x * x * x - 2.5 * x * x + 1;
  return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

/* Pixel (x, y) of half the size: all that lies less than 4 pixels away. */
static double
half_at (const RwSample *sample, int x, int y, int c)
{
  double sum = 0, total = 0;

  for (int j = 2 * y - 6; j <= 2 * y + 7; j++) {
    for (int i = 2 * x - 6; i <= 2 * x + 7; i++) {
      const double weight = cubic ((i - (2 * x + 0.5)) / 2) / 2 *
                            cubic ((j - (2 * y + 0.5)) / 2) / 2;
      total += weight;
      sum += weight * at (sample, i, j, c);
    }
  }
  return sum / total;
}

static void
test_upscale (void)
{
  for (int margin = 0; margin <= 8; margin += 8) {
    RwDamage damage = { .key = 5 };
    RwSample source = make_sample (50 + margin, 38 + margin);
    RwSample clean = make_sample (50, 38), input = make_sample (25, 19);
    paint (&source, FALSE);
    g_assert_cmpint (rw_upscale_extent (&damage, 50), ==, 58);
    rw_upscale_degrade (&source, &clean, &input, &damage);
    for (int y = 0; y < 19; y++) {
      for (int x = 0; x < 25; x++) {
        for (int c = 0; c < 3; c++) {
          const double want =
              255 * half_at (&source, x + margin / 4, y + margin / 4, c);
          const double got = 255 * (double) input.rgb[(y * 25 + x) * 3 + c];
          g_assert_cmpfloat (fabs (got - CLAMP (want, 0, 255)), <=, 0.501);
        }
      }
    }
    for (int y = 0; y < 38; y++)
      for (int x = 0; x < 150; x++)
        g_assert_cmpfloat (clean.rgb[y * 150 + x], ==,
                           source.rgb[(y + margin / 2) * source.width * 3 +
                                      margin / 2 * 3 + x]);
    clear_sample (&source);
    clear_sample (&clean);
    clear_sample (&input);
  }
}

/* Constants stay, ramps stay ramps, and the mean of an area is the mean. */
static void
test_resize (void)
{
  const int widths[] = { 20, 31, 40, 57, 100 };

  for (int kind = RW_RESIZE_AREA; kind <= RW_RESIZE_CUBIC; kind++) {
    for (gsize k = 0; k < G_N_ELEMENTS (widths); k++) {
      RwPlanes in = rw_planes_make (40, 24, 3);
      RwPlanes out = rw_planes_make (widths[k], 17, 3);
      for (int i = 0; i < 40 * 24; i++) {
        in.pixels[3 * i] = in.pixels[3 * i + 2] = 0.7f;
        in.pixels[3 * i + 1] = (float) (i % 40) + 0.5f;
      }
      rw_resize (&in, (RwResize) kind, 0, &out);
      for (int i = 0; i < widths[k] * 17; i++) {
        const int x = i % widths[k];
        const double want = (x + 0.5) * 40 / widths[k];
        const double got = (double) out.pixels[3 * i + 1];
        g_assert_cmpfloat (fabs ((double) out.pixels[3 * i] - 0.7), <, 1e-6);
        g_assert_cmpfloat (out.pixels[3 * i], ==, out.pixels[3 * i + 2]);
        if (want > 6 && want < 34)
          g_assert_cmpfloat (fabs (got - want), <,
                             kind == RW_RESIZE_AREA && widths[k] > 40 ? 0.51
                                                                      : 0.1);
      }
      g_free (in.pixels);
      g_free (out.pixels);
    }
  }
  const float four[] = { 1, 2, 3, 6, 5, 7 };
  float two[2];
  RwPlanes in = { 6, 1, 1, (float *) four }, out = { 2, 1, 1, two };
  rw_resize (&in, RW_RESIZE_AREA, 0, &out);
  g_assert_cmpfloat (fabs ((double) two[0] - 2), <, 1e-6);
  g_assert_cmpfloat (fabs ((double) two[1] - 6), <, 1e-6);
}

/* The middle of a picture by a scale: a ramp stays one about the middle, and
 * each channel of three is what it is on its own. */
static void
test_scale (void)
{
  enum { W = 61, H = 48 };
  RwPlanes plane = rw_planes_make (W, H, 1),
           colours = rw_planes_make (W, H, 3);

  for (int i = 0; i < W * H; i++) {
    plane.pixels[i] = 0.01f * (float) (i % W) + 0.006f * (float) (i / W);
    for (int c = 0; c < 3; c++)
      colours.pixels[3 * i + c] = plane.pixels[i] * (float) (c + 1);
  }
  for (double scale = 0.45; scale < 1.6; scale += 0.1) {
    const int w = (int) (scale * (W - 12)), h = (int) (scale * (H - 12));
    RwPlanes one = rw_planes_make (w, h, 1), three = rw_planes_make (w, h, 3);

    for (int kind = RW_RESIZE_LINEAR; kind <= RW_RESIZE_CUBIC; kind++) {
      rw_resize (&plane, (RwResize) kind, scale, &one);
      rw_resize (&colours, (RwResize) kind, scale, &three);
      for (int i = 0; i < w * h; i++) {
        const double x = (i % w + 0.5 - 0.5 * w) / scale + 0.5 * (W - 1);
        const double y = (i / w + 0.5 - 0.5 * h) / scale + 0.5 * (H - 1);
        const double want = 0.01 * x + 0.006 * y;

        g_assert_cmpfloat (fabs ((double) one.pixels[i] - want), <, 2e-3);
        for (int c = 0; c < 3; c++)
          g_assert_cmpfloat (fabs ((double) three.pixels[3 * i + c] -
                                   (c + 1) * (double) one.pixels[i]),
                             <, 1e-5);
      }
    }
    g_free (one.pixels);
    g_free (three.pixels);
  }
  g_free (plane.pixels);
  g_free (colours.pixels);
}

static void
test_blur (void)
{
  RwSample source = make_sample (45, 33), whole = make_sample (45, 33);
  RwSample middle = make_sample (33, 21);
  const RwBlur blur = rw_blur_gaussian (1.7);
  const int r = blur.radius;
  RwPlanes in = rw_planes_of (&source), out = rw_planes_of (&whole);
  RwPlanes inner = rw_planes_of (&middle);

  paint (&source, FALSE);
  g_assert_cmpint (r, ==, 5);
  rw_blur (&in, &blur, 1, &out);
  rw_blur (&in, &blur, 1, &inner);
  for (int i = 0; i < 45 * 33 * 3; i++) {
    const int x = i / 3 % 45, y = i / 3 / 45;
    double sum = 0;
    for (int v = -r; v <= r; v++)
      for (int u = -r; u <= r; u++)
        sum += (double) blur.weights[u + r] * (double) blur.weights[v + r] *
               at (&source, x + u, y + v, i % 3);
    g_assert_cmpfloat (fabs (sum - (double) whole.rgb[i]), <, 1e-5);
    if (x >= 6 && x < 39 && y >= 6 && y < 27)
      g_assert_cmpfloat (whole.rgb[i], ==,
                         middle.rgb[((y - 6) * 33 + x - 6) * 3 + i % 3]);
  }
  rw_blur (&in, &blur, 1, &in); /* in place */
  g_assert_cmpmem (source.rgb, count (&source) * 4, whole.rgb,
                   count (&whole) * 4);
  clear_sample (&source);
  clear_sample (&whole);
  clear_sample (&middle);
}

/* Every size, also below the radius, a share beyond 0..1, and in place; against
 * the sum as it is written in books. */
static void
test_blur_share (void)
{
  const int sides[][2] = { { 1, 1 }, { 3, 40 }, { 31, 4 }, { 26, 25 } };

  for (gsize k = 0; k < 4 * G_N_ELEMENTS (sides); k++) {
    const RwBlur blur = rw_blur_gaussian (0.4 + 0.24 * (double) k);
    const int w = sides[k % 4][0], h = sides[k % 4][1], r = blur.radius;
    const float share = 2 - 0.3f * (float) k;
    RwSample source = make_sample (w, h), result = make_sample (w, h);
    RwPlanes in = rw_planes_of (&source), out = rw_planes_of (&result);

    paint (&source, FALSE);
    rw_blur (&in, &blur, share, &out);
    for (int i = 0; i < 3 * w * h; i++) {
      double sum = 0;
      for (int v = -r; v <= r; v++)
        for (int u = -r; u <= r; u++)
          sum += (double) blur.weights[u + r] * (double) blur.weights[v + r] *
                 (double) source.rgb[(rw_mirror (i / 3 / w + v, h) * w +
                                      rw_mirror (i / 3 % w + u, w)) *
                                         3 +
                                     i % 3];
      const double was = (double) source.rgb[i];
      g_assert_cmpfloat (
          fabs (was + (double) share * (sum - was) - (double) result.rgb[i]),
          <, 1e-5);
    }
    rw_blur (&in, &blur, share, &in);
    g_assert_cmpmem (source.rgb, count (&source) * 4, result.rgb,
                     count (&result) * 4);
    clear_sample (&source);
    clear_sample (&result);
  }
}

/* Also with a radius beyond the sides, and in place. */
static void
test_blur_box (void)
{
  const int sides[][2] = { { 1, 1 }, { 3, 40 }, { 31, 4 }, { 26, 25 } };

  for (gsize k = 0; k < G_N_ELEMENTS (sides); k++) {
    const int w = sides[k][0], h = sides[k][1], r = 5;
    RwSample source = make_sample (w, h), result = make_sample (w, h);
    RwPlanes in = rw_planes_of (&source), out = rw_planes_of (&result);

    paint (&source, FALSE);
    rw_blur_box (&in, r, &out);
    for (int i = 0; i < 3 * w * h; i++) {
      double sum = 0;
      for (int v = -r; v <= r; v++)
        for (int u = -r; u <= r; u++)
          sum += (double) source.rgb[(rw_mirror (i / 3 / w + v, h) * w +
                                      rw_mirror (i / 3 % w + u, w)) *
                                         3 +
                                     i % 3];
      g_assert_cmpfloat (fabs (sum / 121 - (double) result.rgb[i]), <, 1e-5);
    }
    rw_blur_box (&in, r, &in);
    g_assert_cmpmem (source.rgb, count (&source) * 4, result.rgb,
                     count (&result) * 4);
    clear_sample (&source);
    clear_sample (&result);
  }
}

static void
test_convolve (void)
{
  RwSample source = make_sample (29, 23), whole = make_sample (29, 23);
  RwKernel kernel = { .n = 5,
                      .weights = { 0.1f, 0.2f, 0.3f, 0.25f, 0.15f },
                      .x = { -3, 0, 2, 1, 4 },
                      .y = { 1, -5, 0, 3, 3 } };
  RwPlanes in = rw_planes_of (&source), out = rw_planes_of (&whole);

  paint (&source, FALSE);
  rw_convolve (&in, &kernel, &out);
  for (int i = 0; i < 29 * 23 * 3; i++) {
    double sum = 0;
    for (int j = 0; j < kernel.n; j++)
      sum +=
          (double) kernel.weights[j] * at (&source, i / 3 % 29 + kernel.x[j],
                                           i / 3 / 29 + kernel.y[j], i % 3);
    g_assert_cmpfloat (fabs (sum - (double) whole.rgb[i]), <, 1e-5);
  }
  clear_sample (&source);
  clear_sample (&whole);
}

static void
test_mirror (void)
{
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (rw_mirror (i, 4), ==, i);
  g_assert_cmpint (rw_mirror (-1, 4), ==, 0);
  g_assert_cmpint (rw_mirror (-4, 4), ==, 3);
  g_assert_cmpint (rw_mirror (4, 4), ==, 3);
  g_assert_cmpint (rw_mirror (-9, 4), ==, 0);
  g_assert_cmpint (rw_mirror (9, 1), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/mirror", test_mirror);
  g_test_add_func ("/filter/blur", test_blur);
  g_test_add_func ("/filter/blur-share", test_blur_share);
  g_test_add_func ("/filter/blur-box", test_blur_box);
  g_test_add_func ("/filter/convolve", test_convolve);
  g_test_add_func ("/filter/resize", test_resize);
  g_test_add_func ("/filter/scale", test_scale);
  g_test_add_func ("/filter/upscale", test_upscale);
  return g_test_run ();
}
