/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The nets that reweave bench measures.
 */
#pragma once

#include "nets/net.h"

/* The net that @name means: a built-in net, a weight file, a recipe or a net's
 * text, by path or name.  (transfer full) */
RwNet *rw_bench_load_net (const char *name, GError **error);
