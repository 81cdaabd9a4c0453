/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the entropy coder of a codec knows of its latents: which neighbours
 * foretell a latent, and how often its values come.  All of it is integers, so
 * that every machine decodes the same latents; FORMAT.md has the bytes.
 */
#pragma once

#include <glib.h>

/* Frequencies of a distribution are 1 or more and sum to 2^14. */
#define RW_CODEC_PRECISION 14
#define RW_CODEC_TOTAL (1 << RW_CODEC_PRECISION)

/* Symbols 0, 1, 2, ... are the values 0, -1, 1, -2, ... 15; the last one says
 * that the value follows by its bits. */
#define RW_CODEC_SYMBOLS 32
#define RW_CODEC_ESCAPE (RW_CODEC_SYMBOLS - 1)
#define RW_CODEC_DIRECT_MAX 15

#define RW_CODEC_BAND_ROWS 16 /* rows of latents in a band */

#define RW_CODEC_MAX_CHANNELS 1024
#define RW_CODEC_MAX_RATES 64
#define RW_CODEC_MAX_CLASSES 64
#define RW_CODEC_MAX_DISTRIBUTIONS 256

/* A latent's neighbours: W, N, NW, NE, and the same place in two channels that
 * come before. */
#define RW_CODEC_NEIGHBOURS 6
#define RW_CODEC_REFERENCES 2

/* Magnitudes are clipped to this where they foretell others; with weights that
 * sum to at most RW_CODEC_WEIGHT_MAX a context is below RW_CODEC_CONTEXTS. */
#define RW_CODEC_CLIP 63
#define RW_CODEC_WEIGHT_MAX 64
#define RW_CODEC_CONTEXTS 4096

/* No reference: its magnitude is 0. */
#define RW_CODEC_NO_CHANNEL 0xffff

typedef struct {
  int n_rates, n_channels, n_classes, n_distributions;
  guint8 weights[RW_CODEC_NEIGHBOURS];
  guint16 thresholds[RW_CODEC_MAX_CLASSES]; /* growing; the class of a context
                                               is how many are not above it;
                                               n_classes - 1 of them */
  guint16 *references; /* [n_channels][RW_CODEC_REFERENCES], a channel below
                          the own one or RW_CODEC_NO_CHANNEL */
  guint8 *choices;     /* [n_rates][n_channels][n_classes]: a distribution */
  guint16 *starts;     /* [n_distributions][RW_CODEC_SYMBOLS + 1]: sums of the
                          frequencies before each symbol */
  guint8 classes[RW_CODEC_CONTEXTS]; /* of each context */
} RwCodecTables;

/* 0, -1, 1, -2, ... to 0, 1, 2, 3, ... */
static inline guint
rw_codec_fold (int latent)
{
  return latent < 0 ? (guint) (-latent) * 2 - 1 : (guint) latent * 2;
}

/* Bits behind the last symbol for @folded, RW_CODEC_ESCAPE or more, less that:
 * number + 1 has n bits, which n - 1 zeros announce. */
static inline int
rw_codec_count_escape_bits (guint folded)
{
  return 2 * (32 - __builtin_clz (folded - RW_CODEC_ESCAPE + 1)) - 1;
}

/* Tables of zeros of this size, to be filled.  (transfer full) */
RwCodecTables *rw_codec_tables_new (int n_rates,
                                    int n_channels,
                                    int n_classes,
                                    int n_distributions);
void rw_codec_tables_free (RwCodecTables *tables); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCodecTables, rw_codec_tables_free)

/* Makes the classes from the thresholds, after these are filled. */
void rw_codec_tables_fill_classes (RwCodecTables *tables);

/* The bytes that FORMAT.md describes, and back; RW_ERROR_FORMAT for whatever
 * breaks one of its rules.  @name: of the weight file, for messages.
 * (transfer full) */
GBytes *rw_codec_tables_to_bytes (const RwCodecTables *tables);
RwCodecTables *
rw_codec_tables_parse (GBytes *bytes, const char *name, GError **error);

/* The distribution of a latent of @channel in @class at table @rate: starts of
 * its symbols, RW_CODEC_SYMBOLS + 1 of them. */
static inline const guint16 *
rw_codec_tables_get_starts (const RwCodecTables *tables,
                            int rate,
                            int channel,
                            int class)
{
  const int row = rate * tables->n_channels + channel;
  const int chosen = tables->choices[row * tables->n_classes + class];

  return tables->starts + chosen * (RW_CODEC_SYMBOLS + 1);
}
