/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How a damaged picture ends.
 */
#include "tasks/finish.h"

#include "tasks/draws.h"
#include "tasks/jpeg-blocks.h"

enum { IS_JPEG, QUALITY, BLOCKS }; /* indices below the key */
enum { MEAN_RADIUS = 20 };         /* of two boxes: a deviation of 17 pixels */

void
rw_finish_as_file (RwPlanes *rgb, const RwFinish *finish)
{
  const guint64 key = finish->key;
  const gsize n = rw_planes_count (rgb);

  if (rw_draw_is (key, IS_JPEG, finish->jpeg_share)) {
    const RwJpegBlocks blocks = rw_jpeg_blocks_draw (
        rw_random_key (key, BLOCKS),
        rw_draw_between (key, QUALITY, finish->quality_low,
                         finish->quality_high),
        finish->grey);
    rw_jpeg_blocks_damage (rgb->pixels, rgb->width, rgb->height, &blocks);
    return;
  }
  for (gsize i = 0; i < n; i++)
    rgb->pixels[i] = rw_round_to_byte (255 * rgb->pixels[i]) / 255;
}

void
rw_finish_at_mean (const RwPlanes *noisy, RwPlanes *clean, float *memory)
{
  const gsize n = rw_planes_count (clean);
  RwPlanes mean = { clean->width, clean->height, 3, memory };

  for (gsize i = 0; i < n; i++)
    mean.pixels[i] = noisy->pixels[i] - clean->pixels[i];
  for (int i = 0; i < 2; i++)
    rw_blur_box (&mean, MEAN_RADIUS, &mean);
  for (gsize i = 0; i < n; i++)
    clean->pixels[i] = CLAMP (clean->pixels[i] + mean.pixels[i], 0.0f, 1.0f);
}
