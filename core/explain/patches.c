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

static void
add_node (RwPatches *patches, const RwExplain *explain, int node, int file)
{
  const float *values = rw_run_get_result (explain->run, node);
  int height, width, channels;

  rw_run_get_result_shape (explain->run, node, &height, &width, &channels);
  const int stride = rw_channel_stride (channels);
  g_autofree int *most = g_new0 (int, channels);

  for (int i = 1; i < height * width; i++)
    for (int c = 0; c < channels; c++)
      if (values[(gsize) i * (gsize) stride + (gsize) c] >
          values[(gsize) most[c] * (gsize) stride + (gsize) c])
        most[c] = i;
  for (int c = 0; c < channels; c++) {
    RwPatch patch = {
      .value = values[(gsize) most[c] * (gsize) stride + (gsize) c],
      .file = file,
      .x = (2 * (most[c] % width) + 1) * explain->width / (2 * width),
      .y = (2 * (most[c] / width) + 1) * explain->height / (2 * height)
    };
    insert (explain, &patches->best[node][c * RW_PATCHES_BEST], &patch);
  }
}

void
rw_patches_add (RwPatches *patches, const RwExplain *explain, int file)
{
  for (int i = 1; i < patches->n_nodes; i++)
    add_node (patches, explain, i, file);
}

const RwPatch *
rw_patches_get (const RwPatches *patches, int node, int channel)
{
  return &patches->best[node][channel * RW_PATCHES_BEST];
}
