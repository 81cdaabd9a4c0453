/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Random numbers: known answers, evenness, normal moments and tails, and that
 * cutting a range changes nothing.  All seeds are fixed, so that a bound that
 * holds once holds always; bounds are four to five standard deviations.
 */
#include "base/random.h"

#include <math.h>
#include <string.h>

/* SplitMix64 from state 0, as published with the generator. */
static void
test_known_answers (void)
{
  static const guint64 want[] = {
    G_GUINT64_CONSTANT (0xe220a8397b1dcdaf),
    G_GUINT64_CONSTANT (0x6e789e6aa1b965f4),
    G_GUINT64_CONSTANT (0x06c45d188009454f),
    G_GUINT64_CONSTANT (0xf88bb8a8724c81ec),
    G_GUINT64_CONSTANT (0x1b39896a51a8749b),
  };
  for (guint i = 0; i < G_N_ELEMENTS (want); i++)
    g_assert_cmphex (rw_random_bits (0, i), ==, want[i]);
}

static void
test_uniform (void)
{
  enum { N = 200000, BINS = 64 };
  const guint64 key = rw_random_key (7, 1);
  guint bins[BINS] = { 0 };
  double sum = 0, chi2 = 0;

  for (guint64 i = 0; i < N; i++) {
    const float u = rw_random_uniform (key, i);
    g_assert_true (u >= 0 && u < 1);
    g_assert_true (ldexpf (u, 24) == floorf (ldexpf (u, 24)));
    bins[(int) (u * BINS)]++;
    sum += (double) u;
  }
  for (int i = 0; i < BINS; i++)
    chi2 += pow (bins[i] - (double) N / BINS, 2) / ((double) N / BINS);
  g_assert_cmpfloat (fabs (sum / N - 0.5), <, 5 / sqrt (12.0 * N));
  g_assert_cmpfloat (chi2, <, BINS - 1 + 5 * sqrt (2.0 * (BINS - 1)));
  g_assert_cmpfloat (chi2, >, BINS - 1 - 5 * sqrt (2.0 * (BINS - 1)));
}

static void
test_below (void)
{
  static const guint32 limits[] = { 1, 2,    3,           7,
                                    8, 1000, 0x80000001u, G_MAXUINT32 };
  const guint64 key = rw_random_key (3, 9);
  guint counts[7] = { 0 };

  for (guint l = 0; l < G_N_ELEMENTS (limits); l++)
    for (guint64 i = 0; i < 2000; i++)
      g_assert_cmpuint (rw_random_below (key, i, limits[l]), <, limits[l]);
  for (guint64 i = 0; i < 70000; i++)
    counts[rw_random_below (key, i, 7)]++;
  for (int i = 0; i < 7; i++)
    g_assert_cmpfloat (fabs (counts[i] - 10000.0), <,
                       5 * sqrt (10000 * 6 / 7.0));
}

/* Keys differ in every pair of nearby seeds and streams, and their sequences
 * are not shifted copies of each other. */
static void
test_keys (void)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint64 seed = 0; seed < 100; seed++)
    for (guint64 stream = 0; stream < 100; stream++) {
      const guint64 key = rw_random_key (seed, stream);
      g_assert_cmphex (key, ==, rw_random_key (seed, stream));
      g_assert_true (g_hash_table_add (seen, g_memdup2 (&key, sizeof key)));
    }
  g_hash_table_remove_all (seen);
  for (guint64 stream = 0; stream < 100; stream++)
    for (guint64 i = 0; i < 200; i++) {
      const guint64 bits = rw_random_bits (rw_random_key (1, stream), i);
      g_assert_true (g_hash_table_add (seen, g_memdup2 (&bits, sizeof bits)));
    }
}

/* Neighbours in index, key and stream are uncorrelated. */
static void
test_independence (void)
{
  enum { N = 100000 };
  double index = 0, stream = 0, step = 0;
  for (guint64 i = 0; i < N; i++) {
    const double u =
        (double) rw_random_uniform (rw_random_key (5, 0), i) - 0.5;
    index +=
        u * ((double) rw_random_uniform (rw_random_key (5, 0), i + 1) - 0.5);
    stream += u * ((double) rw_random_uniform (rw_random_key (5, 1), i) - 0.5);
    step += ((double) rw_random_uniform (rw_random_key (i, 0), 0) - 0.5) *
            ((double) rw_random_uniform (rw_random_key (i + 1, 0), 0) - 0.5);
  }
  const double bound = 5 / 12.0 * sqrt (N);
  g_assert_cmpfloat (fabs (index), <, bound);
  g_assert_cmpfloat (fabs (stream), <, bound);
  g_assert_cmpfloat (fabs (step), <, bound);
}

/* ---- normal numbers ---------------------------------------------------- */

