/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * lowlight: linear light, less of it, a sensor, a camera's colours, a file.
 *
 *   coded -> linear -> / white balance -> noise, steps -> * white balance
 *         -> * 2^-EV -> the camera's curve -> softened -> 8 bits
 *
 * Light is counted from 0 to the white of the darkened picture, to which the
 * noise is relative, too: variance = a light + b.
 */
#include "tasks/lowlight.h"

#include "tasks/chroma.h"
#include "tasks/curves.h"
#include "tasks/draws.h"
#include "tasks/finish.h"
#include "tasks/lamps.h"
#include "tasks/light-level.h"
#include "tasks/task.h"

#include <math.h>

#define EV_MOST 5.6
#define GREY_SHARE 0.1
#define LAMP_SHARE 0.3

/* Shot noise. Little of it where little light is missing: the range opens up
 * to EV_NOISY. */
#define SHOT_LOW 1e-3
#define SHOT_HIGH 2e-2
#define EV_NOISY 1.7

/* Read noise: ln b = 1.3 ln a - 2.5 + N (0, 1.1), a fit to cameras' profiles.
 */
#define READ_SLOPE 1.3
#define READ_BASE -2.5
#define READ_SPREAD 1.1
#define READ_MOST 1e-3

#define RED_LOW 1.9 /* white balance: what the sensor sees less of */
#define RED_HIGH 2.4
#define BLUE_LOW 1.5
#define BLUE_HIGH 1.9
#define CAST 0.06 /* deviation of the logarithm of a wrong gain */
#define BITS_LOW 10
#define N_BITS 5 /* 10..14 */
#define BLACKEST -0.05f

/* The camera's curve is light^(1 / gamma), from EV_CURVE on alone, before
 * mixed with sRGB's; the same for the cast. */
#define GAMMA_LOW 2.0
#define GAMMA_HIGH 2.6
#define EV_CURVE 2.0

#define LUMA_LOW 0.4 /* px: deviations of blurs */
#define LUMA_HIGH 0.8
#define CHROMA_LOW 1.0
#define CHROMA_HIGH 3.0
#define CHROMA_SHARE_LOW 0.7
#define MARGIN 6 /* px: two deviations of the widest blur */

#define JPEG_SHARE 0.6
#define QUALITY_LOW 70
#define QUALITY_HIGH 97
#define EV_GOOD 0.25 /* below, pictures count as undamaged, and so do files */

enum { CURVE_STEPS = 1024, BINS = 64 };

/* Indices below the damage's key. */
enum {
  IS_GREY,
  EV,
  SHOT,
  RED,
  BLUE,
  BITS,
  GAMMA,
  LUMA,
  CHROMA,
  CHROMA_SHARE,
  READ,
  CAST_RED,
  CAST_BLUE,
  NOISE,
  FILE_KEY,
  HAS_LAMPS,
  LAMPS
};

typedef struct {
  float a, b;     /* noise */
  float gains[3]; /* white balance */
  float casts[3]; /* as the camera guessed it, over what would be right */
  float steps;    /* of the sensor, from black to the darkened white */
} Camera;

void
rw_lowlight_draw (guint64 key, RwDamage *damage)
{
  *damage = (RwDamage){
    .values = { rw_draw_between (key, EV, 0, EV_MOST) },
    .told =
        1, /* else the error is one of brightness, and noise hardly counts */
    .clip = TRUE,
    .grey = rw_draw_is (key, IS_GREY, GREY_SHARE),
    .key = key,
  };
}

int
rw_lowlight_extent (const RwDamage *damage, int length)
{
  return length + 2 * MARGIN;
}

/* ---- decisions --------------------------------------------------------- */

/* The camera's coded value of light (i / steps)^2. */
static void
fill_curve (RwCurve *curve, const RwDamage *damage)
{
  const double gamma =
      rw_draw_between (damage->key, GAMMA, GAMMA_LOW, GAMMA_HIGH);
  const float share = (float) fmin (1, damage->values[0] / EV_CURVE);

  curve->steps = CURVE_STEPS;
  for (int i = 0; i <= CURVE_STEPS; i++) {
    const float x = (float) i / CURVE_STEPS;
    const float srgb = rw_curve_at (rw_curve_encode_srgb (), x * x);
    const float power = powf (x, (float) (2 / gamma));
    curve->entries[i].value = srgb + share * (power - srgb);
  }
  rw_curve_join (curve);
}

