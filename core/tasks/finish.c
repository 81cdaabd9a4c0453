/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How a damaged picture ends.
 */
#include "tasks/finish.h"

/* Truncation rounds down, as the values are not negative; it vectorises where
 * floorf does not. */
static void
round_to_bytes (RwPlanes *rgb)
{
  const gsize n = rw_planes_count (rgb);

  for (gsize i = 0; i < n; i++) {
    const float value = CLAMP (rgb->pixels[i], 0.0f, 1.0f);
    rgb->pixels[i] = (float) (gint32) (value * 255 + 0.5f) / 255;
  }
}

void
rw_finish_as_file (RwPlanes *rgb, const RwFinish *finish)
{
  round_to_bytes (rgb);
  /* JPEG's blocks belong here: with probability jpeg_share, of a quality drawn
   * from the key, one channel if grey. Nothing else writes a file. */
}
