/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Latents to streams and back.  Each band of RW_CODEC_BAND_ROWS rows, in all
 * channels, is a stream of its own, so that bands are coded on all threads and
 * damage stays in one.  Latents are int16, [n_channels][height][width].
 *
 * Of latents in rounds (layers/rounds.h) each round of a band is a stream.
 * Where the round before has a latent that is not 0, all that is coded is in
 * which half of its cell the next one lies.
 */
#pragma once

#include <glib.h>

#include "codec/codec-tables.h"

/* How many bands @height rows of latents are. */
int rw_codec_count_bands (int height);

/* What is coded. */
typedef struct {
  int rate;          /* of the tables, 0..n_rates-1 */
  int width, height; /* latents */
  int n_rounds;      /* that the channels are; 0: latents are in no rounds */
  int wanted;        /* rounds that are coded; what others add is 0 */
} RwCodecLayout;

/* How many streams a band has. */
static inline int
rw_codec_layout_count_streams (const RwCodecLayout *layout)
{
  return layout->n_rounds > 0 ? layout->wanted : 1;
}

/* The channels of one of these. */
static inline int
rw_codec_layout_count_channels (const RwCodecLayout *layout,
                                const RwCodecTables *tables)
{
  return tables->n_channels / MAX (layout->n_rounds, 1);
}

typedef struct {
  const guint8 *bytes; /* borrowed */
  gsize n_bytes;
  gboolean damaged; /* in: is not to be decoded; out: does not decode */
} RwCodecStream;

/* The streams of all bands, those of a band behind each other; NULL with
 * RW_ERROR_LIMIT only. (element-type GBytes) (transfer full) */
GPtrArray *rw_codec_encode_bands (const RwCodecTables *tables,
                                  const RwCodecLayout *layout,
                                  const gint16 *latents,
                                  GError **error);

/* Bytes that coding and decoding so many latents take at most besides them and
 * the streams. */
gsize rw_codec_bands_count_bytes (const RwCodecTables *tables,
                                  int width,
                                  int height);

/* Into @latents, from as many @streams as there are bands and wanted rounds,
 * first those of the first round.  What of a damaged one is made up from the
 * rows above and below it; all of them damaged are 0.  Of rounds a damaged one
 * damages those behind it, and they are 0.  FALSE with RW_ERROR_LIMIT only. */
gboolean rw_codec_decode_bands (const RwCodecTables *tables,
                                const RwCodecLayout *layout,
                                RwCodecStream *streams,
                                gint16 *latents,
                                GError **error);

/* Bits that the latents of each channel take, by the tables alone, without the
 * few bytes around streams: [n_channels]. */
gboolean rw_codec_measure_channels (const RwCodecTables *tables,
                                    const RwCodecLayout *layout,
                                    const gint16 *latents,
                                    double *bits,
                                    GError **error);

/* The fewest bytes that so many latents can take: no symbol is certain. */
gsize rw_codec_get_least_bytes (gsize n_latents);
