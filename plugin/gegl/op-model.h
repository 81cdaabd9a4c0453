/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is set of an operation, and the model that it makes a picture with.
 */
#pragma once

#include <gegl-plugin.h>

#include "offered.h"

typedef struct {
  const char *task;    /* NULL: that of the weight file, a plain filter */
  const char *weights; /* path, name, "" or NULL */
  int scale;           /* of the task */
  gboolean masked;     /* there is a pad "aux": what to make up */
  gboolean invert;     /* of that: what to keep */
  double strength, grain;
  double marks; /* 0: none are searched, or something is connected to "aux" */
  int turns;    /* 1 to 8; the core's next lower number */
  double values[RW_CONTROLS_MAX]; /* of the task's controls; 0: left open */
  int n_values;
  RwNotes *notes; /* of the operation's picture */
} RwOpSettings;

/* Gives the core GEGL's threads, and memory for blocks by the host's
 * preferences.  All work of the core begins here. */
void rw_op_share_host (void);

/* (transfer full): the model of these settings, or NULL. */
RwModel *rw_op_load_model (const RwOpSettings *settings, GError **error);

/* The controls that a person set.  Returns their number. */
int rw_op_list_values (const RwModel *model,
                       const RwOpSettings *settings,
                       RwValue values[RW_CONTROLS_MAX]);

/* Whether restoring any part looks at all of the picture first. */
gboolean rw_op_measures (const RwModel *model, const RwOpSettings *settings);
