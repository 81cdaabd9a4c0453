/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Brightness and colour differences.
 */
#include "tasks/chroma.h"

void
rw_chroma_split (const RwPlanes *rgb, RwPlanes *luma, RwPlanes *chroma)
{
  const gsize n = rw_planes_count (luma);

  for (gsize i = 0; i < n; i++) {
    const float *colour = rgb->pixels + 3 * i;
    const float y =
        0.299f * colour[0] + 0.587f * colour[1] + 0.114f * colour[2];
    luma->pixels[i] = y;
    chroma->pixels[2 * i] = (colour[2] - y) * (1 / 1.772f);
    chroma->pixels[2 * i + 1] = (colour[0] - y) * (1 / 1.402f);
  }
}

void
rw_chroma_join (const RwPlanes *luma, const RwPlanes *chroma, RwPlanes *rgb)
{
  const gsize n = rw_planes_count (luma);

  for (gsize i = 0; i < n; i++) {
    const float y = luma->pixels[i];
    const float cb = chroma->pixels[2 * i], cr = chroma->pixels[2 * i + 1];
    rgb->pixels[3 * i] = y + 1.402f * cr;
    rgb->pixels[3 * i + 1] = y - 0.344136f * cb - 0.714136f * cr;
    rgb->pixels[3 * i + 2] = y + 1.772f * cb;
  }
}

static void
soften_chroma (RwPlanes *chroma, double sigma, float share)
{
  const RwBlur blur = rw_blur_gaussian (sigma);
  RwPlanes soft = rw_planes_make (chroma->width, chroma->height, 2);
  const gsize n = rw_planes_count (chroma);

  rw_blur (chroma, &blur, &soft);
  for (gsize i = 0; i < n; i++)
    chroma->pixels[i] += share * (soft.pixels[i] - chroma->pixels[i]);
  g_free (soft.pixels);
}

void
rw_chroma_soften (RwPlanes *rgb,
                  double sigma_luma,
                  double sigma_chroma,
                  double share,
                  gboolean grey)
{
  const RwBlur blur = rw_blur_gaussian (sigma_luma);

  if (grey) {
    rw_blur (rgb, &blur, rgb);
    return;
  }
  RwPlanes luma = rw_planes_make (rgb->width, rgb->height, 1);
  RwPlanes chroma = rw_planes_make (rgb->width, rgb->height, 2);
  rw_chroma_split (rgb, &luma, &chroma);
  rw_blur (&luma, &blur, &luma);
  soften_chroma (&chroma, sigma_chroma, (float) share);
  rw_chroma_join (&luma, &chroma, rgb);
  g_free (luma.pixels);
  g_free (chroma.pixels);
}
