/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From a piece of a clean picture to a pair with camera noise.
 *
 *   source -> shrink -> lens -> [develop twice -> shrink] -> clean
 *                                                         noise -> knots -> + clean
 *                                                -> 8 bits -> [JPEG] -> input
 *                                the noise's coarse mean -> + clean
 *
 * All of it with a margin that is cut off at the end.
 */
#include "tasks/camera-noise-private.h"
#include "tasks/chroma.h"
#include "tasks/draws.h"
#include "tasks/finish.h"
#include "tasks/grain.h"
#include "tasks/resize.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { MARGIN = RW_CAMERA_MARGIN };

/* Of rw_random_key (camera->key, .), beside those of camera-sensor.c */
enum { SHORTCUT = 32, WHITE = 64 };

static int
enlarge (int length, float shrink)
{
  return shrink < 1 ? (int) ceilf ((float) length / shrink) : length;
}

int
rw_camera_extent (const RwCamera *camera, int length)
{
  const int work = length + 2 * MARGIN;

  return enlarge (enlarge (work, camera->shrink_result),
                  camera->shrink_source);
}

static void
separate (const RwPlanes *rgb, RwPlanes planes[3])
{
  const gsize n = (gsize) rgb->width * (gsize) rgb->height;
  float *restrict red = planes[0].pixels;
  float *restrict green = planes[1].pixels;
  float *restrict blue = planes[2].pixels;

  for (gsize i = 0; i < n; i++) {
    red[i] = rgb->pixels[3 * i];
    green[i] = rgb->pixels[3 * i + 1];
    blue[i] = rgb->pixels[3 * i + 2];
  }
}

static void
shrink (const RwPlanes in[3], float scale, RwPlanes out[3])
{
  for (int c = 0; c < 3; c++)
    rw_resize (&in[c], RW_RESIZE_CUBIC, (double) scale, &out[c]);
}

/* ---- noise --------------------------------------------------------------- */

/* noise -= clean */
static void
subtract (RwPlanes noise[3], const RwPlanes clean[3])
{
  const gsize n = rw_planes_count (clean);

  for (int c = 0; c < 3; c++)
    for (gsize i = 0; i < n; i++)
      noise[c].pixels[i] -= clean[c].pixels[i];
}

/* The same deviation on R, G and B.  @memory: three planes. */
static void
make_white (const RwCamera *camera, RwPlanes noise[3], float *memory)
{
  RwPlanes rgb = { noise->width, noise->height, 3, memory };
  const float deviation = camera->level / 255 / 0.66857f; /* Y of white */
  const gsize n = rw_planes_count (&rgb);

  rw_random_gaussian (rw_random_key (camera->key, WHITE), 0, memory, n);
  for (gsize i = 0; i < n; i++)
    memory[i] *= deviation;
  rw_chroma_split (&rgb, noise);
}

/* Blurred white noise: of luma, and two of each chroma, fine and coarse.
 * @memory: a plane. */
static void
make_shortcut (const RwCamera *camera, RwPlanes noise[3], float *memory)
{
  const guint64 key = rw_random_key (camera->key, SHORTCUT);
  const double knots = 0.8; /* the mean factor of step 10 */
  const double luma = (double) camera->level / 255 / knots;
  const double chroma = luma * (double) camera->chroma_share;
  const gsize n = rw_planes_count (noise);
  RwPlanes coarse = { noise->width, noise->height, 1, memory };

  rw_grain_fill (&noise[0], luma, rw_draw_between (key, 6, 0.5, 0.72),
                 rw_random_key (key, 0));
  for (guint64 c = 1; c < 3; c++) {
    rw_grain_fill (&noise[c], chroma * sqrt (0.4), 1,
                   rw_random_key (key, 2 * c));
    rw_grain_fill (&coarse, chroma * sqrt (0.6), 2.2,
                   rw_random_key (key, 2 * c + 1));
    for (gsize i = 0; i < n; i++)
      noise[c].pixels[i] += coarse.pixels[i];
  }
}

/* Step 10: a factor that follows brightness. */
static void
apply_knots (const float knots[4], RwPlanes noise[3], const RwPlanes clean[3])
{
  const gsize n = rw_planes_count (clean);

  for (gsize i = 0; i < n; i++) {
    const float factor = rw_grain_gain (knots, clean[0].pixels[i]);

    for (int c = 0; c < 3; c++)
      noise[c].pixels[i] *= factor;
  }
}

/* Of Y without its margin, in 1/255. */
static double
measure (const RwPlanes *noise)
{
  const int right = noise->width - MARGIN, bottom = noise->height - MARGIN;
  double sum = 0, squares = 0;

  for (int y = MARGIN; y < bottom; y++) {
    const float *row = noise->pixels + (gsize) y * (gsize) noise->width;

    for (int x = MARGIN; x < right; x++) {
      sum += (double) row[x];
      squares += (double) row[x] * (double) row[x];
    }
  }
  const double n = (double) (right - MARGIN) * (double) (bottom - MARGIN);
  return 255 * sqrt (MAX (0, squares / n - sum / n * (sum / n)));
}

