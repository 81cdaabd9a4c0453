/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The objective: the weighted sum of losses that a training makes small, from
 * a text such as
 *
 *   charbonnier
 *   charbonnier + 0.1 * ms-ssim + 0.05 * edge
 *   0.5 * huber delta=0.1 + bce
 *
 * A term is a loss of train/loss/losses.h with a weight above 0 before it or
 * none, which is 1, and its parameter after it or none, which is its default.
 */
#pragma once

#include "train/loss/losses.h"

typedef struct RwObjective RwObjective; /* immutable; use from any thread */

/* RW_ERROR_FORMAT saying which word is wrong; also for more than 8 terms and
 * for the same loss twice. */
RwObjective *rw_objective_parse (const char *text, GError **error);
void rw_objective_free (RwObjective *objective); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwObjective, rw_objective_free)

/* Floats of scratch memory that one picture takes. */
gsize rw_objective_count_scratch (const RwObjective *objective,
                                  const RwLossShape *shape);

/* Returns the objective of the picture @y against @target, and stores dy =
 * @weight * d objective / d y, 0 in the lanes above channels.  @scratch: as
 * rw_objective_count_scratch says, 64-byte aligned. */
double rw_objective_evaluate (const RwObjective *objective,
                              const RwLossShape *shape,
                              const float *y,
                              const float *target,
                              float *dy,
                              double weight,
                              float *scratch);

/* As it is written, with what the shape makes of its losses: "charbonnier +
 * 0.1 * ms-ssim (3 of 5 scales: the last needs 176 pixels)".  (transfer full)
 */
char *rw_objective_describe (const RwObjective *objective,
                             const RwLossShape *shape);
