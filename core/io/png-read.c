/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * PNG read by libpng: every colour type and depth, interlaced or not; profile,
 * EXIF, gamma, primaries, sRGB mark and density are kept.
 *
 * libpng leaves by longjmp.  So every function that calls setjmp keeps all
 * that must outlive the jump in the reader, and changes no local after it.
 */
#include "io/formats.h"
#include "io/png-chunks.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

/* Deflate makes at most 1032 bytes from one (zlib's technical notes). */
static const double max_ratio = 1032;

enum {
  MAX_CHUNK_BYTES = 64 << 20, /* a profile or EXIF block, unpacked */
  WORK_BYTES = 256 << 10      /* of zlib and libpng; 60 KiB measured */
};

typedef struct {
  RwRowReader base;
  png_structp png;
  png_infop info;
  RwPicture *whole;  /* of an interlaced file, once it is read */
  GError *error;     /* of ours, when it was not libpng that failed */
  char message[128]; /* libpng's */
} Reader;

static void
on_error (png_structp png, png_const_charp message)
{
  Reader *reader = png_get_error_ptr (png);

  g_strlcpy (reader->message, message, sizeof reader->message);
  png_longjmp (png, 1);
}

/* What libpng could mend or may ignore. */
static void
on_warning (png_structp png, png_const_charp message)
{
}

/* Moves the error that ended the work out.  FALSE */
static gboolean
fail (Reader *reader, GError **error)
{
  if (reader->error != NULL)
    g_propagate_error (error, g_steal_pointer (&reader->error));
  else
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: PNG could not be read (%s); get the picture again",
                 reader->base.path, reader->message);
  return FALSE;
}

static void
on_read (png_structp png, png_bytep data, size_t n)
{
  Reader *reader = png_get_io_ptr (png);

  if (fread (data, 1, n, reader->base.stream) == n)
    return;
  if (ferror (reader->base.stream))
    g_set_error (&reader->error, RW_ERROR, RW_ERROR_IO,
                 "%s: could not be read (%s); try again", reader->base.path,
                 g_strerror (errno));
  png_error (png, "the file ends too early");
}

static gboolean
open_png (Reader *reader)
{
  reader->png = png_create_read_struct (PNG_LIBPNG_VER_STRING, reader,
                                        on_error, on_warning);
  if (reader->png != NULL)
    reader->info = png_create_info_struct (reader->png);
  return reader->info != NULL;
}

static void
close_png (Reader *reader)
{
  png_destroy_read_struct (&reader->png, &reader->info, NULL);
}

/* ---- header ------------------------------------------------------------ */

/* What set_transforms will make of the file's colour type: libpng only says so
 * after it has allocated rows of whatever width the header claims. */
