/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rw_restore: chunks are the whole, bit for bit; against a run of the net over
 * the whole picture; failures.
 */
#include <math.h>

#include "mean-twin.h"
#include "restore-fixture.h"
#include "weights/weights.h"

/* ---- regions ----------------------------------------------------------- */

static RwRect
random_rect (const RwRect *bounds, guint64 seed)
{
  const int width = 1 + (int) rw_random_below (seed, 0, bounds->width);
  const int height = 1 + (int) rw_random_below (seed, 1, bounds->height);

  return (RwRect){
    bounds->x + (int) rw_random_below (seed, 2, bounds->width - width + 1),
    bounds->y + (int) rw_random_below (seed, 3, bounds->height - height + 1),
    width, height
  };
}

/* What is inside has the whole's bits, what is outside was not touched. */
static void
assert_part (const Canvas *canvas, const float *whole, const RwRect *part)
{
  static const guint8 untouched[16] = { 0xEE, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE,
                                        0xEE, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE,
                                        0xEE, 0xEE, 0xEE, 0xEE };
  const RwRect *b = &canvas->bounds;

  for (int y = b->y; y < b->y + b->height; y++)
    for (int x = b->x; x < b->x + b->width; x++) {
      const float *out = canvas_out (canvas, x, y);
      const gboolean inside = x >= part->x && x < part->x + part->width &&
                              y >= part->y && y < part->y + part->height;
      if (memcmp (out,
                  inside ? (const void *) (whole + (out - canvas->out))
                         : untouched,
                  16) != 0)
        g_error ("pixel %d,%d differs, part %d,%d %dx%d", x, y, part->x,
                 part->y, part->width, part->height);
    }
}

static void
test_parts (Fixture *f, gconstpointer data)
{
  GError *error = NULL;
  g_autofree float *whole = restore_copy (f, LEVEL);

  for (guint64 seed = 0; seed < 12; seed++) {
    const RwRect part = random_rect (&f->canvas.bounds, seed);
    const RwRect required =
        rw_restore_get_required (f->model, NULL, &f->canvas.bounds, &part);
    rw_cache_set_budget (seed & 1 ? 64 << 20 : 0);
    canvas_reset (&f->canvas);
    canvas_restore (&f->canvas, f->model,
                    LEVEL_SETTINGS (LEVEL, .strength = 1), part, &error);
    g_assert_no_error (error);
    assert_part (&f->canvas, whole, &part);
    g_assert_cmpmem (&f->canvas.read, sizeof required, &required,
                     sizeof required);
  }
}

/* ---- columns of blocks ------------------------------------------------- */

/* As the nets of columns need it: some are not told any. */
static double
get_level (const Fixture *f)
{
  return rw_model_uses (f->model, "level") ? LEVEL : LEVEL_OPEN;
}

static gsize
restore_in_strips (Fixture *f, int strip)
{
  const guint64 before = count_computed ();
  GError *error = NULL;
  RwJob job;

  canvas_reset (&f->canvas);
  job = canvas_job (&f->canvas, f->canvas.bounds);
  job.strip = strip;
  rw_restore (f->model, &LEVEL_SETTINGS (get_level (f), .strength = 1), &job,
              &error);
  g_assert_no_error (error);
  return count_computed () - before;
}

/* A run that goes on from block to block, and one for each block: the same
 * bits, however a column is cut, whatever interrupts it. */
static void
check_strips (Fixture *f, gsize n_computed)
{
  const int block = rw_restore_get_block ();

  rw_cache_set_budget (0);
  g_assert_cmpuint (restore_in_strips (f, block), ==, n_computed);
  g_autofree float *alone =
      g_memdup2 (f->canvas.out, canvas_size (&f->canvas));
  for (int n = 2; n <= 3; n++) {
    g_assert_cmpuint (restore_in_strips (f, n * block), ==, n_computed);
    assert_same (&f->canvas, alone);
  }
  restore_in_strips (f, 0);
  assert_same (&f->canvas, alone);
  rw_cache_set_budget (256 << 20);
  canvas_reset (&f->canvas);
  canvas_restore (&f->canvas, f->model,
                  LEVEL_SETTINGS (get_level (f), .strength = 1),
                  (RwRect){ f->canvas.bounds.x, 2 * block, 1, 1 }, NULL);
  g_assert_cmpuint (restore_in_strips (f, 0), ==, n_computed - 1);
  assert_same (&f->canvas, alone);
}

static void
fill_alpha (Fixture *f, int y, int height, float alpha)
{
  const RwRect *b = &f->canvas.bounds;

  for (int i = y; i < y + height; i++)
    for (int x = b->x; x < b->x + b->width; x++)
      canvas_in (&f->canvas, x, i)[3] = alpha;
}

