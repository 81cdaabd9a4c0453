/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * restore/change.h against its plain twin, weights/half.h.
 */
#include "restore/change.h"

#include "base/random.h"

#define N 4096

static void
assert_packs (const float *values, gsize n)
{
  guint16 kept[N];

  rw_change_pack (kept, values, n);
  for (gsize i = 0; i < n; i++)
    g_assert_cmphex (kept[i], ==, rw_half_from_float (values[i]));
}

/* All halves that are finite. */
static void
test_unpack (void)
{
  for (guint first = 0; first < 65536; first += N) {
    guint16 kept[N], again[N];
    float values[N];

    if ((first & 0x7c00) == 0x7c00)
      continue;
    for (guint i = 0; i < N; i++)
      kept[i] = (guint16) (first + i);
    rw_change_unpack (values, kept, N);
    rw_change_pack (again, values, N);
    for (guint i = 0; i < N; i++)
      if ((kept[i] & 0x7c00) != 0x7c00) {
        g_assert_cmpfloat (values[i], ==, rw_half_to_float (kept[i]));
        g_assert_cmphex (again[i], ==, kept[i]);
      }
  }
}

/* Floats of all sizes, and those around the halves and half way between. */
static void
test_pack (void)
{
  float values[N];

  for (guint64 round = 0; round < 64; round++) {
    for (guint64 i = 0; i < N; i++) {
      const guint32 bits = rw_random_below (round, 2 * i, 1 << 16) << 16 |
                           rw_random_below (round, 2 * i + 1, 1 << 16);
      values[i] =
          (bits & 0x7f800000) == 0x7f800000 ? 0 : rw_float_from_bits (bits);
    }
    assert_packs (values, N);
  }
  for (guint half = 0; half < 0x7bff; half++) {
    const float low = rw_half_to_float ((guint16) half),
                high = rw_half_to_float ((guint16) (half + 1)),
                middle = low + (high - low) / 2;
    const float near[] = {
      low,     nextafterf (low, INFINITY),    nextafterf (middle, 0), middle,
      -middle, nextafterf (middle, INFINITY), nextafterf (high, 0),   -high
    };
    assert_packs (near, G_N_ELEMENTS (near));
  }
  const float large[] = { 65504, 65519, 65520, -65536, 1e30f, -1e38f };
  assert_packs (large, G_N_ELEMENTS (large));
}

/* The promise: 1/2048 of itself, or half of the smallest step. */
static void
test_error (void)
{
  float values[N], back[N];
  guint16 kept[N];

  for (guint64 i = 0; i < N; i++)
    values[i] = 2 * rw_random_uniform (3, i) - 1;
  rw_change_pack (kept, values, N);
  rw_change_unpack (back, kept, N);
  for (int i = 0; i < N; i++)
    g_assert_true (fabsf (back[i] - values[i]) <=
                   fabsf (values[i]) / 2048 + 0x1p-25f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/change/unpack", test_unpack);
  g_test_add_func ("/change/pack", test_pack);
  g_test_add_func ("/change/error", test_error);
  return g_test_run ();
}
