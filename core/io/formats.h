/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What io/rows.c asks of a format.
 */
#pragma once

#include <stdarg.h>
#include <stdio.h>

#include "io/files.h"
#include "io/rows.h"

/* ---- reading ----------------------------------------------------------- */

typedef struct {
  const char *magic; /* the first bytes of such a file */
  gsize n_magic;
  gsize size; /* of the struct that begins with an RwRowReader */
  /* Sets picture's size and kind and row_bytes. */
  gboolean (*read_header) (RwRowReader *reader, GError **error);
  /* Sets what belongs to the picture, and bytes.  Only for sizes that are
   * allowed. */
  gboolean (*start) (RwRowReader *reader, GError **error);
  gboolean (*read) (RwRowReader *reader, guint8 *rows, int n, GError **error);
  /* After the last row. */
  gboolean (*finish) (RwRowReader *reader, GError **error);
  void (*clear) (RwRowReader *reader);
} RwRowReaderClass;

struct RwRowReader {
  const RwRowReaderClass *class;
  FILE *stream;
  char *path;         /* for messages */
  gsize n_bytes;      /* of the file */
  RwPicture *picture; /* without data */
  double row_bytes;   /* of the file that a row takes, at least */
  gsize bytes;        /* see rw_row_reader_get_bytes */
  int n_read;         /* rows */
  gsize n_metadata;   /* bytes of what describes the picture, so far */
  GPtrArray *notes;   /* what of the file is not kept */
};

extern const RwRowReaderClass rw_png_reader;
extern const RwRowReaderClass rw_jpeg_reader;
#ifdef RW_HAVE_TIFF
extern const RwRowReaderClass rw_tiff_reader, rw_tiff_reader_big_endian,
    rw_tiff_reader_64, rw_tiff_reader_64_big_endian;
#endif
#ifdef RW_HAVE_WEBP
extern const RwRowReaderClass rw_webp_reader;
#endif

/* The picture's record of what else describes it, made when it has none. */
RwMetadata *rw_row_reader_get_more (RwRowReader *reader);

void rw_row_reader_note (RwRowReader *reader, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* Adds a note, unless it is there. */
void
rw_row_keep_note (GPtrArray *notes, const char *format, va_list arguments);

/* Where bytes that are not 0 begin at or behind @offset of the file, -1:
 * nowhere. */
goffset rw_row_reader_find_rest (RwRowReader *reader, goffset offset);

/* Notes what lies behind the end of the picture, at @offset, if anything. */
void rw_row_reader_note_rest (RwRowReader *reader, goffset offset);

/* Takes @n bytes of metadata into account; FALSE: above RW_METADATA_MAX. */
gboolean rw_row_reader_claim (RwRowReader *reader,
                              const char *what,
                              guint64 n,
                              GError **error);

/* Only the header is read; only its picture may be looked at. */
RwRowReader *rw_row_reader_open (const char *path, GError **error);

/* ---- writing ----------------------------------------------------------- */

typedef struct {
  gsize size; /* of the struct that begins with an RwRowWriter */
  /* Changes the rows' depth, channels and premultiplied to what is written. */
  void (*choose) (const RwPicture *like, RwPicture *kind);
  /* Whether the format can hold such a picture, without looking at pixels. */
  gboolean (*accepts) (const RwPicture *like,
                       const char *path,
                       GError **error);
  /* Writes what comes before the rows, and sets bytes. */
  gboolean (*start) (RwRowWriter *writer,
                     const RwPicture *like,
                     const RwRowOptions *options,
                     GError **error);
  gboolean (*write) (RwRowWriter *writer,
                     const guint8 *rows,
                     int n,
                     GError **error);
  gboolean (*finish) (RwRowWriter *writer, GError **error);
  void (*clear) (RwRowWriter *writer);
  gboolean opaque;       /* has no alpha */
  gboolean holds_colour; /* has gAMA, cHRM, sRGB and cICP of its own */
  gboolean needs_rgb;    /* has no grey */
} RwRowWriterClass;

struct RwRowWriter {
  const RwRowWriterClass *class;
  RwFileWriter *file;
  char *path;       /* for messages */
  RwPicture kind;   /* of the rows that the class gets: size, channels, depth,
                     premultiplied; nothing else */
  RwPicture from;   /* of the caller's rows, with their curves where those are
                     to be undone */
  float *rgba;      /* as many pixels as made has */
  RwPicture *made;  /* rows of kind, where it is not from; or NULL */
  GBytes *profile;  /* what goes into the file; or NULL */
  GBytes *blocks;   /* Photoshop's, for JPEG; or NULL */
  GPtrArray *notes; /* sentences on what the file cannot keep */
  gsize bytes;      /* see rw_row_writer_get_bytes */
  int n_written;    /* rows */
};

extern const RwRowWriterClass rw_png_writer;
extern const RwRowWriterClass rw_jpeg_writer;
#ifdef RW_HAVE_TIFF
extern const RwRowWriterClass rw_tiff_writer;
#endif
#ifdef RW_HAVE_WEBP
extern const RwRowWriterClass rw_webp_writer;
#endif

void rw_row_writer_note (RwRowWriter *writer, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
