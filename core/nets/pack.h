/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The inside of a pack.  Only nets/ includes this.
 */
#pragma once

#include "nets/graph.h"
#include "nets/quant.h"

struct RwPack {
  RwNet *net;
  RwPassKind kind;
  const float *params; /* of the last update; the caller's */
  float *data;
  RwQuant *quant;          /* or NULL */
  float *rounded;          /* RW_PASS_BOTH with quant: params, rounded */
  char *int8_data;         /* RW_PASS_FORWARD with quant */
  gsize *int8_offset;      /* by node, bytes */
  const RwInt8Conv **int8; /* by node; NULL: in float */
};

/* What a pass of node @i reads of a pack. */
void rw_pack_set_pass (const RwPack *pack, int i, RwPass *pass);

/* nets/quant.c: the form of rounded node @i in whole numbers */
gsize rw_quant_pack_size (const RwQuant *quant, int i); /* bytes */
const RwInt8Conv *
rw_quant_pack (const RwQuant *quant, int i, const float *params, void *memory);
