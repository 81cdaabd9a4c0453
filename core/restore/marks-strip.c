/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Only the pixels that are marked are kept between two nets.
 */
#include "restore/marks-strip.h"

#include "base/alloc.h"
#include "base/words.h"
#include "restore/blocks.h"
#include "restore/marks-search.h"
#include "restore/model.h"
#include "restore/restore-blocks.h"
#include "restore/restore-region.h"

#include <string.h>

/* Shares of the time, roughly. */
#define FIND_SHARE 0.4
#define FILL_SHARE 0.1

typedef float Change[3];

/* A strip of the job and what is known of its marks. */
typedef struct {
  const RwJob *job;
  double strength;
  RwRect blocks;   /* what restoring the strip reads, in the picture */
  RwRect area;     /* where marks are known: what filling that looks at */
  guint8 *mask;    /* [area.height][area.width] */
  gsize *starts;   /* [area.height + 1] in changes: of each row's first marked
                      pixel; NULL: there are no changes */
  Change *changes; /* what filling adds to each marked pixel, row by row */
  gboolean filled; /* reading adds the changes */
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

/* ---- marked pixels ------------------------------------------------------ */

static const guint8 *
get_row (const Strip *strip, int x, int y)
{
  const RwRect *area = &strip->area;

  return strip->mask + (gsize) (y - area->y) * (gsize) area->width +
         (x - area->x);
}

static gboolean
has_marks (const Strip *strip, int y)
{
  const gsize *start = strip->starts + (y - strip->area.y);

  return start[1] > start[0];
}

/* The change of the first marked pixel of a row from @x on. */
static Change *
get_changes (const Strip *strip, int x, int y)
{
  const guint8 *row = get_row (strip, strip->area.x, y);
  Change *change = strip->changes + strip->starts[y - strip->area.y];

  for (int i = 0; i < x - strip->area.x; i++)
    change += row[i] > 0;
  return change;
}

/* Adds @share of the changes to the part of @rect that lies in the strip. */
static void
add_changes (const Strip *strip, const RwRect *rect, float share, float *rgba)
{
  const RwRect part = rw_rect_intersect (rect, &strip->area);

  for (int y = part.y; y < part.y + part.height; y++) {
    if (!has_marks (strip, y))
      continue;
    const guint8 *marked = get_row (strip, part.x, y);
    const Change *change = (const Change *) get_changes (strip, part.x, y);
    float *pixel = rgba + 4 * ((gsize) (y - rect->y) * (gsize) rect->width +
                               (gsize) (part.x - rect->x));
    for (int x = 0; x < part.width; x++, pixel += 4)
      if (marked[x] > 0) {
        for (int c = 0; c < 3; c++)
          pixel[c] += share * (*change)[c];
        change++;
      }
  }
}

static gboolean
allocate_changes (Strip *strip, GError **error)
{
  const gsize width = (gsize) strip->area.width;
  const int height = strip->area.height;
  gsize n = 0;

  strip->starts = rw_try_alloc ((gsize) height + 1, sizeof *strip->starts,
                                _ ("the marks of a picture"), error);
  if (strip->starts == NULL)
    return FALSE;
  for (int y = 0; y < height; y++) {
    strip->starts[y] = n;
    for (gsize x = 0; x < width; x++)
      n += strip->mask[(gsize) y * width + x] > 0;
  }
  strip->starts[height] = n;
  strip->changes = rw_try_alloc (n, sizeof *strip->changes,
                                 _ ("the marks of a picture"), error);
  return strip->changes != NULL;
}

/* ---- callbacks ---------------------------------------------------------- */

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const Strip *strip = data;

  if (!strip->job->read (strip->job->data, rect, rgba, error))
    return FALSE;
  if (strip->filled)
    add_changes (strip, rect, 1, rgba);
  return TRUE;
}

static gboolean
read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  const Strip *strip = data;

  for (int y = rect->y; y < rect->y + rect->height; y++) {
    const guint8 *row = get_row (strip, rect->x, y);
    for (int x = 0; x < rect->width; x++)
      *mask++ = row[x] > 0;
  }
  return TRUE;
}

