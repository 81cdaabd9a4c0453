/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One training at a time for one output: OUT.lock, held with flock.
 */
#pragma once

#include <glib.h>

typedef struct RwLock RwLock;

/* RW_ERROR_IO when another process holds it or the file cannot be made. */
RwLock *rw_lock_take (const char *path, GError **error);

/* Removes the file.  The lock of a process that dies falls too. */
void rw_lock_release (RwLock *lock); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwLock, rw_lock_release)