/* Thin blocks at both ends, too, which the one beside them does not know. */
static void
test_columns (Fixture *f, gconstpointer data)
{
  static const char *const nets[] = {
    RANDOM_NET_DEEP,
    "input rgb sigma\nunshuffle 2\nconv 16 | relu -> a\n"
    "max-pool | conv 20 | relu -> b\nmax-pool | conv 24 | relu\n"
    "upsample | concat b | conv 20 | relu | up 16 | add a\n"
    "conv 16 | leaky-relu | conv 12 | shuffle 2\nresidual\n",
    "input rgb -> in\nconv 12 | tanh | conv 3 k=1 | add in\n",
    "input rgb sigma\nunshuffle 2 | conv 16 | relu -> seen\n"
    "repeat 2 {\nadd seen | gru 16 | conv 16 | relu\n}\n"
    "conv 12 | shuffle 2\nresidual\n",
    "input rgb\nconv 16 k=5 -> a | conv 20 stride=2 | gdn\n"
    "average-pool | upsample mode=bilinear | deconv 16 | add a\n"
    "conv 3 k=7\nresidual\n",
  };
  static const RwRect bounds[] = { { -20, -53, 37, 53 + 4 * 768 + 160 },
                                   { 5, -3, 20, 3 + 3 * 768 + 5 },
                                   { 760, 100, 13, 3 * 768 } };

  for (guint i = 0; i < G_N_ELEMENTS (nets); i++)
    for (guint k = 0; k < G_N_ELEMENTS (bounds); k++) {
      const int n_columns = k == 1 ? 1 : 2, n_rows = k == 0 ? 6 : 5 - (k > 1);
      rw_model_unref (f->model);
      canvas_clear (&f->canvas);
      random_weights_write (f->path, "white-noise", nets[i], 7 + k);
      f->model = rw_model_load ("white-noise", f->path, NULL);
      g_assert_nonnull (f->model);
      canvas_init (&f->canvas, bounds[k], i);
      check_strips (f, (gsize) n_columns * n_rows);
      if (k > 0)
        continue;
      canvas_in (&f->canvas, bounds[k].x + 3, 1000)[3] = 0; /* a hole */
      check_strips (f, (gsize) n_columns * n_rows);
      fill_alpha (f, 768, 768, 0); /* a block without colour */
      check_strips (f, (gsize) n_columns * (n_rows - 1));
    }
}

static void
test_threads (Fixture *f, gconstpointer data)
{
  static const int threads[] = { 1, 2, 3, 4, 7 };

  rw_parallel_set_threads (1);
  g_autofree float *whole = restore_copy (f, LEVEL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++) {
    rw_parallel_set_threads (threads[i]);
    canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
    assert_same (&f->canvas, whole);
  }
}

static void
test_cache (Fixture *f, gconstpointer data)
{
  g_autofree float *whole = restore_copy (f, LEVEL);
  rw_cache_set_budget (64 << 20);
  const guint64 before = count_computed ();

  canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
  assert_same (&f->canvas, whole);
  g_assert_cmpuint (count_computed () - before, ==, 4);
  canvas_restore_all (&f->canvas, f->model, LEVEL, 0.25);
  canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
  assert_same (&f->canvas, whole);
  g_assert_cmpuint (count_computed () - before, ==, 4);
  canvas_restore_all (&f->canvas, f->model, LEVEL + 1, 1);
  g_assert_cmpuint (count_computed () - before, ==, 8);
  canvas_in (&f->canvas, -70, -53)[0] += 0.01f; /* in one block's sight */
  canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
  g_assert_cmpuint (count_computed () - before, ==, 9);
}

/* The grid lies in the plane: a picture moved by whole blocks is the same. */
static void
test_moved (Fixture *f, gconstpointer data)
{
  const int block = rw_restore_get_block ();
  g_autofree float *whole = restore_copy (f, LEVEL);

  f->canvas.bounds.x += 3 * block;
  f->canvas.bounds.y -= 5 * block;
  canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
  assert_same (&f->canvas, whole);
}

