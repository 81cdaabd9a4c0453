/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pull: the picture is halved until all pixels have a colour; a pixel of the
 * smaller picture is the mean of those of its four that have one.  Push: on the
 * way back each pixel without a colour takes that of its parent.
 */
#include "restore/fill.h"

#include "base/alloc.h"
#include "base/words.h"

#include <string.h>

/* A level of the pyramid.  The picture itself has its colours, and in @rgba
 * which of them are known.  A coarser one has for each pixel R, G, B and 1, or
 * 0 where they are not known. */
typedef struct {
  float *pixels;
  int stride;
  const float *rgba; /* or NULL */
  int height, width;
} Level;

/* NaN-free input assumed. */
static inline float
clamp (float value, float low, float high)
{
  return value < low ? low : value > high ? high : value;
}

gsize
rw_fill_copy_known (
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

static inline gboolean
is_known (const Level *level, gsize i)
{
  return level->rgba ? rw_pixel_has_colour (level->rgba + 4 * i)
                     : level->pixels[4 * i + 3] > 0;
}

static void
pull_pixel (const Level *fine, int y, int x, float *out)
{
  const int y1 = MIN (2 * y + 2, fine->height),
            x1 = MIN (2 * x + 2, fine->width);
  float sum[4] = { 0 };

  for (int j = 2 * y; j < y1; j++)
    for (int i = 2 * x; i < x1; i++) {
      const gsize at = (gsize) j * fine->width + i;

      if (!is_known (fine, at))
        continue;
      for (int c = 0; c < 3; c++)
        sum[c] += fine->pixels[at * fine->stride + c];
      sum[3]++;
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
      const gsize at = (gsize) y * fine->width + x;
      const float *parent =
          coarse->pixels +
          coarse->stride * ((gsize) (y / 2) * coarse->width + x / 2);

      if (is_known (fine, at))
        continue;
      memcpy (fine->pixels + at * fine->stride, parent, 3 * sizeof *parent);
      if (fine->rgba == NULL)
        fine->pixels[4 * at + 3] = 1;
    }
}

gsize
rw_fill_get_floats (int height, int width)
{
  gsize n = 0;

  while (height > 1 || width > 1) {
    height = (height + 1) / 2;
    width = (width + 1) / 2;
    n += 4 * (gsize) height * width;
  }
  return n;
}

/* The picture, and coarser ones one behind the other in @memory. */
static int
make_levels (Level levels[32], const Level *picture, float *memory)
{
  int n = 0;

  for (levels[n++] = *picture;
       levels[n - 1].height > 1 || levels[n - 1].width > 1; n++) {
    const Level *fine = &levels[n - 1];

    levels[n] = (Level){ .pixels = memory,
                         .stride = 4,
                         .height = (fine->height + 1) / 2,
                         .width = (fine->width + 1) / 2 };
    memory += 4 * (gsize) levels[n].height * levels[n].width;
  }
  return n;
}

/* Sets mid grey where the coarsest picture has no colour. */
static void
fill_last (const Level *level)
{
  const gsize n = (gsize) level->height * level->width;

  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < 3 && !is_known (level, i); c++)
      level->pixels[i * level->stride + c] = 0.5f;
}

void
rw_fill_missing (const float *rgba,
                 int height,
                 int width,
                 float *rgb,
                 int stride,
                 float *memory)
{
  const Level picture = { .pixels = rgb,
                          .stride = stride,
                          .rgba = rgba,
                          .height = height,
                          .width = width };
  Level levels[32];
  const int n_levels = make_levels (levels, &picture, memory);
  int top = 0;
  gboolean whole = FALSE;

  for (; top + 1 < n_levels && !whole; top++)
    whole = pull (&levels[top], &levels[top + 1]);
  if (!whole)
    fill_last (&levels[top]);
  for (; top > 0; top--)
    push (&levels[top], &levels[top - 1]);
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
  if (rw_fill_copy_known (rgba, (gsize) height * width, low, high, rgb,
                          stride) == 0)
    return TRUE;
  rw_autofree float *memory =
      rw_try_alloc (rw_fill_get_floats (height, width) + 1, sizeof *memory,
                    _ ("filling transparent pixels"), error);
  if (memory == NULL)
    return FALSE;
  rw_fill_missing (rgba, height, width, rgb, stride, memory);
  return TRUE;
}
