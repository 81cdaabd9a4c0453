/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The nets that reweave bench measures.
 */
#pragma once

#include <glib.h>

#include "reweave.h"

/* Names of the built-in nets, NULL-terminated. */
const char *const *rw_bench_list_nets (void);

/* The text of the net that @name means: a built-in net, a weight file, a
 * recipe or a net's text, by path or name.  @model: the weight file ready to
 * run, or NULL.  (transfer full) */
char *rw_bench_find_net (const char *name, RwModel **model, GError **error);
