/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Only the pixels that are marked are kept between two nets.
 */
#include "restore/marks-strip.h"

#include "base/alloc.h"
#include "base/words.h"
#include "restore/blocks.h"
#include "restore/marks-cells.h"
#include "restore/marks-search.h"
#include "restore/model.h"
#include "restore/notes.h"
#include "restore/restore-blocks.h"
#include "restore/restore-region.h"

#include <string.h>

/* Shares of the time, roughly. */
#define FIND_SHARE 0.4
#define FILL_SHARE 0.1

/* A strip of the job, or a part of what lies around it, and what is known of its
 * marks. */
typedef struct {
  const RwJob *job;
  double strength;
  RwRect blocks;      /* where pixels are wanted without marks */
  RwKeep keep;        /* what filling makes */
  RwMarks marks;      /* of what filling that looks at */
  gboolean tries;     /* whether what is known is enough */
  gboolean beyond;    /* which it was not */
  double first, last; /* of the time: the strip's */
  double begin, end;  /* and the present net's */
} Strip;

RwSettings
rw_marks_get_settings (const RwSettings *settings)
{
  return (RwSettings){ .strength = 1,
                       .marks = settings->marks,
                       .grey = settings->grey,
                       .memory = settings->memory };
}

RwRect
rw_marks_get_area (const RwMarksNets *nets,
                   const RwRect *bounds,
                   const RwRect *blocks)
{
  return nets->filler != NULL
             ? rw_restore_get_surroundings (nets->filler, bounds, blocks)
             : *blocks;
}

/* ---- callbacks ---------------------------------------------------------- */

static gboolean
contains (const RwRect *rect, const RwRect *part)
{
  const RwRect both = rw_rect_intersect (rect, part);

  return both.width == part->width && both.height == part->height;
}

/* For a net that sees the picture as it is. */
static gboolean
read_plain (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const Strip *strip = data;

  return strip->job->read (strip->job->data, rect, rgba, error);
}

/* And for the last one. */
static gboolean
read_filled (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  Strip *strip = data;

  if (strip->tries && !contains (&strip->marks.area, rect)) {
    strip->beyond = TRUE;
    g_set_error_literal (error, RW_ERROR, RW_ERROR_CANCELLED, "");
    return FALSE;
  }
  if (!read_plain (data, rect, rgba, error))
    return FALSE;
  if (strip->marks.starts != NULL)
    rw_marks_add_changes (&strip->marks, rect, 1, rgba);
  return TRUE;
}

static gboolean
read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  const Strip *strip = data;

  for (int y = rect->y; y < rect->y + rect->height; y++) {
    const guint8 *row = rw_marks_get_row (&strip->marks, rect->x, y);
    for (int x = 0; x < rect->width; x++)
      *mask++ = row[x] > 0;
  }
  return TRUE;
}

/* Keeps what filling has changed in @rect. */
static gboolean
keep_changes (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  Strip *strip = data;
  const RwMarks *marks = &strip->marks;
  const gsize width = (gsize) rect->width;

  if (!rw_marks_has_changes (marks, rect))
    return TRUE;
  rw_autofree float *before = rw_try_alloc (
      (gsize) rect->height * width, 4 * sizeof *before, _ ("pixels"), error);
  if (before == NULL || !read_plain (data, rect, before, error))
    return FALSE;
  for (int y = 0; y < rect->height; y++) {
    const guint8 *marked = rw_marks_get_row (marks, rect->x, rect->y + y);
    RwMarkChange *change = rw_marks_get_changes (marks, rect->x, rect->y + y);
    const float *from = before + 4 * (gsize) y * width;
    const float *to = rgba + (gsize) y * stride;
    for (gsize x = 0; x < width; x++, from += 4, to += 4)
      if (marked[x] > 0) {
        for (int c = 0; c < 3; c++)
          (*change)[c] = to[c] - from[c];
        change++;
      }
  }
  return TRUE;
}

/* The strength is of filling, too: of the changes, which were made whole. */
static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  const Strip *strip = data;
  const RwMarks *marks = &strip->marks;
  const RwJob *job = strip->job;
  const gsize row = 4 * (gsize) rect->width;

  if (marks->starts == NULL || strip->strength == 1 ||
      !rw_marks_has_changes (marks, rect))
    return job->write (job->data, rect, rgba, stride, error);
  rw_autofree float *packed = rw_try_alloc (
      (gsize) rect->height, row * sizeof *packed, _ ("pixels"), error);
  if (packed == NULL)
    return FALSE;
  for (int y = 0; y < rect->height; y++)
    memcpy (packed + (gsize) y * row, rgba + (gsize) y * stride,
            row * sizeof *packed);
  rw_marks_add_changes (marks, rect, (float) (strip->strength - 1), packed);
  return job->write (job->data, rect, packed, row, error);
}

