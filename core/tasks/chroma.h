/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Colours as brightness and two differences (BT.601, as JPEG has them):
 *
 *   Y = .299 R + .587 G + .114 B
 *   Cb = (B - Y) / 1.772    Cr = (R - Y) / 1.402, both around 0
 *
 * ycc[3]: Y, Cb and Cr, a plane of one channel each, of one size.
 */
#pragma once

#include "tasks/filter.h"

/* Three planes of @width x @height, one after the other. */
static inline void
rw_chroma_set (RwPlanes ycc[3], int width, int height, float *pixels)
{
  const gsize n = (gsize) width * (gsize) height;

  for (gsize c = 0; c < 3; c++)
    ycc[c] = (RwPlanes){ width, height, 1, pixels + c * n };
}

void rw_chroma_split (const RwPlanes *rgb, RwPlanes ycc[3]);

/* Y alone of @n pixels, times @white. */
void rw_chroma_luma (const float *rgb, gsize n, float white, float *luma);

/* @rgb: of @ycc's size, or its middle. */
void rw_chroma_join (const RwPlanes ycc[3], RwPlanes *rgb);

/* Cb and Cr become 0. */
void rw_chroma_drop (RwPlanes ycc[3]);

/* What a camera's noise reduction and a file's coarse colours do: Gaussian
 * blurs of deviation @sigma_luma and @sigma_chroma px, 0..4, the latter with
 * weight @share. */
void rw_chroma_soften (RwPlanes ycc[3],
                       double sigma_luma,
                       double sigma_chroma,
                       double share);
