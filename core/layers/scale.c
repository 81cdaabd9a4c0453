/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Shape rules of layers that change the size by a whole factor.
 */
#include "layers/scale.h"

#include "reweave.h"

gboolean
rw_shape_divide (const RwLayer *layer,
                 const RwShape *in,
                 int factor,
                 int c,
                 RwShape *out,
                 GError **error)
{
  if (in->h % factor || in->w % factor) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s %d: its input is %d x %d, which %d does not divide",
                 layer->class->name, factor, in->w, in->h, factor);
    return FALSE;
  }
  *out = *in;
  rw_shape_set (out, in->h / factor, in->w / factor, c);
  return TRUE;
}

gboolean
rw_shape_multiply (const RwLayer *layer,
                   const RwShape *in,
                   int factor,
                   int c,
                   RwShape *out,
                   GError **error)
{
  if (in->h > G_MAXINT / factor || in->w > G_MAXINT / factor) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s %d: its result would be wider or higher than %d pixels",
                 layer->class->name, factor, G_MAXINT);
    return FALSE;
  }
  *out = *in;
  rw_shape_set (out, in->h * factor, in->w * factor, c);
  return TRUE;
}
