/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The page that explains what a net did to a picture.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "explain/explain-look.h"
#include "explain/explain-page.h"

/* @look has been looked at.  Adds its members to @json, whose object is open.
 * @patches: a folder of pictures, or NULL. */
gboolean rw_cli_explain_picture (const RwCliLook *look,
                                 RwCliPage *page,
                                 JsonBuilder *json,
                                 const char *patches,
                                 GError **error);

/* The part of it that goes from layer to layer (explain-layers.c). */
gboolean rw_cli_explain_layers (const RwCliLook *look,
                                RwCliPage *page,
                                JsonBuilder *json,
                                const char *patches,
                                GError **error);
