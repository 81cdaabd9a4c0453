/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Memory whose size comes from a file, a picture or a user: checked products,
 * 64-byte alignment, a cap, and an error instead of an abort.
 */
#pragma once

#include <glib.h>

/* @count * @size bytes, zeroed, aligned to 64.  (transfer full), rw_free.
 * @what names the thing in the message: "a picture of 30000 x 20000".
 * NULL with RW_ERROR_LIMIT when the product overflows, exceeds the cap (three
 * quarters of the machine's memory, or REWEAVE_MEMORY) or the system
 * refuses. */
void *rw_try_alloc (gsize count, gsize size, const char *what, GError **error);

/* Whether rw_try_alloc may, as far as the cap goes: for memory that a library
 * allocates. */
gboolean
rw_check_alloc (gsize count, gsize size, const char *what, GError **error);

void rw_free (void *memory); /* accepts NULL */

/* Bytes of rw_try_alloc not yet freed, and the most that there have been since
 * the process began or the last reset.  Any thread. */
gsize rw_alloc_get_bytes (void);
gsize rw_alloc_get_peak (void);
void rw_alloc_reset_peak (void); /* to the bytes in use now */

/* For g_autoptr-like use: `rw_autofree float *x = rw_try_alloc (...)`. */
static inline void
rw_autofree_clear (void *pointer)
{
  rw_free (*(void **) pointer);
}
#define rw_autofree __attribute__ ((cleanup (rw_autofree_clear)))
