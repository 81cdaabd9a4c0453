/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * .rwi files for plug-ins: what reweave.h says of them.
 */
#include "codec/codec-private.h"
#include "base/alloc.h"
#include "io/files.h"
#include "reweave.h"
#include "tasks/compress.h"

#include <string.h>

struct RwEncoded {
  char *name;
  RwRwi *file;
  RwEncodedInfo info; /* borrows of the file, but for the profile */
  RwCodec *codec;     /* once it was needed */
};

/* ---- reading ------------------------------------------------------------ */

static RwEncodedInfo
describe (const RwRwi *file)
{
  const RwPicture *picture = file->picture;
  const RwColourSays says = rw_picture_get_colour (picture);

  return (RwEncodedInfo){
    .width = picture->width,
    .height = picture->height,
    .channels = picture->channels,
    .depth = picture->depth,
    .profile = picture->icc != NULL ? g_bytes_ref (picture->icc)
                                    : rw_colour_make_profile (&says),
    .exif = picture->exif,
    .xmp = picture->more != NULL ? picture->more->xmp : NULL,
    .iptc = picture->more != NULL ? picture->more->iptc : NULL,
    .density_x = picture->density_x,
    .density_y = picture->density_y,
  };
}

RwEncoded *
rw_encoded_load (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  RwRwi *file = rw_rwi_load (path, error);
  if (file == NULL)
    return NULL;
  RwEncoded *encoded = g_new0 (RwEncoded, 1);
  encoded->name = g_strdup (path);
  encoded->file = file;
  encoded->info = describe (file);
  return encoded;
}

void
rw_encoded_free (RwEncoded *encoded)
{
  if (encoded == NULL)
    return;
  g_clear_pointer (&encoded->info.profile, g_bytes_unref);
  rw_codec_free (encoded->codec);
  rw_rwi_free (encoded->file);
  g_free (encoded->name);
  g_free (encoded);
}

const RwEncodedInfo *
rw_encoded_get_info (const RwEncoded *encoded)
{
  g_return_val_if_fail (encoded != NULL, NULL);

  return &encoded->info;
}

/* NULL for what is found by itself. */
static const char *
get_given (const char *weights)
{
  return weights != NULL && *weights != '\0' ? weights : NULL;
}

gboolean
rw_encoded_find_weights (RwEncoded *encoded,
                         const char *weights,
                         GError **error)
{
  g_return_val_if_fail (encoded != NULL, FALSE);

  rw_codec_free (encoded->codec);
  encoded->codec = rw_codec_load_for (encoded->file, encoded->name,
                                      get_given (weights), error);
  return encoded->codec != NULL;
}

GBytes *
rw_encoded_decode (RwEncoded *encoded,
                   const char *weights,
                   char **damage,
                   GError **error)
{
  g_return_val_if_fail (encoded != NULL, NULL);

  if (damage != NULL)
    *damage = NULL;
  if (encoded->codec == NULL &&
      !rw_encoded_find_weights (encoded, weights, error))
    return NULL;
  g_autoptr (RwPicture) picture =
      rw_codec_decode (encoded->codec, encoded->file, encoded->name, 0, error);
  if (picture == NULL)
    return NULL;
  if (damage != NULL)
    *damage = rw_rwi_describe_damage (encoded->file);
  void *samples = g_steal_pointer (&picture->data);
  return g_bytes_new_with_free_func (
      samples, rw_picture_get_stride (picture) * (gsize) picture->height,
      rw_free, samples);
}

/* ---- writing ------------------------------------------------------------ */

static GBytes *
ref (GBytes *bytes)
{
  return bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

/* (transfer full) */
static RwPicture *
make_picture (const RwEncodedInfo *info, const void *samples, GError **error)
{
  RwPicture *picture = rw_picture_new (info->width, info->height,
                                       info->channels, info->depth, error);

  if (picture == NULL)
    return NULL;
  memcpy (picture->data, samples,
          rw_picture_get_stride (picture) * (gsize) info->height);
  picture->icc = ref (info->profile);
  picture->exif = ref (info->exif);
  picture->density_x = info->density_x;
  picture->density_y = info->density_y;
  picture->more = rw_metadata_new ();
  picture->more->xmp = ref (info->xmp);
  picture->more->iptc = ref (info->iptc);
  const RwColourSays says = rw_picture_get_colour (picture);
  picture->curves = rw_curves_new (&says, NULL);
  return picture;
}

static gboolean
check_info (const RwEncodedInfo *info, double quality, GError **error)
{
  if (info->width > 0 && info->height > 0 &&
      info->width <= RW_PICTURE_MAX_SIDE &&
      info->height <= RW_PICTURE_MAX_SIDE && info->channels >= 1 &&
      info->channels <= 4 && (info->depth == 8 || info->depth == 16) &&
      quality >= RW_QUALITY_LOW && quality <= RW_QUALITY_HIGH)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "a picture of %d x %d pixels at quality %g cannot be encoded, "
               "expected sides of 1 to %d and a quality of %d to %d; change "
               "that",
               info->width, info->height, quality, RW_PICTURE_MAX_SIDE,
               (int) RW_QUALITY_LOW, (int) RW_QUALITY_HIGH);
  return FALSE;
}

RwEncoder *
rw_encoder_new (const char *weights, GError **error)
{
  RwCodec *codec = rw_codec_load (get_given (weights), error);

  if (codec == NULL && get_given (weights) == NULL)
    g_prefix_error (error, "no weights for compress are installed: ");
  return (RwEncoder *) codec;
}

void
rw_encoder_free (RwEncoder *encoder)
{
  rw_codec_free ((RwCodec *) encoder);
}

gboolean
rw_encoder_can_refine (const RwEncoder *encoder)
{
  g_return_val_if_fail (encoder != NULL, FALSE);

  return rw_codec_net_get_n_rounds (((const RwCodec *) encoder)->net) == 0;
}

void
rw_encoder_set_refine (RwEncoder *encoder, gboolean refine)
{
  g_return_if_fail (encoder != NULL);

  ((RwCodec *) encoder)->refine = refine && rw_encoder_can_refine (encoder);
}

GBytes *
rw_encoder_encode (const RwEncoder *encoder,
                   const RwEncodedInfo *info,
                   const void *samples,
                   double quality,
                   RwProgressFunc progress,
                   gpointer data,
                   GError **error)
{
  g_return_val_if_fail (encoder != NULL && info != NULL && samples != NULL,
                        NULL);

  const RwCodecTarget target = { .goal = RW_CODEC_QUALITY,
                                 .value = quality,
                                 .go_on = progress,
                                 .data = data,
                                 .refine =
                                     ((const RwCodec *) encoder)->refine };
  RwCodecResult result;

  if (!check_info (info, quality, error))
    return NULL;
  g_autoptr (RwPicture) picture = make_picture (info, samples, error);
  return picture != NULL ? rw_codec_encode ((const RwCodec *) encoder, picture,
                                            &target, &result, NULL, error)
                         : NULL;
}

gboolean
rw_encoded_save (GBytes *file, const char *path, GError **error)
{
  g_return_val_if_fail (file != NULL && path != NULL, FALSE);

  gsize n;
  const void *bytes = g_bytes_get_data (file, &n);
  return rw_file_save (path, bytes, n, error);
}
