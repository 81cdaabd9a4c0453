/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The two ways to convolve that layers/conv.c chooses between.  Weights are in
 * the inner layout [k][k][in stride][out stride], padding lanes zero.
 */
#pragma once

#include "layers/layer.h"

typedef struct {
  int k, stride, pad;        /* kernel edge, step, zeros around x */
  int in_stride, out_stride; /* channel strides of x and y */
  gboolean bias;
} RwConvGeometry;

static inline size_t
rw_conv_n_weights (const RwConvGeometry *g)
{
  return (size_t) g->k * g->k * g->in_stride * g->out_stride;
}

/* ---- Winograd F(4x4,3x3): 3x3, step 1, both strides multiples of 16 -------
 */

gboolean rw_winograd_fits (const RwConvGeometry *g);
size_t rw_winograd_pack_size (const RwConvGeometry *g, RwPassKind kind);
void rw_winograd_pack (const RwConvGeometry *g,
                       RwPassKind kind,
                       float *pack,
                       const float *weights);
size_t rw_winograd_scratch (const RwConvGeometry *g, RwPassKind kind);
void rw_winograd_forward (const RwConvGeometry *g, const RwPass *p);
/* dx, then dw (weights only; the bias is conv.c's) */
void rw_winograd_backward (const RwConvGeometry *g, const RwPass *p);

/* ---- gathered patches and one matrix product: any k and step --------------
 */

size_t rw_patches_scratch (const RwConvGeometry *g);
void rw_patches_forward (const RwConvGeometry *g, const RwPass *p);
void rw_patches_backward (const RwConvGeometry *g, const RwPass *p);
