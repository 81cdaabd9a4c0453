/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A lock file.  The holder removes it before letting go, so whoever gets the
 * lock checks that the path still leads to the file that it locked.
 */
#include "train/lock.h"

#include "reweave.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct RwLock {
  int fd;
  char *path;
};

static gboolean
is_at (int fd, const char *path)
{
  struct stat opened, named;

  return fstat (fd, &opened) == 0 && stat (path, &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/* A locked descriptor, or -1 with errno. */
static int
open_locked (const char *path)
{
  for (;;) {
    const int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
      return -1;
    if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      close (fd);
      errno = reason;
      return -1;
    }
    if (is_at (fd, path))
      return fd;
    close (fd);
  }
}

RwLock *
rw_lock_take (const char *path, GError **error)
{
  const int fd = open_locked (path);

  if (fd < 0 && errno == EWOULDBLOCK) {
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: another training writes there, and only one may; wait "
                 "for it or give another output",
                 path);
    return NULL;
  }
  if (fd < 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: cannot be made: %s; give an output in a folder that "
                 "exists and may be written to",
                 path, g_strerror (errno));
    return NULL;
  }
  RwLock *lock = g_new (RwLock, 1);
  lock->fd = fd;
  lock->path = g_strdup (path);
  return lock;
}

void
rw_lock_release (RwLock *lock)
{
  if (lock == NULL)
    return;
  unlink (lock->path);
  close (lock->fd);
  g_free (lock->path);
  g_free (lock);
}
