/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture asked for in chunks, with notes: each block is read and hashed
 * once, and the bits are those without notes, whatever changes in between.
 */
#include "restore-fixture.h"

#include <math.h>

#include "restore/notes.h"

#define CHUNK 32

#define NET_TWICE "input rgb\nconv 8 | relu | conv 12 | shuffle 2\n"

static const RwSettings full = { .strength = 1 };

static RwJob
noted_job (Fixture *f, RwRect roi, RwNotes *notes)
{
  RwJob job = canvas_job (&f->canvas, roi);

  job.notes = notes;
  return job;
}

static void
restore_job (Fixture *f, const RwSettings *settings, const RwJob *job)
{
  GError *error = NULL;

  f->canvas.fraction = -1;
  rw_restore (f->model, settings, job, &error);
  g_assert_no_error (error);
}

/* Returns how many pixels were read. */
static gsize
restore_chunks (Fixture *f, const RwSettings *settings, RwNotes *notes)
{
  const RwRect *b = &f->canvas.bounds;
  gsize n_read = 0;

  canvas_reset (&f->canvas);
  for (int y = b->y; y < b->y + b->height; y += CHUNK)
    for (int x = b->x; x < b->x + b->width; x += CHUNK) {
      const RwRect part = { x, y, MIN (CHUNK, b->x + b->width - x),
                            MIN (CHUNK, b->y + b->height - y) };
      const RwJob job = noted_job (f, part, notes);
      f->canvas.n_reads = 0;
      restore_job (f, settings, &job);
      n_read += (gsize) f->canvas.read.width * (gsize) f->canvas.read.height;
    }
  return n_read;
}

static gsize
count_pixels (const Fixture *f)
{
  return (gsize) f->canvas.bounds.width * (gsize) f->canvas.bounds.height;
}

/* Open, the value is measured once, too; the sliders of strength and grain
 * read each pixel once and run no net. */
static void
test_chunks (Fixture *f, gconstpointer data)
{
  const RwSettings some = { .strength = 0.5, .grain = 0.25 };
  g_autoptr (RwNotes) notes = rw_notes_new ();
  const gsize size = canvas_size (&f->canvas);

  for (int pass = 0; pass < 3; pass++) {
    const RwSettings *settings = pass == 2 ? &some : &full;
    GError *error = NULL;
    rw_cache_set_budget (0);
    canvas_reset (&f->canvas);
    canvas_restore (&f->canvas, f->model, *settings, f->canvas.bounds, &error);
    g_assert_no_error (error);
    g_autofree float *whole = g_memdup2 (f->canvas.out, size);
    rw_cache_set_budget (64 << 20);
    restore_chunks (f, settings, notes); /* what the budget 0 has dropped */
    const guint64 before = count_computed ();
    const gsize n_read = restore_chunks (f, settings, notes);
    g_assert_cmpmem (f->canvas.out, size, whole, size);
    g_assert_cmpuint (n_read, ==, count_pixels (f));
    g_assert_cmpuint (count_computed (), ==, before);
  }
}

/* Without the notes of the first pass, whole blocks would be read. */
static void
test_without (Fixture *f, gconstpointer data)
{
  rw_cache_set_budget (64 << 20);
  restore_chunks (f, &full, NULL);
  g_assert_cmpuint (restore_chunks (f, &full, NULL), >, 5 * count_pixels (f));
}

/* A picture that has changed is another once it was said so. */
static void
test_forget (Fixture *f, gconstpointer data)
{
  g_autoptr (RwNotes) notes = rw_notes_new ();
  const gsize size = canvas_size (&f->canvas);

  rw_cache_set_budget (64 << 20);
  restore_chunks (f, &full, notes);
  canvas_in (&f->canvas, 3, 3)[1] += 0.5f;
  rw_notes_forget (notes);
  restore_chunks (f, &full, notes);
  g_autofree float *noted = g_memdup2 (f->canvas.out, size);
  restore_chunks (f, &full, NULL);
  g_assert_cmpmem (noted, size, f->canvas.out, size);
}

