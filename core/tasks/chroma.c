/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Brightness and colour differences.
 */
#include "tasks/chroma.h"

#include <string.h>

void
rw_chroma_luma (const float *rgb, gsize n, float white, float *luma)
{
  for (gsize i = 0; i < n; i++)
    luma[i] = white * (0.299f * rgb[3 * i] + 0.587f * rgb[3 * i + 1] +
                       0.114f * rgb[3 * i + 2]);
}

void
rw_chroma_split (const RwPlanes *rgb, RwPlanes ycc[3])
{
  const gsize n = rw_planes_count (&ycc[0]);
  float *restrict y = ycc[0].pixels;
  float *restrict cb = ycc[1].pixels;
  float *restrict cr = ycc[2].pixels;

  for (gsize i = 0; i < n; i++) {
    const float *colour = rgb->pixels + 3 * i;

    y[i] = 0.299f * colour[0] + 0.587f * colour[1] + 0.114f * colour[2];
    cb[i] = (colour[2] - y[i]) * (1 / 1.772f);
    cr[i] = (colour[0] - y[i]) * (1 / 1.402f);
  }
}

void
rw_chroma_join (const RwPlanes ycc[3], RwPlanes *rgb)
{
  const int left = (ycc->width - rgb->width) / 2;
  const int top = (ycc->height - rgb->height) / 2;

  for (int row = 0; row < rgb->height; row++) {
    const gsize at = (gsize) (top + row) * (gsize) ycc->width + (gsize) left;
    const float *y = ycc[0].pixels + at;
    const float *cb = ycc[1].pixels + at, *cr = ycc[2].pixels + at;
    float *restrict colour =
        rgb->pixels + 3 * (gsize) row * (gsize) rgb->width;

    for (int x = 0; x < rgb->width; x++) {
      colour[3 * x] = y[x] + 1.402f * cr[x];
      colour[3 * x + 1] = y[x] - 0.344136f * cb[x] - 0.714136f * cr[x];
      colour[3 * x + 2] = y[x] + 1.772f * cb[x];
    }
  }
}

void
rw_chroma_drop (RwPlanes ycc[3])
{
  for (int c = 1; c < 3; c++)
    memset (ycc[c].pixels, 0, rw_planes_count (&ycc[c]) * sizeof (float));
}

void
rw_chroma_soften (RwPlanes ycc[3],
                  double sigma_luma,
                  double sigma_chroma,
                  double share)
{
  for (int c = 0; c < 3; c++) {
    const double sigma = c == 0 ? sigma_luma : sigma_chroma;
    const RwBlur blur = rw_blur_gaussian (sigma);

    if (sigma > 0)
      rw_blur (&ycc[c], &blur, c == 0 ? 1 : (float) share, &ycc[c]);
  }
}
