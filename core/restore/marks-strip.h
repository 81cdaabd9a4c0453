/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A strip of a picture whose scratches and dust are searched:
 *
 *   picture -> find -> mask -> inpaint, the mask as its own -> result
 *   picture -> find -> mask -> inpaint -> changes of what is marked
 *     -> any other net, which sees them made -> result
 */
#pragma once

#include "reweave.h"

typedef struct {
  RwModel *model;  /* restores */
  RwModel *finder; /* of marks */
  RwModel *filler; /* makes up what they hide before; NULL: the model does */
} RwMarksNets;

/* The settings by which marks are found and filled. */
RwSettings rw_marks_get_settings (const RwSettings *settings);

/* Where marks are to be known when the pixels of @blocks are wanted. */
RwRect rw_marks_get_area (const RwMarksNets *nets,
                          const RwRect *bounds,
                          const RwRect *blocks);

/* What is allocated beside the nets' runs to know marks in @area: a mask, and
 * the answers that it is made of. */
gsize rw_marks_strip_count_bytes (const RwRect *area);

/* Restores @roi, which is a strip of @job's, from @begin to @end of the time.
 * @n: becomes the number of the marks' pixels in it, if the job asks for what
 * is found.  With notes, what is known of marks is kept for the next job. */
gboolean rw_marks_strip_restore (const RwMarksNets *nets,
                                 const RwSettings *settings,
                                 const RwJob *job,
                                 const RwRect *roi,
                                 double begin,
                                 double end,
                                 gsize *n,
                                 GError **error);
