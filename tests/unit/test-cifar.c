/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * io/cifar.c and data sets of batch files: planes become pixels, wrong sizes
 * and labels are refused, a folder means its training batches.
 */
#include "io/cifar.h"

#include "dataset-files.h"

enum { N_RECORD = 3073 };

/* Record r: label r % 10; red is x + r, green y, blue 7. */
static void
save_batch (const Scratch *scratch, const char *name, int n, gssize extra)
{
  g_autofree char *path = scratch_path (scratch, name);
  g_autofree guint8 *bytes = g_malloc0 ((gsize) n * N_RECORD + 1);

  for (int r = 0; r < n; r++) {
    guint8 *record = bytes + r * N_RECORD;
    record[0] = (guint8) (r % 10);
    for (int i = 0; i < 1024; i++) {
      record[1 + i] = (guint8) (i % 32 + r);
      record[1 + 1024 + i] = (guint8) (i / 32);
      record[1 + 2048 + i] = 7;
    }
  }
  g_assert_true (g_file_set_contents (path, (const char *) bytes,
                                      n * N_RECORD + extra, NULL));
}

static void
check_picture (const RwPicture *picture, int record)
{
  const guint8 *pixel = picture->data;

  g_assert_cmpint (picture->width, ==, 32);
  g_assert_cmpint (picture->height, ==, 32);
  g_assert_cmpint (picture->channels, ==, 3);
  g_assert_cmpint (picture->depth, ==, 8);
  for (int i = 0; i < 1024; i++, pixel += 3) {
    g_assert_cmpint (pixel[0], ==, i % 32 + record);
    g_assert_cmpint (pixel[1], ==, i / 32);
    g_assert_cmpint (pixel[2], ==, 7);
  }
}

static void
test_read (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.bin");
  GError *error = NULL;
  int n = 0;

  save_batch (scratch, "a.bin", 12, 0);
  g_assert_true (rw_cifar_count (path, &n, NULL));
  g_assert_cmpint (n, ==, 12);
  for (int r = 11; r >= 0; r--) {
    g_autoptr (RwPicture) picture = rw_cifar_read (path, r, NULL);
    g_assert_nonnull (picture);
    check_picture (picture, r);
  }
  g_assert_null (rw_cifar_read (path, 12, &error));
  assert_error (&error, RW_ERROR_IO, "picture 12 could not be read");
}

static void
test_wrong (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.bin");
  g_autofree char *missing = scratch_path (scratch, "b.bin");
  GError *error = NULL;
  int n = 0;

  for (int extra = -1; extra <= 1; extra += 2) {
    save_batch (scratch, "a.bin", 2, extra);
    g_assert_false (rw_cifar_count (path, &n, &error));
    assert_error (&error, RW_ERROR_FORMAT, "expected a multiple of 3073");
    g_assert_null (load (path, 32, NULL, &error));
    assert_error (&error, RW_ERROR_FORMAT, "expected a multiple of 3073");
  }
  save_text (scratch, "a.bin", "");
  g_assert_false (rw_cifar_count (path, &n, &error));
  assert_error (&error, RW_ERROR_FORMAT, "has 0 bytes");
  g_assert_false (rw_cifar_count (missing, &n, &error));
  assert_error (&error, RW_ERROR_IO, "b.bin");
}

static void
test_label (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.bin");
  g_autofree char *bytes = NULL;
  gsize n_bytes = 0;
  RwDatasetReport report;
  GError *error = NULL;

  save_batch (scratch, "a.bin", 3, 0);
  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  bytes[N_RECORD] = 10;
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n_bytes, NULL));
  g_assert_null (rw_cifar_read (path, 1, &error));
  assert_error (&error, RW_ERROR_FORMAT, "picture 1 has the label 10");
  g_autoptr (RwDataset) set = load (path, 32, &report, NULL);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 2);
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_BROKEN], ==, 1);
  rw_dataset_report_clear (&report);
}

static void
test_folder (Scratch *scratch, gconstpointer data)
{
  g_autofree char *test = scratch_path (scratch, "test_batch.bin");
  g_autoptr (GError) error = NULL;
  RwDatasetReport report;

  save_batch (scratch, "data_batch_2.bin", 3, 0);
  save_batch (scratch, "data_batch_1.bin", 2, 0);
  save_batch (scratch, "test_batch.bin", 4, 0);
  save_text (scratch, "batches.meta.txt", "airplane\n");
  save_ramp (scratch, "readme.png", 64, 64, 3, 8);
  g_autoptr (RwDataset) set = load (scratch->folder, 32, &report, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 5);
  g_assert_cmpuint (report.n_files, ==, 5);
  for (int i = 0; i < 5; i++)
    check_picture (rw_dataset_get_picture (set, i), i < 2 ? i : i - 2);
  g_assert_true (
      g_str_has_suffix (rw_dataset_get_name (set, 2), "data_batch_2.bin#0"));
  g_autoptr (RwDataset) alone = load (test, 32, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_dataset_get_n (alone), ==, 4);
}

/* Other .bin files are none of ours, and alone are told of. */
static void
test_foreign (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;

  save_text (scratch, "firmware.bin", "x");
  g_assert_null (load (scratch->folder, 8, NULL, &error));
  assert_error (&error, RW_ERROR_FORMAT, "nor a data_batch_N.bin");
  save_ramp (scratch, "a.png", 16, 16, 3, 8);
  g_autoptr (RwDataset) set = load (scratch->folder, 8, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 1);
}

#define ADD(path, func)                                                       \
  g_test_add (path, Scratch, NULL, scratch_set_up, func, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/cifar/read", test_read);
  ADD ("/cifar/wrong", test_wrong);
  ADD ("/cifar/label", test_label);
  ADD ("/cifar/folder", test_folder);
  ADD ("/cifar/foreign", test_foreign);
  return g_test_run ();
}
