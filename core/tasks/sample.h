/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A piece of a picture, and the damage that is done to it.
 *
 * A damage is decided from a key (draw), asks for as much of a clean picture
 * as it needs (extent), and makes of that a pair (degrade): what a net is shown
 * and what it is to answer.
 *
 *   source  width extent (w), height extent (h): clean, with what lies around
 *   clean   w x h: the answer; not always the source's middle, since a camera
 *           softens what it sees and no net is asked to undo that
 *   input   w / scale x h / scale: damaged
 *
 * All three are pure functions of their arguments, for any thread.
 */
#pragma once

#include <glib.h>

#define RW_CONTROLS_MAX 4 /* controls of one task at most */

/* What a net with a mask is shown where the picture is to be made up, in
 * training and in use. */
#define RW_HOLE_COLOUR 0.5f

/* Coded (sRGB) colour, nominal 0..1. */
typedef struct {
  int width, height;
  float *rgb;  /* [height][width][3] */
  float *mask; /* [height][width], 1: to be made up, 0: good; or NULL */
} RwSample;

typedef struct {
  /* Of the task's controls in their units: what draw or a person aimed at, and
   * after degrade what came out. */
  double values[RW_CONTROLS_MAX];
  double told;    /* a net that is told values[0] is told so many times it; 1:
                     the truth */
  gboolean blind; /* the net is told nothing: training draws half of them so */
  gboolean plain; /* of a protocol: values and key decide, see rw_task_pose */
  gboolean clip;  /* round and clip to 8 bits, as a picture file would */
  gboolean grey;  /* source is one colour channel given three times */
  guint64 key;    /* of the random numbers: same key, same damage */
} RwDamage;

/* To the nearest whole number that a byte holds; NaN becomes 0.  Truncation
 * rounds down, as nothing is negative, and vectorises where floorf does not. */
static inline float
rw_round_to_byte (float value)
{
  const float above = value > 0 ? value : 0;

  return (float) (gint32) ((above < 255 ? above : 255) + 0.5f);
}

/* What goes into degrade and what comes out. */
typedef struct {
  RwSample source, clean, input;
} RwPair;

/* Allocates @width x @height pixels, with a mask or without.  RW_ERROR_LIMIT.
 */
gboolean rw_sample_init (RwSample *sample,
                         int width,
                         int height,
                         gboolean with_mask,
                         GError **error);
void rw_sample_clear (RwSample *sample); /* of zeros: nothing to do */

/* The index in 0..n-1 of which index @i is the mirror image, the edge itself
 * repeated:  ... b a | a b c d ... y z | z y ... */
static inline int
rw_mirror (int i, int n)
{
  const int period = 2 * n;

  if (i >= 0 && i < n)
    return i;
  i = i % period < 0 ? i % period + period : i % period;
  return i < n ? i : period - 1 - i;
}

/* Fills @outer with @inner in its middle (half a pixel to the upper left where
 * the difference is odd) and its mirror image around it. */
void rw_sample_surround (const RwSample *inner, RwSample *outer);

/* Lightness by the weights of Rec. 601, three times. */
void rw_sample_make_grey (RwSample *sample);
