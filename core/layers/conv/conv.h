/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The ways to convolve that layers/conv/conv.c chooses between.  Weights are
 * in the inner layout [k][k][in stride][out stride], padding lanes zero.
 */
#pragma once

#include "kernels/int8.h"
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

/* ---- Winograd F(4x4,3x3): 3x3, step 1, both strides multiples of 16 ---- */

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

/* ---- gathered patches and one matrix product: any k and step ----------- */

size_t rw_patches_scratch (const RwConvGeometry *g);
void rw_patches_forward (const RwConvGeometry *g, const RwPass *p);
void rw_patches_backward (const RwConvGeometry *g, const RwPass *p);

/* ---- whole numbers: any k and step, both strides multiples of 16 ------- */

/* Weights as the kernels want them, and what makes a result of their sums. */
struct RwInt8Conv {
  RwInt8Scale input;
  const void *weights;
  const gint32 *correction; /* [out_stride]: zero times the sum of k */
  const float *scale;       /* [out_stride]: of input times of weights */
};

gboolean rw_conv_int8_fits (const RwConvGeometry *g);

/* scales[o] = largest |w| / 127 */
void rw_conv_int8_scales (const RwConvGeometry *g,
                          const float *weights,
                          float *scales);

/* w = k scales[o], k the nearest whole number to w / scales[o] */
void rw_conv_int8_round (const RwConvGeometry *g,
                         float *weights,
                         const float *scales);

gsize rw_conv_int8_pack_size (const RwConvGeometry *g); /* bytes */
/* The result lies in @memory. */
const RwInt8Conv *rw_conv_int8_pack (const RwConvGeometry *g,
                                     void *memory,
                                     const float *weights,
                                     const RwInt8Scale *input,
                                     const float *scales);
gsize rw_conv_int8_scratch (const RwConvGeometry *g);
/* With pass->int8; honours all that RW_LAYER_FUSES names. */
void rw_conv_int8_forward (const RwConvGeometry *g, const RwPass *p);
