/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which pixels of a rectangle are marked, and what filling adds to each.  Only
 * the changes of marked pixels are kept, row by row.
 */
#pragma once

#include "reweave.h"

typedef float RwMarkChange[3];

/* Zeroed: nothing is known. */
typedef struct {
  RwRect area;           /* where it is known what is marked */
  guint8 *mask;          /* [area.height][area.width] */
  gsize *starts;         /* [area.height + 1] in changes: of each row's first
                            marked pixel; NULL: there are no changes */
  RwMarkChange *changes; /* of each marked pixel */
} RwMarks;

/* A mask without marks, in which others are then set.  RW_ERROR_LIMIT. */
gboolean rw_marks_init (RwMarks *marks, const RwRect *area, GError **error);

/* Room for a change of each marked pixel, all 0.  RW_ERROR_LIMIT. */
gboolean rw_marks_begin_changes (RwMarks *marks, GError **error);

void rw_marks_clear (RwMarks *marks);

/* The mask from (@x, @y) of the area on. */
guint8 *rw_marks_get_row (const RwMarks *marks, int x, int y);

/* The change of the first marked pixel of row @y from @x on. */
RwMarkChange *rw_marks_get_changes (const RwMarks *marks, int x, int y);

/* Whether a row that @rect touches has changes. */
gboolean rw_marks_has_changes (const RwMarks *marks, const RwRect *rect);

/* Adds @share of the changes to the part of @rect that lies in the area. */
void rw_marks_add_changes (const RwMarks *marks,
                           const RwRect *rect,
                           float share,
                           float *rgba);

/* (transfer full): what is marked in @rect of the area, and the changes. */
GBytes *rw_marks_pack (const RwMarks *marks, const RwRect *rect);

/* Sets the mask where @packed says so, as far as it lies in the area.  @x and
 * @y: where the rectangle of @packed begins. */
void rw_marks_unpack_mask (RwMarks *marks, GBytes *packed, int x, int y);

/* Then, after rw_marks_begin_changes, the changes. */
void rw_marks_unpack_changes (RwMarks *marks, GBytes *packed, int x, int y);