static gboolean
report (gpointer data, double fraction)
{
  const Strip *strip = data;

  const double now = strip->begin + (strip->end - strip->begin) * fraction;

  return strip->job->progress (
      strip->job->data, fraction < 1 ? MIN (now, strip->end) : strip->end);
}

/* ---- the nets ----------------------------------------------------------- */

static RwJob
make_job (Strip *strip, const RwRect *roi)
{
  return (RwJob){ .bounds = strip->job->bounds,
                  .roi = *roi,
                  .read = read_plain,
                  .write = write_pixels,
                  .progress = strip->job->progress ? report : NULL,
                  .data = strip,
                  .notes = strip->job->notes };
}

/* Begins the next part of the strip's time, which ends after @share of it. */
static void
go_on (Strip *strip, double share)
{
  strip->begin = strip->end;
  strip->end = share < 1 ? strip->first + share * (strip->last - strip->first)
                         : strip->last;
}

static gboolean
fill (Strip *strip, RwModel *filler, const RwSettings *marks, GError **error)
{
  RwJob job = make_job (strip, &strip->blocks);

  job.bounds = strip->marks.area;
  job.read_mask = read_mask;
  job.write = keep_changes;
  return rw_marks_begin_changes (&strip->marks, error) &&
         rw_restore_blocks (filler, marks, &job, strip->keep, error);
}

gsize
rw_marks_strip_count_bytes (const RwRect *area)
{
  const gsize width = (gsize) area->width, height = (gsize) area->height;

  return width * height +
         (width + 2 * RW_MARKS_REACH) * (height + 2 * RW_MARKS_REACH);
}

/* More than a fifth of a whole picture is hardly what is to be made up. */
static gboolean
check_share (const RwModel *model,
             const RwRect *bounds,
             const RwRect *roi,
             gsize n,
             GError **error)
{
  const double share = (double) n / ((double) roi->width * roi->height);

  if (model->task->info.mask == RW_MASK_NONE ||
      !(share > RW_MARKS_SHARE_MAX) || roi->width < bounds->width ||
      roi->height < bounds->height)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               _ ("%.0f %% of it looks like scratches and dust, expected at "
                  "most %.0f; give a mask (in a host: a selection) that says "
                  "what to make up"),
               100 * share, 100 * RW_MARKS_SHARE_MAX);
  return FALSE;
}

/* Of what is left beside the marks. */
static gsize
get_memory (const Strip *strip, const RwSettings *settings)
{
  const gsize n = rw_marks_strip_count_bytes (&strip->marks.area);

  return settings->memory == 0  ? 0
         : settings->memory > n ? settings->memory - n
                                : 1;
}

/* Finds the marks in @area, and fills those that are marked.  @n: becomes the
 * number of their pixels in @counted. */
static gboolean
find_and_fill (Strip *strip,
               const RwMarksNets *nets,
               const RwSettings *settings,
               const RwRect *area,
               const RwRect *counted,
               gsize *n,
               GError **error)
{
  RwSettings marks = rw_marks_get_settings (settings);
  const RwJob job = make_job (strip, area);

  go_on (strip, FIND_SHARE);
  if (!rw_marks_init (&strip->marks, area, error))
    return FALSE;
  marks.memory = get_memory (strip, settings);
  if (!rw_marks_search (nets->finder, &marks, &job, counted, strip->marks.mask,
                        n, error) ||
      !check_share (nets->model, &job.bounds, counted, *n, error))
    return FALSE;
  go_on (strip, FIND_SHARE + FILL_SHARE);
  return nets->filler == NULL ||
         memchr (strip->marks.mask, 255,
                 (gsize) area->width * (gsize) area->height) == NULL ||
         fill (strip, nets->filler, &marks, error);
}

/* With the marks that are known. */
static gboolean
restore (Strip *strip,
         const RwMarksNets *nets,
         const RwSettings *settings,
         const RwRect *roi,
         GError **error)
{
  RwSettings last = *settings;
  RwJob job = make_job (strip, roi);

  job.read = read_filled;
  job.progress = strip->tries ? NULL : job.progress;
  job.read_mask = nets->filler == NULL ? read_mask : NULL;
  last.memory = get_memory (strip, settings);
  return rw_restore_blocks (nets->model, &last, &job, RW_KEEP_BLOCKS, error);
}

/* ---- in chunks ---------------------------------------------------------- */

static RwCacheKey
get_cells_key (const RwMarksNets *nets,
               const RwSettings *settings,
               guint64 age)
{
  const RwCacheKey filler =
      nets->filler != NULL ? nets->filler->key : (RwCacheKey){ 0 };
  const guint64 words[] = {
    age,        nets->finder->key.low, nets->finder->key.high,
    filler.low, filler.high,           (guint64) settings->grey
  };
  const RwCacheKey key =
      rw_cache_key_extend ((RwCacheKey){ 0 }, words, sizeof words);

  return rw_cache_key_extend (key, &settings->marks, sizeof settings->marks);
}

