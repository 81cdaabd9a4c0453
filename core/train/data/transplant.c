/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Noise of a library, put into clean patches.
 */
#include "train/data/transplant.h"

#include "base/random.h"
#include "tasks/draws.h"
#include "tasks/finish.h"
#include "train/data/augment.h"

#include <math.h>
#include <string.h>

#define RAMP 16 /* px that windows overlap by */
#define STEP (RW_NOISE_SIDE - RAMP)
#define GAIN_DEVIATION 0.2 /* of the logarithm of a patch's factor */
#define MOST_SCALE 4.0f    /* of a window for another brightness */

/* Indices below the key; tiles are numbered from the last one on. */
enum { IS_DUE, OFFSET_X, OFFSET_Y, GAIN, TILES };
enum { WINDOW, SYMMETRY };

gboolean
rw_transplant_check (const RwTask *task, GError **error)
{
  if (task->info.scale == 1 && task->info.mask == RW_MASK_NONE &&
      task->info.n_controls > 0 && task->bits == NULL &&
      g_str_equal (task->info.controls[0].name, "level"))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "noise from pictures: the task is %s, expected one that undoes "
               "noise, denoise or white-noise; give that task, or weights of "
               "it to begin with",
               task->info.name);
  return FALSE;
}

gboolean
rw_transplant_is_due (guint64 key)
{
  return rw_random_uniform (key, IS_DUE) < RW_TRANSPLANT_SHARE;
}

/* Of Rec. 601. */
static float
get_light (const float *rgb)
{
  return 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
}

/* The squares of two windows' weights add up to 1 wherever they overlap. */
static float
get_weight (int i)
{
  const int from_edge = MIN (i, RW_NOISE_SIDE - 1 - i);

  return from_edge >= RAMP
             ? 1
             : sinf ((float) (G_PI / 2) * ((float) from_edge + 0.5f) / RAMP);
}

/* A window's place in the patch: its corner, maybe outside, and the part of it
 * that is inside. */
typedef struct {
  int x, y;
  int left, top, right, bottom;
} Tile;

static float
get_brightness (const RwSample *clean, const Tile *tile)
{
  double sum = 0;

  for (int y = tile->top; y < tile->bottom; y++)
    for (int x = tile->left; x < tile->right; x++)
      sum += (double) get_light (
          clean->rgb + 3 * ((gsize) y * (gsize) clean->width + (gsize) x));
  return (float) (sum / ((tile->right - tile->left) *
                         (double) (tile->bottom - tile->top)));
}

/* noise += weight * window, scaled for each pixel's brightness. */
static void
add_window (const RwNoiseLibrary *library,
            const RwNoiseWindow *window,
            guint symmetry,
            const Tile *tile,
            const RwSample *clean,
            float *noise)
{
  const float *own =
      rw_noise_library_get_deviations (library, window->brightness);
  const gboolean swap = (symmetry & RW_SWAP_AXES) != 0;

  for (int y = tile->top; y < tile->bottom; y++)
    for (int x = tile->left; x < tile->right; x++) {
      const int i = x - tile->x, j = y - tile->y;
      const int u = symmetry & RW_FLIP_X ? RW_NOISE_SIDE - 1 - i : i;
      const int v = symmetry & RW_FLIP_Y ? RW_NOISE_SIDE - 1 - j : j;
      const int from = swap ? u * RW_NOISE_SIDE + v : v * RW_NOISE_SIDE + u;
      const gsize to = 3 * ((gsize) y * (gsize) clean->width + (gsize) x);
      const float *wanted = rw_noise_library_get_deviations (
          library, get_light (clean->rgb + to));
      const float weight = get_weight (i) * get_weight (j) * RW_NOISE_UNIT;
      for (int c = 0; c < 3; c++)
        noise[to + (gsize) c] += weight *
                                 MIN (MOST_SCALE, wanted[c] / own[c]) *
                                 (float) window->noise[3 * from + c];
    }
}

/* @noise: zeros. */
static void
cover (const RwNoiseLibrary *library,
       guint64 key,
       const RwSample *clean,
       float *noise)
{
  const guint symmetries = rw_noise_library_may_turn (library)
                               ? RW_FLIP_X | RW_FLIP_Y | RW_SWAP_AXES
                               : RW_FLIP_X | RW_FLIP_Y;
  const int first_x = -(int) rw_random_below (key, OFFSET_X, STEP) - RAMP;
  const int first_y = -(int) rw_random_below (key, OFFSET_Y, STEP) - RAMP;
  guint64 number = TILES;

  for (int y = first_y; y < clean->height; y += STEP)
    for (int x = first_x; x < clean->width; x += STEP) {
      const guint64 own = rw_random_key (key, number++);
      const Tile tile = { .x = x,
                          .y = y,
                          .left = MAX (0, x),
                          .top = MAX (0, y),
                          .right = MIN (clean->width, x + RW_NOISE_SIDE),
                          .bottom = MIN (clean->height, y + RW_NOISE_SIDE) };
      const RwNoiseWindow *window = rw_noise_library_pick (
          library, get_brightness (clean, &tile), rw_random_key (own, WINDOW));
      add_window (library, window,
                  rw_random_below (own, SYMMETRY, 8) & symmetries, &tile,
                  clean, noise);
    }
}

/* Of Y, in 1/255. */
static double
measure (const float *noise, gsize n_pixels)
{
  double sum = 0, squares = 0;

  for (gsize i = 0; i < n_pixels; i++) {
    const double light = (double) get_light (noise + 3 * i);
    sum += light;
    squares += light * light;
  }
  const double mean = sum / (double) n_pixels;
  return 255 * sqrt (MAX (0, squares / (double) n_pixels - mean * mean));
}

void
rw_transplant (const RwNoiseLibrary *library,
               const RwTask *task,
               guint64 key,
               RwPair *pair,
               RwDamage *damage)
{
  RwPlanes clean = rw_planes_of (&pair->clean);
  RwPlanes input = rw_planes_of (&pair->input);
  const gsize n = rw_planes_count (&clean);
  g_autofree float *noise = g_new0 (float, n);
  /* the mean of its square is 1 */
  const float gain = (float) exp (GAIN_DEVIATION * rw_draw_normal (key, GAIN) -
                                  GAIN_DEVIATION * GAIN_DEVIATION);

  if (rw_noise_library_is_grey (library))
    rw_sample_make_grey (&pair->clean);
  cover (library, key, &pair->clean, noise);
  for (gsize i = 0; i < n; i++) {
    noise[i] *= gain;
    input.pixels[i] =
        rw_round_to_byte (255 * (clean.pixels[i] + noise[i])) / 255;
  }
  damage->values[0] = measure (noise, n / 3);
  rw_finish_at_mean (&input, &clean, noise);
  if (task->compare != NULL)
    damage->values[0] = task->compare (pair);
  damage->values[0] = MIN (damage->values[0], task->info.controls[0].high);
}
