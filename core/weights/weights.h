/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Weight files: a safetensors file whose metadata is a contract.
 *
 *   reweave.format  "1"
 *   task            "denoise"
 *   net             the net's text
 *   input           "rgb sigma srgb-coded range=-0.5..1.5": planes, coding,
 *                   and the range that pixels are clamped to before the net
 *   strength        "blend"
 *   title description license data recipe command seed steps metrics parent
 *   history         the legs of its training, see train/legs.h
 *   trainer         another trainer that made it, such as reweave-torch
 *   int8            names of the layers that work with 8 bits, for people
 *
 * Weights and biases are F32, F16 or BF16.  A layer L whose weight is I8 works
 * with numbers of 8 bits (kernels/int8.h); all others work in float:
 *
 *   L.weight        I8   shape as in float, k in -127..127
 *   L.weight_scale  F32  [out]: w[o] = k weight_scale[o]
 *   L.input_scale   F32  [1]: x ~ input_scale (q - input_zero), q in 0..255
 *   L.input_zero    U8   [1]
 */
#pragma once

#include <glib.h>

#include "nets/quant.h"
#include "weights/safetensors.h"

typedef struct {
  RwNet *net;
  float *params;        /* rw_net_get_n_inner floats, inner layout */
  RwQuant *quant;       /* layers that work with 8 bits, or NULL */
  GHashTable *metadata; /* char* to char* */
  char *task;
  double range_low, range_high; /* clamp of colour before the net */
  char *digest;                 /* SHA-256 of the file's bytes, hex */
} RwWeights;

#define RW_WEIGHTS_MAX_BYTES ((gsize) 512 << 20)

/* Loads and checks: format version, task, net text, every tensor that the net
 * wants with its exact shape and none besides, all values finite. */
RwWeights *rw_weights_load (const char *path, GError **error);
RwWeights *rw_weights_parse (GBytes *bytes, const char *name, GError **error);
void rw_weights_free (RwWeights *weights); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwWeights, rw_weights_free)

/* The same parameters in a net whose blocks repeat @repeats times, see
 * rw_net_parse_repeated; metadata and digest are those of the file, and what
 * has 8 bits there runs in float.  (transfer full) */
RwWeights *
rw_weights_repeat (const RwWeights *weights, int repeats, GError **error);

/* The mean over @turns orientations of the picture, 2, 4 or 8 (nets/turn.h),
 * in float; the digest says how many.  (transfer full) */
RwWeights *
rw_weights_turn (const RwWeights *weights, int turns, GError **error);

/* RW_ERROR_MISMATCH when @weights, loaded from @name, serve another task. */
gboolean rw_weights_check_task (const RwWeights *weights,
                                const char *name,
                                const char *task,
                                GError **error);

/* Writes atomically, and only what rw_weights_load would take.  @metadata: the
 * keys above but format, net; @dtype F32, F16 or BF16. */
gboolean rw_weights_save (const char *path,
                          const RwNet *net,
                          const float *params,
                          GHashTable *metadata,
                          RwDtype dtype,
                          GError **error);

/* The same with @quant's layers in 8 bits, whose weight_scales are fixed
 * (rw_quant_fix_weights); NULL: none. */
gboolean rw_weights_save_int8 (const char *path,
                               const RwNet *net,
                               const float *params,
                               const RwQuant *quant,
                               GHashTable *metadata,
                               RwDtype dtype,
                               GError **error);

/* "f32", "f16" or "bf16"; RW_ERROR_FORMAT. */
gboolean rw_weights_check_store (const char *word, GError **error);
gboolean
rw_weights_parse_store (const char *word, RwDtype *dtype, GError **error);

/* Finds the file for a name or path as rw_model_load says; NULL result without
 * error means: use the built-in bytes.  @bytes: set to the built-in file then.
 */
char *rw_weights_find (const char *weights, GBytes **bytes, GError **error);

/* The folders that names are looked up in, in order; (transfer full). */
GPtrArray *rw_weights_list_folders (void);

/* Loads what rw_weights_find finds. */
RwWeights *rw_weights_load_named (const char *weights, GError **error);
