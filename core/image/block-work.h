/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A block on its way through the net.
 */
#pragma once

#include <glib.h>

#include "image/blocks.h"
#include "image/cache.h"
#include "image/model.h"

typedef struct {
  const RwModel *model;
  float strength;
  double level; /* measured, if it was to be */
  gboolean grey;
} RwBlockSettings;

typedef struct {
  RwBlock block;
  float *rgba;    /* [input.height][input.width][4], as read */
  RwRun *run;     /* prepared for the block, its input filled */
  gboolean keeps; /* there is a cache: key and change are made */
  RwCacheKey key; /* of the net's input, the model and the block's shape */
  GBytes *change; /* net - input: [area.height][area.width][1 if grey, or 3];
                     NULL: to be had of the run's output */
} RwBlockWork;

/* Whether any pixel of the block's area has a colour to restore. */
gboolean rw_block_work_has_colour (const RwBlockWork *work);

/* Prepares the run for the block, fills its input from rgba and sets the key.
 * RW_ERROR_LIMIT. */
gboolean rw_block_work_prepare (RwBlockWork *work,
                                const RwBlockSettings *settings,
                                GError **error);

/* From the run's output the change, if it is kept.  RW_ERROR_LIMIT. */
gboolean rw_block_work_take_change (RwBlockWork *work,
                                    const RwBlockSettings *settings,
                                    GError **error);

/* Adds strength * change to rgba in @part of the area. */
void rw_block_work_apply (RwBlockWork *work,
                          const RwBlockSettings *settings,
                          const RwRect *part);
