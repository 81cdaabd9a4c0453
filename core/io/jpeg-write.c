/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * JPEG written by libjpeg-turbo, straight to the file.
 *
 * Huffman tables made for the picture save some percent, but are only known
 * at its end: libjpeg then holds the coefficients of all of it.  The pixels
 * are the same either way.
 */
#include "base/alloc.h"
#include "io/formats.h"
#include "io/jpeg-markers.h"

#include <jerror.h>

enum { FULL_CHROMA_QUALITY = 90, BUFFER_BYTES = 64 << 10 };

typedef struct {
  RwRowWriter base;
  RwJpegTrap trap;
  struct jpeg_compress_struct cinfo;
  struct jpeg_destination_mgr destination;
  JSAMPLE *row;  /* what libjpeg gets: 8 bits, no alpha */
  GError *error; /* of ours, when it was not libjpeg that failed */
  JOCTET buffer[BUFFER_BYTES];
} Writer;

static gboolean
fail (Writer *writer, GError **error)
{
  if (writer->error != NULL)
    g_propagate_error (error, g_steal_pointer (&writer->error));
  else
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: JPEG could not be made (%s); save it as .png",
                 writer->base.path, writer->trap.message);
  return FALSE;
}

/* ---- the file ---------------------------------------------------------- */

static void
on_begin (j_compress_ptr cinfo)
{
  Writer *writer = cinfo->client_data;

  writer->destination.next_output_byte = writer->buffer;
  writer->destination.free_in_buffer = BUFFER_BYTES;
}

static void
put (Writer *writer, gsize n)
{
  if (!rw_file_writer_write (writer->base.file, writer->buffer, n,
                             &writer->error))
    ERREXIT (&writer->cinfo, JERR_FILE_WRITE);
  on_begin (&writer->cinfo);
}

/* Whatever free_in_buffer says: the whole buffer is meant. */
static boolean
on_full (j_compress_ptr cinfo)
{
  put (cinfo->client_data, BUFFER_BYTES);
  return TRUE;
}

static void
on_end (j_compress_ptr cinfo)
{
  Writer *writer = cinfo->client_data;

  put (writer, BUFFER_BYTES - writer->destination.free_in_buffer);
}

/* ---- head -------------------------------------------------------------- */

/* JFIF has whole pixels per centimetre or inch, up to 65535. */
static void
set_density (struct jpeg_compress_struct *cinfo, const RwPicture *like)
{
  const RwMetadata *more = like->more;
  const int x = like->density_x, y = like->density_y;
  const gboolean metric = x % 100 == 0 && y % 100 == 0;
  const double factor = metric ? 0.01 : 0.0254;

  if (more != NULL && more->jfif_x > 0 && more->jfif_y > 0 &&
      rw_jpeg_get_density (more->jfif_unit, more->jfif_x) == x &&
      rw_jpeg_get_density (more->jfif_unit, more->jfif_y) == y) {
    cinfo->density_unit = more->jfif_unit;
    cinfo->X_density = more->jfif_x;
    cinfo->Y_density = more->jfif_y;
    return;
  }
  if (x <= 0 || y <= 0)
    return;
  cinfo->density_unit = metric ? 2 : 1;
  cinfo->X_density = (UINT16) CLAMP (x * factor + 0.5, 1, 65535);
  cinfo->Y_density = (UINT16) CLAMP (y * factor + 0.5, 1, 65535);
}

/* As libjpeg will count them. */
static gsize
count_coefficients (const struct jpeg_compress_struct *cinfo)
{
  jpeg_component_info components[3];
  const int n = cinfo->num_components,
            h = cinfo->comp_info[0].h_samp_factor, /* the largest */
      v = cinfo->comp_info[0].v_samp_factor;

  for (int i = 0; i < n; i++) {
    jpeg_component_info *c = &components[i];
    *c = cinfo->comp_info[i];
    c->width_in_blocks =
        (cinfo->image_width * c->h_samp_factor + 8 * h - 1) / (8 * h);
    c->height_in_blocks =
        (cinfo->image_height * c->v_samp_factor + 8 * v - 1) / (8 * v);
  }
  return rw_jpeg_count_coefficients (components, n);
}

static void
set_parameters (Writer *writer, const RwPicture *like, int quality)
{
  struct jpeg_compress_struct *cinfo = &writer->cinfo;
  const gboolean grey = like->channels < 3;

  cinfo->image_width = (JDIMENSION) like->width;
  cinfo->image_height = (JDIMENSION) like->height;
  cinfo->input_components = grey ? 1 : 3;
  cinfo->in_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults (cinfo);
  jpeg_set_quality (cinfo, CLAMP (quality, 1, 100), TRUE);
  if (!grey && quality >= FULL_CHROMA_QUALITY)
    cinfo->comp_info[0].h_samp_factor = cinfo->comp_info[0].v_samp_factor = 1;
  set_density (cinfo, like);
}

