/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Memory whose size comes from outside.
 */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "reweave.h"

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

/* What the machine has, less a quarter for others. */
static gsize
default_cap (void)
{
  const long pages = sysconf (_SC_PHYS_PAGES), page = sysconf (_SC_PAGESIZE);

  if (pages <= 0 || page <= 0 || (gsize) pages > G_MAXSIZE / (gsize) page)
    return G_MAXSIZE / 4;
  return (gsize) pages * (gsize) page / 4 * 3;
}

static gsize
cap (void)
{
  static gsize bytes;

  if (g_once_init_enter (&bytes)) {
    const char *mebibytes = g_getenv ("REWEAVE_MEMORY");
    const guint64 asked =
        mebibytes ? g_ascii_strtoull (mebibytes, NULL, 10) : 0;

    g_once_init_leave (&bytes, asked && asked < (G_MAXSIZE >> 20)
                                   ? (gsize) asked << 20
                                   : default_cap ());
  }
  return bytes;
}

static void
fail (
    const char *what, gsize count, gsize size, const char *why, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "%s needs %.1f MiB of memory, %s", what,
               (double) count * (double) size / (1 << 20), why);
}

void *
rw_try_alloc (gsize count, gsize size, const char *what, GError **error)
{
  gsize bytes;
  void *memory = NULL;

  if (!g_size_checked_mul (&bytes, count, size) || bytes > cap ()) {
    fail (what, count, size, "which is more than allowed (REWEAVE_MEMORY)",
          error);
    return NULL;
  }
  const gsize alignment = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;

  if (posix_memalign (&memory, alignment, MAX (bytes, 1))) {
    fail (what, count, size,
          "which the system does not have; close other programs or use a "
          "smaller picture",
          error);
    return NULL;
  }
#ifdef MADV_HUGEPAGE
  if (alignment == HUGE_PAGE)
    madvise (memory, bytes,
             MADV_HUGEPAGE); /* fewer first-touch faults; a wish, no more */
#endif
  memset (memory, 0, bytes);
  return memory;
}

void
rw_free (void *memory)
{
  free (memory);
}
