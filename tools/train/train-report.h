/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How reweave train tells what it does: a bar, lines or JSON events.
 */
#pragma once

#include "cli/cli.h"

#include "train/data/dataset.h"
#include "train/data/repeats.h"
#include "train/trainer.h"

typedef struct {
  gboolean json; /* events on standard output, one object a line */
  RwCliProgress progress;
  gint64 event_us;  /* when the last "step" event was written */
  const char *out;  /* the weight file */
  const char *plot; /* where its curves are drawn, or NULL */
  const char *loss; /* what the plot calls it */
  double rate;      /* bits a pixel, see RwTrainReport */
} RwCliTrainReport;

/* Borrows the texts. */
void rw_cli_train_begin (RwCliTrainReport *report,
                         const char *out,
                         const char *plot,
                         gboolean json);

/* What @path had: pictures kept and left out. */
void rw_cli_train_data (const RwCliTrainReport *report,
                        const char *path,
                        const RwDatasetReport *data);

/* Of --repeats-of: how many shots of how many scenes. */
void rw_cli_train_repeats (const RwCliTrainReport *report,
                           const RwRepeatsReport *repeats);

/* What noise was found in the pictures of @path. */
void rw_cli_train_noise (const RwCliTrainReport *report,
                         const char *path,
                         const RwNoiseReport *noise);

/* How many of @n pictures were put aside to validate on. */
void
rw_cli_train_split (const RwCliTrainReport *report, int n, int n_validation);

/* What is about to be trained. */
void rw_cli_train_start (RwCliTrainReport *report,
                         const RwRecipe *recipe,
                         int n_training,
                         int n_validation);

/* RwTrainFunc; @data: RwCliTrainReport.  Stops after Ctrl-C. */
gboolean rw_cli_train_step (gpointer data, const RwTrainReport *step);

/* RwTrainNoteFunc; @data: RwCliTrainReport. */
void rw_cli_train_note (gpointer data, const char *sentence);

/* The last line, and the last plot. */
void rw_cli_train_end (RwCliTrainReport *report, const RwTrained *trained);
