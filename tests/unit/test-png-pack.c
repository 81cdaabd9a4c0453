/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * io/png-filter.c against the specification's formulas; io/png-pack.c: the
 * same bytes for any number of workers, and no more of them than is due.
 */
#include "base/parallel.h"
#include "io/png-filter.h"
#include "pictures.h"

#include <stdlib.h>

enum { MAX_ROW = 300 };

/* PNG specification, 9.4 */
static int
predict_paeth (int a, int b, int c)
{
  const int p = a + b - c;
  const int pa = abs (p - a), pb = abs (p - b), pc = abs (p - c);

  if (pa <= pb && pa <= pc)
    return a;
  return pb <= pc ? b : c;
}

/* What filter @f takes off byte @i. */
static int
predict (int f, const guint8 *row, const guint8 *above, int i, int step)
{
  const int a = i < step ? 0 : row[i - step], b = above[i];
  const int c = i < step ? 0 : above[i - step];

  return f == 0   ? 0
         : f == 1 ? a
         : f == 2 ? b
         : f == 3 ? (a + b) / 2
                  : predict_paeth (a, b, c);
}

static int
sum_filtered (int f, const guint8 *row, const guint8 *above, int n, int step)
{
  int sum = 0;

  for (int i = 0; i < n; i++)
    sum += abs ((gint8) (row[i] - predict (f, row, above, i, step)));
  return sum;
}

/* Rows for which each of the filters is the best one now and then. */
static guint8
get_byte (int kind, int i, int step)
{
  const guint8 noise =
      (guint8) rw_random_bits (SEED, (guint64) (kind * 997 + i));

  switch (kind % 4) {
  case 0:
    return noise;
  case 1:
    return (guint8) (i * 3 + noise % 4);
  case 2:
    return (guint8) (noise % 2 * 255);
  default:
    return (guint8) (i / step * 7 + kind);
  }
}

static void
check_row (int kind, int n, int step, int counts[RW_PNG_FILTERS])
{
  guint8 row[MAX_ROW] = { 0 }, above[MAX_ROW] = { 0 }, out[MAX_ROW + 1];
  guint8 scratch[RW_PNG_FILTERS * MAX_ROW];
  int least = G_MAXINT;

  for (int i = 0; i < n; i++) {
    above[i] = kind % 7 ? get_byte (kind / 4, i, step) : 0;
    row[i] = kind % 5 ? (guint8) (above[i] + get_byte (kind, i, step) % 16)
                      : get_byte (kind, i, step);
  }
  rw_png_filter (out, row, above, (gsize) n, (gsize) step, scratch);
  g_assert_cmpint (out[0], <, RW_PNG_FILTERS);
  for (int i = 0; i < n; i++)
    g_assert_cmpint (
        (guint8) (out[1 + i] + predict (out[0], row, above, i, step)), ==,
        row[i]);
  for (int f = 0; f < RW_PNG_FILTERS; f++)
    least = MIN (least, sum_filtered (f, row, above, n, step));
  g_assert_cmpint (sum_filtered (out[0], row, above, n, step), ==, least);
  counts[out[0]]++;
}

static void
test_filter (void)
{
  int counts[RW_PNG_FILTERS] = { 0 };

  for (int step = 1; step <= 8; step++)
    for (int kind = 0; kind < 200; kind++)
      check_row (kind, step * (1 + kind % (MAX_ROW / step)), step, counts);
  for (int f = 0; f < RW_PNG_FILTERS; f++)
    g_assert_cmpint (counts[f], >, 0);
}

static gsize
save (const RwPicture *picture, const char *path, char **bytes)
{
  GError *error = NULL;
  gsize n;

  rw_picture_save (picture, path, 0, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, bytes, &n, NULL));
  return n;
}

/* Many groups and batches of them, and a last one that is not full. */
static void
test_workers (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");
  g_autoptr (RwPicture) waves = make_waves (1000, 1501, 3);
  g_autoptr (RwPicture) noise = make_noise (33000, 21, 4, 16);
  const RwPicture *const pictures[] = { waves, noise };

  for (int i = 0; i < 2; i++) {
    g_autofree char *expected = NULL;
    gsize n = 0;
    for (int threads = 1; threads <= 5; threads++) {
      g_autofree char *bytes = NULL;
      rw_parallel_set_threads (threads);
      const gsize m = save (pictures[i], path, &bytes);
      if (threads == 1) {
        n = m;
        expected = g_steal_pointer (&bytes);
      } else {
        g_assert_cmpmem (bytes, m, expected, n);
      }
    }
    g_autoptr (RwPicture) back = load (path);
    assert_same_pixels (pictures[i], back);
  }
  rw_parallel_set_threads (0);
}

/* Noise stays as it is; what is plain, or comes again further up, shrinks. */
static void
test_sizes (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");
  g_autofree char *bytes = NULL, *plain = NULL, *again = NULL;
  g_autoptr (RwPicture) picture = make_noise (1200, 800, 3, 8);
  const gsize n = get_n_bytes (picture);
  guint8 *samples = picture->data;

  g_assert_cmpuint (save (picture, path, &bytes), <, n + n / 500);
  for (gsize i = 900; i < n; i++)
    samples[i] = samples[i % 900]; /* 300 pixels over and over */
  g_assert_cmpuint (save (picture, path, &again), <, n / 80);
  memset (samples, 77, n);
  g_assert_cmpuint (save (picture, path, &plain), <, n / 500);
}

static void
add (const char *path, void (*test) (Scratch *, gconstpointer))
{
  g_test_add (path, Scratch, NULL, scratch_set_up, test, scratch_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/png-pack/filter", test_filter);
  add ("/png-pack/workers", test_workers);
  add ("/png-pack/sizes", test_sizes);
  return g_test_run ();
}
