/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture of the core's formats into another, row by row:
 *
 *   reader -> window of rows -> blocks -> rw_restore -> strips -> writer
 *
 * If the level is to be measured, or alpha may not fit into the new file, all
 * rows pass once before, and are kept if the picture is small.
 */
#include "apply/apply-memory.h"
#include "apply/apply-mend.h"
#include "apply/apply-sample.h"
#include "apply/apply-strips.h"
#include "apply/apply-window.h"

/* Shares of the time, roughly: of the first pass over a file (0.4 of 4 s for
 * 24 megapixels of PNG), of ending the new file. */
#define PASS_SHARE 0.1
#define END_SHARE 0.01

/* A picture up to this size is not decoded twice: 24 megapixels of 8 bits. */
#define KEEP_BYTES ((gsize) 96 << 20)

/* Rows of blocks in a strip, read and written, may take this much: the more
 * of them, the less is made twice. */
#define STRIP_BYTES ((gsize) 64 << 20)

/* The same where marks are searched: some 200 rows around a strip are looked
 * at by three nets. */
#define SEARCHED_STRIP_BYTES ((gsize) 512 << 20)
#define STRIP_BLOCKS_MAX 8

typedef struct {
  RwCliMending *mending;
  const RwPicture *like; /* of the reader, while its rows pass first */
  const RwPicture *kind; /* size and kind of the picture */
  RwJob job;
  RwRowWriter *writer;
  RwCliWindow window;
  RwCliStrips strips;
  gboolean has_pass; /* all rows pass once before */
  double fraction;   /* last reported */
} Passage;

/* ---- progress ---------------------------------------------------------- */

static gboolean
pulse (gpointer data, GError **error)
{
  const Passage *passage = data;

  return rw_cli_mend_report (passage->mending, passage->fraction, error);
}

/* @fraction of restoring */
static gboolean
progress (gpointer data, double fraction)
{
  Passage *passage = data;
  const double before = passage->has_pass ? PASS_SHARE : 0;

  passage->fraction = before + (1 - END_SHARE - before) * fraction;
  return rw_cli_mend_report (passage->mending, passage->fraction, NULL);
}

/* ---- memory ------------------------------------------------------------ */

/* The i-th strip. */
static RwRect
get_strip (const Passage *passage, int i)
{
  const int strip = passage->job.strip, top = i * strip;

  return (RwRect){ 0, top, passage->kind->width,
                   MIN (strip, passage->kind->height - top) };
}

static int
count_strips (const Passage *passage)
{
  return (passage->kind->height - 1) / passage->job.strip + 1;
}

/* The most rows that a strip needs at once. */
static int
count_needed_rows (const Passage *passage)
{
  int most = rw_cli_slice_rows (passage->kind);

  if (passage->mending->settings.strength > 0)
    for (int i = 0; i < count_strips (passage); i++) {
      const RwRect roi = get_strip (passage, i);
      const RwRect needed = rw_restore_get_required (
          passage->mending->model, &passage->mending->settings,
          &passage->job.bounds, &roi);
      most = MAX (most, needed.height);
    }
  return MIN (most, passage->kind->height);
}

/* All that is allocated here and below except for the engine, with room for
 * @capacity rows that were read. */
static gsize
count_bytes (const Passage *passage, int capacity)
{
  const int n_strip_rows = passage->mending->settings.strength == 0
                               ? 0
                               : get_strip (passage, 0).height;

  return rw_picture_get_stride (passage->kind) *
             (gsize) (capacity + n_strip_rows) +
         rw_row_reader_get_bytes (passage->window.reader) +
         rw_row_writer_get_bytes (passage->writer) +
         (passage->mending->difference
              ? rw_cli_difference_get_bytes (passage->mending->difference)
              : 0) +
         (passage->has_pass ? rw_cli_sample_count_bytes (passage->kind) : 0);
}

/* Whether a small picture's rows are kept from the first pass. */
static gboolean
keeps_rows (const Passage *passage)
{
  const gsize n_bytes =
      rw_picture_get_stride (passage->kind) * (gsize) passage->kind->height;

  return passage->has_pass &&
         n_bytes + rw_row_reader_get_bytes (passage->window.reader) <=
             KEEP_BYTES;
}

static gboolean
open_writer (Passage *passage, gsize memory, GError **error)
{
  const RwRowOptions options = {
    .quality = passage->mending->quality,
    .memory = memory,
    .before = passage->mending->settings.strength > 0 ? passage->like : NULL
  };

  rw_row_writer_discard (passage->writer);
  passage->writer = rw_row_writer_new (passage->mending->out, passage->like,
                                       &options, error);
  passage->strips.writer = passage->writer;
  return passage->writer != NULL;
}

static void
set_strip (Passage *passage, int n_blocks)
{
  passage->job.strip = passage->strips.height =
      n_blocks * rw_restore_get_block ();
}

/* The highest strips that suit @bytes. */
static void
choose_strip (Passage *passage, gsize bytes)
{
  int n = STRIP_BLOCKS_MAX;

  for (set_strip (passage, n);
       n > 1 && count_bytes (passage, count_needed_rows (passage)) > bytes;
       n /= 2)
    set_strip (passage, n / 2);
}

/* What only makes things faster or smaller is done without before the engine
 * has to do with less than it would like. */
