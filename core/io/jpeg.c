/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * JPEG by libjpeg-turbo: grey and YCbCr; profile, EXIF and density are kept.
 * Damage that libjpeg would paint over in grey is an error here, because what
 * comes out is to be trained on or mended.
 *
 * libjpeg leaves by longjmp (see io/png.c for what that asks of the code).
 */
#include "base/alloc.h"
#include "io/files.h"
#include "io/formats.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

/* A block of 64 samples takes a bit or more, so a byte makes 512 samples; 16
 * times that for subsampled components. */
static const double max_ratio = 8192;

enum {
  /* An honest progressive file has some ten; each costs a pass over the
   * picture. */
  MAX_SCANS = 500,
  MAX_EXIF_BYTES = 65533 - 6, /* of a marker */
  FULL_CHROMA_QUALITY = 90
};

static const char exif_prefix[6] = "Exif\0";

/* What libjpeg calls back with, and what outlives a jump. */
typedef struct {
  struct jpeg_error_mgr manager; /* first: libjpeg hands out its address */
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  char message[JMSG_LENGTH_MAX]; /* the error, or the first corruption */
  gboolean is_corrupt;
} Trap;

/* Leaves the library at any error. */
static void
on_error (j_common_ptr cinfo)
{
  Trap *trap = (Trap *) cinfo->err;

  if (!trap->is_corrupt)
    cinfo->err->format_message (cinfo, trap->message);
  longjmp (trap->jump, 1);
}

/* Level -1 is a warning; these few are no damage to the pixels. */
static void
on_message (j_common_ptr cinfo, int level)
{
  Trap *trap = (Trap *) cinfo->err;
  const int code = cinfo->err->msg_code;

  if (level >= 0 || trap->is_corrupt || code == JWRN_ADOBE_XFORM ||
      code == JWRN_JFIF_MAJOR || code == JWRN_BOGUS_ICC)
    return;
  cinfo->err->format_message (cinfo, trap->message);
  trap->is_corrupt = TRUE;
}

/* A small file of empty scans would keep us busy for hours. */
static void
on_progress (j_common_ptr cinfo)
{
  Trap *trap = (Trap *) cinfo->err;

  if (!cinfo->is_decompressor ||
      ((j_decompress_ptr) cinfo)->input_scan_number <= MAX_SCANS)
    return;
  g_snprintf (trap->message, sizeof trap->message, "more than %d scans",
              MAX_SCANS);
  trap->is_corrupt = TRUE;
  longjmp (trap->jump, 1);
}

static struct jpeg_error_mgr *
set_trap (Trap *trap)
{
  jpeg_std_error (&trap->manager);
  trap->manager.error_exit = on_error;
  trap->manager.emit_message = on_message;
  trap->progress.progress_monitor = on_progress;
  return &trap->manager;
}

/* ---- reading ----------------------------------------------------------- */

typedef struct {
  Trap trap;
  struct jpeg_decompress_struct cinfo;
  FILE *stream;
  const char *path;
  RwPicture *picture; /* owned by the caller */
} Reader;

static void
report (const Reader *reader, GError **error)
{
  const int code = reader->trap.manager.msg_code;

  if (ferror (reader->stream))
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: could not be read (%s); try again", reader->path,
                 g_strerror (errno));
  else if (code == JERR_IMAGE_TOO_BIG && !reader->trap.is_corrupt)
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: sides above %ld pixels, expected less; make it smaller",
                 reader->path, JPEG_MAX_DIMENSION);
  else
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: JPEG could not be read (%s); get the picture again, or "
                 "open and save it with an editor",
                 reader->path, reader->trap.message);
}

/* The header with its markers. */
static gboolean
read_header (Reader *reader)
{
  struct jpeg_decompress_struct *cinfo = &reader->cinfo;

  if (setjmp (reader->trap.jump))
    return FALSE;
  jpeg_create_decompress (cinfo);
  cinfo->progress = &reader->trap.progress;
  jpeg_stdio_src (cinfo, reader->stream);
  jpeg_save_markers (cinfo, JPEG_APP0 + 1, 0xffff);
  jpeg_save_markers (cinfo, JPEG_APP0 + 2, 0xffff);
  jpeg_read_header (cinfo, TRUE);
  reader->picture->width = (int) cinfo->image_width;
  reader->picture->height = (int) cinfo->image_height;
  reader->picture->channels = cinfo->num_components == 1 ? 1 : 3;
  reader->picture->depth = 8;
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
               reader->path,
               space == JCS_CMYK || space == JCS_YCCK ? "CMYK" : "strange");
  return FALSE;
}

