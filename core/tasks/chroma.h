/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Colours as brightness and two differences (BT.601, as JPEG has them):
 *
 *   Y = .299 R + .587 G + .114 B    Cb = (B - Y) / 1.772    Cr = (R - Y)
 * / 1.402
 */
#pragma once

#include "tasks/filter.h"

/* @luma: one channel; @chroma: two, Cb and Cr around 0; all of one size. */
void rw_chroma_split (const RwPlanes *rgb, RwPlanes *luma, RwPlanes *chroma);
void
rw_chroma_join (const RwPlanes *luma, const RwPlanes *chroma, RwPlanes *rgb);

/* What a camera's noise reduction and a file's coarse colours do: Gaussian
 * blurs of deviation @sigma_luma and @sigma_chroma px, 0..4, the latter with
 * weight @share. Chroma stays as it is if @grey. */
void rw_chroma_soften (RwPlanes *rgb,
                       double sigma_luma,
                       double sigma_chroma,
                       double share,
                       gboolean grey);
