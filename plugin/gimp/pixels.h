/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pixels of a layer, channel or mask as rw_restore wants them.
 *
 * Coordinates are those of the item itself: (0,0) is its upper left pixel
 * wherever it lies in the image.
 */
#pragma once

#include "host.h"
#include "reweave.h"
#include "samples.h"

G_BEGIN_DECLS

typedef struct {
  RwItem item;
  GeglBuffer *source;
  GeglBuffer *target; /* gets the result; NULL: read only */
  RwSamples samples;
  RwRect bounds;
  gboolean grey;
  gboolean has_alpha;
  gboolean is_enlarged; /* the target is, so that alpha is made too */
} RwPixels;

void rw_pixels_open (RwPixels *pixels, RwItem item);

/* Lets results go to @item's shadow buffer; @item has the size and format of
 * the one that was opened. */
void rw_pixels_set_target (RwPixels *pixels, RwItem item);

/* Lets results go to @target, an enlarged picture in the item's own format. */
void rw_pixels_set_enlarged (RwPixels *pixels, GeglBuffer *target);

/* Flushes and lets go of the buffers; before merging a shadow. */
void rw_pixels_close (RwPixels *pixels);

/* What of @item the selection touches, in the item's coordinates.  FALSE:
 * nothing. */
gboolean rw_pixels_get_selected (RwItem item, RwRect *rect);

/* How much each pixel of @rect (the item's coordinates) is selected, in [0,1],
 * (transfer full); NULL: all of it is. */
float *rw_pixels_get_selection (RwItem item, const RwRect *rect);

/* Whether the selection says what to make up.  If not, a task that searches
 * does. */
gboolean rw_pixels_have_hole (RwItem item, const RwTaskInfo *task);

/* What a task with a mask makes up of @rect (the item's coordinates), (transfer
 * full): 1 where a pixel is selected at all, else 0.  GIMP mixes old and new by
 * how much it is selected, so that feathering mixes once. */
float *rw_pixels_get_hole (RwItem item, const RwRect *rect);

/* RwReadMaskFunc of the same; @data begins with an RwPixels. */
gboolean rw_pixels_read_hole (gpointer data,
                              const RwRect *rect,
                              float *mask,
                              GError **error);

/* RwReadFunc and RwWriteFunc; @data begins with an RwPixels. */
gboolean rw_pixels_read (gpointer data,
                         const RwRect *rect,
                         float *rgba,
                         GError **error);
gboolean rw_pixels_write (gpointer data,
                          const RwRect *rect,
                          const float *rgba,
                          gsize stride,
                          GError **error);

/* rw_job_measure of the whole item. */
gboolean rw_pixels_measure (RwItem item,
                            const RwModel *model,
                            double *value,
                            GError **error);

G_END_DECLS
