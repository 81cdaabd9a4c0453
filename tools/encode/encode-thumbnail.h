/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave decode --size.
 */
#pragma once

#include "io/picture.h"

/* Of 8 or 16 bits a sample: @from, whose longest side is at most @side then;
 * each pixel is the mean of those that it stands for, weighted by their alpha.
 * (transfer full) */
RwPicture *rw_cli_thumbnail (const RwPicture *from, int side, GError **error);

/* Makes a picture's size that of its thumbnail. */
void rw_cli_thumbnail_size (int *width, int *height, int side);
