/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * restore: an aged print gets marks and goes through a scanner and the web.
 *
 * The print's colours are the clean picture's as well: a net that sees a few
 * dozen pixels cannot know how far a whole picture has faded.  One that was
 * trained to undo that changed colours wrongly, and left the grain, whose part
 * of the error was a tenth.
 */
#include "tasks/restore-damage.h"

#include "tasks/curves.h"
#include "tasks/draws.h"
#include "tasks/finish.h"
#include "tasks/grain.h"
#include "tasks/marks.h"
#include "tasks/noise-level.h"
#include "tasks/photo-level.h"
#include "tasks/resize.h"
#include "tasks/task.h"
#include "tasks/typical-error.h"

#include <math.h>

#define UNDAMAGED_SHARE 0.2
#define GREY_SHARE 0.1
#define BLIND_SHARE 0.3
#define AMOUNT_LOW 0.7 /* 1/255 */
#define AMOUNT_HIGH 25.0
#define AMOUNT_FULL 12.0   /* from here on steps have their whole ranges */
#define MISTOLD_SIGMA 0.25 /* nets are told exp (N (0, this)) times it */
#define MARGIN 8           /* px; what reaches further is mirrored there */

/* The print. */
#define SEPIA_SHARE 0.2
#define GREY_PRINT_SHARE 0.1
#define FADED_SHARE 0.6
#define CAST_SHARE 0.5
#define YELLOW_SHARE 0.3
#define STAIN_SHARE 0.3
#define STAIN 0.08    /* of the colour, at most */
#define STAIN_SIZE 48 /* px between the field's points */
#define MARKED_SHARE 0.2
#define MARKS_LAST_SHARE 0.5 /* lie on the scanner, not on the print */

/* What happens to its picture. */
#define STEP_SHARE 0.7 /* each of the first three */
#define MILD_SHARE 0.2 /* the same where next to nothing is wrong */
#define KEEP_SHARE 0.3 /* a first JPEG file, before the last one */
#define SIGMA_LOW 0.3  /* px */
#define SIGMA_HIGH 2.0
#define SCALE_LOW 0.4
#define GRAIN_LOW 1.0 /* deviation of Y, 1/255 */
#define GRAIN_HIGH 25.0
#define JPEG_SHARE 0.7 /* of the last files */
#define QUALITY_LOW 40
#define QUALITY_GOOD 92 /* the least where next to nothing is wrong */
#define QUALITY_HIGH 98

enum { FADE_STEPS = 256 };

typedef enum { BLUR, RESIZE, GRAIN, KEEP, N_STEPS } Step;

/* Indices below the damage's key. */
enum {
  IS_GREY,
  IS_BLIND,
  AMOUNT,
  MISTOLD,
  IS_UNDAMAGED,
  IS_SEPIA,
  IS_GREY_PRINT,
  IS_FADED,
  IS_CAST,
  IS_YELLOW,
  IS_STAINED,
  IS_MARKED,
  IS_MARKED_LAST,
  BLACK,
  WHITE,
  GAMMA,
  CAST,
  YELLOW = CAST + 3,
  SEPIA_GREEN,
  SEPIA_BLUE,
  STAIN_FIELD,
  MARKS,
  SIGMA,
  SCALE_X,
  SCALE_Y,
  SMALL_KIND,
  LARGE_KIND,
  GRAIN_SIGMA,
  GRAIN_CHROMA,
  GRAIN_SIZE,
  GRAIN_SIZE_CHROMA,
  GRAIN_ENDS,
  GRAIN_FIELD = GRAIN_ENDS + 2,
  IS_STEP,
  ORDER = IS_STEP + N_STEPS,
  KEEP_KEY = ORDER + N_STEPS,
  FILE_KEY
};

void
rw_restore_draw (guint64 key, RwDamage *damage)
{
  *damage = (RwDamage){
    .values = { rw_draw_log (key, AMOUNT, AMOUNT_LOW, AMOUNT_HIGH) },
    .told = exp (MISTOLD_SIGMA * rw_draw_normal (key, MISTOLD)),
    .blind = rw_draw_is (key, IS_BLIND, BLIND_SHARE),
    .clip = TRUE,
    .grey = rw_draw_is (key, IS_GREY, GREY_SHARE),
    .key = key,
  };
}

static gboolean
is_undamaged (const RwDamage *damage)
{
  return !damage->plain &&
         rw_draw_is (damage->key, IS_UNDAMAGED, UNDAMAGED_SHARE);
}

