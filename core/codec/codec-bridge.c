/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Lost bands, between the rows above and below.
 */
#include "codec/codec-bridge.h"

/* Rows @from..@to-1 of one channel, between the rows around them; beyond the
 * picture's ends these are 0, so that it fades away and makes no streaks. */
static void
bridge (gint16 *latents, int width, int height, int from, int to)
{
  const gint16 *above = from > 0 ? latents + (gsize) (from - 1) * width : NULL;
  const gint16 *below = to < height ? latents + (gsize) to * width : NULL;
  const int steps = to - from + 1;

  for (int y = from; y < to; y++)
    for (int x = 0; x < width; x++) {
      const int a = above != NULL ? above[x] : 0;
      const int b = below != NULL ? below[x] : 0;
      const int part = y - from + 1;
      latents[(gsize) y * width + x] =
          (gint16) ((a * (steps - part) + b * part) / steps);
    }
}

void
rw_codec_bridge (const RwCodecStream *streams,
                 int n_channels,
                 int width,
                 int height,
                 gint16 *latents)
{
  const int n = rw_codec_count_bands (height);

  for (int band = 0; band < n; band++) {
    const int first = band;
    while (band < n && streams[band].damaged)
      band++;
    for (int channel = 0; band > first && channel < n_channels; channel++)
      bridge (latents + (gsize) channel * (gsize) width * (gsize) height,
              width, height, first * RW_CODEC_BAND_ROWS,
              MIN (band * RW_CODEC_BAND_ROWS, height));
  }
}
