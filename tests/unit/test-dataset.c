/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/data/dataset*.c: what is found, what is left out and told, splits and
 * joins.
 */
#include "dataset-files.h"

#include <string.h>
#include <unistd.h>

/* ---- loading ------------------------------------------------------------ */

static void
test_folder (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  RwDatasetReport report;

  save_ramp (scratch, "c.png", 40, 38, 3, 8);
  save_ramp (scratch, "b/deep/a.PNG", 33, 47, 4, 8);
  save_ramp (scratch, "b/z.png", 32, 32, 1, 16);
  save_ramp (scratch, "a.jpeg", 64, 64, 3, 8);
  save_ramp (scratch, "small.png", 31, 90, 3, 8);
  save_ramp (scratch, ".hidden.png", 64, 64, 3, 8);
  save_text (scratch, "broken.jpg", "not a picture");
  save_text (scratch, "notes.txt", "not a picture");
  g_autoptr (RwDataset) set = load (scratch->folder, 32, &report, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 4);
  g_assert_cmpuint (report.n_files, ==, 6);
  g_assert_cmpuint (report.n_kept, ==, 4);
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_BROKEN], ==, 1);
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_SMALL], ==, 1);
  g_assert_nonnull (
      strstr (report.left_out[RW_LEFT_OUT_BROKEN][0], "broken.jpg"));
  g_assert_nonnull (
      strstr (report.left_out[RW_LEFT_OUT_SMALL][0], "small.png"));
  g_assert_null (report.left_out[RW_LEFT_OUT_BROKEN][1]);
  g_assert_cmpuint (report.n_bytes, ==,
                    3 * (40 * 38 + 33 * 47 + 64 * 64) + 6 * 32 * 32);
  static const char *const ends[] = { "a.jpeg", "a.PNG", "z.png", "c.png" };
  for (int i = 0; i < 4; i++) {
    g_assert_true (g_str_has_suffix (rw_dataset_get_name (set, i), ends[i]));
    g_assert_cmpint (rw_dataset_get_picture (set, i)->channels, ==, 3);
  }
  g_assert_cmpint (rw_dataset_get_picture (set, 2)->depth, ==, 16);
  g_assert_cmpint (rw_dataset_get_min_side (set), ==, 32);
  rw_dataset_report_clear (&report);
}

/* Colour of RGB + alpha is kept; grey comes three times. */
static void
test_channels (Scratch *scratch, gconstpointer data)
{
  save_ramp (scratch, "1.png", 20, 30, 1, 16);
  save_ramp (scratch, "2.png", 20, 30, 2, 8);
  save_ramp (scratch, "4.png", 20, 30, 4, 8);
  g_autoptr (RwDataset) set = load (scratch->folder, 8, NULL, NULL);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 3);
  const guint16 *grey = rw_dataset_get_picture (set, 0)->data;
  const guint8 *grey_alpha = rw_dataset_get_picture (set, 1)->data;
  const guint8 *colour_alpha = rw_dataset_get_picture (set, 2)->data;
  for (int i = 0; i < 20 * 30; i++) {
    const int x = i % 20, y = i / 20;
    for (int c = 0; c < 3; c++) {
      g_assert_cmpint (grey[3 * i + c], ==, 257 * (x + y));
      g_assert_cmpint (grey_alpha[3 * i + c], ==, x + y);
      g_assert_cmpint (colour_alpha[3 * i + c], ==,
                       c == 0   ? x
                       : c == 1 ? y
                                : 0);
    }
  }
}

static void
test_errors (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  RwDatasetReport report;
  g_autofree char *missing = scratch_path (scratch, "missing");

  g_assert_null (load (missing, 8, NULL, &error));
  assert_error (&error, RW_ERROR_IO, "missing: cannot be read");
  g_assert_null (load (scratch->folder, 8, NULL, &error));
  assert_error (&error, RW_ERROR_FORMAT, "no file in it ends in .png");
  save_text (scratch, "broken.png", "x");
  save_ramp (scratch, "small.png", 20, 20, 3, 8);
  g_assert_null (load (scratch->folder, 32, &report, &error));
  assert_error (&error, RW_ERROR_FORMAT, "none of its 2 pictures can be used");
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_BROKEN], ==, 1);
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_SMALL], ==, 1);
  rw_dataset_report_clear (&report);
  const RwDatasetOptions tight = { .min_side = 8,
                                   .max_bytes = 20 * 20 * 3 - 1 };
  g_assert_null (rw_dataset_load (scratch->folder, &tight, NULL, &error));
  assert_error (&error, RW_ERROR_LIMIT, "which is the cap");
}

