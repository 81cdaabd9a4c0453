/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Colour put where there is none: from around, in range, nothing else touched.
 */
#include "restore/fill.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { MAX_EDGE = 70 };

static float rgba[MAX_EDGE * MAX_EDGE * 4];
static float rgb[MAX_EDGE * MAX_EDGE * 5];

static const int sizes[][2] = { { 1, 1 }, { 1, 7 },   { 9, 1 },   { 2, 2 },
                                { 5, 3 }, { 33, 64 }, { 64, 64 }, { 61, 70 } };

/* Fills [height][width] of rgba with stride 5, whose other two stay as they
 * were. */
static void
fill (int height, int width)
{
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rgb); i++)
    rgb[i] = 123;
  g_assert_true (
      rw_fill_colour (rgba, height, width, -0.5f, 1.5f, rgb, 5, &error));
  g_assert_no_error (error);
  for (int i = 0; i < height * width; i++)
    g_assert_true (rgb[5 * i + 3] == 123 && rgb[5 * i + 4] == 123);
}

static void
set_pixel (int i, float value, float alpha)
{
  rgba[4 * i] = value;
  rgba[4 * i + 1] = value / 2;
  rgba[4 * i + 2] = 1 - value;
  rgba[4 * i + 3] = alpha;
}

static void
assert_pixel (int i, float value)
{
  g_assert_cmpfloat_with_epsilon (rgb[5 * i], value, 1e-6);
  g_assert_cmpfloat_with_epsilon (rgb[5 * i + 1], value / 2, 1e-6);
  g_assert_cmpfloat_with_epsilon (rgb[5 * i + 2], 1 - value, 1e-6);
}

static void
test_has_colour (void)
{
  static const float bad[][4] = {
    { 0, 0, 0, 0 },   { 0, 0, 0, -1 },       { 0, 0, 0, NAN },
    { NAN, 0, 0, 1 }, { 0, INFINITY, 0, 1 }, { 0, 0, -INFINITY, 1 }
  };
  static const float good[][4] = { { 0, 0, 0, 1 }, { -9, 1e30f, 5, 1e-30f } };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (rw_pixel_has_colour (bad[i]));
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (rw_pixel_has_colour (good[i]));
}

static void
test_copies_and_clamps (void)
{
  for (int i = 0; i < 12; i++)
    set_pixel (i, (float) (i - 4) / 3, 1);
  fill (3, 4);
  for (int i = 0; i < 12; i++)
    for (int c = 0; c < 3; c++)
      g_assert_cmpfloat (rgb[5 * i + c], ==,
                         CLAMP (rgba[4 * i + c], -0.5f, 1.5f));
}

/* One colour around holes anywhere is the colour in them. */
static void
test_one_colour (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    const int n = sizes[s][0] * sizes[s][1];
    for (int i = 0; i < n; i++)
      set_pixel (i, i == n / 2 || rw_random_below (s, i, 3) == 0 ? 0.25f : NAN,
                 1);
    fill (sizes[s][0], sizes[s][1]);
    for (int i = 0; i < n; i++)
      assert_pixel (i, 0.25f);
  }
}

static void
test_single_pixel (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    const int n = sizes[s][0] * sizes[s][1];
    for (int i = 0; i < n; i++)
      set_pixel (i, 0.9f, 0);
    set_pixel (n - 1, 0.125f, 0.001f);
    fill (sizes[s][0], sizes[s][1]);
    for (int i = 0; i < n; i++)
      assert_pixel (i, 0.125f);
  }
}

static void
test_nothing (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    const int n = sizes[s][0] * sizes[s][1];
    for (int i = 0; i < n; i++)
      set_pixel (i, 0.9f, 0);
    fill (sizes[s][0], sizes[s][1]);
    for (int i = 0; i < n; i++)
      for (int c = 0; c < 3; c++)
        g_assert_cmpfloat (rgb[5 * i + c], ==, 0.5f);
  }
}

/* A shade that grows by 0.01 or less from a pixel to the next. */
static float
shade (int x, int y)
{
  return 0.005f * (float) (x + 2 * y);
}

/* A hole in it takes values from around: off by some steps at its border, by
 * some more deep inside. */
static void
test_near_colours (void)
{
  for (int y = 0; y < 64; y++)
    for (int x = 0; x < 64; x++)
      set_pixel (64 * y + x, shade (x, y),
                 x >= 20 && x < 36 && y >= 24 && y < 40 ? 0 : 1);
  fill (64, 64);
  for (int y = 24; y < 40; y++)
    for (int x = 20; x < 36; x++) {
      const int depth = MIN (MIN (x - 20, 35 - x), MIN (y - 24, 39 - y));
      const float off = fabsf (rgb[5 * (64 * y + x)] - shade (x, y));
      g_assert_cmpfloat (off, <=, 0.01f * (float) (2 * depth + 7));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fill/has-colour", test_has_colour);
  g_test_add_func ("/fill/copies-and-clamps", test_copies_and_clamps);
  g_test_add_func ("/fill/one-colour", test_one_colour);
  g_test_add_func ("/fill/single-pixel", test_single_pixel);
  g_test_add_func ("/fill/nothing", test_nothing);
  g_test_add_func ("/fill/near-colours", test_near_colours);
  return g_test_run ();
}
