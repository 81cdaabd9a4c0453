/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * PNG by libpng: every colour type and depth, interlaced or not; profile,
 * EXIF, gamma, primaries, sRGB mark and density are kept.
 *
 * libpng leaves by longjmp.  So every function that calls setjmp keeps all
 * that must outlive the jump in a struct of its caller's, and changes no
 * local.
 */
#include "base/alloc.h"
#include "io/files.h"
#include "io/formats.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

/* Deflate makes at most 1032 bytes from one (zlib's technical notes). */
static const double max_ratio = 1032;

enum {
  MAX_CHUNK_BYTES = 64 << 20, /* a profile or EXIF block, unpacked */
  /* zlib's; on a photograph 1.7 times as fast as its default of 6 for 2 % more
   * bytes (levels 1 to 6 tried). */
  COMPRESSION_LEVEL = 4
};

typedef struct {
  png_structp png;
  png_infop info;
  FILE *stream;         /* when reading */
  RwFileWriter *writer; /* when writing */
  RwPicture *picture;   /* owned by the caller */
  const char *path;
  double row_bytes;  /* of the file's rows, before they are made 8 or 16 bit */
  GError *error;     /* of ours, when it was not libpng that failed */
  char message[128]; /* libpng's */
} Coder;

static void
on_error (png_structp png, png_const_charp message)
{
  Coder *coder = png_get_error_ptr (png);

  g_strlcpy (coder->message, message, sizeof coder->message);
  png_longjmp (png, 1);
}

/* What libpng could mend or may ignore. */
static void
on_warning (png_structp png, png_const_charp message)
{
}

/* Moves the error that ended the work out. */
static void
report (Coder *coder, const char *action, GError **error)
{
  if (coder->error != NULL)
    g_propagate_error (error, g_steal_pointer (&coder->error));
  else
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: PNG could not be %s (%s); get the picture again",
                 coder->path, action, coder->message);
}

/* ---- reading ----------------------------------------------------------- */

static void
on_read (png_structp png, png_bytep data, size_t n)
{
  Coder *coder = png_get_io_ptr (png);

  if (fread (data, 1, n, coder->stream) == n)
    return;
  if (ferror (coder->stream))
    g_set_error (&coder->error, RW_ERROR, RW_ERROR_IO,
                 "%s: could not be read (%s); try again", coder->path,
                 g_strerror (errno));
  png_error (png, "the file ends too early");
}

/* What set_transforms will make of the file's colour type: libpng only says so
 * after it has allocated rows of whatever width the header claims. */
