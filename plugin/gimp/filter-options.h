/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the user chose for a filter, and how it is remembered: as the text of a
 * key file with one group for each task.
 */
#pragma once

#include "filters.h"

G_BEGIN_DECLS

typedef enum {
  RW_OUTPUT_SAME_LAYER,
  RW_OUTPUT_NEW_LAYER, /* a copy above, which gets the result */
} RwOutput;

typedef struct {
  double level;    /* 0: automatic */
  double strength; /* [0,1] */
  char *weights;   /* path, name, or "" for the default; owned, never NULL */
  RwOutput output;
} RwOptions;

/* Fills @options, whatever it held, with the filter's defaults. */
void rw_options_init (RwOptions *options, const RwFilter *filter);

void rw_options_clear (RwOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RwOptions, rw_options_clear)

/* Replaces the weights; NULL means "". */
void rw_options_set_weights (RwOptions *options, const char *weights);

/* (transfer full): one line a setting. */
char *rw_options_to_text (const RwOptions *options, const RwFilter *filter);

/* Takes what @text says and is within range; the rest stays as it is. */
void rw_options_from_text (RwOptions *options,
                           const RwFilter *filter,
                           const char *text);

/* From and to the user's own file, which holds all filters.  Both do nothing
 * where the file cannot be read or written: losing last values is no reason to
 * stop anybody's work. */
void rw_options_load (RwOptions *options, const RwFilter *filter);
void rw_options_save (const RwOptions *options, const RwFilter *filter);

G_END_DECLS
