/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the preview keeps: what is missing, that old changes stay, levels, and
 * how strength, grain and the selection mix.
 */
#include <math.h>

#include "kept.h"

#define CELL 256

static const RwRect bounds = { 0, 0, 700, 600 };

static void
value_before (int x, int y, float *rgba)
{
  rgba[0] = x / 1000.0f;
  rgba[1] = y / 1000.0f;
  rgba[2] = 0.25f;
  rgba[3] = 1;
}

/* What restoring adds, by settings number @n. */
static void
value_after (int x, int y, int n, float *rgba)
{
  value_before (x, y, rgba);
  rgba[0] += 0.1f * n;
  rgba[1] -= 0.05f * n;
  rgba[2] += 0.02f * n;
}

/* The part as read (@n 0) or restored, (transfer full). */
static float *
make_part (const RwRect *part, int n)
{
  float *rgba = g_new (float, part->width * part->height * 4);

  for (int y = 0; y < part->height; y++)
    for (int x = 0; x < part->width; x++)
      value_after (part->x + x, part->y + y, n,
                   rgba + (y * part->width + x) * 4);
  return rgba;
}

/* Reads and, with @n > 0, restores all that is missing; returns how many parts
 * were restored. */
static int
fill (RwKept *kept, const RwRect *visible, int n)
{
  int n_restored = 0;
  RwRect part;

  while (rw_kept_find_missing (kept, RW_KEPT_READ, visible, &part)) {
    g_autofree float *rgba = make_part (&part, 0);

    rw_kept_put_before (kept, &part, rgba, NULL);
  }
  while (n > 0 &&
         rw_kept_find_missing (kept, RW_KEPT_MENDED, visible, &part)) {
    g_autofree float *rgba = make_part (&part, n);

    rw_kept_put_after (kept, &part, rgba, TRUE);
    n_restored++;
  }
  return n_restored;
}

static void
get (const RwKept *kept, RwKeptKind kind, int x, int y, float *rgba)
{
  const RwRect one = { x, y, 1, 1 };

  rw_kept_compose (kept, kind, 1, 0, &one, rgba);
}

static void
assert_change (const RwKept *kept, int x, int y, int n)
{
  float got[4], expected[4];

  get (kept, RW_KEPT_AFTER, x, y, got);
  value_after (x, y, n, expected);
  for (int k = 0; k < 4; k++)
    g_assert_cmpfloat_with_epsilon (got[k], expected[k], 1e-5);
}

static void
test_whole (void)
{
  RwKept *kept = rw_kept_new (&bounds, CELL);

  g_assert_true (rw_kept_look (kept, &bounds, 0));
  g_assert_cmpint (fill (kept, &bounds, 1), ==, 9);
  for (int y = 0; y < bounds.height; y += 7)
    for (int x = 0; x < bounds.width; x += 7)
      assert_change (kept, x, y, 1);
  g_assert_cmpint (fill (kept, &bounds, 1), ==, 0);
  rw_kept_free (kept);
}

/* The first is the one in the middle. */
static void
test_order (void)
{
  RwKept *kept = rw_kept_new (&bounds, CELL);
  const RwRect visible = { 260, 260, 200, 200 };
  RwRect part;

  rw_kept_look (kept, &visible, 0);
  g_assert_true (rw_kept_find_missing (kept, RW_KEPT_READ, &visible, &part));
  g_assert_cmpint (part.x, ==, 256);
  g_assert_cmpint (part.y, ==, 256);
  rw_kept_free (kept);
}

/* New settings: the old change stays until the new one is there, part by
 * part; the original never comes back. */
static void
test_old_stays (void)
{
  RwKept *kept = rw_kept_new (&bounds, CELL);
  RwRect part;

  rw_kept_look (kept, &bounds, 0);
  fill (kept, &bounds, 1);
  rw_kept_make_old (kept);
  assert_change (kept, 5, 5, 1);
  g_assert_true (rw_kept_find_missing (kept, RW_KEPT_MENDED, &bounds, &part));
  g_autofree float *late = make_part (&part, 2);
  rw_kept_put_after (kept, &part, late, FALSE); /* of settings between */
  assert_change (kept, part.x, part.y, 2);
  g_assert_cmpint (fill (kept, &bounds, 3), ==, 9);
  assert_change (kept, part.x, part.y, 3);
  assert_change (kept, 5, 5, 3);
  rw_kept_forget_changes (kept);
  assert_change (kept, 5, 5, 0);
  rw_kept_free (kept);
}

/* Small drags move nothing; large ones keep what is still in the window. */
static void
test_window (void)
{
  const RwRect wide = { 0, 0, 4000, 3000 };
  RwKept *kept = rw_kept_new (&wide, CELL);
  RwRect visible = { 1000, 1000, 300, 200 };

  rw_kept_look (kept, &visible, 0);
  fill (kept, &visible, 1);
  visible.x += 40;
  g_assert_false (rw_kept_look (kept, &visible, 0));
  visible.x += 160;
  g_assert_true (rw_kept_look (kept, &visible, 0));
  assert_change (kept, 1250, 1100, 1); /* before anything is read again */
  assert_change (kept, 1299, 1199, 1);
  g_assert_cmpint (fill (kept, &visible, 1), >, 0);
  for (int x = 0; x < visible.width; x++)
    assert_change (kept, visible.x + x, visible.y, 1);
  rw_kept_free (kept);
}

/* A kept pixel of level 2 is the mean of 16; zooming out shows what was
 * restored at once. */
