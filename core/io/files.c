/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files: read into memory with a cap, and written so that a reader sees the
 * old bytes or the new ones and never a part: create a temporary file beside
 * it, write, fsync, rename, fsync the folder.
 */
#include "io/files.h"
#include "base/alloc.h"
#include "reweave.h"
#include "base/words.h"
#include "io/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif
#include <unistd.h>

enum {
  MAX_LINKS = 40 /* symbolic links in a chain; Linux has the same limit */
};

struct RwFileWriter {
  char *path;      /* what the caller said, for messages */
  char *target;    /* the same with symbolic links followed */
  char *temporary; /* in the folder of target */
  FILE *stream;
  int lock; /* the temporary file once more: locked until it has its name, so
               that it is not taken for what a killed run left; or -1 */
};

/* ---- reading ----------------------------------------------------------- */

static gboolean
fail_to_open (const char *path, int code, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               _ ("%s: could not be opened (%s), expected a readable file; "
                  "check its name and permissions"),
               path, g_strerror (code));
  return FALSE;
}

static gboolean
check_regular (const char *path, mode_t mode, GError **error)
{
  if (S_ISREG (mode))
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_IO,
      S_ISDIR (mode)
          ? _ ("%s: is a folder, expected a regular file; give another path")
          : _ ("%s: is a pipe or a device, expected a regular file; give "
               "another path"),
      path);
  return FALSE;
}

FILE *
rw_file_open (const char *path, gsize *n_bytes, GError **error)
{
  /* O_NONBLOCK: a named pipe without a writer must not hang us. */
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;

  if (fd < 0) {
    fail_to_open (path, errno, error);
    return NULL;
  }
  FILE *stream = NULL;
  if (fstat (fd, &status) != 0)
    fail_to_open (path, errno, error);
  else if (check_regular (path, status.st_mode, error)) {
    stream = fdopen (fd, "rb");
    if (stream == NULL)
      fail_to_open (path, errno, error);
  }
  if (stream == NULL)
    close (fd);
  else
    *n_bytes = (gsize) status.st_size;
  return stream;
}

/* Exactly @n_bytes, and then the end. */
static gboolean
read_all (FILE *stream,
          const char *path,
          guint8 *data,
          gsize n_bytes,
          GError **error)
{
  const gsize got = fread (data, 1, n_bytes, stream);

  if (got == n_bytes && fgetc (stream) == EOF && !ferror (stream))
    return TRUE;
  const gboolean broken = ferror (stream);
  g_set_error (
      error, RW_ERROR, RW_ERROR_IO,
      "%s: could not be read (%s), expected %zu bytes; try again", path,
      broken ? g_strerror (errno) : "its size changed meanwhile", n_bytes);
  return FALSE;
}

static GBytes *
read_stream (FILE *stream, const char *path, gsize n_bytes, GError **error)
{
  if (n_bytes == 0)
    return g_bytes_new_static ("", 0);
  guint8 *data = rw_try_alloc (n_bytes, 1, path, error);
  if (data == NULL)
    return NULL;
  GBytes *bytes = g_bytes_new_with_free_func (data, n_bytes, rw_free, data);
  if (read_all (stream, path, data, n_bytes, error))
    return bytes;
  g_bytes_unref (bytes);
  return NULL;
}

GBytes *
rw_file_read (const char *path, gsize max_bytes, GError **error)
{
  gsize n_bytes = 0;
  FILE *stream = rw_file_open (path, &n_bytes, error);
  GBytes *bytes = NULL;

  if (stream == NULL)
    return NULL;
  if (n_bytes <= max_bytes)
    bytes = read_stream (stream, path, n_bytes, error);
  else
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 _ ("%s: has %zu bytes, expected at most %zu; "
                    "is it a file of another kind?"),
                 path, n_bytes, max_bytes);
  fclose (stream);
  return bytes;
}

/* ---- writing ----------------------------------------------------------- */

static gboolean
fail_to_write (const char *path, int code, GError **error)
{
  const char *advice = "check the folder and its permissions";

  if (code == ENOSPC || code == EDQUOT || code == EFBIG)
    advice = "make room and try again";
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: could not be written (%s), what was there before is "
               "untouched; %s",
               path, g_strerror (code), advice);
  return FALSE;
}

/* Follows symbolic links, dangling ones too, so that the file that they point
 * to is replaced and they stay.  (transfer full) */
static char *
follow_links (const char *path, GError **error)
{
  char *target = g_strdup (path);

  for (int i = 0; i < MAX_LINKS; i++) {
    g_autofree char *link = g_file_read_link (target, NULL);
    if (link == NULL)
      return target;
    g_autofree char *folder = g_path_get_dirname (target);
    g_free (target);
    target = g_path_is_absolute (link) ? g_strdup (link)
                                       : g_build_filename (folder, link, NULL);
  }
  g_free (target);
  fail_to_write (path, ELOOP, error);
  return NULL;
}

/* A file that is there must be one that the caller may replace. */
static gboolean
check_target (RwFileWriter *writer, struct stat *old, GError **error)
{
  if (stat (writer->target, old) != 0) {
    old->st_mode = 0;
    return TRUE;
  }
  if (!check_regular (writer->path, old->st_mode, error))
    return FALSE;
  if (access (writer->target, W_OK) != 0)
    return fail_to_write (writer->path, errno, error);
  return TRUE;
}

