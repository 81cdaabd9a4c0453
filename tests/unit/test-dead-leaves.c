/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/data/dead-leaves.c: a pure function whose pictures have edges like
 * photographs.
 */
#include "train/data/dead-leaves.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

enum { SEED = 15, SIDE = 128 };

static RwPicture *
make (guint64 seed, guint64 index, int width, int height)
{
  g_autoptr (GError) error = NULL;
  RwPicture *picture = rw_dead_leaves_new (seed, index, width, height, &error);

  g_assert_no_error (error);
  g_assert_cmpint (picture->width, ==, width);
  g_assert_cmpint (picture->height, ==, height);
  g_assert_cmpint (picture->channels, ==, 3);
  g_assert_cmpint (picture->depth, ==, 8);
  return picture;
}

static gboolean
is_same (const RwPicture *a, const RwPicture *b)
{
  return memcmp (a->data, b->data, (gsize) a->width * (gsize) a->height * 3) ==
         0;
}

static void
test_pure (void)
{
  g_autoptr (RwPicture) first = make (SEED, 3, SIDE, SIDE);
  g_autoptr (RwPicture) again = make (SEED, 3, SIDE, SIDE);
  g_autoptr (RwPicture) other_index = make (SEED, 4, SIDE, SIDE);
  g_autoptr (RwPicture) other_seed = make (SEED + 1, 3, SIDE, SIDE);

  g_assert_true (is_same (first, again));
  g_assert_false (is_same (first, other_index));
  g_assert_false (is_same (first, other_seed));
}

static void
make_item (int item, int worker, void *data)
{
  RwPicture **pictures = data;

  pictures[item] = make (SEED, (guint64) item, 40, 30);
}

static void
test_threads (void)
{
  RwPicture *pictures[6];

  rw_parallel_set_threads (3);
  rw_parallel_for (6, make_item, pictures);
  rw_parallel_set_threads (0);
  for (int i = 0; i < 6; i++) {
    g_autoptr (RwPicture) alone = make (SEED, (guint64) i, 40, 30);
    g_assert_true (is_same (alone, pictures[i]));
    rw_picture_free (pictures[i]);
  }
}

/* Differences of neighbours: mostly small, now and then an edge, which no
 * noise has; and the picture uses a good part of the range. */
static void
test_statistics (void)
{
  double mean = 0, squares = 0, fourth = 0, value = 0, value_squares = 0;
  int n = 0, n_values = 0;

  for (guint64 index = 0; index < 6; index++) {
    g_autoptr (RwPicture) picture = make (SEED, index, SIDE, SIDE);
    const guint8 *data = picture->data;
    for (int i = 0; i < SIDE * SIDE * 3; i++) {
      value += data[i];
      value_squares += (double) data[i] * data[i];
      n_values++;
      if (i % (SIDE * 3) < 3)
        continue;
      const double d = (double) data[i] - data[i - 3];
      mean += d;
      squares += d * d;
      fourth += d * d * d * d;
      n++;
    }
  }
  mean /= n;
  value /= n_values;
  const double kurtosis = fourth / n / (squares / n * squares / n);
  const double deviation = sqrt (value_squares / n_values - value * value);
  g_test_message ("seed %d: kurtosis %g, mean %g, deviation %g", SEED,
                  kurtosis, value, deviation);
  g_assert_cmpfloat (fabs (mean), <, 1);
  g_assert_cmpfloat (kurtosis, >, 6);
  g_assert_cmpfloat (value, >, 70);
  g_assert_cmpfloat (value, <, 185);
  g_assert_cmpfloat (deviation, >, 35);
}

static void
test_sizes (void)
{
  static const int sizes[][2] = { { 1, 1 }, { 1, 40 }, { 40, 1 }, { 17, 5 } };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (RwPicture) picture = make (SEED, 0, sizes[i][0], sizes[i][1]);
    g_assert_nonnull (picture->data);
  }
  g_assert_null (rw_dead_leaves_new (SEED, 0, 8193, 10, &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "8193 x 10"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dead-leaves/pure", test_pure);
  g_test_add_func ("/dead-leaves/threads", test_threads);
  g_test_add_func ("/dead-leaves/statistics", test_statistics);
  g_test_add_func ("/dead-leaves/sizes", test_sizes);
  return g_test_run ();
}
