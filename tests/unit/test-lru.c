/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * base/lru.c: against a list that is gone through by hand.
 */
#include "base/lru.h"

#include "base/random.h"

typedef struct {
  int number;
  gsize cost;
  int *n_freed;
} Thing;

static void
thing_free (gpointer data)
{
  Thing *thing = data;

  ++*thing->n_freed;
  g_free (thing);
}

static void
add (RwLru *lru, int number, gsize cost, int *n_freed)
{
  Thing *thing = g_new (Thing, 1);

  *thing = (Thing){ .number = number, .cost = cost, .n_freed = n_freed };
  rw_lru_add (lru, &thing->number, thing, cost);
}

static gboolean
has (RwLru *lru, int number)
{
  const Thing *thing = rw_lru_find (lru, &number);

  g_assert_true (thing == NULL || thing->number == number);
  return thing != NULL;
}

static void
test_oldest_first (void)
{
  int n_freed = 0;
  RwLru *lru = rw_lru_new (g_int_hash, g_int_equal, thing_free);

  g_assert_null (rw_lru_steal (lru));
  g_assert_cmpuint (rw_lru_shrink (lru, 0, 0), ==, 0);
  for (int i = 1; i <= 4; i++)
    add (lru, i, 10, &n_freed);
  g_assert_true (has (lru, 1)); /* now 2 is the oldest */
  g_assert_cmpuint (rw_lru_get_cost (lru), ==, 40);
  g_assert_cmpuint (rw_lru_shrink (lru, 30, 0), ==, 1);
  g_assert_false (has (lru, 2));
  const int three = 3;
  g_assert_true (rw_lru_contains (lru, &three)); /* stays the oldest */
  Thing *stolen = rw_lru_steal (lru);
  g_assert_cmpint (stolen->number, ==, 3);
  g_assert_cmpint (n_freed, ==, 1);
  thing_free (stolen);
  g_assert_cmpuint (rw_lru_get_cost (lru), ==, 20);
  g_assert_cmpuint (rw_lru_shrink (lru, 0, 1), ==, 1);
  g_assert_true (has (lru, 1));
  g_assert_cmpuint (rw_lru_get_length (lru), ==, 1);
  rw_lru_free (lru);
  g_assert_cmpint (n_freed, ==, 4);
  rw_lru_free (NULL);
}

/* ---- the list by hand ---------------------------------------------------- */

enum { N_NUMBERS = 30, N_STEPS = 20000 };

typedef struct {
  int n, numbers[N_NUMBERS]; /* the newest first */
  gsize costs[N_NUMBERS];    /* by number */
} List;

static int
list_find (const List *list, int number)
{
  for (int i = 0; i < list->n; i++)
    if (list->numbers[i] == number)
      return i;
  return -1;
}

static void
list_push (List *list, int number)
{
  for (int i = list->n++; i > 0; i--)
    list->numbers[i] = list->numbers[i - 1];
  list->numbers[0] = number;
}

static void
list_take (List *list, int at)
{
  for (list->n--; at < list->n; at++)
    list->numbers[at] = list->numbers[at + 1];
}

static gsize
list_cost (const List *list)
{
  gsize sum = 0;

  for (int i = 0; i < list->n; i++)
    sum += list->costs[list->numbers[i]];
  return sum;
}

/* Does the same to both.  Returns how many things were dropped. */
static int
step (RwLru *lru, List *list, guint64 key, int *n_freed)
{
  const int number = (int) rw_random_below (key, 0, N_NUMBERS);
  const int at = list_find (list, number);

  switch (rw_random_below (key, 1, 4)) {
  case 0: {
    const gsize cost = 1 + rw_random_below (key, 2, 300);
    const guint kept = rw_random_below (key, 3, 4);
    const int before = list->n;
    while (list->n > (int) kept && list_cost (list) > cost)
      list->n--;
    g_assert_cmpint (rw_lru_shrink (lru, cost, kept), ==, before - list->n);
    return before - list->n;
  }
  case 1:
    g_assert_true (has (lru, number) == (at >= 0));
    if (at >= 0) {
      list_take (list, at);
      list_push (list, number);
    }
    break;
  default:
    g_assert_true (rw_lru_contains (lru, &number) == (at >= 0));
    if (at < 0) {
      list->costs[number] = 1 + rw_random_below (key, 2, 40);
      add (lru, number, list->costs[number], n_freed);
      list_push (list, number);
    }
  }
  return 0;
}

static void
test_against_list (void)
{
  int n_freed = 0, n_expected = 0;
  List list = { 0 };
  RwLru *lru = rw_lru_new (g_int_hash, g_int_equal, thing_free);

  for (guint64 i = 0; i < N_STEPS; i++) {
    n_expected += step (lru, &list, rw_random_key (31, i), &n_freed);
    g_assert_cmpint (n_freed, ==, n_expected);
    g_assert_cmpuint (rw_lru_get_length (lru), ==, list.n);
    g_assert_cmpuint (rw_lru_get_cost (lru), ==, list_cost (&list));
  }
  g_assert_cmpint (n_freed, >, 1000);
  while (list.n > 0) {
    Thing *thing = rw_lru_steal (lru);
    g_assert_cmpint (thing->number, ==, list.numbers[--list.n]);
    g_free (thing);
  }
  rw_lru_free (lru);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lru/oldest-first", test_oldest_first);
  g_test_add_func ("/lru/against-list", test_against_list);
  return g_test_run ();
}
