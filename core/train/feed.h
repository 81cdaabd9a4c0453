/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Feeding a net: which channel of its input is what.
 */
#pragma once

#include "nets/net.h"
#include "tasks/task.h"

typedef struct {
  int rgb;         /* first of the three colour channels */
  int level;       /* the level's plane, or -1 */
  int stride;      /* floats a pixel of the input */
  float low, high; /* colour is clamped to this */
} RwFeed;

/* RW_ERROR_MISMATCH unless @net takes colour and at most a level beside it,
 * and gives colour of the same size. */
gboolean rw_feed_init (RwFeed *feed,
                       const RwNet *net,
                       const RwTask *task,
                       GError **error);

/* Writes one picture of [n_pixels][3] floats and its level's plane (level /
 * 255) to @input, [n_pixels][stride]; its padding lanes stay as they are. */
void rw_feed_fill (const RwFeed *feed,
                   const float *rgb,
                   gsize n_pixels,
                   double level,
                   float *input);

/* The level of a damaged picture whose clean one is known: the root of the
 * mean square of their difference in 1/255, at most task->level_max. */
double rw_feed_measure_level (const RwTask *task,
                              const float *clean,
                              const float *damaged,
                              gsize n_pixels);

/* "rgb sigma srgb-coded range=-0.5..1.5", for the weight file. (transfer full)
 */
char *rw_feed_describe (const RwNet *net, const RwTask *task);
