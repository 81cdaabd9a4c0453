/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rw_restore of a picture that is searched: what is found is filled, then
 * restored, as three calls do it; in pieces and strips as of the whole; with a
 * strength; without marks, and without the nets that it takes.
 */
#include "base/alloc.h"
#include "restore-fixture.h"

#include <math.h>

/* Sums make it sure of itself. */
#define NET_FINDER                                                            \
  "input rgb\n"                                                               \
  "conv 8 | relu | conv 8 | relu | conv 3 -> a\n"                             \
  "add a -> b\nadd b -> c\nadd c -> d\nadd d -> e\nadd e\nsigmoid\n"
#define NET_FILLER                                                            \
  "input rgb mask\nunshuffle 2\nconv 8 | relu\ndown 8\nconv 8 | relu\n"       \
  "up 8\nconv 12 | shuffle 2\n"
#define NET_LAST                                                              \
  "input rgb value known\nunshuffle 2\nconv 8 | relu\ndown 8\n"               \
  "conv 8 | relu\nup 8\nconv 12 | shuffle 2\nresidual\n"

/* Parts of four blocks. */
#define LARGE ((RwRect){ -300, -250, 1150, 1000 })

static void
write_net (Fixture *f, const char *name, const char *task, const char *net)
{
  g_autofree char *path = scratch_path (&f->scratch, name);

  random_weights_write (path, task, net, 14);
}

static void
set_up_nets (Fixture *f, gconstpointer task)
{
  GError *error = NULL;

  scratch_set_up (&f->scratch, NULL);
  write_net (f, "scratch-m.safetensors", "scratch", NET_FINDER);
  write_net (f, "inpaint-m.safetensors", "inpaint", NET_FILLER);
  write_net (f, "restore-m.safetensors", "restore", NET_LAST);
  f->path = scratch_path (&f->scratch, "scratch-m.safetensors");
  g_autofree char *folder = g_path_get_dirname (f->path);
  g_setenv ("REWEAVE_WEIGHTS", folder, TRUE);
  f->model = rw_model_load (task, NULL, &error);
  g_assert_no_error (error);
  canvas_init (&f->canvas, LARGE, 1);
  rw_cache_set_budget (0);
}

static gsize
count (const RwRect *rect)
{
  return (gsize) rect->width * (gsize) rect->height;
}

