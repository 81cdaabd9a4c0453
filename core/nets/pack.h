/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Inside a pack.  Seen by nets/ alone.
 */
#pragma once

#include "nets/graph.h"

struct RwPack {
  RwNet *net;
  RwPassKind kind;
  const float *params; /* of the last update; the caller's */
  float *data;
};

/* What a pass of node @i reads of a pack. */
void rw_pack_set_pass (const RwPack *pack, int i, RwPass *pass);
