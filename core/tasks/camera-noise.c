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
#include "tasks/plane-filters.h"

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
make_planes (float *memory, int width, int height)
{
  const gsize n = (gsize) width * (gsize) height;

  return (
      RwCameraPlanes){ width, height, { memory, memory + n, memory + 2 * n } };
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

/* Written so that compilers need no branch. */
static inline float
clip (float value)
{
  value = value > 0 ? value : 0;
  return value < 1 ? value : 1;
}

/* From row @y of Y Cb Cr: clean colour, and with noise in 8 bits: of three
 * rows of @width values each. */
static void
make_colours (const RwCameraPlanes *clean,
              const RwCameraPlanes *noise,
              int y,
              float *restrict rgb,
              float *restrict noisy)
{
  static const float blue_part[3] = { 0, -0.344136f, 1.772f }; /* JFIF */
  static const float red_part[3] = { 1.402f, -0.714136f, 0 };
  const int width = clean->width;
  const gsize at = (gsize) y * (gsize) width;
  const float *l = clean->planes[0] + at, *ln = noise->planes[0] + at;
  const float *b = clean->planes[1] + at, *bn = noise->planes[1] + at;
  const float *r = clean->planes[2] + at, *rn = noise->planes[2] + at;

  for (int c = 0; c < 3; c++) {
    const float from_blue = blue_part[c], from_red = red_part[c];

    for (int x = 0; x < width; x++) {
      const float value = clip (l[x] + from_blue * b[x] + from_red * r[x]);

      rgb[c * width + x] = value;
      noisy[c * width + x] =
          rw_round_to_byte (
              255 * (value + (ln[x] + from_blue * bn[x] + from_red * rn[x]))) /
          255;
    }
  }
}

/* Three rows, @stride apart, to one. */
static void
interleave (const float *rows, int stride, float *restrict rgb, int n)
{
  const float *red = rows, *green = rows + stride, *blue = green + stride;

  for (int x = 0; x < n; x++) {
    rgb[3 * x] = red[x];
    rgb[3 * x + 1] = green[x];
    rgb[3 * x + 2] = blue[x];
  }
}

/* Step 11 and the end: the margin falls. @memory: 6 rows + 3 planes. */
static void
finish (const RwCamera *camera,
        const RwCameraPlanes *target,
        const RwCameraPlanes *noise,
        RwSample *clean,
        RwSample *input,
        float *memory)
{
  const int width = target->width, height = target->height;
  const gsize n_row = 3 * (gsize) width, n_result = 3 * (gsize) clean->width;
  const int edge = camera->n_jpegs > 0 ? 0 : MARGIN;
  float *rows = memory, *noisy = rows + n_row, *rgb = noisy + n_row;

  for (int y = edge; y < height - edge; y++) {
    make_colours (target, noise, y, rows, noisy);
    interleave (noisy, width, rgb + (gsize) y * n_row, width);
    if (y >= MARGIN && y < height - MARGIN)
      interleave (rows + MARGIN, width,
                  clean->rgb + (gsize) (y - MARGIN) * n_result, clean->width);
  }
  for (int i = 0; i < camera->n_jpegs; i++)
    rw_jpeg_blocks_damage (rgb, width, height, &camera->jpegs[i]);
  for (int y = 0; y < input->height; y++)
    memcpy (input->rgb + (gsize) y * n_result,
            rgb + (gsize) (y + MARGIN) * n_row + 3 * MARGIN,
            n_result * sizeof (float));
}

/* Where planes of one size are done with, others take their place:
 *
 *   memory 1  source         developed, which is no larger
 *   memory 2  shrunk source  target, if it is smaller than developed
 *   memory 3  developed with noise
 *   memory 4  noise, if it is smaller
 *   then      a spare plane of developed's size, and the tools of each step
 *
 * A source that is not shrunk stays in 1, and 2 is free for developed. */
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
  const gsize n_shrink =
      (gsize) rw_plane_shrink_workspace (source->width, w, h);
  const gsize n_develop = rw_camera_develop_workspace (w, h);
  const gsize n_finish = 6 * (gsize) work_w + 3 * n_work;
  const gsize n_tools = MAX (n_shrink, MAX (n_develop, n_finish));
  const gboolean sensor = camera->kind == RW_CAMERA_SENSOR;
  g_autofree float *memory =
      g_new (float, 3 * (n_source + 2 * n + n_work) + n + n_tools);
  float *const second = memory + 3 * n_source, *const third = second + 3 * n;
  float *const fourth = third + 3 * n, *const spare = fourth + 3 * n_work;
  float *const tools = spare + n;

  RwCameraPlanes rgb = make_planes (memory, source->width, source->height);
  RwCameraPlanes target = make_planes (second, w, h);
  RwCameraPlanes noise = make_planes (fourth, work_w, work_h);
  split (source, &rgb);
  if (camera->shrink_source < 1) {
    shrink (&rgb, &target, camera->shrink_source, tools);
    rgb = target;
    target = make_planes (memory, w, h);
  }
  if (camera->soften) {
    RwCameraPlanes noisy = make_planes (third, w, h);

    rw_camera_develop (camera, &rgb, &target, sensor ? &noisy : NULL, spare,
                       tools);
    if (camera->shrink_result < 1) {
      const RwCameraPlanes developed = target;

      target = make_planes (rgb.planes[0], work_w, work_h);
      shrink (&developed, &target, camera->shrink_result, tools);
      if (sensor)
        shrink (&noisy, &noise, camera->shrink_result, tools);
    } else if (sensor) {
      noise = noisy;
    }
  } else {
    to_luma_and_chroma (&rgb);
    target = rgb;
  }

  switch (camera->kind) {
  case RW_CAMERA_CLEAN:
  case RW_CAMERA_WHITE:
    make_white (camera, &noise);
    break;
  case RW_CAMERA_SHORTCUT:
    rw_camera_shortcut (camera, &noise, tools);
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
  finish (camera, &target, &noise, clean, input, tools);
  return measure (&noise);
}
