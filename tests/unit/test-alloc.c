/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Checked allocation: alignment, zeros, overflow, the cap, and what the error
 * says.
 */
#include "base/alloc.h"
#include "base/amount.h"

#include "reweave.h"

#include <string.h>

static void
test_aligned_and_zero (void)
{
  for (gsize n = 1; n < 70000; n = n * 3 + 1) {
    g_autoptr (GError) error = NULL;
    g_assert_true (rw_check_alloc (n, 1, "a test", &error));
    rw_autofree char *memory = rw_try_alloc (n, 1, "a test", &error);
    g_assert_no_error (error);
    g_assert_nonnull (memory);
    g_assert_cmpuint ((guintptr) memory % 64, ==, 0);
    for (gsize i = 0; i < n; i++)
      g_assert_cmpint (memory[i], ==, 0);
    memset (memory, 0xff, n);
  }
}

static void
expect_refusal (gsize count, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (
      rw_try_alloc (count, size, "a picture of 30000 x 20000", &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "a picture of 30000 x 20000"));
  g_assert_null (strchr (error->message, '\n'));
  g_assert_false (rw_check_alloc (count, size, "it", NULL));
}

static void
test_refusals (void)
{
  static const struct {
    gsize count, size;
  } sizes[] = {
    { G_MAXSIZE, 2 },
    { 2, G_MAXSIZE },
    { G_MAXSIZE, 1 },
    { 1, G_MAXSIZE - 10 },
    { G_MAXSIZE / 4 + 1, 4 },
    { (gsize) 1 << 63, 2 },
    { (gsize) 1 << 32, (gsize) 1 << 32 },
    { G_MAXSIZE / 2 + 2, 1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    expect_refusal (sizes[i].count, sizes[i].size);
  g_assert_null (rw_try_alloc (G_MAXSIZE, 2, "no error wanted", NULL));
  rw_free (NULL);
}

/* Nothing asked for is no error: the result may be freed. */
static void
test_nothing (void)
{
  g_autoptr (GError) error = NULL;
  void *memory = rw_try_alloc (0, 4, "nothing", &error);
  g_assert_no_error (error);
  rw_free (memory);
}

/* REWEAVE_MEMORY is a cap in MiB on one piece. */
static void
test_cap (void)
{
  if (g_test_subprocess ()) {
    expect_refusal (3 << 20, 1);
    expect_refusal ((2 << 20) + 1, 1);
    rw_autofree void *memory = rw_try_alloc (1 << 20, 1, "a test", NULL);
    g_assert_nonnull (memory);
    return;
  }
  static const char *const same[] = { "2", "2M", " 2 MiB ", "2048K" };
  for (guint i = 0; i < G_N_ELEMENTS (same); i++) {
    g_setenv ("REWEAVE_MEMORY", same[i], TRUE);
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_unsetenv ("REWEAVE_MEMORY");
    g_test_trap_assert_passed ();
    g_test_trap_assert_stderr ("");
  }
}

/* A cap that is no number is said once, and caps nothing. */
static void
test_cap_nonsense (void)
{
  static const char *const wrong[] = { "0",     "-1",   "much", "2X",
                                       "1.2.3", "0.5K", "1e3",  "2 Gigs" };

  if (g_test_subprocess ()) {
    for (int i = 0; i < 2; i++) {
      rw_autofree void *memory = rw_try_alloc (3 << 20, 1, "a test", NULL);
      g_assert_nonnull (memory);
    }
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree char *sentence = g_strdup_printf (
        "reweave: REWEAVE_MEMORY: found \"%s\", expected MiB, or an amount "
        "such as 512M or 1.5G; using three quarters of the machine's "
        "memory\n",
        wrong[i]);
    g_setenv ("REWEAVE_MEMORY", wrong[i], TRUE);
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_unsetenv ("REWEAVE_MEMORY");
    g_test_trap_assert_passed ();
    g_test_trap_assert_stderr (sentence);
  }
}

/* Amounts as people write them. */
static void
test_amounts (void)
{
  static const struct {
    const char *text;
    gsize bytes;
  } amounts[] = {
    { "1", 1 << 20 },
    { " 800 ", (gsize) 800 << 20 },
    { "1.5", 3 << 19 },
    { "512M", (gsize) 512 << 20 },
    { "512m", (gsize) 512 << 20 },
    { "2048K", 2 << 20 },
    { "1G", (gsize) 1 << 30 },
    { "1.5G", (gsize) 3 << 29 },
    { "1.5 GiB", (gsize) 3 << 29 },
    { "1gb", (gsize) 1 << 30 },
    { "2T", (gsize) 2 << 40 },
  };
  static const char *const wrong[] = { "",       " ",   "-1",  "abc",  "1E",
                                       "1Gi",    "1GG", ".",   "G",    "1,5G",
                                       "9999T9", "0",   "inf", "0x10", "+1" };
  static const char huge[] = "99999999999T";

  for (guint i = 0; i < G_N_ELEMENTS (amounts); i++) {
    gsize bytes = 0;
    g_assert_true (rw_amount_parse (amounts[i].text, 20, 1, &bytes));
    g_assert_cmpuint (bytes, ==, amounts[i].bytes);
  }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    gsize bytes = 7;
    g_assert_false (rw_amount_parse (wrong[i], 20, 1, &bytes));
    g_assert_cmpuint (bytes, ==, 7);
  }
  gsize bytes = 7;
  g_assert_false (rw_amount_parse (huge, 20, 1, &bytes));
  g_assert_true (rw_amount_parse ("0", 20, 0, &bytes));
  g_assert_cmpuint (bytes, ==, 0);
  g_assert_true (rw_amount_parse ("4096", 0, 1, &bytes));
  g_assert_cmpuint (bytes, ==, 4096);
}

/* What is in use and the most of it, to the byte. */
static void
test_counts (void)
{
  const gsize before = rw_alloc_get_bytes ();
  void *small = rw_try_alloc (1001, 1, "a test", NULL);
  void *large = rw_try_alloc (5 << 20, 1, "a test", NULL);
  g_assert_cmpuint (rw_alloc_get_bytes (), ==, before + 1001 + (5 << 20));
  rw_free (large);
  g_assert_cmpuint (rw_alloc_get_bytes (), ==, before + 1001);
  g_assert_cmpuint (rw_alloc_get_peak (), >=, before + 1001 + (5 << 20));
  rw_alloc_reset_peak ();
  g_assert_cmpuint (rw_alloc_get_peak (), ==, before + 1001);
  expect_refusal (G_MAXSIZE, 1);
  rw_free (rw_try_alloc (500, 2, "a test", NULL));
  g_assert_cmpuint (rw_alloc_get_peak (), ==, before + 2001);
  rw_free (small);
  g_assert_cmpuint (rw_alloc_get_bytes (), ==, before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alloc/aligned-and-zero", test_aligned_and_zero);
  g_test_add_func ("/alloc/refusals", test_refusals);
  g_test_add_func ("/alloc/nothing", test_nothing);
  g_test_add_func ("/alloc/cap", test_cap);
  g_test_add_func ("/alloc/nonsense", test_cap_nonsense);
  g_test_add_func ("/alloc/amounts", test_amounts);
  g_test_add_func ("/alloc/counts", test_counts);
  return g_test_run ();
}
