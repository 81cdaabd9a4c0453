/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Running an inferring net band by band.  Only nets/ includes this.
 */
#pragma once

#include "nets/infer/band-plan.h"
#include "nets/pack.h"

typedef struct {
  RwBandPlan *plan;      /* NULL before the first prepare */
  int n;                 /* images */
  gboolean over;         /* the output is written over the input */
  float *input, *output; /* of all images, as many rows as steps have */
  int top;               /* the picture's row at their start */
  float *arena;          /* the other results' windows */
  float *scratch;
  gsize input_floats, output_floats, arena_floats, scratch_floats;
  gsize scratch_stride;
} RwInfer;

/* Raises @bytes to what a run by @plan allocates; with @over its output
 * is written over its input, where that can be. */
void rw_infer_add_bytes (const RwNet *net,
                         const RwBandPlan *plan,
                         int n,
                         int workers,
                         gboolean over,
                         RwRunBytes *bytes);

/* Allocates what is missing of @bytes. */
gboolean
rw_infer_reserve (RwInfer *self, const RwRunBytes *bytes, GError **error);

/* Takes @plan, also on failure, and allocates what is missing. */
gboolean rw_infer_prepare (RwInfer *self,
                           const RwNet *net,
                           RwBandPlan *plan,
                           int n,
                           int workers,
                           gboolean over,
                           GError **error);
void rw_infer_clear (RwInfer *self);

/* Runs all bands of a step for all images.  @stop is asked between two bands
 * and ends the run by returning TRUE.
 */
gboolean rw_infer_run (RwInfer *self,
                       const RwPack *pack,
                       int step,
                       int workers,
                       RwProbeFunc probe,
                       gpointer probe_data,
                       RwStopFunc stop,
                       gpointer stop_data);
