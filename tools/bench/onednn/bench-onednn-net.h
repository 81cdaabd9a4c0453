/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net of ours built from oneDNN's primitives, as its users build one: made
 * once, formats chosen by oneDNN, activations fused into convolutions.
 */
#pragma once

#include <glib.h>

#include "nets/net.h"

typedef struct RwOnednnNet RwOnednnNet;

typedef enum {
  RW_ONEDNN_DIRECT,
  RW_ONEDNN_WINOGRAD, /* where oneDNN has it for the layer, else direct */
} RwOnednnAlgorithm;

/* For one picture of @height x @width; @params in the inner layout.  Both stay
 * the caller's and are needed as long as the net.  RW_ERROR_MISMATCH for a
 * layer that oneDNN lacks, _LIMIT for memory. */
RwOnednnNet *rw_onednn_net_new (const RwNet *net,
                                const float *params,
                                int height,
                                int width,
                                RwOnednnAlgorithm algorithm,
                                GError **error);
void rw_onednn_net_free (RwOnednnNet *net); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwOnednnNet, rw_onednn_net_free)

/* [height][width][channels], to be filled before a run. */
float *rw_onednn_net_get_input (RwOnednnNet *net);

gboolean rw_onednn_net_run (RwOnednnNet *net, GError **error);

/* The result of the last run, [height][width][channels]. */
const float *rw_onednn_net_get_output (const RwOnednnNet *net);

/* Of the last run; 0 for a node that is fused into another. */
double rw_onednn_net_get_seconds (const RwOnednnNet *net, int node);

/* How many convolutions run as Winograd. */
int rw_onednn_net_get_n_winograd (const RwOnednnNet *net);
