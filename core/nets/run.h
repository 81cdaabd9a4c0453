/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Inside a run: what all kinds have, and the class that tells them apart.
 * Only nets/ sees it.
 *
 *   rw_run_forward (run.c)  ->  RwRunClass.forward  ->  infer/infer.c, bands
 *                                                   ->  learn.c, whole tensors
 */
#pragma once

#include "nets/graph.h"

typedef struct {
  const char *name;
  gsize size; /* of the run's struct, whose head is an RwRun */
  void (*begin) (RwRun *run);
  void (*clear) (RwRun *run);

  /* Plans and allocates; the size has been checked. */
  gboolean (*prepare) (
      RwRun *run, int n, int height, int width, GError **error);

  /* FALSE when the run's stop function ended it. */
  gboolean (*forward) (RwRun *run, const RwPack *pack, int step);
  /* NULL: infers only. */
  void (*backward) (RwRun *run, const RwPack *pack, float *grads);

  /* After prepare.  A result that did not outlive the run is NULL, and so is a
   * gradient that nobody wants. */
  float *(*get_input) (RwRun *run);
  const float *(*get_result) (const RwRun *run, int node);
  float *(*get_grad) (const RwRun *run, int node); /* NULL: infers only */
  const RwShape *(*get_shapes) (const RwRun *run); /* by node */

  gsize (*get_bytes) (const RwRun *run);
} RwRunClass;

struct RwRun {
  const RwRunClass *class;
  RwNet *net;
  int workers;
  int n, height, width; /* prepared for; n 0: for nothing */
  RwProbeFunc probe;    /* or NULL */
  gpointer probe_data;
  RwStopFunc stop; /* or NULL */
  gpointer stop_data;
};

extern const RwRunClass rw_run_class_infer; /* run-infer.c */
extern const RwRunClass rw_run_class_learn; /* run-learn.c */

/* RW_ERROR_LIMIT or _MISMATCH unless the net takes that size. */
gboolean rw_run_check_size (
    const RwRun *run, int n, int height, int width, GError **error);
