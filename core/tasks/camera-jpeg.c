/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What JPEG does to a picture (ITU-T T.81): colours of JFIF, the tables of
 * annex K scaled as libjpeg does, its triangle filter where chroma is coarse.
 * In floats and without entropy coding, which loses nothing.
 */
#include "tasks/camera-jpeg.h"

#include <glib.h>

enum { FRAME = 16, SIDE = 8 };

/* T.81, tables K.1 and K.2 */
static const guint8 luma_table[64] = {
  16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
  14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
  18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
};
static const guint8 chroma_table[64] = {
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
  24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
};

/* cos (k pi / 16) / 2, and 1 / sqrt (8) = cos (4 pi / 16) / 2 */
#define C1 0.49039264f
#define C2 0.46193977f
#define C3 0.41573481f
#define C4 0.35355339f
#define C5 0.27778512f
#define C6 0.19134172f
#define C7 0.09754516f

/* The transform of each column of @b, in place; eight columns side by side. */
static inline void
transform (float b[SIDE][SIDE])
{
  for (int i = 0; i < SIDE; i++) {
    const float s0 = b[0][i] + b[7][i], d0 = b[0][i] - b[7][i];
    const float s1 = b[1][i] + b[6][i], d1 = b[1][i] - b[6][i];
    const float s2 = b[2][i] + b[5][i], d2 = b[2][i] - b[5][i];
    const float s3 = b[3][i] + b[4][i], d3 = b[3][i] - b[4][i];
    const float p = s0 + s3, q = s1 + s2, u = s0 - s3, v = s1 - s2;

    b[0][i] = C4 * (p + q);
    b[4][i] = C4 * (p - q);
    b[2][i] = C2 * u + C6 * v;
    b[6][i] = C6 * u - C2 * v;
    b[1][i] = C1 * d0 + C3 * d1 + C5 * d2 + C7 * d3;
    b[3][i] = C3 * d0 - C7 * d1 - C1 * d2 - C5 * d3;
    b[5][i] = C5 * d0 - C1 * d1 + C7 * d2 + C3 * d3;
    b[7][i] = C7 * d0 - C5 * d1 + C3 * d2 - C1 * d3;
  }
}

/* Its inverse, which is its transpose. */
static inline void
transform_back (float b[SIDE][SIDE])
{
  for (int i = 0; i < SIDE; i++) {
    const float p = C4 * (b[0][i] + b[4][i]), q = C4 * (b[0][i] - b[4][i]);
    const float u = C2 * b[2][i] + C6 * b[6][i];
    const float v = C6 * b[2][i] - C2 * b[6][i];
    const float s0 = p + u, s3 = p - u, s1 = q + v, s2 = q - v;
    const float d0 = C1 * b[1][i] + C3 * b[3][i] + C5 * b[5][i] + C7 * b[7][i];
    const float d1 = C3 * b[1][i] - C7 * b[3][i] - C1 * b[5][i] - C5 * b[7][i];
    const float d2 = C5 * b[1][i] - C1 * b[3][i] + C7 * b[5][i] + C3 * b[7][i];
    const float d3 = C7 * b[1][i] - C5 * b[3][i] + C3 * b[5][i] - C1 * b[7][i];

    b[0][i] = s0 + d0;
    b[7][i] = s0 - d0;
    b[1][i] = s1 + d1;
    b[6][i] = s1 - d1;
    b[2][i] = s2 + d2;
    b[5][i] = s2 - d2;
    b[3][i] = s3 + d3;
    b[4][i] = s3 - d3;
  }
}

static inline void
transpose (float b[SIDE][SIDE])
{
  for (int y = 1; y < SIDE; y++)
    for (int x = 0; x < y; x++) {
      const float t = b[y][x];
      b[y][x] = b[x][y];
      b[x][y] = t;
    }
}

/* Without a branch, for |value| below 2^22. */
static inline float
round_to_whole (float value)
{
  return (value + 0x1.8p23f) - 0x1.8p23f;
}

/* A block of @plane there and back; @steps and @per_step = 1 / steps are
 * transposed, as the block is when it meets them.  Codecs keep whole numbers
 * on both sides, which leaves chroma less smooth than it would be. */
static void
pass_block (float *plane, gsize stride, const float *steps, const float *per)
{
  float b[SIDE][SIDE];

  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      b[y][x] = round_to_whole (plane[(gsize) y * stride + (gsize) x]);
  transform (b);
  transpose (b);
  transform (b);
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      b[y][x] =
          round_to_whole (b[y][x] * per[SIDE * y + x]) * steps[SIDE * y + x];
  transform_back (b);
  transpose (b);
  transform_back (b);
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      plane[(gsize) y * stride + (gsize) x] = round_to_whole (b[y][x]);
}

static void
pass_plane (
    float *plane, int width, int height, const guint8 table[64], int quality)
{
  const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  float steps[64], per_step[64];

  for (int i = 0; i < 64; i++) {
    const int step = CLAMP ((table[i] * scale + 50) / 100, 1, 255);
    const int at = i % SIDE * SIDE + i / SIDE;

    steps[at] = (float) step;
    per_step[at] = 1 / (float) step;
  }
  for (int y = 0; y < height; y += SIDE)
    for (int x = 0; x < width; x += SIDE)
      pass_block (plane + (gsize) y * (gsize) width + x, (gsize) width, steps,
                  per_step);
}

