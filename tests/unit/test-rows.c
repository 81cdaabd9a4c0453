/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * io/rows.c: files written in rows are those written whole, byte for byte, and
 * are there after the last row only.
 */
#include "pictures.h"

static guint8 *
get_row (const RwPicture *picture, int y)
{
  return (guint8 *) picture->data +
         rw_picture_get_stride (picture) * (gsize) y;
}

static void
write_rows (RwRowWriter *writer, const RwPicture *picture, int first, int end)
{
  GError *error = NULL;

  for (int y = first, n = 1; y < end; y += n, n = n % 5 + 2) {
    n = MIN (n, end - y);
    g_assert_true (
        rw_row_writer_write (writer, get_row (picture, y), n, &error));
    g_assert_no_error (error);
  }
}

static void
assert_same_files (const char *a, const char *b)
{
  g_autofree char *x = NULL, *y = NULL;
  gsize n, m;

  g_assert_true (g_file_get_contents (a, &x, &n, NULL));
  g_assert_true (g_file_get_contents (b, &y, &m, NULL));
  g_assert_cmpmem (x, n, y, m);
}

static void
test_same_bytes (Scratch *scratch, gconstpointer data)
{
  static const char *const names[][2] = { { "a.png", "b.png" },
                                          { "a.jpg", "b.jpg" } };
  const int sizes[][2] = { { 1, 1 }, { 301, 33 }, { 1, 64 }, { 40, 1000 } };
  const RwRowOptions options = { .quality = 85 };

  for (int i = 0; i < 4 * 4 * 2 * 2; i++) {
    const int jpeg = i & 1, depth = i & 2 ? 16 : 8, channels = 1 + i / 4 % 4;
    g_autofree char *a = scratch_path (scratch, names[jpeg][0]);
    g_autofree char *b = scratch_path (scratch, names[jpeg][1]);
    g_autoptr (RwPicture) picture =
        make_noise (sizes[i / 16][0], sizes[i / 16][1], channels, depth);
    picture->icc = make_icc (channels < 3 ? "GRAY" : "RGB ");
    picture->exif = make_exif (500);
    picture->density_x = picture->density_y = 2800;
    if (jpeg && channels % 2 == 0)
      continue; /* has transparent pixels */
    RwRowWriter *writer = rw_row_writer_new (a, picture, &options, NULL);
    write_rows (writer, picture, 0, picture->height);
    g_assert_true (rw_row_writer_commit (writer, NULL));
    g_assert_true (rw_picture_save (picture, b, 85, NULL));
    assert_same_files (a, b);
  }
}

/* Nobody sees a file before it is committed, and what is discarded leaves
 * nothing. */
static void
test_atomic (Scratch *scratch, gconstpointer data)
{
  static const char *const names[] = { "a.png", "a.jpg" };
  g_autoptr (RwPicture) picture = make_noise (900, 300, 3, 8);
  const RwRowOptions options = { .quality = 85 };

  for (int i = 0; i < 2; i++) {
    g_autofree char *path = scratch_path (scratch, names[i]);
    put (path, "old", 3);
    RwRowWriter *writer = rw_row_writer_new (path, picture, &options, NULL);
    write_rows (writer, picture, 0, 299);
    g_autofree char *bytes = NULL;
    g_assert_true (g_file_get_contents (path, &bytes, NULL, NULL));
    g_assert_cmpstr (bytes, ==, "old");
    rw_row_writer_discard (writer);
  }
  g_autoptr (GPtrArray) left = scratch_list (scratch->folder);
  g_assert_cmpuint (left->len, ==, 2);
}

/* Transparent pixels are refused wherever they are. */
static void
test_alpha (Scratch *scratch, gconstpointer data)
{
  g_autofree char *jpeg = scratch_path (scratch, "a.jpg");
  g_autofree char *png = scratch_path (scratch, "a.png");
  g_autoptr (RwPicture) picture = make_waves (30, 20, 4);
  const RwRowOptions options = { .quality = 85 };
  GError *error = NULL;

  ((guint8 *) picture->data)[30 * 20 * 4 - 1] = 254;
  RwRowWriter *writer = rw_row_writer_new (jpeg, picture, &options, NULL);
  g_assert_true (rw_row_writer_needs_check (writer));
  g_assert_true (rw_row_writer_check (writer, picture->data, 19, &error));
  g_assert_false (rw_row_writer_check (writer, picture->data, 20, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "transparent");
  write_rows (writer, picture, 0, 19);
  g_assert_false (
      rw_row_writer_write (writer, get_row (picture, 19), 1, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "transparent");
  rw_row_writer_discard (writer);
  writer = rw_row_writer_new (png, picture, &options, NULL);
  g_assert_false (rw_row_writer_needs_check (writer));
  g_assert_true (rw_row_writer_check (writer, picture->data, 20, &error));
  rw_row_writer_discard (writer);
}

/* What is broken at the end is refused with the last row, at the latest. */
static void
test_broken_end (Scratch *scratch, gconstpointer data)
{
  static const char *const names[] = { "a.png", "a.jpg" };
  g_autoptr (RwPicture) picture = make_noise (100, 300, 3, 8);

  for (int i = 0; i < 2; i++) {
    g_autofree char *path = scratch_path (scratch, names[i]);
    g_autofree char *bytes = NULL;
    GError *error = NULL;
    gsize n;
    g_assert_true (rw_picture_save (picture, path, 95, NULL));
    g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
    bytes[n - 20] = (char) (bytes[n - 20] ^ 0x55); /* PNG: its checksum */
    put (path, bytes, i == 0 ? n : n - 20);
    g_autoptr (RwRowReader) reader = rw_row_reader_new (path, &error);
    g_assert_no_error (error);
    g_assert_true (rw_row_reader_read (reader, picture->data, 250, &error));
    g_assert_false (rw_row_reader_read (reader, picture->data, 50, &error));
    assert_error (&error, RW_ERROR_FORMAT, names[i]);
  }
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
  add ("/rows/same-bytes", test_same_bytes);
  add ("/rows/atomic", test_atomic);
  add ("/rows/alpha", test_alpha);
  add ("/rows/broken-end", test_broken_end);
  return g_test_run ();
}
