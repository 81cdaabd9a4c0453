/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests of camera noise: scenes, and pairs made of them.
 */
#pragma once

#include "tasks/camera-noise-private.h"
#include "tasks/camera-noise.h"

enum { SIDE = 320 };

/* Coded colour at a place; tone 0: dark to light, else about that bright. */
typedef float (*SceneFunc) (int x, int y, int channel, float tone);

static inline float
slope (int x, int y, int channel, float tone)
{
  const float at = 0.0011f * (float) x + 0.0007f * (float) y;

  return (tone > 0 ? tone : 0.1f + 0.7f * at) + 0.02f * (float) channel;
}

static inline float
shapes (int x, int y, int channel, float tone)
{
  const int disc =
      (x % 60 - 30) * (x % 60 - 30) + (y % 50 - 25) * (y % 50 - 25);
  const float colours[3] = { 0.8f, 0.35f, 0.2f };

  return disc < 300 ? colours[(channel + x / 60) % 3]
                    : slope (x, y, channel, tone);
}

/* Of exactly the size asked for, so that reads outside are seen. */
static inline RwSample
make_sample (int width, int height)
{
  return (RwSample){ width, height, g_new (float, 3 * width * height), NULL };
}

static inline RwSample
make_source (int width, int height, SceneFunc scene, float tone, gboolean grey)
{
  RwSample sample = make_sample (width, height);

  for (int i = 0; i < 3 * width * height; i++)
    sample.rgb[i] =
        scene (i / 3 % width, i / 3 / width, grey ? 1 : i % 3, tone);
  return sample;
}

typedef struct {
  RwSample source, clean, input;
  double level; /* measured */
} Pair;

static inline void
pair_clear (Pair *pair)
{
  g_free (pair->source.rgb);
  g_free (pair->clean.rgb);
  g_free (pair->input.rgb);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

static inline Pair
make_pair (RwDamage damage, SceneFunc scene, int width, int height)
{
  Pair pair = {
    .source = make_source (rw_camera_noise_extent (&damage, width),
                           rw_camera_noise_extent (&damage, height), scene, 0,
                           damage.grey),
    .clean = make_sample (width, height),
    .input = make_sample (width, height),
  };

  rw_camera_noise_degrade (&pair.source, &pair.clean, &pair.input, &damage);
  pair.level = damage.values[0];
  return pair;
}

static inline Pair
make_camera_pair (const RwCamera *camera, SceneFunc scene, float tone)
{
  const int extent = rw_camera_extent (camera, SIDE);
  Pair pair = {
    .source = make_source (extent, extent, scene, tone, FALSE),
    .clean = make_sample (SIDE, SIDE),
    .input = make_sample (SIDE, SIDE),
  };

  pair.level =
      rw_camera_degrade (camera, &pair.source, &pair.clean, &pair.input);
  return pair;
}
