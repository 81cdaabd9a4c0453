/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From coded colour back to a sensor, and from there to luma and chroma again:
 *
 *   coded -> light -> camera's colours -> / white balance -> Bayer mosaic
 *     [-> noise] -> * white balance -> demosaic -> light -> coded -> Y Cb Cr
 *     -> blurs, sharpening
 *
 * Order and ways after Brooks and others 2019 (unprocessing) and Guo and
 * others 2019 (CBDNet: the target passes the mosaic, too).
 */
#include "tasks/camera-noise-private.h"
#include "tasks/chroma.h"
#include "tasks/curves.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { M = RW_MOSAIC_MARGIN };
enum { BLOCK = 512 }; /* values of a plane that stay in the cache */

/* Of rw_random_key (camera->key, .) */
enum { GRAIN, CLOUD = 8, LINES = 16, HOT = 24 };

/* Camera colours to sRGB primaries for colour_mix 1: a strong but usual
 * matrix.
 */
static const float strongest[9] = { 1.7f,   -0.6f, -0.1f,  -0.25f, 1.5f,
                                    -0.25f, 0,     -0.55f, 1.55f };

static void
make_matrix (float mix, float m[9])
{
  for (int i = 0; i < 9; i++)
    m[i] = mix * strongest[i] + (i % 4 == 0 ? 1 - mix : 0);
}

/* By cofactors. */
static void
invert (const float m[9], float inverse[9])
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      const int a = (j + 1) % 3 * 3, b = (j + 2) % 3 * 3;
      const int c = (i + 1) % 3, d = (i + 2) % 3;

      inverse[3 * i + j] = m[a + c] * m[b + d] - m[a + d] * m[b + c];
    }
  const float scale =
      1 / (m[0] * inverse[0] + m[1] * inverse[3] + m[2] * inverse[6]);
  for (int i = 0; i < 9; i++)
    inverse[i] *= scale;
}

/* (r, g, b) = m (r, g, b) */
static void
multiply (const float m[9],
          float *restrict red,
          float *restrict green,
          float *restrict blue,
          int n)
{
  for (int i = 0; i < n; i++) {
    const float r = red[i], g = green[i], b = blue[i];

    red[i] = m[0] * r + m[1] * g + m[2] * b;
    green[i] = m[3] * r + m[4] * g + m[5] * b;
    blue[i] = m[6] * r + m[7] * g + m[8] * b;
  }
}

/* Steps 1 to 3: coded colour to what a sensor's three colours see, 0..1. */
static void
expose (const RwCamera *camera, const RwCurve *decode, RwPlanes rgb[3])
{
  const int n = rgb->width * rgb->height;
  float m[9], to[9];

  make_matrix (camera->colour_mix, m);
  invert (m, to);
  for (int i = 0; i < 9; i++)
    to[i] /= camera->gain[i / 3];
  for (int at = 0; at < n; at += BLOCK) {
    const int n_block = MIN (BLOCK, n - at);
    float *values[3];

    for (int c = 0; c < 3; c++) {
      values[c] = rgb[c].pixels + at;
      rw_curve_apply (decode, values[c], (gsize) n_block);
    }
    multiply (to, values[0], values[1], values[2], n_block);
    for (int c = 0; c < 3; c++)
      for (int i = 0; i < n_block; i++)
        values[c][i] = CLAMP (values[c][i], 0, 1);
  }
}

/* ---- noise of the sensor ---------------------------------------------------
 *
 * Each value gets sqrt (shot * light + read) times a number of about unit
 * deviation: a normal one, and shares of numbers that neighbours, rows or
 * columns have in common.
 */

