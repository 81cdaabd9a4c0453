/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What io/rows.c asks of a format.
 */
#pragma once

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
};

extern const RwRowReaderClass rw_png_reader;
extern const RwRowReaderClass rw_jpeg_reader;

/* The header alone; only its picture may be looked at. */
RwRowReader *rw_row_reader_open (const char *path, GError **error);

/* ---- writing ----------------------------------------------------------- */

typedef struct {
  gsize size; /* of the struct that begins with an RwRowWriter */
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
  gboolean opaque; /* has no alpha */
} RwRowWriterClass;

struct RwRowWriter {
  const RwRowWriterClass *class;
  RwFileWriter *file;
  char *path;     /* for messages */
  RwPicture kind; /* size, channels and depth; nothing else */
  gsize bytes;    /* see rw_row_writer_get_bytes */
  int n_written;  /* rows */
};

extern const RwRowWriterClass rw_png_writer;
extern const RwRowWriterClass rw_jpeg_writer;
