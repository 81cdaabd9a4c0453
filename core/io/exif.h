/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * EXIF blocks: directories of tags, as TIFF files have them, and the way from
 * one into the other (EXIF 2.32, section 4.6; TIFF 6.0, section 2).
 */
#pragma once

#include <glib.h>

typedef struct {
  guint16 tag, type; /* type: TIFF's, 1..13 and 16..18 */
  gsize count;
  guint8 *data; /* in native byte order, with a 0 behind it; owned */
  gsize n_bytes;
} RwExifEntry;

/* Directories; NULL where there is none. (element-type RwExifEntry) */
typedef struct {
  GPtrArray *main, *exif, *gps, *interop;
} RwExif;

enum {
  RW_EXIF_SHORT = 3,
  RW_EXIF_ORIENTATION = 0x0112,
  RW_EXIF_EXIF = 0x8769,
  RW_EXIF_GPS = 0x8825,
};

/* Fills @data with @n bytes of the file from @offset on; FALSE: not there. */
typedef gboolean (*RwExifRead) (gpointer file,
                                guint64 offset,
                                void *data,
                                gsize n);

/* What can be read of the directories of a TIFF file, or of a block, which is
 * one; what is damaged is left out, and what @skips names.  @first: offset of
 * the first directory.  @big: BigTIFF.  @n_bytes: length of the file.
 * (transfer full) */
RwExif *rw_exif_read (RwExifRead read,
                      gpointer file,
                      guint64 n_bytes,
                      gboolean big_endian,
                      gboolean big,
                      guint64 first,
                      gboolean (*skips) (int tag));

/* The bytes of an entry as they stand in the file. (transfer full) */
GBytes *rw_exif_get_bytes (const RwExifEntry *entry, gboolean big_endian);

/* Takes what @drops names out of the main directory. */
void rw_exif_drop (RwExif *exif, gboolean (*drops) (int tag));

/* The same of a block; NULL when it has no head. (transfer full) */
RwExif *rw_exif_parse (GBytes *block);
void rw_exif_free (RwExif *exif); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwExif, rw_exif_free)

/* A block of all of it; NULL when there is nothing in it. (transfer full) */
GBytes *rw_exif_write (const RwExif *exif);

/* One directory as it stands at @offset of a TIFF file, @interop below it (or
 * NULL).  (transfer full) */
GBytes *rw_exif_write_directory (GPtrArray *directory,
                                 GPtrArray *interop,
                                 gboolean big_endian,
                                 gboolean big,
                                 guint64 offset);

const RwExifEntry *rw_exif_find (GPtrArray *directory, int tag);

/* Adds a tag of one 16 bit number to the main directory. */
void rw_exif_add_short (RwExif *exif, int tag, int value);

/* 1..8 as the main directory says; 1 when it says nothing that is valid. */
int rw_exif_get_orientation (const RwExif *exif);

/* Of a block, or NULL. */
int rw_exif_block_orientation (GBytes *block);

/* Whether a block (or NULL) says that colours are Adobe RGB's, as cameras do
 * without a profile: ColorSpace 65535 and interoperability "R03" (DCF 2.0). */
gboolean rw_exif_block_is_adobe_rgb (GBytes *block);
