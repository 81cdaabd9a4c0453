/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * restore: old prints, scans and pictures from the web: dusty and scratched,
 * blurred, resized, grainy and kept as files, in any order; of all colours that
 * faded and stained prints have.
 *
 * The control is what comes out, see typical-error.h; a damage that aims at
 * little of it has steps of short ranges.  A fifth of the patches is undamaged,
 * so that good pictures stay good.
 */
#pragma once

#include "tasks/sample.h"

void rw_restore_draw (guint64 key, RwDamage *damage);

/* Clean pixels of the source for @length of `clean`; @damage NULL: at most. */
int rw_restore_extent (const RwDamage *damage, int length);

/* The answer is the source's middle as an aged print has it, faded, grey, sepia
 * or with a cast. */
void rw_restore_degrade (const RwSample *source,
                         RwSample *clean,
                         RwSample *input,
                         RwDamage *damage);
