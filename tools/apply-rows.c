/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A PNG or JPEG into a PNG or JPEG, row by row:
 *
 *   reader -> window of rows -> blocks -> rw_restore -> strips -> writer
 *
 * If the level is to be measured, or alpha may not fit into the new file, all
 * rows pass once before, and are kept if the picture is small.
 */
#include "apply-mend.h"
#include "apply-sample.h"
#include "apply-strips.h"
#include "apply-window.h"

/* Shares of the time, roughly: of the first pass over a file (0.4 of 4 s for
 * 24 megapixels of PNG), of ending the new file. */
#define PASS_SHARE 0.1
#define END_SHARE 0.01

/* A picture up to this size is not decoded twice: 24 megapixels of 8 bits. */
#define KEEP_BYTES ((gsize) 96 << 20)

typedef struct {
  RwCliMending *mending;
  const RwPicture *kind; /* size and kind of the picture */
  RwRect bounds;
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

/* The i-th row of blocks. */
static RwRect
get_block_row (const Passage *passage, int i)
{
  const int block = rw_restore_get_block (), top = i * block;

  return (RwRect){ 0, top, passage->kind->width,
                   MIN (block, passage->kind->height - top) };
}

static int
count_block_rows (const Passage *passage)
{
  return (passage->kind->height - 1) / rw_restore_get_block () + 1;
}

/* The most rows that a row of blocks needs at once. */
static int
count_needed_rows (const Passage *passage)
{
  int most = rw_cli_slice_rows (passage->kind);

  if (passage->mending->settings.strength > 0)
    for (int i = 0; i < count_block_rows (passage); i++) {
      const RwRect roi = get_block_row (passage, i);
      const RwRect needed = rw_restore_get_required (passage->mending->model,
                                                     &passage->bounds, &roi);
      most = MAX (most, needed.height);
    }
  return MIN (most, passage->kind->height);
}

/* How many rows there shall be room for. */
static int
choose_capacity (const Passage *passage)
{
  const gsize all =
      rw_picture_get_stride (passage->kind) * (gsize) passage->kind->height;

  if (passage->has_pass &&
      all + rw_row_reader_get_bytes (passage->window.reader) <= KEEP_BYTES)
    return passage->kind->height;
  return count_needed_rows (passage);
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
  if (mending->settings.level == RW_LEVEL_AUTO &&
      !rw_cli_sample_estimate (sample, mending->model,
                               &mending->settings.level, error))
    return FALSE;
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
  const RwJob job = { .bounds = passage->bounds,
                      .roi = passage->bounds,
                      .read = read_pixels,
                      .write = write_pixels,
                      .progress = progress,
                      .data = passage };
  const RwCliMending *mending = passage->mending;

  return mending->settings.strength == 0
             ? copy_rows (passage, error)
             : rw_restore (mending->model, &mending->settings, &job, error);
}

/* ---- all of it --------------------------------------------------------- */

static void
begin (Passage *passage)
{
  RwCliMending *mending = passage->mending;
  const RwPicture *kind = passage->kind;

  mending->n_pixels = (double) kind->width * kind->height;
  mending->settings.grey = kind->channels <= 2;
  passage->bounds = (RwRect){ 0, 0, kind->width, kind->height };
  passage->has_pass = mending->settings.level == RW_LEVEL_AUTO ||
                      rw_row_writer_needs_check (passage->writer);
  passage->window.pulse = passage->strips.pulse = pulse;
  passage->window.data = passage->strips.data = passage;
  passage->strips.writer = passage->writer;
  passage->strips.kind = kind;
  passage->strips.height = rw_restore_get_block ();
}

static gboolean
run (Passage *passage, const RwPicture *picture, GError **error)
{
  RwCliMending *mending = passage->mending;
  const RwRowOptions options = { .quality = mending->quality };

  passage->writer = rw_row_writer_new (mending->out, picture, &options, error);
  if (passage->writer == NULL)
    return FALSE;
  begin (passage);
  if (!rw_cli_window_allocate (&passage->window, choose_capacity (passage),
                               error) ||
      !look (passage, error) || !restore (passage, error)) {
    rw_row_writer_discard (passage->writer);
    return FALSE;
  }
  return rw_row_writer_commit (passage->writer, error);
}

gboolean
rw_cli_mend_rows (RwCliMending *mending, GError **error)
{
  Passage passage = { .mending = mending };
  gboolean done = rw_cli_window_open (&passage.window, mending->in, error);

  if (done) {
    const RwPicture *picture =
        rw_row_reader_get_picture (passage.window.reader);
    const RwPicture kind = { .width = picture->width,
                             .height = picture->height,
                             .channels = picture->channels,
                             .depth = picture->depth };
    passage.kind = &kind;
    done = run (&passage, picture, error);
    rw_cli_strips_clear (&passage.strips);
  }
  rw_cli_window_clear (&passage.window);
  return done;
}
