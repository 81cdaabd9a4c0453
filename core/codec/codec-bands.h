/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Latents to streams and back.  Each band of RW_CODEC_BAND_ROWS rows, in all
 * channels, is a stream of its own, so that bands are coded on all threads and
 * damage stays in one.  Latents are int16, [n_channels][height][width].
 */
#pragma once

#include <glib.h>

#include "codec/codec-tables.h"

/* How many bands @height rows of latents are. */
int rw_codec_count_bands (int height);

typedef struct {
  const guint8 *bytes; /* borrowed */
  gsize n_bytes;
  gboolean damaged; /* in: is not to be decoded; out: does not decode */
} RwCodecStream;

/* The streams of all bands by the tables of @rate, 0..n_rates-1; NULL with
 * RW_ERROR_LIMIT only. (element-type GBytes) (transfer full) */
GPtrArray *rw_codec_encode_bands (const RwCodecTables *tables,
                                  int rate,
                                  const gint16 *latents,
                                  int width,
                                  int height,
                                  GError **error);

/* Bytes that coding and decoding so many latents take at most besides them and
 * the streams. */
gsize rw_codec_bands_count_bytes (const RwCodecTables *tables,
                                  int width,
                                  int height);

/* Into @latents, from as many @streams as there are bands.  What of a damaged
 * one is made up from the rows above and below it; all of them damaged are 0.
 * FALSE with RW_ERROR_LIMIT only. */
gboolean rw_codec_decode_bands (const RwCodecTables *tables,
                                int rate,
                                RwCodecStream *streams,
                                int width,
                                int height,
                                gint16 *latents,
                                GError **error);

/* Bits that the latents of each channel take, by the tables alone, without the
 * few bytes around streams: [n_channels]. */
gboolean rw_codec_measure_channels (const RwCodecTables *tables,
                                    int rate,
                                    const gint16 *latents,
                                    int width,
                                    int height,
                                    double *bits,
                                    GError **error);

/* The fewest bytes that so many latents can take: no symbol is certain. */
gsize rw_codec_get_least_bytes (gsize n_latents);
