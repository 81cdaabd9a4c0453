/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * dejpeg's damage.  Qualities and double compression as in FBCNN (Jiang,
 * Zhang, Timofte 2021, sections 4.1 and 3.4); what that paper does not have,
 * chosen: qualities up to 98 and pictures that are not compressed, so that
 * good pictures stay good, tables of other programs, subsampling, the resize.
 */
#include "tasks/dejpeg.h"

#include "base/random.h"
#include "tasks/task.h"

#include <math.h>
#include <string.h>

#define PLAIN_SHARE 0.05f /* of patches, not compressed */
#define GOOD_SHARE 0.15f  /* of patches, quality 85..98 */
#define FIXED_SHARE                                                           \
  0.75f /* of the other compressed, one of fixed_qualities                    \
         */
#define GREY_SHARE 0.3f
#define BLIND_SHARE 0.5f
#define MISTOLD_SHARE 0.2f  /* are told a quality that is off... */
#define MISTOLD_SIGMA 0.1f  /* ...by a factor exp of this deviation */
#define TWICE_SHARE 0.5f    /* of the compressed */
#define RESIZED_SHARE 0.25f /* of those compressed twice */
#define FLAT_SHARE 0.1f     /* of compressions: all steps alike */
#define SCALED_SHARE 0.2f   /* of compressions: steps of a diagonal times... */
#define SCALED_LOW 0.7f     /* ...this to */
#define SCALED_HIGH 1.4f    /* this */
#define ZOOM_LOW 0.5f
#define ZOOM_HIGH 1.5f

enum { MARGIN = 8 }; /* pixels around the input that share a luma block */

static const guint8 fixed_qualities[] = { 10, 20, 30, 40, 50, 60, 70 };

/* ---- decisions --------------------------------------------------------- */

/* Indices of the random numbers of damage->key... */
enum { IS_PLAIN, IS_TWICE, IS_RESIZED, ZOOM, IS_CUBIC, FIRST_KEY, LAST_KEY };
/* ...and of one compression's key. */
enum { IS_GOOD, IS_FIXED, QUALITY, BLOCKS, TABLE, LUMA_KEY, CHROMA_KEY };

typedef struct {
  int n; /* compressions: 0, 1 or 2 */
  guint64 first_key, last_key;
  double zoom;    /* between two compressions; 1: none */
  double support; /* of the resize's filter, in pixels of the smaller: 1 for a
                     triangle, 2 for the cubic */
} Plan;

static float
between (float low, float high, float uniform)
{
  return low + (high - low) * uniform;
}

/* Nothing but damage->key counts. */
static Plan
decide (const RwDamage *damage)
{
  const guint64 key = damage->key;
  const gboolean plain = rw_random_uniform (key, IS_PLAIN) < PLAIN_SHARE;
  const gboolean twice = rw_random_uniform (key, IS_TWICE) < TWICE_SHARE;
  const gboolean resized = rw_random_uniform (key, IS_RESIZED) < RESIZED_SHARE;
  Plan plan = { .n = plain ? 0 : twice ? 2 : 1, .zoom = 1 };

  plan.first_key = rw_random_key (key, FIRST_KEY);
  plan.last_key = rw_random_key (key, LAST_KEY);
  plan.support = rw_random_uniform (key, IS_CUBIC) < 0.5f ? 2 : 1;
  if (plan.n == 2 && resized)
    plan.zoom =
        (double) between (ZOOM_LOW, ZOOM_HIGH, rw_random_uniform (key, ZOOM));
  return plan;
}

static double
draw_quality (guint64 key)
{
  const float quality = rw_random_uniform (key, QUALITY);
  const float other = (GOOD_SHARE) / (1 - PLAIN_SHARE);

  if (rw_random_uniform (key, IS_GOOD) < other)
    return (double) between (85, 98, quality);
  if (rw_random_uniform (key, IS_FIXED) >= FIXED_SHARE)
    return (double) between (5, 95, quality);
  return fixed_qualities[rw_random_below (key, QUALITY,
                                          G_N_ELEMENTS (fixed_qualities))];
}

