/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How much is wrong in most places of a picture.
 */
#pragma once

#include "tasks/sample.h"

/* In 1/255: the median over squares of 12 px a side of the root mean square
 * difference of @a and @b, which are of one size.  Scratches and dust lie in few
 * of them and hardly count. */
double rw_typical_error (const RwSample *a, const RwSample *b);
