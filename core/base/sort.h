/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Sorting, also of nothing: unlike qsort, all of these take NULL for no items.
 */
#pragma once

#include <glib.h>

/* Less than 0, 0 or more than 0, as the first one belongs before, beside or
 * behind the second. */
typedef int (*RwCompare) (gconstpointer a, gconstpointer b);

/* @n items of @size bytes; in which order equal ones come is not said. */
void rw_sort (gpointer items, gsize n, gsize size, RwCompare compare);

/* From the least one; none may be NaN. */
void rw_sort_doubles (double *values, gsize n);
void rw_sort_floats (float *values, gsize n);

/* An RwCompare's answer for two numbers. */
static inline int
rw_compare (double a, double b)
{
  return (a > b) - (a < b);
}
