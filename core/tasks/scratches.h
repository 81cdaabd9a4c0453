/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What gets onto pictures: specks, hairs, scratches, creases, cracks, writing,
 * strokes of a brush, blobs and rectangles, drawn into a plane of cover with soft
 * edges.
 */
#pragma once

#include "tasks/filter.h"

typedef enum {
  RW_MARK_SPECK,     /* dust: a dot that is not quite round */
  RW_MARK_HAIR,      /* a curve of second order */
  RW_MARK_SCRATCH,   /* straight along one axis, edge to edge, in pieces */
  RW_MARK_CREASE,    /* a jagged line from edge to edge, any direction */
  RW_MARK_TEXT,      /* words of letter-like strokes */
  RW_MARK_BRUSH,     /* a wandering stroke */
  RW_MARK_BLOB,      /* a few discs, one over the other */
  RW_MARK_RECTANGLE, /* along the axes */
  RW_MARK_CRACK,     /* of an emulsion: jagged, of uneven width, with forks */
  RW_MARK_PAGE, /* lines of text, from edge to edge and one below another */
} RwMarkKind;

#define RW_N_MARK_KINDS 10

typedef struct {
  RwMarkKind kind;
  double
      width; /* px of the stroke, 1 or more; of a blob or rectangle: whole */
  double length; /* px along it; scratches and creases go as far as there is */
  double soft;   /* px over which the edge fades, 0.5 or more */
  double opacity; /* cover inside, (0,1] */
  guint64 key;    /* of its place and shape */
} RwMark;

/* Draws @mark somewhere on @cover, of one channel, where the greater cover
 * stays. Returns how many pixels it lifted above 1/2. */
int rw_mark_draw (RwPlanes *cover, const RwMark *mark);
