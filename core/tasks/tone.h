/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A camera's tone curve as tables: linear light, the sRGB curve, then
 *   s (t) = t + contrast (3 t^2 - 2 t^3 - t),
 * which darkens shadows and lightens highlights as most cameras do.
 */
#pragma once

#define RW_TONE_STEPS 4096

/* A function on 0..1: at i / RW_TONE_STEPS its value, and how much it grows to
 * the next entry, side by side so that both come with one read. */
typedef struct {
  float value, growth;
} RwToneEntry;

typedef struct {
  RwToneEntry code[RW_TONE_STEPS + 1];   /* linear light to coded colour */
  RwToneEntry decode[RW_TONE_STEPS + 1]; /* coded to exposure * light */
} RwTone;

/* @contrast 0..0.95; @exposure: a factor on linear light, above 0. */
void rw_tone_init (RwTone *tone, float contrast, float exposure);

/* Puts the function of @entries in place of each of @n values, clipped to
 * 0..1; in between entries it is linear. */
void rw_tone_apply (const RwToneEntry *entries, float *values, int n);