int
rw_restore_extent (const RwDamage *damage, int length)
{
  const gboolean exact = damage != NULL && is_undamaged (damage);

  return exact ? length : length + 2 * MARGIN;
}

/* ---- the print --------------------------------------------------------- */

static gboolean
has_lost_colours (const RwDamage *damage)
{
  return damage->grey || rw_draw_is (damage->key, IS_SEPIA, SEPIA_SHARE) ||
         rw_draw_is (damage->key, IS_GREY_PRINT, GREY_PRINT_SHARE);
}

static void
make_grey (RwPlanes *rgb)
{
  const gsize n = rw_planes_count (rgb);

  for (gsize i = 0; i < n; i += 3) {
    float *p = rgb->pixels + i;
    p[0] = p[1] = p[2] = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
  }
}

/* What remains of white in each channel, black's share of it aside. */
static void
draw_gains (const RwDamage *damage, double gains[3])
{
  const guint64 key = damage->key;

  gains[0] = gains[1] = gains[2] = 1;
  if (damage->grey)
    return;
  if (rw_draw_is (key, IS_SEPIA, SEPIA_SHARE)) {
    gains[1] = rw_draw_between (key, SEPIA_GREEN, 0.8, 0.95);
    gains[2] = gains[1] * rw_draw_between (key, SEPIA_BLUE, 0.7, 0.95);
  } else if (rw_draw_is (key, IS_CAST, CAST_SHARE) &&
             !has_lost_colours (damage)) {
    for (guint64 c = 0; c < 3; c++)
      gains[c] = rw_draw_between (key, CAST + c, 0.85, 1.1);
  }
  if (rw_draw_is (key, IS_YELLOW, YELLOW_SHARE)) {
    const double blue = rw_draw_between (key, YELLOW, 0.6, 1);
    gains[1] *= 1 - 0.35 * (1 - blue); /* paper turns cream, not lemon */
    gains[2] *= blue;
  }
}

/* out = gain * (b + (w - b) x^gamma), by a table. */
static void
fade (RwPlanes *rgb, const RwDamage *damage)
{
  const guint64 key = damage->key;
  const gboolean faded = rw_draw_is (key, IS_FADED, FADED_SHARE);
  const double black = faded ? rw_draw_between (key, BLACK, 0, 0.2) : 0;
  const double white = faded ? rw_draw_between (key, WHITE, 0.75, 1) : 1;
  const double gamma = faded ? rw_draw_between (key, GAMMA, 0.8, 1.3) : 1;
  const gsize n = rw_planes_count (rgb);
  RwCurve curve;
  double gains[3];

  curve.steps = FADE_STEPS;
  for (int i = 0; i <= FADE_STEPS; i++)
    curve.entries[i].value =
        (float) (black +
                 (white - black) * pow (i / (double) FADE_STEPS, gamma));
  rw_curve_join (&curve);
  rw_curve_apply (&curve, rgb->pixels, n);
  draw_gains (damage, gains);
  const float per_channel[3] = { (float) gains[0], (float) gains[1],
                                 (float) gains[2] };
  for (gsize i = 0; i < n; i += 3)
    for (gsize c = 0; c < 3; c++)
      rgb->pixels[i + c] *= per_channel[c];
}

/* Random points far apart, smoothly joined; most in blue, which yellows. */
static void
stain (RwPlanes *rgb, const RwDamage *damage)
{
  RwPlanes points = rw_planes_make (rgb->width / STAIN_SIZE + 2,
                                    rgb->height / STAIN_SIZE + 2, 1);
  RwPlanes field = rw_planes_make (rgb->width, rgb->height, 1);
  const gsize n = rw_planes_count (&field);
  const float depth[3] = { 0.6f * (float) STAIN, 0.75f * (float) STAIN,
                           (float) STAIN };

  rw_random_gaussian (rw_random_key (damage->key, STAIN_FIELD), 0,
                      points.pixels, rw_planes_count (&points));
  rw_resize (&points, RW_RESIZE_CUBIC, 0, &field);
  for (gsize i = 0; i < n; i++) {
    const float height = CLAMP (0.7f * field.pixels[i], -1.0f, 1.0f);
    for (gsize c = 0; c < 3; c++)
      rgb->pixels[3 * i + c] *= 1 + height * depth[damage->grey ? 1 : c];
  }
  g_free (points.pixels);
  g_free (field.pixels);
}

