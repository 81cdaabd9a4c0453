/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files for what "-" stands for.
 */
#pragma once

#include <glib.h>

/* The path of a new, empty file for a PNG.  (transfer full), to be unlinked. */
char *rw_cli_spool_new (GError **error);

/* Standard input into @path; RW_ERROR_CANCELLED after Ctrl-C. */
gboolean rw_cli_spool_read (const char *path, GError **error);

/* @text with @name wherever it has @path, which may be NULL.  (transfer full)
 */
char *
rw_cli_spool_rename (const char *text, const char *path, const char *name);

/* @path, which is unlinked, to standard output. */
gboolean rw_cli_spool_print (const char *path, GError **error);
