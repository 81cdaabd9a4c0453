/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How a damaged picture ends: as a file of 8 bits a sample.
 */
#pragma once

#include "tasks/filter.h"

/* The file it would be. */
typedef struct {
  double jpeg_share;                /* of the files; the others lose nothing */
  double quality_low, quality_high; /* IJG's 1..100, drawn evenly */
  gboolean grey;
  guint64 key; /* of the decisions */
} RwFinish;

/* Rounds and clips to 8 bits, colours staying floats in 0..1. */
void rw_finish_as_file (RwPlanes *rgb, const RwFinish *finish);
