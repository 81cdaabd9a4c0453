/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reading and restoring one part of the picture for the preview.
 */
#include "preview-job.h"

#include <math.h>
#include <string.h>

#include "pixels.h"

/* ---- the original ------------------------------------------------------- */

/* The pixels that enlarging @part looks at. */
static RwRect
get_small (const RwRect *part, int scale, const RwRect *bounds)
{
  const int left = MAX (part->x / scale - 1, 0);
  const int top = MAX (part->y / scale - 1, 0);
  const int right = MIN ((part->x + part->width) / scale + 2, bounds->width);
  const int bottom =
      MIN ((part->y + part->height) / scale + 2, bounds->height);

  return (RwRect){ left, top, right - left, bottom - top };
}

/* Where a result's pixel lies between two of the picture's, of which there are
 * @n from @first on: the upper one's share. */
static float
find_between (int at, int scale, int first, int n, int *low, int *high)
{
  const float place = (at + 0.5f) / scale - 0.5f - first;
  const float cut = CLAMP (place, 0, n - 1);

  *low = (int) cut;
  *high = MIN (*low + 1, n - 1);
  return cut - *low;
}

static void
enlarge (const RwRect *small,
         const float *from,
         int scale,
         const RwRect *part,
         float *to)
{
  for (int y = 0; y < part->height; y++) {
    int top, bottom;
    const float v = find_between (part->y + y, scale, small->y, small->height,
                                  &top, &bottom);

    for (int x = 0; x < part->width; x++, to += 4) {
      int left, right;
      const float u = find_between (part->x + x, scale, small->x, small->width,
                                    &left, &right);
      const float *a = from + ((gsize) top * small->width + left) * 4;
      const float *b = from + ((gsize) top * small->width + right) * 4;
      const float *c = from + ((gsize) bottom * small->width + left) * 4;
      const float *d = from + ((gsize) bottom * small->width + right) * 4;

      for (int k = 0; k < 4; k++)
        to[k] = (1 - v) * ((1 - u) * a[k] + u * b[k]) +
                v * ((1 - u) * c[k] + u * d[k]);
    }
  }
}

void
rw_preview_read (RwItem item, int scale, const RwRect *part, float *rgba)
{
  RwPixels pixels;

  rw_pixels_open (&pixels, item);
  if (scale == 1) {
    rw_pixels_read (&pixels, part, rgba, NULL);
  } else {
    const RwRect small = get_small (part, scale, &pixels.bounds);
    g_autofree float *from =
        g_new (float, (gsize) small.width *small.height * 4);

    rw_pixels_read (&pixels, &small, from, NULL);
    enlarge (&small, from, scale, part, rgba);
  }
  rw_pixels_close (&pixels);
}

/* ---- restoring ---------------------------------------------------------- */

/* Copies @rect, which is in bounds and hence in have, of @n floats a pixel. */
static void
copy_part (const RwPreviewJob *job,
           const float *from,
           int n,
           const RwRect *rect,
           float *to)
{
  const RwRect *have = &job->have;

  for (int y = 0; y < rect->height; y++) {
    const gsize row = (gsize) (rect->y + y - have->y) * have->width;

    memcpy (to + (gsize) y * rect->width * n,
            from + (row + (rect->x - have->x)) * n,
            (gsize) rect->width * n * sizeof (float));
  }
}

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const RwPreviewJob *job = data;

  copy_part (job, job->pixels, 4, rect, rgba);
  return TRUE;
}

static gboolean
read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  const RwPreviewJob *job = data;

  copy_part (job, job->mask, 1, rect, mask);
  return TRUE;
}

static gboolean
write_result (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  RwPreviewJob *job = data;
  const RwRect *part = &job->part;

  for (int y = 0; y < rect->height; y++) {
    const gsize row = (gsize) (rect->y + y - part->y) * part->width;

    memcpy (job->result + (row + rect->x - part->x) * 4, rgba + y * stride,
            (gsize) rect->width * 4 * sizeof (float));
  }
  return TRUE;
}

static gboolean
keep_going (gpointer data, double fraction)
{
  RwPreviewJob *job = data;

  return g_atomic_int_get (&job->stop) == 0;
}

RwPreviewJob *
rw_preview_job_new (RwItem item,
                    RwModel *model,
                    const RwSliders *sliders,
                    const RwRect *part)
{
  RwPreviewJob *job = g_new0 (RwPreviewJob, 1);
  const RwTaskInfo *task = rw_model_get_task (model);
  const gboolean masked = rw_pixels_have_hole (item, task);
  RwValue values[RW_CONTROLS_MAX];
  RwSettings settings;
  RwPixels pixels;

  rw_pixels_open (&pixels, item);
  job->model = rw_model_ref (model);
  job->sliders = *sliders;
  job->sliders.strength = 1;
  if (!task->searches) /* else the painter does not know what is made up */
    job->sliders.grain = 0;
  settings = rw_sliders_get_settings (&job->sliders, task, values);
  job->grey = pixels.grey;
  job->bounds = pixels.bounds;
  job->part = *part;
  if (masked)
    settings.marks = 0;
  job->have = rw_restore_get_required (model, &settings, &job->bounds, part);
  job->pixels = g_new (float, (gsize) job->have.width * job->have.height * 4);
  job->result = g_new (float, (gsize) part->width * part->height * 4);
  rw_pixels_read (&pixels, &job->have, job->pixels, NULL);
  rw_pixels_close (&pixels);
  if (masked)
    job->mask = rw_pixels_get_hole (item, &job->have);
  return job;
}

void
rw_preview_job_run (RwPreviewJob *data)
{
  RwValue values[RW_CONTROLS_MAX];
  RwSettings settings = rw_sliders_get_settings (
      &data->sliders, rw_model_get_task (data->model), values);
  const RwJob job = {
    .bounds = data->bounds,
    .roi = data->part,
    .read = read_pixels,
    .read_mask = data->mask != NULL ? read_mask : NULL,
    .write = write_result,
    .progress = keep_going,
    .data = data,
  };

  guint64 n_before = 0, n_after = 0, n_found = 0;
  const gint64 start = g_get_monotonic_time ();

  settings.grey = data->grey;
  if (g_atomic_int_get (&data->stop) != 0 || data->error != NULL)
    return;
  rw_cache_get_counts (&n_before, &n_found);
  data->done = rw_restore (data->model, &settings, &job, &data->error);
  rw_cache_get_counts (&n_after, &n_found);
  if (data->done && n_after > n_before)
    data->seconds = (double) (g_get_monotonic_time () - start) / 1e6;
}

void
rw_preview_job_free (RwPreviewJob *job)
{
  if (job == NULL)
    return;
  rw_model_unref (job->model);
  g_free (job->pixels);
  g_free (job->mask);
  g_free (job->result);
  g_clear_error (&job->error);
  g_free (job);
}
