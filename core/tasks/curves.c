/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Functions as tables.  The sRGB curve is computed once a process; a contrast
 * bends it cheaply.
 */
#include "tasks/curves.h"

#include <math.h>

enum { N = RW_CURVE_STEPS };

typedef struct {
  RwCurve encode, decode;
} Srgb;

void
rw_curve_join (RwCurve *curve)
{
  RwCurveEntry *entries = curve->entries;

  for (int i = 0; i < curve->steps; i++)
    entries[i].growth = entries[i + 1].value - entries[i].value;
  entries[curve->steps].growth = 0;
}

/* What compilers vectorise, and the reads of the table, in turns. */
void
rw_curve_apply (const RwCurve *curve, float *values, gsize n)
{
  enum { BLOCK = 64 };
  const float steps = (float) curve->steps;
  gint32 index[BLOCK];
  float part[BLOCK];

  for (gsize first = 0; first < n; first += BLOCK) {
    const gsize m = MIN (BLOCK, n - first);
    float *v = values + first;

    for (gsize i = 0; i < m; i++) {
      const float at = CLAMP (v[i], 0, 1) * steps;
      index[i] = (gint32) at;
      part[i] = at - (float) index[i];
    }
    for (gsize i = 0; i < m; i++) {
      const RwCurveEntry entry = curve->entries[index[i]];
      v[i] = entry.value + part[i] * entry.growth;
    }
  }
}

/* ---- sRGB --------------------------------------------------------------- */

static const Srgb *
get_srgb (void)
{
  static Srgb srgb = { { .steps = N }, { .steps = N } };
  static gsize once;

  if (g_once_init_enter (&once)) {
    for (int i = 0; i <= N; i++) {
      const double v = i / (double) N;

      srgb.encode.entries[i].value =
          (float) (v <= 0.0031308 ? 12.92 * v
                                  : 1.055 * pow (v, 1 / 2.4) - 0.055);
      srgb.decode.entries[i].value =
          (float) (v <= 0.04045 ? v / 12.92 : pow ((v + 0.055) / 1.055, 2.4));
    }
    rw_curve_join (&srgb.encode);
    rw_curve_join (&srgb.decode);
    g_once_init_leave (&once, 1);
  }
  return &srgb;
}

const RwCurve *
rw_curve_encode_srgb (void)
{
  return &get_srgb ()->encode;
}

const RwCurve *
rw_curve_decode_srgb (void)
{
  return &get_srgb ()->decode;
}

/* ---- tone --------------------------------------------------------------- */

static inline float
bend (float t, float contrast)
{
  return t + contrast * t * ((3 - 2 * t) * t - 1);
}

/* The bend grows, so its inverse is found in one walk along it. */
static void
fill_decode (RwCurve *decode, float contrast, float exposure)
{
  const RwCurveEntry *srgb = rw_curve_decode_srgb ()->entries;
  float below = 0, above = bend (1.f / N, contrast);
  int k = 0; /* below = bend (k / N), above = bend ((k + 1) / N) */

  for (int i = 0; i <= N; i++) {
    const float v = (float) i / N;

    while (above < v && k < N - 1) {
      below = above;
      k++;
      above = bend ((float) (k + 1) / N, contrast);
    }
    const float part = CLAMP ((v - below) / (above - below), 0, 1);
    decode->entries[i].value =
        exposure * (srgb[k].value + part * srgb[k].growth);
  }
}

void
rw_curve_tone (float contrast,
               float exposure,
               RwCurve *encode,
               RwCurve *decode)
{
  const RwCurveEntry *srgb = rw_curve_encode_srgb ()->entries;

  encode->steps = decode->steps = N;
  for (int i = 0; i <= N; i++)
    encode->entries[i].value = bend (srgb[i].value, contrast);
  fill_decode (decode, contrast, exposure);
  rw_curve_join (encode);
  rw_curve_join (decode);
}
