/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Temporary files beside those that are being written, and which of them this
 * process has, so that none stays however it ends.  Any thread.
 */
#pragma once

#include <glib.h>

/* Creates one in @folder, to be read and written.  @path: (transfer full);
 * @lock: another descriptor of it, which says that it is in use until it is
 * closed, or -1.  The first one in a folder takes away what runs that were
 * killed have left there.  -1 and errno when that fails; @path is then NULL. */
int rw_temporary_create (const char *folder, char **path, int *lock);

/* Gives it its name @target, which is one step; FALSE and errno. */
gboolean rw_temporary_rename (const char *path, const char *target);

/* Takes it away, a folder with the files in it.  Keeps errno. */
void rw_temporary_remove (const char *path);

/* Counts @path, a file or a folder of files that somebody else has created,
 * among those of this process, until it is removed. */
void rw_temporary_add (const char *path);

/* For a process that is about to end at once, whatever its other threads do:
 * takes all of them away.  From then on who creates, renames or removes one
 * waits for that end. */
void rw_temporary_abandon (void);
