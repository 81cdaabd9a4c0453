/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Restoring what no mask tells of: scratches and dust are found, and made up
 * by inpaint, where a task searches for them (RwTaskInfo.searches).
 */
#pragma once

#include "reweave.h"

/* Whether rw_restore searches a picture for which it gets no mask. */
gboolean rw_marks_may_be_wanted (const RwModel *model,
                                 const RwSettings *settings);

/* rw_marks_find, which counts the marks' pixels in @counted only. */
gboolean rw_marks_search (RwModel *finder,
                          const RwSettings *settings,
                          const RwJob *job,
                          const RwRect *counted,
                          guint8 *mask,
                          gsize *n,
                          GError **error);

/* What is read when the pixels of @blocks are wanted without marks. */
RwRect rw_marks_get_chain (const RwModel *model,
                           const RwRect *bounds,
                           const RwRect *blocks);

/* How far around a pixel finding and filling look. */
int rw_marks_get_chain_margin (const RwModel *model);
