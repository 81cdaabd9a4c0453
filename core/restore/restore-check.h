/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Whether settings and a job fit a model.  RW_ERROR_MISMATCH where they do not.
 */
#pragma once

#include "reweave.h"

gboolean rw_restore_check_settings (const RwModel *model,
                                    const RwSettings *settings,
                                    GError **error);

/* The job has a mask where the task wants one. */
gboolean
rw_restore_check_mask (const RwModel *model, const RwJob *job, GError **error);
