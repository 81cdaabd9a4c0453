/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Dead-leaves pictures: opaque shapes of all sizes in front of one another,
 * the simplest model with the statistics of photographs that matter here
 * (edges, occlusion, independence of scale). Sources: Lee, Mumford and Huang
 * 2001; for training, Achddou, Gousseau and Ladjal 2021.
 */
#pragma once

#include "io/picture.h"

/* Picture @index of the sequence of @seed: 8-bit RGB, a pure function of the
 * four numbers.  Sides 1..8192.  RW_ERROR_LIMIT.  (transfer full) */
RwPicture *rw_dead_leaves_new (
    guint64 seed, guint64 index, int width, int height, GError **error);
