/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The restored picture in a widget that zooms, pans and compares.
 *
 * Restoring runs in a thread of its own, block by block from the middle of
 * what is seen; reading GIMP's pixels takes a few milliseconds a block, when
 * nothing else is to be done.  Sliders never wait.
 */
#pragma once

#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

typedef struct RwPreview RwPreview;

/* Looks at @item, which gets @task; opens at the middle of the selection or,
 * without one, of the image.
 * @problem is called with @data and one sentence when the preview cannot be
 * made, and with NULL when it can again; @is_gone: because there is no @item
 * any more.
 * @pace is called with the seconds that a pixel of the result takes, 0 as long
 * as that is unknown. */
RwPreview *rw_preview_new (const RwTaskInfo *task,
                           RwItem item,
                           void (*problem) (gpointer data,
                                            const char *message,
                                            gboolean is_gone),
                           void (*pace) (gpointer data, double seconds),
                           gpointer data);

/* The widget with its controls; its parent owns it. */
GtkWidget *rw_preview_get_widget (RwPreview *preview);

/* Shows the result of these from now on.  @model NULL: show the original.
 * Strength and grain alone take no run of the net. */
void
rw_preview_set (RwPreview *preview, RwModel *model, const RwSliders *sliders);

/* Ends the work of the preview; before its widget is destroyed. */
void rw_preview_free (RwPreview *preview);

G_END_DECLS
