/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * deblur: a kernel, noise, a file.
 */
#include "tasks/deblur.h"

#include "tasks/blur-kernel.h"
#include "tasks/blur-radius.h"
#include "tasks/draws.h"
#include "tasks/finish.h"
#include "tasks/grain.h"
#include "tasks/task.h"

#include <math.h>

#define RADIUS_LEAST 0.3 /* px: below, nothing is done */
#define UNDAMAGED_SHARE 0.12
#define GREY_SHARE 0.1
#define BLIND_SHARE 0.3

#define TARGET_SIGMA                                                          \
  0.35 /* px: the pass-band that the answer is limited to                     \
        */

/* Noise of finished photographs; the blur's sizes give the correlation of
 * neighbours that cameras' files have, 0.57 in Y and 0.78..0.95 in colour. */
#define SIGMA_LOW 0.3 /* of Y, 1/255 */
#define SIGMA_HIGH 4.0
#define CHROMA_LOW 0.35 /* of Y's deviation */
#define CHROMA_HIGH 0.95
#define SIZE_LUMA 0.67 /* px */
#define SIZE_CHROMA_LOW 1.0
#define SIZE_CHROMA_HIGH 2.2

#define JPEG_SHARE 0.5
#define QUALITY_LOW 80
#define QUALITY_HIGH 98

/* Indices below the damage's key. */
enum {
  IS_GREY,
  IS_BLIND,
  IS_UNDAMAGED,
  RADIUS,
  TOLD,
  KIND,
  IS_PLATEAU,
  KERNEL,
  SIGMA,
  SIGMA_CHROMA,
  SIZE_CHROMA,
  GAIN_DARK,
  GAIN_LIGHT,
  GAIN_WHITE,
  NOISE,
  FILE_KEY
};

void
rw_deblur_draw (guint64 key, RwDamage *damage)
{
  const gboolean undamaged = rw_draw_is (key, IS_UNDAMAGED, UNDAMAGED_SHARE);
  const double u = rw_draw_between (key, RADIUS, 0, 1);
  const double range = RW_BLUR_KERNEL_LARGEST - RADIUS_LEAST;

  *damage = (RwDamage){
    /* small ones more often: they are the more frequent, and can be undone */
    .values = { undamaged ? RADIUS_LEAST * u
                          : RADIUS_LEAST + range * u * sqrt (u) },
    .told = rw_draw_told (rw_random_key (key, TOLD)),
    .blind = rw_draw_is (key, IS_BLIND, BLIND_SHARE),
    .clip = TRUE,
    .grey = rw_draw_is (key, IS_GREY, GREY_SHARE),
    .key = key,
  };
}

static gboolean
is_undamaged (const RwDamage *damage)
{
  return damage->values[0] < RADIUS_LEAST;
}

int
rw_deblur_extent (const RwDamage *damage, int length)
{
  if (damage != NULL && is_undamaged (damage))
    return length;
  const double radius =
      damage != NULL ? damage->values[0] : RW_BLUR_KERNEL_LARGEST;
  return length + 2 * rw_blur_kernel_reach (radius);
}

static RwBlurKind
draw_kind (guint64 key)
{
  const double u = rw_draw_between (key, KIND, 0, 1);

  if (u < 0.3)
    return RW_BLUR_DISC;
  if (u < 0.6)
    return RW_BLUR_GAUSSIAN;
  if (u < 0.85)
    return RW_BLUR_WALK;
  return rw_draw_is (key, IS_PLATEAU, 0.5) ? RW_BLUR_PLATEAU : RW_BLUR_GENERAL;
}

static void
add_noise (RwPlanes *rgb, const RwDamage *damage)
{
  const guint64 key = damage->key;
  const double sigma = rw_draw_log (key, SIGMA, SIGMA_LOW, SIGMA_HIGH) / 255;
  const RwGrain grain = {
    .sigma_luma = sigma,
    .sigma_chroma =
        sigma * rw_draw_between (key, SIGMA_CHROMA, CHROMA_LOW, CHROMA_HIGH),
    .size_luma = SIZE_LUMA,
    .size_chroma =
        rw_draw_between (key, SIZE_CHROMA, SIZE_CHROMA_LOW, SIZE_CHROMA_HIGH),
    .gains = { (float) rw_draw_between (key, GAIN_DARK, 0.4, 1), 1,
               (float) rw_draw_between (key, GAIN_LIGHT, 0.6, 1.1),
               (float) rw_draw_between (key, GAIN_WHITE, 0.3, 0.9) },
    .grey = damage->grey,
    .key = rw_random_key (key, NOISE),
  };

  rw_grain_add (rgb, &grain);
}

/* In place of both blurs a copy, if undamaged; then no noise, and a good file.
 */
void
rw_deblur_degrade (const RwSample *source,
                   RwSample *clean,
                   RwSample *input,
                   RwDamage *damage)
{
  const RwPlanes whole = rw_planes_of (source);
  RwPlanes target = rw_planes_of (clean), blurred = rw_planes_of (input);
  RwFinish finish = { RW_FINISH_UNDAMAGED, .grey = damage->grey,
                      .key = rw_random_key (damage->key, FILE_KEY) };

  if (is_undamaged (damage)) {
    rw_planes_crop (&whole, &target);
    rw_planes_crop (&whole, &blurred);
  } else {
    const RwBlur lens = rw_blur_gaussian (TARGET_SIGMA);
    const double radius = fmin (damage->values[0], RW_BLUR_KERNEL_LARGEST);
    const RwKernel kernel = rw_blur_kernel_make (
        draw_kind (damage->key), radius, rw_random_key (damage->key, KERNEL));
    rw_blur (&whole, &lens, 1, &target);
    rw_convolve (&whole, &kernel, &blurred);
    damage->values[0] = rw_blur_kernel_measure (&kernel);
    add_noise (&blurred, damage);
    finish.jpeg_share = JPEG_SHARE;
    finish.quality_low = QUALITY_LOW;
    finish.quality_high = QUALITY_HIGH;
  }
  rw_finish_as_file (&blurred, &finish);
}

/* ---- the task ----------------------------------------------------------- */

static double
to_plane (double radius)
{
  return radius / RW_BLUR_KERNEL_LARGEST;
}

static const RwField controls[] = {
  { .name = "radius",
    .label = N_ ("Blur radius"),
    .summary = N_ ("Radius of the disc that a point became"),
    .unit = "px",
    .kind = RW_FIELD_REAL,
    .def = 1.5,
    .low = 0.1,
    .high = RW_BLUR_KERNEL_LARGEST,
    .digits = 1,
    .open = TRUE },
};

static const double eval[] = { 1.5, 1, 2.5, 0 };

const RwTask rw_task_deblur = {
  .info = {
    .name = "deblur",
    .title = N_ ("Deblur"),
    .blurb = N_ ("Sharpen what is a little out of focus or shaken"),
    .help = N_ ("Undoes blur of a few pixels, of a lens or a moving hand, without "
            "halos.  Without a radius it finds by itself how much there is."),
    .done = N_ ("deblurred"),
    .category = "enhance:sharpen",
    .weights = "deblur-m",
    .kind = RW_TASK_FILTER,
    .scale = 1,
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
  },
  .range_low = 0,
  .range_high = 1,
  .eval = eval,
  .draw = rw_deblur_draw,
  .extent = rw_deblur_extent,
  .degrade = rw_deblur_degrade,
  .to_plane = to_plane,
  .measure = rw_blur_radius_estimate,
};
