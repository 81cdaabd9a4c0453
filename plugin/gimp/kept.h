/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pixels that the preview keeps: for a window of the picture, at one
 * level, the original, its change by a restoration at full strength, and how
 * far each pixel is selected.  Strength, grain and the ways to compare need
 * nothing else.
 *
 * The picture is read and restored in cells, squares of a grid from its
 * origin.  New settings make the changes old but do not take them away: an old
 * change stays until the new one is there, so that the original never shines
 * through.  Parts that were not restored at all have no change.
 *
 * At level l a kept pixel is the mean of 2^l x 2^l of the picture's, weighted
 * by alpha.  Rectangles called parts are in pixels of the picture.
 */
#pragma once

#include "reweave.h"

G_BEGIN_DECLS

typedef struct RwKept RwKept;

typedef enum {
  RW_KEPT_READ = 1,   /* the original is there */
  RW_KEPT_MENDED = 2, /* so is the change, by the present settings */
} RwKeptWhat;

typedef enum {
  RW_KEPT_BEFORE,
  RW_KEPT_AFTER,
  RW_KEPT_CHANGE, /* RW_KEPT_GAIN times the change, around middle grey */
} RwKeptKind;

#define RW_KEPT_GAIN 8.0f

/* @bounds: all of the picture; @cell: a cell's edge in its pixels, a multiple
 * of 256 (so that no kept pixel lies in two). */
RwKept *rw_kept_new (const RwRect *bounds, int cell);

void rw_kept_free (RwKept *kept); /* accepts NULL */

/* Makes the window contain @visible at @level.  What was kept is shown there
 * as well as it can be, until it is read and restored anew.
 * Returns: whether the window is another one now. */
gboolean rw_kept_look (RwKept *kept, const RwRect *visible, int level);

/* The cell, cut to the window, that lacks @what and shows some of @visible;
 * the one nearest to the middle of @visible.  FALSE: none does. */
gboolean rw_kept_find_missing (const RwKept *kept,
                               RwKeptWhat what,
                               const RwRect *visible,
                               RwRect *part);

/* Puts the originals of @part in: @rgba [height][width][4], and @selected
 * [height][width], NULL where all is selected. */
void rw_kept_put_before (RwKept *kept,
                         const RwRect *part,
                         const float *rgba,
                         const float *selected);

/* Puts in what @part, whose originals are there, becomes at full strength.
 * @is_new: by the present settings. */
void rw_kept_put_after (RwKept *kept,
                        const RwRect *part,
                        const float *rgba,
                        gboolean is_new);

/* All changes are of settings that are no more. */
void rw_kept_make_old (RwKept *kept);

/* There are no changes. */
void rw_kept_forget_changes (RwKept *kept);

/* The window in kept pixels (those of the picture / 2^level, rounded outwards),
 * and its level. */
RwRect rw_kept_get_window (const RwKept *kept);
int rw_kept_get_level (const RwKept *kept);

/* The kept pixels that @part touches; may be empty. */
RwRect rw_kept_get_touched (const RwKept *kept, const RwRect *part);

/* Fills @rgba [height][width][4] with the kept pixels @rect of the window as
 * they look with @strength and @grain; straight alpha. */
void rw_kept_compose (const RwKept *kept,
                      RwKeptKind kind,
                      double strength,
                      double grain,
                      const RwRect *rect,
                      float *rgba);

/* How far the kept pixels of @rect are selected, in [0,1]. */
void
rw_kept_get_selected (const RwKept *kept, const RwRect *rect, float *selected);

G_END_DECLS
