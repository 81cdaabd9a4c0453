/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/data/noise-window.c: flat windows are taken and others are not.
 */
#include "scans.h"

#include "train/data/noise-window.h"

enum { SIDE = RW_NOISE_SIDE };

typedef enum {
  PLAIN,
  SLOPE,
  EDGE,
  LINES,
  BOWL,
  HALF_NOISY,
  DARK,
  CUT,
  SILENT,
  NOT_A_NUMBER
} Kind;

static float
get_base (Kind kind, int x, int y)
{
  switch (kind) {
  case SLOPE:
    return 0.3f + 0.3f * (float) x / SIDE + 0.2f * (float) y / SIDE;
  case EDGE:
    return x + y < 70 ? 0.4f : 0.55f;
  case LINES:
    return 0.5f + (y > 40 && y < 44 ? 0.3f : 0);
  case BOWL:
    return 0.4f + 0.00005f * (float) ((x - 32) * (x - 32) + y * y);
  case DARK:
    return 0.04f;
  case PLAIN:
  case HALF_NOISY:
  case CUT:
  case SILENT:
  case NOT_A_NUMBER:
    break;
  }
  return 0.5f;
}

static gboolean
take (Kind kind, guint64 key, RwNoiseWindow *window)
{
  g_autofree float *grain = make_grain (key, SIDE, SIDE);
  float rgb[3 * RW_NOISE_PIXELS];

  for (int i = 0; i < RW_NOISE_PIXELS; i++) {
    const int x = i % SIDE, y = i / SIDE;
    float noise = kind == SILENT ? 0 : 0.02f * grain[i];
    if (kind == HALF_NOISY && x < SIDE / 2)
      noise *= 0.4f;
    if (kind == DARK)
      noise *= 0.1f;
    for (int c = 0; c < 3; c++)
      rgb[3 * i + c] = get_base (kind, x, y) + noise;
  }
  if (kind == CUT)
    rgb[1000] = 1;
  if (kind == NOT_A_NUMBER)
    rgb[1000] = NAN;
  return rw_noise_window_take (window, rgb, 3 * SIDE);
}

static void
test_windows (void)
{
  g_autofree RwNoiseWindow *window = g_new (RwNoiseWindow, 1);
  int n_plain = 0, n_slope = 0;

  for (guint64 key = 0; key < 20; key++) {
    n_plain += take (PLAIN, key, window);
    n_slope += take (SLOPE, key, window);
    for (Kind kind = EDGE; kind <= NOT_A_NUMBER; kind++)
      if (take (kind, key, window)) {
        g_test_message ("kind %d, key %d is taken", kind, (int) key);
        g_test_fail ();
      }
  }
  g_assert_cmpint (n_plain, >=, 18);
  g_assert_cmpint (n_slope, >=, 18);
  g_assert_true (take (PLAIN, 1, window));
  g_assert_true (window->grey);
  g_assert_cmpfloat_with_epsilon (window->brightness, 0.5, 0.005);
  g_assert_cmpfloat_with_epsilon (window->lightness, 0.02, 0.002);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/noise-window/windows", test_windows);
  return g_test_run ();
}
