/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Temporary files.
 */
#include "io/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  MAX_TRIES = 100, /* names; the first one is free */
  DIGITS = 16      /* of a name; the first half is the process */
};

#define HEAD ".reweave-"
#define TAIL ".tmp"

static GMutex mutex;     /* guards what follows, and is kept at the end */
static GPtrArray *ours;  /* paths, absolute */
static GHashTable *seen; /* folders that were cleaned */

/* ---- what runs that were killed have left ------------------------------ */

static gboolean
is_temporary (const char *name)
{
  const char *digits = name + strlen (HEAD);

  return g_str_has_prefix (name, HEAD) &&
         strspn (digits, "0123456789abcdef") == DIGITS &&
         strcmp (digits + DIGITS, TAIL) == 0;
}

/* Removes a file that nobody holds locked. */
static void
drop_abandoned (const char *path)
{
  const int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat status;

  if (fd < 0)
    return;
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode) &&
      status.st_uid == geteuid () && flock (fd, LOCK_EX | LOCK_NB) == 0)
    unlink (path);
  close (fd);
}

/* Takes away what other processes have left in @folder, once in this one. */
static void
clean_folder (const char *folder)
{
  g_autofree char *own = g_strdup_printf (HEAD "%08x", (guint) getpid ());

  g_mutex_lock (&mutex);
  if (seen == NULL)
    seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const gboolean first = g_hash_table_add (seen, g_strdup (folder));
  g_mutex_unlock (&mutex);
  g_autoptr (GDir) names = first ? g_dir_open (folder, 0, NULL) : NULL;
  if (names == NULL)
    return;
  for (const char *name; (name = g_dir_read_name (names)) != NULL;) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (is_temporary (name) && !g_str_has_prefix (name, own))
      drop_abandoned (path);
  }
}

/* ---- our own ----------------------------------------------------------- */

/* With the mutex held. */
static void
add (const char *path)
{
  if (ours == NULL)
    ours = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (ours, g_canonicalize_filename (path, NULL));
}

/* With the mutex held. */
static void
forget (const char *path)
{
  g_autofree char *whole = g_canonicalize_filename (path, NULL);

  for (guint i = 0; ours != NULL && i < ours->len; i++)
    if (strcmp (g_ptr_array_index (ours, i), whole) == 0) {
      g_ptr_array_remove_index_fast (ours, i);
      return;
    }
}

void
rw_temporary_add (const char *path)
{
  g_mutex_lock (&mutex);
  add (path);
  g_mutex_unlock (&mutex);
}

/* Locks the new file @fd.  FALSE: another process took it for abandoned, and
 * another name is to be tried.  Where nothing can be locked, nothing is taken
 * away either. */
static gboolean
lock_file (int fd, int *lock)
{
  struct stat status;

  if ((flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) ||
      (fstat (fd, &status) == 0 && status.st_nlink == 0))
    return FALSE;
  *lock = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  return TRUE;
}

/* A descriptor; -1: the name is taken, -2: no such file can be made. */
static int
try_name (const char *path, int *lock)
{
  g_mutex_lock (&mutex);
  const int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  const int code = errno;
  const gboolean good = fd >= 0 && lock_file (fd, lock);

  if (good)
    add (path);
  g_mutex_unlock (&mutex);
  if (good)
    return fd;
  if (fd >= 0)
    close (fd);
  errno = code;
  return fd < 0 && code != EEXIST ? -2 : -1;
}

int
rw_temporary_create (const char *folder, char **path, int *lock)
{
  *path = NULL;
  *lock = -1;
  clean_folder (folder);
  for (int i = 0; i < MAX_TRIES; i++) {
    g_autofree char *name = g_strdup_printf (
        HEAD "%08x%08x" TAIL, (guint) getpid (), g_random_int ());
    g_autofree char *full = g_build_filename (folder, name, NULL);
    const int fd = try_name (full, lock);
    if (fd >= 0)
      *path = g_steal_pointer (&full);
    if (fd != -1)
      return MAX (fd, -1);
  }
  errno = EEXIST;
  return -1;
}

gboolean
rw_temporary_rename (const char *path, const char *target)
{
  g_mutex_lock (&mutex);
  const gboolean done = rename (path, target) == 0;
  const int code = errno;

  if (done)
    forget (path);
  g_mutex_unlock (&mutex);
  errno = code;
  return done;
}

/* A file, or a folder with the files in it. */
static void
remove_all (const char *path)
{
  if (unlink (path) == 0)
    return;
  g_autoptr (GDir) names = g_dir_open (path, 0, NULL);
  for (const char *name;
       names != NULL && (name = g_dir_read_name (names)) != NULL;) {
    g_autofree char *below = g_build_filename (path, name, NULL);
    unlink (below);
  }
  rmdir (path);
}

void
rw_temporary_remove (const char *path)
{
  const int code = errno;

  g_mutex_lock (&mutex);
  remove_all (path);
  forget (path);
  g_mutex_unlock (&mutex);
  errno = code;
}

void
rw_temporary_abandon (void)
{
  g_mutex_lock (&mutex);
  for (guint i = 0; ours != NULL && i < ours->len; i++)
    remove_all (g_ptr_array_index (ours, i));
}