static Camera
draw_camera (const RwDamage *damage)
{
  const guint64 key = damage->key;
  const double ev = damage->values[0];
  const double open = fmin (1, ev / EV_NOISY);
  const double a = rw_draw_log (key, SHOT, SHOT_LOW,
                                SHOT_LOW * pow (SHOT_HIGH / SHOT_LOW, open));
  const int bits = BITS_LOW + (int) rw_random_below (key, BITS, N_BITS);
  Camera camera = { .a = (float) a,
                    .gains = { 1, 1, 1 },
                    .casts = { 1, 1, 1 },
                    .steps = (float) exp2 (bits - ev) };

  const double read = READ_SLOPE * log (a) + READ_BASE +
                      READ_SPREAD * rw_draw_normal (key, READ);
  camera.b = (float) fmin (exp (read), READ_MOST);
  if (damage->grey)
    return camera;
  camera.gains[0] = (float) rw_draw_between (key, RED, RED_LOW, RED_HIGH);
  camera.gains[2] = (float) rw_draw_between (key, BLUE, BLUE_LOW, BLUE_HIGH);
  const double cast = CAST * fmin (1, ev / EV_CURVE);
  const float red = (float) exp (cast * rw_draw_normal (key, CAST_RED));
  const float blue = (float) exp (cast * rw_draw_normal (key, CAST_BLUE));
  const float luma = 0.2126f * red + 0.7152f + 0.0722f * blue;
  camera.casts[0] = red / luma;
  camera.casts[1] = 1 / luma;
  camera.casts[2] = blue / luma;
  return camera;
}

/* ---- light ------------------------------------------------------------- */

/* How bright pixels are that light times @factor makes, decoded as sRGB. */
static double
sum_seen (const int *bins, const RwCurve *curve, double factor)
{
  const RwCurve *srgb = rw_curve_decode_srgb ();
  double sum = 0;

  for (int i = 0; i < BINS; i++) {
    const double x = (i + 0.5) / BINS;
    const float coded = rw_curve_at (curve, (float) (x * sqrt (factor)));
    sum += bins[i] * (double) rw_curve_at (srgb, coded);
  }
  return sum;
}

/* The factor on light after which, through the camera's curve, the picture has
 * 2^-EV of its brightness. */
static double
find_factor (const RwPlanes *light, const RwCurve *curve, double ev)
{
  const gsize n = rw_planes_count (light);
  int bins[BINS] = { 0 };
  double low = -ev - 4, high = -ev + 4, goal = 0;

  for (gsize i = 0; i < n; i += 3) {
    const float *p = light->pixels + i;
    const float y = 0.2126f * p[0] + 0.7152f * p[1] + 0.0722f * p[2];
    bins[MIN ((int) (sqrtf (y) * BINS), BINS - 1)]++;
  }
  for (int i = 0; i < BINS; i++)
    goal += bins[i] * (i + 0.5) * (i + 0.5) / BINS / BINS * exp2 (-ev);
  for (int i = 0; i < 16; i++) {
    const double middle = 0.5 * (low + high);
    if (sum_seen (bins, curve, exp2 (middle)) < goal)
      low = middle;
    else
      high = middle;
  }
  return exp2 (0.5 * (low + high));
}

/* The sensor's noise and steps. */
static void
add_noise (RwPlanes *light, const Camera *camera, gboolean grey, guint64 key)
{
  const gsize n = rw_planes_count (light), repeat = grey ? 3 : 1;
  const float step = 1 / camera->steps;
  g_autofree float *noise = g_new (float, n / repeat);
  float per_gain[3];

  for (int c = 0; c < 3; c++)
    per_gain[c] = 1 / camera->gains[c];
  rw_random_gaussian (key, 0, noise, n / repeat);
  for (gsize i = 0; i < n; i += 3) {
    for (gsize c = 0; c < 3; c++) {
      const float seen = light->pixels[i + c] * per_gain[c];
      const float noisy = seen + sqrtf (camera->a * seen + camera->b) *
                                     noise[(i + c) / repeat];
      const float kept = MAX (noisy, BLACKEST);
      /* rounded to the nearest step: truncation of a positive number */
      const gint32 count = (gint32) ((kept - BLACKEST) * camera->steps + 0.5f);
      light->pixels[i + c] =
          ((float) count * step + BLACKEST) * camera->gains[c];
    }
  }
}

