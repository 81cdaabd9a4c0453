/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Moving pixels between space and channels: what shuffle and unshuffle share.
 */
#pragma once

#include "layers/layer.h"

/* fine[y*f+dy][x*f+dx][c] = coarse[y][x][c*f*f + dy*f + dx] (+ addend there;
 * NULL: none; may be @fine), with @relu not below 0.  Padding lanes of fine
 * become 0. */
void rw_shuffle (float *fine,
                 const float *coarse,
                 const RwShape *fine_shape,
                 const RwShape *coarse_shape,
                 int f,
                 const float *addend,
                 gboolean relu);

/* The other way round, or with @add added to coarse. */
void rw_unshuffle (float *coarse,
                   const float *fine,
                   const RwShape *coarse_shape,
                   const RwShape *fine_shape,
                   int f,
                   gboolean add);
