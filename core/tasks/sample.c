/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Memory for samples, and what is around them.
 */
#include "tasks/sample.h"

#include "base/alloc.h"

#include <string.h>

gboolean
rw_sample_init (RwSample *sample,
                int width,
                int height,
                gboolean with_mask,
                GError **error)
{
  const gsize n_pixels = (gsize) width * (gsize) height;

  *sample = (RwSample){ .width = width, .height = height };
  sample->rgb = rw_try_alloc (n_pixels, 3 * sizeof (float), "a sample", error);
  if (sample->rgb != NULL && with_mask)
    sample->mask =
        rw_try_alloc (n_pixels, sizeof (float), "a sample's mask", error);
  if (sample->rgb != NULL && (sample->mask != NULL || !with_mask))
    return TRUE;
  rw_sample_clear (sample);
  return FALSE;
}

void
rw_sample_clear (RwSample *sample)
{
  rw_free (sample->rgb);
  rw_free (sample->mask);
  *sample = (RwSample){ 0 };
}

void
rw_sample_surround (const RwSample *inner, RwSample *outer)
{
  const int left = (outer->width - inner->width) / 2;
  const int top = (outer->height - inner->height) / 2;
  float *rgb = outer->rgb;

  for (int y = 0; y < outer->height; y++) {
    const gsize row =
        (gsize) rw_mirror (y - top, inner->height) * (gsize) inner->width;
    for (int x = 0; x < outer->width; x++, rgb += 3) {
      const gsize at = row + (gsize) rw_mirror (x - left, inner->width);
      memcpy (rgb, inner->rgb + 3 * at, 3 * sizeof (float));
    }
  }
}

void
rw_sample_make_grey (RwSample *sample)
{
  const gsize n_pixels = (gsize) sample->width * (gsize) sample->height;
  float *rgb = sample->rgb;

  for (gsize i = 0; i < n_pixels; i++, rgb += 3) {
    const float grey = 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
    rgb[0] = rgb[1] = rgb[2] = grey;
  }
}
