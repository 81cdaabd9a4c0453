/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "base/sort.h"

#include "base/random.h"

static int
compare_chars (gconstpointer a, gconstpointer b)
{
  return rw_compare (*(const char *) a, *(const char *) b);
}

/* UBSan stops at a NULL where the C library takes none. */
static void
test_nothing (void)
{
  rw_sort (NULL, 0, 1, compare_chars);
  rw_sort_doubles (NULL, 0);
  rw_sort_floats (NULL, 0);
}

static void
test_numbers (void)
{
  double doubles[100];
  float floats[100];
  double sum = 0, sum_sorted = 0;

  for (guint64 i = 0; i < 100; i++) {
    doubles[i] = (double) rw_random_below (7, i, 50) - 25;
    floats[i] = (float) doubles[i];
    sum += doubles[i];
  }
  rw_sort_doubles (doubles, 100);
  rw_sort_floats (floats, 100);
  for (int i = 0; i < 100; i++) {
    sum_sorted += doubles[i];
    g_assert_cmpfloat (doubles[i], ==, (double) floats[i]);
    if (i > 0)
      g_assert_cmpfloat (doubles[i - 1], <=, doubles[i]);
  }
  g_assert_cmpfloat (sum, ==, sum_sorted);
}

static void
test_order (void)
{
  char text[] = "weaver";

  rw_sort (text, 6, 1, compare_chars);
  g_assert_cmpstr (text, ==, "aeervw");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sort/nothing", test_nothing);
  g_test_add_func ("/sort/numbers", test_numbers);
  g_test_add_func ("/sort/order", test_order);
  return g_test_run ();
}
