/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a key decides about a camera.  The ranges are chosen so that noise has
 * the statistics measured on the fifteen pairs of CC15 (Nam and others 2016;
 * Canon 5D Mk III, Nikon D600 and D800 at ISO 1600..6400: luma correlates 0.57
 * with its neighbour, chroma 0.85; shadows carry 0.55 of the midtones' noise),
 * and widened for cameras that are not among these.
 */
#include "tasks/camera-noise-private.h"
#include "tasks/camera-noise.h"

#include "tasks/draws.h"

#include <math.h>

/* Which random number decides what; new ones go to the end. */
enum {
  KIND,
  SOFTEN,
  SHRINKS_SOURCE,
  SHRINK_SOURCE,
  SHRINKS_RESULT,
  SHRINK_RESULT,
  EXPOSURE,
  CONTRAST,
  COLOUR_MIX,
  GAIN_RED,
  GAIN_BLUE,
  MOSAIC,
  PHASE,
  DEMOSAIC,
  READ,
  HAS_CLOUD,
  CLOUD_SHARE,
  CLOUD_SIGMA,
  HAS_LINES,
  LINE_SHARE,
  COLUMNS,
  HAS_HOT,
  HOT_SHARE,
  HAS_LUMA_BLUR,
  LUMA_SIGMA,
  HAS_CHROMA_BLUR,
  CHROMA_SIGMA,
  CHROMA_WEIGHT,
  SHARPEN,
  SHARPEN_SIGMA,
  KNOTS, /* 3 */
  CHROMA_SHARE = KNOTS + 3,
  NOISE,
  HAS_JPEG,
  TWICE,
  SAME_GRID,
  JPEGS, /* 2 * 5 */
  HAS_LENS = JPEGS + 2 * 5,
  LENS_SIGMA,

  /* of the other key, from which a patch is drawn */
  DRAW_CLEAN = 0,
  DRAW_LEVEL,
  DRAW_GREY,
  DRAW_BLIND,
  DRAW_TOO_HIGH,
  DRAW_TOLD,
  DRAW_NONE,
  DRAW_KEY
};

/* Shares of patches. Nets that saw 2 % of clean patches harmed clean pictures.
 */
#define CLEAN_SHARE 0.12
#define WHITE_SHARE 0.15
#define SHORTCUT_SHARE 0.25
#define GREY_SHARE 0.05

#define CLEAN_LEVEL 0.3 /* the deviation of rounding to 8 bits is 0.29 */
#define LOW_LEVEL 2.0   /* 1/255: of such, a share has a sharp target */
#define LOW_SHARP_SHARE 0.2

/* Deviation of Y in 1/255 of a developed picture for shot noise 1, in the mean
 * over what is drawn: 2.2 at shot 1e-3, 6.9 at 1e-2. */
#define LEVEL_OF_SHOT 69.0
#define SHOT_MIN 3e-4
#define SHOT_MAX 3.2e-2
#define READ_MAX 1e-3

/* Of Y, for noise of deviation 1 on each of R, G and B */
#define LUMA_OF_WHITE 0.66857

static RwCameraKind
decide_kind (guint64 key, double level)
{
  const double u = rw_draw_between (key, KIND, CLEAN_SHARE, 1);
  RwCameraKind kind = RW_CAMERA_SENSOR;

  if (level <= CLEAN_LEVEL)
    kind = RW_CAMERA_CLEAN;
  else if (u < CLEAN_SHARE + WHITE_SHARE)
    kind = RW_CAMERA_WHITE;
  else if (u < CLEAN_SHARE + WHITE_SHARE + SHORTCUT_SHARE)
    kind = RW_CAMERA_SHORTCUT;
  return kind;
}

/* ---- what follows from the key -------------------------------------------
 */

static void
decide_sensor (guint64 key, RwCamera *camera)
{
  const double method = rw_draw_between (key, DEMOSAIC, 0, 1);

  camera->exposure = exp2 (rw_draw_between (key, EXPOSURE, -2, 0.3));
  camera->contrast = rw_draw_between (key, CONTRAST, 0.2, 0.9);
  camera->colour_mix = rw_draw_between (key, COLOUR_MIX, 0.1, 0.9);
  camera->gain[0] = rw_draw_between (key, GAIN_RED, 1.5, 2.5);
  camera->gain[1] = 1;
  camera->gain[2] = rw_draw_between (key, GAIN_BLUE, 1.2, 2.1);
  camera->mosaic = rw_draw_is (key, MOSAIC, 0.9);
  camera->phase = (int) rw_random_below (key, PHASE, 4);
  camera->demosaic = method < 0.15  ? RW_DEMOSAIC_BILINEAR
                     : method < 0.6 ? RW_DEMOSAIC_MALVAR
                                    : RW_DEMOSAIC_HAMILTON_ADAMS;
}

/* Read noise by a line through the profiles of 433 cameras in darktable:
 * ln read = 1.3 ln shot - 2.5, deviation 1.1. */
static void
decide_noise (guint64 key, RwCamera *camera)
{
  const double root = camera->level / LEVEL_OF_SHOT, shot = root * root;

  camera->shot = (float) shot;
  camera->read = MIN (READ_MAX, exp (1.3 * log (shot) - 2.5 +
                                     1.1 * rw_draw_normal (key, READ)));
  if (rw_draw_is (key, HAS_CLOUD, 0.25))
    camera->cloud_share = rw_draw_between (key, CLOUD_SHARE, 0.03, 0.1);
  camera->cloud_sigma = rw_draw_between (key, CLOUD_SIGMA, 4, 8);
  if (rw_draw_is (key, HAS_LINES, 0.15))
    camera->line_share = rw_draw_between (key, LINE_SHARE, 0.05, 0.2);
  camera->columns = rw_draw_is (key, COLUMNS, 0.5);
  if (rw_draw_is (key, HAS_HOT, 0.1))
    camera->hot_share =
        1e-5 * pow (10, rw_draw_between (key, HOT_SHARE, 0, 1));
}

static void
decide_processing (guint64 key, RwCamera *camera)
{
  if (rw_draw_is (key, HAS_LUMA_BLUR, 0.95))
    camera->luma_sigma = rw_draw_between (key, LUMA_SIGMA, 0.4, 0.78);
  if (rw_draw_is (key, HAS_CHROMA_BLUR, 0.95))
    camera->chroma_sigma = rw_draw_between (key, CHROMA_SIGMA, 1.1, 2.5);
  camera->chroma_weight = rw_draw_between (key, CHROMA_WEIGHT, 0.85, 1);
  camera->sharpen = MAX (0, rw_draw_between (key, SHARPEN, -0.6, 0.6));
  camera->sharpen_sigma = rw_draw_between (key, SHARPEN_SIGMA, 0.7, 1.2);
}

static void
decide_knots (guint64 key, RwCamera *camera)
{
  camera->knots[0] = rw_draw_between (key, KNOTS, 0.05, 0.6);
  camera->knots[1] = 1;
  camera->knots[2] = rw_draw_between (key, KNOTS + 1, 0.5, 1);
  camera->knots[3] = rw_draw_between (key, KNOTS + 2, 0.3, 0.9);
}

static int
decide_quality (guint64 key, int index)
{
  const double u = rw_draw_between (key, index, 0, 1);
  const int low = u < 0.7 ? 86 : u < 0.92 ? 70 : 50;
  const int high = u < 0.7 ? 98 : u < 0.92 ? 85 : 69;

  return low + (int) rw_random_below (key, (guint64) index + 1,
                                      (guint32) (high - low + 1));
}

static void
decide_jpegs (guint64 key, RwCamera *camera)
{
  const gboolean clean = camera->kind == RW_CAMERA_CLEAN;

  if (!rw_draw_is (key, HAS_JPEG, clean ? 0.4 : 0.85))
    return;
  camera->n_jpegs = !clean && rw_draw_is (key, TWICE, 0.15) ? 2 : 1;
  for (int i = 0; i < camera->n_jpegs; i++) {
    const int at = JPEGS + 5 * i;
    const double coarse = rw_draw_between (key, at + 2, 0, 1);
    const int quality = clean
                            ? 92 + (int) rw_random_below (key, (guint64) at, 7)
                            : decide_quality (key, at);

    camera->jpegs[i] = rw_jpeg_blocks_draw (
        rw_random_key (key, (guint64) at + 3), quality, camera->grey);
    camera->jpegs[i].subsampling = coarse < 0.4   ? RW_CHROMA_420
                                   : coarse < 0.8 ? RW_CHROMA_422
                                                  : RW_CHROMA_444;
  }
  if (rw_draw_is (key, SAME_GRID,
                  0.5)) { /* saved again as it was, not cropped */
    camera->jpegs[1].phase_x = camera->jpegs[0].phase_x;
    camera->jpegs[1].phase_y = camera->jpegs[0].phase_y;
  }
}

void
rw_camera_decide (guint64 key, double level, gboolean grey, RwCamera *camera)
{
  const double low_share = level < LOW_LEVEL ? LOW_SHARP_SHARE : 0;

  *camera = (RwCamera){
    .kind = decide_kind (key, level),
    .level = (float) level,
    .key = rw_random_key (key, NOISE),
    .grey = grey,
    .shrink_source = 1,
    .shrink_result = 1,
  };
  switch (camera->kind) {
  case RW_CAMERA_CLEAN:
    camera->soften = rw_draw_is (key, SOFTEN, 0.5);
    break;
  case RW_CAMERA_WHITE:
    camera->soften = !rw_draw_is (key, SOFTEN, 0.2);
    break;
  case RW_CAMERA_SHORTCUT:
    break;
  case RW_CAMERA_SENSOR:
    camera->soften = !rw_draw_is (key, SOFTEN, low_share);
    if (!camera->soften)
      camera->kind = RW_CAMERA_SHORTCUT;
    break;
  }

  if (rw_draw_is (key, SHRINKS_SOURCE, 0.75))
    camera->shrink_source = rw_draw_between (key, SHRINK_SOURCE, 0.5, 1);
  if (rw_draw_is (key, HAS_LENS, 0.65))
    camera->lens_sigma = rw_draw_between (key, LENS_SIGMA, 0.4, 1.3);
  if (camera->soften && rw_draw_is (key, SHRINKS_RESULT, 0.3))
    camera->shrink_result = rw_draw_between (key, SHRINK_RESULT, 0.5, 1);
  decide_sensor (key, camera);
  decide_noise (key, camera);
  decide_processing (key, camera);
  decide_knots (key, camera);
  camera->chroma_share = rw_draw_between (key, CHROMA_SHARE, 0.35, 0.95);
  decide_jpegs (key, camera);
}

/* ---- what training draws -------------------------------------------------
 */

static double
draw_level (guint64 key, guint64 damage_key)
{
  const double u = rw_draw_between (key, DRAW_LEVEL, 0, 1);

  if (rw_draw_is (key, DRAW_CLEAN, CLEAN_SHARE))
    return rw_draw_is (key, DRAW_NONE, 0.5) ? 0 : CLEAN_LEVEL * u;
  switch (decide_kind (damage_key, G_MAXDOUBLE)) {
  case RW_CAMERA_CLEAN:
    break;
  case RW_CAMERA_WHITE:
    return LUMA_OF_WHITE * (1 + 29 * u);
  case RW_CAMERA_SHORTCUT:
    return pow (14, u);
  case RW_CAMERA_SENSOR:
    return LEVEL_OF_SHOT * sqrt (SHOT_MIN * pow (SHOT_MAX / SHOT_MIN, u));
  }
  return 0;
}

void
rw_camera_noise_draw (guint64 key, RwDamage *damage)
{
  *damage = (RwDamage){
    .told = 1,
    .blind = rw_draw_is (key, DRAW_BLIND, 0.3),
    .clip = TRUE,
    .grey = rw_draw_is (key, DRAW_GREY, GREY_SHARE),
    .key = rw_random_key (key, DRAW_KEY),
  };
  damage->values[0] = draw_level (key, damage->key);
  if (rw_draw_is (key, DRAW_TOO_HIGH, 0.3))
    damage->told = rw_draw_between (key, DRAW_TOLD, 1, 3);
  else
    damage->told = exp (0.25 * rw_draw_normal (key, DRAW_TOLD));
}

int
rw_camera_noise_extent (const RwDamage *damage, int length)
{
  RwCamera camera;

  rw_camera_decide (damage->key, damage->values[0], damage->grey, &camera);
  return rw_camera_extent (&camera, length);
}

void
rw_camera_noise_degrade (const RwSample *source,
                         RwSample *clean,
                         RwSample *input,
                         RwDamage *damage)
{
  RwCamera camera;

  rw_camera_decide (damage->key, damage->values[0], damage->grey, &camera);
  damage->values[0] = rw_camera_degrade (&camera, source, clean, input);
}
