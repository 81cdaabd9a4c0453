/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From a piece of a clean picture to a pair with camera noise.
 *
 *   source -> shrink -> [develop twice -> shrink] -> clean
 *                                                    noise -> knots -> + clean
 *                                           -> 8 bits -> [JPEG] -> input
 *
 * All of it with a margin that is cut off at the end.
 */
#include "tasks/camera-noise-private.h"
#include "tasks/planes.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { MARGIN = RW_CAMERA_MARGIN };

/* Of rw_random_key (camera->key, .), beside those of camera-sensor.c */
enum { WHITE = 64 };

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

static RwCameraPlanes
take_planes (float **memory, int width, int height)
{
  const gsize n = (gsize) width * (gsize) height;
  RwCameraPlanes planes = { width, height, { NULL } };

  for (int c = 0; c < 3; c++) {
    planes.planes[c] = *memory;
    *memory += n;
  }
  return planes;
}

static void
shrink (const RwCameraPlanes *in,
        RwCameraPlanes *out,
        float scale,
        float *workspace)
{
  for (int c = 0; c < 3; c++)
    rw_plane_shrink (in->planes[c], in->width, in->height, out->planes[c],
                     out->width, out->height, scale, workspace);
}

static void
split (const RwSample *source, RwCameraPlanes *planes)
{
  const gsize n = (gsize) source->width * (gsize) source->height;

  float *restrict red = planes->planes[0];
  float *restrict green = planes->planes[1];
  float *restrict blue = planes->planes[2];

  for (gsize i = 0; i < n; i++) {
    red[i] = source->rgb[3 * i];
    green[i] = source->rgb[3 * i + 1];
    blue[i] = source->rgb[3 * i + 2];
  }
}

/* R G B to Y Cb Cr, in place. */
static void
to_luma_and_chroma (RwCameraPlanes *planes)
{
  const gsize n = (gsize) planes->width * (gsize) planes->height;
  float *restrict red = planes->planes[0];
  float *restrict green = planes->planes[1];
  float *restrict blue = planes->planes[2];

  for (gsize i = 0; i < n; i++) {
    const float luma = 0.299f * red[i] + 0.587f * green[i] + 0.114f * blue[i];
    const float r = red[i], b = blue[i];

    red[i] = luma;
    green[i] = (b - luma) / 1.772f;
    blue[i] = (r - luma) / 1.402f;
  }
}

/* noise -= clean */
static void
subtract (RwCameraPlanes *noise, const RwCameraPlanes *clean)
{
  const gsize n = (gsize) clean->width * (gsize) clean->height;

  for (int c = 0; c < 3; c++)
    for (gsize i = 0; i < n; i++)
      noise->planes[c][i] -= clean->planes[c][i];
}

/* The same deviation on R, G and B; all of it on Y where that is all. */
static void
make_white (const RwCamera *camera, RwCameraPlanes *noise)
{
  const gsize n = (gsize) noise->width * (gsize) noise->height;
  const float deviation = camera->level / 255 / (camera->grey ? 1 : 0.66857f);

  for (int c = 0; c < 3; c++) {
    rw_random_gaussian (rw_random_key (camera->key, WHITE + (guint64) c), 0,
                        noise->planes[c], n);
    for (gsize i = 0; i < n; i++)
      noise->planes[c][i] *= deviation;
  }
  if (!camera->grey)
    to_luma_and_chroma (noise);
}

/* Step 10: a factor that follows brightness. */
static void
apply_knots (const float knots[4],
             RwCameraPlanes *noise,
             const RwCameraPlanes *clean)
{
  const gsize n = (gsize) noise->width * (gsize) noise->height;
  const float rise_1 = (knots[1] - knots[0]) / 0.3f;
  const float rise_2 = (knots[2] - knots[1]) / 0.3f;
  const float rise_3 = (knots[3] - knots[2]) / 0.4f;
  const float *luma = clean->planes[0];

  for (gsize i = 0; i < n; i++) {
    const float y = luma[i];
    const float factor = knots[0] + rise_1 * CLAMP (y, 0, 0.3f) +
                         rise_2 * (CLAMP (y, 0.3f, 0.6f) - 0.3f) +
                         rise_3 * (CLAMP (y, 0.6f, 1) - 0.6f);

    for (int c = 0; c < 3; c++)
      noise->planes[c][i] *= factor;
  }
}

static void
drop_colour (RwCameraPlanes *planes)
{
  const gsize n = (gsize) planes->width * (gsize) planes->height;

  for (int c = 1; c < 3; c++)
    memset (planes->planes[c], 0, n * sizeof (float));
}

/* Of Y of @noise without its margin, in 1/255. */
static double
measure (const RwCameraPlanes *noise)
{
  const int right = noise->width - MARGIN, bottom = noise->height - MARGIN;
  double sum = 0, squares = 0;

  for (int y = MARGIN; y < bottom; y++) {
    const float *row = noise->planes[0] + (gsize) y * (gsize) noise->width;

    for (int x = MARGIN; x < right; x++) {
      sum += (double) row[x];
      squares += (double) row[x] * (double) row[x];
    }
  }
  const double n = (double) (right - MARGIN) * (double) (bottom - MARGIN);
  return 255 * sqrt (MAX (0, squares / n - sum / n * (sum / n)));
}

