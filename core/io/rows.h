/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files row by row, in the file's own depth, so that a picture need not be in
 * memory as a whole: PNG, JPEG, and TIFF and WebP where the build has them.
 *
 *   reader = rw_row_reader_new (in, &error);
 *   writer = rw_row_writer_new (out, rw_row_reader_get_picture (reader), ...);
 *   for each row: rw_row_reader_read (), rw_row_writer_write ()
 *   rw_row_writer_commit (writer, &error);
 *
 * Some kinds of files cannot be read so and are held whole by their reader,
 * which rw_row_reader_get_bytes counts: interlaced PNG and WebP, as samples,
 * and JPEG in several scans, such as progressive, as coefficients of 16 bits.
 * A WebP is held whole by its writer, too.
 */
#pragma once

#include <glib.h>

#include "io/picture.h"

/* ---- reading ----------------------------------------------------------- */

typedef struct RwRowReader RwRowReader;

/* Reads @path up to its first row; which of its formats it is the first bytes
 * tell.  Errors: those of rw_picture_load.  (transfer full) */
RwRowReader *rw_row_reader_new (const char *path, GError **error);
void rw_row_reader_free (RwRowReader *reader); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwRowReader, rw_row_reader_free)

/* Endings of the files that can be read and written so, in lower case, the
 * last one NULL. */
extern const char *const rw_row_endings[];

/* Whether @path begins as one of these does. */
gboolean rw_row_reader_knows (const char *path);

/* What of the file is not kept, a sentence each, without a full stop. All of
 * them are there after the last row. */
const GPtrArray *rw_row_reader_get_notes (const RwRowReader *reader);

/* Its size, its kind and all that belongs to it; data is NULL. */
const RwPicture *rw_row_reader_get_picture (const RwRowReader *reader);

/* Bytes that reading takes, at most, besides the caller's rows. */
gsize rw_row_reader_get_bytes (const RwRowReader *reader);

/* The next @n rows into @rows, tightly packed.  The last one comes only if the
 * rest of the file is sound, too.  After an error nothing more can be read. */
gboolean
rw_row_reader_read (RwRowReader *reader, void *rows, int n, GError **error);

/* ---- writing ----------------------------------------------------------- */

typedef struct RwRowWriter RwRowWriter;

typedef struct {
  int quality;  /* of JPEG, 1..100 */
  gsize memory; /* bytes of coefficients that may be held to make a JPEG
                   smaller; where there are more, its Huffman tables are the
                   standard ones.  0: RW_ROW_WRITER_MEMORY */
  const RwPicture *before; /* what the pixels were made of, where they are not
                              its own any more: what describes it is made true
                              of them (io/renew.h).  Or NULL */
} RwRowOptions;

#define RW_ROW_WRITER_MEMORY ((gsize) 256 << 20) /* 44 megapixels in 4:4:4 */

/* Begins the file @path, as rw_picture_save does: nobody sees it before it is
 * committed.  @like: its size, kind and what belongs to it; not kept.
 * (transfer full) */
RwRowWriter *rw_row_writer_new (const char *path,
                                const RwPicture *like,
                                const RwRowOptions *options,
                                GError **error);

/* Bytes that writing takes, at most, besides the caller's rows. */
gsize rw_row_writer_get_bytes (const RwRowWriter *writer);

/* What the file cannot keep, as rw_row_reader_get_notes. */
const GPtrArray *rw_row_writer_get_notes (const RwRowWriter *writer);

/* Whether there is anything to check: alpha, and a format that has none. */
gboolean rw_row_writer_needs_check (const RwRowWriter *writer);

/* Whether the format can hold @n rows like @rows: RW_ERROR_MISMATCH for
 * transparent pixels of a JPEG.  Writing checks it, too. */
gboolean rw_row_writer_check (const RwRowWriter *writer,
                              const void *rows,
                              int n,
                              GError **error);

/* The next @n rows, tightly packed. */
gboolean rw_row_writer_write (RwRowWriter *writer,
                              const void *rows,
                              int n,
                              GError **error);

/* Ends the file after its last row and gives it its name.  Frees the writer;
 * on failure an old file is as it was and the new one is gone. */
gboolean rw_row_writer_commit (RwRowWriter *writer, GError **error);
void rw_row_writer_discard (RwRowWriter *writer); /* accepts NULL */

/* ---- whole pictures ---------------------------------------------------- */

/* All rows of @path; what of the file is not kept is added to @notes
 * (element-type utf8).  (transfer full) */
RwPicture *rw_row_load (const char *path, GPtrArray *notes, GError **error);

/* All rows into @path. */
gboolean rw_row_save (const RwPicture *picture,
                      const char *path,
                      const RwRowOptions *options,
                      GPtrArray *notes,
                      GError **error);

/* Adds @more's strings to @notes (or NULL). */
void rw_row_add_notes (GPtrArray *notes, const GPtrArray *more);
