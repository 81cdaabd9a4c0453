/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "train/eval/protocol.h"

#include "base/alloc.h"
#include "train/loss/metrics.h"

#include <math.h>
#include <string.h>

static float
get_luma (const float *rgb)
{
  return (16 + 65.481f * rgb[0] + 128.553f * rgb[1] + 24.966f * rgb[2]) / 255;
}

void
rw_protocol_make_grey (RwSample *sample)
{
  const gsize n = (gsize) sample->width * (gsize) sample->height;

  for (gsize i = 0; i < n; i++) {
    float *rgb = sample->rgb + 3 * i;

    rgb[0] = rgb[1] = rgb[2] = rintf (255 * get_luma (rgb)) / 255;
  }
}

/* Copies what is compared of @sample: [height][width][channels]. */
static void
cut (const RwProtocol *protocol,
     const RwSample *sample,
     int width,
     int height,
     float *out)
{
  const gsize border = (gsize) protocol->border;

  for (gsize y = 0; y < (gsize) height; y++) {
    const float *rgb =
        sample->rgb + 3 * ((y + border) * (gsize) sample->width + border);

    if (!protocol->luma) {
      memcpy (out, rgb, 3 * sizeof (float) * (gsize) width);
      out += 3 * width;
      continue;
    }
    for (int x = 0; x < width; x++)
      *out++ = get_luma (rgb + 3 * x);
  }
}

gboolean
rw_protocol_compare (const RwProtocol *protocol,
                     const RwSample *other,
                     const RwSample *clean,
                     double *psnr,
                     double *ssim,
                     GError **error)
{
  const int width = clean->width - 2 * protocol->border;
  const int height = clean->height - 2 * protocol->border;
  const int channels = protocol->luma ? 1 : 3;
  rw_autofree float *both = NULL;
  const float *a = other->rgb, *b = clean->rgb;

  *psnr = *ssim = NAN;
  if (width < 1 || height < 1)
    return TRUE;
  const gsize n = (gsize) width * (gsize) height * (gsize) channels;
  if (protocol->luma || protocol->border > 0) {
    both = rw_try_alloc (2 * n, sizeof (float), "pictures to compare", error);
    if (both == NULL)
      return FALSE;
    cut (protocol, other, width, height, both);
    cut (protocol, clean, width, height, both + n);
    a = both;
    b = both + n;
  }
  double mse = rw_mse (a, b, n);
  if (protocol->blocks)
    mse += rw_blocking (a, width, height, channels, protocol->border % 8);
  *psnr = rw_psnr (mse);
  *ssim = rw_ssim (a, b, width, height, channels);
  return TRUE;
}