static inline float
to_8_bits (float value)
{
  return (float) (int) (CLAMP (value, 0, 1) * 255 + 0.5f) / 255;
}

/* Clean colour, and with noise in 8 bits: both [height][width][3]. */
static void
join_row (const RwCameraPlanes *clean,
          const RwCameraPlanes *noise,
          gsize at,
          int width,
          float *restrict clean_rgb,
          float *restrict noisy_rgb)
{
  for (int x = 0; x < width; x++) {
    const gsize i = at + (gsize) x;
    const float y = clean->planes[0][i];
    const float cb = clean->planes[1][i], cr = clean->planes[2][i];
    const float n = noise->planes[0][i];
    const float nb = noise->planes[1][i], nr = noise->planes[2][i];
    const float r = CLAMP (y + 1.402f * cr, 0, 1);
    const float g = CLAMP (y - 0.344136f * cb - 0.714136f * cr, 0, 1);
    const float b = CLAMP (y + 1.772f * cb, 0, 1);

    clean_rgb[3 * x] = r;
    clean_rgb[3 * x + 1] = g;
    clean_rgb[3 * x + 2] = b;
    noisy_rgb[3 * x] = to_8_bits (r + (n + 1.402f * nr));
    noisy_rgb[3 * x + 1] =
        to_8_bits (g + (n - 0.344136f * nb - 0.714136f * nr));
    noisy_rgb[3 * x + 2] = to_8_bits (b + (n + 1.772f * nb));
  }
}

/* Step 11 and the end: the margin falls. @memory: 6 rows + 3 + 5 planes. */
static void
finish (const RwCamera *camera,
        const RwCameraPlanes *planes,
        const RwCameraPlanes *noise,
        RwSample *clean,
        RwSample *input,
        float *memory)
{
  const int width = planes->width, height = planes->height;
  const gsize n_row = 3 * (gsize) width;
  const gsize bytes = 3 * sizeof (float) * (gsize) clean->width;
  float *row = memory, *rgb = row + n_row;
  float *workspace = rgb + n_row * (gsize) height;

  for (int y = 0; y < height; y++) {
    const gsize at = (gsize) y * (gsize) width;

    join_row (planes, noise, at, width, row, rgb + 3 * at);
    if (y >= MARGIN && y < height - MARGIN)
      memcpy (clean->rgb + (gsize) (y - MARGIN) * 3 * (gsize) clean->width,
              row + 3 * MARGIN, bytes);
  }
  for (int i = 0; i < camera->n_jpegs; i++) {
    rw_camera_jpeg (rgb, width, height, &camera->jpegs[i], workspace);
    for (gsize k = 0; k < n_row * (gsize) height; k++)
      rgb[k] = to_8_bits (rgb[k]);
  }
  for (int y = 0; y < input->height; y++)
    memcpy (input->rgb + (gsize) y * 3 * (gsize) input->width,
            rgb + (gsize) (y + MARGIN) * n_row + 3 * MARGIN, bytes);
}

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
  const gsize n_source = (gsize) source->width * (gsize) source->height;
  const gsize n_work = (gsize) work_w * (gsize) work_h;
  const gsize n = (gsize) w * (gsize) h;
  const gsize n_tool =
      rw_camera_develop_workspace (w, h) +
      (gsize) rw_plane_shrink_workspace (source->width, w, h) +
      3 * (gsize) work_w + 8 * n_work;
  g_autofree float *memory =
      g_new (float, 3 * n_source + 9 * n + 6 * n_work + n_tool);
  float *rest = memory;
  const gboolean sensor = camera->kind == RW_CAMERA_SENSOR;

  RwCameraPlanes whole = take_planes (&rest, source->width, source->height);
  RwCameraPlanes rgb = take_planes (&rest, w, h);
  RwCameraPlanes developed = take_planes (&rest, w, h);
  RwCameraPlanes noisy = take_planes (&rest, w, h);
  RwCameraPlanes target = take_planes (&rest, work_w, work_h);
  RwCameraPlanes noise = take_planes (&rest, work_w, work_h);

  split (source, &whole);
  if (camera->shrink_source < 1)
    shrink (&whole, &rgb, camera->shrink_source, rest);
  else
    rgb = whole;

  if (!camera->soften) {
    to_luma_and_chroma (&rgb);
    target = rgb;
  } else {
    rw_camera_develop (camera, &rgb, &developed, sensor ? &noisy : NULL, rest);
    if (camera->shrink_result < 1) {
      shrink (&developed, &target, camera->shrink_result, rest);
      if (sensor)
        shrink (&noisy, &noise, camera->shrink_result, rest);
    } else {
      target = developed;
      noise = sensor ? noisy : noise;
    }
  }

  switch (camera->kind) {
  case RW_CAMERA_CLEAN:
  case RW_CAMERA_WHITE:
    make_white (camera, &noise);
    break;
  case RW_CAMERA_SHORTCUT:
    rw_camera_shortcut (camera, &noise, rest);
    apply_knots (camera->knots, &noise, &target);
    break;
  case RW_CAMERA_SENSOR:
    subtract (&noise, &target);
    apply_knots (camera->knots, &noise, &target);
    break;
  }
  if (camera->grey) {
    drop_colour (&target);
    drop_colour (&noise);
  }
  finish (camera, &target, &noise, clean, input, rest);
  return measure (&noise);
}
