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
  float *tensor;  /* the net's input: [input.height][input.width][cs] */
  RwCacheKey key; /* of the tensor, the model and the block's shape */
  GBytes
      *change;   /* net - tensor: [area.height][area.width][1 if grey, or 3] */
  GError *error; /* why there is no change after a run */
} RwBlockWork;

/* Buffers for any block.  Clear after failure too. */
gboolean rw_block_work_allocate (RwBlockWork *work,
                                 const RwModel *model,
                                 GError **error);
void rw_block_work_clear (RwBlockWork *work);

/* Whether any pixel of the block's area has a colour to restore. */
gboolean rw_block_work_has_colour (const RwBlockWork *work);

/* Sets tensor and key from rgba.  RW_ERROR_LIMIT. */
gboolean rw_block_work_prepare (RwBlockWork *work,
                                const RwBlockSettings *settings,
                                GError **error);

/* Sets change, or error. */
void rw_block_work_run (RwBlockWork *work,
                        const RwBlockSettings *settings,
                        RwRun *run);

/* Adds strength * change to rgba in @part of the area. */
void rw_block_work_apply (RwBlockWork *work,
                          const RwBlockSettings *settings,
                          const RwRect *part);
