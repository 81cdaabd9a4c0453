/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One block while it is restored: read, filled, run through the net, changed.
 */
#pragma once

#include <glib.h>

#include "restore/block-column.h"
#include "restore/cache.h"
#include "restore/keep-mean.h"
#include "restore/model.h"

typedef struct {
  const RwModel *model;
  float strength, grain;
  float low, high; /* the range of colour that the net is shown */
  RwTold told;     /* what a person set, or what was measured */
  gboolean grey;
  const RwBlockMargins *margins;
  float sigma; /* with a mean to be kept: the noise that the net is told of */
} RwBlockSettings;

typedef struct {
  RwBlock block;
  float *rgba; /* [input.height][input.width][4], as read */
  float *mask; /* [input.height][input.width]; NULL: the task has none */
  float *out;  /* of a net that enlarges: [part's height][width][4] */
  RwRun *run;  /* of the block's column, its input filled */
  RwBlockColumn column;
  int step;           /* the step of the run that makes this block */
  gsize n_missing;    /* pixels without colour in the block's input */
  gboolean keeps;     /* the cache is on: key and change are needed */
  RwCacheKey key;     /* of the net's input, the model and the block's shape */
  RwKeepMean mean;    /* what is taken back, where margins.mean is set */
  float *mean_memory; /* or NULL: no mean is kept */
  float *carry[2];    /* of the output, the rows around the block's first one,
                         which the run made with the block above, and those
                         that it leaves for the block below */
  gboolean carried;   /* there are such of the block above */
  GBytes *change; /* of the enlarged area, [height][width][1 if grey, or 3],
                      packed by change.h: net - input, or with a mask the net's
                      colour itself; NULL: to be had of the run's output */
} RwBlockWork;

/* Whether any pixel of the block's area has a colour to restore, and is to be
 * made up where there is a mask. */
gboolean rw_block_work_has_colour (const RwBlockWork *work);

/* Prepares the run for a column whose first block is this one.
 * RW_ERROR_LIMIT. */
gboolean rw_block_work_begin (RwBlockWork *work,
                              const RwBlockColumn *column,
                              GError **error);

/* Fills the run's input from rgba, counts what is missing and sets the key. */
void rw_block_work_fill (RwBlockWork *work, const RwBlockSettings *settings);

/* Finds what of the change is to be taken back, after the run's step and before
 * the next one is filled; nothing where no mean is kept. */
void rw_block_work_keep_mean (RwBlockWork *work,
                              const RwBlockSettings *settings,
                              const RwRect *bounds);

/* Stores the change, computed from the run's output, if work->keeps.
 * RW_ERROR_LIMIT. */
gboolean rw_block_work_take_change (RwBlockWork *work,
                                    const RwBlockSettings *settings,
                                    GError **error);

/* Adds strength * change, as change.h rounds it, to rgba in @part of the enlarged area; a net that
 * enlarges has @part written to out instead, where without @changes it is
 * interpolated. */
void rw_block_work_apply (RwBlockWork *work,
                          const RwBlockSettings *settings,
                          const RwRect *part,
                          gboolean changes);