static void
test_unreadable (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;

  if (geteuid () == 0) {
    g_test_skip ("root reads everything");
    return;
  }
  g_chmod (scratch->folder, 0);
  g_assert_null (load (scratch->folder, 8, NULL, &error));
  assert_error (&error, RW_ERROR_IO, "cannot be read");
  g_chmod (scratch->folder, 0700);
}

/* A file cut short behind its header passes the probe and fails to load. */
static void
test_truncated (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");
  g_autofree char *bytes = NULL;
  gsize n = 0;
  RwDatasetReport report;

  save_ramp (scratch, "a.png", 90, 90, 3, 8);
  save_ramp (scratch, "b.png", 20, 20, 3, 8);
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n - 40, NULL));
  g_autoptr (RwDataset) set = load (scratch->folder, 8, &report, NULL);
  g_assert_nonnull (set);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 1);
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_BROKEN], ==, 1);
  rw_dataset_report_clear (&report);
}

static void
test_link_circle (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  g_autofree char *path = scratch_path (scratch, "again");

  g_assert_cmpint (symlink (".", path), ==, 0);
  g_assert_null (load (scratch->folder, 8, NULL, &error));
  assert_error (&error, RW_ERROR_LIMIT, "circle of links");
}

static void
test_synth (void)
{
  GError *error = NULL;
  RwDatasetReport report;
  g_autoptr (RwDataset) set = load ("synth:3", 64, &report, &error);
  g_autoptr (RwDataset) more = load ("synth:4", 64, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 3);
  g_assert_cmpuint (report.n_kept, ==, 3);
  g_assert_cmpint (rw_dataset_get_min_side (set), ==, 256);
  for (int i = 0; i < 3; i++)
    g_assert_cmpmem (rw_dataset_get_picture (set, i)->data, 256 * 256 * 3,
                     rw_dataset_get_picture (more, i)->data, 256 * 256 * 3);
  static const char *const wrong[] = { "synth:",  "synth:0",  "synth:-1",
                                       "synth:x", "synth:3x", "synth:100001" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_null (load (wrong[i], 64, NULL, &error));
    assert_error (&error, RW_ERROR_FORMAT,
                  "is not a number of pictures in 1..100000");
  }
  g_assert_null (load ("synth:3", 257, NULL, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "256 pixels wide");
  g_assert_null (load ("synth:100000", 64, NULL, &error));
  assert_error (&error, RW_ERROR_LIMIT, "which is the cap");
}

/* ---- splitting, joining, telling apart ---------------------------------- */

static gboolean
contains (const RwDataset *set, const RwPicture *picture)
{
  for (int i = 0; i < rw_dataset_get_n (set); i++)
    if (rw_dataset_get_picture (set, i) == picture)
      return TRUE;
  return FALSE;
}

static void
test_split (void)
{
  g_autoptr (RwDataset) all = load ("synth:45", 64, NULL, NULL);
  g_autoptr (RwDataset) training = NULL, validation = NULL, again = NULL,
                        rest = NULL;

  g_assert_true (
      rw_dataset_split (all, 0.05, 3, &training, &validation, NULL));
  g_assert_cmpint (rw_dataset_get_n (validation), ==, 2);
  g_assert_cmpint (rw_dataset_get_n (training), ==, 43);
  for (int i = 0; i < 45; i++) {
    const RwPicture *picture = rw_dataset_get_picture (all, i);
    g_assert_true (contains (training, picture) !=
                   contains (validation, picture));
  }
  g_assert_true (rw_dataset_split (all, 0.05, 3, &rest, &again, NULL));
  for (int i = 0; i < 2; i++)
    g_assert_true (contains (validation, rw_dataset_get_picture (again, i)));
}

/* The same lot for other shares: the fewer are among the more. */
static void
test_split_share (void)
{
  g_autoptr (RwDataset) all = load ("synth:40", 64, NULL, NULL);
  static const struct {
    double share;
    int n;
  } cases[] = { { 0, 1 }, { 0.01, 1 }, { 0.075, 3 }, { 0.5, 20 }, { 1, 39 } };
  g_autoptr (RwDataset) few = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (RwDataset) training = NULL;
    RwDataset *validation = NULL;
    g_assert_true (rw_dataset_split (all, cases[i].share, 9, &training,
                                     &validation, NULL));
    g_assert_cmpint (rw_dataset_get_n (validation), ==, cases[i].n);
    g_assert_cmpint (rw_dataset_get_n (training), ==, 40 - cases[i].n);
    for (int j = 0; few != NULL && j < rw_dataset_get_n (few); j++)
      g_assert_true (contains (validation, rw_dataset_get_picture (few, j)));
    rw_dataset_free (few);
    few = validation;
  }
}

