/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files in the formats that GEGL reads and writes.  GEGL tells of failure by
 * warnings only, so whatever it complains of while a file is read or written
 * makes that fail, and a file written is looked at before it gets its name.
 */
#include "apply/apply-formats.h"

#include "io/files.h"
#include "io/temporary.h"

#include <errno.h>
#include <gegl-metadatahash.h>
#include <glib/gstdio.h>
#include <string.h>

/* GEGL's readers and writers count the bytes of a picture in an int, and make
 * up to four floats of a pixel. */
#define MAX_BYTES G_MAXINT
#define PIXEL_BYTES 16

/* Whether a file is whole; webp-load shows holes where it is not.  The RIFF
 * container tells its length. */
static gboolean
is_whole_webp (const guint8 *bytes, gsize n)
{
  if (n < 12 || memcmp (bytes, "RIFF", 4) != 0 ||
      memcmp (bytes + 8, "WEBP", 4) != 0)
    return FALSE;
  const guint32 length =
      bytes[4] | bytes[5] << 8 | bytes[6] << 16 | (guint32) bytes[7] << 24;
  return (gsize) length + 8 <= n;
}

typedef struct {
  const char *ending;
  const char *loader;
  const char *saver; /* NULL: is only read */
  /* NULL: the loader sees to that */
  gboolean (*is_whole) (const guint8 *bytes, gsize n);
} Format;

#define RAW(ending)                                                           \
  {                                                                           \
    ending, "gegl:raw-load", NULL, NULL                                       \
  }

static const Format formats[] = {
  { ".tif", "gegl:tiff-load", "gegl:tiff-save", NULL },
  { ".tiff", "gegl:tiff-load", "gegl:tiff-save", NULL },
  { ".webp", "gegl:webp-load", "gegl:webp-save", is_whole_webp },
  { ".exr", "gegl:exr-load", "gegl:exr-save", NULL },
  RAW (".arw"),
  RAW (".cr2"),
  RAW (".dng"),
  RAW (".nef"),
  RAW (".orf"),
  RAW (".pef"),
  RAW (".raf"),
  RAW (".rw2"),
};

const char *const rw_cli_formats_written[] = { ".tif", ".tiff", ".webp",
                                               ".exr", NULL };
const char *const rw_cli_formats_read[] = { ".tif", ".tiff", ".webp", ".exr",
                                            ".arw", ".cr2",  ".dng",  ".nef",
                                            ".orf", ".pef",  ".raf",  ".rw2",
                                            NULL };

static const Format *
find_format (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_has_suffix (lower, formats[i].ending))
      return &formats[i];
  return NULL;
}

/* ---- listening to GEGL ------------------------------------------------- */

static GMutex hearing; /* GEGL's threads complain, too */
static char *complaint;

static void
hear (const char *domain,
      GLogLevelFlags level,
      const char *message,
      gpointer previous)
{
  if (level & G_LOG_FLAG_FATAL) {
    g_log_default_handler (domain, level, message, NULL);
    return;
  }
  g_mutex_lock (&hearing);
  if (!complaint && (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)))
    complaint = g_strstrip (g_strdup (message));
  g_mutex_unlock (&hearing);
}

static void
listen_begin (void)
{
  g_clear_pointer (&complaint, g_free);
  g_log_set_default_handler (hear, NULL);
}

/* What was the first complaint, or NULL.  (transfer full) */
static char *
listen_end (void)
{
  g_log_set_default_handler (g_log_default_handler, NULL);
  return g_steal_pointer (&complaint);
}

static gboolean running;

void
rw_cli_formats_start (void)
{
  if (running)
    return;
  listen_begin ();
  gegl_init (NULL, NULL);
  /* it decodes and encodes; the work is done on reweave's own threads */
  g_object_set (gegl_config (), "threads", 1, "use-opencl", FALSE, NULL);
  g_free (listen_end ());
  running = TRUE;
}

void
rw_cli_formats_stop (void)
{
  if (!running)
    return;
  listen_begin ();
  gegl_exit ();
  g_free (listen_end ());
  running = FALSE;
}

static gboolean
check_operation (const char *operation, const char *path, GError **error)
{
  if (gegl_has_operation (operation))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: GEGL lacks %s, expected it for this ending; install it or "
               "use PNG",
               path, operation);
  return FALSE;
}

static gboolean
has_property (GeglNode *node, const char *name)
{
  return gegl_node_find_property (node, name) != NULL;
}

/* ---- reading ----------------------------------------------------------- */

