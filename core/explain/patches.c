/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The strongest answers of every channel.
 */
#include "explain/patches.h"

#include <string.h>

struct RwPatches {
  int n_nodes;
  int *channels;  /* by node */
  RwPatch **best; /* by node: [channel][RW_PATCHES_BEST] */
};

RwPatches *
rw_patches_new (const RwExplain *explain)
{
  RwPatches *patches = g_new0 (RwPatches, 1);
  const int n = rw_net_get_n_nodes (explain->net);

  patches->n_nodes = n;
  patches->channels = g_new0 (int, n);
  patches->best = g_new0 (RwPatch *, n);
  for (int i = 1; i < n; i++) {
    int height, width;
    rw_run_get_result_shape (explain->run, i, &height, &width,
                             &patches->channels[i]);
    patches->best[i] =
        g_new0 (RwPatch, (gsize) patches->channels[i] * RW_PATCHES_BEST);
  }
  return patches;
}

void
rw_patches_free (RwPatches *patches)
{
  if (patches == NULL)
    return;
  for (int i = 0; i < patches->n_nodes; i++)
    g_free (patches->best[i]);
  g_free (patches->best);
  g_free (patches->channels);
  g_free (patches);
}

/* The pixels around the patch's middle; an edge's pixel is repeated. */
static void
cut_out (const RwExplain *explain, RwPatch *patch)
{
  const float *input = rw_run_get_input (explain->run) + explain->rgb;
  const int stride = rw_channel_stride (rw_net_get_in_channels (explain->net));
  guint8 *to = patch->rgb;

  for (int y = 0; y < RW_PATCHES_SIDE; y++)
    for (int x = 0; x < RW_PATCHES_SIDE; x++) {
      const int row = CLAMP (patch->y + y - RW_PATCHES_SIDE / 2, 0,
                             explain->height - 1),
                column = CLAMP (patch->x + x - RW_PATCHES_SIDE / 2, 0,
                                explain->width - 1);
      const float *pixel =
          input + (gsize) (row * explain->width + column) * (gsize) stride;
      for (int c = 0; c < 3; c++)
        *to++ = (guint8) (CLAMP (pixel[c], 0.0f, 1.0f) * 255 + 0.5f);
    }
}

static void
insert (const RwExplain *explain, RwPatch *best, RwPatch *patch)
{
  int place = RW_PATCHES_BEST;

  while (place > 0 && patch->value > best[place - 1].value)
    place--;
  if (place == RW_PATCHES_BEST)
    return;
  cut_out (explain, patch);
  memmove (&best[place + 1], &best[place],
           (gsize) (RW_PATCHES_BEST - 1 - place) * sizeof *best);
  best[place] = *patch;
}

/* The pixel of @n along one axis of a layer, as a pixel of the input. */
static int
to_input (int at, int n, int input)
{
  return (2 * at + 1) * input / (2 * n);
}

/* Whether pixel @at is away from the window's edges. */
static gboolean
is_inside (int at, int n, int input, int margin)
{
  const int place = to_input (at, n, input);

  return place >= margin && place < input - margin;
}

/* Of each channel the place of the largest value above 0, or -1. */
static int *
find_most (const RwExplain *explain,
           const float *values,
           int height,
           int width,
           int channels,
           int margin)
{
  const gsize stride = (gsize) rw_channel_stride (channels);
  int *most = g_new (int, channels);

  for (int c = 0; c < channels; c++)
    most[c] = -1;
  for (int i = 0; i < height * width; i++) {
    const float *pixel = values + (gsize) i * stride;
    if (!is_inside (i % width, width, explain->width, margin) ||
        !is_inside (i / width, height, explain->height, margin))
      continue;
    for (int c = 0; c < channels; c++)
      if (pixel[c] > 0 &&
          (most[c] < 0 ||
           pixel[c] > values[(gsize) most[c] * stride + (gsize) c]))
        most[c] = i;
  }
  return most;
}

static void
add_node (RwPatches *patches,
          const RwExplain *explain,
          int node,
          int file,
          int margin)
{
  const float *values = rw_run_get_result (explain->run, node);
  int height, width, channels;

  rw_run_get_result_shape (explain->run, node, &height, &width, &channels);
  g_autofree int *most =
      find_most (explain, values, height, width, channels, margin);

  for (int c = 0; c < channels; c++) {
    const int at = most[c];
    if (at < 0)
      continue;
    RwPatch patch = {
      .value = values[(gsize) (at * rw_channel_stride (channels) + c)],
      .file = file,
      .x = to_input (at % width, width, explain->width),
      .y = to_input (at / width, height, explain->height),
    };
    insert (explain, &patches->best[node][c * RW_PATCHES_BEST], &patch);
  }
}

void
rw_patches_add (RwPatches *patches,
                const RwExplain *explain,
                int file,
                int margin)
{
  for (int i = 1; i < patches->n_nodes; i++)
    add_node (patches, explain, i, file, margin);
}

const RwPatch *
rw_patches_get (const RwPatches *patches, int node, int channel)
{
  return &patches->best[node][channel * RW_PATCHES_BEST];
}
