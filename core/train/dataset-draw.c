/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Random patches of a data set.
 */
#include "train/dataset-private.h"

#include "base/random.h"

#define HALF_SHARE 0.25f /* of patches from the half-size picture */
#define GAIN_SHARE 0.25f /* of patches with another exposure */
#define GAIN_LOW 0.8f
#define GAIN_HIGH 1.1f
#define PERMUTED_SHARE 0.2f /* of patches with channels permuted */

/* Indices into a patch's key, one a decision. */
enum {
  DRAW_PICTURE,
  DRAW_HALF,
  DRAW_X,
  DRAW_Y,
  DRAW_SYMMETRY,
  DRAW_GAINED,
  DRAW_GAIN,
  DRAW_PERMUTED,
  DRAW_PERMUTATION,
};

/* Where a patch comes from and what is done to it. */
typedef struct {
  const RwPicture *picture;
  int step;       /* picture pixels a patch pixel: 1 or 2 */
  int x, y;       /* corner in the picture */
  guint symmetry; /* bits: flip x, flip y, swap the axes */
  float gain;
  const guint8 *order; /* of channels */
} Source;

static int
find_picture (const RwDataset *dataset, guint64 key)
{
  const guint64 bits = rw_random_bits (key, DRAW_PICTURE);
  const guint64 at =
      (guint64) (((unsigned __int128) bits * dataset->area) >> 64);
  guint low = 0, high = dataset->areas->len - 1;

  while (low < high) { /* the first whose running area is above `at` */
    const guint middle = (low + high) / 2;
    if (g_array_index (dataset->areas, guint64, middle) > at)
      high = middle;
    else
      low = middle + 1;
  }
  return (int) low;
}

static Source
draw_source (const RwDataset *dataset, guint64 key, int patch)
{
  static const guint8 orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                       { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
  const RwPicture *picture =
      rw_dataset_get_picture (dataset, find_picture (dataset, key));
  Source source = {
    .picture = picture, .step = 1, .gain = 1, .order = orders[0]
  };

  if (MIN (picture->width, picture->height) >= 2 * patch &&
      rw_random_uniform (key, DRAW_HALF) < HALF_SHARE)
    source.step = 2;
  const int side = source.step * patch;
  source.x = (int) rw_random_below (key, DRAW_X,
                                    (guint32) (picture->width - side + 1));
  source.y = (int) rw_random_below (key, DRAW_Y,
                                    (guint32) (picture->height - side + 1));
  source.symmetry = rw_random_below (key, DRAW_SYMMETRY, 8);
  if (rw_random_uniform (key, DRAW_GAINED) < GAIN_SHARE)
    source.gain =
        GAIN_LOW + (GAIN_HIGH - GAIN_LOW) * rw_random_uniform (key, DRAW_GAIN);
  if (rw_random_uniform (key, DRAW_PERMUTED) < PERMUTED_SHARE)
    source.order = orders[rw_random_below (key, DRAW_PERMUTATION, 6)];
  return source;
}

static guint
read_sample (const RwPicture *picture, gsize i)
{
  return picture->depth == 8 ? ((const guint8 *) picture->data)[i]
                             : ((const guint16 *) picture->data)[i];
}

/* Channel @c of the patch pixel whose corner in the picture is (x, y); in
 * [0,1] before the gain. */
static float
read_value (const Source *source, int x, int y, int c)
{
  const RwPicture *picture = source->picture;
  const gsize row = 3 * (gsize) picture->width;
  const gsize at = (gsize) y * row + 3 * (gsize) x + (gsize) c;
  const float scale = picture->depth == 8 ? 1.0f / 255 : 1.0f / 65535;

  if (source->step == 1)
    return scale * (float) read_sample (picture, at);
  return 0.25f * scale *
         (float) (read_sample (picture, at) + read_sample (picture, at + 3) +
                  read_sample (picture, at + row) +
                  read_sample (picture, at + row + 3));
}

void
rw_dataset_draw (const RwDataset *dataset, guint64 key, int patch, float *rgb)
{
  const Source source = draw_source (dataset, key, patch);

  for (int y = 0; y < patch; y++) {
    for (int x = 0; x < patch; x++) {
      const int u = source.symmetry & 1 ? patch - 1 - x : x;
      const int v = source.symmetry & 2 ? patch - 1 - y : y;
      const int px = source.x + source.step * (source.symmetry & 4 ? v : u);
      const int py = source.y + source.step * (source.symmetry & 4 ? u : v);
      for (int c = 0; c < 3; c++)
        *rgb++ = MIN (1.0f, source.gain *
                                read_value (&source, px, py, source.order[c]));
    }
  }
}