static GeglNode *
add_loader (GeglNode *graph, const Format *format, const char *path)
{
  return gegl_node_new_child (graph, "operation", format->loader, "path", path,
                              NULL);
}

static gboolean
check_size (const GeglRectangle *box,
            int pixel_bytes,
            const char *path,
            GError **error)
{
  const double bytes = (double) box->width * box->height * pixel_bytes;

  if (box->width <= RW_PICTURE_MAX_SIDE &&
      box->height <= RW_PICTURE_MAX_SIDE && bytes <= MAX_BYTES)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "%s: has %d x %d pixels, which is too large, expected sides up "
               "to %d and 134 megapixels; make it smaller",
               path, box->width, box->height, RW_PICTURE_MAX_SIDE);
  return FALSE;
}

static gboolean
check_model (const Babl *pixel, const char *path, GError **error)
{
  const BablModelFlag flags =
      babl_get_model_flags (babl_format_get_model (pixel));

  if (!(flags & BABL_MODEL_FLAG_CMYK) && !babl_format_is_palette (pixel))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: is %s, expected grey or RGB; convert it first", path,
               flags & BABL_MODEL_FLAG_CMYK ? "CMYK" : "of indexed colours");
  return FALSE;
}

/* The pixels, or NULL, with an error or a complaint. */
static GeglBuffer *
pull (GeglNode *graph, GeglNode *loader, const char *path, GError **error)
{
  const GeglRectangle box = gegl_node_get_bounding_box (loader);
  GeglBuffer *pixels = NULL;

  if (complaint || box.width < 1 || box.height < 1 ||
      !check_size (&box, PIXEL_BYTES, path, error))
    return NULL;
  GeglNode *sink = gegl_node_new_child (graph, "operation", "gegl:buffer-sink",
                                        "buffer", &pixels, NULL);
  gegl_node_link (loader, sink);
  gegl_node_process (sink);
  if (pixels && !check_model (gegl_buffer_get_format (pixels), path, error))
    g_clear_object (&pixels);
  return pixels;
}

static gboolean
fail_damaged (const char *path,
              const Format *format,
              const char *reason,
              GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: could not be read (%s), expected a whole %s file; get it "
               "again or convert it to PNG",
               path, reason, format->ending + 1);
  return FALSE;
}

static RwCliBuffer *
decode (const Format *format, const char *path, GError **error)
{
  g_autoptr (GeglNode) graph = gegl_node_new ();
  g_autoptr (GError) refusal = NULL;

  listen_begin ();
  GeglNode *loader = add_loader (graph, format, path);
  GeglMetadataStore *metadata = NULL;
  if (has_property (loader, "metadata")) {
    metadata = gegl_metadata_hash_new ();
    gegl_node_set (loader, "metadata", metadata, NULL);
  }
  GeglBuffer *pixels = pull (graph, loader, path, &refusal);
  g_autofree char *told = listen_end ();
  if (pixels && !told)
    return rw_cli_buffer_new (pixels, metadata);
  g_clear_object (&pixels);
  g_clear_object (&metadata);
  if (refusal)
    g_propagate_error (error, g_steal_pointer (&refusal));
  else
    fail_damaged (path, format, told ? told : "no pixels in it", error);
  return NULL;
}

/* Whether @path is a file that can be read, and whole as far as can be
 * told beforehand. */
static gboolean
check_file (const Format *format, const char *path, GError **error)
{
  gsize n_bytes = 0;
  FILE *stream = rw_file_open (path, &n_bytes, error);

  if (!stream)
    return FALSE;
  fclose (stream);
  if (!format->is_whole)
    return TRUE;
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  if (file &&
      format->is_whole ((const guint8 *) g_mapped_file_get_contents (file),
                        g_mapped_file_get_length (file)))
    return TRUE;
  return fail_damaged (path, format, "it ends too early, or is another file",
                       error);
}

RwCliBuffer *
rw_cli_formats_load (const char *path, GError **error)
{
  const Format *format = find_format (path);

  g_return_val_if_fail (format, NULL);
  if (!check_file (format, path, error))
    return NULL;
  rw_cli_formats_start ();
  if (!check_operation (format->loader, path, error))
    return NULL;
  return decode (format, path, error);
}

/* ---- writing ----------------------------------------------------------- */

