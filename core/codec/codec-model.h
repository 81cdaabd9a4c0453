/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Distributions that learn from the latents of a band: each context begins it
 * with what the tables say, and moves towards each symbol that it sees.  On
 * pictures that were not counted this saves some percent.
 */
#pragma once

#include <glib.h>

#include "codec/codec-tables.h"

/* Each symbol moves its distribution by 1 / 2^RATE of the way. */
#define RW_CODEC_LEARNING 6

typedef struct {
  int n_classes;
  gsize n_contexts;
  guint16 *starts; /* [n_channels][n_classes][RW_CODEC_SYMBOLS + 1] */
} RwCodecModel;

/* RW_ERROR_LIMIT when there is no memory for it. */
gboolean rw_codec_model_init (RwCodecModel *model,
                              const RwCodecTables *tables,
                              GError **error);
void rw_codec_model_clear (RwCodecModel *model);

/* Before the first latent of a band. */
void rw_codec_model_begin (RwCodecModel *model,
                           const RwCodecTables *tables,
                           int rate);

static inline guint16 *
rw_codec_model_get (const RwCodecModel *model, int channel, int class)
{
  return model->starts +
         (channel * model->n_classes + class) * (RW_CODEC_SYMBOLS + 1);
}

/* After @symbol: a start goes towards the lowest that it can be if it is not
 * above the symbol, and else towards the highest.  Frequencies stay 1 or more:
 * the difference d of two starts changes by less than d, since that of the two
 * ends is 1. */
static inline void
rw_codec_model_learn (guint16 *starts, guint symbol)
{
  const int above = RW_CODEC_TOTAL - RW_CODEC_SYMBOLS;

  for (int s = 1; s < RW_CODEC_SYMBOLS; s++) {
    const int end = s + ((guint) s > symbol ? above : 0);
    starts[s] =
        (guint16) (starts[s] + ((end - starts[s]) >> RW_CODEC_LEARNING));
  }
}
