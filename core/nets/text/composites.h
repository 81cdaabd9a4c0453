/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Words of a net's text that stand for several layers.
 */
#pragma once

#include "layers/layer.h"

/* Name, summary and settings of each, NULL-terminated; they have no hooks. */
const RwLayerClass *const *rw_composite_list (void);

/* Its place in the list, or -1. */
int rw_composite_find (const char *name);
