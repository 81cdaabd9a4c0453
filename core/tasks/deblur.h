/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * deblur: pictures out of focus or shaken, with a little correlated noise.
 *
 * values[0]: radius in px as tasks/blur-kernel.h defines it, 0..4; below 0.3
 * nothing is done to the picture, so that sharp ones stay as they are.
 */
#pragma once

#include "tasks/sample.h"

void rw_deblur_draw (guint64 key, RwDamage *damage);

/* Clean pixels of the source for @length of `clean`; @damage NULL: at most. */
int rw_deblur_extent (const RwDamage *damage, int length);

/* The answer is the picture as a good lens shows it, blurred by a Gaussian of
 * 0.35 px: a net that is asked for more learns to ring. values[0] becomes the
 * radius of the kernel that was used. */
void rw_deblur_degrade (const RwSample *source,
                        RwSample *clean,
                        RwSample *input,
                        RwDamage *damage);
