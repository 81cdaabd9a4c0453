/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files: whole ones read with a cap, atomic writing.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

/* Reads a regular file of at most @max_bytes. (transfer full) */
GBytes *rw_file_read (const char *path, gsize max_bytes, GError **error);

/* Opens a regular file for reading; @n_bytes: its size. (transfer full),
 * fclose. */
FILE *rw_file_open (const char *path, gsize *n_bytes, GError **error);

/* A file being written beside @path; nobody sees it before commit.  The first
 * one in a folder takes away what runs that were killed have left there. */
typedef struct RwFileWriter RwFileWriter;
RwFileWriter *rw_file_writer_new (const char *path, GError **error);
gboolean rw_file_writer_write (RwFileWriter *writer,
                               const void *data,
                               gsize n,
                               GError **error);
/* Its stream, for libraries that go back in a file; (transfer none). */
FILE *rw_file_writer_get_stream (RwFileWriter *writer);
/* Flush, fsync, rename over @path, fsync of the folder.  Frees the writer;
 * on failure the old file is intact and the temporary one is gone. */
gboolean rw_file_writer_commit (RwFileWriter *writer, GError **error);
void rw_file_writer_discard (RwFileWriter *writer); /* accepts NULL */

/* All of it in one call. */
gboolean
rw_file_save (const char *path, const void *data, gsize n, GError **error);