static void
test_moments (void)
{
  enum { N = 1000000 };
  g_autofree float *x = g_new (float, N);
  double moment[5] = { 0 }, lag[3] = { 0 };

  rw_random_gaussian (rw_random_key (11, 2), 0, x, N);
  for (int i = 0; i < N; i++) {
    const double v = (double) x[i];
    for (int k = 1; k <= 4; k++)
      moment[k] += pow (v, k) / N;
    for (int k = 1; k <= 2 && i + k < N; k++)
      lag[k] += v * (double) x[i + k] / N;
  }
  g_assert_cmpfloat (fabs (moment[1]), <, 5 / sqrt (N));
  g_assert_cmpfloat (fabs (moment[2] - 1), <, 5 * sqrt (2.0 / N));
  g_assert_cmpfloat (fabs (moment[3]), <, 5 * sqrt (15.0 / N));
  g_assert_cmpfloat (fabs (moment[4] - 3), <, 5 * sqrt (96.0 / N));
  g_assert_cmpfloat (fabs (lag[1]), <, 5 / sqrt (N));
  g_assert_cmpfloat (fabs (lag[2]), <, 5 / sqrt (N));
}

/* Share of values above t, for t from -4 to 4, against erfc. */
static void
test_tail (void)
{
  enum { N = 1000000 };
  g_autofree float *x = g_new (float, N);
  rw_random_gaussian (rw_random_key (12, 2), 0, x, N);
  for (int t = -8; t <= 8; t++) {
    const double p = 0.5 * erfc (t / 2.0 / sqrt (2));
    int above = 0;
    for (int i = 0; i < N; i++) {
      g_assert_true (isfinite (x[i]) && fabsf (x[i]) < 9);
      above += (double) x[i] > t / 2.0;
    }
    g_assert_cmpfloat (fabs (above - N * p), <,
                       5 * sqrt (N * p * (1 - p)) + 1);
  }
}

/* Any cut of the sequence gives the same bits: odd starts, odd lengths, far
 * starts, cuts on and beside the blocks that the sequence is made in. */
static void
test_cuts (void)
{
  enum { N = 700 };
  static const guint64 starts[] = { 0, 1, 2, 1000001,
                                    G_GUINT64_CONSTANT (1) << 40 };
  static const int lengths[] = { 0,  1,   2,   3,   38,  63, 64,
                                 65, 127, 128, 129, 200, 257 };
  const guint64 key = rw_random_key (4, 4);
  for (guint s = 0; s < G_N_ELEMENTS (starts); s++) {
    float whole[N], part[N + 1];
    rw_random_gaussian (key, starts[s], whole, N);
    for (int first = 0; first < 400; first += first < 40 ? 1 : 7)
      for (guint l = 0; l < G_N_ELEMENTS (lengths); l++) {
        const int n = lengths[l];
        part[n] = 123;
        rw_random_gaussian (key, starts[s] + (guint64) first, part, (gsize) n);
        g_assert_cmpmem (part, n * sizeof (float), whole + first,
                         n * sizeof (float));
        g_assert_true (part[n] == 123);
      }
  }
}

/* The formula in double: u from the upper 24 of a pair's bits, the turn from
 * bits 8 to 31.  Recipes name seeds, so the sequence is part of the format. */
static void
test_formula (void)
{
  enum { PAIRS = 200000 };
  const guint64 key = rw_random_key (9, 1);
  g_autofree float *x = g_new (float, 2 * PAIRS);
  rw_random_gaussian (key, 0, x, 2 * PAIRS);
  for (guint64 i = 0; i < PAIRS; i++) {
    const guint64 bits = rw_random_bits (key, i);
    const double u = ldexp ((double) ((float) (bits >> 40) + 0.5f), -24);
    const double turn =
        2 * G_PI * ldexp ((double) (bits >> 8 & 0xffffff), -24);
    const double radius = sqrt (-2 * log (u));
    g_assert_cmpfloat (fabs ((double) x[2 * i] - radius * cos (turn)), <,
                       3e-6);
    g_assert_cmpfloat (fabs ((double) x[2 * i + 1] - radius * sin (turn)), <,
                       3e-6);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/random/known-answers", test_known_answers);
  g_test_add_func ("/random/uniform", test_uniform);
  g_test_add_func ("/random/below", test_below);
  g_test_add_func ("/random/keys", test_keys);
  g_test_add_func ("/random/independence", test_independence);
  g_test_add_func ("/random/gaussian/moments", test_moments);
  g_test_add_func ("/random/gaussian/tail", test_tail);
  g_test_add_func ("/random/gaussian/cuts", test_cuts);
  g_test_add_func ("/random/gaussian/formula", test_formula);
  return g_test_run ();
}
