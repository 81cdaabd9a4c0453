/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * --memory: how much of a cap is left to the engine.
 */
#include "apply/apply-memory.h"

#define MEBIBYTE ((gsize) 1 << 20)

/* What nobody counts: stacks of threads, zlib's windows, rests of the heap; up
 * to half a MiB above the other sums was measured. */
#define BESIDE (2 * MEBIBYTE)

gboolean
rw_cli_memory_ask (const RwCliMending *mending,
                   const RwJob *job,
                   gsize *least,
                   gsize *ideal,
                   GError **error)
{
  *least = *ideal = 0;
  return mending->settings.strength == 0 || /* is not run */
         rw_restore_get_bytes (mending->model, &mending->settings, job, least,
                               ideal, error);
}

gboolean
rw_cli_memory_share (RwCliMending *mending,
                     const RwJob *job,
                     gsize n_bytes,
                     GError **error)
{
  const gsize cap = mending->memory, taken = n_bytes + BESIDE;
  gsize least, ideal;

  if (cap == 0)
    return TRUE;
  if (!rw_cli_memory_ask (mending, job, &least, &ideal, error))
    return FALSE;
  if (taken < cap && taken + least <= cap) {
    mending->settings.memory = cap - taken;
    return TRUE;
  }
  const gsize needed = (taken + least) / MEBIBYTE + 1;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "%s: %d x %d pixels take at least %zu MiB here, --memory "
               "allows %.1f; allow %zuM",
               mending->in, job->bounds.width, job->bounds.height, needed,
               (double) cap / MEBIBYTE, needed);
  return FALSE;
}