static void
restore (Fixture *f, RwRect roi, int strip, RwSettings settings, double *found)
{
  RwJob job = canvas_job (&f->canvas, roi);
  GError *error = NULL;

  canvas_reset (&f->canvas);
  job.strip = strip;
  job.found = found;
  g_assert_true (rw_restore (f->model, &settings, &job, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (f->canvas.fraction, ==, 1);
}

/* (transfer full) */
static float *
restore_whole (Fixture *f, RwSettings settings, double *found)
{
  restore (f, f->canvas.bounds, 0, settings, found);
  return g_memdup2 (f->canvas.out, canvas_size (&f->canvas));
}

/* ---- the twin ----------------------------------------------------------- */

/* All nets one by one, of all of the picture. */
typedef struct {
  Canvas *canvas;
  guint8 *mask;
} Twin;

static gboolean
twin_read (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  return canvas_read (((Twin *) data)->canvas, rect, rgba, error);
}

static gboolean
twin_read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  const Twin *twin = data;
  const RwRect *b = &twin->canvas->bounds;

  for (int y = 0; y < rect->height; y++)
    for (int x = 0; x < rect->width; x++)
      *mask++ =
          twin->mask[(rect->y + y - b->y) * b->width + rect->x + x - b->x] > 0;
  return TRUE;
}

static gboolean
twin_write (gpointer data,
            const RwRect *rect,
            const float *rgba,
            gsize stride,
            GError **error)
{
  return canvas_write (((Twin *) data)->canvas, rect, rgba, stride, error);
}

static double
run_twin (Fixture *f, double marks)
{
  const RwRect b = f->canvas.bounds;
  g_autofree guint8 *mask = g_malloc (count (&b));
  g_autofree float *before =
      g_memdup2 (f->canvas.in, canvas_size (&f->canvas));
  g_autoptr (RwModel) finder = rw_model_load ("scratch", NULL, NULL);
  g_autoptr (RwModel) filler = rw_model_load ("inpaint", NULL, NULL);
  Twin twin = { &f->canvas, mask };
  const RwSettings settings = { .strength = 1, .marks = marks };
  RwJob job = canvas_job (&f->canvas, b);
  double share, level;

  canvas_reset (&f->canvas);
  g_assert_true (rw_marks_find (finder, &settings, &job, mask, &share, NULL));
  g_assert_true (rw_job_measure (f->model, &job, &level, NULL));
  job.read = twin_read;
  job.read_mask = twin_read_mask;
  job.write = twin_write;
  job.progress = NULL;
  job.data = &twin;
  canvas_reset (&f->canvas);
  g_assert_true (rw_restore (filler, &settings, &job, NULL));
  memcpy (f->canvas.in, f->canvas.out, canvas_size (&f->canvas));
  restore (f, b, 0,
           (RwSettings){ .strength = 1,
                         .values = &(RwValue){ "damage", level },
                         .n_values = 1 },
           NULL);
  memcpy (f->canvas.in, before, canvas_size (&f->canvas));
  return share;
}

static void
assert_near (const float *a, const float *b, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (fabs ((double) a[i] - (double) b[i]), <, 2e-5);
}

static void
test_twin (Fixture *f, gconstpointer data)
{
  const gsize n = 4 * count (&f->canvas.bounds);

  for (int i = 0; i < 2; i++) {
    const double marks = i == 0 ? 0.5 : 0.2;
    double found;
    g_autofree float *out = restore_whole (
        f, (RwSettings){ .strength = 1, .marks = marks }, &found);
    const double share = run_twin (f, marks);
    g_assert_cmpfloat (fabs (found - share), <, 1e-12);
    g_assert_cmpfloat (share, >, 0.02);
    g_assert_cmpfloat (share, <, 0.95);
    assert_near (out, f->canvas.out, n);
  }
}

/* ---- the same whatever the way ------------------------------------------ */

static void
test_pieces (Fixture *f, gconstpointer data)
{
  const RwRect *b = &f->canvas.bounds;
  const RwValue level = { "damage", 5 }; /* else all is read to measure it */
  const RwSettings settings = {
    .strength = 0.7, .marks = 0.5, .values = &level, .n_values = 1
  };
  g_autofree float *whole = restore_whole (f, settings, NULL);

  for (guint64 i = 0; i < 5; i++) {
    RwRect roi = { .width = 1 + (int) rw_random_below (3, 4 * i, 500),
                   .height = 1 + (int) rw_random_below (3, 4 * i + 1, 500) };
    roi.x = b->x + (int) rw_random_below (3, 4 * i + 2,
                                          (guint32) (b->width - roi.width));
    roi.y = b->y + (int) rw_random_below (3, 4 * i + 3,
                                          (guint32) (b->height - roi.height));
    rw_parallel_set_threads (1 + (int) (i % 3));
    rw_cache_set_budget (i % 2 == 0 ? 0 : 64 << 20);
    restore (f, roi, 0, settings, NULL);
    const RwRect needed =
        rw_restore_get_required (f->model, &settings, b, &roi);
    const RwRect *read = &f->canvas.read;
    g_assert_true (read->x >= needed.x && read->y >= needed.y);
    g_assert_cmpint (read->x + read->width, <=, needed.x + needed.width);
    g_assert_cmpint (read->y + read->height, <=, needed.y + needed.height);
    for (int y = roi.y; y < roi.y + roi.height; y++)
      g_assert_true (
          same_bits (canvas_out (&f->canvas, roi.x, y),
                     whole + 4 * ((gsize) (y - b->y) * (gsize) b->width +
                                  (gsize) (roi.x - b->x)),
                     4 * roi.width));
  }
}

static void
restore_chunks (Fixture *f,
                const RwRect *all,
                int edge,
                RwNotes *notes,
                const RwSettings *settings)
{
  RwJob job = canvas_job (&f->canvas, *all);

  job.notes = notes;
  job.progress = NULL;
  for (int y = 0; y < all->height; y += edge)
    for (int x = 0; x < all->width; x += edge) {
      job.roi = (RwRect){ all->x + x, all->y + y, MIN (edge, all->width - x),
                          MIN (edge, all->height - y) };
      g_assert_true (rw_restore (f->model, settings, &job, NULL));
    }
}

/* A host's chunks, with notes, twice: whatever is left in the cache.  Then the
 * picture changes. */
static void
test_chunks (Fixture *f, gconstpointer task)
{
  static const gsize budgets[] = { 0, 3 << 20, 256 << 20 };
  const RwRect b = f->canvas.bounds;
  /* without a row, or it would be called nothing but marks */
  const RwRect most = { b.x, b.y, b.width, b.height - 1 };
  const RwValue level = { "damage", 5 };
  const RwSettings settings = { .strength = 0.7,
                                .marks = 0.5,
                                .values = &level,
                                .n_values = strcmp (task, "restore") == 0 };
  RwNotes *notes = rw_notes_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (budgets); i++) {
    const int edge = 600 - 100 * (int) i;
    rw_cache_set_budget (0);
    restore (f, most, 0, settings, NULL);
    g_autofree float *whole =
        g_memdup2 (f->canvas.out, canvas_size (&f->canvas));
    rw_cache_set_budget (budgets[i]);
    for (int again = 0; again < (budgets[i] > 0 ? 2 : 1); again++) {
      const guint64 before = count_computed ();
      canvas_reset (&f->canvas);
      restore_chunks (f, &most, edge, notes, &settings);
      assert_same (&f->canvas, whole);
      if (again == 1 && i == 2)
        g_assert_cmpuint (count_computed (), ==, before);
    }
    canvas_in (&f->canvas, 100 + (int) i, 100)[1] = 1;
    rw_notes_forget (notes);
  }
  rw_notes_free (notes);
}

