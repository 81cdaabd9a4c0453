/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Tables of the entropy coder from latents: which channels foretell which, how
 * often values come in each context, and a few distributions for all of it.
 */
#pragma once

#include <glib.h>

#include "codec/codec-tables.h"

/* The latents of picture @i at table @rate, int16 [n_channels][height][width],
 * good until the next call; the same for every call.  NULL with an error.
 * (transfer none) */
typedef const gint16 *(*RwCodecLatentsFunc) (
    int i, int rate, int *width, int *height, gpointer data, GError **error);

typedef struct {
  int n_pictures, n_rates, n_channels;
  int n_rounds;               /* that the channels are; 0: in none */
  RwCodecLatentsFunc latents; /* called twice for each picture and rate */
  gpointer data;
} RwCodecSamples;

/* Tables that were counted on @samples; the same ones for the same latents,
 * for any number of threads.  (transfer full) */
RwCodecTables *rw_codec_count (const RwCodecSamples *samples, GError **error);

/* Starts of a distribution of RW_CODEC_SYMBOLS symbols in proportion to
 * @counts, each of them 1 or more of RW_CODEC_TOTAL. */
void rw_codec_normalise (const guint64 *counts, guint16 *starts);
