/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Is the net too large or too small for its pictures?  Some training pictures
 * are measured as validation pictures are.  The two figures are compared with
 * each other and with those of the best validation, so it does not matter when
 * the pictures of one set are harder than those of the other.
 */
#pragma once

#include <glib.h>

typedef enum {
  RW_CAPACITY_UNKNOWN,  /* nothing to compare with yet */
  RW_CAPACITY_LEARNS,   /* validation is at its best */
  RW_CAPACITY_OVERFITS, /* since its best, training gained on it */
  RW_CAPACITY_STALLS,   /* neither gains */
} RwCapacity;

typedef struct {
  double validation, training;           /* dB, now */
  double best_validation, best_training; /* dB, at the best validation */
  guint64 best_step;
} RwCapacityFigures;

/* A gap that has opened by this much since the best validation, in dB, is
 * reported; less is noise between one validation and the next. */
#define RW_CAPACITY_GAP 0.05

RwCapacity rw_capacity_judge (const RwCapacityFigures *figures);

/* One sentence: the figures, what they mean, what to do.  (transfer full) */
char *rw_capacity_describe (const RwCapacityFigures *figures);
