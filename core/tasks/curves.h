/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Functions on 0..1 as tables: the sRGB curve (IEC 61966-2-1), and a camera's
 * tone curve, which is the sRGB curve and then
 *
 *   s (t) = t + contrast (3 t^2 - 2 t^3 - t),
 *
 * which darkens shadows and lightens highlights as most cameras do.
 */
#pragma once

#include <glib.h>

#define RW_CURVE_STEPS 4096

/* At i / steps: the value, and how much it grows to the next entry, side by
 * side so that both come with one read. */
typedef struct {
  float value, growth;
} RwCurveEntry;

typedef struct {
  int steps; /* 1..RW_CURVE_STEPS */
  RwCurveEntry entries[RW_CURVE_STEPS + 1];
} RwCurve;

/* Of entries whose values are set. */
void rw_curve_join (RwCurve *curve);

/* The function at @x, clipped to 0..1; straight between entries. */
static inline float
rw_curve_at (const RwCurve *curve, float x)
{
  const float at = CLAMP (x, 0.0f, 1.0f) * (float) curve->steps;
  const RwCurveEntry *entry = &curve->entries[(int) at];

  return entry->value + (at - (float) (int) at) * entry->growth;
}

/* The same in place of each of @n values. */
void rw_curve_apply (const RwCurve *curve, float *values, gsize n);

const RwCurve *rw_curve_encode_srgb (void); /* linear light to coded colour */
const RwCurve *rw_curve_decode_srgb (void); /* and back */

/* The camera's, linear light to coded colour, and back to @exposure * light.
 * @contrast 0..0.95; @exposure above 0. */
void rw_curve_tone (float contrast,
                    float exposure,
                    RwCurve *encode,
                    RwCurve *decode);
