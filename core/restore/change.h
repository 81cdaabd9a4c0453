/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Changes of pixels as they are kept: 16-bit floats (IEEE binary16), so that
 * the blocks of 24 megapixels take 137 MiB.  A change is rounded before it is
 * used at all, by at most 1/2048 of itself, so that a block that was kept gives
 * the same bits as one that was just computed.
 *
 * weights/half.h says the same more plainly; these loops have no branches, so
 * that they are vectorised.
 */
#pragma once

#include "weights/half.h"

#define RW_CHANGE_MAX 65504.0f

/* Finite values, rounded to nearest, ties to even, clipped to RW_CHANGE_MAX. */
static inline void
rw_change_pack (guint16 *kept, const float *change, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    const guint32 bits = rw_float_to_bits (change[i]);
    const guint32 size = MIN (bits & 0x7fffffff, 0x477fe000); /* 65504 */
    const guint32 normal =
        (size + 0xfff + (size >> 13 & 1) - 0x38000000) >> 13;
    /* below 2^-14: the sum rounds to a multiple of 2^-24 */
    const guint32 small =
        rw_float_to_bits (rw_float_from_bits (size) + 0.5f) - 0x3f000000;

    kept[i] = (guint16) ((bits >> 16 & 0x8000) |
                         (size < 0x38800000 ? small : normal));
  }
}

/* Exactly. */
static inline void
rw_change_unpack (float *change, const guint16 *kept, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    const guint32 half = kept[i];
    const guint32 normal = ((half & 0x7fff) << 13) + 0x38000000;
    const guint32 small =
        rw_float_to_bits ((float) (gint32) (half & 0x3ff) * 0x1p-24f);

    change[i] = rw_float_from_bits ((half & 0x8000) << 16 |
                                    ((half & 0x7c00) == 0 ? small : normal));
  }
}