/* ---- coarse chroma -------------------------------------------------------
 */

/* Means of pairs beside one another, or above one another; in place. */
static void
halve_width (float *plane, int width, int height)
{
  const gsize n = (gsize) (width / 2) * (gsize) height;

  for (gsize i = 0; i < n; i++)
    plane[i] = 0.5f * (plane[2 * i] + plane[2 * i + 1]);
}

static void
halve_height (float *plane, int width, int height)
{
  for (int y = 0; y < height / 2; y++) {
    const float *from = plane + (gsize) (2 * y) * (gsize) width;
    float *to = plane + (gsize) y * (gsize) width;

    for (int x = 0; x < width; x++)
      to[x] = 0.5f * (from[x] + from[x + width]);
  }
}

/* Three quarters of the nearer and a quarter of the farther neighbour. */
static void
double_width (const float *in, float *out, int width, int height)
{
  for (int y = 0; y < height; y++) {
    const float *from = in + (gsize) y * (gsize) width;
    float *to = out + (gsize) (2 * y) * (gsize) width;

    to[0] = from[0];
    for (int x = 1; x < width; x++) {
      to[2 * x - 1] = 0.75f * from[x - 1] + 0.25f * from[x];
      to[2 * x] = 0.25f * from[x - 1] + 0.75f * from[x];
    }
    to[2 * width - 1] = from[width - 1];
  }
}

static void
double_height (const float *in, float *out, int width, int height)
{
  for (int y = 0; y < 2 * height; y++) {
    const int near = y / 2, far = y & 1 ? near + 1 : near - 1;
    const float *a = in + (gsize) near * (gsize) width;
    const float *b = in + (gsize) CLAMP (far, 0, height - 1) * (gsize) width;
    float *restrict to = out + (gsize) y * (gsize) width;

    for (int x = 0; x < width; x++)
      to[x] = 0.75f * a[x] + 0.25f * b[x];
  }
}

/* @plane and @spare: [height][width]; returns the one that has the result. */
static float *
pass_chroma (float *plane,
             float *spare,
             int width,
             int height,
             const RwCameraJpeg *settings)
{
  const int w = width / settings->coarse_x, h = height / settings->coarse_y;

  if (settings->coarse_x == 2)
    halve_width (plane, width, height);
  if (settings->coarse_y == 2)
    halve_height (plane, w, height);
  pass_plane (plane, w, h, chroma_table, settings->quality);
  if (settings->coarse_y == 2) {
    double_height (plane, spare, w, h);
    float *const t = plane;
    plane = spare;
    spare = t;
  }
  if (settings->coarse_x == 2) {
    double_width (plane, spare, w, height);
    plane = spare;
  }
  return plane;
}

/* ---- the whole -----------------------------------------------------------
 */

int
rw_camera_jpeg_workspace (int width, int height)
{
  return 5 * width * height;
}

void
rw_camera_jpeg (float *rgb,
                int width,
                int height,
                const RwCameraJpeg *settings,
                float *workspace)
{
  const int unit_x = SIDE * settings->coarse_x;
  const int unit_y = SIDE * settings->coarse_y;
  const int left = FRAME - settings->phase_x % unit_x;
  const int top = FRAME - settings->phase_y % unit_y;
  /* whole units of what is wanted; the last ends in the frame */
  const int w = (width - FRAME - left + unit_x - 1) / unit_x * unit_x;
  const int h = (height - FRAME - top + unit_y - 1) / unit_y * unit_y;
  const gsize n = (gsize) w * (gsize) h;
  float *luma = workspace, *blue = luma + n, *red = blue + n;

  for (int y = 0; y < h; y++) {
    const float *from =
        rgb + 3 * ((gsize) (top + y) * (gsize) width + (gsize) left);
    const gsize at = (gsize) y * (gsize) w;

    for (int x = 0; x < w; x++) {
      const float r = from[3 * x], g = from[3 * x + 1], b = from[3 * x + 2];
      const float l = 0.299f * r + 0.587f * g + 0.114f * b;

      luma[at + (gsize) x] = 255 * l - 128;
      blue[at + (gsize) x] = (255 / 1.772f) * (b - l);
      red[at + (gsize) x] = (255 / 1.402f) * (r - l);
    }
  }
  pass_plane (luma, w, h, luma_table, settings->quality);
  const float *cb = pass_chroma (blue, red + n, w, h, settings);
  const float *cr = pass_chroma (red, red + 2 * n, w, h, settings);

  for (int y = 0; y < h; y++) {
    float *to = rgb + 3 * ((gsize) (top + y) * (gsize) width + (gsize) left);
    const gsize at = (gsize) y * (gsize) w;

    for (int x = 0; x < w; x++) {
      const gsize i = at + (gsize) x;
      const float l = (luma[i] + 128) / 255;

      to[3 * x] = l + (1.402f / 255) * cr[i];
      to[3 * x + 1] =
          l - (0.344136f / 255) * cb[i] - (0.714136f / 255) * cr[i];
      to[3 * x + 2] = l + (1.772f / 255) * cb[i];
    }
  }
}
