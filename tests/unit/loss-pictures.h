/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: a small picture, its target and room for a gradient, of any
 * shape; and a loss of them.
 */
#pragma once

#include "train/loss/losses.h"

#include "base/alloc.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

typedef struct {
  RwLossShape shape;
  gsize n; /* floats of each array */
  float *y, *target, *dy, *scratch;
} Pictures;

static inline gboolean
pictures_is_padding (const Pictures *p, gsize i)
{
  return (int) (i % (gsize) p->shape.stride) >= p->shape.channels;
}

/* Values of low..high; padding NaN, as nobody may look at it. */
static inline void
pictures_fill (
    const Pictures *p, float *values, guint64 stream, float low, float high)
{
  const guint64 key = rw_random_key (11, stream);

  for (gsize i = 0; i < p->n; i++)
    values[i] = pictures_is_padding (p, i)
                    ? NAN
                    : low + (high - low) * rw_random_uniform (key, i);
}

static inline void
pictures_init (Pictures *p, RwLossShape shape)
{
  p->shape = shape;
  p->n = (gsize) shape.height * (gsize) shape.width * (gsize) shape.stride;
  p->y = g_new (float, p->n);
  p->target = g_new (float, p->n);
  p->dy = g_new0 (float, p->n);
  pictures_fill (p, p->y, 1, 0.1f, 0.9f);
  pictures_fill (p, p->target, 2, 0.1f, 0.9f);
  p->scratch = NULL;
}

static inline void
pictures_clear (Pictures *p)
{
  g_free (p->y);
  g_free (p->target);
  g_free (p->dy);
}

/* The loss of @y; its gradient, times @weight, is added to dy.  The scratch
 * memory holds NaN at first. */
static inline double
pictures_evaluate (const Pictures *p,
                   const RwLoss *loss,
                   const float *y,
                   double weight)
{
  const gsize n_scratch =
      loss->count_scratch != NULL
          ? loss->count_scratch (&p->shape, loss->param.def)
          : 1;
  float *scratch = rw_try_alloc (n_scratch, sizeof (float), "test", NULL);

  memset (scratch, 0xff, n_scratch * sizeof (float));
  const RwLossPass pass = { .shape = p->shape,
                            .param = loss->param.def,
                            .y = y,
                            .target = p->target,
                            .dy = p->dy,
                            .weight = weight,
                            .scratch = scratch };
  const double value = loss->evaluate (&pass);
  rw_free (scratch);
  return value;
}
