/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Moving pixels between space and channels, row by row of the coarse tensor.
 */
#include "layers/shuffle-rows.h"

#include "kernels/kernels.h"

typedef struct {
  float *to;
  const float *from;
  const float *addend; /* spreading: of the fine tensor, or NULL */
  const RwShape *fine, *coarse;
  int f;
  gboolean add, relu;
} Job;

/* One coarse pixel to its f x f fine ones; @row: floats of a fine row. */
static inline void
spread (float *to,
        const float *from,
        const float *addend,
        int f,
        int channels,
        int stride,
        size_t row)
{
  for (int k = 0; k < f * f; k++) {
    const size_t at = (size_t) (k / f) * row + (size_t) (k % f) * stride;

    for (int c = 0; c < channels; c++)
      to[at + c] = from[c * f * f + k] + (addend ? addend[at + c] : 0);
    for (int c = channels; c < stride; c++)
      to[at + c] = 0;
  }
}

static inline void
collect (float *to,
         const float *from,
         int f,
         int channels,
         int stride,
         size_t row,
         gboolean add)
{
  for (int k = 0; k < f * f; k++) {
    const float *pixel =
        from + (size_t) (k / f) * row + (size_t) (k % f) * stride;

    for (int c = 0; c < channels; c++)
      to[c * f * f + k] = (add ? to[c * f * f + k] : 0) + pixel[c];
  }
}

/* The usual factor and both modes as constants, and a picture's channels, for
 * the compiler to unroll. */
static void
shuffle_row (size_t first, size_t last, void *data)
{
  const Job *j = data;
  const int f = j->f, c = j->fine->c, stride = j->fine->stride,
            w = j->coarse->w;
  const size_t row = (size_t) w * f * stride;

  for (size_t i = first; i < last; i++) {
    for (int x = 0; x < w; x++) {
      const float *from = j->from + (i * w + x) * j->coarse->stride;
      const size_t at = i * f * row + (size_t) x * f * stride;
      const float *addend = j->addend ? j->addend + at : NULL;

      if (f == 2 && c == 3 && !addend)
        spread (j->to + at, from, NULL, 2, 3, 4, row);
      else if (f == 2 && !addend)
        spread (j->to + at, from, NULL, 2, c, stride, row);
      else if (f == 2)
        spread (j->to + at, from, addend, 2, c, stride, row);
      else
        spread (j->to + at, from, addend, f, c, stride, row);
    }
    if (j->relu)
      rw_kernels ()->leaky_relu (j->to + i * f * row, j->to + i * f * row,
                                 f * row, 0);
  }
}

static void
unshuffle_row (size_t first, size_t last, void *data)
{
  const Job *j = data;
  const int f = j->f, c = j->fine->c, stride = j->fine->stride,
            w = j->coarse->w;
  const size_t row = (size_t) w * f * stride;

  for (size_t i = first; i < last; i++)
    for (int x = 0; x < w; x++) {
      const float *from = j->from + i * f * row + (size_t) x * f * stride;
      float *to = j->to + (i * w + x) * j->coarse->stride;

      if (f == 2 && c == 3 && !j->add)
        collect (to, from, 2, 3, 4, row, FALSE);
      else if (f == 2 && c == 4 && !j->add)
        collect (to, from, 2, 4, 4, row, FALSE);
      else if (f == 2 && !j->add)
        collect (to, from, 2, c, stride, row, FALSE);
      else if (f == 2)
        collect (to, from, 2, c, stride, row, TRUE);
      else
        collect (to, from, f, c, stride, row, j->add);
      for (int k = j->coarse->c; k < j->coarse->stride && !j->add; k++)
        to[k] = 0;
    }
}

void
rw_shuffle (float *fine,
            const float *coarse,
            const RwShape *fine_shape,
            const RwShape *coarse_shape,
            int f,
            const float *addend,
            gboolean relu)
{
  Job job = {
    .to = fine,
    .from = coarse,
    .addend = addend,
    .fine = fine_shape,
    .coarse = coarse_shape,
    .f = f,
    .relu = relu,
  };

  rw_layer_for_ranges ((size_t) coarse_shape->n * coarse_shape->h, 1,
                       shuffle_row, &job);
}

void
rw_unshuffle (float *coarse,
              const float *fine,
              const RwShape *coarse_shape,
              const RwShape *fine_shape,
              int f,
              gboolean add)
{
  Job job = { .to = coarse,
              .from = fine,
              .fine = fine_shape,
              .coarse = coarse_shape,
              .f = f,
              .add = add };

  rw_layer_for_ranges ((size_t) coarse_shape->n * coarse_shape->h, 1,
                       unshuffle_row, &job);
}
