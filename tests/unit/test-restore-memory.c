/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rw_restore under a cap on memory: what is predicted is what is allocated,
 * to the byte, and the result is the same; too small a cap; a cancel in the
 * middle of a block.
 */
#include "base/alloc.h"
#include "restore-fixture.h"

/* One block and parts of others, larger than the halo. */
#define LARGE ((RwRect){ -100, -40, 900, 300 })

typedef struct {
  gsize least, bytes;
} Predicted;

static Predicted
predict (Fixture *f, gsize cap)
{
  const RwSettings settings =
      LEVEL_SETTINGS (LEVEL, .strength = 1, .memory = cap);
  const RwJob job = { .bounds = f->canvas.bounds, .roi = f->canvas.bounds };
  GError *error = NULL;
  Predicted p;

  g_assert_true (rw_restore_get_bytes (f->model, &settings, &job, &p.least,
                                       &p.bytes, &error));
  g_assert_no_error (error);
  return p;
}

/* Restores under @cap; returns the most that was allocated meanwhile. */
static gsize
restore_under (Fixture *f, gsize cap, GError **error)
{
  const gsize before = rw_alloc_get_bytes ();

  canvas_reset (&f->canvas);
  rw_alloc_reset_peak ();
  canvas_restore (&f->canvas, f->model,
                  LEVEL_SETTINGS (LEVEL, .strength = 1, .memory = cap),
                  f->canvas.bounds, error);
  return rw_alloc_get_peak () - before;
}

static void
test_predicted (Fixture *f, gconstpointer data)
{
  canvas_clear (&f->canvas);
  canvas_init (&f->canvas, LARGE, 1);
  for (int threads = 1; threads <= 3; threads++) {
    rw_parallel_set_threads (threads);
    const Predicted free = predict (f, 0);
    const gsize caps[] = { free.bytes, free.bytes - 1,
                           (free.bytes + free.least) / 2, free.least };
    g_autofree float *whole = restore_copy (f, LEVEL);

    g_assert_cmpuint (free.least, <, free.bytes);
    for (guint i = 0; i < G_N_ELEMENTS (caps); i++) {
      GError *error = NULL;
      const Predicted p = predict (f, caps[i]);
      const gsize most = restore_under (f, caps[i], &error);

      g_assert_no_error (error);
      g_assert_cmpuint (p.bytes, <=, caps[i]);
      g_assert_cmpuint (most, ==, p.bytes);
      g_assert_cmpmem (f->canvas.out, canvas_size (&f->canvas), whole,
                       canvas_size (&f->canvas));
    }
  }
}

/* Holes are filled in memory that is counted already. */
static void
test_holes (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  for (int x = -60; x < 60; x++)
    canvas_in (&f->canvas, x, x / 2)[3] = 0;
  const Predicted p = predict (f, (gsize) 1 << 30);
  g_assert_cmpuint (restore_under (f, (gsize) 1 << 30, &error), ==, p.bytes);
  g_assert_no_error (error);
}

static void
test_too_small (Fixture *f, gconstpointer data)
{
  GError *error = NULL;
  const Predicted p = predict (f, 1);

  g_assert_cmpuint (p.bytes, ==, p.least);
  g_assert_cmpuint (restore_under (f, p.least - 1, &error), ==, 0);
  g_assert_error (error, RW_ERROR, RW_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "at least"));
  g_clear_error (&error);
  g_assert_cmpint (f->canvas.n_reads + f->canvas.n_writes, ==, 0);
}

/* ---- a cancel ---------------------------------------------------------- */

/* Says stop when the first block has begun. */
static gboolean
cancel_inside (gpointer data, double fraction)
{
  Canvas *canvas = data;

  g_assert_cmpfloat (fraction, >=, canvas->fraction);
  canvas->fraction = fraction;
  g_usleep (25000); /* so that the next band is asked for */
  return fraction == 0;
}

static void
test_cancel_inside (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  canvas_clear (&f->canvas);
  canvas_init (&f->canvas, (RwRect){ 0, 0, 700, 700 }, 1);
  RwJob job = canvas_job (&f->canvas, f->canvas.bounds);
  job.progress = cancel_inside;
  const RwSettings settings = LEVEL_SETTINGS (LEVEL, .strength = 1);

  g_assert_false (rw_restore (f->model, &settings, &job, &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpint (f->canvas.n_reads, ==, 1);
  g_assert_cmpint (f->canvas.n_writes, ==, 0);
  g_assert_cmpfloat (f->canvas.fraction, <, 0.5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  RESTORE_TEST ("predicted", test_predicted);
  RESTORE_TEST ("holes", test_holes);
  RESTORE_TEST ("too-small", test_too_small);
  RESTORE_TEST ("cancel-inside", test_cancel_inside);
  return g_test_run ();
}
