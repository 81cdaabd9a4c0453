/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * io/files.c: what is read, and that writing is all or nothing.
 */
#include "io/files.h"
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void
put (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_n_files (const Scratch *scratch, guint expected)
{
  g_autoptr (GPtrArray) names = scratch_list (scratch->folder);

  g_assert_cmpuint (names->len, ==, expected);
}

static mode_t
get_mode (const char *path)
{
  struct stat status;

  g_assert_cmpint (stat (path, &status), ==, 0);
  return status.st_mode & 0777;
}

/* ---- reading ----------------------------------------------------------- */

static void
test_read (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a");
  GError *error = NULL;

  put (path, "12345");
  g_autoptr (GBytes) bytes = rw_file_read (path, 5, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                   "12345", 5);
  g_assert_null (rw_file_read (path, 4, &error));
  assert_error (&error, RW_ERROR_LIMIT, "has 5 bytes, expected at most 4");
  put (path, "");
  g_autoptr (GBytes) empty = rw_file_read (path, 4, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (empty), ==, 0);
}

static void
test_read_refuses (Scratch *scratch, gconstpointer data)
{
  g_autofree char *nothing = scratch_path (scratch, "nothing");
  g_autofree char *fifo = scratch_path (scratch, "fifo");
  GError *error = NULL;

  g_assert_null (rw_file_read (nothing, 10, &error));
  assert_error (&error, RW_ERROR_IO, nothing);
  g_assert_null (rw_file_read (scratch->folder, 10, &error));
  assert_error (&error, RW_ERROR_IO, "is a folder");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_null (rw_file_read (fifo, 10, &error)); /* and does not wait */
  assert_error (&error, RW_ERROR_IO, "pipe");
}

/* ---- writing ----------------------------------------------------------- */

static void
test_write (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a");
  GError *error = NULL;

  put (path, "old");
  RwFileWriter *writer = rw_file_writer_new (path, &error);
  g_assert_no_error (error);
  g_assert_true (rw_file_writer_write (writer, "ne", 2, &error));
  g_assert_true (rw_file_writer_write (writer, "w", 1, &error));
  g_assert_true (rw_file_writer_write (writer, NULL, 0, &error));
  assert_content (path, "old");
  g_assert_true (rw_file_writer_commit (writer, &error));
  g_assert_no_error (error);
  assert_content (path, "new");
  assert_n_files (scratch, 1);
}

static void
test_discard (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a");
  RwFileWriter *writer = rw_file_writer_new (path, NULL);

  g_assert_true (rw_file_writer_write (writer, "x", 1, NULL));
  assert_n_files (scratch, 1);
  rw_file_writer_discard (writer);
  assert_n_files (scratch, 0);
  rw_file_writer_discard (NULL);
}

static void
test_modes (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a");
  const mode_t before = umask (027);

  g_assert_true (rw_file_save (path, "1", 1, NULL));
  g_assert_cmphex (get_mode (path), ==, 0640);
  g_assert_cmpint (chmod (path, 0606), ==, 0);
  g_assert_true (rw_file_save (path, "2", 1, NULL));
  g_assert_cmphex (get_mode (path), ==, 0606);
  umask (before);
}

static void
test_links (Scratch *scratch, gconstpointer data)
{
  g_autofree char *target = scratch_path (scratch, "target");
  g_autofree char *link = scratch_path (scratch, "link");
  g_autofree char *second = scratch_path (scratch, "second");
  GError *error = NULL;

  g_assert_cmpint (symlink ("target", link), ==, 0); /* dangling at first */
  g_assert_cmpint (symlink (link, second), ==, 0);
  g_assert_true (rw_file_save (second, "1", 1, NULL));
  g_assert_true (rw_file_save (link, "2", 1, NULL));
  assert_content (target, "2");
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_test (second, G_FILE_TEST_IS_SYMLINK));
  assert_n_files (scratch, 3);
  g_unlink (link);
  g_assert_cmpint (symlink ("second", link), ==, 0); /* round in a ring */
  g_assert_false (rw_file_save (link, "3", 1, &error));
  assert_error (&error, RW_ERROR_IO, "symbolic links");
}

static void
test_write_refuses (Scratch *scratch, gconstpointer data)
{
  g_autofree char *deep = scratch_path (scratch, "none/a");
  GError *error = NULL;

  g_assert_false (rw_file_save (deep, "1", 1, &error));
  assert_error (&error, RW_ERROR_IO, "No such file");
  g_assert_false (rw_file_save (scratch->folder, "1", 1, &error));
  assert_error (&error, RW_ERROR_IO, "is a folder");
  g_assert_false (rw_file_save ("/dev/full", "1", 1, &error));
  assert_error (&error, RW_ERROR_IO, "device");
}

static void
test_write_protected (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a");
  GError *error = NULL;

  if (geteuid () == 0) {
    g_test_skip ("the superuser may write to everything");
    return;
  }
  put (path, "old");
  g_assert_cmpint (chmod (path, 0400), ==, 0);
  g_assert_false (rw_file_save (path, "1", 1, &error));
  assert_error (&error, RW_ERROR_IO, "Permission denied");
  assert_content (path, "old");
}

/* A limit on file sizes stands for a full disk: @n bytes do not fit. */
static void
check_full (const Scratch *scratch, gsize n)
{
  g_autofree char *path = scratch_path (scratch, "a");
  g_autofree char *bytes = g_malloc0 (n);
  GError *error = NULL;

  put (path, "old");
  RwFileWriter *writer = rw_file_writer_new (path, &error);
  g_assert_no_error (error);
  if (rw_file_writer_write (writer, bytes, n, &error))
    g_assert_false (rw_file_writer_commit (writer, &error));
  else
    rw_file_writer_discard (writer);
  assert_error (&error, RW_ERROR_IO, "make room");
  assert_content (path, "old");
  assert_n_files (scratch, 1);
}

static void
test_full (Scratch *scratch, gconstpointer data)
{
  struct rlimit before;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  const struct rlimit small = { 1000, before.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  check_full (scratch, 1001);    /* seen when flushed */
  check_full (scratch, 1 << 20); /* seen when written */
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
}

/* What a killed run left is taken away, what a running one writes is not. */
static void
test_abandoned (Scratch *scratch, gconstpointer data)
{
  static const char *const names[] = { ".reweave-0000000101234567.tmp",
                                       ".reweave-00000001fedcba98.tmp",
                                       ".reweave-mine.tmp", "a.tmp" };
  g_autofree char *out = scratch_path (scratch, "out");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = scratch_path (scratch, names[i]);
    put (path, "part");
  }
  g_autofree char *held = scratch_path (scratch, names[1]);
  const int fd = open (held, O_RDWR);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  g_assert_true (rw_file_save (out, "new", 3, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = scratch_path (scratch, names[i]);
    g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS) == (i > 0));
  }
  close (fd);
  assert_content (out, "new");
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
  add ("/files/read", test_read);
  add ("/files/read-refuses", test_read_refuses);
  add ("/files/write", test_write);
  add ("/files/discard", test_discard);
  add ("/files/modes", test_modes);
  add ("/files/links", test_links);
  add ("/files/write-refuses", test_write_refuses);
  add ("/files/write-protected", test_write_protected);
  add ("/files/full", test_full);
  add ("/files/abandoned", test_abandoned);
  return g_test_run ();
}