static gboolean
is_marked (const Strip *strip, const RwRect *rect)
{
  for (int y = rect->y; y < rect->y + rect->height; y++)
    if (has_marks (strip, y))
      return TRUE;
  return FALSE;
}

/* Keeps what filling has changed in @rect. */
static gboolean
keep_changes (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  const Strip *strip = data;
  const gsize width = (gsize) rect->width;

  if (!is_marked (strip, rect))
    return TRUE;
  rw_autofree float *before = rw_try_alloc (
      (gsize) rect->height * width, 4 * sizeof *before, _ ("pixels"), error);
  if (before == NULL ||
      !strip->job->read (strip->job->data, rect, before, error))
    return FALSE;
  for (int y = 0; y < rect->height; y++) {
    const guint8 *marked = get_row (strip, rect->x, rect->y + y);
    Change *change = get_changes (strip, rect->x, rect->y + y);
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
  const RwJob *job = strip->job;
  const gsize row = 4 * (gsize) rect->width;

  if (!strip->filled || strip->strength == 1 || !is_marked (strip, rect))
    return job->write (job->data, rect, rgba, stride, error);
  rw_autofree float *packed = rw_try_alloc (
      (gsize) rect->height, row * sizeof *packed, _ ("pixels"), error);
  if (packed == NULL)
    return FALSE;
  for (int y = 0; y < rect->height; y++)
    memcpy (packed + (gsize) y * row, rgba + (gsize) y * stride,
            row * sizeof *packed);
  add_changes (strip, rect, (float) (strip->strength - 1), packed);
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

/* ---- a strip ------------------------------------------------------------ */

static RwJob
make_job (Strip *strip, const RwRect *roi)
{
  return (RwJob){ .bounds = strip->job->bounds,
                  .roi = *roi,
                  .read = read_pixels,
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

  job.bounds = strip->area;
  job.read_mask = read_mask;
  job.write = keep_changes;
  strip->filled = allocate_changes (strip, error) &&
                  rw_restore_blocks (filler, marks, &job, error);
  return strip->filled;
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

/* Finds, fills and restores. */
static gboolean
restore (Strip *strip,
         const RwMarksNets *nets,
         const RwSettings *settings,
         const RwRect *roi,
         gsize *n,
         GError **error)
{
  RwSettings marks = rw_marks_get_settings (settings), last = *settings;
  const gsize n_pixels =
      (gsize) strip->area.width * (gsize) strip->area.height;
  const gsize n_bytes = rw_marks_strip_count_bytes (&strip->area);
  RwJob job = make_job (strip, &strip->area);

  if (settings->memory > 0)
    last.memory = marks.memory =
        settings->memory > n_bytes ? settings->memory - n_bytes : 1;
  go_on (strip, FIND_SHARE);
  strip->mask = rw_try_alloc (n_pixels, 1, _ ("the mask of a picture"), error);
  if (strip->mask == NULL ||
      !rw_marks_search (nets->finder, &marks, &job, roi, strip->mask, n,
                        error) ||
      !check_share (nets->model, &job.bounds, roi, *n, error))
    return FALSE;
  go_on (strip, FIND_SHARE + FILL_SHARE);
  if (nets->filler != NULL && memchr (strip->mask, 255, n_pixels) != NULL &&
      !fill (strip, nets->filler, &marks, error))
    return FALSE;
  go_on (strip, 1);
  job = make_job (strip, roi);
  job.read_mask = nets->filler == NULL ? read_mask : NULL;
  return rw_restore_blocks (nets->model, &last, &job, error);
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
  const RwRect blocks = rw_restore_get_blocks (nets->model, &job->bounds, roi);
  Strip strip = { .job = job,
                  .strength = settings->strength,
                  .blocks = blocks,
                  .area = rw_marks_get_area (nets, &job->bounds, &blocks),
                  .first = begin,
                  .last = end,
                  .end = begin };
  const gboolean done = restore (&strip, nets, settings, roi, n, error);

  rw_free (strip.mask);
  rw_free (strip.starts);
  rw_free (strip.changes);
  return done;
}
