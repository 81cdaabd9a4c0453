/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A mended picture moved as little as needed to agree with the JPEG file that
 * it comes from: whoever compresses it with the file's tables gets nearly all
 * of the file's luma coefficients back.
 */
#pragma once

#include <glib.h>

/* Where a luma coefficient of @rgb lies outside the interval
 * (level - 1/2, level + 1/2) * step that the file's level stands for, it moves
 * to the interval's edge, or up to 0.75 of 255 further inside so that rounding
 * to 8 bits does not undo that.  Colour differences stay.  Values may leave
 * 0..1; where those are clipped, and in blocks that reach over the picture's
 * edge, the coefficients agree less well.
 *
 *   rgb       [height][width][3], changed in place
 *   file_rgb  the same picture as decoded from the file, whose first block
 *             begins at its corner
 *   luma      the file's luma table, natural order
 *
 * Any thread. */
void rw_jpeg_constrain (float *rgb,
                        const float *file_rgb,
                        int width,
                        int height,
                        const guint16 *luma);
