/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Qualities of compressed pictures.
 */
#pragma once

/* 1, the fewest bits, to 100; what a net is told of it is 0 to 1. */
#define RW_QUALITY_LOW 1
#define RW_QUALITY_HIGH 100

double rw_compress_to_plane (double quality);
