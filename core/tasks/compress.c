/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * compress: nothing is damaged, and the net is to give back what it saw,
 * through numbers that take few bits.  How few is traded against the error by
 * lambda, which grows evenly with the quality: a square error of 1 in 8-bit
 * steps, averaged over the picture, is worth lambda bits a pixel.  Source:
 * Balle, Laparra and Simoncelli 2017, section 2.
 */
#include "tasks/compress.h"

#include "base/random.h"
#include "tasks/task.h"

#include <math.h>
#include <string.h>

/* lambda of the lowest quality, and how many times that is the highest's */
#define LAMBDA_LOW 0.0025
#define LAMBDA_RATIO 60.0

enum { PLACE };

/* The ends get as many patches as any place between, since a net learns what
 * lies next to a place along with it, and the ends have one side only. */
#define BEYOND 0.1

static void
draw (guint64 key, RwDamage *damage)
{
  const double place =
      (1 + 2 * BEYOND) * (double) rw_random_uniform (key, PLACE) - BEYOND;

  *damage = (RwDamage){
    .values = { RW_QUALITY_LOW +
                (RW_QUALITY_HIGH - RW_QUALITY_LOW) * CLAMP (place, 0, 1) },
    .told = 1,
    .key = key,
  };
}

static void
degrade (const RwSample *source,
         RwSample *clean,
         RwSample *input,
         RwDamage *damage)
{
  const gsize n_bytes =
      3 * sizeof (float) * (gsize) source->width * (gsize) source->height;

  memcpy (clean->rgb, source->rgb, n_bytes);
  memcpy (input->rgb, source->rgb, n_bytes);
}

double
rw_compress_to_plane (double quality)
{
  return (quality - RW_QUALITY_LOW) / (RW_QUALITY_HIGH - RW_QUALITY_LOW);
}

static double
trade (double plane)
{
  return 255 * 255 * LAMBDA_LOW * pow (LAMBDA_RATIO, plane);
}

static const RwField controls[] = {
  { .name = "quality",
    .label = N_ ("Quality"),
    .summary = N_ ("How near to the original, at the price of a larger file"),
    .kind = RW_FIELD_REAL,
    .def = 50,
    .low = RW_QUALITY_LOW,
    .high = RW_QUALITY_HIGH,
    .digits = 0 },
};

static const double eval[] = { 50, 10, 30, 70, 90, 0 };

const RwTask rw_task_compress = {
  .info = {
    .name = "compress",
    .title = N_ ("Compress"),
    .blurb = N_ ("Pass a picture through numbers that take few bits"),
    .help = N_ ("Nothing is mended: a net of this task makes of a picture whole "
            "numbers for a small file, and of these the picture again."),
    .done = N_ ("compressed"),
    .category = "hidden",
    .weights = "compress-m",
    .kind = RW_TASK_CODEC,
    .scale = 1,
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
  },
  .range_low = 0,
  .range_high = 1,
  .eval = eval,
  .draw = draw,
  .degrade = degrade,
  .to_plane = rw_compress_to_plane,
  .bits = "bits",
  .trade = trade,
};
