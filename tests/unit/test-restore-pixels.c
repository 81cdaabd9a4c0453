/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rw_restore: what becomes of single pixels, strength, alpha, holes, range,
 * grey; the measured level.
 */
#include <math.h>

#include "restore-fixture.h"

/* ---- what is kept ------------------------------------------------------ */

static void
test_strength (Fixture *f, gconstpointer data)
{
  const RwRect roi = { -30, -20, 60, 50 };
  GError *error = NULL;
  g_autofree float *whole = restore_copy (f, LEVEL);
  const guint64 before = count_computed ();
  canvas_in (&f->canvas, 0, 0)[1] = -0.0f;

  canvas_restore_all (&f->canvas, f->model, LEVEL, 0);
  assert_same (&f->canvas, f->canvas.in);
  canvas_reset (&f->canvas);
  canvas_restore (&f->canvas, f->model, (RwSettings){ .strength = 0 }, roi,
                  &error);
  g_assert_no_error (error);
  g_assert_cmpmem (&f->canvas.read, sizeof roi, &roi, sizeof roi);
  g_assert_cmpuint (count_computed (), ==, before);

  canvas_in (&f->canvas, 0, 0)[1] = whole[0];
  g_free (g_steal_pointer (&whole));
  whole = restore_copy (f, LEVEL);
  canvas_restore_all (&f->canvas, f->model, LEVEL, 0.5);
  for (gsize i = 0; i < canvas_size (&f->canvas) / sizeof *whole; i++)
    g_assert_cmpfloat_with_epsilon (f->canvas.out[i],
                                    (f->canvas.in[i] + whole[i]) / 2, 2e-6);
}

/* A disc of transparency with other colours under it, and bad values. */
static void
damage (Canvas *canvas, float hidden)
{
  static const float odd[] = { 0.5f, 1e-30f, 0.25f, 2, 1 };

  for (int y = -30; y < 30; y++)
    for (int x = -30; x < 30; x++)
      if (x * x + y * y < 400) {
        float *rgba = canvas_in (canvas, x, y);
        rgba[0] = rgba[1] = rgba[2] = hidden;
        rgba[3] = 0;
      }
  for (int i = 0; i < 5; i++)
    canvas_in (canvas, 40 + i, 10)[3] = odd[i];
  canvas_in (canvas, 35, -10)[0] = NAN;
  canvas_in (canvas, 36, -10)[1] = INFINITY;
  canvas_in (canvas, 37, -10)[2] = -INFINITY;
}

static gboolean
is_damaged (const Canvas *canvas, int x, int y)
{
  return canvas_in (canvas, x, y)[3] == 0 || (y == -10 && x >= 35 && x <= 37);
}

static void
test_holes (Fixture *f, gconstpointer data)
{
  const RwRect *b = &f->canvas.bounds;

  damage (&f->canvas, 0);
  g_autofree float *whole = restore_copy (f, LEVEL);
  damage (&f->canvas, NAN);
  canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
  for (int y = b->y; y < b->y + b->height; y++)
    for (int x = b->x; x < b->x + b->width; x++) {
      const float *in = canvas_in (&f->canvas, x, y),
                  *out = canvas_out (&f->canvas, x, y);
      g_assert_true (same_bits (in + 3, out + 3, 1));
      if (is_damaged (&f->canvas, x, y))
        g_assert_true (same_bits (in, out, 4));
      else {
        g_assert_true (same_bits (out, whole + (out - f->canvas.out), 4));
        g_assert_true (isfinite (out[0]) && isfinite (out[1]) &&
                       isfinite (out[2]));
        g_assert_false (same_bits (in, out, 3));
      }
    }
}

static void
test_transparent (Fixture *f, gconstpointer data)
{
  const guint64 before = count_computed ();

  for (gsize i = 0; i < canvas_size (&f->canvas) / 16; i++)
    f->canvas.in[4 * i + 3] = 0;
  canvas_restore_all (&f->canvas, f->model, RW_LEVEL_AUTO, 1);
  assert_same (&f->canvas, f->canvas.in);
  g_assert_cmpuint (count_computed (), ==, before);
}