static gboolean
allocate (Passage *passage, GError **error)
{
  const gsize cap = passage->mending->memory;
  gsize least, ideal;

  choose_strip (passage, passage->mending->settings.marks > 0
                             ? SEARCHED_STRIP_BYTES
                             : STRIP_BYTES);
  if (!rw_cli_memory_ask (passage->mending, &passage->job, &least, &ideal,
                          error))
    return FALSE;
  int capacity = keeps_rows (passage) ? passage->kind->height
                                      : count_needed_rows (passage);

  if (cap && count_bytes (passage, capacity) + ideal > cap) {
    choose_strip (passage, cap > ideal ? cap - ideal : 0);
    capacity = count_needed_rows (passage);
  }
  if (cap && count_bytes (passage, capacity) + ideal > cap &&
      !open_writer (passage, 1, error))
    return FALSE;
  return rw_cli_memory_share (passage->mending, &passage->job,
                              count_bytes (passage, capacity), error) &&
         rw_cli_window_allocate (&passage->window, capacity, error);
}

/* ---- the first pass ---------------------------------------------------- */

static gboolean
pass_rows (Passage *passage, RwCliSample *sample, GError **error)
{
  const int height = passage->kind->height;
  const int slice = rw_cli_slice_rows (passage->kind);

  for (int y = 0; y < height; y += slice) {
    const int n = MIN (slice, height - y);
    const guint8 *rows = rw_cli_window_get (&passage->window, y, n, error);
    if (rows == NULL || !rw_row_writer_check (passage->writer, rows, n, error))
      return FALSE;
    rw_cli_sample_add (sample, rows, y, n);
    passage->fraction = PASS_SHARE * (y + n) / height;
  }
  return TRUE;
}

static gboolean
look (Passage *passage, GError **error)
{
  RwCliMending *mending = passage->mending;

  if (!passage->has_pass)
    return TRUE;
  g_autoptr (RwCliSample) sample = rw_cli_sample_new (passage->kind, error);
  if (sample == NULL || !pass_rows (passage, sample, error))
    return FALSE;
  if (rw_cli_mend_measures (mending)) {
    double measured;
    if (!rw_cli_sample_measure (sample, mending->model, &measured, error))
      return FALSE;
    rw_cli_mend_set_measured (mending, measured);
  }
  return rw_cli_window_rewind (&passage->window, mending->in, error);
}

/* ---- restoring --------------------------------------------------------- */

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  return rw_cli_window_read (&((Passage *) data)->window, rect, rgba, error);
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  return rw_cli_strips_write (&((Passage *) data)->strips, rect, rgba, stride,
                              error);
}

/* Strength 0: a way through floats would be slow for nothing. */
static gboolean
copy_rows (Passage *passage, GError **error)
{
  const int height = passage->kind->height;
  const int slice = rw_cli_slice_rows (passage->kind);

  for (int y = 0; y < height; y += slice) {
    const int n = MIN (slice, height - y);
    const guint8 *rows = rw_cli_window_get (&passage->window, y, n, error);
    if (rows == NULL || !rw_cli_strips_put (&passage->strips, rows, n, error))
      return FALSE;
    progress (passage, (double) (y + n) / height);
  }
  return TRUE;
}

static gboolean
restore (Passage *passage, GError **error)
{
  const RwCliMending *mending = passage->mending;

  return mending->settings.strength == 0
             ? copy_rows (passage, error)
             : rw_restore (mending->model, &mending->settings, &passage->job,
                           error);
}

/* ---- all of it --------------------------------------------------------- */

static void
begin (Passage *passage)
{
  RwCliMending *mending = passage->mending;
  const RwPicture *kind = passage->kind;

  mending->n_pixels = (double) kind->width * kind->height;
  mending->settings.grey = kind->channels <= 2;
  const RwRect bounds = { 0, 0, kind->width, kind->height };

  passage->job = (RwJob){ .bounds = bounds,
                          .roi = bounds,
                          .read = read_pixels,
                          .write = write_pixels,
                          .progress = progress,
                          .data = passage,
                          .found = &mending->found };
  passage->has_pass = rw_cli_mend_measures (mending) ||
                      rw_row_writer_needs_check (passage->writer);
  passage->window.pulse = passage->strips.pulse = pulse;
  passage->window.data = passage->strips.data = passage;
  passage->strips.kind = kind;
  passage->strips.difference = mending->difference;
  passage->strips.window = &passage->window;
}

static gboolean
run (Passage *passage, GError **error)
{
  RwCliDifference *difference = passage->mending->difference;

  if (!open_writer (passage, RW_ROW_WRITER_MEMORY, error))
    return FALSE;
  begin (passage);
  if (difference && !rw_cli_difference_begin (difference, passage->kind->width,
                                              passage->kind->height, error)) {
    rw_row_writer_discard (passage->writer);
    return FALSE;
  }
  if (allocate (passage, error) && look (passage, error) &&
      restore (passage, error)) {
    GPtrArray *notes = passage->mending->notes;
    rw_row_add_notes (notes, rw_row_reader_get_notes (passage->window.reader));
    rw_row_add_notes (notes, rw_row_writer_get_notes (passage->writer));
    return rw_row_writer_commit (passage->writer, error);
  }
  rw_row_writer_discard (passage->writer);
  return FALSE;
}

gboolean
rw_cli_mend_rows (RwCliMending *mending, GError **error)
{
  Passage passage = { .mending = mending };
  gboolean done = rw_cli_window_open (&passage.window, mending->in, error);

  if (done) {
    passage.like = rw_row_reader_get_picture (passage.window.reader);
    const RwPicture kind = { .width = passage.like->width,
                             .height = passage.like->height,
                             .channels = passage.like->channels,
                             .depth = passage.like->depth,
                             .premultiplied = passage.like->premultiplied,
                             .curves = rw_curves_ref (passage.like->curves) };
    passage.kind = &kind;
    done = run (&passage, error);
    rw_cli_strips_clear (&passage.strips);
    rw_curves_unref (kind.curves);
  }
  rw_cli_window_clear (&passage.window);
  return done;
}
