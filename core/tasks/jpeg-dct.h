/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One component of a JPEG file: whole blocks of 8 x 8 samples through the DCT.
 */
#pragma once

#include <glib.h>

/* Replaces every block of @plane, [height][width] samples 0..255 with both
 * sides multiples of 8, by what is left of it after its coefficients were
 * quantised by @table (64 steps, natural order): whole numbers 0..255. */
void rw_jpeg_dct_code (float *plane,
                       gsize width,
                       gsize height,
                       const guint16 *table);

/* Replaces every block of @plane by the change that moves its coefficients
 * into the intervals that those of @file stand for: see
 * tasks/jpeg-constrain.h. */
void rw_jpeg_dct_constrain (float *plane,
                            const float *file,
                            gsize width,
                            gsize height,
                            const guint16 *table);
