/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Shape rules that several layers share.
 */
#include "layers/scale.h"

#include "reweave.h"

gboolean
rw_shape_match (const RwLayer *layer,
                const RwShape *in,
                RwShape *out,
                GError **error)
{
  if (in[0].h != in[1].h || in[0].w != in[1].w || in[0].c != in[1].c) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: %d channels at %d x %d and %d channels at %d x %d, "
                 "wanted the same of both",
                 layer->class->name, in[0].c, in[0].w, in[0].h, in[1].c,
                 in[1].w, in[1].h);
    return FALSE;
  }
  *out = in[0];
  return TRUE;
}

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
