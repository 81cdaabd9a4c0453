/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Counting, in two passes over the latents: how much channels say of each
 * other, then the symbols in each context.
 */
#include "codec/codec-count.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "codec/codec-bands.h"
#include "codec/codec-cluster.h"
#include "codec/codec-field.h"

#include <math.h>
#include <string.h>

/* A channel that explains less of the variance than this is no reference. */
#define LEAST_SHARE 0.002

typedef struct {
  const RwCodecSamples *samples;
  RwCodecTables *tables;
  /* the latents at hand */
  const gint16 *latents;
  int rate, width, height;
  /* first pass */
  guint8 *magnitudes;       /* [n_channels][n] */
  guint64 *sums, *products; /* [n_channels], [n_channels][n_channels] */
  guint64 n;                /* latents of a channel so far */
  /* second pass */
  guint64 *counts; /* [n_rates][n_channels][n_classes][symbols] */
  RwCodecField field;
} Counting;

static gsize
get_n (const Counting *counting)
{
  return (gsize) counting->width * (gsize) counting->height;
}

static gboolean
each (Counting *counting,
      gboolean (*look) (Counting *counting, GError **error),
      GError **error)
{
  const RwCodecSamples *samples = counting->samples;

  for (int i = 0; i < samples->n_pictures; i++)
    for (int rate = 0; rate < samples->n_rates; rate++) {
      counting->rate = rate;
      counting->latents = samples->latents (
          i, rate, &counting->width, &counting->height, samples->data, error);
      if (counting->latents == NULL || !look (counting, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- what foretells what ------------------------------------------------ */

/* Row @a of the products. */
static void
multiply (int a, int worker, void *data)
{
  Counting *counting = data;
  const gsize n = get_n (counting);
  const guint8 *own = counting->magnitudes + (gsize) a * n;
  guint64 *products =
      counting->products + (gsize) a * counting->samples->n_channels;

  for (int b = 0; b <= a; b++) {
    const guint8 *other = counting->magnitudes + (gsize) b * n;
    guint64 sum = 0;
    for (gsize i = 0; i < n; i++)
      sum += (guint32) own[i] * other[i];
    products[b] += sum;
  }
  for (gsize i = 0; i < n; i++)
    counting->sums[a] += own[i];
}

static gboolean
relate (Counting *counting, GError **error)
{
  const int n_channels = counting->samples->n_channels;
  const gsize n = get_n (counting) * (gsize) n_channels;

  counting->magnitudes = rw_try_alloc (n, 1, "magnitudes of latents", error);
  if (counting->magnitudes == NULL)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    counting->magnitudes[i] =
        (guint8) MIN (abs (counting->latents[i]), RW_CODEC_CLIP);
  rw_parallel_for (n_channels, multiply, counting);
  counting->n += get_n (counting);
  g_clear_pointer (&counting->magnitudes, rw_free);
  return TRUE;
}

/* How much of the variance of @a's magnitudes those of @b explain. */
static double
get_share (const Counting *counting, int a, int b)
{
  const gsize n_channels = (gsize) counting->samples->n_channels;
  const double n = (double) counting->n;
  const double mean_a = (double) counting->sums[a] / n;
  const double mean_b = (double) counting->sums[b] / n;
  const guint64 *products = counting->products;
  const double var_a =
      (double) products[(gsize) a * n_channels + (gsize) a] / n -
      mean_a * mean_a;
  const double var_b =
      (double) products[(gsize) b * n_channels + (gsize) b] / n -
      mean_b * mean_b;
  const double both =
      (double) products[(gsize) a * n_channels + (gsize) b] / n -
      mean_a * mean_b;

  return var_a > 0 && var_b > 0 && both > 0 ? both * both / (var_a * var_b)
                                            : 0;
}

static void
choose_references (Counting *counting)
{
  for (int a = 0; a < counting->samples->n_channels; a++) {
    guint16 *chosen = counting->tables->references + a * RW_CODEC_REFERENCES;
    double best[RW_CODEC_REFERENCES] = { LEAST_SHARE, LEAST_SHARE };

    chosen[0] = chosen[1] = RW_CODEC_NO_CHANNEL;
    for (int b = 0; b < a; b++) {
      const double share = get_share (counting, a, b);
      if (share > best[0]) {
        best[1] = best[0];
        chosen[1] = chosen[0];
        best[0] = share;
        chosen[0] = (guint16) b;
      } else if (share > best[1]) {
        best[1] = share;
        chosen[1] = (guint16) b;
      }
    }
  }
}

/* ---- symbols ------------------------------------------------------------ */

static void
count_row (Counting *counting,
           const RwCodecRow *row,
           int channel,
           const gint16 *latents,
           const gint16 *before) /* of the round before, or NULL */
{
  const RwCodecTables *tables = counting->tables;
  const gsize first =
      ((gsize) counting->rate * (gsize) tables->n_channels + (gsize) channel) *
      (gsize) tables->n_classes;

  for (int x = 0; x < counting->width; x++) {
    const int latent = latents[x];
    if (before != NULL && before[x] != 0) { /* only a half is told */
      rw_codec_row_set (row, x, latent);
      continue;
    }
    const int class = rw_codec_row_get_class (row, tables, x);
    const gsize symbol = MIN (rw_codec_fold (latent), RW_CODEC_ESCAPE);

    counting->counts[(first + (gsize) class) * RW_CODEC_SYMBOLS + symbol]++;
    rw_codec_row_set (row, x, latent);
  }
}

static gboolean
count (Counting *counting, GError **error)
{
  const int n_channels = counting->samples->n_channels;
  const int n_own = n_channels / MAX (counting->samples->n_rounds, 1);
  const gsize round = (gsize) n_own * get_n (counting);

  if (!rw_codec_field_init (&counting->field, n_channels, counting->width,
                            error))
    return FALSE;
  for (int y = 0; y < counting->height; y++)
    for (int channel = 0; channel < n_channels; channel++) {
      const RwCodecRow row = rw_codec_field_begin_row (
          &counting->field, counting->tables, channel, y % RW_CODEC_BAND_ROWS);
      const gsize offset = (gsize) channel * get_n (counting) +
                           (gsize) y * (gsize) counting->width;
      const gint16 *latents = counting->latents + offset;
      count_row (counting, &row, channel, latents,
                 channel >= n_own ? latents - round : NULL);
    }
  rw_codec_field_clear (&counting->field);
  return TRUE;
}

/* ---- both --------------------------------------------------------------- */

static const guint8 neighbour_weights[RW_CODEC_NEIGHBOURS] = {
  2, 2, 1, 1, 2, 2
};
static const guint16 thresholds[] = { 1,  2,  3,  4,  5,  6,  8, 10,
                                      12, 16, 20, 26, 36, 52, 80 };

static gboolean
alloc (Counting *counting, GError **error)
{
  const gsize n = (gsize) counting->samples->n_channels;
  const gsize n_contexts =
      (gsize) counting->samples->n_rates * n * (G_N_ELEMENTS (thresholds) + 1);

  counting->sums = rw_try_alloc (n, sizeof (guint64), "counts", error);
  if (counting->sums == NULL)
    return FALSE;
  counting->products = rw_try_alloc (n * n, sizeof (guint64), "counts", error);
  if (counting->products == NULL)
    return FALSE;
  counting->counts = rw_try_alloc (
      n_contexts, RW_CODEC_SYMBOLS * sizeof (guint64), "counts", error);
  return counting->counts != NULL;
}

RwCodecTables *
rw_codec_count (const RwCodecSamples *samples, GError **error)
{
  g_autoptr (RwCodecTables) tables = rw_codec_tables_new (
      samples->n_rates, samples->n_channels, G_N_ELEMENTS (thresholds) + 1,
      RW_CODEC_MAX_DISTRIBUTIONS);
  Counting counting = { .samples = samples, .tables = tables };

  memcpy (tables->weights, neighbour_weights, sizeof neighbour_weights);
  memcpy (tables->thresholds, thresholds, sizeof thresholds);
  rw_codec_tables_fill_classes (tables);
  gboolean ok = alloc (&counting, error) && each (&counting, relate, error);
  if (ok) {
    choose_references (&counting);
    ok = each (&counting, count, error);
  }
  if (ok)
    rw_codec_cluster (tables, counting.counts);
  rw_free (counting.sums);
  rw_free (counting.products);
  rw_free (counting.counts);
  return ok ? g_steal_pointer (&tables) : NULL;
}