/* Every diagonal u + v of the table by a factor of its own. */
static void
scale_bands (guint64 key, guint16 *table)
{
  for (int i = 0; i < 64; i++) {
    const guint64 band = (guint64) (i % 8 + i / 8);
    const float factor =
        between (SCALED_LOW, SCALED_HIGH, rw_random_uniform (key, band));
    const float step = floorf ((float) table[i] * factor + 0.5f);
    table[i] = (guint16) CLAMP (step, 1, 255);
  }
}

/* Of other programs, now and then. */
static void
change_tables (guint64 key, RwJpegBlocks *blocks)
{
  const float share = rw_random_uniform (key, TABLE);

  if (share < FLAT_SHARE) {
    /* 16 times the scale, as mozjpeg's flat table */
    const guint16 step = blocks->luma[0];
    for (int i = 0; i < 64; i++)
      blocks->luma[i] = blocks->chroma[i] = step;
  } else if (share < FLAT_SHARE + SCALED_SHARE) {
    scale_bands (rw_random_key (key, LUMA_KEY), blocks->luma);
    scale_bands (rw_random_key (key, CHROMA_KEY), blocks->chroma);
  }
}

static RwJpegBlocks
draw_blocks (guint64 key, gboolean grey)
{
  RwJpegBlocks blocks = rw_jpeg_blocks_draw (rw_random_key (key, BLOCKS),
                                             draw_quality (key), grey);

  change_tables (key, &blocks);
  return blocks;
}

void
rw_dejpeg_draw (guint64 key, RwDamage *damage)
{
  *damage = (RwDamage){ .clip = TRUE, .key = rw_random_key (key, 0) };
  damage->grey = rw_random_uniform (key, 1) < GREY_SHARE;
  damage->blind = rw_random_uniform (key, 2) < BLIND_SHARE;
  damage->told = 1;
  if (rw_random_uniform (key, 3) < MISTOLD_SHARE) {
    float normal;
    rw_random_gaussian (rw_random_key (key, 4), 0, &normal, 1);
    damage->told = exp ((double) (MISTOLD_SIGMA * normal));
  }

  const Plan plan = decide (damage);
  damage->values[0] = plan.n == 0 ? 100 : draw_quality (plan.last_key);
}

/* ---- resize ------------------------------------------------------------ */

/* Source pixels that the filter reaches to either side. */
static double
get_reach (const Plan *plan)
{
  return plan->support * MAX (1, 1 / plan->zoom);
}

int
rw_dejpeg_extent (const RwDamage *damage, int length)
{
  const Plan plan = decide (damage);

  if (plan.zoom == 1)
    return length + 2 * MARGIN;
  return (int) ceil ((length + 2 * MARGIN) / plan.zoom +
                     2 * get_reach (&plan)) +
         1;
}

/* A triangle, or the cubic of Catmull and Rom (Keys 1981, a = -1/2). */
static double
get_weight (double support, double distance)
{
  const double d = fabs (distance);

  if (d >= support)
    return 0;
  if (support == 1)
    return 1 - d;
  return d < 1 ? 1 + d * d * (1.5 * d - 2.5)
               : 2 + d * (-4 + d * (2.5 - 0.5 * d));
}

/* Along one side: output pixel i is the sum of n source pixels from first[i],
 * which lie inside the source. */
typedef struct {
  int n;
  int *first;
  float *weights; /* [n_out][n] */
} Taps;

/* Middle on middle.  Larger pictures use the filter as it is, smaller ones
 * widen it so that nothing aliases. */
