/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The transfer curve of a picture's file: its values become light, and light
 * is coded by the sRGB curve, as pixels cross reweave.h; and back.
 *
 *   file value --[its curve]--> light --[sRGB]--> coded value
 */
#pragma once

#include <glib.h>

/* Shared, immutable. */
typedef struct RwCurves RwCurves;

/* What a file says of its colours, in order of rank. */
typedef struct {
  const guint8 *cicp;   /* 4 bytes of a PNG's cICP, or NULL */
  GBytes *icc;          /* or NULL */
  gboolean is_srgb;     /* says that it is sRGB */
  int gamma;            /* PNG gAMA * 100000, or 0 */
  const int *primaries; /* PNG cHRM * 100000: white, red, green, blue; or NULL
                         */
  gboolean grey;
  int depth; /* of a sample: 8, 16 or 32 (float) */
} RwColourSays;

/* The curves of such a picture; NULL when values are to be taken as they are:
 * they are coded by the sRGB curve (within 1/1024), or nobody knows how, and
 * then @note, if not NULL, says why.  Integers without a word are sRGB, floats
 * without one are light.  (transfer full); @note: (transfer full) */
RwCurves *rw_curves_new (const RwColourSays *says, char **note);
RwCurves *rw_curves_ref (RwCurves *curves); /* accepts NULL */
void rw_curves_unref (RwCurves *curves);    /* accepts NULL */

/* @n pixels of RGBA, in place: file values in [0,1], or any for floats, to
 * coded ones, and back.  A coded value that came from an integer of the file
 * becomes that integer again. */
void rw_curves_encode (const RwCurves *curves, float *rgba, gsize n);
void rw_curves_decode (const RwCurves *curves, float *rgba, gsize n);

/* A profile for what gamma, primaries and cICP say; NULL when that is sRGB,
 * when a profile cannot say it, or in a build without lcms2. (transfer full)
 */
GBytes *rw_colour_make_profile (const RwColourSays *says);

/* Whether the picture says anything but sRGB beside a profile. */
gboolean rw_colour_says_more (const RwColourSays *says);

/* Of a profile: its colour space as its header has it, "RGB ", "GRAY", "CMYK";
 * FALSE: it is no profile. */
gboolean rw_colour_get_space (GBytes *icc, char space[5]);