static void
keep_density (const Reader *reader)
{
  const struct jpeg_decompress_struct *cinfo = &reader->cinfo;
  /* pixels per inch, per centimetre */
  const double per_metre = cinfo->density_unit == 1   ? 1 / 0.0254
                           : cinfo->density_unit == 2 ? 100
                                                      : 0;

  if (!cinfo->saw_JFIF_marker)
    return;
  reader->picture->density_x = (int) (cinfo->X_density * per_metre + 0.5);
  reader->picture->density_y = (int) (cinfo->Y_density * per_metre + 0.5);
}

static void
keep_exif (const Reader *reader)
{
  const gsize skip = sizeof exif_prefix;

  for (jpeg_saved_marker_ptr marker = reader->cinfo.marker_list;
       marker != NULL; marker = marker->next)
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length > skip &&
        memcmp (marker->data, exif_prefix, skip) == 0) {
      reader->picture->exif =
          g_bytes_new (marker->data + skip, marker->data_length - skip);
      return;
    }
}

static void
keep_icc (Reader *reader)
{
  JOCTET *data = NULL;
  unsigned int n = 0;

  if (jpeg_read_icc_profile (&reader->cinfo, &data, &n))
    reader->picture->icc = g_bytes_new (data, n);
  free (data);
}

static gboolean
read_rows (Reader *reader)
{
  struct jpeg_decompress_struct *cinfo = &reader->cinfo;
  const gsize stride = rw_picture_get_stride (reader->picture);

  if (setjmp (reader->trap.jump))
    return FALSE;
  keep_density (reader);
  keep_exif (reader);
  keep_icc (reader);
  cinfo->out_color_space =
      reader->picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress (cinfo);
  while (cinfo->output_scanline < cinfo->output_height) {
    JSAMPROW row =
        (JSAMPROW) reader->picture->data + cinfo->output_scanline * stride;
    jpeg_read_scanlines (cinfo, &row, 1);
  }
  jpeg_finish_decompress (cinfo);
  return !reader->trap.is_corrupt;
}

static gboolean
read_whole (Reader *reader, gsize n_bytes, GError **error)
{
  if (!rw_picture_check_claim (
          reader->picture, rw_picture_get_stride (reader->picture) / max_ratio,
          n_bytes, reader->path, error))
    return FALSE;
  if (!rw_picture_allocate (reader->picture, error)) {
    g_prefix_error (error, "%s: ", reader->path);
    return FALSE;
  }
  if (read_rows (reader))
    return TRUE;
  report (reader, error);
  return FALSE;
}

RwPicture *
rw_jpeg_read (FILE *stream,
              gsize n_bytes,
              const char *path,
              RwPicturePart part,
              GError **error)
{
  g_autoptr (RwPicture) picture = g_new0 (RwPicture, 1);
  Reader reader = { .stream = stream, .path = path, .picture = picture };

  reader.cinfo.err = set_trap (&reader.trap);
  gboolean done = read_header (&reader);
  if (!done)
    report (&reader, error);
  else
    done = check_colour (&reader, error);
  if (done && part == RW_PICTURE_WHOLE)
    done = read_whole (&reader, n_bytes, error);
  jpeg_destroy_decompress (&reader.cinfo);
  return done ? g_steal_pointer (&picture) : NULL;
}

/* ---- writing ----------------------------------------------------------- */

typedef struct {
  Trap trap;
  struct jpeg_compress_struct cinfo;
  const RwPicture *picture;
  int quality;
  JSAMPLE *row;        /* what libjpeg gets: 8 bits, no alpha */
  unsigned char *data; /* the file, from malloc */
  unsigned long n_bytes;
} Writer;

/* Row @y without alpha in 8 bits. */
static void
convert_row (const Writer *writer, int y)
{
  const RwPicture *picture = writer->picture;
  const int channels = picture->channels, kept = channels < 3 ? 1 : 3;
  const gsize first = (gsize) y * (gsize) picture->width * (gsize) channels;
  const guint8 *in8 = (const guint8 *) picture->data + first;
  const guint16 *in16 = (const guint16 *) picture->data + first;
  JSAMPLE *out = writer->row;

  for (int x = 0; x < picture->width; x++)
    for (int c = 0; c < kept; c++) {
      const int i = x * channels + c;
      *out++ =
          picture->depth == 8 ? in8[i] : (JSAMPLE) ((in16[i] + 128) / 257);
    }
}

