/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Feeding a net: the only way into the input of one that works on colour, for
 * training, validation, calibration and restoring alike.
 */
#pragma once

#include "nets/net.h"

typedef struct {
  int rgb;                  /* first of the three colour channels */
  int channel[RW_N_PLANES]; /* of each plane, or -1 */
  int stride;               /* floats of a pixel of the input */
  float low, high;          /* colour is clamped to this */
} RwFeed;

/* What a net is told of a picture besides its pixels. */
typedef struct {
  float value;    /* of the planes "sigma" and "value" */
  gboolean known; /* FALSE: "value" and "known" are 0 */
} RwTold;

/* RW_ERROR_MISMATCH unless @net takes colour, each plane at most once, and
 * gives colour @scale times as wide and high.  @low, @high: range of colour. */
gboolean rw_feed_init (RwFeed *feed,
                       const RwNet *net,
                       double low,
                       double high,
                       int scale,
                       GError **error);

gboolean rw_feed_takes (const RwFeed *feed, RwPlane plane);

/* Whether the net has a plane for the value that it is told; and whether it
 * also works when it is told none. */
gboolean rw_feed_takes_value (const RwFeed *feed);
gboolean rw_feed_works_blind (const RwFeed *feed);

/* Writes @n_pixels of [3] floats and the planes beside them to @input,
 * [n_pixels][stride], whose padding lanes stay as they are.  @mask: a float a
 * pixel, NULL: 0. */
void rw_feed_fill (const RwFeed *feed,
                   const float *rgb,
                   const float *mask,
                   const RwTold *told,
                   gsize n_pixels,
                   float *input);

/* Fills only the planes beside the colour, which @input has already. */
void rw_feed_fill_planes (const RwFeed *feed,
                          const float *mask,
                          const RwTold *told,
                          gsize n_pixels,
                          float *input);

/* "rgb sigma srgb-coded range=-0.5..1.5", for the weight file.
 * (transfer full) */
char *rw_feed_describe (const RwNet *net, double low, double high);
