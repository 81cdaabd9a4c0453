/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * base/field.c: what is read, what is refused and how, and that what is printed
 * is read again.
 */
#include "base/field.h"

#include "base/random.h"
#include "scratch.h"

#include <math.h>
#include <string.h>

static const char *const words[] = { "same", "valid", NULL };

static const RwField side = {
  .name = "k", .kind = RW_FIELD_INT, .low = 1, .high = 15
};
static const RwField seed = {
  .name = "seed", .kind = RW_FIELD_COUNT, .low = 0, .high = 9007199254740992
};
static const RwField rate = {
  .name = "lr", .kind = RW_FIELD_REAL, .low = 1e-9, .high = 10
};
static const RwField radius = {
  .name = "radius", .unit = "px", .kind = RW_FIELD_REAL, .low = -0.5, .high = 4
};
static const RwField pad = { .name = "pad",
                             .kind = RW_FIELD_CHOICE,
                             .words = words };
static const RwField title = { .name = "title", .kind = RW_FIELD_TEXT };

/* ---- reading ------------------------------------------------------------ */

static void
test_reads (void)
{
  static const struct {
    const RwField *field;
    const char *text;
    double value;
  } good[] = {
    { &side, "3", 3 },           { &side, "15", 15 },
    { &side, "1e1", 10 },        { &side, "+7", 7 },
    { &side, "5.0", 5 },         { &seed, "9007199254740992", 0x1p53 },
    { &rate, "2.5e-4", 2.5e-4 }, { &rate, "10", 10 },
    { &rate, ".5", 0.5 },        { &radius, "-0.5", -0.5 },
    { &pad, "same", 0 },         { &pad, "valid", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    GError *error = NULL;
    double value = NAN;
    g_assert_true (
        rw_field_parse (good[i].field, good[i].text, &value, &error));
    g_assert_no_error (error);
    g_assert_cmpfloat (value, ==, good[i].value);
  }
}

static void
test_refuses (void)
{
  static const struct {
    const RwField *field;
    const char *text, *message;
  } bad[] = {
    { &side, "16",
      "k: found \"16\", expected a whole number from 1 to 15; change it" },
    { &side, "0", "k: found \"0\", expected a whole" },
    { &side, "2.5", "k: found \"2.5\", expected a whole" },
    { &side, "", "k: found \"\", expected a whole" },
    { &side, "3x", "k: found \"3x\", expected a whole" },
    { &side, "3 ", "k: found \"3 \", expected a whole" },
    { &side, "nan", "k: found \"nan\"" },
    { &seed, "9007199254740994", "from 0 to 9007199254740992; change it" },
    { &seed, "-1", "seed: found \"-1\"" },
    { &rate, "0", "lr: found \"0\", expected a number from 1e-9 to 10; " },
    { &rate, "inf", "lr: found \"inf\"" },
    { &rate, "0x", "lr: found \"0x\"" },
    { &rate, "\xff", "lr: found \"\xef\xbf\xbd\"" },
    { &radius, "5", "expected a number from -0.5 to 4 (px); change it" },
    { &pad, "sme",
      "pad: found \"sme\", expected one of same, valid; did you mean "
      "\"same\"?" },
    { &pad, "everywhere", "expected one of same, valid; change it" },
    { &pad, "", "pad: found \"\", expected one of" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    GError *error = NULL;
    double value = 42;
    g_assert_false (
        rw_field_parse (bad[i].field, bad[i].text, &value, &error));
    g_assert_cmpfloat (value, ==, 42);
    assert_error (&error, RW_ERROR_FORMAT, bad[i].message);
  }
}

/* No message has a text of any length. */
static void
test_long_text (void)
{
  g_autofree char *text = g_strnfill (10000, '7');
  const RwField *const all[] = { &side, &seed, &rate, &pad };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    g_autoptr (GError) error = NULL;
    double value = 0;
    g_assert_false (rw_field_parse (all[i], text, &value, &error));
    g_assert_cmpuint (strlen (error->message), <, 200);
  }
}

static void
test_scan (void)
{
  const char *text = "0.25*l1", *end = NULL;
  GError *error = NULL;
  double value = 0;

  g_assert_true (rw_field_scan (&rate, text, &end, &value, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (value, ==, 0.25);
  g_assert_true (end == text + 4);
  g_assert_false (rw_field_scan (&rate, "11 + l1", &end, &value, &error));
  assert_error (&error, RW_ERROR_FORMAT, "lr: found \"11\", expected");
  g_assert_cmpfloat (value, ==, 0.25);
  g_assert_true (end == text + 4);
}

static void
test_check (void)
{
  GError *error = NULL;

  g_assert_true (rw_field_check (&radius, 4, &error));
  g_assert_true (rw_field_check (&side, 15, &error));
  g_assert_no_error (error);
  g_assert_false (rw_field_check (&radius, 4.5, &error));
  assert_error (
      &error, RW_ERROR_MISMATCH,
      "radius: found \"4.5\", expected a number from -0.5 to 4 (px)");
  g_assert_false (rw_field_check (&radius, NAN, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "radius: found \"nan\"");
  g_assert_false (rw_field_check (&side, 2.5, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "expected a whole number");
}

/* ---- keeping and printing ----------------------------------------------- */

static void
test_members (void)
{
  struct {
    int side, pad;
    guint64 seed;
    double rate;
  } kept = { 0 };

  rw_field_set (&side, &kept.side, 7);
  rw_field_set (&pad, &kept.pad, 1);
  rw_field_set (&seed, &kept.seed, 0x1p53);
  rw_field_set (&rate, &kept.rate, 0.1);
  g_assert_cmpint (kept.side, ==, 7);
  g_assert_cmpint (kept.pad, ==, 1);
  g_assert_cmpuint (kept.seed, ==, G_GUINT64_CONSTANT (1) << 53);
  g_assert_cmpfloat (kept.rate, ==, 0.1);
  g_assert_cmpfloat (rw_field_get (&side, &kept.side), ==, 7);
  g_assert_cmpfloat (rw_field_get (&pad, &kept.pad), ==, 1);
  g_assert_cmpfloat (rw_field_get (&seed, &kept.seed), ==, 0x1p53);
  g_assert_cmpfloat (rw_field_get (&rate, &kept.rate), ==, 0.1);
}

static void
assert_prints (const RwField *field, double value, const char *expected)
{
  g_autofree char *text = rw_field_print (field, value);

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_range (const RwField *field, const char *expected)
{
  g_autofree char *text = rw_field_describe_range (field);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_prints (void)
{
  assert_prints (&side, 3, "3");
  assert_prints (&seed, 1e9, "1000000000");
  assert_prints (&seed, 0x1p53, "9007199254740992");
  assert_prints (&rate, 0.001, "0.001");
  assert_prints (&rate, 1e-8, "1e-8");
  assert_prints (&rate, 1.5e-10, "1.5e-10");
  assert_prints (&rate, 1e20, "1e20");
  assert_prints (&rate, 1000, "1000");
  assert_prints (&rate, 0, "0");
  assert_prints (&pad, 1, "valid");
  assert_range (&side, "1..15");
  assert_range (&seed, "0..9007199254740992");
  assert_range (&rate, "1e-9..10");
  assert_range (&pad, "same|valid");
  assert_range (&title, "text");
}

static void
test_round_trip (void)
{
  const RwField any = {
    .name = "any", .kind = RW_FIELD_REAL, .low = -1e300, .high = 1e300
  };

  for (guint64 i = 0; i < 20000; i++) {
    const guint64 key = rw_random_key (24, i);
    const double part = rw_random_below (key, 0, 1u << 31) - 0x1p30,
                 value =
                     ldexp (part, (int) rw_random_below (key, 1, 1000) - 500);
    g_autofree char *text = rw_field_print (&any, value);
    double again = NAN;
    g_assert_true (rw_field_parse (&any, text, &again, NULL));
    g_assert_cmpfloat (value, ==, again);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/field/reads", test_reads);
  g_test_add_func ("/field/refuses", test_refuses);
  g_test_add_func ("/field/long-text", test_long_text);
  g_test_add_func ("/field/scan", test_scan);
  g_test_add_func ("/field/check", test_check);
  g_test_add_func ("/field/members", test_members);
  g_test_add_func ("/field/prints", test_prints);
  g_test_add_func ("/field/round-trip", test_round_trip);
  return g_test_run ();
}
