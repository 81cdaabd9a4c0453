/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Buffers that notice a kernel which reads or writes beside them.
 *
 *   | fence page | pattern ....... | the floats | fence page |
 */
#include "reference.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const guint32 pattern = 0xc47c0de5u;

static guint32 *
first_word (const RefFence *fence)
{
  return (guint32 *) (fence->map + sysconf (_SC_PAGESIZE));
}

RefFence *
ref_fence_new (gsize n)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);
  const gsize inner = (n * sizeof (float) / page + 1) * page;
  RefFence *fence = g_new0 (RefFence, 1);

  fence->n = n;
  fence->map_bytes = inner + 2 * page;
  fence->map = mmap (NULL, fence->map_bytes, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert (fence->map != MAP_FAILED);
  g_assert_cmpint (mprotect (fence->map + page, inner, PROT_READ | PROT_WRITE),
                   ==, 0);
  fence->v = (float *) (fence->map + page + inner) - n;
  for (guint32 *word = first_word (fence); word < (guint32 *) fence->v + n;
       word++)
    *word = pattern;
  return fence;
}

void
ref_fence_free (RefFence *fence)
{
  if (!fence)
    return;
  for (guint32 *word = first_word (fence); word < (guint32 *) fence->v; word++)
    if (*word != pattern)
      g_error ("written %zu bytes before a buffer of %zu floats",
               (size_t) ((char *) fence->v - (char *) word),
               (size_t) fence->n);
  munmap (fence->map, fence->map_bytes);
  g_free (fence);
}

RefFence *
ref_fence_random (gsize n, guint64 *state)
{
  RefFence *fence = ref_fence_new (n);
  for (gsize i = 0; i < n; i++)
    fence->v[i] = (float) ref_uniform (state);
  return fence;
}

void
ref_fence_expect_canary (const RefFence *fence, gsize at, const char *what)
{
  if (memcmp (fence->v + at, &pattern, sizeof pattern) != 0)
    g_error ("%s: wrote %g at %zu, which is not its to write", what,
             (double) fence->v[at], (size_t) at);
}

void
ref_expect_sum (const char *what,
                gsize at,
                double got,
                double want,
                int n,
                double sum_of_absolutes)
{
  if (!(fabs (got - want) <= 2 * (n + 8) * ldexp (1, -24) * sum_of_absolutes))
    g_error ("%s: value %zu is %.9g, not %.9g (error %.3g, sum of terms %.3g)",
             what, (size_t) at, got, want, got - want, sum_of_absolutes);
}
