/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * weights/half.h: all 65 536 bit patterns against the definition in double,
 * and rounding to the nearest.
 */
#include "base/random.h"
#include "weights/half.h"

#include <glib.h>

/* What 1 + @exponent_bits + @fraction_bits mean, from the definition. */
static double
decode (guint16 bits, int exponent_bits, int fraction_bits)
{
  const int fraction = bits & ((1 << fraction_bits) - 1);
  const int exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const double sign = bits >> 15 ? -1 : 1;

  if (exponent == (1 << exponent_bits) - 1)
    return fraction ? (double) NAN : sign * (double) INFINITY;
  if (exponent == 0)
    return sign * ldexp (fraction, 1 - bias - fraction_bits);
  return sign * ldexp (fraction + (1 << fraction_bits),
                       exponent - bias - fraction_bits);
}

static void
test_half_decode (void)
{
  for (int i = 0; i < 65536; i++) {
    const double half = decode ((guint16) i, 5, 10);
    const double bfloat = decode ((guint16) i, 8, 7);
    const float as_half = rw_half_to_float ((guint16) i);
    const float as_bfloat = rw_bfloat_to_float ((guint16) i);
    g_assert_true (isnan (half) ? isnan (as_half) : half == (double) as_half);
    g_assert_true (isnan (bfloat) ? isnan (as_bfloat)
                                  : bfloat == (double) as_bfloat);
    g_assert_true (isnan (half) || !signbit (half) == !signbit (as_half));
    if (!isnan (half))
      g_assert_cmphex (rw_half_from_float (as_half), ==, i);
    if (!isnan (bfloat))
      g_assert_cmphex (rw_bfloat_from_float (as_bfloat), ==, i);
  }
}

/* Whether @found is nearer to @value, clipped to @max, than its neighbours
 * are; a tie goes to the even one. */
static void
check_rounding (float value, guint16 found, int exponent_bits, double max)
{
  const int fraction_bits = 15 - exponent_bits;
  const double wanted = CLAMP ((double) value, -max, max);
  const double error =
      fabs (decode (found, exponent_bits, fraction_bits) - wanted);

  for (int step = -1; step <= 1; step += 2) {
    const guint16 other = (guint16) (found + step);
    const double there = decode (other, exponent_bits, fraction_bits);
    if (((other ^ found) & 0x8000) != 0 || !isfinite (there))
      continue;
    const double its_error = fabs (there - wanted);
    if (error < its_error || (error == its_error && found % 2 == 0))
      continue;
    g_error ("%a became %04x, nearer is %04x", (double) value, found, other);
  }
}

static void
check_both_roundings (float value)
{
  if (!isfinite (value))
    return;
  const guint16 half = rw_half_from_float (value);
  const guint16 bfloat = rw_bfloat_from_float (value);

  g_assert_true (isfinite (decode (half, 5, 10)));
  g_assert_true (isfinite (decode (bfloat, 8, 7)));
  g_assert_cmpint (half >> 15, ==, signbit (value) != 0);
  g_assert_cmpint (bfloat >> 15, ==, signbit (value) != 0);
  check_rounding (value, half, 5, 65504);
  check_rounding (value, bfloat, 8, 0x1.fep127);
}

static void
test_half_round (void)
{
  for (guint32 i = 0; i < 200000; i++) /* any bits at all */
    check_both_roundings (
        rw_float_from_bits ((guint32) rw_random_bits (1, i)));
  for (int i = 0; i < 0x7bff; i++) { /* halves, ties and their neighbours */
    const float low = rw_half_to_float ((guint16) i);
    const float high = rw_half_to_float ((guint16) (i + 1));
    const float middle = (low + high) / 2;
    check_both_roundings (middle);
    check_both_roundings (nextafterf (middle, INFINITY));
    check_both_roundings (-nextafterf (middle, 0));
  }
  g_assert_cmphex (rw_half_from_float (65519.996f), ==, 0x7bff);
  g_assert_cmphex (rw_half_from_float (65520.0f), ==, 0x7bff);
  g_assert_cmphex (rw_half_from_float (-1e30f), ==, 0xfbff);
  g_assert_cmphex (rw_half_from_float (0x1p-25f), ==, 0);
  g_assert_cmphex (rw_half_from_float (0x1.8p-25f), ==, 1);
  g_assert_cmphex (rw_half_from_float (-INFINITY), ==, 0xfc00);
  g_assert_cmphex (rw_bfloat_from_float (3.4e38f), ==, 0x7f7f);
  g_assert_cmphex (rw_bfloat_from_float (INFINITY), ==, 0x7f80);
  g_assert_true (isnan (rw_half_to_float (rw_half_from_float (NAN))));
  g_assert_true (isnan (rw_bfloat_to_float (rw_bfloat_from_float (NAN))));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/half/decode", test_half_decode);
  g_test_add_func ("/half/round", test_half_round);
  return g_test_run ();
}