static void
put_markers (Writer *writer)
{
  const RwPicture *picture = writer->picture;
  gsize n;

  if (picture->exif != NULL &&
      g_bytes_get_size (picture->exif) <= MAX_EXIF_BYTES) {
    const guint8 *data = g_bytes_get_data (picture->exif, &n);
    jpeg_write_m_header (&writer->cinfo, JPEG_APP0 + 1,
                         (unsigned int) (n + sizeof exif_prefix));
    for (gsize i = 0; i < sizeof exif_prefix; i++)
      jpeg_write_m_byte (&writer->cinfo, exif_prefix[i]);
    for (gsize i = 0; i < n; i++)
      jpeg_write_m_byte (&writer->cinfo, data[i]);
  }
  if (picture->icc != NULL) {
    const guint8 *data = g_bytes_get_data (picture->icc, &n);
    jpeg_write_icc_profile (&writer->cinfo, data, (unsigned int) n);
  }
}

/* JFIF has whole pixels per centimetre or inch, up to 65535. */
static void
put_density (Writer *writer)
{
  const int x = writer->picture->density_x, y = writer->picture->density_y;
  const gboolean metric = x % 100 == 0 && y % 100 == 0;
  const double factor = metric ? 0.01 : 0.0254;

  if (x <= 0 || y <= 0)
    return;
  writer->cinfo.density_unit = metric ? 2 : 1;
  writer->cinfo.X_density = (UINT16) CLAMP (x * factor + 0.5, 1, 65535);
  writer->cinfo.Y_density = (UINT16) CLAMP (y * factor + 0.5, 1, 65535);
}

static void
set_parameters (Writer *writer)
{
  struct jpeg_compress_struct *cinfo = &writer->cinfo;
  const gboolean grey = writer->picture->channels < 3;

  cinfo->image_width = (JDIMENSION) writer->picture->width;
  cinfo->image_height = (JDIMENSION) writer->picture->height;
  cinfo->input_components = grey ? 1 : 3;
  cinfo->in_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults (cinfo);
  jpeg_set_quality (cinfo, writer->quality, TRUE);
  cinfo->optimize_coding = TRUE;
  if (!grey && writer->quality >= FULL_CHROMA_QUALITY)
    cinfo->comp_info[0].h_samp_factor = cinfo->comp_info[0].v_samp_factor = 1;
  put_density (writer);
}

static gboolean
encode (Writer *writer)
{
  struct jpeg_compress_struct *cinfo = &writer->cinfo;

  if (setjmp (writer->trap.jump))
    return FALSE;
  jpeg_create_compress (cinfo);
  jpeg_mem_dest (cinfo, &writer->data, &writer->n_bytes);
  set_parameters (writer);
  jpeg_start_compress (cinfo, TRUE);
  put_markers (writer);
  while (cinfo->next_scanline < cinfo->image_height) {
    convert_row (writer, (int) cinfo->next_scanline);
    jpeg_write_scanlines (cinfo, &writer->row, 1);
  }
  jpeg_finish_compress (cinfo);
  return TRUE;
}

static gboolean
check_picture (const RwPicture *picture, const char *path, GError **error)
{
  const char *problem = NULL;

  if (!rw_picture_is_opaque (picture))
    problem = "the picture has transparent pixels, JPEG has none";
  else if (MAX (picture->width, picture->height) > JPEG_MAX_DIMENSION)
    problem = "the picture has a side above JPEG's 65500 pixels";
  if (problem != NULL)
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH, "%s: %s; save it as .png",
                 path, problem);
  return problem == NULL;
}

gboolean
rw_jpeg_save (const RwPicture *picture,
              const char *path,
              int quality,
              GError **error)
{
  Writer writer = { .picture = picture, .quality = quality };

  if (!check_picture (picture, path, error))
    return FALSE;
  rw_autofree JSAMPLE *row =
      rw_try_alloc ((gsize) picture->width, 3, path, error);
  if (row == NULL)
    return FALSE;
  writer.row = row;
  writer.cinfo.err = set_trap (&writer.trap);
  gboolean done = encode (&writer);
  if (!done)
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: JPEG could not be made (%s); save it as .png", path,
                 writer.trap.message);
  else
    done = rw_file_save (path, writer.data, writer.n_bytes, error);
  jpeg_destroy_compress (&writer.cinfo);
  free (writer.data);
  return done;
}
