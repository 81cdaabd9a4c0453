/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: a mask in front of an operation.
 */
#pragma once

#include "gegl-fixture.h"

#define NET_MASK "input rgb mask\nconv 8 | relu | conv 3\n"

/* A mask of two levels, and soft on one side; smaller than the picture. */
static inline float *
draw_mask (const RwRect *bounds)
{
  float *mask = g_new0 (float, bounds->width * bounds->height);

  for (int y = 2; y < bounds->height - 1; y++)
    for (int x = 2; x < bounds->width - 1; x++) {
      const int i = y * bounds->width + x;
      if (x % 19 < 4 || (y % 17 < 3 && x < 40))
        mask[i] = x % 19 == 3 ? 51 / 255.f : 1;
    }
  return mask;
}

/* In front of the pad "aux", of that format; what is read of it to @mask. */
static inline GeglNode *
use_mask (Fixture *f, const Babl *format, float *mask)
{
  const GeglRectangle extent = rect_of (&f->canvas.bounds);
  const gsize n = (gsize) extent.width * (gsize) extent.height;
  const gboolean alpha = babl_format_has_alpha (format);
  const gboolean linear =
      babl_get_model_flags (babl_format_get_model (format)) &
      BABL_MODEL_FLAG_LINEAR;
  const Babl *work = babl_format (linear ? "YA float" : "Y'A float");
  g_autoptr (GeglBuffer) buffer = gegl_buffer_new (&extent, format);
  g_autofree float *ya = g_new (float, 2 * n);

  for (gsize i = 0; i < n; i++) {
    ya[2 * i] = alpha ? (i % 3 != 0 ? mask[i] : 1) : mask[i];
    ya[2 * i + 1] = alpha && i % 3 == 0 ? mask[i] : 1;
  }
  gegl_buffer_set (buffer, &extent, 0, work, ya, GEGL_AUTO_ROWSTRIDE);
  gegl_buffer_get (buffer, &extent, 1.0, work, ya, GEGL_AUTO_ROWSTRIDE,
                   GEGL_ABYSS_NONE);
  for (gsize i = 0; i < n; i++)
    mask[i] = CLAMP (ya[2 * i] * ya[2 * i + 1], 0, 1);
  GeglNode *source = gegl_node_new_child (
      f->graph, "operation", "gegl:buffer-source", "buffer", buffer, NULL);
  gegl_node_connect_to (source, "output", f->operation, "aux");
  return source;
}