/* Permissions of a new file follow the umask; owner and permissions of an old
 * one are kept as far as this user may.  FALSE: they are not the old ones. */
static gboolean
copy_owner_and_mode (int fd, const struct stat *old)
{
  struct stat made;

  if (old->st_mode == 0 || fstat (fd, &made) != 0)
    return FALSE;
  if ((made.st_uid != old->st_uid || made.st_gid != old->st_gid) &&
      fchown (fd, old->st_uid, old->st_gid) != 0)
    return FALSE; /* permissions meant for another group stay narrow */
  return fchmod (fd, old->st_mode & 0777) == 0;
}

#ifdef __linux__
enum { MAX_ATTRIBUTE = 65536 }; /* bytes; Linux has no larger ones */

/* The user's own attributes and the access list go over to the new file, as
 * far as its file system has them: no error. */
static void
copy_attributes (const RwFileWriter *writer, int fd)
{
  const ssize_t n = listxattr (writer->target, NULL, 0);

  if (n <= 0 || n > MAX_ATTRIBUTE)
    return;
  g_autofree char *names = g_malloc0 ((gsize) n + 1);
  g_autofree char *value = g_malloc (MAX_ATTRIBUTE);
  if (listxattr (writer->target, names, (gsize) n) != n)
    return;
  for (const char *name = names; name < names + n; name += strlen (name) + 1) {
    if (!g_str_has_prefix (name, "user.") &&
        strcmp (name, "system.posix_acl_access") != 0)
      continue;
    const ssize_t size = getxattr (writer->target, name, value, MAX_ATTRIBUTE);
    if (size >= 0)
      (void) !fsetxattr (fd, name, value, (gsize) size, 0);
  }
}
#else
static void
copy_attributes (const RwFileWriter *writer, int fd)
{
}
#endif

/* Closes what is open, takes the temporary file away. */
static void
drop_temporary (RwFileWriter *writer)
{
  const int code = errno;

  if (writer->stream != NULL)
    fclose (writer->stream);
  writer->stream = NULL;
  errno = code;
  rw_temporary_remove (writer->temporary);
}

static gboolean
open_temporary (RwFileWriter *writer, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (writer->target);
  struct stat old;

  if (!check_target (writer, &old, error))
    return FALSE;
  const int fd =
      rw_temporary_create (folder, &writer->temporary, &writer->lock);
  if (fd < 0)
    return fail_to_write (writer->path, errno, error);
  if (copy_owner_and_mode (fd, &old))
    copy_attributes (writer, fd);
  writer->stream = fdopen (fd, "w+b");
  if (writer->stream != NULL)
    return TRUE;
  const int code = errno;
  close (fd);
  rw_temporary_remove (writer->temporary);
  return fail_to_write (writer->path, code, error);
}

static void
free_writer (RwFileWriter *writer)
{
  if (writer->lock >= 0)
    close (writer->lock);
  g_free (writer->path);
  g_free (writer->target);
  g_free (writer->temporary);
  g_free (writer);
}

RwFileWriter *
rw_file_writer_new (const char *path, GError **error)
{
  char *target = follow_links (path, error);
  if (target == NULL)
    return NULL;
  RwFileWriter *writer = g_new0 (RwFileWriter, 1);

  writer->path = g_strdup (path);
  writer->target = target;
  writer->lock = -1;
  if (open_temporary (writer, error))
    return writer;
  free_writer (writer);
  return NULL;
}

FILE *
rw_file_writer_get_stream (RwFileWriter *writer)
{
  return writer->stream;
}

gboolean
rw_file_writer_write (RwFileWriter *writer,
                      const void *data,
                      gsize n,
                      GError **error)
{
  if (n == 0 || fwrite (data, 1, n, writer->stream) == n)
    return TRUE;
  return fail_to_write (writer->path, errno, error);
}

/* Everything on the disk and the stream closed; else FALSE and errno. */
static gboolean
finish_stream (RwFileWriter *writer)
{
  if (ferror (writer->stream)) {
    errno = EIO; /* the cause was seen by whoever wrote to the stream */
    return FALSE;
  }
  if (fflush (writer->stream) != 0 || fsync (fileno (writer->stream)) != 0)
    return FALSE;
  FILE *stream = writer->stream;
  writer->stream = NULL;
  return fclose (stream) == 0;
}

/* Makes the new name last through a power cut.  The file is complete under
 * either name by now, and not every file system can do this: no error. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  const int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  (void) !fsync (fd);
  close (fd);
}

gboolean
rw_file_writer_commit (RwFileWriter *writer, GError **error)
{
  gboolean done = finish_stream (writer) &&
                  rw_temporary_rename (writer->temporary, writer->target);

  if (done)
    sync_folder (writer->target);
  else {
    drop_temporary (writer);
    fail_to_write (writer->path, errno, error);
  }
  free_writer (writer);
  return done;
}

void
rw_file_writer_discard (RwFileWriter *writer)
{
  if (writer == NULL)
    return;
  drop_temporary (writer);
  free_writer (writer);
}

gboolean
rw_file_save (const char *path, const void *data, gsize n, GError **error)
{
  RwFileWriter *writer = rw_file_writer_new (path, error);

  if (writer == NULL)
    return FALSE;
  if (rw_file_writer_write (writer, data, n, error))
    return rw_file_writer_commit (writer, error);
  rw_file_writer_discard (writer);
  return FALSE;
}
