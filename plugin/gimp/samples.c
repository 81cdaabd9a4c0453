/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Between GIMP's formats and the core's.
 */
#include "samples.h"

#include "srgb-coded.h"

/* Depth of @native if it has one of these encodings with integers, else 0. */
static int
get_depth (const Babl *native, const char *const *encodings)
{
  for (; *encodings != NULL; encodings++) {
    for (int depth = 8; depth <= 16; depth += 8) {
      g_autofree char *name = g_strdup_printf ("%s u%d", *encodings, depth);

      if (babl_format_with_space (name, native) == native)
        return depth;
    }
  }
  return 0;
}

void
rw_samples_init (RwSamples *samples, const Babl *native)
{
  static const char *const always[] = { "R~G~B~", "R~G~B~A", "Y~", "Y~A",
                                        NULL };
  static const char *const srgb[] = { "R'G'B'", "R'G'B'A", "Y'", "Y'A", NULL };
  const gboolean is_srgb = is_srgb_coded (babl_format_get_space (native));

  samples->native = native;
  samples->work = babl_format_with_space (
      is_srgb ? "R'G'B'A float" : "R~G~B~A float", native);
  samples->depth = get_depth (native, always);
  if (samples->depth == 0 && is_srgb)
    samples->depth = get_depth (native, srgb);
  samples->channels = babl_format_get_n_components (native);
  samples->pixel_bytes = (gsize) babl_format_get_bytes_per_pixel (native);
}

/* ---- decoding ----------------------------------------------------------- */

static inline void
spread (const float *pixel, int channels, float *rgba)
{
  const gboolean grey = channels < 3;

  rgba[0] = pixel[0];
  rgba[1] = pixel[grey ? 0 : 1];
  rgba[2] = pixel[grey ? 0 : 2];
  rgba[3] = channels % 2 == 0 ? pixel[channels - 1] : 1;
}

void
rw_samples_decode (const RwSamples *samples,
                   const void *native,
                   float *rgba,
                   gsize n)
{
  const int channels = samples->channels;
  const guint8 *in8 = native;
  const guint16 *in16 = native;

  if (samples->depth == 0) {
    babl_process (babl_fish (samples->native, samples->work), native, rgba,
                  (long) n);
    return;
  }
  for (gsize i = 0; i < n; i++) {
    float pixel[4] = { 0 };

    for (int c = 0; c < channels; c++)
      pixel[c] = samples->depth == 8 ? *in8++ / 255.0f : *in16++ / 65535.0f;
    spread (pixel, channels, rgba + i * 4);
  }
}

/* ---- encoding ----------------------------------------------------------- */

/* NaN becomes 0. */
static inline int
quantise (float value, float max)
{
  const float clipped = value > 0 ? MIN (value, 1.0f) : 0;

  return (int) (clipped * max + 0.5f);
}

static inline void
gather (const float *rgba, int channels, float *pixel)
{
  if (channels < 3) {
    pixel[0] = (rgba[0] + rgba[1] + rgba[2]) / 3;
  } else {
    pixel[0] = rgba[0];
    pixel[1] = rgba[1];
    pixel[2] = rgba[2];
  }
  if (channels % 2 == 0)
    pixel[channels - 1] = rgba[3];
}

void
rw_samples_encode (const RwSamples *samples,
                   const float *rgba,
                   void *native,
                   gsize n)
{
  const int channels = samples->channels;
  guint8 *out8 = native;
  guint16 *out16 = native;

  if (samples->depth == 0) {
    babl_process (babl_fish (samples->work, samples->native), rgba, native,
                  (long) n);
    return;
  }
  for (gsize i = 0; i < n; i++) {
    float pixel[4] = { 0 };

    gather (rgba + i * 4, channels, pixel);
    for (int c = 0; c < channels; c++) {
      if (samples->depth == 8)
        *out8++ = (guint8) quantise (pixel[c], 255);
      else
        *out16++ = (guint16) quantise (pixel[c], 65535);
    }
  }
}
