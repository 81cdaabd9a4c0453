/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The filters that the plug-in offers: one for each of reweave's tasks.  To
 * add one is one entry in filters.c; procedures, menu entry, dialog and saved
 * settings follow from it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *task;      /* as rw_model_load takes it */
  const char *procedure; /* of the procedure database */
  const char *label;     /* in the menu */
  const char *title;     /* of the dialog and the undo step */
  const char *blurb;     /* one sentence without a full stop */
  const char *help;
  const char *done;        /* added to the name of a new layer */
  const char *level_label; /* with a mnemonic */
  const char *level_blurb;
  double level_max;     /* 0 always means: measure it */
  double level_default; /* where the slider stands when not automatic */
} RwFilter;

#define RW_FILTER_MENU "<Image>/Filters/Enhance"
#define RW_FILTER_IMAGE_TYPES "RGB*, GRAY*"
#define RW_FILTER_AUTHORS "The reweave authors"
#define RW_FILTER_DATE "2026"
#define RW_FILTER_BINARY "reweave-gimp"

extern const RwFilter rw_filters[];
extern const int rw_n_filters;

/* The filter with that procedure, or NULL. */
const RwFilter *rw_filter_find (const char *procedure);

G_END_DECLS