/* exr-save makes halves of whatever has 16 bits; integers need more. */
static RwCliBuffer *
fit (const RwCliBuffer *buffer, const Format *format)
{
  const Babl *pixel = gegl_buffer_get_format (buffer->pixels);
  const gboolean alpha = babl_format_has_alpha (pixel);

  if (strcmp (format->saver, "gegl:exr-save") != 0 ||
      babl_format_get_type (pixel, 0) != babl_type ("u16"))
    return rw_cli_buffer_copy (buffer);
  const char *name = buffer->grey ? (alpha ? "YaA float" : "Y float")
                                  : (alpha ? "RaGaBaA float" : "RGB float");
  return rw_cli_buffer_convert (
      buffer, babl_format_with_space (name, babl_format_get_space (pixel)));
}

/* Whether the file just written is a picture of the size of @box. */
static gboolean
has_size (const Format *format, const char *path, const GeglRectangle *box)
{
  g_autoptr (GeglNode) graph = gegl_node_new ();
  const GeglRectangle found =
      gegl_node_get_bounding_box (add_loader (graph, format, path));

  return found.width == box->width && found.height == box->height;
}

static void
push (const RwCliBuffer *buffer,
      const Format *format,
      const char *path,
      int quality)
{
  g_autoptr (GeglNode) graph = gegl_node_new ();
  GeglNode *source =
      gegl_node_new_child (graph, "operation", "gegl:buffer-source", "buffer",
                           buffer->pixels, NULL);
  GeglNode *sink = gegl_node_new_child (graph, "operation", format->saver,
                                        "path", path, NULL);

  if (has_property (sink, "quality"))
    gegl_node_set (sink, "quality", quality, NULL);
  if (buffer->metadata && has_property (sink, "metadata"))
    gegl_node_set (sink, "metadata", buffer->metadata, NULL);
  gegl_node_link (source, sink);
  gegl_node_process (sink);
}

/* Into the file @made; @path is for the message. */
static gboolean
encode (const RwCliBuffer *buffer,
        const Format *format,
        const char *made,
        const char *path,
        int quality,
        GError **error)
{
  listen_begin ();
  push (buffer, format, made, quality);
  const gboolean good =
      complaint ||
      has_size (format, made, gegl_buffer_get_extent (buffer->pixels));
  g_autofree char *told = listen_end ();
  if (good && !told)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: could not be written (%s); is there room for it?", path,
               told ? told : "it came out damaged");
  return FALSE;
}

/* The bytes of the file @made become those of @writer, which is freed. */
static gboolean
hand_over (const char *made,
           const char *path,
           RwFileWriter *writer,
           GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GMappedFile) bytes = g_mapped_file_new (made, FALSE, &reason);

  if (!bytes)
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: could not be written (%s); is there room for it?", path,
                 reason->message);
  if (!bytes ||
      !rw_file_writer_write (writer, g_mapped_file_get_contents (bytes),
                             g_mapped_file_get_length (bytes), error)) {
    rw_file_writer_discard (writer);
    return FALSE;
  }
  return rw_file_writer_commit (writer, error);
}

/* An empty file beside @path with its ending.  (transfer full) */
static char *
make_beside (const char *path, const Format *format, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name =
      g_strdup_printf (".reweave-XXXXXX%s", format->ending);
  char *made = g_build_filename (folder, name, NULL);
  const int fd = g_mkstemp (made);

  if (fd >= 0 && g_close (fd, NULL)) {
    rw_temporary_add (made);
    return made;
  }
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: no file can be made beside it: %s; write into another "
               "folder",
               path, g_strerror (errno));
  g_free (made);
  return NULL;
}

static gboolean
save (const RwCliBuffer *buffer,
      const Format *format,
      const char *path,
      int quality,
      GError **error)
{
  RwFileWriter *writer = rw_file_writer_new (path, error);
  if (!writer)
    return FALSE;
  g_autofree char *made = make_beside (path, format, error);
  gboolean ok = made && encode (buffer, format, made, path, quality, error);
  if (ok)
    ok = hand_over (made, path, writer, error);
  else
    rw_file_writer_discard (writer);
  if (made)
    rw_temporary_remove (made);
  return ok;
}

gboolean
rw_cli_formats_save (const RwCliBuffer *buffer,
                     const char *path,
                     int quality,
                     GError **error)
{
  const Format *format = find_format (path);
  const Babl *pixel = gegl_buffer_get_format (buffer->pixels);
  const int bytes = babl_format_get_bytes_per_pixel (pixel);

  g_return_val_if_fail (format && format->saver, FALSE);
  if (!check_operation (format->saver, path, error) ||
      !check_size (gegl_buffer_get_extent (buffer->pixels),
                   MAX (bytes, PIXEL_BYTES), path, error))
    return FALSE;
  g_autoptr (RwCliBuffer) fitting = fit (buffer, format);
  return save (fitting, format, path, quality, error);
}