/* ---- the whole ----------------------------------------------------------- */

/* Step 11 and the end: the margin falls. @memory: nine planes. */
static void
finish (const RwCamera *camera,
        const RwPlanes target[3],
        const RwPlanes noise[3],
        RwSample *clean,
        RwSample *input,
        float *memory)
{
  const int edge = camera->n_jpegs > 0 ? 2 * 8 : 0; /* for whole blocks */
  RwPlanes colours = { clean->width + edge, clean->height + edge, 3, memory };
  const gsize n = rw_planes_count (&colours);
  RwPlanes noisy = { colours.width, colours.height, 3, memory + n };
  RwPlanes answer = rw_planes_of (clean), result = rw_planes_of (input);
  float *restrict c = colours.pixels, *restrict d = noisy.pixels;

  rw_chroma_join (target, &colours);
  rw_chroma_join (noise, &noisy);
  for (gsize i = 0; i < n; i++) {
    c[i] = CLAMP (c[i], 0.0f, 1.0f);
    d[i] = rw_round_to_byte (255 * (c[i] + d[i])) / 255;
  }
  if (camera->kind == RW_CAMERA_SHORTCUT || camera->kind == RW_CAMERA_SENSOR)
    rw_finish_at_mean (&noisy, &colours, memory + 2 * n);
  for (int i = 0; i < camera->n_jpegs; i++)
    rw_jpeg_blocks_damage (d, noisy.width, noisy.height, &camera->jpegs[i]);
  rw_planes_crop (&colours, &answer);
  rw_planes_crop (&noisy, &result);
}

/* Where planes of one size are done with, others take their place:
 *
 *   memory 1  colours of the source; target, if it is smaller than developed
 *   memory 2  developed; then noise, if it is smaller
 *   memory 3  the shrunk source, interleaved; developed with noise; noise that
 *             is made on its own
 *   then      the tools of each step
 */
double
rw_camera_degrade (const RwCamera *camera,
                   const RwSample *source,
                   RwSample *clean,
                   RwSample *input)
{
  const int work_w = clean->width + 2 * MARGIN;
  const int work_h = clean->height + 2 * MARGIN;
  const int w = enlarge (work_w, camera->shrink_result);
  const int h = enlarge (work_h, camera->shrink_result);
  const gsize n = (gsize) w * (gsize) h;
  const gsize n_work = (gsize) work_w * (gsize) work_h;
  const gsize n_tools = MAX (rw_camera_develop_workspace (w, h), 9 * n_work);
  const gboolean sensor = camera->kind == RW_CAMERA_SENSOR;
  g_autofree float *memory = g_new (float, 9 * n + n_tools);
  float *const second = memory + 3 * n, *const third = second + 3 * n;
  float *const tools = third + 3 * n;
  RwPlanes whole = rw_planes_of (source), shrunk = { w, h, 3, third };
  RwPlanes rgb[3], target[3], noise[3];

  if (camera->shrink_source < 1) {
    rw_resize (&whole, RW_RESIZE_CUBIC, (double) camera->shrink_source,
               &shrunk);
    whole = shrunk;
  }
  if (camera->lens_sigma > 0) {
    const RwBlur lens = rw_blur_gaussian ((double) camera->lens_sigma);

    rw_blur (&whole, &lens, 1, &shrunk);
    whole = shrunk;
  }
  rw_chroma_set (rgb, w, h, memory);
  rw_chroma_set (target, w, h, second);
  rw_chroma_set (noise, w, h, third);
  if (camera->soften) {
    separate (&whole, rgb);
    rw_camera_develop (camera, rgb, target, sensor ? noise : NULL, tools);
  } else {
    rw_chroma_split (&whole, target);
  }
  if (camera->shrink_result < 1) {
    rw_chroma_set (rgb, work_w, work_h, memory);
    shrink (target, camera->shrink_result, rgb);
    memcpy (target, rgb, sizeof target);
    rw_chroma_set (rgb, work_w, work_h, second);
    if (sensor)
      shrink (noise, camera->shrink_result, rgb);
    memcpy (noise, rgb, sizeof noise);
  }

  switch (camera->kind) {
  case RW_CAMERA_CLEAN:
  case RW_CAMERA_WHITE:
    make_white (camera, noise, tools);
    break;
  case RW_CAMERA_SHORTCUT:
    make_shortcut (camera, noise, tools);
    apply_knots (camera->knots, noise, target);
    break;
  case RW_CAMERA_SENSOR:
    subtract (noise, target);
    apply_knots (camera->knots, noise, target);
    break;
  }
  if (camera->grey) {
    rw_chroma_drop (target);
    rw_chroma_drop (noise);
  }
  finish (camera, target, noise, clean, input, tools);
  return measure (&noise[0]);
}