static void
describe (const Reader *reader)
{
  const int type = png_get_color_type (reader->png, reader->info);
  const gboolean transparent =
      png_get_valid (reader->png, reader->info, PNG_INFO_tRNS) != 0 ||
      (type & PNG_COLOR_MASK_ALPHA) != 0;
  RwPicture *picture = reader->base.picture;

  picture->width = (int) png_get_image_width (reader->png, reader->info);
  picture->height = (int) png_get_image_height (reader->png, reader->info);
  picture->channels =
      ((type & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1) + transparent;
  picture->depth =
      png_get_bit_depth (reader->png, reader->info) == 16 ? 16 : 8;
}

/* All chunks before the pixels. */
static gboolean
read_info (Reader *reader)
{
  if (setjmp (png_jmpbuf (reader->png)))
    return FALSE;
  png_set_user_limits (reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max (reader->png, MAX_CHUNK_BYTES);
  png_set_keep_unknown_chunks (reader->png, PNG_HANDLE_CHUNK_NEVER,
                               rw_png_ours, rw_png_count_ours ());
  png_set_read_fn (reader->png, reader, on_read);
  png_read_info (reader->png, reader->info);
  return TRUE;
}

static gboolean
read_header (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;

  if (!rw_png_check_chunks (base, error))
    return FALSE;
  if (!open_png (reader) || !read_info (reader))
    return fail (reader, error);
  describe (reader);
  base->row_bytes =
      (double) png_get_rowbytes (reader->png, reader->info) / max_ratio;
  return TRUE;
}

/* ---- what belongs to the picture --------------------------------------- */

static void
keep_density (const Reader *reader)
{
  png_uint_32 x, y;
  int unit;

  if (!png_get_pHYs (reader->png, reader->info, &x, &y, &unit))
    return;
  if (unit != PNG_RESOLUTION_METER || x > G_MAXINT || y > G_MAXINT)
    return;
  reader->base.picture->density_x = (int) x;
  reader->base.picture->density_y = (int) y;
}

static void
keep_colour (const Reader *reader)
{
  RwPicture *picture = reader->base.picture;
  png_fixed_point gamma, p[8];
  int intent;

  if (png_get_gAMA_fixed (reader->png, reader->info, &gamma))
    picture->gamma = gamma;
  if (png_get_sRGB (reader->png, reader->info, &intent))
    picture->srgb = intent + 1;
  if (png_get_cHRM_fixed (reader->png, reader->info, &p[0], &p[1], &p[2],
                          &p[3], &p[4], &p[5], &p[6], &p[7]))
    for (int i = 0; i < 8; i++)
      picture->primaries[i] = p[i];
}

static void
keep_profile (const Reader *reader)
{
  png_bytep data = NULL;
  png_charp name;
  png_uint_32 n = 0;
  int method;

  if (png_get_iCCP (reader->png, reader->info, &name, &method, &data, &n))
    reader->base.picture->icc = g_bytes_new (data, n);
}

static void
note_widening (Reader *reader)
{
  const int bits = png_get_bit_depth (reader->png, reader->info);

  if (png_get_color_type (reader->png, reader->info) == PNG_COLOR_TYPE_PALETTE)
    rw_row_reader_note (&reader->base, "its palette, which became RGB");
  else if (bits < 8)
    rw_row_reader_note (&reader->base, "%d bit%s a sample, which became 8",
                        bits, bits == 1 ? "" : "s");
}

/* ---- rows -------------------------------------------------------------- */

static gboolean
is_interlaced (const Reader *reader)
{
  return png_get_interlace_type (reader->png, reader->info) ==
         PNG_INTERLACE_ADAM7;
}

/* Asks libpng for 8 or 16 bit grey, grey + alpha, RGB or RGB + alpha. */
static gboolean
set_transforms (Reader *reader)
{
  const int type = png_get_color_type (reader->png, reader->info);
  const int depth = png_get_bit_depth (reader->png, reader->info);

  if (setjmp (png_jmpbuf (reader->png)))
    return FALSE;
  if (type == PNG_COLOR_TYPE_PALETTE)
    png_set_palette_to_rgb (reader->png);
  if (type == PNG_COLOR_TYPE_GRAY && depth < 8)
    png_set_expand_gray_1_2_4_to_8 (reader->png);
  if (png_get_valid (reader->png, reader->info, PNG_INFO_tRNS))
    png_set_tRNS_to_alpha (reader->png);
  if (depth == 16 && G_BYTE_ORDER == G_LITTLE_ENDIAN)
    png_set_swap (reader->png);
  png_set_interlace_handling (reader->png);
  png_read_update_info (reader->png, reader->info);
  if (png_get_rowbytes (reader->png, reader->info) !=
      rw_picture_get_stride (reader->base.picture))
    png_error (reader->png, "unexpected row size");
  return TRUE;
}

static RwPngKind
get_kind (const Reader *reader)
{
  RwPngKind kind = {
    .type = png_get_color_type (reader->png, reader->info),
    .depth = png_get_bit_depth (reader->png, reader->info),
  };
  png_colorp palette;

  if (png_get_PLTE (reader->png, reader->info, &palette, &kind.n_colours))
    kind.palette = &palette->red;
  return kind;
}

static gboolean
start (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;
  const goffset here = ftello (base->stream);
  const gsize stride = rw_picture_get_stride (base->picture);

  const RwPngKind kind = get_kind (reader);
  g_autoptr (GError) refusal = NULL;
  if (!rw_png_read_chunks (base, &kind, &refusal)) {
    if (refusal != NULL) {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return FALSE;
    }
    g_strlcpy (reader->message, "the file ends too early",
               sizeof reader->message);
    return fail (reader, error);
  }
  keep_density (reader);
  keep_colour (reader);
  keep_profile (reader);
  note_widening (reader);
  /* libpng has two rows, of RGBA while they are transformed */
  base->bytes = WORK_BYTES + 2 * 8 * (gsize) base->picture->width;
  if (is_interlaced (reader))
    base->bytes += stride * (gsize) base->picture->height;
  return (fseeko (base->stream, here, SEEK_SET) == 0 &&
          set_transforms (reader)) ||
         fail (reader, error);
}

static gboolean
read_rows (Reader *reader, guint8 *rows, int n, int n_passes)
{
  const gsize stride = rw_picture_get_stride (reader->base.picture);

  if (setjmp (png_jmpbuf (reader->png)))
    return FALSE;
  for (int pass = 0; pass < n_passes; pass++)
    for (int y = 0; y < n; y++)
      png_read_row (reader->png, rows + (gsize) y * stride, NULL);
  return TRUE;
}

/* Each pass goes over the whole picture. */
static gboolean
read_interlaced (Reader *reader, guint8 *rows, int n, GError **error)
{
  const RwPicture *kind = reader->base.picture;
  const gsize stride = rw_picture_get_stride (kind);

  if (n == kind->height)
    return read_rows (reader, rows, n, PNG_INTERLACE_ADAM7_PASSES) ||
           fail (reader, error);
  if (reader->whole == NULL) {
    reader->whole = rw_picture_new (kind->width, kind->height, kind->channels,
                                    kind->depth, error);
    if (reader->whole == NULL) {
      g_prefix_error (error, "%s: ", reader->base.path);
      return FALSE;
    }
    if (!read_rows (reader, reader->whole->data, kind->height,
                    PNG_INTERLACE_ADAM7_PASSES))
      return fail (reader, error);
  }
  memcpy (rows,
          (guint8 *) reader->whole->data +
              stride * (gsize) reader->base.n_read,
          stride * (gsize) n);
  return TRUE;
}

static gboolean
read_some (RwRowReader *base, guint8 *rows, int n, GError **error)
{
  Reader *reader = (Reader *) base;

  if (is_interlaced (reader))
    return read_interlaced (reader, rows, n, error);
  return read_rows (reader, rows, n, 1) || fail (reader, error);
}

static gboolean
read_end (Reader *reader)
{
  if (setjmp (png_jmpbuf (reader->png)))
    return FALSE;
  png_read_end (reader->png, NULL);
  return TRUE;
}

static gboolean
finish (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;

  return read_end (reader) || fail (reader, error);
}

static void
clear (RwRowReader *base)
{
  Reader *reader = (Reader *) base;

  close_png (reader);
  rw_picture_free (reader->whole);
  g_clear_error (&reader->error);
}

const RwRowReaderClass rw_png_reader = {
  .magic = "\x89PNG\r\n\x1a\n",
  .n_magic = 8,
  .size = sizeof (Reader),
  .read_header = read_header,
  .start = start,
  .read = read_some,
  .finish = finish,
  .clear = clear,
};
