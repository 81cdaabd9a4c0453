/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the user chose for a task, and how it is remembered: as the text of a
 * key file with one group for each task and one key for each control.
 */
#pragma once

#include "offered.h"

G_BEGIN_DECLS

/* What a person sets with sliders. */
typedef struct {
  double values[RW_CONTROLS_MAX]; /* of the task's controls; 0: left open */
  double strength;                /* [0,1] */
  double grain;                   /* [0,1] */
  double scratches;               /* [0,1], of tasks that search */
} RwSliders;

typedef enum {
  RW_OUTPUT_SAME_LAYER,
  RW_OUTPUT_NEW_LAYER, /* a copy above, which gets the result */
  RW_OUTPUT_IMAGE,     /* of enlarging: all of the image grows */
  RW_OUTPUT_EFFECT,    /* the operation as a layer effect, of GIMP 3 */
} RwOutput;

typedef struct {
  RwSliders sliders;
  char *weights; /* path, name, or "" for the default; owned, never NULL */
  RwOutput output;
  gboolean
      best; /* the mean over all orientations, in so many times the time */
} RwOptions;

/* Whether results of the task can go there in this GIMP. */
gboolean rw_output_is_for (RwOutput output, const RwTaskInfo *task);

/* The word for it in files and calls, such as "same-layer". */
const char *rw_output_get_name (RwOutput output);

/* For rw_restore; controls left open are not among its values, which are
 * written to @values. */
RwSettings rw_sliders_get_settings (const RwSliders *sliders,
                                    const RwTaskInfo *task,
                                    RwValue values[RW_CONTROLS_MAX]);

/* How many orientations the model looks at (rw_model_turn). */
int rw_options_get_turns (const RwOptions *options);

/* @model in so many orientations, or as it is where it cannot be turned, which
 * is an error at OK.  (transfer full); NULL for NULL. */
RwModel *rw_options_turn (const RwOptions *options, RwModel *model);

/* Fills @options, whatever it held, with the task's defaults. */
void rw_options_init (RwOptions *options, const RwTaskInfo *task);

/* Goes over to another task: its controls get their defaults, and the output
 * too where the one chosen is none of the task's. */
void rw_options_set_task (RwOptions *options, const RwTaskInfo *task);

void rw_options_clear (RwOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RwOptions, rw_options_clear)

/* Replaces the weights; NULL means "". */
void rw_options_set_weights (RwOptions *options, const char *weights);

/* (transfer full): one line a setting. */
char *rw_options_to_text (const RwOptions *options, const RwTaskInfo *task);

/* Takes what @text says and is within range; the rest stays as it is. */
void rw_options_from_text (RwOptions *options,
                           const RwTaskInfo *task,
                           const char *text);

/* From and to the user's own file, which holds all tasks.  Both do nothing
 * where the file cannot be read or written: losing last values is no reason to
 * stop anybody's work. */
void rw_options_load (RwOptions *options, const RwTaskInfo *task);
void rw_options_save (const RwOptions *options, const RwTaskInfo *task);

G_END_DECLS
