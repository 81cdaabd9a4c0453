/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * By how many whole pixels one shot is moved against another: phase
 * correlation of the light in their middle.
 * Source: Kuglin and Hines 1975, "The phase correlation image alignment
 * method".
 */
#pragma once

#include <glib.h>

#include "io/picture.h"

typedef struct {
  int x,
      y; /* pixel (u, v) of the first shows what (u + x, v + y) of the second
               does */
} RwShift;

/* Both of one size and three channels, at least 32 pixels a side.  Moves are
 * found up to half of the square that is compared, which is the largest power
 * of two that fits, at most 1024.  RW_ERROR_LIMIT when memory is short. */
gboolean rw_align_find (const RwPicture *first,
                        const RwPicture *second,
                        RwShift *shift,
                        GError **error);
