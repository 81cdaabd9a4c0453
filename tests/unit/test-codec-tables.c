/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * core/codec: tables keep their rules, whatever was counted or read.
 */
#include "codec/codec-model.h"
#include "codec/codec-tables.h"
#include "latents.h"
#include "reweave.h"
#include "scratch.h"

/* ---- distributions ------------------------------------------------------ */

static void
check_starts (const guint16 *starts)
{
  g_assert_cmpuint (starts[0], ==, 0);
  for (int s = 0; s < RW_CODEC_SYMBOLS; s++)
    g_assert_cmpuint (starts[s + 1], >, starts[s]);
  g_assert_cmpuint (starts[RW_CODEC_SYMBOLS], ==, RW_CODEC_TOTAL);
}

static void
test_normalise (void)
{
  for (guint64 trial = 0; trial < 2000; trial++) {
    guint64 counts[RW_CODEC_SYMBOLS] = { 0 };
    guint16 starts[RW_CODEC_SYMBOLS + 1];
    const guint64 key = rw_random_key (3, trial);

    for (guint64 s = 0; s < RW_CODEC_SYMBOLS; s++)
      if (rw_random_below (key, s, 3) == 0)
        counts[s] = rw_random_bits (key, 64 + s) >>
                    (6 + rw_random_below (key, 32 + s, 58));
    rw_codec_normalise (counts, starts);
    check_starts (starts);
    for (int s = 0; s < RW_CODEC_SYMBOLS; s++)
      for (int t = 0; t < RW_CODEC_SYMBOLS; t++)
        if (counts[s] >= counts[t]) /* the order stays */
          g_assert_cmpint (starts[s + 1] - starts[s] + 1, >=,
                           starts[t + 1] - starts[t]);
  }
}

static void
test_normalise_edges (void)
{
  guint64 counts[RW_CODEC_SYMBOLS] = { 0 };
  guint16 starts[RW_CODEC_SYMBOLS + 1];

  rw_codec_normalise (counts, starts);
  check_starts (starts);
  g_assert_cmpuint (starts[1], ==, RW_CODEC_TOTAL / RW_CODEC_SYMBOLS);
  counts[RW_CODEC_ESCAPE] = G_MAXUINT64 >> 6;
  rw_codec_normalise (counts, starts);
  check_starts (starts);
  g_assert_cmpuint (starts[RW_CODEC_ESCAPE], ==, RW_CODEC_ESCAPE);
  /* so rare is the rarest symbol, and hence the fewest bytes of latents */
  g_assert_cmpfloat (log2 (16384 / 16353.0), >, 1 / 366.0);
}

/* ---- learning ----------------------------------------------------------- */

/* Frequencies stay what they have to be, whatever comes, and what comes again
 * and again gets all there is. */
static void
test_learning (void)
{
  for (guint64 trial = 0; trial < 60; trial++) {
    g_autoptr (RwCodecTables) tables = latents_draw_tables (trial, 1);
    guint16 starts[RW_CODEC_SYMBOLS + 1];
    const guint kinds = 1 + (guint) trial % RW_CODEC_SYMBOLS;

    memcpy (starts, rw_codec_tables_get_starts (tables, 0, 0, 1),
            sizeof starts);
    for (guint64 i = 0; i < 2000; i++) {
      rw_codec_model_learn (starts, rw_random_below (trial, i, kinds));
      check_starts (starts);
    }
    for (int i = 0; i < 2000; i++)
      rw_codec_model_learn (starts, kinds - 1);
    check_starts (starts);
    g_assert_cmpint (starts[kinds] - starts[kinds - 1], >,
                     RW_CODEC_TOTAL - 32 * 64);
  }
}

/* ---- tables ------------------------------------------------------------- */

static void
test_tables (void)
{
  for (guint64 trial = 0; trial < 20; trial++) {
    GError *error = NULL;
    g_autoptr (RwCodecTables) tables =
        latents_draw_tables (trial, 1 + (int) trial);
    g_autoptr (GBytes) bytes = rw_codec_tables_to_bytes (tables);
    g_autoptr (RwCodecTables) again =
        rw_codec_tables_parse (bytes, "x", &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) same = rw_codec_tables_to_bytes (again);
    g_assert_true (g_bytes_equal (bytes, same));
    g_assert_cmpmem (tables->classes, RW_CODEC_CONTEXTS, again->classes,
                     RW_CODEC_CONTEXTS);
  }
}

