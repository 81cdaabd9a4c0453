/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Noise as finished photographs have it.
 */
#include "tasks/grain.h"

#include "base/random.h"
#include "tasks/chroma.h"

enum { LUMA, CHROMA }; /* indices below the key */

/* White noise of @sigma, blurred to @size px and brought back to @sigma. It is
 * made larger than wanted, so that its edges are like its middle. */
static RwPlanes
make_field (
    const RwPlanes *like, int channels, double sigma, double size, guint64 key)
{
  const RwBlur blur = rw_blur_gaussian (size);
  const double lost = rw_blur_energy (&blur);
  RwPlanes field = rw_planes_make (like->width, like->height, channels);
  RwPlanes white = rw_planes_make (like->width + 2 * blur.radius,
                                   like->height + 2 * blur.radius, channels);

  rw_random_gaussian (key, 0, white.pixels, rw_planes_count (&white));
  rw_blur (&white, &blur, &field);
  g_free (white.pixels);
  const float gain = (float) (sigma / lost);
  for (gsize i = 0; i < rw_planes_count (&field); i++)
    field.pixels[i] *= gain;
  return field;
}

static inline float
get_gain (const RwGrain *grain, float y)
{
  const float *g = grain->gains;
  const float low = CLAMP (y, 0.0f, 0.3f);
  const float middle = CLAMP (y, 0.3f, 0.6f) - 0.3f;
  const float high = CLAMP (y, 0.6f, 1.0f) - 0.6f;

  return g[0] + (g[1] - g[0]) * (1 / 0.3f) * low +
         (g[2] - g[1]) * (1 / 0.3f) * middle + (g[3] - g[2]) * 2.5f * high;
}

void
rw_grain_add (RwPlanes *rgb, const RwGrain *grain)
{
  const gsize n = (gsize) rgb->width * (gsize) rgb->height;
  RwPlanes luma = make_field (rgb, 1, grain->sigma_luma, grain->size_luma,
                              rw_random_key (grain->key, LUMA));
  RwPlanes chroma = { 0 };

  if (!grain->grey)
    chroma = make_field (rgb, 2, grain->sigma_chroma, grain->size_chroma,
                         rw_random_key (grain->key, CHROMA));
  for (gsize i = 0; i < n; i++) {
    float *colour = rgb->pixels + 3 * i;
    const float gain = get_gain (
        grain, 0.299f * colour[0] + 0.587f * colour[1] + 0.114f * colour[2]);
    const float y = gain * luma.pixels[i];
    const float cb = grain->grey ? 0 : gain * chroma.pixels[2 * i];
    const float cr = grain->grey ? 0 : gain * chroma.pixels[2 * i + 1];
    colour[0] += y + 1.402f * cr;
    colour[1] += y - 0.344136f * cb - 0.714136f * cr;
    colour[2] += y + 1.772f * cb;
  }
  g_free (luma.pixels);
  g_free (chroma.pixels);
}
