/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture that is being mended, whatever its format.  GEGL starts when the
 * first file needs it: that takes longer than a small picture.
 */
#include "apply/apply-picture.h"

#include "io/rows.h"
#include "paths.h"

#ifdef RW_HAVE_GEGL
#include "apply/apply-formats.h"
#else
#include "apply/apply-no-gegl.h"
#endif

#include <string.h>

/* One of the two. */
struct RwCliPicture {
  RwPicture *plain;
  RwCliBuffer *buffer;
};

static RwCliPicture *
take (RwPicture *plain, RwCliBuffer *buffer)
{
  if (!plain && !buffer)
    return NULL;
  RwCliPicture *picture = g_new (RwCliPicture, 1);
  *picture = (RwCliPicture){ .plain = plain, .buffer = buffer };
  return picture;
}

/* A picture like @from to write into; samples are those of @from, so that
 * alpha needs no copying of its own. */
static RwPicture *
copy_plain (const RwPicture *from, GError **error)
{
  RwPicture *to = rw_picture_new_like (from, from->height, error);

  if (to)
    memcpy (to->data, from->data,
            rw_picture_get_stride (from) * (gsize) from->height);
  return to;
}

/* Those of the core, then those of @more that are not among them.  (transfer full) */
static const char *const *
join_endings (const char *const *more)
{
  GPtrArray *all = g_ptr_array_new ();

  for (int i = 0; rw_row_endings[i]; i++)
    g_ptr_array_add (all, (gpointer) rw_row_endings[i]);
  for (int i = 0; more[i]; i++)
    if (!g_strv_contains (rw_row_endings, more[i]))
      g_ptr_array_add (all, (gpointer) more[i]);
  g_ptr_array_add (all, NULL);
  return (const char *const *) g_ptr_array_free (all, FALSE);
}

const char *const *
rw_cli_picture_get_read (void)
{
  static const char *const *endings;

  if (!endings)
    endings = join_endings (rw_cli_formats_read);
  return endings;
}

const char *const *
rw_cli_picture_get_written (void)
{
  static const char *const *endings;

  if (!endings)
    endings = join_endings (rw_cli_formats_written);
  return endings;
}

gboolean
rw_cli_picture_is_plain (const char *path)
{
  return rw_cli_has_ending (path, rw_row_endings) ||
         !rw_cli_has_ending (path, rw_cli_formats_read) ||
         rw_picture_probe (path, &(RwPicture){ 0 }, NULL);
}

void
rw_cli_picture_explain (const char *path, GError **error)
{
  if (rw_cli_formats_read[0] || !error ||
      !g_error_matches (*error, RW_ERROR, RW_ERROR_FORMAT) ||
      rw_cli_has_ending (path, rw_row_endings))
    return;
  char *message = g_strconcat ((*error)->message,
                               "; GEGL, which may read it, is not in this "
                               "build",
                               NULL);
  g_free ((*error)->message);
  (*error)->message = message;
}

RwCliPicture *
rw_cli_picture_load (const char *path, GPtrArray *notes, GError **error)
{
  if (rw_cli_picture_is_plain (path))
    return take (rw_row_load (path, notes, error), NULL);
  return take (NULL, rw_cli_formats_load (path, error));
}

RwCliPicture *
rw_cli_picture_copy (const RwCliPicture *picture, GError **error)
{
  if (picture->plain)
    return take (copy_plain (picture->plain, error), NULL);
  return take (NULL, rw_cli_buffer_copy (picture->buffer));
}

void
rw_cli_picture_free (RwCliPicture *picture)
{
  if (!picture)
    return;
  rw_picture_free (picture->plain);
  rw_cli_buffer_free (picture->buffer);
  g_free (picture);
}

RwRect
rw_cli_picture_get_bounds (const RwCliPicture *picture)
{
  if (picture->plain)
    return (RwRect){ 0, 0, picture->plain->width, picture->plain->height };
  return picture->buffer->bounds;
}

gboolean
rw_cli_picture_is_grey (const RwCliPicture *picture)
{
  return picture->plain ? picture->plain->channels <= 2
                        : picture->buffer->grey;
}

gsize
rw_cli_picture_get_bytes (const RwCliPicture *picture)
{
  if (picture->plain)
    return rw_picture_get_stride (picture->plain) *
           (gsize) picture->plain->height;
  return rw_cli_buffer_get_bytes (picture->buffer);
}

void
rw_cli_picture_read (const RwCliPicture *picture,
                     const RwRect *rect,
                     float *rgba)
{
  if (picture->plain)
    rw_picture_get_rgba (picture->plain, rect, rgba);
  else
    rw_cli_buffer_read (picture->buffer, rect, rgba);
}

void
rw_cli_picture_write (RwCliPicture *picture,
                      const RwRect *rect,
                      const float *rgba,
                      gsize stride)
{
  if (picture->plain)
    rw_picture_set_rgba (picture->plain, rect, rgba, stride);
  else
    rw_cli_buffer_write (picture->buffer, rect, rgba, stride);
}

static gboolean
save_plain (const RwCliPicture *picture,
            const char *path,
            int quality,
            GPtrArray *notes,
            GError **error)
{
  g_autoptr (RwPicture) made =
      picture->plain ? NULL
                     : rw_cli_buffer_to_picture (picture->buffer, error);
  const RwPicture *plain = picture->plain ? picture->plain : made;
  const RwRowOptions options = { .quality = quality, .before = plain };

  return plain && rw_row_save (plain, path, &options, notes, error);
}

/* What GEGL's writers are not given. */
static void
note_lost (const RwPicture *picture, GPtrArray *notes)
{
  const RwMetadata *more = picture->more;

  if (picture->exif)
    g_ptr_array_add (notes, g_strdup ("its EXIF block"));
  if (more && more->xmp)
    g_ptr_array_add (notes, g_strdup ("its XMP packet"));
  if (more && (more->iptc || more->photoshop))
    g_ptr_array_add (notes, g_strdup ("its IPTC records"));
  if (more && more->texts)
    g_ptr_array_add (notes, g_strdup (more->texts));
  if (more && more->has_cicp)
    g_ptr_array_add (notes, g_strdup ("cICP, which says how its colours are "
                                      "coded"));
}

static gboolean
save_buffer (const RwCliPicture *picture,
             const char *path,
             int quality,
             GPtrArray *notes,
             GError **error)
{
  if (picture->plain && notes)
    note_lost (picture->plain, notes);
  rw_cli_formats_start ();
  g_autoptr (RwCliBuffer) made =
      picture->buffer ? NULL
                      : rw_cli_buffer_from_picture (picture->plain, error);
  const RwCliBuffer *buffer = picture->buffer ? picture->buffer : made;

  if (buffer)
    return rw_cli_formats_save (buffer, path, quality, error);
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

gboolean
rw_cli_picture_save (const RwCliPicture *picture,
                     const char *path,
                     int quality,
                     GPtrArray *notes,
                     GError **error)
{
  return rw_cli_has_ending (path, rw_row_endings)
             ? save_plain (picture, path, quality, notes, error)
             : save_buffer (picture, path, quality, notes, error);
}

void
rw_cli_picture_finish (void)
{
  rw_cli_formats_stop ();
}
