/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Fine-tuning: parameters from another weight file, and parameters that stay
 * as they are.
 */
#pragma once

#include "nets/net.h"
#include "weights/weights.h"

/* Copies the parameters of @net from @weights, which were loaded from @name.
 * If both nets have the same text, all are copied.  Otherwise it is
 * RW_ERROR_MISMATCH, unless @told is given: then those that match by name and
 * shape are copied, the others stay, and *@told is a sentence that names the
 * others, (transfer full); _MISMATCH when nothing matches. */
gboolean rw_fine_tune_take (const RwNet *net,
                            const RwWeights *weights,
                            const char *name,
                            float *params,
                            char **told,
                            GError **error);

/* The parameters that @patterns name: globs as the shell has them, separated
 * by commas or blanks, each for a layer ("conv[1-4]", "prelu*") or for one
 * parameter ("*.bias"); or "before:NAME", all that a result depends on that
 * the text names ("before:latents").  TRUE for those frozen,
 * rw_net_get_n_params of them, (transfer full); NULL with RW_ERROR_FORMAT when a pattern matches nothing,
 * with the nearest layer, _MISMATCH when nothing is left to train. */
gboolean *
rw_fine_tune_freeze (const RwNet *net, const char *patterns, GError **error);
