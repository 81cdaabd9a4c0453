/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Batch files of CIFAR-10's binary version: records of 3073 bytes, a label
 * 0..9 and 32 x 32 bytes each of red, green and blue, rows from the top.
 * Source: Krizhevsky 2009, "Learning multiple layers of features from tiny
 * images", and the page that gives the files.
 */
#pragma once

#include "io/picture.h"

#define RW_CIFAR_SIDE 32

/* How many pictures the file has.  RW_ERROR_FORMAT when its size is not that
 * of one or more whole records, _LIMIT above a million of them. */
gboolean rw_cifar_count (const char *path, int *n, GError **error);

/* Picture @record, from 0: RGB of 8 bits.  RW_ERROR_IO when the file cannot be
 * read there, _FORMAT when its label is none. (transfer full) */
RwPicture *rw_cifar_read (const char *path, int record, GError **error);
