/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From what a net of a task that finds gives, a likelihood for each pixel, to a
 * mask: what is surely a mark, what is likely one and near to that, and the
 * soft edges of both.
 */
#include "reweave.h"

#include "base/alloc.h"
#include "base/words.h"
#include "restore/blocks.h"
#include "restore/fill.h"
#include "restore/marks-search.h"
#include "restore/model.h"
#include "restore/restore-blocks.h"
#include "restore/restore-region.h"

#include <math.h>
#include <string.h>

/* Absolute floors, of the logarithm of the odds, where settings->marks is a
 * half: next to nothing in a good picture reaches the upper one, where any
 * percentile would find something.  Nets learn from pictures most of which have
 * marks, so they find them likelier than they are. */
#define SURE 2.944 /* a likelihood of 0.95 */
#define LIKELY -0.847
#define SURE_SLOPE 5.8 /* the floors fall as settings->marks grows */
#define LIKELY_SLOPE 2.5

#define NEAR 6  /* px from what is sure to what is only likely */
#define WIDER 2 /* px around a mark: its soft edge */
G_STATIC_ASSERT (NEAR + WIDER == RW_MARKS_REACH);

typedef enum { NO, PERHAPS, YES } Answer;

/* What searching takes from a job, and where the answers go. */
typedef struct {
  const RwJob *job;
  float sure, likely;
  RwRect area;     /* the roi and RW_MARKS_REACH around it, in the picture */
  guint8 *answers; /* [area.height][area.width] */
} Search;

/* (transfer full) */
RwModel *
rw_marks_load (GError **error)
{
  for (const RwTaskInfo *const *task = rw_task_list (); *task != NULL;
       task++) {
    if (!(*task)->finds)
      continue;
    g_autoptr (GError) failure = NULL;
    RwModel *model = rw_model_load ((*task)->name, NULL, &failure);
    if (model == NULL)
      g_set_error (
          error, failure->domain, failure->code,
          _ ("scratches and dust are to be found, but %s cannot be "
             "used; install these weights, search for none, or give a "
             "mask (in a host: a selection): %s"),
          (*task)->weights, failure->message);
    return model;
  }
  g_return_val_if_reached (NULL);
}

/* ---- pixels ------------------------------------------------------------ */

/* Colours beyond the range come back beyond it, so none are let through. */
static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const RwJob *job = ((const Search *) data)->job;
  const gsize n = (gsize) rect->width * (gsize) rect->height;

  if (!job->read (job->data, rect, rgba, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (rw_pixel_has_colour (rgba + 4 * i))
      for (gsize c = 0; c < 3; c++)
        rgba[4 * i + c] = CLAMP (rgba[4 * i + c], 0.0f, 1.0f);
  return TRUE;
}

static Answer
judge (const Search *search, const float *pixel)
{
  const float mean = (pixel[0] + pixel[1] + pixel[2]) / 3;

  return !rw_pixel_has_colour (pixel) ? NO
         : mean > search->sure        ? YES
         : mean > search->likely      ? PERHAPS
                                      : NO;
}

static gboolean
write_answers (gpointer data,
               const RwRect *rect,
               const float *rgba,
               gsize stride,
               GError **error)
{
  const Search *search = data;
  const gsize width = (gsize) search->area.width;

  for (int y = 0; y < rect->height; y++) {
    const float *pixel = rgba + (gsize) y * stride;
    guint8 *to = search->answers +
                 (gsize) (rect->y + y - search->area.y) * width +
                 (rect->x - search->area.x);
    for (int x = 0; x < rect->width; x++, pixel += 4)
      to[x] = (guint8) judge (search, pixel);
  }
  return TRUE;
}

static gboolean
report (gpointer data, double fraction)
{
  const RwJob *job = ((const Search *) data)->job;

  return job->progress (job->data, fraction);
}

/* ---- the mask ---------------------------------------------------------- */

static inline Answer
get_answer (const Search *search, int x, int y)
{
  return (Answer)
      search->answers[(gsize) y * (gsize) search->area.width + (gsize) x];
}

/* Whether the place (@x, @y) of the area is of a mark. */
static gboolean
is_mark (const Search *search, int x, int y)
{
  const Answer answer = get_answer (search, x, y);
  const int left = MAX (x - NEAR, 0), top = MAX (y - NEAR, 0);
  const int right = MIN (x + NEAR, search->area.width - 1);
  const int bottom = MIN (y + NEAR, search->area.height - 1);

  if (answer != PERHAPS)
    return answer == YES;
  for (int v = top; v <= bottom; v++)
    for (int u = left; u <= right; u++)
      if (get_answer (search, u, v) == YES)
        return TRUE;
  return FALSE;
}

/* Sets what is at most WIDER pixels from a place of the roi, or beside it. */
static void
stamp (const RwRect *roi, int x, int y, guint8 *mask)
{
  for (int v = MAX (-WIDER, -y); v <= MIN (WIDER, roi->height - 1 - y); v++)
    for (int u = MAX (-WIDER, -x); u <= MIN (WIDER, roi->width - 1 - x); u++)
      if (u * u + v * v <= WIDER * WIDER)
        mask[(gsize) (y + v) * (gsize) roi->width + (gsize) (x + u)] = 255;
}

static gboolean
is_inside (const RwRect *rect, int x, int y)
{
  return x >= rect->x && x < rect->x + rect->width && y >= rect->y &&
         y < rect->y + rect->height;
}

/* Returns how many pixels of @counted marks cover. */
static gsize
make_mask (const Search *search,
           const RwRect *roi,
           const RwRect *counted,
           guint8 *mask)
{
  const RwRect *area = &search->area;
  const int right = area->x - roi->x, down = area->y - roi->y;
  gsize n = 0;

  memset (mask, 0, (gsize) roi->width * (gsize) roi->height);
  for (int y = 0; y < area->height; y++)
    for (int x = 0; x < area->width; x++) {
      const int u = x + right, v = y + down;
      if (!is_mark (search, x, y))
        continue;
      n += is_inside (counted, area->x + x, area->y + y);
      stamp (roi, u, v, mask);
    }
  return n;
}

/* ---- all --------------------------------------------------------------- */

static RwRect
grow (const RwRect *roi, const RwRect *bounds)
{
  const RwRect grown = { roi->x - RW_MARKS_REACH, roi->y - RW_MARKS_REACH,
                         roi->width + 2 * RW_MARKS_REACH,
                         roi->height + 2 * RW_MARKS_REACH };

  return rw_rect_intersect (&grown, bounds);
}

RwRect
rw_marks_get_required (const RwModel *model,
                       const RwRect *bounds,
                       const RwRect *roi)
{
  const RwRect area = grow (roi, bounds);

  return rw_restore_get_blocks (model, bounds, &area);
}

static gboolean
check_task (const RwModel *model, GError **error)
{
  const RwTaskInfo *info = &model->task->info;

  if (info->finds)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               _ ("finding marks: found weights of \"%s\", expected some that "
                  "give a mask; choose others"),
               info->name);
  return FALSE;
}

