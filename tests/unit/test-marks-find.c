/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * restore/marks-find.c: the mask is what the net gives, cut and widened, in
 * pieces as of the whole; transparent pixels and odd colours are no marks.
 */
#include "restore-fixture.h"

#include <math.h>

/* Sums make it sure of itself. */
#define NET                                                                   \
  "input rgb\n"                                                               \
  "conv 8 | relu | conv 8 | relu | conv 3 -> a\n"                             \
  "add a -> b\nadd b -> c\nadd c -> d\nadd d -> e\nadd e\nsigmoid\n"

static void
set_up_finder (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  scratch_set_up (&f->scratch, NULL);
  f->path = scratch_path (&f->scratch, "net.safetensors");
  random_weights_write (f->path, "scratch", NET, 14);
  f->model = rw_model_load ("scratch", f->path, &error);
  g_assert_no_error (error);
  canvas_init (&f->canvas, BOUNDS, 1);
  rw_cache_set_budget (0);
}

static gsize
count (const RwRect *rect)
{
  return (gsize) rect->width * (gsize) rect->height;
}

/* (transfer full) */
static guint8 *
find (Fixture *f, RwRect roi, gboolean grey, double *share)
{
  GError *error = NULL;
  const RwSettings settings = { .marks = 0.5, .grey = grey };
  const RwJob job = canvas_job (&f->canvas, roi);
  guint8 *mask = g_malloc (count (&roi));

  canvas_reset (&f->canvas);
  memset (mask, 0x77, count (&roi));
  g_assert_true (
      rw_marks_find (f->model, &settings, &job, mask, share, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (f->canvas.fraction, ==, 1);
  g_assert_cmpint (f->canvas.n_writes, ==, 0);
  return mask;
}

static gboolean
is_above (const Canvas *canvas, int x, int y, float floor)
{
  const RwRect *b = &canvas->bounds;
  const float *out = canvas_out (canvas, x, y);

  return x >= b->x && y >= b->y && x < b->x + b->width &&
         y < b->y + b->height && out[3] > 0 &&
         (out[0] + out[1] + out[2]) / 3 > floor;
}

/* Whether the restored picture says so of the pixel. */
static gboolean
is_likely (const Canvas *canvas, int x, int y)
{
  if (!is_above (canvas, x, y, 0.3f))
    return FALSE;
  for (int v = y - 6; v <= y + 6; v++)
    for (int u = x - 6; u <= x + 6; u++)
      if (is_above (canvas, u, v, 0.95f))
        return TRUE;
  return FALSE;
}

static gboolean
is_near_likely (const Canvas *canvas, int x, int y)
{
  for (int v = -2; v <= 2; v++)
    for (int u = -2; u <= 2; u++)
      if (u * u + v * v <= 4 && is_likely (canvas, x + u, y + v))
        return TRUE;
  return FALSE;
}

/* The textbook: restore all, cut, look around each pixel. */
static void
assert_mask (Fixture *f, const guint8 *mask, double share)
{
  const RwRect *b = &f->canvas.bounds;
  int n = 0, n_wide = 0;

  canvas_restore_all (&f->canvas, f->model, LEVEL_OPEN, 1);
  for (int y = b->y; y < b->y + b->height; y++)
    for (int x = b->x; x < b->x + b->width; x++, mask++) {
      const gboolean near = is_near_likely (&f->canvas, x, y);
      g_assert_cmpint (*mask, ==, near ? 255 : 0);
      n += is_likely (&f->canvas, x, y);
      n_wide += near;
    }
  g_assert_cmpfloat (fabs (share - n / (double) count (b)), <, 1e-12);
  g_assert_cmpint (n, >, (int) count (b) / 50);
  g_assert_cmpint (n_wide, <, (int) count (b) * 49 / 50);
}

static void
test_twin (Fixture *f, gconstpointer data)
{
  double share;
  g_autofree guint8 *mask = find (f, f->canvas.bounds, FALSE, &share);

  assert_mask (f, mask, share);
}

/* Any piece is that of the whole, and reads what it says. */
static void
test_pieces (Fixture *f, gconstpointer data)
{
  const RwRect *b = &f->canvas.bounds;
  double share;
  g_autofree guint8 *whole = find (f, *b, FALSE, &share);

  for (guint64 i = 0; i < 40; i++) {
    RwRect roi = { .width = 1 + (int) rw_random_below (3, 4 * i, 60),
                   .height = 1 + (int) rw_random_below (3, 4 * i + 1, 50) };
    roi.x = b->x + (int) rw_random_below (3, 4 * i + 2,
                                          (guint32) (b->width - roi.width));
    roi.y = b->y + (int) rw_random_below (3, 4 * i + 3,
                                          (guint32) (b->height - roi.height));
    rw_parallel_set_threads (1 + (int) (i % 3));
    g_autofree guint8 *part = find (f, roi, FALSE, &share);
    const RwRect needed = rw_marks_get_required (f->model, b, &roi);
    const RwRect *read = &f->canvas.read;
    g_assert_true (read->x >= needed.x && read->y >= needed.y);
    g_assert_cmpint (read->x + read->width, <=, needed.x + needed.width);
    g_assert_cmpint (read->y + read->height, <=, needed.y + needed.height);
    for (int y = 0; y < roi.height; y++)
      g_assert_cmpmem (part + y * roi.width, roi.width,
                       whole + (roi.y - b->y + y) * b->width + roi.x - b->x,
                       roi.width);
  }
}

/* What has no colour is no mark, and one beyond the range is like its end. */
static void
test_odd_pixels (Fixture *f, gconstpointer data)
{
  Canvas *canvas = &f->canvas;
  double share;

  for (int y = -10; y < 10; y++)
    for (int x = -20; x < 20; x++)
      canvas_in (canvas, x, y)[0] = 1;
  g_autofree guint8 *expected = find (f, canvas->bounds, FALSE, &share);
  for (int y = -10; y < 10; y++)
    for (int x = -20; x < 20; x++)
      canvas_in (canvas, x, y)[0] = 100;
  g_autofree guint8 *mask = find (f, canvas->bounds, FALSE, &share);
  g_assert_cmpmem (mask, count (&canvas->bounds), expected,
                   count (&canvas->bounds));
  for (gsize i = 0; i < count (&canvas->bounds); i++) {
    canvas->in[4 * i] = canvas->in[4 * i + 1] = 3;
    canvas->in[4 * i + 3] = 0;
  }
  g_autofree guint8 *none = find (f, canvas->bounds, TRUE, &share);
  g_assert_cmpfloat (share, ==, 0);
  for (gsize i = 0; i < count (&canvas->bounds); i++)
    g_assert_cmpint (none[i], ==, 0);
}

static void
test_failures (Fixture *f, gconstpointer data)
{
  const RwSettings settings = { 0 };
  RwJob job = canvas_job (&f->canvas, f->canvas.bounds);
  g_autofree guint8 *mask = g_malloc (count (&f->canvas.bounds));
  const RwErrorCode codes[] = { RW_ERROR_IO, RW_ERROR_CANCELLED,
                                RW_ERROR_MISMATCH };
  double share;

  for (int i = 0; i < 3; i++) {
    g_autoptr (GError) error = NULL;
    canvas_reset (&f->canvas);
    f->canvas.fail_read = i == 0;
    f->canvas.cancel = i == 1;
    g_autofree char *path = scratch_path (&f->scratch, "other.safetensors");
    random_weights_write (path, "white-noise", RANDOM_NET_PLAIN, 1);
    g_autoptr (RwModel) other = rw_model_load (NULL, path, &error);
    g_assert_no_error (error);
    g_assert_false (rw_marks_find (i == 2 ? other : f->model, &settings, &job,
                                   mask, &share, &error));
    g_assert_error (error, RW_ERROR, (int) codes[i]);
  }
}

/* The weights have the task's name, and are told of when they are not there. */
static void
test_load (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scratch_path (&f->scratch, "scratch-m.safetensors");
  g_autofree char *folder = g_path_get_dirname (path);

  random_weights_write (path, "denoise", RANDOM_NET_PLAIN, 1);
  g_setenv ("REWEAVE_WEIGHTS", folder, TRUE);
  g_autoptr (RwModel) wrong = rw_marks_load (&error);
  g_assert_null (wrong);
  g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "give a mask"));
  random_weights_write (path, "scratch", NET, 1);
  g_autoptr (RwModel) model = rw_marks_load (NULL);
  g_assert_nonnull (model);
  g_assert_cmpstr (rw_model_get_task (model)->name, ==, "scratch");
}

#define TEST(name, function)                                                  \
  g_test_add ("/marks-find/" name, Fixture, NULL, set_up_finder, function,    \
              tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("twin", test_twin);
  TEST ("pieces", test_pieces);
  TEST ("odd-pixels", test_odd_pixels);
  TEST ("failures", test_failures);
  TEST ("load", test_load);
  return g_test_run ();
}
