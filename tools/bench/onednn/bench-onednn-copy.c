/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What oneDNN has no primitive for, on the threads that it uses, in whatever
 * format it chose: pixels between space and channels, the sum with the input's
 * colour.
 */
#include "bench/onednn/bench-onednn-private.h"

/* Where a value lies: channels in blocks (of 1 in plain formats). */
typedef struct {
  float *data;
  gsize *channel; /* by channel */
  gsize row, pixel;
} Places;

gboolean
rw_onednn_copy_can (const dnnl_memory_desc_t *format)
{
  const dnnl_blocking_desc_t *b = &format->format_desc.blocking;

  return format->format_kind == dnnl_blocked &&
         (b->inner_nblks == 0 ||
          (b->inner_nblks == 1 && b->inner_idxs[0] == 1));
}

static Places
find_places (const RwOnednnTensor *tensor)
{
  const dnnl_blocking_desc_t *b = &tensor->format.format_desc.blocking;
  const gsize block = b->inner_nblks ? (gsize) b->inner_blks[0] : 1;
  const gsize n = (gsize) tensor->format.dims[1];
  Places places = { .data = tensor->data,
                    .channel = g_new (gsize, n),
                    .row = (gsize) b->strides[2],
                    .pixel = (gsize) b->strides[3] };

  for (gsize c = 0; c < n; c++)
    places.channel[c] = c / block * (gsize) b->strides[1] + c % block;
  return places;
}

static float *
pixel_at (const Places *places, gsize y, gsize x)
{
  return places->data + y * places->row + x * places->pixel;
}

/* Row @y of the coarse tensor, whose channels c f f + k are pixel k of an f x
 * f square in channel c of the fine one. */
static inline void
move_row (const Places *fine,
          const Places *coarse,
          gsize y,
          gsize width,
          gsize channels,
          gsize f,
          gboolean finer)
{
  for (gsize x = 0; x < width; x++)
    for (gsize k = 0; k < f * f; k++) {
      float *one = pixel_at (fine, y * f + k / f, x * f + k % f);
      float *other = pixel_at (coarse, y, x);
      const gsize *at = fine->channel, *from = coarse->channel + k;
      if (finer)
        for (gsize c = 0; c < channels; c++)
          one[at[c]] = other[from[c * f * f]];
      else
        for (gsize c = 0; c < channels; c++)
          other[from[c * f * f]] = one[at[c]];
    }
}

static void
move (const RwOnednnCopy *copy, gboolean finer)
{
  const RwOnednnTensor *of_fine = finer ? copy->to : copy->from;
  const RwOnednnTensor *of_coarse = finer ? copy->from : copy->to;
  const Places fine = find_places (of_fine), coarse = find_places (of_coarse);
  const gsize height = (gsize) of_coarse->format.dims[2],
              width = (gsize) of_coarse->format.dims[3],
              channels = (gsize) of_fine->format.dims[1];

#pragma omp parallel for schedule(static)
  for (gsize y = 0; y < height; y++)
    if (copy->factor == 2) /* for the compiler to unroll */
      move_row (&fine, &coarse, y, width, channels, 2, finer);
    else
      move_row (&fine, &coarse, y, width, channels, (gsize) copy->factor,
                finer);
  g_free (fine.channel);
  g_free (coarse.channel);
}

static void
add_input (const RwOnednnCopy *copy)
{
  const Places x = find_places (copy->from), input = find_places (copy->input),
               y = find_places (copy->to);
  const gsize height = (gsize) copy->to->format.dims[2],
              width = (gsize) copy->to->format.dims[3],
              channels = (gsize) copy->to->format.dims[1];

#pragma omp parallel for schedule(static)
  for (gsize i = 0; i < height; i++)
    for (gsize j = 0; j < width; j++)
      for (gsize c = 0; c < channels; c++)
        pixel_at (&y, i, j)[y.channel[c]] =
            pixel_at (&x, i, j)[x.channel[c]] +
            pixel_at (&input, i, j)[input.channel[c]];
  g_free (x.channel);
  g_free (input.channel);
  g_free (y.channel);
}

void
rw_onednn_copy_run (const RwOnednnCopy *copy)
{
  switch (copy->kind) {
  case RW_ONEDNN_SHUFFLE:
    move (copy, TRUE);
    break;
  case RW_ONEDNN_UNSHUFFLE:
    move (copy, FALSE);
    break;
  case RW_ONEDNN_ADD_INPUT:
    add_input (copy);
    break;
  }
}