static float
get_floor (double odds, double slope, double marks)
{
  return (float) (1 / (1 + exp (slope * (marks - 0.5) - odds)));
}

gboolean
rw_marks_search (RwModel *model,
                 const RwSettings *settings,
                 const RwJob *job,
                 const RwRect *counted,
                 guint8 *mask,
                 gsize *n,
                 GError **error)
{
  if (!check_task (model, error))
    return FALSE;
  const RwRect roi = rw_rect_intersect (&job->roi, &job->bounds);
  *n = 0;
  if (rw_rect_is_empty (&roi))
    return TRUE;
  Search search = { .job = job,
                    .sure = get_floor (SURE, SURE_SLOPE, settings->marks),
                    .likely =
                        get_floor (LIKELY, LIKELY_SLOPE, settings->marks),
                    .area = grow (&roi, &job->bounds) };
  rw_autofree guint8 *answers =
      rw_try_alloc ((gsize) search.area.width, (gsize) search.area.height,
                    _ ("the mask of a picture"), error);
  search.answers = answers;
  const RwSettings all = { .strength = 1,
                           .grey = settings->grey,
                           .memory = settings->memory };
  const RwJob searching = { .bounds = job->bounds,
                            .roi = search.area,
                            .read = read_pixels,
                            .write = write_answers,
                            .progress = job->progress ? report : NULL,
                            .data = &search,
                            .strip = job->strip,
                            .notes = job->notes };
  if (answers == NULL ||
      !rw_restore_blocks (model, &all, &searching, RW_KEEP_BLOCKS, error))
    return FALSE;
  *n = make_mask (&search, &roi, counted, mask);
  return TRUE;
}

gboolean
rw_marks_find (RwModel *model,
               const RwSettings *settings,
               const RwJob *job,
               guint8 *mask,
               double *share,
               GError **error)
{
  gsize n;

  g_return_val_if_fail (model != NULL && settings != NULL && job != NULL,
                        FALSE);
  g_return_val_if_fail (job->read != NULL && mask != NULL, FALSE);

  if (!rw_marks_search (model, settings, job, &job->roi, mask, &n, error))
    return FALSE;
  const RwRect roi = rw_rect_intersect (&job->roi, &job->bounds);
  *share = n > 0 ? (double) n / ((double) roi.width * roi.height) : 0;
  return TRUE;
}
