/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Distributions that contexts share.
 */
#include "codec/codec-cluster.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "codec/codec-count.h"

#include <math.h>
#include <string.h>

enum { N_ROUNDS = 12 };

/* Each symbol is taken to have been seen 1 / SEEN times more often. */
#define SEEN 8

/* Costs are in 1 / 256 bit. */
#define COST_UNIT 256

typedef struct {
  gsize context;
  double mean; /* of the symbols */
} Place;

typedef struct {
  RwCodecTables *tables;
  const guint64 *counts;
  gsize n_contexts;
  gboolean *seen;
  guint64 *sums;  /* [n_distributions][symbols] */
  guint64 *costs; /* [n_distributions][symbols] */
  Place *places;  /* those that were seen, by their mean */
  gsize n_places;
} Clustering;

/* ---- distributions ------------------------------------------------------ */

void
rw_codec_normalise (const guint64 *counts, guint16 *starts)
{
  const guint64 shared = RW_CODEC_TOTAL - RW_CODEC_SYMBOLS;
  guint64 frequencies[RW_CODEC_SYMBOLS], total = 0, sum = 0;
  int most = 0;

  for (int s = 0; s < RW_CODEC_SYMBOLS; s++) {
    total += counts[s];
    if (counts[s] > counts[most])
      most = s;
  }
  for (int s = 0; s < RW_CODEC_SYMBOLS; s++) {
    frequencies[s] =
        total > 0
            ? 1 + (guint64) ((unsigned __int128) counts[s] * shared / total)
            : RW_CODEC_TOTAL / RW_CODEC_SYMBOLS;
    sum += frequencies[s];
  }
  frequencies[most] += RW_CODEC_TOTAL - sum;
  starts[0] = 0;
  for (int s = 0; s < RW_CODEC_SYMBOLS; s++)
    starts[s + 1] = (guint16) (starts[s] + frequencies[s]);
}

/* All distributions, and what their symbols cost, from the sums. */
static void
update (Clustering *clustering)
{
  for (int d = 0; d < clustering->tables->n_distributions; d++) {
    const guint64 *sums = clustering->sums + d * RW_CODEC_SYMBOLS;
    guint64 *costs = clustering->costs + d * RW_CODEC_SYMBOLS;
    guint16 *starts = clustering->tables->starts + d * (RW_CODEC_SYMBOLS + 1);
    guint64 smooth[RW_CODEC_SYMBOLS];

    for (int s = 0; s < RW_CODEC_SYMBOLS; s++)
      smooth[s] = SEEN * sums[s] + 1;
    rw_codec_normalise (smooth, starts);
    for (int s = 0; s < RW_CODEC_SYMBOLS; s++)
      costs[s] = (guint64) lround (
          COST_UNIT * (RW_CODEC_PRECISION - log2 (starts[s + 1] - starts[s])));
  }
}

static void
add (Clustering *clustering, gsize context)
{
  const guint64 *counts = clustering->counts + context * RW_CODEC_SYMBOLS;
  guint64 *sums = clustering->sums +
                  clustering->tables->choices[context] * RW_CODEC_SYMBOLS;

  for (int s = 0; s < RW_CODEC_SYMBOLS; s++)
    sums[s] += counts[s];
}

/* ---- the beginning ------------------------------------------------------ */

static int
compare_places (const void *a, const void *b)
{
  const Place *left = a, *right = b;

  if (left->mean != right->mean)
    return left->mean < right->mean ? -1 : 1;
  return left->context < right->context ? -1 : left->context > right->context;
}

static void
find_places (Clustering *clustering)
{
  for (gsize i = 0; i < clustering->n_contexts; i++) {
    const guint64 *counts = clustering->counts + i * RW_CODEC_SYMBOLS;
    double total = 0, weighted = 0;

    for (int s = 0; s < RW_CODEC_SYMBOLS; s++) {
      total += (double) counts[s];
      weighted += (double) s * (double) counts[s];
    }
    clustering->seen[i] = total > 0;
    if (total > 0)
      clustering->places[clustering->n_places++] =
          (Place){ i, weighted / total };
  }
  rw_sort (clustering->places, clustering->n_places, sizeof (Place),
           compare_places);
}

/* Contexts of like means together, as many in each distribution. */
static void
begin (Clustering *clustering)
{
  find_places (clustering);
  for (gsize i = 0; i < clustering->n_places; i++) {
    const gsize context = clustering->places[i].context;
    clustering->tables->choices[context] =
        (guint8) (i * (gsize) clustering->tables->n_distributions /
                  clustering->n_places);
    add (clustering, context);
  }
  update (clustering);
}

/* ---- rounds ------------------------------------------------------------- */

static void
choose (int item, int worker, void *data)
{
  const Clustering *clustering = data;
  const gsize context = clustering->places[item].context;
  const guint64 *counts = clustering->counts + context * RW_CODEC_SYMBOLS;
  guint64 best = G_MAXUINT64;

  for (int d = 0; d < clustering->tables->n_distributions; d++) {
    const guint64 *costs = clustering->costs + d * RW_CODEC_SYMBOLS;
    guint64 cost = 0;
    for (int s = 0; s < RW_CODEC_SYMBOLS; s++)
      cost += counts[s] * costs[s];
    if (cost < best) {
      best = cost;
      clustering->tables->choices[context] = (guint8) d;
    }
  }
}

static void
improve (Clustering *clustering)
{
  rw_parallel_for ((int) clustering->n_places, choose, clustering);
  memset (clustering->sums, 0,
          (gsize) clustering->tables->n_distributions * RW_CODEC_SYMBOLS *
              sizeof (guint64));
  for (gsize i = 0; i < clustering->n_places; i++)
    add (clustering, clustering->places[i].context);
  update (clustering);
}

/* What was never seen has the choice of the class below, or else above. */
static void
choose_unseen (Clustering *clustering)
{
  const gsize n_classes = (gsize) clustering->tables->n_classes;
  guint8 *choices = clustering->tables->choices;

  for (gsize first = 0; first < clustering->n_contexts; first += n_classes) {
    for (gsize i = first + 1; i < first + n_classes; i++)
      if (!clustering->seen[i] && clustering->seen[i - 1]) {
        choices[i] = choices[i - 1];
        clustering->seen[i] = TRUE;
      }
    for (gsize i = first + n_classes - 1; i > first; i--)
      if (!clustering->seen[i - 1]) {
        choices[i - 1] = choices[i];
        clustering->seen[i - 1] = clustering->seen[i];
      }
  }
}

void
rw_codec_cluster (RwCodecTables *tables, const guint64 *counts)
{
  const gsize n_values = (gsize) tables->n_distributions * RW_CODEC_SYMBOLS;
  Clustering clustering = { .tables = tables, .counts = counts };

  clustering.n_contexts = (gsize) tables->n_rates *
                          (gsize) tables->n_channels *
                          (gsize) tables->n_classes;
  clustering.seen = g_new0 (gboolean, clustering.n_contexts);
  clustering.places = g_new0 (Place, clustering.n_contexts);
  clustering.sums = g_new0 (guint64, n_values);
  clustering.costs = g_new0 (guint64, n_values);
  begin (&clustering);
  for (int round = 0; round < N_ROUNDS; round++)
    improve (&clustering);
  choose_unseen (&clustering);
  g_free (clustering.seen);
  g_free (clustering.places);
  g_free (clustering.sums);
  g_free (clustering.costs);
}
