/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A camera's tone curve as tables: linear light, the sRGB curve, then
 *   s (t) = t + contrast (3 t^2 - 2 t^3 - t),
 * which darkens shadows and lightens highlights as most cameras do.
 */
#pragma once

#define RW_TONE_STEPS 4096

typedef struct {
  float code[RW_TONE_STEPS + 2];   /* coded colour of linear light i / STEPS */
  float decode[RW_TONE_STEPS + 2]; /* exposure * light of coded colour */
} RwTone;

/* @contrast 0..0.95; @exposure: a factor on linear light, above 0. */
void rw_tone_init (RwTone *tone, float contrast, float exposure);

/* Entry @value * RW_TONE_STEPS, in between linearly; clips to 0..1. */
static inline float
rw_tone_look_up (const float *table, float value)
{
  const float at = value > 0 ? value * RW_TONE_STEPS : 0;
  const int i = at < RW_TONE_STEPS ? (int) at : RW_TONE_STEPS;
  const float part = at < RW_TONE_STEPS ? at - (float) i : 0;

  return table[i] + part * (table[i + 1] - table[i]);
}
