/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "base/sort.h"

#include <stdlib.h>

void
rw_sort (gpointer items, gsize n, gsize size, RwCompare compare)
{
  if (n > 1)
    qsort (items, n, size, compare);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  return rw_compare (*(const double *) a, *(const double *) b);
}

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  return rw_compare ((double) *(const float *) a, (double) *(const float *) b);
}

void
rw_sort_doubles (double *values, gsize n)
{
  rw_sort (values, n, sizeof *values, compare_doubles);
}

void
rw_sort_floats (float *values, gsize n)
{
  rw_sort (values, n, sizeof *values, compare_floats);
}
