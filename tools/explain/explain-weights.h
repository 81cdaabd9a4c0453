/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a weight file says without a picture.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "explain/explain-page.h"
#include "restore/model.h"

/* Adds its members to @json, whose object is open, and its figures to @page,
 * unless that is NULL. */
gboolean rw_cli_explain_weights (const RwModel *model,
                                 RwCliPage *page,
                                 JsonBuilder *json,
                                 GError **error);
