/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Buffers to bytes.
 */
#include "file-rwi.h"
#include "i18n.h"

#include "gegl/rwi-pixels.h"
#include "try-alloc.h"

enum { SAMPLE = 512 }; /* a side; a tenth of a second to encode */

static GBytes *
encode_part (const RwEncoder *encoder,
             GeglBuffer *pixels,
             const GeglRectangle *part,
             double quality,
             const int density[2],
             RwProgressFunc progress,
             GError **error)
{
  RwEncodedInfo info;
  const Babl *format =
      rw_rwi_choose_format (gegl_buffer_get_format (pixels), &info);
  g_autoptr (GBytes) profile = info.profile;
  const gsize n = (gsize) part->width * (gsize) part->height *
                  (gsize) babl_format_get_bytes_per_pixel (format);
  g_autofree void *samples = rw_plugin_try_alloc (n, error);

  if (samples == NULL)
    return NULL;
  info.width = part->width;
  info.height = part->height;
  info.density_x = density[0];
  info.density_y = density[1];
  gegl_buffer_get (pixels, part, 1.0, format, samples, GEGL_AUTO_ROWSTRIDE,
                   GEGL_ABYSS_NONE);
  return rw_encoder_encode (encoder, &info, samples, quality, progress, NULL,
                            error);
}

GBytes *
rw_file_encode (const RwEncoder *encoder,
                GeglBuffer *pixels,
                double quality,
                const int density[2],
                RwProgressFunc progress,
                GError **error)
{
  return encode_part (encoder, pixels, gegl_buffer_get_extent (pixels),
                      quality, density, progress, error);
}

gboolean
rw_file_estimate (const RwEncoder *encoder,
                  GeglBuffer *pixels,
                  double quality,
                  double *n_bytes,
                  GError **error)
{
  const GeglRectangle *all = gegl_buffer_get_extent (pixels);
  const int width = MIN (all->width, SAMPLE),
            height = MIN (all->height, SAMPLE);
  const GeglRectangle part = { all->x + (all->width - width) / 2,
                               all->y + (all->height - height) / 2, width,
                               height };
  const int density[2] = { 0 };
  g_autoptr (GBytes) file =
      encode_part (encoder, pixels, &part, quality, density, NULL, error);

  if (file == NULL)
    return FALSE;
  *n_bytes = (double) g_bytes_get_size (file) * all->width * all->height /
             ((double) width * height);
  return TRUE;
}

char *
rw_file_describe_size (double n_bytes)
{
  g_autofree char *size = g_format_size ((guint64) n_bytes);

  return g_strdup_printf (_ ("About %s"), size);
}
