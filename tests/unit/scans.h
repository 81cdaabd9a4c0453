/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: scans whose noise is known, made of dead leaves that are large
 * and have flat parts, and grain that is correlated and follows brightness.
 */
#pragma once

#include "base/random.h"
#include "io/picture.h"
#include "scratch.h"

#include <math.h>

/* The grain's deviation at a brightness in 0..1. */
static inline double
grain_deviation (double brightness)
{
  return (3 + 9 * brightness) / 255;
}

/* Deviation 1, a white field averaged over 2 x 2 pixels twice: its correlation
 * at 1, 2 and 4 px to the side is 2/3, 1/6 and 0.  (transfer full) */
static inline float *
make_grain (guint64 key, int width, int height)
{
  static const float weights[3] = { 0.25f, 0.5f, 0.25f };
  const int w = width + 2, h = height + 2;
  g_autofree float *white = g_new (float, (gsize) w *(gsize) h);
  float *grain = g_new (float, (gsize) width *(gsize) height);

  rw_random_gaussian (key, 0, white, (gsize) w * (gsize) h);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      float sum = 0;
      for (int j = 0; j < 3; j++)
        for (int i = 0; i < 3; i++)
          sum += weights[i] * weights[j] * white[(y + j) * w + x + i];
      grain[y * width + x] = sum / 0.375f;
    }
  return grain;
}

/* What is scanned: fields of @side pixels of random colours, each with a slight
 * slope, so that windows inside a field are flat.  In 0..1, [h][w][3].
 * (transfer full) */
static inline float *
make_fields (guint64 key, int width, int height, int side)
{
  float *rgb = g_new (float, 3 * (gsize) width * (gsize) height);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const guint64 field =
          rw_random_key (key, (guint64) (y / side * 1000 + x / side));
      const float light = 0.15f + 0.65f * rw_random_uniform (field, 3);
      const float slope = 0.06f * (float) (x % side) / (float) side;
      for (int c = 0; c < 3; c++)
        rgb[3 * (y * width + x) + c] =
            light + slope +
            0.08f * (rw_random_uniform (field, (guint64) c) - 0.5f);
    }
  return rgb;
}

/* Adds grain: the same in R, G and B, and a tenth of it in each alone. */
static inline void
add_grain (float *rgb, guint64 key, int width, int height)
{
  float *grains[4];
  const int n = width * height;

  for (guint64 k = 0; k < 4; k++)
    grains[k] = make_grain (rw_random_key (key, k), width, height);
  for (int i = 0; i < n; i++) {
    float *p = rgb + 3 * i;
    const float light = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
    const float deviation = (float) grain_deviation ((double) light);
    for (int c = 0; c < 3; c++)
      p[c] += deviation * (grains[3][i] + 0.1f * grains[c][i]);
  }
  for (int k = 0; k < 4; k++)
    g_free (grains[k]);
}

static inline void
save_rgb (const Scratch *scratch,
          const char *name,
          const float *rgb,
          int width,
          int height)
{
  g_autofree char *path = scratch_path (scratch, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (RwPicture) picture = rw_picture_new (width, height, 3, 8, NULL);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  for (int i = 0; i < 3 * width * height; i++)
    ((guint8 *) picture->data)[i] =
        (guint8) (255 * CLAMP (rgb[i], 0.0f, 1.0f) + 0.5f);
  g_assert_true (rw_picture_save (picture, path, 95, &error));
  g_assert_no_error (error);
}

/* scans/0.png, ...: @n scans of 512 x 512 pixels. */
static inline void
save_scans (const Scratch *scratch, int n, guint64 key)
{
  for (int i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf ("scans/%d.png", i);
    const guint64 own = rw_random_key (key, (guint64) i);
    g_autofree float *rgb = make_fields (own, 512, 512, 128);
    add_grain (rgb, rw_random_key (own, 1), 512, 512);
    save_rgb (scratch, name, rgb, 512, 512);
  }
}