static void
describe (const Coder *coder)
{
  const int type = png_get_color_type (coder->png, coder->info);
  const gboolean transparent =
      png_get_valid (coder->png, coder->info, PNG_INFO_tRNS) != 0 ||
      (type & PNG_COLOR_MASK_ALPHA) != 0;

  coder->picture->width = (int) png_get_image_width (coder->png, coder->info);
  coder->picture->height =
      (int) png_get_image_height (coder->png, coder->info);
  coder->picture->channels =
      ((type & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1) + transparent;
  coder->picture->depth =
      png_get_bit_depth (coder->png, coder->info) == 16 ? 16 : 8;
}

static gboolean
read_header (Coder *coder)
{
  if (setjmp (png_jmpbuf (coder->png)))
    return FALSE;
  png_set_user_limits (coder->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max (coder->png, MAX_CHUNK_BYTES);
  png_set_read_fn (coder->png, coder, on_read);
  png_read_info (coder->png, coder->info);
  coder->row_bytes = (double) png_get_rowbytes (coder->png, coder->info);
  describe (coder);
  return TRUE;
}

/* Asks libpng for 8 or 16 bit grey, grey + alpha, RGB or RGB + alpha. */
static void
set_transforms (const Coder *coder)
{
  const int type = png_get_color_type (coder->png, coder->info);
  const int depth = png_get_bit_depth (coder->png, coder->info);

  if (type == PNG_COLOR_TYPE_PALETTE)
    png_set_palette_to_rgb (coder->png);
  if (type == PNG_COLOR_TYPE_GRAY && depth < 8)
    png_set_expand_gray_1_2_4_to_8 (coder->png);
  if (png_get_valid (coder->png, coder->info, PNG_INFO_tRNS))
    png_set_tRNS_to_alpha (coder->png);
  if (depth == 16 && G_BYTE_ORDER == G_LITTLE_ENDIAN)
    png_set_swap (coder->png);
  png_set_interlace_handling (coder->png);
  png_read_update_info (coder->png, coder->info);
  if (png_get_rowbytes (coder->png, coder->info) !=
      rw_picture_get_stride (coder->picture))
    png_error (coder->png, "unexpected row size");
}

static void
keep_density (const Coder *coder)
{
  png_uint_32 x, y;
  int unit;

  if (!png_get_pHYs (coder->png, coder->info, &x, &y, &unit))
    return;
  if (unit != PNG_RESOLUTION_METER || x > G_MAXINT || y > G_MAXINT)
    return;
  coder->picture->density_x = (int) x;
  coder->picture->density_y = (int) y;
}

static void
keep_colour (const Coder *coder)
{
  RwPicture *picture = coder->picture;
  png_fixed_point gamma, p[8];
  int intent;

  if (png_get_gAMA_fixed (coder->png, coder->info, &gamma))
    picture->gamma = gamma;
  if (png_get_sRGB (coder->png, coder->info, &intent))
    picture->srgb = intent + 1;
  if (png_get_cHRM_fixed (coder->png, coder->info, &p[0], &p[1], &p[2], &p[3],
                          &p[4], &p[5], &p[6], &p[7]))
    for (int i = 0; i < 8; i++)
      picture->primaries[i] = p[i];
}

static void
keep_blocks (const Coder *coder)
{
  png_bytep data = NULL;
  png_charp name;
  png_uint_32 n = 0;
  int method;

  if (png_get_iCCP (coder->png, coder->info, &name, &method, &data, &n))
    coder->picture->icc = g_bytes_new (data, n);
  if (png_get_eXIf_1 (coder->png, coder->info, &n, &data) && n > 0)
    coder->picture->exif = g_bytes_new (data, n);
}

static gboolean
read_rows (Coder *coder)
{
  const gsize stride = rw_picture_get_stride (coder->picture);
  const int n_passes =
      png_get_interlace_type (coder->png, coder->info) == PNG_INTERLACE_ADAM7
          ? PNG_INTERLACE_ADAM7_PASSES
          : 1;

  if (setjmp (png_jmpbuf (coder->png)))
    return FALSE;
  set_transforms (coder);
  for (int pass = 0; pass < n_passes; pass++)
    for (int y = 0; y < coder->picture->height; y++)
      png_read_row (coder->png,
                    (png_bytep) coder->picture->data + (gsize) y * stride,
                    NULL);
  png_read_end (coder->png, coder->info);
  keep_density (coder);
  keep_colour (coder);
  keep_blocks (coder);
  return TRUE;
}

static gboolean
read_whole (Coder *coder, gsize n_bytes, GError **error)
{
  if (!rw_picture_check_claim (coder->picture, coder->row_bytes / max_ratio,
                               n_bytes, coder->path, error))
    return FALSE;
  if (!rw_picture_allocate (coder->picture, error)) {
    g_prefix_error (error, "%s: ", coder->path);
    return FALSE;
  }
  if (read_rows (coder))
    return TRUE;
  report (coder, "read", error);
  return FALSE;
}

RwPicture *
rw_png_read (FILE *stream,
             gsize n_bytes,
             const char *path,
             RwPicturePart part,
             GError **error)
{
  g_autoptr (RwPicture) picture = g_new0 (RwPicture, 1);
  Coder coder = { .stream = stream, .picture = picture, .path = path };

  coder.png = png_create_read_struct (PNG_LIBPNG_VER_STRING, &coder, on_error,
                                      on_warning);
  if (coder.png != NULL)
    coder.info = png_create_info_struct (coder.png);
  gboolean done = coder.info != NULL && read_header (&coder);
  if (!done)
    report (&coder, "read", error);
  else if (part == RW_PICTURE_WHOLE)
    done = read_whole (&coder, n_bytes, error);
  png_destroy_read_struct (&coder.png, &coder.info, NULL);
  return done ? g_steal_pointer (&picture) : NULL;
}

/* ---- writing ----------------------------------------------------------- */

static void
on_write (png_structp png, png_bytep data, size_t n)
{
  Coder *coder = png_get_io_ptr (png);

  if (!rw_file_writer_write (coder->writer, data, n, &coder->error))
    png_error (png, "write error");
}

static void
on_flush (png_structp png)
{
}

static void
put_blocks (const Coder *coder)
{
  const RwPicture *picture = coder->picture;
  gsize n;

  if (picture->icc != NULL) {
    const void *data = g_bytes_get_data (picture->icc, &n);
    png_set_iCCP (coder->png, coder->info, "ICC profile", 0, data,
                  (png_uint_32) n);
  }
  if (picture->exif != NULL) {
    const void *data = g_bytes_get_data (picture->exif, &n);
    png_set_eXIf_1 (coder->png, coder->info, (png_uint_32) n,
                    (png_bytep) data);
  }
}

static void
put_colour (const Coder *coder)
{
  const RwPicture *picture = coder->picture;
  const int *p = picture->primaries;

  if (picture->gamma > 0)
    png_set_gAMA_fixed (coder->png, coder->info, picture->gamma);
  if (p[1] > 0)
    png_set_cHRM_fixed (coder->png, coder->info, p[0], p[1], p[2], p[3], p[4],
                        p[5], p[6], p[7]);
  if (picture->srgb > 0 && picture->icc == NULL)
    png_set_sRGB (coder->png, coder->info, picture->srgb - 1);
  if (picture->density_x > 0 && picture->density_y > 0)
    png_set_pHYs (coder->png, coder->info, (png_uint_32) picture->density_x,
                  (png_uint_32) picture->density_y, PNG_RESOLUTION_METER);
}

static gboolean
write_all (Coder *coder)
{
  static const int types[] = { 0, PNG_COLOR_TYPE_GRAY,
                               PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                               PNG_COLOR_TYPE_RGB_ALPHA };
  const RwPicture *picture = coder->picture;
  const gsize stride = rw_picture_get_stride (picture);

  if (setjmp (png_jmpbuf (coder->png)))
    return FALSE;
  png_set_write_fn (coder->png, coder, on_write, on_flush);
  png_set_compression_level (coder->png, COMPRESSION_LEVEL);
  /* A profile that libpng finds fault with is left out with a warning. */
  png_set_benign_errors (coder->png, 1);
  png_set_IHDR (coder->png, coder->info, (png_uint_32) picture->width,
                (png_uint_32) picture->height, picture->depth,
                types[picture->channels], PNG_INTERLACE_NONE,
                PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  put_blocks (coder);
  put_colour (coder);
  png_write_info (coder->png, coder->info);
  if (picture->depth == 16 && G_BYTE_ORDER == G_LITTLE_ENDIAN)
    png_set_swap (coder->png);
  for (int y = 0; y < picture->height; y++)
    png_write_row (coder->png, (png_bytep) picture->data + (gsize) y * stride);
  png_write_end (coder->png, NULL);
  return TRUE;
}

static gboolean
encode (Coder *coder, GError **error)
{
  coder->png = png_create_write_struct (PNG_LIBPNG_VER_STRING, coder, on_error,
                                        on_warning);
  if (coder->png != NULL)
    coder->info = png_create_info_struct (coder->png);
  const gboolean done = coder->info != NULL && write_all (coder);
  if (!done)
    report (coder, "written", error);
  png_destroy_write_struct (&coder->png, &coder->info);
  return done;
}

gboolean
rw_png_save (const RwPicture *picture, const char *path, GError **error)
{
  Coder coder = { .writer = rw_file_writer_new (path, error),
                  .picture = (RwPicture *) picture,
                  .path = path };

  if (coder.writer == NULL)
    return FALSE;
  if (encode (&coder, error))
    return rw_file_writer_commit (coder.writer, error);
  rw_file_writer_discard (coder.writer);
  return FALSE;
}
