/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The legs of a weight file: the trainings that made it one after the other,
 * each begun where the one before ended.  As text, metadata "history", a line
 * for each leg, the oldest first:
 *
 *   steps=24000 seed=1 parent=HASH seconds=3612.5 machine=2 threads, AVX-512
 *
 * parent: SHA-256 of the weight file it began with, if any.  Seconds and
 * machine stand there only where a training records them (trainer.h): without
 * them the same training gives the same bytes on any machine.
 */
#pragma once

#include <glib.h>

#include "weights/weights.h"

typedef struct {
  guint64 steps; /* done in this leg */
  guint64 seed;
  double seconds; /* of training; NaN: not told */
  char *machine;  /* classes of the machines, or NULL */
  char *parent;   /* hexadecimal, or NULL */
} RwLeg;

void rw_leg_free (RwLeg *leg); /* accepts NULL */

/* One line, with its end.  (transfer full) */
char *rw_leg_to_text (const RwLeg *leg);

/* RwLegs of a text of at most 1000 lines; @name is for messages.  (transfer
 * full); NULL with RW_ERROR_FORMAT. */
GPtrArray *rw_legs_parse (const char *text, const char *name, GError **error);

/* Whether it can be parsed. */
gboolean rw_legs_check (const char *text, const char *name, GError **error);

/* The history of a weight file as text.  A file that was written before there
 * was one has one leg, of the steps, the seed and the parent that it names;
 * one that names no steps has none: "".  (transfer full); NULL with
 * RW_ERROR_FORMAT. */
char *rw_legs_of_weights (const RwWeights *weights,
                          const char *name,
                          GError **error);

/* Steps of all of @history, a text that was parsed. */
guint64 rw_legs_count_steps (const char *history);

/* "2 threads, AVX-512": what the speed of this process depends on.  (transfer
 * full) */
char *rw_legs_describe_machine (void);

/* Adds this machine's class to @machine, classes with " and " between, unless
 * it is there.  @machine: NULL or owned. */
void rw_legs_add_machine (char **machine);
