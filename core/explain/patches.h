/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which parts of pictures a channel answers to the most (Zeiler and Fergus
 * 2014, section 4, without the deconvolution).  Memory is for the best few of
 * each channel, however many pictures there are.
 */
#pragma once

#include "explain/explain.h"

enum {
  RW_PATCHES_BEST = 9,  /* of a channel */
  RW_PATCHES_SIDE = 24, /* pixels */
};

typedef struct {
  float value; /* of the channel; 0: there is no such patch */
  int file;    /* as told to rw_patches_add */
  int x, y;    /* of the middle, in the window, in pixels of the input */
  guint8 rgb[RW_PATCHES_SIDE * RW_PATCHES_SIDE * 3];
} RwPatch;

typedef struct RwPatches RwPatches;

/* Of every layer of @explain's net. */
RwPatches *rw_patches_new (const RwExplain *explain);
void rw_patches_free (RwPatches *patches); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwPatches, rw_patches_free)

/* After a forward of @explain's run, whose input is a window of picture
 * @file: the largest positive value of each channel, with what is around it,
 * joins the best ones.  A window gives a channel one patch at most, whose middle
 * is @margin pixels of the input or more away from the window's edges: there
 * layers see less than the picture has. */
void rw_patches_add (RwPatches *patches,
                     const RwExplain *explain,
                     int file,
                     int margin);

/* Of @channel of layer @node, the strongest first: RW_PATCHES_BEST of them. */
const RwPatch *
rw_patches_get (const RwPatches *patches, int node, int channel);
