/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture as GEGL has it, and the way from and to the core's own pictures.
 */
#include "apply/apply-buffer.h"

#include <string.h>

/* ---- memory ------------------------------------------------------------ */

static gboolean
is_grey (const Babl *format)
{
  return (babl_get_model_flags (babl_format_get_model (format)) &
          BABL_MODEL_FLAG_GRAY) != 0;
}

RwCliBuffer *
rw_cli_buffer_new (GeglBuffer *pixels, GeglMetadataStore *metadata)
{
  const GeglRectangle *box = gegl_buffer_get_extent (pixels);
  const Babl *format = gegl_buffer_get_format (pixels);
  RwCliBuffer *buffer = g_new (RwCliBuffer, 1);

  *buffer = (RwCliBuffer){
    .pixels = pixels,
    .metadata = metadata,
    .bounds = { box->x, box->y, box->width, box->height },
    .grey = is_grey (format),
  };
  buffer->coded =
      babl_format_with_space (buffer->grey ? "Y~A float" : "R~G~B~A float",
                              babl_format_get_space (format));
  return buffer;
}

static GeglMetadataStore *
share_metadata (const RwCliBuffer *buffer)
{
  return buffer->metadata ? g_object_ref (buffer->metadata) : NULL;
}

RwCliBuffer *
rw_cli_buffer_copy (const RwCliBuffer *buffer)
{
  return rw_cli_buffer_new (gegl_buffer_dup (buffer->pixels),
                            share_metadata (buffer));
}

RwCliBuffer *
rw_cli_buffer_convert (const RwCliBuffer *buffer, const Babl *format)
{
  const GeglRectangle *box = gegl_buffer_get_extent (buffer->pixels);
  GeglBuffer *pixels = gegl_buffer_new (box, format);

  gegl_buffer_copy (buffer->pixels, box, GEGL_ABYSS_NONE, pixels, box);
  return rw_cli_buffer_new (pixels, share_metadata (buffer));
}

void
rw_cli_buffer_free (RwCliBuffer *buffer)
{
  if (!buffer)
    return;
  g_object_unref (buffer->pixels);
  g_clear_object (&buffer->metadata);
  g_free (buffer);
}

gsize
rw_cli_buffer_get_bytes (const RwCliBuffer *buffer)
{
  const Babl *format = gegl_buffer_get_format (buffer->pixels);

  return (gsize) buffer->bounds.width * (gsize) buffer->bounds.height *
         (gsize) babl_format_get_bytes_per_pixel (format);
}

/* ---- pixels ------------------------------------------------------------ */

void
rw_cli_buffer_read (const RwCliBuffer *buffer, const RwRect *rect, float *rgba)
{
  const GeglRectangle region = { rect->x, rect->y, rect->width, rect->height };

  gegl_buffer_get (buffer->pixels, &region, 1.0, buffer->coded, rgba,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_CLAMP);
  if (!buffer->grey)
    return;
  /* grey and alpha become four floats, in place and hence from the end */
  for (gsize i = (gsize) rect->width * rect->height; i-- > 0;) {
    const float grey = rgba[2 * i], alpha = rgba[2 * i + 1];
    rgba[4 * i] = rgba[4 * i + 1] = rgba[4 * i + 2] = grey;
    rgba[4 * i + 3] = alpha;
  }
}

static void
write_grey (RwCliBuffer *buffer,
            const GeglRectangle *region,
            const float *rgba,
            gsize stride)
{
  g_autofree float *row = g_new (float, 2 * (gsize) region->width);

  for (int y = 0; y < region->height; y++) {
    const GeglRectangle line = { region->x, region->y + y, region->width, 1 };
    for (int x = 0; x < region->width; x++) {
      row[2 * x] = rgba[y * stride + 4 * x];
      row[2 * x + 1] = rgba[y * stride + 4 * x + 3];
    }
    gegl_buffer_set (buffer->pixels, &line, 0, buffer->coded, row,
                     GEGL_AUTO_ROWSTRIDE);
  }
}

void
rw_cli_buffer_write (RwCliBuffer *buffer,
                     const RwRect *rect,
                     const float *rgba,
                     gsize stride)
{
  const GeglRectangle region = { rect->x, rect->y, rect->width, rect->height };

  if (buffer->grey)
    write_grey (buffer, &region, rgba, stride);
  else
    gegl_buffer_set (buffer->pixels, &region, 0, buffer->coded, rgba,
                     (int) (stride * sizeof *rgba));
}

/* ---- from and to pictures ---------------------------------------------- */

