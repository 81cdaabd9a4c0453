/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which layers of a net work with numbers of 8 bits, and their scales
 * (kernels/int8.h).  The others work in float.
 */
#pragma once

#include "kernels/int8.h"
#include "nets/net.h"

typedef struct {
  RwInt8Scale input; /* scale 0: the layer works in float */
  /* One for each output channel, owned; NULL: the largest |w| / 127 of the
   * parameters at hand, as while training. */
  float *weight_scales;
  int n_outputs;
  int param; /* the rounded parameter, as rw_net_get_param counts */
} RwQuantNode;

struct RwQuant {
  RwNet *net;
  RwQuantNode *nodes; /* by node */
};

/* All in float. */
RwQuant *rw_quant_new (RwNet *net);
RwQuant *rw_quant_dup (const RwQuant *quant);
void rw_quant_free (RwQuant *quant); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwQuant, rw_quant_free)

/* Whether node @node can work with 8 bits. */
gboolean rw_quant_fits (const RwNet *net, int node);
gboolean rw_quant_is_rounded (const RwQuant *quant, int node);
int rw_quant_count (const RwQuant *quant); /* rounded layers */

/* The scale for numbers of [@low, @high], widened so that 0 is among them and
 * is met exactly.  Both finite. */
RwInt8Scale rw_quant_scale (double low, double high);

/* "none" or "int8"; RW_ERROR_FORMAT. */
gboolean rw_quant_check (const char *word, GError **error);

/* The inputs' scales as text, "conv2 0.0123 0; conv3 ...", and back, exactly.
 * (transfer full); RW_ERROR_FORMAT. */
char *rw_quant_to_text (const RwQuant *quant);
RwQuant *rw_quant_parse (RwNet *net, const char *text, GError **error);

/* Frees *@quant and replaces it by what @text says; NULL: by none. */
gboolean rw_quant_replace (RwQuant **quant,
                           RwNet *net,
                           const char *text,
                           GError **error);

/* Fixes all weight_scales as they follow from @params. */
void rw_quant_fix_weights (RwQuant *quant, const float *params);

/* Rounds what @quant says in @params. */
void rw_quant_round_params (const RwQuant *quant, float *params);
