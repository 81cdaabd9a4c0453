/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * upscale: pictures of half the width and height, as benchmarks of
 * super-resolution make them (MATLAB's imresize, bicubic, antialiased), a
 * fifth of them blurred before and noisy after.
 *
 * No controls. values[0] is the deviation of the blur before in px (0, or
 * 0.2..0.8), values[1] that of the white noise after in 1/255 (0..2): zeros
 * give the benchmarks' pictures.
 */
#pragma once

#include "tasks/sample.h"

void rw_upscale_draw (guint64 key, RwDamage *damage);

/* Clean pixels of the source for @length, which is even, of `clean`; @damage
 * NULL: at most. */
int rw_upscale_extent (const RwDamage *damage, int length);

/* A source that is as small as `clean` is taken for a whole picture, whose
 * edges are mirrored. */
void rw_upscale_degrade (const RwSample *source,
                         RwSample *clean,
                         RwSample *input,
                         RwDamage *damage);
