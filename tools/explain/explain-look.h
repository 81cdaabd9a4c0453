/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The part of a picture that is explained: where it is, how it looks before
 * and after, and the net that has seen it.
 */
#pragma once

#include "explain/explain.h"
#include "io/picture.h"
#include "restore/model.h"

/* A crop is this wide and high, or as much more as a region of its own size
 * needs around it. */
#define RW_CLI_CROP 192
#define RW_CLI_CROP_MARGIN 32
#define RW_CLI_REGION_MAX 256 /* pixels a side */

typedef struct {
  RwModel *model;
  RwSettings settings;
  const char *in;
  const char *mask; /* or NULL */
  RwRect region;    /* of the picture; width 0: that of the largest change */

  /* All below is set by rw_cli_look. */
  RwPicture *picture, *mask_picture;
  gboolean chosen; /* the region was */
  RwRect crop;     /* of the picture, beyond which it may reach */
  RwTold told;
  double value;          /* of the first control, where it is told */
  float *before, *after; /* [height][width][4] of the crop; after: of the
                             crop enlarged by the task's scale */
  RwRect after_rect;     /* of the result: where after is */
  float *mask_values;    /* a float a pixel of the crop, or NULL */
  RwExplain *explain;    /* that has looked at the region */
} RwCliLook;

/* Errors: those of reading, restoring and rw_explain_new; RW_CLI_USAGE for a
 * region outside of the picture.  What was set is to be cleared, also after an
 * error. */
gboolean rw_cli_look (RwCliLook *look, GError **error);
void rw_cli_look_clear (RwCliLook *look);

/* Fills @rgba, [height][width][4], with @rect of @picture, mirrored at its
 * edges. */
void
rw_cli_look_read (const RwPicture *picture, const RwRect *rect, float *rgba);

/* Fills the input of @explain, as large as @rgba is. */
gboolean rw_cli_look_feed (const RwCliLook *look,
                           RwExplain *explain,
                           const float *rgba,
                           const float *mask,
                           GError **error);
