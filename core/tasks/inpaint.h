/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * inpaint: holes, whose colour is a middle grey and whose mask is 1; around
 * them the picture stays as it is, bit for bit.
 *
 * Strokes of a brush, blobs, rectangles, writing, scratches, creases, hairs
 * and dust cover from 3 % to 35 % of a patch; half of the patches have thin
 * ones alone.  No controls.
 */
#pragma once

#include "tasks/sample.h"

void rw_inpaint_draw (guint64 key, RwDamage *damage);

/* Clean pixels of the source for @length of `clean`. */
int rw_inpaint_extent (const RwDamage *damage, int length);

/* input->mask may be NULL. */
void rw_inpaint_degrade (const RwSample *source,
                         RwSample *clean,
                         RwSample *input,
                         RwDamage *damage);
