/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reading and restoring one part of the picture for the preview.
 *
 * GIMP's functions belong to one thread, so the pixels of the part and its
 * surroundings are read there; restoring them runs in another.
 */
#pragma once

#include "filter-options.h"
#include "host.h"
#include "samples.h"

G_BEGIN_DECLS

typedef struct {
  RwModel *model;
  RwSliders sliders; /* strength is not looked at, grain only where marks are
                        searched */
  gboolean grey;
  RwRect bounds; /* of the item */
  RwRect part;   /* what is restored, in pixels of the result */
  RwRect have;   /* what is read: whole blocks and their surroundings */
  float *pixels; /* of have */
  float *mask;   /* of have: 1 where to make it up; NULL: the task has none, or
                    searches */
  float *result; /* of part, at full strength */
  guint number;  /* whatever the caller wants */
  gpointer owner; /* the same */
  gint stop;      /* atomic: set it to 1 to cancel */
  gboolean done;
  double
      seconds; /* that a run of the net took; 0: finished blocks were there */
  GError *error;
} RwPreviewJob;

/* Fills the original of @part, which is in pixels of the result: [height]
 * [width][4], enlarged where @scale says so. */
void rw_preview_read (RwItem item, int scale, const RwRect *part, float *rgba);

/* Reads what @part needs.  On GIMP's thread. */
RwPreviewJob *rw_preview_job_new (RwItem item,
                                  RwModel *model,
                                  const RwSliders *sliders,
                                  const RwRect *part);

/* On any thread. */
void rw_preview_job_run (RwPreviewJob *job);

void rw_preview_job_free (RwPreviewJob *job); /* accepts NULL */

G_END_DECLS