static void
age (RwPlanes *print, const RwDamage *damage)
{
  const gsize n = rw_planes_count (print);

  if (has_lost_colours (damage))
    make_grey (print);
  fade (print, damage);
  if (rw_draw_is (damage->key, IS_STAINED, STAIN_SHARE))
    stain (print, damage);
  for (gsize i = 0; i < n; i++)
    print->pixels[i] = CLAMP (print->pixels[i], 0.0f, 1.0f);
}

/* ---- its picture ------------------------------------------------------- */

/* How much of their ranges the steps have, 0..1. */
static double
get_severity (const RwDamage *damage)
{
  return fmin (1, damage->values[0] / AMOUNT_FULL);
}

static void
shrink_and_enlarge (RwPlanes *rgb, const RwDamage *damage)
{
  const guint64 key = damage->key;
  const double least = 1 - (1 - SCALE_LOW) * get_severity (damage);
  const double x = rw_draw_between (key, SCALE_X, least, 1);
  const double y = fmin (1, x * rw_draw_between (key, SCALE_Y, 0.9, 1.1));
  const RwResize down = (RwResize) rw_random_below (key, SMALL_KIND, 3);
  const RwResize up =
      rw_draw_is (key, LARGE_KIND, 0.5) ? RW_RESIZE_LINEAR : RW_RESIZE_CUBIC;
  RwPlanes small = rw_planes_make (MAX (1, (int) rint (x * rgb->width)),
                                   MAX (1, (int) rint (y * rgb->height)), 3);

  rw_resize (rgb, down, 0, &small);
  rw_resize (&small, up, 0, rgb);
  g_free (small.pixels);
}

/* Film's grain is strongest between shadows and lights. */
static void
add_grain (RwPlanes *rgb, const RwDamage *damage)
{
  const guint64 key = damage->key;
  const double most = fmax (GRAIN_LOW, GRAIN_HIGH * get_severity (damage));
  const double sigma = rw_draw_log (key, GRAIN_SIGMA, GRAIN_LOW, most) / 255;
  const RwGrain grain = {
    .sigma_luma = sigma,
    .sigma_chroma = sigma * rw_draw_between (key, GRAIN_CHROMA, 0.1, 0.6),
    .size_luma = rw_draw_between (key, GRAIN_SIZE, 0.5, 1.5),
    .size_chroma = rw_draw_between (key, GRAIN_SIZE_CHROMA, 0.5, 2.2),
    .gains = { (float) rw_draw_between (key, GRAIN_ENDS, 0.3, 1), 1, 1,
               (float) rw_draw_between (key, GRAIN_ENDS + 1, 0.3, 1) },
    .grey = has_lost_colours (damage),
    .key = rw_random_key (key, GRAIN_FIELD),
  };

  rw_grain_add (rgb, &grain);
}

static void
keep (RwPlanes *rgb, const RwDamage *damage, double share, guint64 index)
{
  const double least =
      QUALITY_GOOD - (QUALITY_GOOD - QUALITY_LOW) * get_severity (damage);

  rw_finish_as_file (rgb,
                     &(RwFinish){ .jpeg_share = share,
                                  .quality_low = least,
                                  .quality_high = QUALITY_HIGH,
                                  .grey = damage->grey,
                                  .key = rw_random_key (damage->key, index) });
}

static void
take_step (RwPlanes *rgb, Step what, const RwDamage *damage)
{
  RwBlur blur;

  switch (what) {
  case BLUR:
    blur = rw_blur_gaussian (rw_draw_between (
        damage->key, SIGMA, SIGMA_LOW,
        SIGMA_LOW + (SIGMA_HIGH - SIGMA_LOW) * get_severity (damage)));
    rw_blur (rgb, &blur, 1, rgb);
    break;
  case RESIZE:
    shrink_and_enlarge (rgb, damage);
    break;
  case GRAIN:
    add_grain (rgb, damage);
    break;
  case KEEP:
    keep (rgb, damage, 1, KEEP_KEY);
    break;
  case N_STEPS:
    break;
  }
}

/* Each with its probability, in an order by drawn numbers (Fisher, Yates). */
static void
take_steps (RwPlanes *rgb, const RwDamage *damage)
{
  Step order[N_STEPS] = { BLUR, RESIZE, GRAIN, KEEP };
  const double share =
      MILD_SHARE + (STEP_SHARE - MILD_SHARE) * get_severity (damage);

  for (guint32 i = N_STEPS - 1; i > 0; i--) {
    const guint32 j = rw_random_below (damage->key, ORDER + i, i + 1);
    const Step last = order[i];
    order[i] = order[j];
    order[j] = last;
  }
  for (int i = 0; i < N_STEPS; i++)
    if (rw_draw_is (damage->key, IS_STEP + (guint64) order[i],
                    order[i] == KEEP ? KEEP_SHARE : share))
      take_step (rgb, order[i], damage);
}