static void
set_destination (Writer *writer)
{
  writer->destination.init_destination = on_begin;
  writer->destination.empty_output_buffer = on_full;
  writer->destination.term_destination = on_end;
  writer->cinfo.client_data = writer;
  writer->cinfo.dest = &writer->destination;
}

/* Huffman tables of the picture's own, where its coefficients may be kept. */
static void
set_coding (Writer *writer, const RwRowOptions *options)
{
  const gsize most = options->memory ? options->memory : RW_ROW_WRITER_MEMORY;
  const gsize n_bytes = count_coefficients (&writer->cinfo);

  writer->cinfo.optimize_coding = n_bytes <= most;
  if (writer->cinfo.optimize_coding)
    writer->base.bytes += n_bytes;
}

static gboolean
write_head (Writer *writer, const RwPicture *like, const RwRowOptions *options)
{
  struct jpeg_compress_struct *cinfo = &writer->cinfo;

  cinfo->err = rw_jpeg_trap_set (&writer->trap);
  if (setjmp (writer->trap.jump))
    return FALSE;
  jpeg_create_compress (cinfo);
  set_destination (writer);
  set_parameters (writer, like, options->quality);
  writer->base.bytes =
      sizeof *writer + rw_jpeg_count_bytes (cinfo->image_width);
  set_coding (writer, options);
  jpeg_start_compress (cinfo, TRUE);
  rw_jpeg_put_markers (&writer->base, cinfo, like);
  return TRUE;
}

static void
choose (const RwPicture *like, RwPicture *kind)
{
  kind->depth = 8;
  kind->premultiplied = FALSE;
}

static gboolean
accepts (const RwPicture *like, const char *path, GError **error)
{
  if (MAX (like->width, like->height) <= JPEG_MAX_DIMENSION)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: the picture has a side above JPEG's %ld pixels; save it "
               "as .png",
               path, JPEG_MAX_DIMENSION);
  return FALSE;
}

static gboolean
start (RwRowWriter *base,
       const RwPicture *like,
       const RwRowOptions *options,
       GError **error)
{
  Writer *writer = (Writer *) base;

  if (like->more != NULL)
    base->blocks = rw_metadata_get_photoshop (like->more);
  writer->row = rw_try_alloc ((gsize) like->width, 3, base->path, error);
  return writer->row != NULL &&
         (write_head (writer, like, options) || fail (writer, error));
}

/* ---- rows -------------------------------------------------------------- */

/* A row of the picture without alpha. */
static void
convert_row (const Writer *writer, const void *row)
{
  const RwPicture *kind = &writer->base.kind;
  const int channels = kind->channels, kept = channels < 3 ? 1 : 3;
  const guint8 *in = row;
  JSAMPLE *out = writer->row;

  for (int x = 0; x < kind->width; x++, in += channels)
    for (int c = 0; c < kept; c++)
      *out++ = in[c];
}

static gboolean
write_rows (Writer *writer, const guint8 *rows, int n)
{
  const gsize stride = rw_picture_get_stride (&writer->base.kind);

  if (setjmp (writer->trap.jump))
    return FALSE;
  for (int y = 0; y < n; y++) {
    convert_row (writer, rows + (gsize) y * stride);
    jpeg_write_scanlines (&writer->cinfo, &writer->row, 1);
  }
  return TRUE;
}

static gboolean
write_some (RwRowWriter *base, const guint8 *rows, int n, GError **error)
{
  Writer *writer = (Writer *) base;

  return write_rows (writer, rows, n) || fail (writer, error);
}

static gboolean
write_end (Writer *writer)
{
  if (setjmp (writer->trap.jump))
    return FALSE;
  jpeg_finish_compress (&writer->cinfo);
  return TRUE;
}

static gboolean
finish (RwRowWriter *base, GError **error)
{
  Writer *writer = (Writer *) base;

  return write_end (writer) || fail (writer, error);
}

static void
clear (RwRowWriter *base)
{
  Writer *writer = (Writer *) base;

  jpeg_destroy_compress (&writer->cinfo);
  rw_free (writer->row);
  g_clear_pointer (&base->blocks, g_bytes_unref);
  g_clear_error (&writer->error);
}

const RwRowWriterClass rw_jpeg_writer = {
  .size = sizeof (Writer),
  .choose = choose,
  .accepts = accepts,
  .start = start,
  .write = write_some,
  .finish = finish,
  .clear = clear,
  .opaque = TRUE,
};