static void
test_level (void)
{
  RwKept *kept = rw_kept_new (&bounds, CELL);
  float got[4];

  rw_kept_look (kept, &bounds, 0);
  fill (kept, &bounds, 1);
  g_assert_true (rw_kept_look (kept, &bounds, 2));
  get (kept, RW_KEPT_AFTER, 10, 20, got);
  g_assert_cmpfloat_with_epsilon (got[0], 0.042f + 0.1f, 0.004);
  g_assert_cmpint (fill (kept, &bounds, 1), ==, 9);
  get (kept, RW_KEPT_AFTER, 10, 20, got);
  g_assert_cmpfloat_with_epsilon (got[0], 0.0415f + 0.1f, 1e-5);
  g_assert_cmpfloat_with_epsilon (got[1], 0.0815f - 0.05f, 1e-5);
  /* the last row and column are of fewer pixels */
  const RwRect window = rw_kept_get_window (kept);
  g_assert_cmpint (window.width, ==, 175);
  g_assert_cmpint (window.height, ==, 150);
  get (kept, RW_KEPT_BEFORE, 174, 149, got);
  g_assert_cmpfloat_with_epsilon (got[0], 0.6975f, 1e-5);
  rw_kept_free (kept);
}

/* Results that come back to another level than they were begun at are taken
 * as what they are. */
static void
test_late_level (void)
{
  RwKept *kept = rw_kept_new (&bounds, CELL);
  const RwRect part = { 0, 0, CELL, CELL };
  g_autofree float *rgba = make_part (&part, 1);
  float got[4];

  rw_kept_look (kept, &bounds, 1);
  rw_kept_put_after (kept, &part, rgba, TRUE); /* not read: left alone */
  g_assert_cmpint (fill (kept, &bounds, 0), ==, 0);
  rw_kept_put_after (kept, &part, rgba, TRUE);
  get (kept, RW_KEPT_AFTER, 3, 3, got);
  g_assert_cmpfloat_with_epsilon (got[0], 0.0065f + 0.1f, 1e-5);
  g_assert_cmpint (fill (kept, &bounds, 1), ==, 8);
  rw_kept_free (kept);
}

/* As rw_restore mixes them. */
static void
test_mix (void)
{
  RwKept *kept = rw_kept_new (&bounds, CELL);
  const RwRect one = { 30, 40, 1, 1 };
  const float luma = 0.299f * 0.1f - 0.587f * 0.05f + 0.114f * 0.02f;
  float got[4];

  rw_kept_look (kept, &bounds, 0);
  fill (kept, &bounds, 1);
  rw_kept_compose (kept, RW_KEPT_AFTER, 0, 0, &one, got);
  g_assert_cmpfloat (got[0], ==, 0.03f);
  rw_kept_compose (kept, RW_KEPT_AFTER, 0.5, 0.25, &one, got);
  g_assert_cmpfloat_with_epsilon (got[0], 0.03f + 0.5f * (0.1f - luma / 4),
                                  1e-5);
  rw_kept_compose (kept, RW_KEPT_CHANGE, 0.5, 0, &one, got);
  g_assert_cmpfloat_with_epsilon (got[1], 0.5f - RW_KEPT_GAIN * 0.025f, 1e-4);
  rw_kept_free (kept);
}

static void
test_selection (void)
{
  RwKept *kept = rw_kept_new (&bounds, CELL);
  const RwRect part = { 0, 0, CELL, CELL };
  const RwRect row = { 0, 9, 3, 1 };
  g_autofree float *before = make_part (&part, 0);
  g_autofree float *after = make_part (&part, 1);
  g_autofree float *selected = g_new0 (float, CELL *CELL);
  float got[12], shares[3];

  selected[9 * CELL + 1] = 0.5f;
  selected[9 * CELL + 2] = 1;
  rw_kept_look (kept, &part, 0);
  rw_kept_put_before (kept, &part, before, selected);
  rw_kept_put_after (kept, &part, after, TRUE);
  rw_kept_compose (kept, RW_KEPT_AFTER, 1, 0, &row, got);
  g_assert_cmpfloat_with_epsilon (got[0], 0, 1e-6);
  g_assert_cmpfloat_with_epsilon (got[4], 0.001f + 0.05f, 1e-6);
  g_assert_cmpfloat_with_epsilon (got[8], 0.002f + 0.1f, 1e-6);
  rw_kept_get_selected (kept, &row, shares);
  g_assert_cmpfloat (shares[0] + shares[1] + shares[2], ==, 1.5f);
  rw_kept_free (kept);
}

/* What nobody sees has no part in the mean. */
static void
test_alpha (void)
{
  RwKept *kept = rw_kept_new (&bounds, CELL);
  const RwRect part = { 0, 0, CELL, CELL };
  g_autofree float *before = make_part (&part, 0);
  float got[4];

  for (int i = 0; i < CELL * CELL; i++)
    if (i % 2 == 0) {
      before[i * 4] = 900;
      before[i * 4 + 3] = 0;
    }
  rw_kept_look (kept, &part, 1);
  rw_kept_put_before (kept, &part, before, NULL);
  get (kept, RW_KEPT_BEFORE, 4, 4, got);
  g_assert_cmpfloat_with_epsilon (got[0], 0.009f, 1e-5);
  g_assert_cmpfloat (got[3], ==, 0.5f);
  rw_kept_free (kept);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kept/whole", test_whole);
  g_test_add_func ("/kept/order", test_order);
  g_test_add_func ("/kept/old-stays", test_old_stays);
  g_test_add_func ("/kept/window", test_window);
  g_test_add_func ("/kept/level", test_level);
  g_test_add_func ("/kept/late-level", test_late_level);
  g_test_add_func ("/kept/mix", test_mix);
  g_test_add_func ("/kept/selection", test_selection);
  g_test_add_func ("/kept/alpha", test_alpha);
  return g_test_run ();
}