/* The predicted memory is never passed, and strips change no bit. */
static void
test_strips (Fixture *f, gconstpointer data)
{
  const RwRect b = f->canvas.bounds;
  RwSettings settings = { .strength = 1, .marks = 0.5 };
  double found, in_strips;
  g_autofree float *whole = restore_whole (f, settings, &found);
  RwJob job = { .bounds = b, .roi = b, .strip = rw_restore_get_block () };
  gsize least, bytes;

  for (int i = 0; i < 3; i++) {
    g_assert_true (rw_restore_get_bytes (f->model, &settings, &job, &least,
                                         &bytes, NULL));
    g_assert_cmpuint (least, <=, bytes);
    const gsize before = rw_alloc_get_bytes ();
    rw_alloc_reset_peak ();
    restore (f, b, job.strip, settings, &in_strips);
    assert_same (&f->canvas, whole);
    g_assert_cmpfloat (fabs (in_strips - found), <, 1e-12);
    /* what is kept of marks is not counted: no more than 12 bytes a pixel */
    if (settings.memory > 0)
      g_assert_cmpuint (rw_alloc_get_peak () - before, <=,
                        bytes + 12 * count (&b) + (1 << 20));
    settings.memory = i == 0 ? bytes : least;
  }
  settings.memory = least / 2;
  g_autoptr (GError) error = NULL;
  job = canvas_job (&f->canvas, b);
  canvas_reset (&f->canvas);
  g_assert_false (rw_restore (f->model, &settings, &job, &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_LIMIT);
}

static void
test_affected (Fixture *f, gconstpointer data)
{
  const RwSettings settings = { .strength = 1, .marks = 0.5 };
  const RwRect spot = { 760, 300, 8, 8 };
  const RwRect changed = rw_restore_get_affected (f->model, &settings, &spot);
  const RwRect *b = &f->canvas.bounds;
  g_autofree float *before = restore_whole (f, settings, NULL);
  int n = 0;

  g_assert_cmpint (changed.width, ==, 2 * rw_restore_get_block ());
  for (int y = spot.y; y < spot.y + spot.height; y++)
    for (int x = spot.x; x < spot.x + spot.width; x++)
      canvas_in (&f->canvas, x, y)[1] = 1 - canvas_in (&f->canvas, x, y)[0];
  restore (f, *b, 0, settings, NULL);
  for (int y = b->y; y < b->y + b->height; y++)
    for (int x = b->x; x < b->x + b->width; x++)
      if (!same_bits (canvas_out (&f->canvas, x, y),
                      before + 4 * ((gsize) (y - b->y) * (gsize) b->width +
                                    (gsize) (x - b->x)),
                      4)) {
        n++;
        g_assert_true (x >= changed.x && x < changed.x + changed.width &&
                       y >= changed.y && y < changed.y + changed.height);
      }
  g_assert_cmpint (n, >=, spot.width * spot.height);
}

/* ---- settings ----------------------------------------------------------- */

/* A strength is of all that changes. */
static void
test_strength (Fixture *f, gconstpointer data)
{
  const gsize n = 4 * count (&f->canvas.bounds);
  g_autofree float *all =
      restore_whole (f, (RwSettings){ .strength = 1, .marks = 0.5 }, NULL);
  g_autofree float *some =
      restore_whole (f, (RwSettings){ .strength = 0.3, .marks = 0.5 }, NULL);

  for (gsize i = 0; i < n; i++)
    all[i] = f->canvas.in[i] + 0.3f * (all[i] - f->canvas.in[i]);
  assert_near (some, all, n);
  restore (f, f->canvas.bounds, 0, (RwSettings){ .marks = 0.5 }, NULL);
  g_assert_cmpmem (f->canvas.out, canvas_size (&f->canvas), f->canvas.in,
                   canvas_size (&f->canvas));
}

/* Where nothing is searched, or found, it is one net's result to the bit. */
static void
test_without_marks (Fixture *f, gconstpointer data)
{
  double found = -1;

  g_autofree float *expected =
      restore_whole (f, (RwSettings){ .strength = 1 }, &found);
  g_assert_cmpfloat (found, ==, -1);
  write_net (f, "scratch-m.safetensors", "scratch",
             "input rgb\nconv 3 init=zero\nsigmoid\n");
  restore (f, f->canvas.bounds, 0, (RwSettings){ .strength = 1, .marks = 0.5 },
           &found);
  g_assert_cmpfloat (found, ==, 0);
  assert_same (&f->canvas, expected);
}

/* ---- inpaint ------------------------------------------------------------ */

static void
test_inpaint (Fixture *f, gconstpointer data)
{
  const RwSettings settings = { .strength = 1, .marks = 0.5 };
  const RwRect b = f->canvas.bounds;
  g_autofree guint8 *mask = g_malloc (count (&b));
  g_autoptr (RwModel) finder = rw_model_load ("scratch", NULL, NULL);
  g_autoptr (GError) error = NULL;
  Twin twin = { &f->canvas, mask };
  RwJob job = canvas_job (&f->canvas, b);
  const RwRect part = { b.x, b.y, b.width, b.height - 1 };
  double share, found;

  g_assert_true (rw_marks_find (finder, &settings, &job, mask, &share, NULL));
  if (share > RW_MARKS_SHARE_MAX) {
    g_assert_false (rw_restore (f->model, &settings, &job, &error));
    g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
    g_assert_nonnull (strstr (error->message, "give a mask"));
  }
  restore (f, part, 0, settings, &found);
  g_autofree float *searched =
      g_memdup2 (f->canvas.out, canvas_size (&f->canvas));
  job = canvas_job (&f->canvas, part);
  job.read = twin_read;
  job.read_mask = twin_read_mask;
  job.write = twin_write;
  job.progress = NULL;
  job.data = &twin;
  canvas_reset (&f->canvas);
  g_assert_true (rw_restore (f->model, &settings, &job, NULL));
  assert_same (&f->canvas, searched);
}

/* ---- failures ----------------------------------------------------------- */

static void
test_failures (Fixture *f, gconstpointer data)
{
  const RwJob job = canvas_job (&f->canvas, f->canvas.bounds);
  const RwSettings settings = { .strength = 1, .marks = 0.5 };
  static const RwErrorCode codes[] = { RW_ERROR_IO, RW_ERROR_CANCELLED,
                                       RW_ERROR_MISMATCH, RW_ERROR_MISMATCH };

  for (int i = 0; i < 4; i++) {
    g_autoptr (GError) error = NULL;
    canvas_reset (&f->canvas);
    f->canvas.fail_read = i == 0;
    f->canvas.cancel = i == 1;
    if (i == 2)
      write_net (f, "inpaint-m.safetensors", "restore", NET_LAST);
    if (i == 3)
      write_net (f, "scratch-m.safetensors", "restore", NET_LAST);
    g_assert_false (rw_restore (f->model, &settings, &job, &error));
    g_assert_error (error, RW_ERROR, (int) codes[i]);
    if (i == 2)
      g_assert_nonnull (strstr (error->message, "search for none"));
  }
  for (int i = 0; i < 3; i++) {
    static const double wrong[] = { -0.1, 1.1, NAN };
    g_autoptr (GError) error = NULL;
    g_assert_false (rw_restore (
        f->model, &(RwSettings){ .strength = 1, .marks = wrong[i] }, &job,
        &error));
    g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
  }
}

#define TEST(name, task, function)                                            \
  g_test_add ("/marks-restore/" name, Fixture, task, set_up_nets, function,   \
              tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("twin", "restore", test_twin);
  TEST ("pieces", "restore", test_pieces);
  TEST ("chunks", "restore", test_chunks);
  TEST ("chunks-of-inpaint", "inpaint", test_chunks);
  TEST ("strips", "restore", test_strips);
  TEST ("affected", "restore", test_affected);
  TEST ("strength", "restore", test_strength);
  TEST ("without-marks", "restore", test_without_marks);
  TEST ("inpaint", "inpaint", test_inpaint);
  TEST ("failures", "restore", test_failures);
  return g_test_run ();
}
