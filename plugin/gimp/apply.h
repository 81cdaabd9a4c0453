/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a filter does to a list of layers: the same for every GIMP.
 */
#pragma once

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

/* Restores what the selection touches of each of @targets, as collected by
 * rw_targets_collect, and shows progress.
 *
 * All results are computed before the first is put in place, so that an error
 * or GIMP's Cancel (which ends the process) leaves the image as it was; then
 * all of it is one undo step.
 *
 * With RW_OUTPUT_EFFECT nothing is computed: each target, which has to be a
 * layer, gets the task's operation as an effect.
 *
 * A task with a mask makes up what is selected, and where nothing is what it
 * finds; a layer in which it finds nothing stays as it is, which is told.  A
 * task that enlarges looks at no selection; with RW_OUTPUT_IMAGE all else in
 * the image grows with its targets, as GIMP scales it.
 *
 * Returns: FALSE with what rw_model_load and rw_restore report, or
 *   RW_ERROR_MISMATCH when the selection touches no target, too much would be
 *   made up that nobody selected, or a target is no more. */
gboolean rw_apply_filter (const RwTaskInfo *task,
                          const RwOptions *options,
                          RwImage image,
                          const GArray *targets,
                          GError **error);

G_END_DECLS
