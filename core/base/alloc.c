/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Memory whose size comes from outside.
 */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "reweave.h"
#include "base/amount.h"
#include "base/words.h"

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

/* ---- how much is in use ------------------------------------------------ */

static atomic_size_t in_use, peak;

/* Before each block: how many bytes were asked for. */
typedef union {
  gsize bytes;
  char room[ALIGNMENT];
} Head;

static void
raise_peak (gsize now)
{
  gsize most = atomic_load (&peak);

  while (most < now && !atomic_compare_exchange_weak (&peak, &most, now))
    ;
}

gsize
rw_alloc_get_bytes (void)
{
  return atomic_load (&in_use);
}

gsize
rw_alloc_get_peak (void)
{
  return atomic_load (&peak);
}

void
rw_alloc_reset_peak (void)
{
  atomic_store (&peak, atomic_load (&in_use));
}

/* ---- allocating -------------------------------------------------------- */

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
    gsize asked = default_cap ();

    rw_amount_from_environment ("REWEAVE_MEMORY", 1 << 20,
                                "three quarters of the machine's memory",
                                &asked);
    g_once_init_leave (&bytes, asked);
  }
  return bytes;
}

static void
fail (const char *format,
      const char *what,
      gsize count,
      gsize size,
      GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT, format, what,
               (double) count * (double) size / (1 << 20));
}

/* @bytes with its head; NULL where the system has none. */
static Head *
take (gsize bytes)
{
  const gsize alignment = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
  void *memory = NULL;

  if (posix_memalign (&memory, alignment, sizeof (Head) + bytes))
    return NULL;
#ifdef MADV_HUGEPAGE
  if (alignment == HUGE_PAGE)
    madvise (memory, sizeof (Head) + bytes,
             MADV_HUGEPAGE); /* fewer first-touch faults; a wish, no more */
#endif
  memset (memory, 0, sizeof (Head) + bytes);
  return memory;
}

gboolean
rw_check_alloc (gsize count, gsize size, const char *what, GError **error)
{
  gsize bytes;

  if (g_size_checked_mul (&bytes, count, size) && bytes <= cap () &&
      bytes <= G_MAXSIZE - sizeof (Head))
    return TRUE;
  fail (_ ("%s needs %.1f MiB of memory, which is more than allowed "
           "(REWEAVE_MEMORY)"),
        what, count, size, error);
  return FALSE;
}

void *
rw_try_alloc (gsize count, gsize size, const char *what, GError **error)
{
  if (!rw_check_alloc (count, size, what, error))
    return NULL;
  const gsize bytes = count * size;
  Head *head = take (bytes);

  if (!head) {
    fail (_ ("%s needs %.1f MiB of memory, which the system does not have; "
             "close other programs or use a smaller picture"),
          what, count, size, error);
    return NULL;
  }
  head->bytes = bytes;
  raise_peak (atomic_fetch_add (&in_use, bytes) + bytes);
  return head + 1;
}

void
rw_free (void *memory)
{
  if (!memory)
    return;
  Head *head = (Head *) memory - 1;

  atomic_fetch_sub (&in_use, head->bytes);
  free (head);
}