/* Blocks that were dropped are computed again; the notes know no more. */
static void
test_dropped (Fixture *f, gconstpointer data)
{
  g_autoptr (RwNotes) notes = rw_notes_new ();

  rw_cache_set_budget (64 << 20);
  restore_chunks (f, &full, notes);
  g_autofree float *first =
      g_memdup2 (f->canvas.out, canvas_size (&f->canvas));
  rw_cache_set_budget (0);
  for (gsize budget = 0; budget < 2; budget++) {
    rw_cache_set_budget (budget << 20);
    restore_chunks (f, &full, notes);
    assert_same (&f->canvas, first);
  }
}

/* Another level, other bounds and another model are other questions. */
static void
test_questions (Fixture *f, gconstpointer data)
{
  g_autoptr (RwNotes) notes = rw_notes_new ();
  const RwRect half = { BOUNDS.x, BOUNDS.y, 97, BOUNDS.height };

  rw_cache_set_budget (64 << 20);
  for (int pass = 0; pass < 2; pass++)
    for (int level = 10; level < 40; level += 10) {
      const RwValue value = { "level", level };
      const RwSettings settings = {
        .strength = 1, .values = &value, .n_values = 1, .grey = level == 30
      };
      for (int cut = 0; cut < 2; cut++) {
        RwJob job = noted_job (f, cut ? half : BOUNDS, notes);
        job.bounds = job.roi;
        canvas_reset (&f->canvas);
        restore_job (f, &settings, &job);
        g_autofree float *noted =
            g_memdup2 (f->canvas.out, canvas_size (&f->canvas));
        job.notes = NULL;
        canvas_reset (&f->canvas);
        restore_job (f, &settings, &job);
        assert_same (&f->canvas, noted);
      }
    }
}

/* ---- while a job runs ---------------------------------------------------- */

typedef struct {
  Canvas *canvas; /* the picture */
  RwNotes *notes;
} Changing;

/* Changes the picture, and says so, once these pixels have been read. */
static gboolean
read_and_change (gpointer data,
                 const RwRect *rect,
                 float *rgba,
                 GError **error)
{
  const Changing *c = data;

  canvas_read (c->canvas, rect, rgba, error);
  canvas_in (c->canvas, 3, 3)[1] += 0.25f;
  rw_notes_forget (c->notes);
  return TRUE;
}

static gboolean
write_away (gpointer data,
            const RwRect *rect,
            const float *rgba,
            gsize stride,
            GError **error)
{
  return TRUE;
}

/* What was read before the change is not noted of the picture after it. */
static void
test_forget_meanwhile (Fixture *f, gconstpointer data)
{
  g_autoptr (RwNotes) notes = rw_notes_new ();
  Changing changing = { &f->canvas, notes };
  const RwJob job = { .bounds = BOUNDS,
                      .roi = BOUNDS,
                      .read = read_and_change,
                      .write = write_away,
                      .data = &changing,
                      .notes = notes };

  rw_cache_set_budget (64 << 20);
  restore_job (f, &full, &job);
  restore_chunks (f, &full, notes);
  g_autofree float *noted =
      g_memdup2 (f->canvas.out, canvas_size (&f->canvas));
  restore_chunks (f, &full, NULL);
  assert_same (&f->canvas, noted);
}

static void
hammer (int item, int worker, void *data)
{
  RwNotes *notes = data;

  for (guint64 i = 0; i < 500; i++) {
    const RwCacheKey question = { .low = i % 50 };
    RwCacheKey answer = { .low = i % 50 + 1 };
    const guint64 age = rw_notes_get_age (notes);
    rw_notes_add (notes, age, &question, &answer);
    if (rw_notes_find (notes, &question, &answer))
      g_assert_cmpuint (answer.low, ==, i % 50 + 1);
    if (i % 20 == (guint64) item % 20)
      rw_notes_forget (notes);
  }
}

static void
test_threads (void)
{
  g_autoptr (RwNotes) notes = rw_notes_new ();

  rw_parallel_set_threads (4);
  rw_parallel_for (32, hammer, notes);
  rw_parallel_set_threads (0);
}

/* ---- results of another size, masks --------------------------------------- */

typedef struct {
  Canvas *canvas;
  RwRect hole; /* of the mask */
  float *out;  /* of the result, which begins at the origin of @result */
  RwRect result;
  gsize n_read; /* pixels */
} Large;

static gboolean
read_large (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  Large *large = data;

  large->n_read += (gsize) rect->width * (gsize) rect->height;
  return canvas_read (large->canvas, rect, rgba, error);
}