static void
test_split_few (void)
{
  g_autoptr (RwDataset) one = load ("synth:1", 64, NULL, NULL);
  g_autoptr (RwDataset) two = load ("synth:2", 64, NULL, NULL);
  RwDataset *training = NULL, *validation = NULL;
  GError *error = NULL;

  g_assert_false (
      rw_dataset_split (one, 0.05, 0, &training, &validation, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "the only picture");
  g_assert_null (training);
  g_assert_true (
      rw_dataset_split (two, 0.05, 0, &training, &validation, &error));
  g_assert_cmpint (rw_dataset_get_n (training), ==, 1);
  g_assert_cmpint (rw_dataset_get_n (validation), ==, 1);
  rw_dataset_free (training);
  rw_dataset_free (validation);
}

static void
test_join (void)
{
  g_autoptr (RwDataset) a = load ("synth:2", 64, NULL, NULL);
  g_autoptr (RwDataset) b = load ("synth:3", 64, NULL, NULL);
  g_autoptr (RwDataset) both = rw_dataset_join ((RwDataset *[]){ a, b }, 2);

  g_assert_cmpint (rw_dataset_get_n (both), ==, 5);
  g_assert_true (rw_dataset_get_picture (both, 1) ==
                 rw_dataset_get_picture (a, 1));
  g_assert_true (rw_dataset_get_picture (both, 4) ==
                 rw_dataset_get_picture (b, 2));
}

static void
test_fingerprint (void)
{
  g_autoptr (RwDataset) a = load ("synth:3", 64, NULL, NULL);
  g_autoptr (RwDataset) b = load ("synth:3", 64, NULL, NULL);
  g_autofree char *first = rw_dataset_get_fingerprint (a);
  g_autofree char *same = rw_dataset_get_fingerprint (b);
  guint8 *pixels = rw_dataset_get_picture (b, 2)->data;

  g_assert_cmpuint (strlen (first), ==, 16);
  g_assert_cmpstr (first, ==, same);
  pixels[256 * 256 * 3 - 1] ^= 1;
  g_autofree char *other = rw_dataset_get_fingerprint (b);
  g_assert_cmpstr (first, !=, other);
}

#define ADD(path, data, func)                                                 \
  g_test_add (path, Scratch, data, scratch_set_up, func, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/dataset/folder", NULL, test_folder);
  ADD ("/dataset/channels", NULL, test_channels);
  ADD ("/dataset/errors", NULL, test_errors);
  ADD ("/dataset/unreadable", NULL, test_unreadable);
  ADD ("/dataset/truncated", NULL, test_truncated);
  ADD ("/dataset/link-circle", NULL, test_link_circle);
  g_test_add_func ("/dataset/synth", test_synth);
  g_test_add_func ("/dataset/split", test_split);
  g_test_add_func ("/dataset/split-share", test_split_share);
  g_test_add_func ("/dataset/split-few", test_split_few);
  g_test_add_func ("/dataset/join", test_join);
  g_test_add_func ("/dataset/fingerprint", test_fingerprint);
  return g_test_run ();
}
