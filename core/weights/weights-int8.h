/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The tensors of layers that work with 8 bits; see weights/weights.h.
 */
#pragma once

#include "nets/quant.h"
#include "weights/safetensors.h"

/* Finds the layers whose weight is I8 and checks and reads their scales;
 * @wanted: the names of these are added, borrowed from @file.  @quant: NULL
 * when there is none. */
gboolean rw_weights_find_int8 (const RwSafetensors *file,
                               const char *name,
                               RwNet *net,
                               RwQuant **quant,
                               GHashTable *wanted,
                               GError **error);

/* The rounded layer that parameter @param is the weight of, or NULL. */
const RwQuantNode *rw_quant_find_param (const RwQuant *quant, int param);

/* values = k weight_scale, from a tensor of I8 whose shape has been checked.
 */
gboolean rw_weights_read_int8 (const RwSafetensors *file,
                               const char *name,
                               const RwTensorInfo *tensor,
                               const RwQuantNode *node,
                               float *values,
                               GError **error);

/* @values of rounded @param: k, which is left in @values too, and the scales
 * beside it. */
void rw_weights_write_int8 (RwSafetensorsWriter *writer,
                            const RwQuant *quant,
                            int param,
                            float *values);
