/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Losses: one file a loss; the list is in core/meson.build.
 *
 * The loss of a picture is a mean over its height * width * channels elements;
 * the loss of a batch is the mean over its pictures.
 */
#pragma once

#include <glib.h>

/* One picture of a batch: [height][width][stride] floats, of which the first
 * @channels of each pixel count. */
typedef struct {
  int height, width, channels, stride;
} RwLossShape;

typedef struct {
  const char *name;    /* "charbonnier" */
  const char *summary; /* the formula, for help */

  /* Returns the loss of the picture @y against @target and stores
   * dy = @weight * d loss / d y, 0 in the lanes above channels. */
  double (*evaluate) (const RwLossShape *shape,
                      const float *y,
                      const float *target,
                      float *dy,
                      double weight);
} RwLoss;

/* RW_ERROR_FORMAT naming the known losses and the nearest. */
const RwLoss *rw_loss_find (const char *name, GError **error);
const RwLoss *const *rw_loss_list (void); /* NULL-terminated */
