/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * dejpeg's damage.  Qualities and double compression as in FBCNN (Jiang,
 * Zhang, Timofte 2021, sections 4.1 and 3.4); what that paper does not have,
 * chosen: qualities up to 98 and pictures that are not compressed, so that
 * good pictures stay good, tables of other programs, subsampling, the resize.
 */
#include "tasks/dejpeg.h"

#include "tasks/draws.h"
#include "tasks/finish.h"
#include "tasks/jpeg-quality.h"
#include "tasks/resize.h"
#include "tasks/task.h"

#include <math.h>

#define PLAIN_SHARE 0.05 /* of patches, not compressed */
#define GOOD_SHARE 0.25  /* of patches, quality 85..98 */
#define FIXED_SHARE                                                           \
  0.75 /* of the other compressed, one of fixed_qualities                    \
         */
#define GREY_SHARE 0.3
#define BLIND_SHARE 0.3
#define MISTOLD_SHARE 0.2  /* are told a quality that is off... */
#define MISTOLD_SIGMA 0.1  /* ...by a factor exp of this deviation */
#define TWICE_SHARE 0.5    /* of the compressed */
#define RESIZED_SHARE 0.25 /* of those compressed twice */
#define FLAT_SHARE 0.1     /* of compressions: all steps alike */
#define SCALED_SHARE 0.2   /* of compressions: steps of a diagonal times... */
#define SCALED_LOW 0.7     /* ...this to */
#define SCALED_HIGH 1.4    /* this */
#define ZOOM_LOW 0.5
#define ZOOM_HIGH 1.5

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
  double zoom; /* between two compressions; 1: none */
  RwResize filter;
} Plan;

/* Nothing but damage->key counts. */
static Plan
decide (const RwDamage *damage)
{
  const guint64 key = damage->key;
  const gboolean plain = rw_draw_is (key, IS_PLAIN, PLAIN_SHARE);
  const gboolean twice = rw_draw_is (key, IS_TWICE, TWICE_SHARE);
  const gboolean resized = rw_draw_is (key, IS_RESIZED, RESIZED_SHARE);

  return (Plan){
    .n = plain   ? 0
         : twice ? 2
                 : 1,
    .first_key = rw_random_key (key, FIRST_KEY),
    .last_key = rw_random_key (key, LAST_KEY),
    .zoom = !plain && twice && resized
                ? rw_draw_between (key, ZOOM, ZOOM_LOW, ZOOM_HIGH)
                : 1,
    .filter =
        rw_draw_is (key, IS_CUBIC, 0.5) ? RW_RESIZE_CUBIC : RW_RESIZE_LINEAR,
  };
}

static double
draw_quality (guint64 key)
{
  if (rw_draw_is (key, IS_GOOD, GOOD_SHARE / (1 - PLAIN_SHARE)))
    return rw_draw_between (key, QUALITY, 85, 98);
  if (!rw_draw_is (key, IS_FIXED, FIXED_SHARE))
    return rw_draw_between (key, QUALITY, 5, 95);
  return fixed_qualities[rw_random_below (key, QUALITY,
                                          G_N_ELEMENTS (fixed_qualities))];
}

/* Every diagonal u + v of the table by a factor of its own. */
static void
scale_bands (guint64 key, guint16 *table)
{
  for (int i = 0; i < 64; i++) {
    const guint64 band = (guint64) (i % 8 + i / 8);
    const double step =
        rint (table[i] * rw_draw_between (key, band, SCALED_LOW, SCALED_HIGH));
    table[i] = (guint16) CLAMP (step, 1, 255);
  }
}

/* Of other programs, now and then. */
static void
change_tables (guint64 key, RwJpegBlocks *blocks)
{
  const double share = rw_draw_between (key, TABLE, 0, 1);

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
  damage->grey = rw_draw_is (key, 1, GREY_SHARE);
  damage->blind = rw_draw_is (key, 2, BLIND_SHARE);
  damage->told = rw_draw_is (key, 3, MISTOLD_SHARE)
                     ? exp (MISTOLD_SIGMA * rw_draw_normal (key, 4))
                     : 1;

  const Plan plan = decide (damage);
  damage->values[0] = plan.n == 0 ? 100 : draw_quality (plan.last_key);
}