static Taps
make_taps (const Plan *plan, int n_in, int n_out)
{
  const double reach = get_reach (plan), widen = reach / plan->support;
  Taps taps = { .n = MIN ((int) ceil (2 * reach) + 1, n_in) };

  taps.first = g_new (int, (gsize) n_out);
  taps.weights = g_new (float, (gsize) n_out *(gsize) taps.n);
  for (int i = 0; i < n_out; i++) {
    const double at = (i + 0.5 - n_out / 2.0) / plan->zoom + n_in / 2.0 - 0.5;
    const int first = CLAMP ((int) ceil (at - reach), 0, n_in - taps.n);
    float *weights = taps.weights + (gsize) i * (gsize) taps.n;
    double sum = 0;
    for (int k = 0; k < taps.n; k++)
      sum += get_weight (plan->support, (first + k - at) / widen);
    for (int k = 0; k < taps.n; k++)
      weights[k] =
          (float) (get_weight (plan->support, (first + k - at) / widen) / sum);
    taps.first[i] = first;
  }
  return taps;
}

static void
clear_taps (Taps *taps)
{
  g_free (taps->first);
  g_free (taps->weights);
}

/* @row = the weighted sum of source rows for output row @y. */
static void
sum_rows (const RwSample *source, const Taps *taps, int y, float *restrict row)
{
  const gsize n = (gsize) source->width * 3;

  memset (row, 0, n * sizeof (float));
  for (int k = 0; k < taps->n; k++) {
    const float weight =
        taps->weights[(gsize) y * (gsize) taps->n + (gsize) k];
    const float *restrict from =
        source->rgb + (gsize) (taps->first[y] + k) * n;
    for (gsize i = 0; i < n; i++)
      row[i] += weight * from[i];
  }
}

static void
sum_columns (const float *row, const Taps *taps, int n_out, float *out)
{
  for (int x = 0; x < n_out; x++) {
    const float *weights = taps->weights + (gsize) x * (gsize) taps->n;
    const float *from = row + 3 * taps->first[x];
    float sum[3] = { 0 };
    for (int k = 0; k < taps->n; k++)
      for (int c = 0; c < 3; c++)
        sum[c] += weights[k] * from[3 * k + c];
    for (int c = 0; c < 3; c++)
      out[3 * x + c] = CLAMP (sum[c], 0.0f, 1.0f); /* as a file does */
  }
}

static void
resize (const Plan *plan, const RwSample *source, RwSample *out)
{
  Taps across = make_taps (plan, source->width, out->width);
  Taps down = make_taps (plan, source->height, out->height);
  g_autofree float *row = g_new (float, (gsize) source->width * 3);

  for (int y = 0; y < out->height; y++) {
    sum_rows (source, &down, y, row);
    sum_columns (row, &across, out->width,
                 out->rgb + (gsize) y * (gsize) out->width * 3);
  }
  clear_taps (&across);
  clear_taps (&down);
}

/* ---- pairs ------------------------------------------------------------- */

static void
copy_middle (const RwSample *source, RwSample *out)
{
  const gsize left = (gsize) (source->width - out->width) / 2;
  const gsize top = (gsize) (source->height - out->height) / 2;
  const gsize n = (gsize) out->width * 3;

  for (gsize y = 0; y < (gsize) out->height; y++)
    memcpy (out->rgb + y * n,
            source->rgb + ((top + y) * (gsize) source->width + left) * 3,
            n * sizeof (float));
}

/* The middle at the size that the last compression sees. */
static void
fit (const Plan *plan, const RwSample *source, RwSample *out)
{
  if (plan->zoom == 1)
    copy_middle (source, out);
  else
    resize (plan, source, out);
}

static void
round_to_bytes (RwSample *sample)
{
  const gsize n = (gsize) sample->width * (gsize) sample->height * 3;

  for (gsize i = 0; i < n; i++)
    sample->rgb[i] = rw_round_to_byte (255 * sample->rgb[i]) / 255;
}

