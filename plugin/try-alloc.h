/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Memory for pictures, inside a host that is not to end when there is none.
 */
#pragma once

#include "i18n.h"
#include "reweave.h"

/* @n bytes, or NULL with RW_ERROR_LIMIT.  (transfer full), g_free. */
static inline gpointer
rw_plugin_try_alloc (gsize n, GError **error)
{
  gpointer memory = g_try_malloc (MAX (n, 1));

  if (memory == NULL)
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 _ ("the picture takes %.1f MiB of memory, which the system "
                    "does not have; close other programs or make it smaller"),
                 (double) n / (1 << 20));
  return memory;
}
