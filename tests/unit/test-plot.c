/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tools/plot/plot.c and plot-axis.c: ticks are round and inside, what cannot
 * be shown leaves a gap, and files are what their names say.
 */
#include "plot/plot.h"
#include "plot/plot-axis.h"

#include "io/picture.h"

#include "scratch.h"

#include <math.h>
#include <string.h>

/* ---- axes --------------------------------------------------------------- */

static RwCliAxis
make_axis (gboolean log, double low, double high)
{
  RwCliAxis axis;

  rw_cli_axis_begin (&axis, log);
  rw_cli_axis_add (&axis, low);
  rw_cli_axis_add (&axis, NAN);
  rw_cli_axis_add (&axis, high);
  rw_cli_axis_end (&axis, 0, 5);
  return axis;
}

/* Ticks as text, with commas. */
static void
assert_ticks (const RwCliAxis *axis, const char *expected)
{
  g_autoptr (GString) found = g_string_new (NULL);

  for (int i = 0; i < axis->n_ticks; i++) {
    g_autofree char *text = rw_cli_axis_format (axis, axis->ticks[i]);
    g_string_append_printf (found, "%s%s", i ? "," : "", text);
  }
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_ticks (void)
{
  RwCliAxis axis = make_axis (FALSE, 0, 100);

  assert_ticks (&axis, "0,20,40,60,80,100");
  axis = make_axis (FALSE, 20.41, 30.34);
  assert_ticks (&axis, "22,24,26,28,30");
  axis = make_axis (FALSE, -0.031, 0.06);
  assert_ticks (&axis, "-0.02,0.00,0.02,0.04,0.06");
  axis = make_axis (FALSE, 0, 145000);
  assert_ticks (&axis, "0,50000,100000");
  axis = make_axis (TRUE, 1e-5, 1e-1);
  assert_ticks (&axis, "1e-05,0.0001,0.001,0.01,0.1");
  axis = make_axis (TRUE, 0.02, 0.3);
  assert_ticks (&axis, "0.02,0.05,0.1,0.2");
  axis = make_axis (TRUE, 0.031, 0.039); /* no 1, 2 or 5 in between */
  assert_ticks (&axis, "0.032,0.034,0.036,0.038");
}

/* One value, none, and widely apart: still a range with ticks. */
static void
test_odd_ranges (void)
{
  static const double pairs[][2] = {
    { 3, 3 }, { 0, 0 }, { NAN, NAN }, { -1e30, 1e30 }, { 1e-300, 1e300 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    for (int log = 0; log < 2; log++) {
      const RwCliAxis axis = make_axis (log, pairs[i][0], pairs[i][1]);
      g_assert_cmpfloat (axis.low, <, axis.high);
      g_assert_cmpint (axis.n_ticks, >=, 1);
      for (int t = 0; t < axis.n_ticks; t++) {
        g_assert_cmpfloat (axis.ticks[t], >=, axis.low);
        g_assert_cmpfloat (axis.ticks[t], <=, axis.high);
      }
    }
}

static void
test_place (void)
{
  const RwCliAxis plain = make_axis (FALSE, 10, 20),
                  log = make_axis (TRUE, 1, 100);

  g_assert_cmpfloat_with_epsilon (rw_cli_axis_place (&plain, 10), 0, 1e-12);
  g_assert_cmpfloat_with_epsilon (rw_cli_axis_place (&plain, 17.5), 0.75,
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (rw_cli_axis_place (&log, 10), 0.5, 1e-12);
}

/* ---- files -------------------------------------------------------------- */

#ifdef RW_HAVE_CAIRO

#define N 6

static const double steps[N] = { 1, 2, 3, 4, 5, 6 };
static const double losses[N] = { 1, 0.5, NAN, 0.2, 0, 0.1 };
static const double rates[N] = { 0.001, 0.001, 0.001, 0.0005, 0.0002, 0 };

static char *
save (const Scratch *scratch, const char *name, gsize *n_bytes)
{
  const RwCliSeries loss = { "a < b & c", steps, losses, N };
  const RwCliSeries rate = { "rate", steps, rates, N };
  const RwCliPanel panels[] = { { "loss", TRUE, &loss, 1 },
                                { "learning rate", FALSE, &rate, 1 } };
  const RwCliPlot plot = { .title = "Title",
                           .x_label = "step",
                           .panels = panels,
                           .n_panels = 2,
                           .mark_x = 4,
                           .mark = "here" };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scratch_path (scratch, name);
  char *bytes = NULL;

  g_assert_true (rw_cli_plot_check (path, &error));
  g_assert_true (rw_cli_plot_save (&plot, path, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &bytes, n_bytes, NULL));
  return bytes;
}

static void
test_svg (Scratch *scratch, gconstpointer data)
{
  gsize n = 0;
  g_autofree char *svg = save (scratch, "curve.svg", &n);

  g_assert_nonnull (strstr (svg, "<svg xmlns="));
  g_assert_true (g_str_has_suffix (svg, "</svg>\n"));
  g_assert_nonnull (strstr (svg, "width=\"900"));
  g_assert_null (strstr (svg, "nan"));
}

static void
test_png (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "curve.PNG");
  gsize n = 0;
  g_autofree char *bytes = save (scratch, "curve.PNG", &n);
  g_autoptr (RwPicture) picture = rw_picture_load (path, NULL);
  guint n_blue = 0;

  g_assert_nonnull (picture);
  g_assert_cmpint (picture->width, ==, 900);
  for (int i = 0; i < picture->width * picture->height; i++) {
    const guint8 *rgb = (const guint8 *) picture->data + 3 * i;
    n_blue += rgb[0] == 0 && rgb[1] == 0x72 && rgb[2] == 0xb2;
  }
  g_assert_cmpuint (n_blue, >, 200); /* the curves */
  /* nothing but the white sheet left of the tick labels of the first panel:
   * texts leave no lines behind */
  for (int y = 70; y < 120; y++)
    g_assert_cmpuint (
        ((const guint8 *) picture->data)[3 * (y * picture->width + 45)], ==,
        255);
}

/* One series of points with a gap: as many discs as points that have a place.
 * A disc of radius 2.5 covers at least 12 pixels fully; the line is far
 * thinner. */
static void
test_points (Scratch *scratch, gconstpointer data)
{
  const double x[] = { 1, 2, 3, 4 }, y[] = { 1, NAN, 1, NAN };
  const RwCliSeries series = { "s", x, y, G_N_ELEMENTS (x) };
  const RwCliPanel panel = { "y", FALSE, &series, 1 };
  const RwCliPlot plot = {
    .title = "", .x_label = "", .panels = &panel, .n_panels = 1
  };
  g_autofree char *path = scratch_path (scratch, "points.png");
  guint n_blue = 0;

  g_assert_true (rw_cli_plot_save (&plot, path, NULL));
  g_autoptr (RwPicture) picture = rw_picture_load (path, NULL);
  g_assert_nonnull (picture);
  for (int i = 80 * 900; i < picture->width * picture->height; i++) {
    const guint8 *rgb = (const guint8 *) picture->data + 3 * i;
    n_blue += rgb[0] == 0 && rgb[1] == 0x72 && rgb[2] == 0xb2;
  }
  g_assert_cmpuint (n_blue, >=, 2 * 8);
  g_assert_cmpuint (n_blue, <=, 2 * 25);
}

static void
test_refusals (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;

  g_assert_true (rw_cli_plot_is_built ());
  g_assert_false (rw_cli_plot_check ("curve.pdf", &error));
  assert_error (&error, RW_ERROR_FORMAT, "expected .svg or .png");
}

#else

static void
test_refusals (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;

  g_assert_false (rw_cli_plot_is_built ());
  g_assert_false (rw_cli_plot_check ("curve.png", &error));
  assert_error (&error, RW_ERROR_MISMATCH, "built without cairo");
}

#endif

#define ADD(name, func)                                                       \
  g_test_add ("/plot/" name, Scratch, NULL, scratch_set_up, func,             \
              scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plot/ticks", test_ticks);
  g_test_add_func ("/plot/odd-ranges", test_odd_ranges);
  g_test_add_func ("/plot/place", test_place);
#ifdef RW_HAVE_CAIRO
  ADD ("svg", test_svg);
  ADD ("png", test_png);
  ADD ("points", test_points);
#endif
  ADD ("refusals", test_refusals);
  return g_test_run ();
}
