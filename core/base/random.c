/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Counter-based random numbers.
 */
#include "base/random.h"

#include <math.h>

#define GOLDEN G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)

/* SplitMix64's finaliser */
static inline guint64
mix (guint64 z)
{
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

guint64
rw_random_key (guint64 seed, guint64 stream)
{
  return mix (mix (seed + GOLDEN) ^ mix (stream + 2 * GOLDEN));
}

guint64
rw_random_bits (guint64 key, guint64 index)
{
  return mix (key + (index + 1) * GOLDEN);
}

float
rw_random_uniform (guint64 key, guint64 index)
{
  return (float) (rw_random_bits (key, index) >> 40) * 0x1p-24f;
}

/* Multiply and shift; the bias is below 2^-32. */
guint32
rw_random_below (guint64 key, guint64 index, guint32 n)
{
  return (guint32) (((rw_random_bits (key, index) >> 32) * n) >> 32);
}

/* Pair number @pair of the sequence. */
static inline void
gaussian_pair (guint64 key, guint64 pair, float *a, float *b)
{
  const guint64 bits = rw_random_bits (key, pair);
  const float u = ((float) (bits >> 40) + 0.5f) * 0x1p-24f; /* (0,1) */
  const float angle = (float) ((bits >> 8) & 0xffffff) * (0x1p-24f * 6.28318531f);
  const float radius = sqrtf (-2 * logf (u));

  *a = radius * cosf (angle);
  *b = radius * sinf (angle);
}

void
rw_random_gaussian (guint64 key, guint64 first, float *out, gsize n)
{
  float other;
  gsize i = 0;

  if (n > 0 && first % 2) {
    gaussian_pair (key, first / 2, &other, out);
    i = 1;
  }
  for (; i + 2 <= n; i += 2)
    gaussian_pair (key, (first + i) / 2, out + i, out + i + 1);
  if (i < n)
    gaussian_pair (key, (first + i) / 2, out + i, &other);
}
