/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where the preview looks: fitting, zooming at a point, dragging, panes.
 */
#include <math.h>

#include "view.h"

/* The picture's point under an area point of the first pane. */
static void
get_point (const RwView *view, double at_x, double at_y, double *x, double *y)
{
  double left, top;

  rw_view_get_origin (view, 0, &left, &top);
  *x = (at_x - left) / view->zoom;
  *y = (at_y - top) / view->zoom;
}

static RwView
make_view (int width, int height, double x, double y)
{
  RwView view;

  rw_view_init (&view, width, height, x, y);
  rw_view_resize (&view, 400, 300);
  return view;
}

static void
test_open (void)
{
  RwView view = make_view (6000, 4000, 1000, 3990);
  RwRect seen = rw_view_get_visible (&view);

  g_assert_cmpfloat (view.zoom, ==, 1);
  g_assert_cmpint (seen.x, ==, 800);
  g_assert_cmpint (seen.y, ==, 3700); /* held at the lower edge */
  g_assert_cmpint (seen.width, ==, 400);
  g_assert_cmpint (seen.height, ==, 300);

  view = make_view (40, 20, 3, 3); /* small ones are not enlarged */
  seen = rw_view_get_visible (&view);
  g_assert_cmpfloat (view.zoom, ==, 1);
  g_assert_cmpint (seen.x, ==, 0);
  g_assert_cmpint (seen.width, ==, 40);
  g_assert_cmpint (seen.height, ==, 20);
}

static void
test_fit (void)
{
  RwView view = make_view (6000, 4000, 10, 10);
  RwRect seen;

  rw_view_fit (&view);
  seen = rw_view_get_visible (&view);
  g_assert_cmpfloat_with_epsilon (view.zoom, 400 / 6000.0, 1e-9);
  g_assert_cmpint (seen.width, ==, 6000);
  g_assert_cmpint (seen.height, ==, 4000);
  rw_view_resize (&view, 800, 900); /* and goes on fitting */
  g_assert_cmpfloat_with_epsilon (view.zoom, 800 / 6000.0, 1e-9);
  rw_view_set_mode (&view, RW_VIEW_SIDES);
  g_assert_cmpfloat (view.zoom, <, 400 / 6000.0);
}

/* What is under the pointer stays there, at every step there and back. */
static void
test_zoom (void)
{
  RwView view = make_view (6000, 4000, 3000, 2000);
  double x, y;

  get_point (&view, 123, 77, &x, &y);
  for (int i = 0; i < 12; i++) {
    double now_x, now_y;

    rw_view_step (&view, i < 4 ? -1 : 1, 123, 77);
    get_point (&view, 123, 77, &now_x, &now_y);
    g_assert_cmpfloat_with_epsilon (now_x, x, 1 / view.zoom);
    g_assert_cmpfloat_with_epsilon (now_y, y, 1 / view.zoom);
  }
  g_assert_cmpfloat_with_epsilon (view.zoom, 4, 1e-9);
  for (int i = 0; i < 40; i++)
    rw_view_step (&view, 1, 10, 10);
  g_assert_cmpfloat (view.zoom, ==, RW_VIEW_ZOOM_MAX);
  for (int i = 0; i < 40; i++)
    rw_view_step (&view, -1, 10, 10);
  g_assert_cmpfloat (view.zoom, ==, rw_view_get_fit (&view));
}

/* Quarters of a wheel's click add up. */
static void
test_smooth (void)
{
  RwView view = make_view (6000, 4000, 3000, 2000);

  for (int i = 0; i < 8; i++)
    rw_view_step (&view, 0.25, 200, 150);
  g_assert_cmpfloat_with_epsilon (view.zoom, 2, 1e-9);
}

static void
test_pan (void)
{
  RwView view = make_view (6000, 4000, 3000, 2000);
  RwRect seen;

  rw_view_pan (&view, 30, -40); /* the picture goes right and up */
  seen = rw_view_get_visible (&view);
  g_assert_cmpint (seen.x, ==, 3000 - 200 - 30);
  g_assert_cmpint (seen.y, ==, 2000 - 150 + 40);
  rw_view_pan (&view, 1e6, 1e6);
  seen = rw_view_get_visible (&view);
  g_assert_cmpint (seen.x, ==, 0);
  g_assert_cmpint (seen.y, ==, 0);
}

static void
test_level (void)
{
  RwView view = make_view (60000, 40000, 100, 100);
  const struct {
    double zoom;
    int level;
  } cases[] = { { 2, 0 },    { 1, 0 },    { 0.7, 0 }, { 0.5, 1 },
                { 0.26, 1 }, { 0.25, 2 }, { 0.01, 6 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    rw_view_zoom_at (&view, cases[i].zoom, 0, 0);
    g_assert_cmpint (rw_view_get_level (&view), ==, cases[i].level);
    /* as fine as the area, at least */
    g_assert_cmpfloat (ldexp (view.zoom, cases[i].level), <=,
                       MAX (view.zoom, 1) + 1e-9);
  }
}

static void
test_split (void)
{
  RwView view = make_view (6000, 4000, 100, 100);

  g_assert_false (rw_view_is_on_split (&view, 200));
  rw_view_set_mode (&view, RW_VIEW_SPLIT);
  g_assert_true (rw_view_is_on_split (&view, 203));
  g_assert_false (rw_view_is_on_split (&view, 230));
  rw_view_set_split (&view, 100);
  g_assert_true (rw_view_is_on_split (&view, 97));
  rw_view_set_split (&view, 900);
  g_assert_cmpfloat (view.split, ==, 1);
}

/* Both halves look at the same place; the wheel works in either. */
static void
test_sides (void)
{
  RwView view = make_view (6000, 4000, 3000, 2000);
  double left, right, y, x0, x1, width;

  rw_view_set_mode (&view, RW_VIEW_SIDES);
  rw_view_get_pane (&view, 0, &x0, &width);
  rw_view_get_pane (&view, 1, &x1, &width);
  rw_view_get_origin (&view, 0, &left, &y);
  rw_view_get_origin (&view, 1, &right, &y);
  g_assert_cmpfloat (x0 + width, <, x1);
  g_assert_cmpfloat (right - left, ==, x1 - x0);
  g_assert_cmpint (rw_view_get_visible (&view).width, <=, 200);
  const double before = (x1 + 20 - right) / view.zoom;
  rw_view_step (&view, 1, x1 + 20, 50);
  rw_view_get_origin (&view, 1, &right, &y);
  g_assert_cmpfloat_with_epsilon ((x1 + 20 - right) / view.zoom, before, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view/open", test_open);
  g_test_add_func ("/view/fit", test_fit);
  g_test_add_func ("/view/zoom", test_zoom);
  g_test_add_func ("/view/smooth", test_smooth);
  g_test_add_func ("/view/pan", test_pan);
  g_test_add_func ("/view/level", test_level);
  g_test_add_func ("/view/split", test_split);
  g_test_add_func ("/view/sides", test_sides);
  return g_test_run ();
}
