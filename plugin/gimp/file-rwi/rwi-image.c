/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Between files and images.
 */
#include "rwi-image.h"

#include "i18n.h"
#include "place.h"

#define INCH 0.0254 /* metres */

#if GIMP_CHECK_VERSION(2, 99, 0)
#define PRECISION_U8 GIMP_PRECISION_U8_NON_LINEAR
#define PRECISION_U16 GIMP_PRECISION_U16_NON_LINEAR
#else
#define PRECISION_U8 GIMP_PRECISION_U8_GAMMA
#define PRECISION_U16 GIMP_PRECISION_U16_GAMMA
#endif

void
rw_picture_begin (void)
{
  g_autofree char *locale = rw_place_get_locale ();

  rw_i18n_bind (locale);
  gegl_init (NULL, NULL);
  rw_set_threads (rw_host_get_threads ());
}

/* ---- opening ------------------------------------------------------------ */

static void
set_profile (RwImage image, GBytes *icc)
{
  gsize n;

  if (icc == NULL)
    return;
  const guint8 *bytes = g_bytes_get_data (icc, &n);
  GimpColorProfile *profile =
      gimp_color_profile_new_from_icc_profile (bytes, n, NULL);
  if (profile == NULL)
    return;
  gimp_image_set_color_profile (image, profile);
  g_object_unref (profile);
}

/* GIMP takes an EXIF block as JPEG has it. */
static gboolean
fill_metadata (GimpMetadata *metadata, const RwEncodedInfo *info)
{
  if (info->exif != NULL) {
    g_autoptr (GByteArray) exif = g_byte_array_new ();
    g_byte_array_append (exif, (const guint8 *) "Exif\0\0", 6);
    g_byte_array_append (exif, g_bytes_get_data (info->exif, NULL),
                         (guint) g_bytes_get_size (info->exif));
    gimp_metadata_set_from_exif (metadata, exif->data, (gint) exif->len, NULL);
  }
  if (info->xmp != NULL)
    gimp_metadata_set_from_xmp (metadata, g_bytes_get_data (info->xmp, NULL),
                                (gint) g_bytes_get_size (info->xmp), NULL);
  return info->exif != NULL || info->xmp != NULL;
}

/* The samples are those of the layer, which has the profile's space. */
static RwImage
make_image (const RwEncodedInfo *info, GBytes *samples)
{
  static const GimpImageType types[] = { GIMP_GRAY_IMAGE, GIMP_GRAYA_IMAGE,
                                         GIMP_RGB_IMAGE, GIMP_RGBA_IMAGE };
  RwImage image = gimp_image_new_with_precision (
      info->width, info->height, info->channels < 3 ? GIMP_GRAY : GIMP_RGB,
      info->depth == 8 ? PRECISION_U8 : PRECISION_U16);

  set_profile (image, info->profile);
  if (info->density_x > 0 && info->density_y > 0)
    gimp_image_set_resolution (image, info->density_x * INCH,
                               info->density_y * INCH);
  RwItem layer =
      (RwItem) gimp_layer_new (image, "Background", info->width, info->height,
                               types[info->channels - 1], 100,
                               gimp_image_get_default_new_layer_mode (image));
  rw_item_insert (image, layer, RW_NO_ITEM, 0);
  g_autoptr (GeglBuffer) buffer =
      gimp_drawable_get_buffer (RW_DRAWABLE (layer));
  gegl_buffer_set (buffer, NULL, 0,
                   gimp_drawable_get_format (RW_DRAWABLE (layer)),
                   g_bytes_get_data (samples, NULL), GEGL_AUTO_ROWSTRIDE);
  return image;
}

gboolean
rw_picture_open (const char *path,
                 RwImage *image,
                 GimpMetadata *metadata,
                 gboolean *has_metadata,
                 GError **error)
{
  g_autoptr (RwEncoded) file = rw_encoded_load (path, error);
  g_autofree char *damage = NULL;

  if (file == NULL || !rw_encoded_find_weights (file, NULL, error))
    return FALSE;
  g_autoptr (GBytes) samples = rw_encoded_decode (file, NULL, &damage, error);
  if (samples == NULL)
    return FALSE;
  const RwEncodedInfo *info = rw_encoded_get_info (file);
  *image = make_image (info, samples);
  *has_metadata = fill_metadata (metadata, info);
  if (damage != NULL)
    g_message (_ ("%s: is damaged: %s; get it again"), path, damage);
  return TRUE;
}

/* ---- exporting ---------------------------------------------------------- */

static gboolean
show_progress (gpointer data, double fraction)
{
  gimp_progress_update (fraction);
  return TRUE;
}

gboolean
rw_picture_export (RwImage image,
                   RwItem item,
                   const RwEncoder *encoder,
                   const char *path,
                   double quality,
                   GError **error)
{
  g_autoptr (GeglBuffer) pixels =
      gimp_drawable_get_buffer (RW_DRAWABLE (item));
  double x = 0, y = 0;

  gimp_progress_init_printf (_ ("Encoding '%s'"),
                             gimp_filename_to_utf8 (path));
  gimp_image_get_resolution (image, &x, &y);
  const int density[2] = { (int) (x / INCH + 0.5), (int) (y / INCH + 0.5) };
  g_autoptr (GBytes) file =
      rw_file_encode (encoder, pixels, quality, density, show_progress, error);
  return file != NULL && rw_encoded_save (file, path, error);
}
