/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pull: halve the picture, a pixel being the mean of those of its four that
 * have colour, until all have.  Push: on the way back each pixel without takes
 * its parent's.
 */
#include "image/fill.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* Per pixel R, G, B and whether that is known (1) or not (0). */
typedef struct {
  float *pixels;
  int height, width;
} Level;

gboolean
rw_pixel_has_colour (const float *rgba)
{
  return rgba[3] > 0 && isfinite (rgba[0]) && isfinite (rgba[1]) &&
         isfinite (rgba[2]);
}

/* NaN-free input assumed. */
static inline float
clamp (float value, float low, float high)
{
  return value < low ? low : value > high ? high : value;
}

/* The number of pixels without colour. */
static gsize
copy_known (
    const float *rgba, gsize n, float low, float high, float *rgb, int stride)
{
  gsize n_missing = 0;

  for (gsize i = 0; i < n; i++, rgba += 4, rgb += stride) {
    const gboolean known = rw_pixel_has_colour (rgba);
    n_missing += !known;
    for (int c = 0; c < 3; c++)
      rgb[c] = known ? clamp (rgba[c], low, high) : 0;
  }
  return n_missing;
}

static void
pull_pixel (const Level *fine, int y, int x, float *out)
{
  const int y1 = MIN (2 * y + 2, fine->height),
            x1 = MIN (2 * x + 2, fine->width);
  float sum[4] = { 0 };

  for (int j = 2 * y; j < y1; j++)
    for (int i = 2 * x; i < x1; i++) {
      const float *in = fine->pixels + 4 * ((gsize) j * fine->width + i);
      for (int c = 0; c < 4; c++)
        sum[c] += in[3] * in[c];
    }
  for (int c = 0; c < 3; c++)
    out[c] = sum[3] > 0 ? sum[c] / sum[3] : 0;
  out[3] = sum[3] > 0;
}

/* Returns whether each pixel of the coarse level is known. */
static gboolean
pull (const Level *fine, const Level *coarse)
{
  gboolean whole = TRUE;

  for (int y = 0; y < coarse->height; y++)
    for (int x = 0; x < coarse->width; x++) {
      float *out = coarse->pixels + 4 * ((gsize) y * coarse->width + x);
      pull_pixel (fine, y, x, out);
      whole = whole && out[3] > 0;
    }
  return whole;
}

static void
push (const Level *coarse, const Level *fine)
{
  for (int y = 0; y < fine->height; y++)
    for (int x = 0; x < fine->width; x++) {
      float *out = fine->pixels + 4 * ((gsize) y * fine->width + x);
      if (out[3] <= 0)
        memcpy (out,
                coarse->pixels + 4 * ((gsize) (y / 2) * coarse->width + x / 2),
                4 * sizeof *out);
    }
}

/* Levels one behind the other in @memory, finest first. */
static int
make_levels (Level levels[32], float *memory, int height, int width)
{
  int n = 0;

  for (;;) {
    levels[n++] =
        (Level){ .pixels = memory, .height = height, .width = width };
    if (height == 1 && width == 1)
      return n;
    memory += 4 * (gsize) height * width;
    height = (height + 1) / 2;
    width = (width + 1) / 2;
  }
}

/* Fills where levels[0] has fourth values of 0; mid grey if all are. */
static void
fill_levels (Level *levels, int n_levels)
{
  int top = 0;
  gboolean whole = FALSE;

  for (; top + 1 < n_levels && !whole; top++)
    whole = pull (&levels[top], &levels[top + 1]);
  float *last = levels[top].pixels;
  if (last[3] <= 0)
    last[0] = last[1] = last[2] = 0.5f;
  for (; top > 0; top--)
    push (&levels[top], &levels[top - 1]);
}

static gboolean
fill_missing (const float *rgba,
              int height,
              int width,
              float *rgb,
              int stride,
              GError **error)
{
  const gsize n = (gsize) height * width;
  Level levels[32];

  /* Level k holds at most (h / 2^k + 1) (w / 2^k + 1) pixels. */
  rw_autofree float *memory =
      rw_try_alloc (2 * n + height + width + 32, 4 * sizeof *memory,
                    "filling transparent pixels", error);
  if (memory == NULL)
    return FALSE;
  const int n_levels = make_levels (levels, memory, height, width);
  for (gsize i = 0; i < n; i++) {
    memcpy (memory + 4 * i, rgb + stride * i, 3 * sizeof *memory);
    memory[4 * i + 3] = rw_pixel_has_colour (rgba + 4 * i);
  }
  fill_levels (levels, n_levels);
  for (gsize i = 0; i < n; i++)
    memcpy (rgb + stride * i, memory + 4 * i, 3 * sizeof *memory);
  return TRUE;
}

gboolean
rw_fill_colour (const float *rgba,
                int height,
                int width,
                float low,
                float high,
                float *rgb,
                int stride,
                GError **error)
{
  const gsize n = (gsize) height * width;

  if (copy_known (rgba, n, low, high, rgb, stride) == 0)
    return TRUE;
  return fill_missing (rgba, height, width, rgb, stride, error);
}