/* The print of clean colours that scanners and the web make of it. */
static void
damage_print (const RwDamage *damage, RwPlanes *target, RwPlanes *print)
{
  const guint64 key = damage->key;
  const gboolean marked = rw_draw_is (key, IS_MARKED, MARKED_SHARE);
  const gboolean last = rw_draw_is (key, IS_MARKED_LAST, MARKS_LAST_SHARE);

  age (print, damage);
  rw_planes_crop (print, target);
  if (marked && !last)
    rw_marks_add (print, rw_random_key (key, MARKS));
  take_steps (print, damage);
  if (marked && last)
    rw_marks_add (print, rw_random_key (key, MARKS));
  keep (print, damage, JPEG_SHARE, FILE_KEY);
}

static void
keep_undamaged (const RwPlanes *whole,
                const RwDamage *damage,
                RwPlanes *target,
                RwPlanes *print)
{
  const RwFinish finish = { RW_FINISH_UNDAMAGED, .grey = damage->grey,
                            .key = rw_random_key (damage->key, FILE_KEY) };

  rw_planes_crop (whole, target);
  rw_finish_as_file (print, &finish);
}

void
rw_restore_degrade (const RwSample *source,
                    RwSample *clean,
                    RwSample *input,
                    RwDamage *damage)
{
  const RwPlanes whole = rw_planes_of (source);
  RwPlanes target = rw_planes_of (clean), result = rw_planes_of (input);
  RwPlanes print = rw_planes_make (source->width, source->height, 3);

  rw_planes_crop (&whole, &print);
  if (is_undamaged (damage))
    keep_undamaged (&whole, damage, &target, &print);
  else
    damage_print (damage, &target, &print);
  rw_planes_crop (&print, &result);
  g_free (print.pixels);
  damage->values[0] = rw_typical_error (clean, input);
}

/* ---- the task ----------------------------------------------------------- */

#define DAMAGE_MAX 30.0
#define DAMAGE_LEAST 1.5

static double
to_plane (double amount)
{
  return sqrt (amount / DAMAGE_MAX);
}

/* What restore-m is well told, by what comes out of pictures damaged by chance
 * (decibels where much is wrong and where little is) and of scanned prints, by
 * eye: grain says most about the rest.  Two measures of it, since grain of prints
 * without colours has none itself. */
static double
measure (const float *rgb, int n, int height, int width)
{
  const double photo = rw_photo_level_estimate (rgb, n, height, width);
  const double noise = rw_noise_level_estimate (rgb, n, height, width);

  return fmax (DAMAGE_LEAST, fmax (2 * photo - 3, 2 * noise));
}

static double
compare (const RwPair *pair)
{
  return rw_typical_error (&pair->clean, &pair->input);
}

static const RwField controls[] = {
  { .name = "damage",
    .label = N_ ("Level of damage"),
    .summary = N_ ("How much is wrong in most places, in 8-bit steps"),
    .unit = "1/255",
    .kind = RW_FIELD_REAL,
    .def = 5,
    .low = 0.1,
    .high = DAMAGE_MAX,
    .digits = 1,
    .open = TRUE },
};

static const double eval[] = { 5, 1.5, 12, 0 };

const RwTask rw_task_restore_damage = {
  .info = {
    .name = "restore",
    .title = N_ ("Restore Old Picture"),
    .blurb = N_ ("Mend old prints, scans and pictures from the web"),
    .help = N_ ("Undoes several kinds of damage at once: grain, blur and JPEG.  "
            "When asked to, it finds scratches and dust first and makes up "
            "what they hide.  Colours stay as they are, however faded.  How "
            "much is wrong is measured on the whole picture."),
    .done = N_ ("restored"),
    .category = "enhance:noise-reduction",
    .weights = "restore-m",
    .kind = RW_TASK_FILTER,
    .scale = 1,
    .searches = TRUE,
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
  },
  .range_low = 0,
  .range_high = 1,
  .eval = eval,
  .draw = rw_restore_draw,
  .extent = rw_restore_extent,
  .degrade = rw_restore_degrade,
  .to_plane = to_plane,
  .compare = compare,
  .measure = measure,
};