static void
test_small (Fixture *f, gconstpointer data)
{
  static const RwRect sizes[] = {
    { 0, 0, 1, 1 }, { -1, -1, 1, 1 }, { 511, 3, 2, 1 }, { -7, -600, 3, 200 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    Canvas canvas;
    canvas_init (&canvas, sizes[i], i);
    for (int auto_level = 0; auto_level < 2; auto_level++) {
      canvas_restore_all (&canvas, f->model, auto_level ? LEVEL_OPEN : LEVEL,
                          1);
      for (gsize j = 0; j < canvas_size (&canvas) / sizeof (float); j++)
        g_assert_true (isfinite (canvas.out[j]) &&
                       fabsf (canvas.out[j]) < 100);
      /* a pixel alone is all mean, which is kept */
      if (sizes[i].width * sizes[i].height > 1)
        g_assert_cmpfloat (canvas.out[0], !=, canvas.in[0]);
    }
    canvas_clear (&canvas);
  }
}

static void
test_empty (Fixture *f, gconstpointer data)
{
  static const RwRect rois[] = { { 0, 0, 0, 0 },
                                 { 5, 5, 0, 3 },
                                 { 500, 500, 10, 10 } };
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rois); i++) {
    canvas_reset (&f->canvas);
    canvas_restore (&f->canvas, f->model, (RwSettings){ .strength = 1 },
                    rois[i], &error);
    g_assert_no_error (error);
    g_assert_cmpint (f->canvas.n_reads + f->canvas.n_writes, ==, 0);
    g_assert_cmpfloat (f->canvas.fraction, ==, 1);
  }
}

/* ---- against the net itself -------------------------------------------- */

/* The pixel of 0..n-1 that the picture's mirror image has at @x. */
static int
mirrored (int x, int n)
{
  while (x < 0 || x >= n)
    x = x < 0 ? -x : 2 * (n - 1) - x;
  return x;
}

/* (transfer full) the net's output for all of the canvas at once, which must
 * begin at a multiple of 4; mirrored at its edges for @margin. */
static float *
run_whole (const Canvas *canvas,
           const char *path,
           int margin,
           double level,
           int *stride)
{
  GError *error = NULL;
  g_autoptr (RwWeights) weights = rw_weights_load (path, &error);
  g_autoptr (RwPack) pack = rw_pack_new (weights->net, RW_RUN_INFER, &error);
  g_autoptr (RwRun) run = rw_run_new (weights->net, RW_RUN_INFER, 1);
  const RwRect *b = &canvas->bounds;
  const RwRect input = { b->x - margin, b->y - margin,
                         (b->width + 3) / 4 * 4 + 2 * margin,
                         (b->height + 3) / 4 * 4 + 2 * margin };
  const gsize n = (gsize) input.width * input.height;
  g_autofree float *rgba = g_new (float, 4 * n);

  rw_pack_update (pack, weights->params);
  g_assert_true (rw_run_prepare (run, 1, input.height, input.width, &error));
  for (int y = 0; y < input.height; y++)
    for (int x = 0; x < input.width; x++)
      memcpy (rgba + 4 * ((gsize) y * input.width + x),
              canvas_in (canvas, b->x + mirrored (x - margin, b->width),
                         b->y + mirrored (y - margin, b->height)),
              4 * sizeof *rgba);
  for (gsize i = 0; i < n; i++)
    rgba[4 * i + 3] = (float) (level / 255);
  memcpy (rw_run_get_input (run), rgba, 4 * n * sizeof *rgba);
  rw_run_forward (run, pack);
  *stride = input.width;
  return g_memdup2 (rw_run_get_output (run), 4 * n * sizeof (float));
}

/* What the net makes of the canvas as a whole less what it is given, with the
 * means kept: [height][width][3].  (transfer full) */
static float *
find_change (Fixture *f)
{
  const int margin = rw_model_get_halo (f->model);
  const RwRect *bounds = &f->canvas.bounds;
  const gsize n = (gsize) bounds->width * (gsize) bounds->height;
  int stride;
  g_autofree float *net =
      run_whole (&f->canvas, f->path, margin, LEVEL, &stride);
  g_autofree float *colour = g_new (float, 3 * n);
  float *change = g_new (float, 3 * n);
  const MeanTwin twin = { *bounds, colour, change, MAX (16, LEVEL) / 255. };
  double moved = 0;

  for (int y = 0; y < bounds->height; y++)
    for (int x = 0; x < bounds->width; x++)
      for (int c = 0; c < 3; c++) {
        const int at = 3 * (y * bounds->width + x) + c;
        colour[at] = canvas_in (&f->canvas, x + bounds->x, y + bounds->y)[c];
        change[at] =
            net[4 * ((gsize) (y + margin) * stride + x + margin) + c] -
            colour[at];
      }
  g_autofree float *before = g_memdup2 (change, 3 * n * sizeof *change);
  mean_twin_keep (&twin);
  for (gsize i = 0; i < 3 * n; i++)
    moved += fabs (change[i] - before[i]);
  g_assert_cmpfloat (moved, >, 1e-4 * n);
  return change;
}

