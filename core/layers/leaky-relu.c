/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * leaky-relu: y = x for x > 0, slope * x otherwise.  The sign of y is that of
 * x, so backward reads only y and the layer may run in place. Source: Maas,
 * Hannun and Ng 2013, section 2.
 */
#include "layers/layer.h"

#include "kernels/kernels.h"

typedef struct {
  RwLayer base;
  double slope; /* gain for x <= 0 */
} LeakyRelu;

static const RwSetting settings[] = {
  RW_SETTING_REAL (LeakyRelu,
                   slope,
                   RW_SETTING_NAMED,
                   "factor of values below 0",
                   .def = 0.1,
                   .low = 0.0001,
                   .high = 0.9999),
  RW_SETTING_END,
};

typedef struct {
  const RwPass *pass;
  float slope;
} Job;

static void
forward_range (size_t first, size_t last, void *data)
{
  const Job *j = data;

  rw_kernels ()->leaky_relu (j->pass->y + first, j->pass->x[0] + first,
                             last - first, j->slope);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  Job job = { p, (float) ((const LeakyRelu *) layer)->slope };

  rw_layer_for_ranges (rw_shape_n_floats (&p->out), 16384, forward_range,
                       &job);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const LeakyRelu *self = (const LeakyRelu *) layer;

  if (p->dx[0])
    rw_kernels ()->leaky_relu_grad (p->dx[0], p->dy, p->y,
                                    rw_shape_n_floats (&p->out),
                                    (float) self->slope, p->dx_add[0]);
}

const RwLayerClass rw_layer_leaky_relu = {
  .name = "leaky-relu",
  .summary = "x where positive, slope * x elsewhere",
  .size = sizeof (LeakyRelu),
  .flags = RW_LAYER_NEEDS_Y | RW_LAYER_IN_PLACE,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "leaky-relu", "leaky-relu slope=0.25" },
  .shape = rw_layer_same_shape,
  .forward = forward,
  .backward = backward,
};
