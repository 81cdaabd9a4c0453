/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * PNG's filters (PNG specification, section 9): a byte becomes its difference
 * to what its neighbours say it might be.
 */
#pragma once

#include <glib.h>

enum { RW_PNG_FILTERS = 5 };

/* Filters a row of @n bytes by whichever filter makes the sum of absolute
 * differences smallest (the specification's advice, section 12.8).
 *
 * @out: [1 + @n], the filter's number and what it made.
 * @above: the row above, of zeros for the first one.
 * @step: bytes of a pixel, 1..8.
 * @scratch: [RW_PNG_FILTERS * @n] */
void rw_png_filter (guint8 *out,
                    const guint8 *row,
                    const guint8 *above,
                    gsize n,
                    gsize step,
                    guint8 *scratch);
