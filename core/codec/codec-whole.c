/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Whole pictures in memory through the net of a codec.
 */
#include "base/alloc.h"
#include "codec/codec-net-private.h"

#include <string.h>

typedef struct {
  const RwCodecNet *net;
  double rate;
  gsize width;
  int columns, rows;
  const float *rgb_in;
  float *rgb;
  gint16 *latents;
} Whole;

static void
get_whole (gpointer data, int y, int x, int n, float *rgb)
{
  const Whole *whole = data;

  memcpy (rgb, whole->rgb_in + 3 * ((gsize) y * whole->width + (gsize) x),
          3 * (gsize) n * sizeof *rgb);
}

static gboolean
take_whole (gpointer data, const float *raw, int first, int n, GError **error)
{
  const Whole *whole = data;
  const gsize columns = (gsize) whole->columns, n_own = columns * (gsize) n;
  rw_autofree gint16 *own =
      rw_try_alloc (n_own, (gsize) whole->net->n_channels * sizeof *own,
                    "latents of a strip", error);

  if (own == NULL)
    return FALSE;
  rw_codec_net_quantise (whole->net, whole->rate, raw, n_own, own);
  for (gsize c = 0; c < (gsize) whole->net->n_channels; c++)
    memcpy (whole->latents +
                (c * (gsize) whole->rows + (gsize) first) * columns,
            own + c * n_own, n_own * sizeof *own);
  return TRUE;
}

gboolean
rw_codec_net_analyse (const RwCodecNet *self,
                      double rate,
                      const float *rgb,
                      int width,
                      int height,
                      gint16 *latents,
                      GError **error)
{
  Whole whole = { .net = self,
                  .rate = rate,
                  .width = (gsize) width,
                  .columns = (width - 1) / self->scale + 1,
                  .rows = (height - 1) / self->scale + 1,
                  .rgb_in = rgb,
                  .latents = latents };
  const RwCodecAnalysis analysis = { .get = get_whole,
                                     .take = take_whole,
                                     .data = &whole };
  RwCodecPlan plan;

  return rw_codec_net_plan (self, RW_CODEC_ANALYSIS, width, height, 0, &plan,
                            error) &&
         rw_codec_net_analyse_strips (self, rate, &plan, &analysis, error);
}

static void
put_whole (gpointer data, int y, int x, int n, int worker, const float *rgba)
{
  const Whole *whole = data;
  float *to = whole->rgb + 3 * ((gsize) y * whole->width + (gsize) x);

  for (gsize i = 0; i < (gsize) n; i++)
    for (gsize c = 0; c < 3; c++)
      to[3 * i + c] = CLAMP (rgba[4 * i + c], 0.0f, 1.0f);
}

gboolean
rw_codec_net_synthesise (const RwCodecNet *self,
                         double rate,
                         const gint16 *latents,
                         int width,
                         int height,
                         float *rgb,
                         GError **error)
{
  Whole whole = { .width = (gsize) width, .rgb = rgb };
  const RwCodecSynthesis synthesis = { .latents = latents,
                                       .put = put_whole,
                                       .data = &whole };
  RwCodecPlan plan;

  return rw_codec_net_plan (self, RW_CODEC_SYNTHESIS, width, height, 0, &plan,
                            error) &&
         rw_codec_net_synthesise_strips (self, rate, &plan, &synthesis, error);
}