/* The format of a picture's samples; floats without a profile are light. */
static const Babl *
get_format (const RwPicture *picture, const Babl *space)
{
  static const char *const coded[] = { "Y'", "Y'A", "R'G'B'", "R'G'B'A" };
  static const char *const light[] = { "Y", "YA", "RGB", "RGBA" };
  const int i = picture->channels - 1;
  const gboolean is_light = picture->depth == 32 && !picture->icc;
  const char *model = is_light ? light[i] : coded[i];

  if (picture->premultiplied)
    model = picture->channels < 3 ? (is_light ? "YaA" : "Y'aA")
            : is_light            ? "RaGaBaA"
                                  : "R'aG'aB'aA";
  g_autofree char *name =
      picture->depth == 32 ? g_strconcat (model, " float", NULL)
                           : g_strdup_printf ("%s u%d", model, picture->depth);
  return babl_format_with_space (name, space);
}

/* What a PNG says by gAMA and cHRM; NULL: sRGB. */
static const Babl *
get_plain_space (const RwPicture *picture)
{
  static const int rec709[] = { 31270, 32900, 64000, 33000,
                                30000, 60000, 15000, 6000 };
  const int *p = picture->primaries[0] ? picture->primaries : rec709;

  if (picture->srgb || (!picture->gamma && !picture->primaries[0]) ||
      (picture->gamma == 45455 && !memcmp (p, rec709, sizeof rec709)))
    return NULL;
  const Babl *curve = picture->gamma && picture->gamma != 45455
                          ? babl_trc_gamma (1e5 / picture->gamma)
                          : babl_trc ("sRGB");
  return babl_space_from_chromaticities (
      NULL, p[0] / 1e5, p[1] / 1e5, p[2] / 1e5, p[3] / 1e5, p[4] / 1e5,
      p[5] / 1e5, p[6] / 1e5, p[7] / 1e5, curve, curve, curve,
      BABL_SPACE_FLAG_EQUALIZE);
}

static gboolean
get_space (const RwPicture *picture, const Babl **space, GError **error)
{
  const char *problem = NULL;
  gsize size = 0;

  if (!picture->icc) {
    *space = get_plain_space (picture);
    return TRUE;
  }
  const char *icc = g_bytes_get_data (picture->icc, &size);
  *space = babl_space_from_icc (
      icc, (int) size, BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, &problem);
  if (*space)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "its colour profile cannot be taken along (%s), expected one "
               "of curves and a matrix; write PNG or JPEG",
               problem ? problem : "of another kind");
  return FALSE;
}

RwCliBuffer *
rw_cli_buffer_from_picture (const RwPicture *picture, GError **error)
{
  const GeglRectangle whole = { 0, 0, picture->width, picture->height };
  const Babl *space = NULL;

  if (!get_space (picture, &space, error))
    return NULL;
  const Babl *format = get_format (picture, space);
  GeglBuffer *pixels = gegl_buffer_new (&whole, format);
  gegl_buffer_set (pixels, &whole, 0, format, picture->data,
                   GEGL_AUTO_ROWSTRIDE);
  return rw_cli_buffer_new (pixels, NULL);
}

/* The profile for a picture of this space, or NULL: it is sRGB, or there is
 * none that goes with its channels (the profile's bytes 16 to 19 tell). */
static GBytes *
get_profile (const Babl *space, gboolean grey)
{
  int size = 0;
  const char *icc =
      space == babl_space ("sRGB") ? NULL : babl_space_get_icc (space, &size);

  if (!icc || size < 128 || memcmp (icc + 16, grey ? "GRAY" : "RGB ", 4) != 0)
    return NULL;
  return g_bytes_new (icc, size);
}

RwPicture *
rw_cli_buffer_to_picture (const RwCliBuffer *buffer, GError **error)
{
  const RwRect *box = &buffer->bounds;
  const GeglRectangle whole = { box->x, box->y, box->width, box->height };
  const Babl *format = gegl_buffer_get_format (buffer->pixels);
  const Babl *space = babl_format_get_space (format);
  const Babl *type = babl_format_get_type (format, 0);
  const gboolean half = type == babl_type ("half");
  const int depth = type == babl_type ("u8")              ? 8
                    : half || type == babl_type ("float") ? 32
                                                          : 16;
  const int channels =
      (buffer->grey ? 1 : 3) + (babl_format_has_alpha (format) ? 1 : 0);
  RwPicture *picture =
      rw_picture_new (box->width, box->height, channels, depth, error);

  if (!picture)
    return NULL;
  picture->icc = get_profile (space, buffer->grey);
  gegl_buffer_get (buffer->pixels, &whole, 1.0,
                   get_format (picture, picture->icc ? space : NULL),
                   picture->data, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  const RwColourSays says = rw_picture_get_colour (picture);
  picture->curves = rw_curves_new (&says, NULL);
  picture->more = rw_metadata_new ();
  picture->more->tiff.half = half;
  return picture;
}