/* Where things are in the bytes of latents_draw_tables (x, 3). */
enum {
  WEIGHTS = 8,
  THRESHOLDS = WEIGHTS + 6,
  REFERENCES = THRESHOLDS + 8,
  CHOICES = REFERENCES + 12,
  FREQUENCIES = CHOICES + 30,
};

static const struct {
  gsize at;
  guint8 value;
  const char *message;
} bad_tables[] = {
  { 0, 2, "of version 2 with 32 symbols, expected 1 with 32" },
  { 1, 0, "have 0 rates" },
  { 1, 65, "have 65 rates" },
  { 1, 3, "bytes, expected" },
  { 3, 9, "channels" },
  { 4, 0, "0 classes" },
  { 4, 65, "65 classes" },
  { 5, 33, "33 symbols" },
  { 7, 2, "distributions" },
  { WEIGHTS, 65, "weigh neighbours by" },
  { THRESHOLDS, 0, "a threshold 0 after 0, expected a larger one" },
  { THRESHOLDS + 3, 255, "expected a larger one" },
  { REFERENCES, 0, "foretell channel 0 by channel" },
  { REFERENCES + 4, 1, "foretell channel 1 by channel 1" },
  { CHOICES, 9, "name distribution 9 of 9" },
  { FREQUENCIES + 1, 0x41, "have a frequency of" },
};

static void
test_tables_refuses (void)
{
  g_autoptr (RwCodecTables) tables = latents_draw_tables (5, 3);
  g_autoptr (GBytes) bytes = rw_codec_tables_to_bytes (tables);
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad_tables); i++) {
    g_autofree guint8 *copy = g_memdup2 (data, n);
    copy[bad_tables[i].at] = bad_tables[i].value;
    if (bad_tables[i].at == REFERENCES)
      copy[REFERENCES + 1] = 0;
    g_autoptr (GBytes) bad = g_bytes_new (copy, n);
    g_assert_null (rw_codec_tables_parse (bad, "x", &error));
    assert_error (&error, RW_ERROR_FORMAT, bad_tables[i].message);
  }
  for (gsize cut = 0; cut < n; cut++) {
    g_autoptr (GBytes) bad = g_bytes_new (data, cut);
    g_assert_null (rw_codec_tables_parse (bad, "x", &error));
    assert_error (&error, RW_ERROR_FORMAT, "bytes, expected");
  }
}

/* Every byte changed: what is taken is as good as what was made. */
static void
test_tables_mutated (void)
{
  g_autoptr (RwCodecTables) tables = latents_draw_tables (6, 3);
  g_autoptr (GBytes) bytes = rw_codec_tables_to_bytes (tables);
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);

  for (guint64 trial = 0; trial < 20000; trial++) {
    g_autofree guint8 *copy = g_memdup2 (data, n);
    copy[rw_random_below (11, 2 * trial, (guint32) n)] ^=
        (guint8) (1 + rw_random_below (11, 2 * trial + 1, 255));
    g_autoptr (GBytes) changed = g_bytes_new (copy, n);
    g_autoptr (RwCodecTables) parsed =
        rw_codec_tables_parse (changed, "x", NULL);
    for (int d = 0; parsed != NULL && d < parsed->n_distributions; d++)
      check_starts (parsed->starts + d * (RW_CODEC_SYMBOLS + 1));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec/normalise", test_normalise);
  g_test_add_func ("/codec/normalise-edges", test_normalise_edges);
  g_test_add_func ("/codec/learning", test_learning);
  g_test_add_func ("/codec/tables", test_tables);
  g_test_add_func ("/codec/tables-refuses", test_tables_refuses);
  g_test_add_func ("/codec/tables-mutated", test_tables_mutated);
  return g_test_run ();
}
