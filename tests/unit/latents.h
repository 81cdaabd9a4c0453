/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests of the codec: made-up latents, and tables for them.
 */
#pragma once

#include <math.h>
#include <string.h>

#include <glib.h>

#include "base/random.h"
#include "codec/codec-bands.h"
#include "codec/codec-count.h"

#define LATENTS_RATES 3

/* Laplace noise whose scale changes over the plane, as a picture's detail
 * does, and from channel to channel.  [n_channels][height][width] */
static inline gint16 *
latents_draw (guint64 key, int n_channels, int width, int height, double loud)
{
  const gsize n = (gsize) width * (gsize) height;
  gint16 *latents = g_new (gint16, n * (gsize) n_channels);

  for (int c = 0; c < n_channels; c++)
    for (gsize i = 0; i < n; i++) {
      const double x = (double) (i % (gsize) width),
                   y = (double) (i / (gsize) width);
      const double u =
          (double) rw_random_uniform (key, (gsize) c * n + i) - 0.5;
      const double detail = 1 + sin (x / 5) * sin (y / 7 + (double) (c % 2));
      const double scale = loud * detail * (1 + c) / n_channels;
      const double noise = -copysign (scale, u) * log (1 - 2 * fabs (u));

      latents[(gsize) c * n + i] =
          (gint16) lround (CLAMP (noise, -32000.0, 32000.0));
    }
  return latents;
}

typedef struct {
  int n_channels, width, height;
  gint16 *latents[LATENTS_RATES];
} LatentsSet;

static inline const gint16 *
latents_give (
    int i, int rate, int *width, int *height, gpointer data, GError **error)
{
  const LatentsSet *set = data;

  *width = set->width;
  *height = set->height;
  return set->latents[rate];
}

/* Tables counted on such latents, three rates. */
static inline RwCodecTables *
latents_tables (int n_channels)
{
  LatentsSet set = { n_channels, 40, 37 };
  const RwCodecSamples samples = { .n_pictures = 1,
                                   .n_rates = LATENTS_RATES,
                                   .n_channels = n_channels,
                                   .latents = latents_give,
                                   .data = &set };
  GError *error = NULL;

  for (int rate = 0; rate < LATENTS_RATES; rate++)
    set.latents[rate] =
        latents_draw (7 + (guint64) rate, n_channels, set.width, set.height,
                      0.5 * (1 << rate));
  RwCodecTables *tables = rw_codec_count (&samples, &error);
  g_assert_no_error (error);
  for (int rate = 0; rate < LATENTS_RATES; rate++)
    g_free (set.latents[rate]);
  return tables;
}

/* @latents in @n_rounds rounds, the last one theirs. */
static inline gint16 *
latents_cut (const gint16 *latents, gsize n_latents, int n_rounds)
{
  gint16 *cut = g_new (gint16, n_latents * (gsize) n_rounds);

  for (int round = 0; round < n_rounds; round++)
    for (gsize i = 0; i < n_latents; i++)
      cut[(gsize) round * n_latents + i] =
          (gint16) (latents[i] / (1 << (n_rounds - 1 - round)));
  return cut;
}

/* Tables counted on latents of @n_own channels in @n_rounds rounds. */
static inline RwCodecTables *
latents_tables_in_rounds (int n_own, int n_rounds)
{
  LatentsSet set = { n_own * n_rounds, 40, 37 };
  const RwCodecSamples samples = { .n_pictures = 1,
                                   .n_rates = 1,
                                   .n_channels = set.n_channels,
                                   .n_rounds = n_rounds,
                                   .latents = latents_give,
                                   .data = &set };
  const gsize n = (gsize) n_own * (gsize) (set.width * set.height);
  g_autofree gint16 *latents =
      latents_draw (7, n_own, set.width, set.height, 2);
  g_autofree gint16 *cut = latents_cut (latents, n, n_rounds);
  GError *error = NULL;

  set.latents[0] = cut;
  RwCodecTables *tables = rw_codec_count (&samples, &error);
  g_assert_no_error (error);
  return tables;
}

/* Any that keep the rules. */
static inline RwCodecTables *
latents_draw_tables (guint64 key, int n_channels)
{
  RwCodecTables *tables = rw_codec_tables_new (2, n_channels, 5, 9);
  guint64 at = 0;

  for (int i = 0; i < RW_CODEC_NEIGHBOURS; i++)
    tables->weights[i] = (guint8) rw_random_below (key, at++, 11);
  for (int i = 0; i < 4; i++)
    tables->thresholds[i] =
        (guint16) ((i > 0 ? tables->thresholds[i - 1] : 0) + 1 +
                   rw_random_below (key, at++, 60));
  for (int i = 0; i < n_channels * RW_CODEC_REFERENCES; i++)
    tables->references[i] =
        (guint16) (i < RW_CODEC_REFERENCES
                       ? RW_CODEC_NO_CHANNEL
                       : rw_random_below (key, at++, (guint32) i / 2));
  for (int i = 0; i < 2 * n_channels * 5; i++)
    tables->choices[i] = (guint8) rw_random_below (key, at++, 9);
  for (int d = 0; d < 9; d++) {
    guint64 counts[RW_CODEC_SYMBOLS];
    for (int s = 0; s < RW_CODEC_SYMBOLS; s++) {
      counts[s] =
          rw_random_bits (key, at) >> (8 + rw_random_below (key, at + 1, 56));
      at += 2;
    }
    rw_codec_normalise (counts, tables->starts + d * (RW_CODEC_SYMBOLS + 1));
  }
  rw_codec_tables_fill_classes (tables);
  return tables;
}
