/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The dialog's rows that are not sliders: how good, and where to.
 */
#pragma once

#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "filter-options.h"

G_BEGIN_DECLS

/* A box to tick for RwOptions.best. */
GtkWidget *rw_best_choice_new (void (*changed) (gpointer data), gpointer data);

/* A combo box of the RwOutputs that are for @task. */
GtkWidget *rw_output_choice_new (const RwTaskInfo *task,
                                 void (*changed) (gpointer data),
                                 gpointer data);

G_END_DECLS
