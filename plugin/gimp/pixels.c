/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Between GIMP's buffers and the core.
 */
#include "pixels.h"

#include <string.h>

static GeglRectangle
to_gegl (const RwRect *rect)
{
  return (GeglRectangle){ rect->x, rect->y, rect->width, rect->height };
}

void
rw_pixels_open (RwPixels *pixels, RwItem item)
{
  *pixels = (RwPixels){
    .item = item,
    .source = gimp_drawable_get_buffer (RW_DRAWABLE (item)),
    .bounds = { 0, 0, rw_item_get_width (item), rw_item_get_height (item) },
    .grey = gimp_drawable_is_gray (RW_DRAWABLE (item)),
    .has_alpha = gimp_drawable_has_alpha (RW_DRAWABLE (item)),
  };
  rw_samples_init (&pixels->samples,
                   gimp_drawable_get_format (RW_DRAWABLE (item)));
}

void
rw_pixels_set_target (RwPixels *pixels, RwItem item)
{
  g_clear_object (&pixels->target);
  pixels->target = gimp_drawable_get_shadow_buffer (RW_DRAWABLE (item));
}

void
rw_pixels_set_enlarged (RwPixels *pixels, GeglBuffer *target)
{
  g_set_object (&pixels->target, target);
  pixels->is_enlarged = TRUE;
}

void
rw_pixels_close (RwPixels *pixels)
{
  g_clear_object (&pixels->source);
  g_clear_object (&pixels->target);
}

gboolean
rw_pixels_get_selected (RwItem item, RwRect *rect)
{
  return gimp_drawable_mask_intersect (RW_DRAWABLE (item), &rect->x, &rect->y,
                                       &rect->width, &rect->height);
}

float *
rw_pixels_get_selection (RwItem item, const RwRect *rect)
{
  RwImage image = gimp_item_get_image (item);
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle r = to_gegl (rect);
  int x = 0, y = 0;
  float *selected;

  if (gimp_selection_is_empty (image))
    return NULL;
  rw_item_get_offsets (item, &x, &y);
  r.x += x;
  r.y += y;
  buffer = rw_image_get_selection_buffer (image);
  selected = g_new (float, (gsize) r.width *r.height);
  gegl_buffer_get (buffer, &r, 1.0, babl_format ("Y float"), selected,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  return selected;
}

gboolean
rw_pixels_have_hole (RwItem item, const RwTaskInfo *task)
{
  return task->mask != RW_MASK_NONE &&
         (!task->searches ||
          !gimp_selection_is_empty (gimp_item_get_image (item)));
}

float *
rw_pixels_get_hole (RwItem item, const RwRect *rect)
{
  const gsize n = (gsize) rect->width * rect->height;
  float *hole = rw_pixels_get_selection (item, rect);

  if (hole == NULL)
    hole = g_new0 (float, n);
  for (gsize i = 0; i < n; i++)
    hole[i] = hole[i] > 0;
  return hole;
}

gboolean
rw_pixels_read_hole (gpointer data,
                     const RwRect *rect,
                     float *mask,
                     GError **error)
{
  const RwPixels *pixels = data;
  g_autofree float *hole = rw_pixels_get_hole (pixels->item, rect);

  memcpy (mask, hole, (gsize) rect->width * rect->height * sizeof (float));
  return TRUE;
}

/* @r's pixels in the item's own format, (transfer full). */
static guchar *
get_native (const RwPixels *pixels, const GeglRectangle *r)
{
  const RwSamples *samples = &pixels->samples;
  guchar *native =
      g_malloc_n ((gsize) r->width * r->height, samples->pixel_bytes);

  gegl_buffer_get (pixels->source, r, 1.0, samples->native, native,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_CLAMP);
  return native;
}

gboolean
rw_pixels_read (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const RwPixels *pixels = data;
  const GeglRectangle r = to_gegl (rect);
  g_autofree guchar *native = get_native (pixels, &r);

  rw_samples_decode (&pixels->samples, native, rgba,
                     (gsize) r.width * r.height);
  return TRUE;
}

/* Copies the last component of every pixel: alpha, whatever its type.  That of
 * 32-bit integers and doubles does not fit in a float, so none goes through
 * one. */
static void
copy_alpha (const RwSamples *samples, guchar *to, const guchar *from, gsize n)
{
  const gsize pixel = samples->pixel_bytes;
  const gsize size = pixel / samples->channels;

  for (gsize i = 0; i < n; i++)
    memcpy (to + (i + 1) * pixel - size, from + (i + 1) * pixel - size, size);
}

gboolean
rw_pixels_write (gpointer data,
                 const RwRect *rect,
                 const float *rgba,
                 gsize stride,
                 GError **error)
{
  const RwPixels *pixels = data;
  const RwSamples *samples = &pixels->samples;
  const GeglRectangle r = to_gegl (rect);
  const gsize n = (gsize) r.width * r.height;
  const gsize row_bytes = r.width * samples->pixel_bytes;
  g_autofree guchar *native = g_malloc_n (n, samples->pixel_bytes);

  for (int y = 0; y < r.height; y++)
    rw_samples_encode (samples, rgba + y * stride, native + y * row_bytes,
                       (gsize) r.width);
  if (pixels->has_alpha && !pixels->is_enlarged) {
    g_autofree guchar *old = get_native (pixels, &r);

    copy_alpha (samples, native, old, n);
  }
  gegl_buffer_set (pixels->target, &r, 0, samples->native, native,
                   GEGL_AUTO_ROWSTRIDE);
  return TRUE;
}

gboolean
rw_pixels_measure (RwItem item,
                   const RwModel *model,
                   double *value,
                   GError **error)
{
  RwPixels pixels;
  RwJob job;
  gboolean done;

  rw_pixels_open (&pixels, item);
  job = (RwJob){
    .bounds = pixels.bounds,
    .roi = pixels.bounds,
    .read = rw_pixels_read,
    .data = &pixels,
  };
  done = rw_job_measure (model, &job, value, error);
  rw_pixels_close (&pixels);
  return done;
}