static RwSample
make_sample (int width, int height)
{
  return (RwSample){ .width = width,
                     .height = height,
                     .rgb = g_new (float, (gsize) width *(gsize) height * 3) };
}

/* Compresses @source for the first time into @out of the same size. */
static void
compress_first (const RwSample *source,
                const RwJpegBlocks *blocks,
                RwSample *out)
{
  copy_middle (source, out);
  rw_jpeg_blocks_damage (out->rgb, out->width, out->height, blocks);
}

void
rw_dejpeg_degrade (const RwSample *source,
                   RwSample *clean,
                   RwSample *input,
                   RwDamage *damage)
{
  const Plan plan = decide (damage);

  fit (&plan, source, clean);
  if (plan.n == 0) {
    copy_middle (clean, input);
    round_to_bytes (input);
    damage->values[0] = 100;
    return;
  }

  RwSample seen =
      make_sample (input->width + 2 * MARGIN, input->height + 2 * MARGIN);
  if (plan.n == 2) {
    const RwJpegBlocks first = draw_blocks (plan.first_key, damage->grey);
    RwSample whole = make_sample (source->width, source->height);
    compress_first (source, &first, &whole);
    fit (&plan, &whole, &seen);
    g_free (whole.rgb);
  } else {
    fit (&plan, source, &seen);
  }
  const RwJpegBlocks last = draw_blocks (plan.last_key, damage->grey);
  rw_jpeg_blocks_damage (seen.rgb, seen.width, seen.height, &last);
  copy_middle (&seen, input);
  g_free (seen.rgb);
  damage->values[0] = rw_jpeg_tables_get_quality (last.luma);
}

void
rw_dejpeg_degrade_plain (const RwSample *source,
                         RwSample *clean,
                         RwSample *input,
                         double quality,
                         RwChroma subsampling)
{
  RwJpegBlocks blocks = { .subsampling = subsampling };

  rw_jpeg_tables_from_quality (quality, blocks.luma, blocks.chroma);
  copy_middle (source, clean);
  copy_middle (source, input);
  rw_jpeg_blocks_damage (input->rgb, input->width, input->height, &blocks);
}

/* ---- the task ----------------------------------------------------------- */

static int
extent (const RwDamage *damage, int length)
{
  if (damage == NULL)
    return 2 * length + 42;
  return damage->plain ? length : rw_dejpeg_extent (damage, length);
}

static void
degrade (const RwSample *source,
         RwSample *clean,
         RwSample *input,
         RwDamage *damage)
{
  if (damage->plain)
    rw_dejpeg_degrade_plain (source, clean, input, damage->values[0],
                             RW_CHROMA_420);
  else
    rw_dejpeg_degrade (source, clean, input, damage);
}

static double
to_plane (double quality)
{
  return (double) rw_jpeg_step_plane (quality);
}

static const RwField controls[] = {
  { .name = "quality",
    .label = "JPEG quality",
    .summary = "Quality that the picture was last saved with",
    .kind = RW_FIELD_REAL,
    .def = 50,
    .low = 1,
    .high = 100,
    .digits = 0,
    .open = TRUE },
};

static const double eval[] = { 20, 10, 30, 40, 0 };

const RwTask rw_task_dejpeg = {
  .info = {
    .name = "dejpeg",
    .title = "JPEG Artifacts",
    .blurb = "Remove the blocks and ripples that JPEG leaves",
    .help = "Undoes what JPEG did to a picture, also where it was compressed "
            "twice or resized since.  Without a quality it finds by itself "
            "how much there is.",
    .done = "artifacts removed",
    .category = "enhance:noise-reduction",
    .weights = "dejpeg-m",
    .kind = RW_TASK_FILTER,
    .scale = 1,
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
  },
  .range_low = 0,
  .range_high = 1,
  .eval = eval,
  .draw = rw_dejpeg_draw,
  .extent = extent,
  .degrade = degrade,
  .to_plane = to_plane,
};