/* ---- pairs ------------------------------------------------------------- */

int
rw_dejpeg_extent (const RwDamage *damage, int length)
{
  const Plan plan = decide (damage);

  if (plan.zoom == 1)
    return length + 2 * MARGIN;
  const double reach = plan.filter == RW_RESIZE_CUBIC ? 2 : 1;
  return (int) ceil ((length + 2 * MARGIN) / plan.zoom +
                     2 * reach * fmax (1, 1 / plan.zoom)) +
         1;
}

/* The middle at the size that the last compression sees, in 0..1. */
static void
fit (const Plan *plan, const RwPlanes *source, RwPlanes *out)
{
  if (plan->zoom == 1)
    rw_planes_crop (source, out);
  else
    rw_resize (source, plan->filter, plan->zoom, out);
  for (gsize i = 0; i < rw_planes_count (out); i++)
    out->pixels[i] = CLAMP (out->pixels[i], 0.0f, 1.0f);
}

static void
compress (RwPlanes *rgb, const RwJpegBlocks *blocks)
{
  rw_jpeg_blocks_damage (rgb->pixels, rgb->width, rgb->height, blocks);
}

void
rw_dejpeg_degrade (const RwSample *source,
                   RwSample *clean,
                   RwSample *input,
                   RwDamage *damage)
{
  const Plan plan = decide (damage);
  const RwPlanes whole = rw_planes_of (source);
  RwPlanes target = rw_planes_of (clean), result = rw_planes_of (input);

  fit (&plan, &whole, &target);
  if (plan.n == 0) {
    rw_planes_crop (&target, &result);
    rw_finish_as_file (&result, &(RwFinish){ 0 });
    damage->values[0] = 100;
    return;
  }

  const RwJpegBlocks last = draw_blocks (plan.last_key, damage->grey);
  RwPlanes seen = rw_planes_make (input->width + 2 * MARGIN,
                                  input->height + 2 * MARGIN, 3);
  if (plan.n == 2) {
    const RwJpegBlocks first = draw_blocks (plan.first_key, damage->grey);
    RwPlanes file = rw_planes_make (source->width, source->height, 3);
    rw_planes_crop (&whole, &file);
    compress (&file, &first);
    fit (&plan, &file, &seen);
    g_free (file.pixels);
  } else {
    fit (&plan, &whole, &seen);
  }
  compress (&seen, &last);
  rw_planes_crop (&seen, &result);
  g_free (seen.pixels);
  damage->values[0] = rw_jpeg_tables_get_quality (last.luma);
}

void
rw_dejpeg_degrade_plain (const RwSample *source,
                         RwSample *clean,
                         RwSample *input,
                         double quality,
                         RwChroma subsampling)
{
  const RwPlanes whole = rw_planes_of (source);
  RwPlanes target = rw_planes_of (clean), result = rw_planes_of (input);
  RwJpegBlocks blocks = { .subsampling = subsampling };

  rw_jpeg_tables_from_quality (quality, blocks.luma, blocks.chroma);
  rw_planes_crop (&whole, &target);
  rw_planes_crop (&whole, &result);
  compress (&result, &blocks);
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
    .label = N_ ("JPEG quality"),
    .summary = N_ ("Quality that the picture was last saved with"),
    .kind = RW_FIELD_REAL,
    .def = 85, /* of pictures without steps: little can be wrong with them */
    .low = 1,
    .high = 100,
    .digits = 0,
    .open = TRUE },
};

static const double eval[] = { 20, 10, 30, 40, 0 };

const RwTask rw_task_dejpeg = {
  .info = {
    .name = "dejpeg",
    .title = N_ ("JPEG Artifacts"),
    .blurb = N_ ("Remove the blocks and ripples that JPEG leaves"),
    .help = N_ ("Undoes what JPEG did to a picture, also where it was compressed "
            "twice or resized since.  Without a quality it finds by itself "
            "how much there is."),
    .done = N_ ("artifacts removed"),
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
  .measure = rw_jpeg_quality_estimate,
};
