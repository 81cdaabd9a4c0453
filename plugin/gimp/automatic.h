/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The check box "Automatic" of a control that may be left open.  Weights that
 * have to be told it are told what is measured of each layer; others work
 * without, and what is measured is only where the slider stands.  Of a task's
 * controls the first can be measured.
 */
#pragma once

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

#define RW_AUTOMATIC_BLURB N_ ("Leave it to the filter, for each layer")

typedef struct {
  double value;     /* of the first control; 0: unknown */
  gboolean is_told; /* by the file that the image came from: exact */
} RwMeasure;

/* What the first control is for @item: what the image's file said (the quality
 * of a JPEG), or what is measured.  @model may be NULL. */
RwMeasure rw_automatic_measure (const RwTaskInfo *task,
                                const RwModel *model,
                                RwItem item);

/* Puts @measured where the control is left open but @model has to be told it,
 * for a preview that does not see all of the picture. */
void rw_automatic_fill (const RwTaskInfo *task,
                        const RwModel *model,
                        double measured,
                        RwSliders *sliders);

/* (transfer full): "_Automatic", and what was measured or told, if it was. */
char *rw_automatic_describe (const RwTaskInfo *task,
                             const RwModel *model,
                             const RwMeasure *measured);

G_END_DECLS
