/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Running a net in training.  Only nets/ includes this.
 */
#pragma once

#include "nets/pack.h"

typedef struct {
  RwNet *net;
  int workers;
  gboolean want_input_grad;
  gboolean *kept;       /* by node: see rw_run_keep */
  gboolean *frozen;     /* by parameter, or NULL: none */
  RwShape *shapes;      /* by node */
  int *owner;           /* whose memory a result is in */
  gboolean *needs_grad; /* by node: d loss / d result is computed */
  gboolean *goes_back;  /* by node: its backward has something to compute */
  gboolean *fused; /* conv: does the following relu's work; relu: is done */
  float **act, **grad; /* by node; grad NULL where not needed */
  RwQuant *quant;      /* which layers round their input, or NULL */
  float **rounded, **rounded_grad; /* by node: that input, and d / d it */
  RwWatchFunc watch;               /* or NULL */
  gpointer watch_data;
  float *arena, *scratch;
  const guint64 *noise; /* a key an image, or NULL */
  gsize arena_floats, scratch_stride, scratch_floats;
} RwLearn;

void rw_learn_begin (RwLearn *self, RwNet *net, int workers);
void rw_learn_clear (RwLearn *self); /* accepts one never begun */
void rw_learn_keep (RwLearn *self, int node);
void rw_learn_want_input_grad (RwLearn *self);
void rw_learn_freeze (RwLearn *self, const gboolean *frozen);
void rw_learn_set_quant (RwLearn *self, const RwQuant *quant);

gboolean
rw_learn_prepare (RwLearn *self, int n, int height, int width, GError **error);
void rw_learn_forward (RwLearn *self,
                       const RwPack *pack,
                       RwProbeFunc probe,
                       gpointer probe_data);
void rw_learn_backward (RwLearn *self, const RwPack *pack, float *grads);