static void
spline_weights (float t, float w[4])
{
  const float u = 1 - t;

  w[0] = u * u * u / 6;
  w[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
  w[2] = (3 * u * u * u - 6 * u * u + 4) / 6;
  w[3] = t * t * t / 6;
}

/* Adds row @y of the cloud of @colour to pixels @first, @first + @every and so
 * on.  Values of a grid of normal numbers, interpolated by cubic B-splines,
 * are as white noise blurred by 0.577 of the grid's step. */
static void
add_cloud (const RwCamera *camera,
           int colour,
           int y,
           int first,
           int every,
           float *noise,
           int width)
{
  enum { ROW = 256 }; /* of the grid; wider pictures repeat it */
  const guint64 key = rw_random_key (camera->key, CLOUD + (guint64) colour);
  const float per_step = 0.577f / camera->cloud_sigma;
  const float scale =
      camera->cloud_share / 0.479f; /* the splines' deviation */
  const float at_y = (float) y * per_step;
  const int n = MIN (ROW, (int) ((float) width * per_step) + 5);
  float across[ROW] = { 0 }, numbers[ROW], w[4], v[4];

  spline_weights (at_y - floorf (at_y), v);
  for (int k = 0; k < 4; k++) {
    rw_random_gaussian (key, (guint64) ((int) at_y + k) * ROW, numbers,
                        (gsize) n);
    for (int i = 0; i < n; i++)
      across[i] += scale * v[k] * numbers[i];
  }
  for (int x = first; x < width; x += every) {
    const float at_x = (float) x * per_step;
    const int i = (int) at_x;

    spline_weights (at_x - (float) i, w);
    for (int k = 0; k < 4; k++)
      noise[x] += w[k] * across[(i + k) % ROW];
  }
}

/* A normal number for each row or column of @plane. */
static void
draw_lines (const RwCamera *camera, int plane, float *lines, int n)
{
  if (camera->line_share > 0)
    rw_random_gaussian (rw_random_key (camera->key, LINES + (guint64) plane),
                        0, lines, (gsize) n);
}

/* Numbers of about unit deviation for row @y of @plane. */
static void
draw_row (const RwCamera *camera,
          int plane,
          int y,
          const float *lines,
          float *noise,
          int width)
{
  rw_random_gaussian (rw_random_key (camera->key, GRAIN + (guint64) plane),
                      (guint64) y * (guint64) width, noise, (gsize) width);
  if (camera->line_share > 0)
    for (int x = 0; x < width; x++)
      noise[x] += camera->line_share * lines[camera->columns ? x : y];
  if (camera->cloud_share > 0 && camera->mosaic)
    for (int x = 0; x < 2; x++)
      add_cloud (camera, rw_mosaic_colour (camera->phase, x, y), y, x, 2,
                 noise, width);
  else if (camera->cloud_share > 0)
    add_cloud (camera, plane, y, 0, 1, noise, width);
}

/* Steps 5 and 6: light with noise (@noise may be NULL), after white balance,
 * as a camera keeps it: clipped at white, a little left below black. */
static void
expose_row (const RwCamera *camera,
            const float *light,
            const float *noise,
            const float gains[2],
            float *restrict out,
            int width)
{
  if (noise == NULL)
    for (int x = 0; x < width; x++)
      out[x] = light[x];
  else
    for (int x = 0; x < width; x++)
      out[x] =
          light[x] + sqrtf (camera->shot * light[x] + camera->read) * noise[x];
  for (int x = 0; x < width; x++)
    out[x] = CLAMP (out[x] * gains[x & 1], -0.05f, 1);
}

/* Pixels whose charge leaks: bright in one colour. */
static void
add_hot_pixels (const RwCamera *camera, float *mosaic, int width, int height)
{
  const guint64 key = rw_random_key (camera->key, HOT);
  const float mean = camera->hot_share * (float) width * (float) height;
  const int n = (int) (mean + rw_random_uniform (key, 0));

  for (guint64 i = 0; i < (guint64) n; i++) {
    const guint32 x = rw_random_below (key, 3 * i + 1, (guint32) width);
    const guint32 y = rw_random_below (key, 3 * i + 2, (guint32) height);
    float *value = mosaic + (gsize) (y + M) * ((gsize) width + 2 * M) + M + x;

    *value = MAX (*value, 0.3f + 0.7f * rw_random_uniform (key, 3 * i + 3));
  }
}

/* ---- both kinds of sensor --------------------------------------------------
 */

/* @rows: workspace of 2 width + MAX (width, height) floats. */
static void
see_planes (const RwCamera *camera,
            const RwPlanes light[3],
            gboolean noisy,
            RwPlanes out[3],
            float *rows)
{
  const int width = light->width, height = light->height;
  float *noise = rows, *lines = rows + 2 * width;

  for (int c = 0; c < 3; c++) {
    const float gains[2] = { camera->gain[c], camera->gain[c] };

    draw_lines (camera, c, lines, MAX (width, height));
    for (int y = 0; y < height; y++) {
      const gsize at = (gsize) y * (gsize) width;

      if (noisy)
        draw_row (camera, c, y, lines, noise, width);
      expose_row (camera, light[c].pixels + at, noisy ? noise : NULL, gains,
                  out[c].pixels + at, width);
    }
  }
}

static void
see_mosaic (const RwCamera *camera,
            const RwPlanes light[3],
            gboolean noisy,
            float *mosaic,
            float *rows)
{
  const int width = light->width, height = light->height;
  float *noise = rows, *seen = rows + width, *lines = rows + 2 * width;

  draw_lines (camera, 0, lines, MAX (width, height));
  for (int y = 0; y < height; y++) {
    const int left = rw_mosaic_colour (camera->phase, 0, y);
    const int right = rw_mosaic_colour (camera->phase, 1, y);
    const float gains[2] = { camera->gain[left], camera->gain[right] };
    const float *even = light[left].pixels + (gsize) y * (gsize) width;
    const float *odd = light[right].pixels + (gsize) y * (gsize) width;

    for (int x = 0; x < width; x++)
      seen[x] = x & 1 ? odd[x] : even[x];
    if (noisy)
      draw_row (camera, 0, y, lines, noise, width);
    expose_row (camera, seen, noisy ? noise : NULL, gains,
                mosaic + (gsize) (y + M) * ((gsize) width + 2 * M) + M, width);
  }
  if (noisy && camera->hot_share > 0)
    add_hot_pixels (camera, mosaic, width, height);
}

/* ---- development -----------------------------------------------------------
 */

/* Step 7: a sensor's colours to coded Y Cb Cr. */
static void
code (const RwCamera *camera, const RwCurve *encode, RwPlanes planes[3])
{
  static const float to_luma_and_chroma[9] = {
    /* JFIF */
    0.299f, 0.587f, 0.114f,     -0.168736f, -0.331264f,
    0.5f,   0.5f,   -0.418688f, -0.081312f
  };
  const int n = planes->width * planes->height;
  float m[9];

  make_matrix (camera->colour_mix, m);
  for (int at = 0; at < n; at += BLOCK) {
    const int n_block = MIN (BLOCK, n - at);
    float *v[3];

    for (int c = 0; c < 3; c++)
      v[c] = planes[c].pixels + at;
    multiply (m, v[0], v[1], v[2], n_block);
    for (int c = 0; c < 3; c++)
      rw_curve_apply (encode, v[c], (gsize) n_block);
    multiply (to_luma_and_chroma, v[0], v[1], v[2], n_block);
  }
}

/* Step 8: noise reduction and sharpening in the camera. */
static void
process (const RwCamera *camera, RwPlanes ycc[3])
{
  rw_chroma_soften (ycc, (double) camera->luma_sigma,
                    (double) camera->chroma_sigma,
                    (double) camera->chroma_weight);
  if (camera->sharpen > 0) {
    const RwBlur blur = rw_blur_gaussian ((double) camera->sharpen_sigma);
    rw_blur (&ycc[0], &blur, -camera->sharpen, &ycc[0]);
  }
}

gsize
rw_camera_develop_workspace (int width, int height)
{
  const gsize w = (gsize) width + 2 * M, h = (gsize) height + 2 * M;

  return 2 * w * h + 16 * w + h;
}

void
rw_camera_develop (const RwCamera *camera,
                   RwPlanes rgb[3],
                   RwPlanes clean[3],
                   RwPlanes noisy[3],
                   float *workspace)
{
  const int width = rgb->width, height = rgb->height;
  const gsize stride = (gsize) width + 2 * M;
  float *mosaic = workspace,
        *rest = mosaic + stride * ((gsize) height + 2 * M);
  float *rows = rest + stride * ((gsize) height + 2 * M) + 8 * stride;
  RwCurve encode, decode;

  rw_curve_tone (camera->contrast, camera->exposure, &encode, &decode);
  expose (camera, &decode, rgb);
  for (int i = 0; i < (noisy == NULL ? 1 : 2); i++) {
    RwPlanes *out = i == 0 ? clean : noisy;
    float *const planes[3] = { out[0].pixels, out[1].pixels, out[2].pixels };

    if (camera->mosaic) {
      see_mosaic (camera, rgb, i == 1, mosaic, rows);
      rw_demosaic (mosaic, width, height, camera->phase, camera->demosaic,
                   planes, rest);
    } else {
      see_planes (camera, rgb, i == 1, out, rows);
    }
    code (camera, &encode, out);
    process (camera, out);
  }
}
