/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which items a filter changes.
 */
#pragma once

#include "host.h"

G_BEGIN_DECLS

/* From what the user chose to what has pixels: groups are descended into,
 * nothing is taken twice.  Refused before anything is computed: an item whose
 * pixels are locked, by itself or by a group around it, an indexed one, and an
 * empty list.
 *
 * Returns: (transfer full): an array of RwItem, or NULL with
 *   RW_ERROR_MISMATCH. */
GArray *rw_targets_collect (const RwItem *items, int n_items, GError **error);

/* (transfer full): "Changes 3 layers, 1 of them hidden.", for a dialog. */
char *rw_targets_describe (const GArray *targets);

/* "layer", "channel" or "layer mask". */
const char *rw_target_get_kind (RwItem item);

/* Whether the item is still there: an image has a life of its own while a
 * dialog is open.  RW_ERROR_MISMATCH. */
gboolean rw_target_check_valid (RwItem item, GError **error);

G_END_DECLS
