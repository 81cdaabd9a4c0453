/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The row of the dialog in which presets are chosen, saved and deleted.  The
 * settings are texts to it, as rw_options_to_text has them.
 */
#pragma once

#include "widgets.h"

G_BEGIN_DECLS

typedef struct {
  char *(*get) (gpointer data); /* the present settings, (transfer full) */
  void (*choose) (gpointer data, const char *text);
  void (*complain) (gpointer data, const char *message); /* saving failed */
} RwPresetCalls;

typedef struct RwPresetRow RwPresetRow;

/* Attaches the row to the grid; it lasts as long as its widgets, and @data as
 * long as it. */
RwPresetRow *rw_preset_row_attach (GtkWidget *grid,
                                   int at,
                                   const char *task,
                                   const RwPresetCalls *calls,
                                   gpointer data);

/* The settings have changed, so the preset that was chosen last may be chosen
 * again. */
void rw_preset_row_leave (RwPresetRow *row);

G_END_DECLS
