/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * JPEG read by libjpeg-turbo: grey and YCbCr; profile, EXIF and density are
 * kept.
 */
#include "base/alloc.h"
#include "io/formats.h"
#include "io/jpeg-markers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>

/* A block of 64 samples takes a bit or more, so a byte makes 512 samples; 16
 * times that for subsampled components. */
static const double max_ratio = 8192;

typedef struct {
  RwRowReader base;
  RwJpegTrap trap;
  struct jpeg_decompress_struct cinfo;
  gsize coefficients; /* bytes; 0: it can go through in rows */
  int n_markers;      /* before the pixels */
  gboolean started;
} Reader;

static gboolean
fail (const Reader *reader, GError **error)
{
  const char *path = reader->base.path;
  const int code = reader->trap.manager.msg_code;

  if (ferror (reader->base.stream))
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: could not be read (%s); try again", path,
                 g_strerror (errno));
  else if (code == JERR_IMAGE_TOO_BIG && !reader->trap.is_corrupt)
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: sides above %ld pixels, expected less; make it smaller",
                 path, JPEG_MAX_DIMENSION);
  else if (code == JERR_OUT_OF_MEMORY && !reader->trap.is_corrupt)
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: %zu MiB of coefficients of a progressive JPEG do not "
                 "fit into memory; save it as a baseline one",
                 path, reader->coefficients >> 20);
  else
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: JPEG could not be read (%s); get the picture again, or "
                 "open and save it with an editor",
                 path, reader->trap.message);
  return FALSE;
}

/* ---- header ------------------------------------------------------------ */

static gboolean
read_markers (Reader *reader)
{
  struct jpeg_decompress_struct *cinfo = &reader->cinfo;

  cinfo->err = rw_jpeg_trap_set (&reader->trap);
  if (setjmp (reader->trap.jump))
    return FALSE;
  jpeg_create_decompress (cinfo);
  cinfo->progress = &reader->trap.progress;
  jpeg_stdio_src (cinfo, reader->base.stream);
  rw_jpeg_save_markers (cinfo);
  jpeg_read_header (cinfo, TRUE);
  return !reader->trap.is_corrupt;
}

static gboolean
check_colour (const Reader *reader, GError **error)
{
  const J_COLOR_SPACE space = reader->cinfo.jpeg_color_space;

  if (space == JCS_GRAYSCALE || space == JCS_YCbCr || space == JCS_RGB)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: is a %s JPEG, expected grey or RGB; convert it first",
               reader->base.path,
               space == JCS_CMYK || space == JCS_YCCK ? "CMYK" : "strange");
  return FALSE;
}

static gboolean
read_header (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;
  RwPicture *picture = base->picture;

  if (!rw_jpeg_check_segments (base, error))
    return FALSE;
  if (!read_markers (reader))
    return fail (reader, error);
  picture->width = (int) reader->cinfo.image_width;
  picture->height = (int) reader->cinfo.image_height;
  picture->channels = reader->cinfo.num_components == 1 ? 1 : 3;
  picture->depth = 8;
  base->row_bytes = (double) rw_picture_get_stride (picture) / max_ratio;
  return check_colour (reader, error);
}

/* ---- what belongs to the picture --------------------------------------- */

static void
keep_density (const Reader *reader)
{
  const struct jpeg_decompress_struct *cinfo = &reader->cinfo;

  if (!cinfo->saw_JFIF_marker)
    return;
  RwMetadata *more = reader->base.picture->more;
  more->jfif_unit = cinfo->density_unit;
  more->jfif_x = cinfo->X_density;
  more->jfif_y = cinfo->Y_density;
  reader->base.picture->density_x =
      rw_jpeg_get_density (cinfo->density_unit, cinfo->X_density);
  reader->base.picture->density_y =
      rw_jpeg_get_density (cinfo->density_unit, cinfo->Y_density);
}

static gboolean
keep_icc (Reader *reader)
{
  JOCTET *data = NULL;
  unsigned int n = 0;

  if (setjmp (reader->trap.jump))
    return FALSE;
  if (jpeg_read_icc_profile (&reader->cinfo, &data, &n))
    reader->base.picture->icc = g_bytes_new (data, n);
  free (data);
  return TRUE;
}

/* ---- rows -------------------------------------------------------------- */

static gboolean
start (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;
  struct jpeg_decompress_struct *cinfo = &reader->cinfo;

  if (!rw_jpeg_check_pictures (base, cinfo, error))
    return FALSE;
  rw_jpeg_keep_markers (base, cinfo);
  reader->n_markers = rw_jpeg_count_markers (cinfo);
  keep_density (reader);
  if (!keep_icc (reader))
    return fail (reader, error);
  cinfo->out_color_space =
      base->picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  if (jpeg_has_multiple_scans (cinfo))
    reader->coefficients =
        rw_jpeg_count_coefficients (cinfo->comp_info, cinfo->num_components);
  base->bytes =
      rw_jpeg_count_bytes (cinfo->image_width) + reader->coefficients;
  return TRUE;
}

/* All scans of a file that has several are read now. */
static gboolean
start_rows (Reader *reader)
{
  if (setjmp (reader->trap.jump))
    return FALSE;
  jpeg_start_decompress (&reader->cinfo);
  reader->started = TRUE;
  return TRUE;
}

static gboolean
read_rows (Reader *reader, guint8 *rows, int n)
{
  const gsize stride = rw_picture_get_stride (reader->base.picture);

  if (setjmp (reader->trap.jump))
    return FALSE;
  for (int y = 0; y < n; y++) {
    JSAMPROW row = rows + (gsize) y * stride;
    jpeg_read_scanlines (&reader->cinfo, &row, 1);
  }
  return !reader->trap.is_corrupt;
}

static gboolean
read_some (RwRowReader *base, guint8 *rows, int n, GError **error)
{
  Reader *reader = (Reader *) base;

  if (!reader->started &&
      !rw_check_alloc (reader->coefficients, 1, base->path, error))
    return FALSE;
  return ((reader->started || start_rows (reader)) &&
          read_rows (reader, rows, n)) ||
         fail (reader, error);
}

static gboolean
read_end (Reader *reader)
{
  if (setjmp (reader->trap.jump))
    return FALSE;
  while (!jpeg_input_complete (&reader->cinfo))
    jpeg_consume_input (&reader->cinfo);
  if (rw_jpeg_count_markers (&reader->cinfo) > reader->n_markers)
    rw_row_reader_note (&reader->base, "the segments behind its pixels");
  jpeg_finish_decompress (&reader->cinfo);
  return !reader->trap.is_corrupt;
}

static gboolean
finish (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;

  if (!read_end (reader))
    return fail (reader, error);
  const goffset here =
      ftello (base->stream) - (goffset) reader->cinfo.src->bytes_in_buffer;
  const goffset rest = rw_row_reader_find_rest (base, here);
  guint8 next[3];
  if (rest >= 0 && fseeko (base->stream, rest, SEEK_SET) == 0 &&
      fread (next, 1, 3, base->stream) == 3 &&
      memcmp (next, "\xff\xd8\xff", 3) == 0)
    rw_row_reader_note (base, "the other pictures in the file");
  else
    rw_row_reader_note_rest (base, here);
  return TRUE;
}

static void
clear (RwRowReader *base)
{
  jpeg_destroy_decompress (&((Reader *) base)->cinfo);
}

const RwRowReaderClass rw_jpeg_reader = {
  .magic = "\xff\xd8\xff",
  .n_magic = 3,
  .size = sizeof (Reader),
  .read_header = read_header,
  .start = start,
  .read = read_some,
  .finish = finish,
  .clear = clear,
};
