/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The restored picture in a GimpDrawablePreview, at 1:1.
 *
 * GIMP's functions belong to one thread, so the pixels of the visible part and
 * its halo are read there; restoring them runs in another, and whatever a
 * newer request makes stale is cancelled: sliders never wait.
 */
#pragma once

#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

typedef struct RwPreview RwPreview;

/* @view: the GimpDrawablePreview of @item; gets a "Split view" check box. */
RwPreview *rw_preview_new (GtkWidget *view, RwItem item);

/* Shows the result of these from now on.  @model NULL: show the original. */
void
rw_preview_set (RwPreview *preview, RwModel *model, const RwSliders *sliders);

/* Ends the work of the preview; before @view is destroyed. */
void rw_preview_free (RwPreview *preview);

G_END_DECLS
