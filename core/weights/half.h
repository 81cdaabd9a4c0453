/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * 16-bit floats in memory and files: IEEE binary16 (1 sign, 5 exponent, 10
 * fraction bits) and bfloat16 (1, 8, 7).  To float is exact; from float rounds
 * to nearest, ties to even, and clips finite values to the largest finite one.
 * Infinity and NaN stay what they are.
 */
#pragma once

#include <glib.h>
#include <math.h>
#include <string.h>

static inline float
rw_float_from_bits (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline guint32
rw_float_to_bits (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static inline float
rw_half_to_float (guint16 half)
{
  const guint32 sign = (guint32) (half & 0x8000) << 16;
  const guint32 exponent = (half >> 10) & 31, fraction = half & 0x3ff;

  if (exponent == 0) /* subnormal: a multiple of 2^-24 */
    return rw_float_from_bits (sign |
                               rw_float_to_bits ((float) fraction * 0x1p-24f));
  if (exponent == 31)
    return rw_float_from_bits (sign | 0x7f800000 | fraction << 13);
  return rw_float_from_bits (sign | (exponent + 127 - 15) << 23 |
                             fraction << 13);
}

static inline guint16
rw_half_from_float (float value)
{
  const guint32 bits = rw_float_to_bits (value);
  const guint32 size = bits & 0x7fffffff;
  const guint16 sign = (guint16) (bits >> 16 & 0x8000);

  if (size > 0x7f800000) /* NaN */
    return sign | 0x7e00;
  if (size == 0x7f800000)
    return sign | 0x7c00;
  if (size > 0x477fe000) /* 65504 */
    return sign | 0x7bff;
  if (size < 0x38800000) /* 2^-14 */
    return (guint16) (sign | lrintf (rw_float_from_bits (size) * 0x1p24f));
  const guint32 rounded = size + 0xfff + (size >> 13 & 1);
  return (guint16) (sign | (rounded - 0x38000000) >> 13);
}

static inline float
rw_bfloat_to_float (guint16 bfloat)
{
  return rw_float_from_bits ((guint32) bfloat << 16);
}

static inline guint16
rw_bfloat_from_float (float value)
{
  const guint32 bits = rw_float_to_bits (value);
  const guint32 size = bits & 0x7fffffff;
  const guint16 sign = (guint16) (bits >> 16 & 0x8000);

  if (size > 0x7f800000)
    return sign | 0x7fc0;
  if (size == 0x7f800000)
    return sign | 0x7f80;
  if (size > 0x7f7f0000)
    return sign | 0x7f7f;
  return (guint16) (sign | (size + 0x7fff + (size >> 16 & 1)) >> 16);
}