/* Blocks against the whole, whose corner is aligned as the net is. */
static void
compare_with_net (Fixture *f, int x0, int y0)
{
  f->canvas.bounds.x = x0;
  f->canvas.bounds.y = y0;
  g_autofree float *change = find_change (f);
  double changed = 0;

  canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
  for (int y = 0; y < f->canvas.bounds.height; y++)
    for (int x = 0; x < f->canvas.bounds.width; x++)
      for (int c = 0; c < 3; c++) {
        const float out = canvas_out (&f->canvas, x + x0, y + y0)[c];
        const float in = canvas_in (&f->canvas, x + x0, y + y0)[c];
        const float expected =
            in + change[3 * (y * f->canvas.bounds.width + x) + c];
        /* a change is kept in 16 bits */
        if (!(fabsf (out - expected) <=
              2e-5f * (1 + fabsf (expected)) + fabsf (expected - in) / 2048))
          g_error ("pixel %d,%d channel %d: %g, expected %g", x, y, c, out,
                   expected);
        changed += fabsf (out - in);
      }
  g_assert_cmpfloat (changed, >,
                     0.01 * f->canvas.bounds.width * f->canvas.bounds.height);
}

static void
test_against_net (Fixture *f, gconstpointer data)
{
  compare_with_net (f, -72, -52);
  compare_with_net (f, -4, -4);   /* the first block has few rows */
  compare_with_net (f, -8, -116); /* and here the last one */
}

/* ---- failures ---------------------------------------------------------- */

static void
test_callbacks_fail (Fixture *f, gconstpointer data)
{
  const RwSettings settings = LEVEL_SETTINGS (LEVEL, .strength = 1);
  GError *error = NULL;

  for (int i = 1; i <= 4; i++) {
    canvas_reset (&f->canvas);
    f->canvas.fail_read = i;
    g_assert_false (
        canvas_restore (&f->canvas, f->model, settings, BOUNDS, &error));
    assert_error (&error, RW_ERROR_IO, "reading failed");
    g_assert_cmpint (f->canvas.n_reads, ==, i);
    canvas_reset (&f->canvas);
    f->canvas.fail_write = i;
    g_assert_false (
        canvas_restore (&f->canvas, f->model, settings, BOUNDS, &error));
    assert_error (&error, RW_ERROR_IO, "writing failed");
    g_assert_cmpint (f->canvas.n_writes, ==, i);
  }
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  const RwSettings settings = LEVEL_SETTINGS (LEVEL, .strength = 1);
  GError *error = NULL;

  rw_parallel_set_threads (1);
  for (int i = 1; i <= 5; i++) {
    canvas_reset (&f->canvas);
    f->canvas.cancel = i;
    g_assert_false (
        canvas_restore (&f->canvas, f->model, settings, BOUNDS, &error));
    assert_error (&error, RW_ERROR_CANCELLED, "cancelled");
    g_assert_cmpint (f->canvas.n_progress, ==, i);
    g_assert_cmpint (f->canvas.n_writes, <, i); /* in a block, or after it */
  }
  canvas_reset (&f->canvas);
  g_assert_true (
      canvas_restore (&f->canvas, f->model, settings, BOUNDS, &error));
  g_assert_cmpint (f->canvas.n_progress, >=, 5);
}

static void
test_settings (Fixture *f, gconstpointer data)
{
  const RwSettings bad[] = { { .strength = -0.1 },
                             { .strength = 1.1 },
                             { .strength = NAN },
                             LEVEL_SETTINGS (-1, .strength = 1),
                             LEVEL_SETTINGS (76, .strength = 1),
                             LEVEL_SETTINGS (NAN, .strength = 1),
                             { .strength = 1, .grain = -0.1 },
                             { .strength = 1, .grain = 1.1 },
                             { .strength = 1, .grain = NAN } };
  GError *error = NULL;

  canvas_reset (&f->canvas);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_false (
        canvas_restore (&f->canvas, f->model, bad[i], BOUNDS, &error));
    assert_error (&error, RW_ERROR_MISMATCH, "expected a number from");
  }
  f->canvas.bounds = (RwRect){ G_MININT, 0, G_MAXINT, 5 };
  g_assert_false (canvas_restore (
      &f->canvas, f->model, (RwSettings){ .strength = 1 }, BOUNDS, &error));
  assert_error (&error, RW_ERROR_LIMIT, "crop");
  f->canvas.bounds = BOUNDS;
  g_assert_cmpint (f->canvas.n_reads + f->canvas.n_writes, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  RESTORE_TEST ("parts", test_parts);
  RESTORE_TEST ("columns", test_columns);
  RESTORE_TEST ("threads", test_threads);
  RESTORE_TEST ("cache", test_cache);
  RESTORE_TEST ("moved", test_moved);
  RESTORE_TEST ("small", test_small);
  RESTORE_TEST ("empty", test_empty);
  RESTORE_TEST ("against-net", test_against_net);
  RESTORE_TEST ("callbacks-fail", test_callbacks_fail);
  RESTORE_TEST ("cancel", test_cancel);
  RESTORE_TEST ("settings", test_settings);
  return g_test_run ();
}
