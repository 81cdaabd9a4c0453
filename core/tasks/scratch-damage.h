/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * scratch: dust, hairs, scratches, creases and holes that lie over a picture
 * are to be found.  The answer is a mask in place of the picture, the
 * same in all three channels: 1 where a mark shows, 0 elsewhere.  No controls.
 *
 * A third of the patches has writing, which is no mark: it stays.
 *
 * A third of the patches has no marks, and all of them may be faded, soft,
 * grainy and kept as JPEG, so that lines which belong to a picture are known
 * from those which do not.  Marks that nobody could see are not in the answer.
 */
#pragma once

#include "tasks/sample.h"

void rw_scratch_draw (guint64 key, RwDamage *damage);

/* Whether marks are drawn at all. */
gboolean rw_scratch_is_marked (const RwDamage *damage);

/* Clean pixels of the source for @length of `clean`. */
int rw_scratch_extent (const RwDamage *damage, int length);

void rw_scratch_degrade (const RwSample *source,
                         RwSample *clean,
                         RwSample *input,
                         RwDamage *damage);
