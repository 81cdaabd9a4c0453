/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The magnitudes of a band's latents, clipped, as far as they are known, and
 * the context that a latent's neighbours among them give.  Channels come one
 * after the other, rows within them.  A neighbour outside the band is replaced
 * by one inside: in the first row N, NW and NE are W, in the first column W
 * and NW are N, in the last column NE is N, and at the very first latent of a
 * channel all four are 0.
 */
#pragma once

#include <stdlib.h>

#include "codec/codec-tables.h"

typedef struct {
  int width;
  gsize stride;    /* width + 2: a place on either side of a row */
  guint8 *bytes;   /* [n_channels][RW_CODEC_BAND_ROWS][stride] */
  guint8 *nothing; /* a row of zeros, for references that there are not */
} RwCodecField;

typedef struct {
  guint8 *own;         /* this row; [-1] is there, too */
  const guint8 *above; /* or NULL */
  const guint8 *references[RW_CODEC_REFERENCES];
} RwCodecRow;

/* RW_ERROR_LIMIT when there is no memory for it. */
gboolean rw_codec_field_init (RwCodecField *field,
                              int n_channels,
                              int width,
                              GError **error);
void rw_codec_field_clear (RwCodecField *field);

/* Row @y of the band in @channel, before its first latent. */
RwCodecRow rw_codec_field_begin_row (const RwCodecField *field,
                                     const RwCodecTables *tables,
                                     int channel,
                                     int y);

/* What is known of a latent once it is coded. */
static inline void
rw_codec_row_set (const RwCodecRow *row, int x, int latent)
{
  row->own[x] = (guint8) MIN (abs (latent), RW_CODEC_CLIP);
}

/* The class of the latent at @x, all before it being set. */
static inline int
rw_codec_row_get_class (const RwCodecRow *row,
                        const RwCodecTables *tables,
                        int x)
{
  const guint8 *weights = tables->weights;
  const int w = row->own[x - 1];
  int context =
      weights[4] * row->references[0][x] + weights[5] * row->references[1][x];

  if (row->above == NULL)
    context += (weights[0] + weights[1] + weights[2] + weights[3]) * w;
  else
    context += weights[0] * w + weights[1] * row->above[x] +
               weights[2] * row->above[x - 1] + weights[3] * row->above[x + 1];
  return tables->classes[context];
}
