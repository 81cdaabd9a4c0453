/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * With what quality a picture was last a JPEG file, from its pixels: what
 * dejpeg's net is told where nobody tells it.
 */
#pragma once

/* Quality in 1..100 as rw_jpeg_tables_get_quality has it, of @n samples of one
 * picture whose places differ by multiples of 8 pixels: @rgb is
 * [n][height][width][3], nominal [0,1], finite.  The first block may begin
 * anywhere.  NAN where no steps are found: the picture was never compressed, or
 * so well that all steps are below 2, or it was changed since (turned by
 * quarters and cut it may be; resized, brightened or compressed again it may
 * not), or it is too small. */
double
rw_jpeg_quality_estimate (const float *rgb, int n, int height, int width);