/* The net sees 1.5 and -0.5; the rest comes on top. */
static void
test_out_of_range (Fixture *f, gconstpointer data)
{
  float *bright = canvas_in (&f->canvas, 3, 4),
        *dark = canvas_in (&f->canvas, -60, 5);

  bright[0] = 1.5f;
  dark[2] = -0.5f;
  g_autofree float *whole = restore_copy (f, LEVEL);
  bright[0] = 3;
  dark[2] = -1.25f;
  canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
  for (gsize i = 0; i < canvas_size (&f->canvas) / sizeof *whole; i++) {
    const float extra = f->canvas.in + i == bright     ? 1.5f
                        : f->canvas.in + i == dark + 2 ? -0.75f
                                                       : 0;
    g_assert_true (fabsf (f->canvas.out[i] - (whole[i] + extra)) <=
                   (extra == 0 ? 0 : 1e-6f));
  }
}

static void
test_grey (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  for (gsize i = 0; i < canvas_size (&f->canvas) / 16; i++)
    f->canvas.in[4 * i + 1] = f->canvas.in[4 * i + 2] = f->canvas.in[4 * i];
  rw_cache_set_budget (64 << 20); /* where grey and colour must not meet */
  g_autofree float *colour = restore_copy (f, LEVEL);
  canvas_reset (&f->canvas);
  canvas_restore (&f->canvas, f->model,
                  (RwSettings){ .level = LEVEL, .strength = 1, .grey = TRUE },
                  f->canvas.bounds, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < canvas_size (&f->canvas) / sizeof *colour; i += 4) {
    const float *out = f->canvas.out + i, *rgb = colour + i;
    g_assert_true (same_bits (out, out + 1, 1) && same_bits (out, out + 2, 1));
    g_assert_cmpfloat_with_epsilon (out[0], (rgb[0] + rgb[1] + rgb[2]) / 3,
                                    2e-6 * (1 + fabsf (out[0])));
  }
}

/* ---- level ------------------------------------------------------------- */

static void
test_level (Fixture *f, gconstpointer data)
{
  GError *error = NULL;
  double level = 0, again = 0;
  Canvas moved = f->canvas;
  moved.bounds.x += 77;

  const RwJob job = canvas_job (&f->canvas, (RwRect){ 0 }),
              other = canvas_job (&moved, (RwRect){ 0, 0, 1, 1 });
  g_assert_true (rw_job_estimate_level (f->model, &job, &level, &error));
  g_assert_true (rw_job_estimate_level (f->model, &other, &again, &error));
  g_assert_cmpfloat (level, ==, again);
  /* uniform noise of width 0.2 has a deviation of 0.2 / sqrt 12 */
  g_assert_cmpfloat_with_epsilon (level, 255 * 0.2 / sqrt (12), 1.5);

  g_autofree float *explicit = restore_copy (f, level);
  canvas_restore_all (&f->canvas, f->model, RW_LEVEL_AUTO, 1);
  assert_same (&f->canvas, explicit);
}

/* Half is hidden, and no large patch is without a hole: the smaller ones that
 * are serve. */
static void
test_level_with_holes (Fixture *f, gconstpointer data)
{
  GError *error = NULL;
  double whole = 0, holed = 0;
  const RwJob job = canvas_job (&f->canvas, (RwRect){ 0 });

  rw_job_estimate_level (f->model, &job, &whole, &error);
  for (int y = -53; y < 69; y++)
    for (int x = -70; x < 81; x++)
      if (x < 0 || (x % 30 == 0 && y % 30 == 0))
        canvas_in (&f->canvas, x, y)[3] = 0;
  rw_job_estimate_level (f->model, &job, &holed, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (holed, whole, 0.2 * whole);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  RESTORE_TEST ("strength", test_strength);
  RESTORE_TEST ("holes", test_holes);
  RESTORE_TEST ("transparent", test_transparent);
  RESTORE_TEST ("out-of-range", test_out_of_range);
  RESTORE_TEST ("grey", test_grey);
  RESTORE_TEST ("level", test_level);
  RESTORE_TEST ("level-with-holes", test_level_with_holes);
  return g_test_run ();
}
