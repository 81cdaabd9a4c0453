/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Lamps, windows and signs, brighter than white, with the glow around them that
 * a lens makes of them.  Photographs by daylight have none, and a net that saw
 * none draws dark rims around them.
 */
#pragma once

#include "tasks/filter.h"

/* Adds as many as a view at night has, 1 to 4 near a patch's size, to @light:
 * linear, 1 is white; what was added is up to 64. One channel's for all three
 * if @grey. */
void rw_lamps_add (RwPlanes *light, gboolean grey, guint64 key);
