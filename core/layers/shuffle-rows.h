/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Moving pixels between space and channels: what shuffle and unshuffle share.
 */
#pragma once

#include "layers/layer.h"

/* fine[y*f+dy][x*f+dx][c] = (or +=) coarse[y][x][c*f*f + dy*f + dx]; @fine has
 * @c channels. Padding lanes of fine become 0 unless adding. */
void rw_shuffle (float *fine,
                 const float *coarse,
                 const RwShape *fine_shape,
                 const RwShape *coarse_shape,
                 int f,
                 gboolean add);

/* The other way round. */
void rw_unshuffle (float *coarse,
                   const float *fine,
                   const RwShape *coarse_shape,
                   const RwShape *fine_shape,
                   int f,
                   gboolean add);
