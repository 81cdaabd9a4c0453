/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pixels of a GIMP buffer to and from RGBA float, coded by the sRGB curve.
 *
 * babl converts between all formats, but picks its way by timing, and the ways
 * differ in the last bit: enough for another rounding now and then.  So the
 * commonest formats, 8 and 16 bit coded by the sRGB curve, are converted here:
 * s / 255 and s / 65535, and back to the nearest.  All others go to babl.
 */
#pragma once

#include <gegl.h>

G_BEGIN_DECLS

typedef struct {
  const Babl *native; /* format of the buffer */
  const Babl *work;   /* what babl calls RGBA float coded by the sRGB curve */
  int depth;          /* 8, 16, or 0: babl converts */
  int channels;       /* 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha */
  gsize pixel_bytes;  /* of native */
} RwSamples;

void rw_samples_init (RwSamples *samples, const Babl *native);

/* @n: pixels. */
void rw_samples_decode (const RwSamples *samples,
                        const void *native,
                        float *rgba,
                        gsize n);

/* Clips to the range of the format; grey takes the mean of R, G and B. */
void rw_samples_encode (const RwSamples *samples,
                        const float *rgba,
                        void *native,
                        gsize n);

G_END_DECLS
