/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Choosing weights: a list of the task's default, of all files that are
 * installed for it or in the user's own folder, of those chosen before and of
 * "Other..."; below it what the chosen file says about itself, or what is
 * wrong with it.
 */
#pragma once

#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "reweave.h"

G_BEGIN_DECLS

typedef struct RwChooser RwChooser;

/* @changed is called with @data after the user chose other weights. */
RwChooser *rw_chooser_new (const RwTaskInfo *task,
                           const char *weights,
                           void (*changed) (gpointer data),
                           gpointer data);

/* Frees it; its widgets go with their parents. */
void rw_chooser_free (RwChooser *chooser);

/* Borrowed: the list, and the card with the button for the whole page. */
GtkWidget *rw_chooser_get_list (RwChooser *chooser);
GtkWidget *rw_chooser_get_card (RwChooser *chooser);

/* Path or name; "" is the default. */
const char *rw_chooser_get_weights (const RwChooser *chooser);

/* (transfer none): NULL when the chosen file cannot be used. */
RwModel *rw_chooser_get_model (const RwChooser *chooser);

/* Does not call @changed. */
void rw_chooser_set_weights (RwChooser *chooser, const char *weights);

/* Asks for a weight file; @parent may be NULL, @file is where to begin, or NULL.
 * Returns: (transfer full): its path, or NULL when the user thought better of
 * it. */
char *rw_chooser_ask_for_file (GtkWindow *parent, const char *file);

G_END_DECLS