/* Makes the cells of @area. */
static gboolean
make_cells (const Strip *strip,
            const RwMarksNets *nets,
            const RwSettings *settings,
            const RwRect *area,
            RwMarksCells *cells,
            GError **error)
{
  Strip part = { .job = strip->job,
                 .blocks = *area,
                 .keep = RW_KEEP_NONE,
                 .first = strip->first,
                 .last = strip->last,
                 .end = strip->first };
  const RwRect around = rw_marks_get_area (nets, &strip->job->bounds, area);
  gsize n;
  const gboolean done =
      find_and_fill (&part, nets, settings, &around, area, &n, error);

  if (done)
    rw_marks_cells_take (cells, &part.marks);
  rw_marks_clear (&part.marks);
  return done;
}

/* Restores @roi with what is known of the marks in it, as far as that does. */
static gboolean
restore_with_known (Strip *strip,
                    const RwMarksNets *nets,
                    const RwSettings *settings,
                    const RwRect *roi,
                    const RwMarksCells *cells,
                    GError **error)
{
  const gboolean filled = nets->filler != NULL;

  strip->tries = TRUE;
  const gboolean done =
      rw_marks_cells_get_marks (cells, roi, filled, &strip->marks, error) &&
      restore (strip, nets, settings, roi, error);
  strip->tries = FALSE;
  rw_marks_clear (&strip->marks);
  return done;
}

/* With all that its blocks look at. */
static gboolean
restore_with_all (Strip *strip,
                  const RwMarksNets *nets,
                  const RwSettings *settings,
                  const RwRect *roi,
                  RwMarksCells *cells,
                  GError **error)
{
  const gboolean filled = nets->filler != NULL;
  RwRect missing;

  if (rw_marks_cells_get_missing (cells, &missing) &&
      !make_cells (strip, nets, settings, &missing, cells, error))
    return FALSE;
  go_on (strip, FIND_SHARE + FILL_SHARE);
  go_on (strip, 1);
  return rw_marks_cells_get_marks (cells, &strip->blocks, filled,
                                   &strip->marks, error) &&
         restore (strip, nets, settings, roi, error);
}

/* Where the last net's change of a block is noted, only the roi is read, and
 * what surrounds it need not be known. */
static gboolean
restore_by_cells (Strip *strip,
                  const RwMarksNets *nets,
                  const RwSettings *settings,
                  const RwRect *roi,
                  GError **error)
{
  const RwRect *bounds = &strip->job->bounds;
  const RwCacheKey key =
      get_cells_key (nets, settings, rw_notes_get_age (strip->job->notes));
  g_autoptr (GError) failure = NULL;
  RwMarksCells cells;
  RwRect missing;

  rw_marks_cells_init (&cells, &key, bounds, roi);
  gboolean done =
      !rw_marks_cells_get_missing (&cells, &missing) &&
      restore_with_known (strip, nets, settings, roi, &cells, &failure);
  rw_marks_cells_clear (&cells);
  if (failure != NULL && !strip->beyond) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  if (done) {
    go_on (strip, 1);
    return strip->job->progress == NULL || report (strip, 1);
  }
  rw_marks_cells_init (&cells, &key, bounds, &strip->blocks);
  done = restore_with_all (strip, nets, settings, roi, &cells, error);
  rw_marks_cells_clear (&cells);
  return done;
}

/* ---- a strip ------------------------------------------------------------ */

static gboolean
restore_at_once (Strip *strip,
                 const RwMarksNets *nets,
                 const RwSettings *settings,
                 const RwRect *roi,
                 gsize *n,
                 GError **error)
{
  const RwRect area =
      rw_marks_get_area (nets, &strip->job->bounds, &strip->blocks);

  if (!find_and_fill (strip, nets, settings, &area, roi, n, error))
    return FALSE;
  go_on (strip, 1);
  return restore (strip, nets, settings, roi, error);
}

/* A host that keeps notes may ask for the next chunk. */
static gboolean
is_chunk (const RwSettings *settings, const RwJob *job, const RwRect *roi)
{
  return job->notes != NULL && job->found == NULL && settings->memory == 0 &&
         !contains (roi, &job->bounds);
}

gboolean
rw_marks_strip_restore (const RwMarksNets *nets,
                        const RwSettings *settings,
                        const RwJob *job,
                        const RwRect *roi,
                        double begin,
                        double end,
                        gsize *n,
                        GError **error)
{
  Strip strip = { .job = job,
                  .strength = settings->strength,
                  .blocks =
                      rw_restore_get_blocks (nets->model, &job->bounds, roi),
                  .first = begin,
                  .last = end,
                  .end = begin };
  const gboolean done =
      is_chunk (settings, job, roi)
          ? restore_by_cells (&strip, nets, settings, roi, error)
          : restore_at_once (&strip, nets, settings, roi, n, error);

  rw_marks_clear (&strip.marks);
  return done;
}
