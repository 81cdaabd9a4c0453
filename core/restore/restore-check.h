/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Whether settings and a job fit a model.  RW_ERROR_MISMATCH where they do not.
 */
#pragma once

#include "nets/feed.h"
#include "reweave.h"

gboolean rw_restore_check_settings (const RwModel *model,
                                    const RwSettings *settings,
                                    GError **error);

/* The job has a mask where the task wants one, unless nothing is changed. */
gboolean rw_restore_check_mask (const RwModel *model,
                                const RwSettings *settings,
                                const RwJob *job,
                                GError **error);

/* The colours that the net is shown: its own range; where it is told how strong
 * the noise is, no more of it than noise can reach from 0..1.  Light brighter
 * than white is no noise, and a net that takes it for some would draw it to
 * 1. */
void rw_restore_find_range (const RwModel *model,
                            const RwTold *told,
                            float *low,
                            float *high);
