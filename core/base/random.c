/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Counter-based random numbers.
 */
#include "base/random.h"

#include <math.h>
#include <string.h>

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

/* ---- normal numbers ---------------------------------------------------- */

/* Box and Muller 1958: radius sqrt (-2 ln u) and a turn t give two of them.
 * ln, sin and cos are series of our own, short loops that compilers vectorise
 * and that give the same bits wherever floats are IEEE's and not contracted. */

enum { BLOCK = 64 /* pairs at a time */ };

/* ln u for u in (0,1): u = m 2^e with m in [0.70,1.41), ln m = 2 artanh s */
static inline float
natural_log (float u)
{
  union {
    float f;
    guint32 i;
  } bits = { u };
  const guint32 shifted = bits.i - 0x3f3504f3; /* sqrt (0.5) */
  const float e = (float) ((gint32) shifted >> 23);

  bits.i = (shifted & 0x7fffff) + 0x3f3504f3;
  const float s = (bits.f - 1) / (bits.f + 1), q = s * s;

  return e * 0.69314718f +
         2 * s *
             (1 +
              q * (1.f / 3 + q * (1.f / 5 + q * (1.f / 7 + q * (1.f / 9)))));
}

/* sin and cos of 2 pi t for t in [0,1): the nearest quarter turn and a rest of
 * at most pi / 4, where nine terms of Taylor's series are exact to 2e-9 */
static inline void
sine_cosine (float t, float *sine, float *cosine)
{
  const gint32 quarter = (gint32) (t * 4 + 0.5f);
  const float x = (t * 4 - (float) quarter) * 1.57079633f, q = x * x;
  const float s =
      x * (1 - q * (1.f / 6) *
                   (1 - q * (1.f / 20) *
                            (1 - q * (1.f / 42) * (1 - q * (1.f / 72)))));
  const float c =
      1 - q * 0.5f *
              (1 - q * (1.f / 12) *
                       (1 - q * (1.f / 30) *
                                (1 - q * (1.f / 56) * (1 - q * (1.f / 90)))));
  const float a = quarter & 1 ? c : s, b = quarter & 1 ? s : c;

  *sine = quarter & 2 ? -a : a;
  *cosine = (quarter + 1) & 2 ? -b : b;
}

/* The numbers 2 @pair .. 2 (@pair + BLOCK) - 1 of the sequence. */
static void
gaussian_block (guint64 key, guint64 pair, float *out)
{
  float u[BLOCK], t[BLOCK];

  for (int i = 0; i < BLOCK; i++) {
    const guint64 bits = rw_random_bits (key, pair + (guint64) i);

    u[i] = ((float) (gint32) (bits >> 40) + 0.5f) * 0x1p-24f;
    t[i] = (float) (gint32) ((bits >> 8) & 0xffffff) * 0x1p-24f;
  }
  for (int i = 0; i < BLOCK; i++) {
    const float radius = sqrtf (-2 * natural_log (u[i]));
    float sine, cosine;

    sine_cosine (t[i], &sine, &cosine);
    out[2 * i] = radius * cosine;
    out[2 * i + 1] = radius * sine;
  }
}

void
rw_random_gaussian (guint64 key, guint64 first, float *out, gsize n)
{
  float block[2 * BLOCK];

  for (gsize i = 0; i < n;) {
    const guint64 at = first + i, start = at / (2 * BLOCK) * (2 * BLOCK);
    const gsize m = MIN (n - i, (gsize) (start + 2 * BLOCK - at));

    if (m == 2 * BLOCK) {
      gaussian_block (key, start / 2, out + i);
    } else {
      gaussian_block (key, start / 2, block);
      memcpy (out + i, block + (at - start), m * sizeof (float));
    }
    i += m;
  }
}
