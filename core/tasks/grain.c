/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Noise as finished photographs have it.
 */
#include "tasks/grain.h"

#include "base/random.h"
#include "tasks/chroma.h"

/* White noise is made larger than wanted, so that the edges of what is left
 * are like its middle. */
void
rw_grain_fill (RwPlanes *plane, double sigma, double size, guint64 key)
{
  const RwBlur blur = rw_blur_gaussian (size);
  const float gain = (float) (sigma / rw_blur_energy (&blur));
  RwPlanes white = rw_planes_make (plane->width + 2 * blur.radius,
                                   plane->height + 2 * blur.radius, 1);

  rw_random_gaussian (key, 0, white.pixels, rw_planes_count (&white));
  rw_blur (&white, &blur, 1, plane);
  g_free (white.pixels);
  for (gsize i = 0; i < rw_planes_count (plane); i++)
    plane->pixels[i] *= gain;
}

void
rw_grain_add (RwPlanes *rgb, const RwGrain *grain)
{
  const gsize n = (gsize) rgb->width * (gsize) rgb->height;
  g_autofree float *memory = g_new (float, 6 * n);
  RwPlanes noise[3], colours = { rgb->width, rgb->height, 3, memory + 3 * n };

  rw_chroma_set (noise, rgb->width, rgb->height, memory);
  rw_chroma_drop (noise);
  for (guint64 c = 0; c < (grain->grey ? 1 : 3); c++)
    rw_grain_fill (&noise[c], c == 0 ? grain->sigma_luma : grain->sigma_chroma,
                   c == 0 ? grain->size_luma : grain->size_chroma,
                   rw_random_key (grain->key, c));
  rw_chroma_join (noise, &colours);
  for (gsize i = 0; i < n; i++) {
    float *colour = rgb->pixels + 3 * i;
    const float gain =
        rw_grain_gain (grain->gains, 0.299f * colour[0] + 0.587f * colour[1] +
                                         0.114f * colour[2]);
    for (gsize c = 0; c < 3; c++)
      colour[c] += gain * colours.pixels[3 * i + c];
  }
}
