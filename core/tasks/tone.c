/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A camera's tone curve as tables.  The sRGB curve (IEC 61966-2-1) is computed
 * once a process; a contrast bends it cheaply.
 */
#include "tasks/tone.h"

#include <glib.h>
#include <math.h>

enum { N = RW_TONE_STEPS };

typedef struct {
  float code[N + 1], decode[N + 1];
} Srgb;

static const Srgb *
get_srgb (void)
{
  static Srgb srgb;
  static gsize once;

  if (g_once_init_enter (&once)) {
    for (int i = 0; i <= N; i++) {
      const double v = i / (double) N;

      srgb.code[i] =
          (float) (v <= 0.0031308 ? 12.92 * v
                                  : 1.055 * pow (v, 1 / 2.4) - 0.055);
      srgb.decode[i] =
          (float) (v <= 0.04045 ? v / 12.92 : pow ((v + 0.055) / 1.055, 2.4));
    }
    g_once_init_leave (&once, 1);
  }
  return &srgb;
}

static inline float
bend (float t, float contrast)
{
  return t + contrast * t * ((3 - 2 * t) * t - 1);
}

/* The bend grows, so its inverse is found in one walk along it. */
static void
fill_decode (RwToneEntry *decode,
             float contrast,
             float exposure,
             const Srgb *srgb)
{
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
    decode[i].value =
        exposure *
        (srgb->decode[k] + part * (srgb->decode[k + 1] - srgb->decode[k]));
  }
}

static void
fill_growth (RwToneEntry *entries)
{
  for (int i = 0; i < N; i++)
    entries[i].growth = entries[i + 1].value - entries[i].value;
  entries[N].growth = 0;
}

void
rw_tone_init (RwTone *tone, float contrast, float exposure)
{
  const Srgb *srgb = get_srgb ();

  for (int i = 0; i <= N; i++)
    tone->code[i].value = bend (srgb->code[i], contrast);
  fill_decode (tone->decode, contrast, exposure, srgb);
  fill_growth (tone->code);
  fill_growth (tone->decode);
}

/* What compilers vectorise, and the reads of the table, in turns. */
void
rw_tone_apply (const RwToneEntry *entries, float *values, int n)
{
  enum { BLOCK = 64 };
  gint32 index[BLOCK];
  float part[BLOCK];

  for (int first = 0; first < n; first += BLOCK) {
    const int m = MIN (BLOCK, n - first);
    float *v = values + first;

    for (int i = 0; i < m; i++) {
      const float at = CLAMP (v[i], 0, 1) * N;
      index[i] = (gint32) at;
      part[i] = at - (float) index[i];
    }
    for (int i = 0; i < m; i++) {
      const RwToneEntry entry = entries[index[i]];
      v[i] = entry.value + part[i] * entry.growth;
    }
  }
}