/* Adds lamps to @light, and to @target as far as white goes. */
static void
light_lamps (RwPlanes *light, RwPlanes *target, gboolean grey, guint64 key)
{
  rw_lamps_add (light, grey, key);
  rw_planes_crop (light, target);
  rw_curve_apply (rw_curve_encode_srgb (), target->pixels,
                  rw_planes_count (target));
}

void
rw_lowlight_degrade (const RwSample *source,
                     RwSample *clean,
                     RwSample *input,
                     RwDamage *damage)
{
  const guint64 key = damage->key;
  const Camera camera = draw_camera (damage);
  const RwPlanes whole = rw_planes_of (source);
  RwPlanes target = rw_planes_of (clean), dark = rw_planes_of (input);
  const gsize n = rw_planes_count (&whole);
  g_autofree float *memory = g_new (float, 2 * n);
  RwPlanes light = { whole.width, whole.height, 3, memory }, ycc[3];
  RwCurve curve;

  fill_curve (&curve, damage);
  rw_planes_crop (&whole, &target);
  rw_planes_crop (&whole, &light);
  rw_curve_apply (rw_curve_decode_srgb (), light.pixels, n);
  const float factor = (float) find_factor (&light, &curve, damage->values[0]);
  if (rw_draw_is (key, HAS_LAMPS, LAMP_SHARE))
    light_lamps (&light, &target, damage->grey, rw_random_key (key, LAMPS));
  add_noise (&light, &camera, damage->grey, rw_random_key (key, NOISE));
  for (gsize i = 0; i < n; i += 3)
    for (gsize c = 0; c < 3; c++)
      light.pixels[i + c] =
          sqrtf (MAX (light.pixels[i + c] * camera.casts[c] * factor, 0.0f));
  rw_curve_apply (&curve, light.pixels, n);
  rw_chroma_set (ycc, whole.width, whole.height, memory + n);
  rw_chroma_split (&light, ycc);
  if (damage->grey)
    rw_chroma_drop (ycc);
  rw_chroma_soften (
      ycc, rw_draw_between (key, LUMA, LUMA_LOW, LUMA_HIGH),
      damage->grey ? 0
                   : rw_draw_between (key, CHROMA, CHROMA_LOW, CHROMA_HIGH),
      rw_draw_between (key, CHROMA_SHARE, CHROMA_SHARE_LOW, 1));
  rw_chroma_join (ycc, &light);
  RwFinish finish = { RW_FINISH_UNDAMAGED, .grey = damage->grey,
                      .key = rw_random_key (key, FILE_KEY) };
  if (damage->values[0] >= EV_GOOD) {
    finish.jpeg_share = JPEG_SHARE;
    finish.quality_low = QUALITY_LOW;
    finish.quality_high = QUALITY_HIGH;
  }
  rw_finish_as_file (&light, &finish);
  rw_planes_crop (&light, &dark);
}

/* ---- the task ----------------------------------------------------------- */

#define EV_MAX 5.6

static double
to_plane (double ev)
{
  return ev / EV_MAX;
}

static const RwField controls[] = {
  { .name = "exposure",
    .label = N_ ("Exposure"),
    .summary = N_ ("Light that is missing"),
    .unit = "EV",
    .kind = RW_FIELD_REAL,
    .def = 2,
    .low = 0.1,
    .high = EV_MAX,
    .digits = 1,
    .open = TRUE },
};

static const double eval[] = { 2, 1, 3.5, 0 };

const RwTask rw_task_lowlight = {
  .info = {
    .name = "lowlight",
    .title = N_ ("Low Light"),
    .blurb = N_ ("Brighten dark pictures and take their noise away"),
    .help = N_ ("Gives an under-exposed picture its light back, without the noise "
            "and the cast that brightening alone would show.  Without an "
            "exposure it is measured on the whole picture."),
    .done = N_ ("brightened"),
    .category = "enhance:light",
    .weights = "lowlight-m",
    .kind = RW_TASK_FILTER,
    .scale = 1,
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
  },
  .range_low = 0,
  .range_high = 1,
  .eval = eval,
  .draw = rw_lowlight_draw,
  .extent = rw_lowlight_extent,
  .degrade = rw_lowlight_degrade,
  .to_plane = to_plane,
  .measure = rw_light_level_estimate,
};
