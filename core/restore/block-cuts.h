/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The fixed cuts of a block's rows that threads share.
 */
#pragma once

#include "restore/blocks.h"

enum { ROWS = 16 /* of one cut; 8 to 64 measure alike */ };

/* Of the pixels of @rect, row by row, the one at (x, y). */
static inline gsize
pixel_index (const RwRect *rect, int x, int y)
{
  return (gsize) (y - rect->y) * rect->width + (x - rect->x);
}

static inline gsize
rect_area (const RwRect *rect)
{
  return (gsize) rect->width * rect->height;
}

static inline int
n_cuts (const RwRect *rect)
{
  return (rect->height + ROWS - 1) / ROWS;
}

/* The rows of cut @i. */
static inline RwRect
cut (const RwRect *rect, int i)
{
  RwRect rows = *rect;

  rows.y += i * ROWS;
  rows.height = MIN (ROWS, rect->height - i * ROWS);
  return rows;
}
