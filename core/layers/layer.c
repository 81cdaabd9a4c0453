/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The registry of layers and what several of them share.
 */
#include "layers/layer.h"

#include <string.h>

#include "base/parallel.h"
#include "base/random.h"
#include "kernels/kernels.h"
#include "base/stride.h"

#define RW_ENTRY(name) extern const RwLayerClass rw_layer_##name;
#include "layers.def"
#undef RW_ENTRY

static const RwLayerClass *const classes[] = {
#define RW_ENTRY(name) &rw_layer_##name,
#include "layers.def"
#undef RW_ENTRY
  NULL
};

const RwLayerClass *const *
rw_layer_list (void)
{
  return classes;
}

const RwLayerClass *
rw_layer_find (const char *name)
{
  for (int i = 0; classes[i]; i++)
    if (strcmp (classes[i]->name, name) == 0)
      return classes[i];
  return NULL;
}

RwWindow
rw_layer_get_window (const RwLayer *layer)
{
  return layer->class->window ? layer->class->window (layer)
                              : (RwWindow){ .multiply = 1, .divide = 1 };
}

void
rw_shape_set (RwShape *shape, int h, int w, int c)
{
  shape->h = h;
  shape->w = w;
  shape->c = c;
  shape->stride = rw_channel_stride (c);
}

gboolean
rw_layer_same_shape (const RwLayer *layer,
                     const RwShape *in,
                     RwShape *out,
                     GError **error)
{
  *out = in[0];
  return TRUE;
}

typedef struct {
  size_t n, grain;
  RwRangeFunc fn;
  void *data;
} Ranges;

static void
run_range (int item, int worker, void *data)
{
  const Ranges *r = data;
  const size_t first = (size_t) item * r->grain;
  const size_t last = first + r->grain < r->n ? first + r->grain : r->n;

  r->fn (first, last, r->data);
}

void
rw_layer_for_ranges (size_t n, size_t grain, RwRangeFunc fn, void *data)
{
  Ranges r = { n, grain, fn, data };

  rw_parallel_for ((int) ((n + grain - 1) / grain), run_range, &r);
}

guint64
rw_layer_noise_key (const RwPass *pass, int image)
{
  return rw_random_key (pass->noise[image], (guint64) pass->node);
}

/* pixels of one range: about 64 KiB */
static size_t
pixel_grain (const RwShape *shape)
{
  return 16384 / (size_t) shape->stride + 1;
}

typedef struct {
  const RwPass *pass;
  const float *values;
  float (*f) (float);
} Map;

static void
map_range (size_t first, size_t last, void *data)
{
  const Map *m = data;
  const int stride = m->pass->out.stride, c = m->pass->out.c;

  for (size_t i = first; i < last; i++) {
    const float *x = m->pass->x[0] + i * stride;
    float *y = m->pass->y + i * stride;

    for (int k = 0; k < stride; k++)
      y[k] = k < c ? m->f (x[k]) : 0;
  }
}

void
rw_layer_map (const RwPass *pass, float (*f) (float))
{
  Map m = { pass, pass->x[0], f };

  rw_layer_for_ranges (rw_shape_n_pixels (&pass->out),
                       pixel_grain (&pass->out), map_range, &m);
}

void
rw_layer_map_grad (const RwPass *pass,
                   const float *values,
                   float (*df) (float))
{
  const size_t n = rw_shape_n_floats (&pass->out);
  float *dx = pass->dx[0];

  if (!dx)
    return;
  for (size_t i = 0; i < n; i++) {
    const float g = pass->dy[i] * df (values[i]);

    dx[i] = pass->dx_add[0] ? dx[i] + g : g;
  }
}

void
rw_layer_pass_grad (const RwPass *pass, int i)
{
  const size_t n = rw_shape_n_floats (&pass->out);

  if (!pass->dx[i] || pass->dx[i] == pass->dy)
    return;
  if (pass->dx_add[i])
    rw_kernels ()->add (pass->dx[i], pass->dx[i], pass->dy, n);
  else
    memcpy (pass->dx[i], pass->dy, n * sizeof (float));
}