static gboolean
read_hole (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  const RwRect *hole = &((const Large *) data)->hole;

  for (int y = rect->y; y < rect->y + rect->height; y++)
    for (int x = rect->x; x < rect->x + rect->width; x++)
      *mask++ = x >= hole->x && y >= hole->y && x < hole->x + hole->width &&
                y < hole->y + hole->height;
  return TRUE;
}

static gboolean
write_large (gpointer data,
             const RwRect *rect,
             const float *rgba,
             gsize stride,
             GError **error)
{
  const Large *large = data;
  const RwRect *r = &large->result;

  for (int y = 0; y < rect->height; y++)
    memcpy (large->out + 4 * ((gsize) (rect->y + y - r->y) * (gsize) r->width +
                              (gsize) (rect->x - r->x)),
            rgba + stride * (gsize) y, 16 * (gsize) rect->width);
  return TRUE;
}

/* All of the result in pieces of odd sizes. */
static void
restore_large (Fixture *f, Large *large, double strength, RwNotes *notes)
{
  const RwRect *r = &large->result;
  const RwSettings settings = { .strength = strength };

  large->n_read = 0;
  for (int y = r->y; y < r->y + r->height; y += 37)
    for (int x = r->x; x < r->x + r->width; x += 29) {
      const RwJob job = { .bounds = f->canvas.bounds,
                          .roi = { x, y, MIN (29, r->x + r->width - x),
                                   MIN (37, r->y + r->height - y) },
                          .read = read_large,
                          .read_mask =
                              large->hole.width > 0 ? read_hole : NULL,
                          .write = write_large,
                          .data = large,
                          .notes = notes };
      restore_job (f, &settings, &job);
    }
}

static void
check_large (Fixture *f, const char *task, const char *net, RwRect hole)
{
  GError *error = NULL;
  g_autoptr (RwNotes) notes = rw_notes_new ();
  g_autofree char *path = scratch_path (&f->scratch, "other.safetensors");

  random_weights_write (path, task, net, 3);
  g_clear_pointer (&f->model, rw_model_unref);
  f->model = rw_model_load (task, path, &error);
  g_assert_no_error (error);
  const int scale = rw_model_get_task (f->model)->scale;
  const RwRect result = { scale * BOUNDS.x, scale * BOUNDS.y,
                          scale * BOUNDS.width, scale * BOUNDS.height };
  const gsize n = 4 * (gsize) result.width * (gsize) result.height;
  g_autofree float *plain = g_new0 (float, n), *noted = g_new0 (float, n);
  Large large = { &f->canvas, hole, plain, result, 0 };

  canvas_in (&f->canvas, -3, 40)[3] = 0;
  canvas_in (&f->canvas, -1, -1)[2] = NAN;
  for (double strength = 1; strength >= 0; strength -= 0.5) {
    large.out = plain;
    rw_cache_set_budget (0);
    restore_large (f, &large, strength, NULL);
    const gsize all = large.n_read;
    rw_cache_set_budget (64 << 20);
    large.out = noted;
    for (int pass = 0; pass < 3; pass++)
      restore_large (f, &large, strength, notes);
    g_assert_cmpmem (noted, n * sizeof *noted, plain, n * sizeof *plain);
    if (strength > 0)
      g_assert_cmpuint (large.n_read, <, all / 4);
  }
}

static void
test_twice_as_large (Fixture *f, gconstpointer data)
{
  check_large (f, "upscale", NET_TWICE, (RwRect){ 0 });
}

/* The mask is in one of the four blocks; the other three have nothing to
 * restore, which is noted, too. */
static void
test_mask (Fixture *f, gconstpointer data)
{
  check_large (f, "inpaint", "input rgb mask\nconv 6 | relu | conv 3\n",
               (RwRect){ 11, 12, 13, 14 });
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  RESTORE_TEST ("notes/chunks", test_chunks);
  RESTORE_TEST ("notes/without", test_without);
  RESTORE_TEST ("notes/forget", test_forget);
  RESTORE_TEST ("notes/forget-meanwhile", test_forget_meanwhile);
  RESTORE_TEST ("notes/dropped", test_dropped);
  RESTORE_TEST ("notes/questions", test_questions);
  g_test_add_func ("/restore/notes/threads", test_threads);
  RESTORE_TEST ("notes/twice-as-large", test_twice_as_large);
  RESTORE_TEST ("notes/mask", test_mask);
  return g_test_run ();
}
