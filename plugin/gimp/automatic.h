/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The check box "Automatic" of a control that may be left open: then weights
 * are told what is measured of each layer, or nothing where that cannot be
 * measured.  Of a task's controls the first can be.
 */
#pragma once

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

#define RW_AUTOMATIC_BLURB N_ ("Leave it to the filter, for each layer")

/* The first control as it is measured of @item; 0: it cannot be.  @model may be
 * NULL. */
double rw_automatic_measure (const RwTaskInfo *task,
                             const RwModel *model,
                             RwItem item);

/* Puts @measured where the control is left open but @model has to be told it,
 * for a preview that does not see all of the picture. */
void rw_automatic_fill (const RwTaskInfo *task,
                        const RwModel *model,
                        double measured,
                        RwSliders *sliders);

/* (transfer full): "_Automatic", and what was measured, if it was. */
char *rw_automatic_describe (const RwTaskInfo *task, double measured);

G_END_DECLS
