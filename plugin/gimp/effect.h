/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layer effects of GIMP 3: an operation of GEGL that stays with its layer, with
 * settings that can be changed later.
 */
#pragma once

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

/* Puts the operation of @task on top of each target's effects, with the
 * settings of @options, as one undo step; to all or to none.
 *
 * RW_ERROR_MISMATCH where a target is no layer or is no more, GIMP does not
 * find the operation, or cannot hand it the weights (GIMP 3.0 has no way to
 * tell an effect of a file). */
gboolean rw_effect_append (const RwTaskInfo *task,
                           const RwOptions *options,
                           RwImage image,
                           const GArray *targets,
                           GError **error);

/* Puts effects like those of @from on @to, in their order; as one undo step
 * where it is part of a group.  Both are layers of one image. Inputs besides
 * the layer are not copied: libgimp does not tell them. */
void rw_effects_copy (RwItem from, RwItem to);

G_END_DECLS
