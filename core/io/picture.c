/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pictures in memory, and their pixels as RGBA floats.
 */
#include "io/picture.h"
#include "base/alloc.h"
#include "io/formats.h"

#include <string.h>

/* ---- memory ------------------------------------------------------------ */

gsize
rw_picture_get_stride (const RwPicture *picture)
{
  return (gsize) picture->width * (gsize) picture->channels *
         (gsize) (picture->depth / 8);
}

gboolean
rw_picture_check_size (const RwPicture *picture, GError **error)
{
  if (MAX (picture->width, picture->height) <= RW_PICTURE_MAX_SIDE)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "a picture of %d x %d is too large, expected sides up to %d; "
               "make it smaller",
               picture->width, picture->height, RW_PICTURE_MAX_SIDE);
  return FALSE;
}

/* Gives a picture whose sizes are known its zeroed samples. */
static gboolean
allocate (RwPicture *picture, GError **error)
{
  g_autofree char *what = g_strdup_printf ("a picture of %d x %d",
                                           picture->width, picture->height);

  if (rw_picture_check_size (picture, error))
    picture->data = rw_try_alloc (
        (gsize) picture->height, rw_picture_get_stride (picture), what, error);
  return picture->data != NULL;
}

RwPicture *
rw_picture_new (int width, int height, int channels, int depth, GError **error)
{
  g_return_val_if_fail (width >= 1 && height >= 1, NULL);
  g_return_val_if_fail (channels >= 1 && channels <= 4, NULL);
  g_return_val_if_fail (depth == 8 || depth == 16 || depth == 32, NULL);
  g_autoptr (RwPicture) picture = g_new0 (RwPicture, 1);

  picture->width = width;
  picture->height = height;
  picture->channels = channels;
  picture->depth = depth;
  return allocate (picture, error) ? g_steal_pointer (&picture) : NULL;
}

RwPicture *
rw_picture_new_like (const RwPicture *like, int height, GError **error)
{
  return rw_picture_new_sized (like, like->width, height, error);
}

RwPicture *
rw_picture_new_sized (const RwPicture *like,
                      int width,
                      int height,
                      GError **error)
{
  RwPicture *picture =
      rw_picture_new (width, height, like->channels, like->depth, error);
  if (picture == NULL)
    return NULL;
  void *data = picture->data;

  *picture = *like;
  picture->data = data;
  picture->width = width;
  picture->height = height;
  picture->icc = like->icc ? g_bytes_ref (like->icc) : NULL;
  picture->exif = like->exif ? g_bytes_ref (like->exif) : NULL;
  rw_curves_ref (picture->curves);
  rw_metadata_ref (picture->more);
  return picture;
}

void
rw_picture_free (RwPicture *picture)
{
  if (picture == NULL)
    return;
  rw_free (picture->data);
  g_clear_pointer (&picture->icc, g_bytes_unref);
  g_clear_pointer (&picture->exif, g_bytes_unref);
  rw_curves_unref (picture->curves);
  rw_metadata_unref (picture->more);
  g_free (picture);
}

RwColourSays
rw_picture_get_colour (const RwPicture *picture)
{
  const RwMetadata *more = picture->more;

  return (RwColourSays){
    .cicp = more != NULL && more->has_cicp ? more->cicp : NULL,
    .icc = picture->icc,
    .is_srgb = picture->srgb > 0,
    .gamma = picture->gamma,
    .primaries = picture->primaries[1] > 0 ? picture->primaries : NULL,
    .grey = picture->channels < 3,
    .depth = picture->depth,
  };
}

/* ---- files ------------------------------------------------------------- */

RwPicture *
rw_picture_load (const char *path, GError **error)
{
  return rw_row_load (path, NULL, error);
}

gboolean
rw_picture_probe (const char *path, RwPicture *info, GError **error)
{
  g_autoptr (RwRowReader) reader = rw_row_reader_open (path, error);

  if (reader == NULL)
    return FALSE;
  const RwPicture *kind = rw_row_reader_get_picture (reader);
  *info = (RwPicture){
    .width = kind->width,
    .height = kind->height,
    .channels = kind->channels,
    .depth = kind->depth,
  };
  return TRUE;
}

gboolean
rw_picture_save (const RwPicture *picture,
                 const char *path,
                 int quality,
                 GError **error)
{
  const RwRowOptions options = { .quality = quality };

  return rw_row_save (picture, path, &options, NULL, error);
}

/* ---- pixels ------------------------------------------------------------ */

gboolean
rw_picture_is_opaque (const RwPicture *picture)
{
  const gsize n = (gsize) picture->width * (gsize) picture->height;
  const gsize channels = (gsize) picture->channels;
  const guint8 *in8 = picture->data;
  const guint16 *in16 = picture->data;
  const float *in32 = picture->data;

  if (channels % 2 != 0)
    return TRUE;
  for (gsize i = channels - 1; i < n * channels; i += channels)
    if (picture->depth == 8    ? in8[i] != 255
        : picture->depth == 16 ? in16[i] != 65535
                               : !(in32[i] >= 1.0f))
      return FALSE;
  return TRUE;
}

/* One pixel's samples as coded values in [0,1]. */
static inline void
expand_pixel (const float *samples, int channels, float *rgba)
{
  rgba[0] = samples[0];
  rgba[1] = samples[channels < 3 ? 0 : 1];
  rgba[2] = samples[channels < 3 ? 0 : 2];
  rgba[3] = channels % 2 == 0 ? samples[channels - 1] : 1.0f;
}

/* Called with constant @channels, so that the inner loops fold away. */
static inline __attribute__ ((always_inline)) void
expand_row (const void *in, int depth, int channels, gsize n, float *rgba)
{
  const guint8 *in8 = in;
  const guint16 *in16 = in;
  const float *in32 = in;
  float samples[4];

  if (depth == 32)
    for (gsize i = 0; i < n; i++)
      expand_pixel (in32 + (gsize) channels * i, channels, rgba + 4 * i);
  else if (depth == 8)
    for (gsize i = 0; i < n; i++, in8 += channels) {
      for (int c = 0; c < channels; c++)
        samples[c] = (float) in8[c] / 255.0f;
      expand_pixel (samples, channels, rgba + 4 * i);
    }
  else
    for (gsize i = 0; i < n; i++, in16 += channels) {
      for (int c = 0; c < channels; c++)
        samples[c] = (float) in16[c] / 65535.0f;
      expand_pixel (samples, channels, rgba + 4 * i);
    }
}

static void *
get_samples (const RwPicture *picture, int x, int y)
{
  return (guint8 *) picture->data +
         (gsize) y * rw_picture_get_stride (picture) +
         (gsize) (x * picture->channels * (picture->depth / 8));
}

/* Colour under alpha 0 stays as it is. */
static void
divide_by_alpha (float *rgba, gsize n)
{
  for (gsize i = 0; i < n; i++, rgba += 4)
    if (rgba[3] > 0)
      for (int c = 0; c < 3; c++)
        rgba[c] /= rgba[3];
}

static void
multiply_by_alpha (float *rgba, gsize n)
{
  for (gsize i = 0; i < n; i++, rgba += 4)
    if (rgba[3] > 0)
      for (int c = 0; c < 3; c++)
        rgba[c] *= rgba[3];
}

/* @n pixels of row @y from column @x, inside the picture. */
static void
expand (const RwPicture *picture, int x, int y, gsize n, float *rgba)
{
  const int channels = picture->channels;
  const void *in = get_samples (picture, x, y);

  if (channels == 1)
    expand_row (in, picture->depth, 1, n, rgba);
  else if (channels == 2)
    expand_row (in, picture->depth, 2, n, rgba);
  else if (channels == 3)
    expand_row (in, picture->depth, 3, n, rgba);
  else
    expand_row (in, picture->depth, 4, n, rgba);
  if (picture->premultiplied)
    divide_by_alpha (rgba, n);
  if (picture->curves != NULL)
    rw_curves_encode (picture->curves, rgba, n);
}

static void
repeat_pixel (const float *pixel, float *rgba, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    memcpy (rgba + 4 * i, pixel, 4 * sizeof (float));
}

/* Row @y of the picture from column @x on, with what leaves the picture on
 * either side repeated from its edge. */
static void
expand_clamped (
    const RwPicture *picture, gint64 x, int y, gint64 width, float *rgba)
{
  const gint64 first = CLAMP (x, 0, picture->width - 1);
  const gint64 last = CLAMP (x + width - 1, 0, picture->width - 1);
  const gint64 left = MIN (MAX (first - x, 0), width - 1);
  const gint64 n = last - first + 1;

  expand (picture, (int) first, y, (gsize) n, rgba + 4 * left);
  repeat_pixel (rgba + 4 * left, rgba, left);
  repeat_pixel (rgba + 4 * (left + n - 1), rgba + 4 * (left + n),
                width - left - n);
}

void
rw_picture_get_rgba (const RwPicture *picture, const RwRect *rect, float *rgba)
{
  const gsize stride = 4 * (gsize) MAX (rect->width, 0);
  int before = -1;

  if (stride == 0)
    return;
  for (int i = 0; i < rect->height; i++, rgba += stride) {
    const int y = (int) CLAMP ((gint64) rect->y + i, 0, picture->height - 1);
    if (y == before)
      memcpy (rgba, rgba - stride, stride * sizeof (float));
    else
      expand_clamped (picture, rect->x, y, rect->width, rgba);
    before = y;
  }
}

/* Rounded to nearest; NaN becomes 0. */
static inline int
quantise (float value, float max)
{
  const float clipped = value > 0.0f ? MIN (value, 1.0f) : 0.0f;

  return (int) (clipped * max + 0.5f);
}

/* RGBA to the picture's channels. */
static inline void
reduce_pixel (const float *rgba, int channels, float *samples)
{
  if (channels < 3)
    samples[0] = (rgba[0] + rgba[1] + rgba[2]) / 3.0f;
  else
    memcpy (samples, rgba, 3 * sizeof (float));
  if (channels % 2 == 0)
    samples[channels - 1] = rgba[3];
}

/* Called with constant @channels, as expand_row. */
static inline __attribute__ ((always_inline)) void
reduce_row (void *out, int depth, int channels, gsize n, const float *rgba)
{
  guint8 *out8 = out;
  guint16 *out16 = out;
  float *out32 = out;
  float samples[4];

  if (depth == 32)
    for (gsize i = 0; i < n; i++)
      reduce_pixel (rgba + 4 * i, channels, out32 + (gsize) channels * i);
  else if (depth == 8)
    for (gsize i = 0; i < n; i++, out8 += channels) {
      reduce_pixel (rgba + 4 * i, channels, samples);
      for (int c = 0; c < channels; c++)
        out8[c] = (guint8) quantise (samples[c], 255.0f);
    }
  else
    for (gsize i = 0; i < n; i++, out16 += channels) {
      reduce_pixel (rgba + 4 * i, channels, samples);
      for (int c = 0; c < channels; c++)
        out16[c] = (guint16) quantise (samples[c], 65535.0f);
    }
}

/* Pixels that go through curve and alpha at once. */
enum { PART = 256 };

static void
reduce_plain (RwPicture *picture, int x, int y, gsize n, const float *rgba)
{
  const int channels = picture->channels;
  void *out = get_samples (picture, x, y);

  if (channels == 1)
    reduce_row (out, picture->depth, 1, n, rgba);
  else if (channels == 2)
    reduce_row (out, picture->depth, 2, n, rgba);
  else if (channels == 3)
    reduce_row (out, picture->depth, 3, n, rgba);
  else
    reduce_row (out, picture->depth, 4, n, rgba);
}

static void
reduce (RwPicture *picture, int x, int y, gsize n, const float *rgba)
{
  float part[4 * PART];

  if (picture->curves == NULL && !picture->premultiplied) {
    reduce_plain (picture, x, y, n, rgba);
    return;
  }
  for (gsize i = 0; i < n; i += PART) {
    const gsize m = MIN (n - i, PART);
    memcpy (part, rgba + 4 * i, 4 * m * sizeof *part);
    if (picture->curves != NULL)
      rw_curves_decode (picture->curves, part, m);
    if (picture->premultiplied)
      multiply_by_alpha (part, m);
    reduce_plain (picture, x + (int) i, y, m, part);
  }
}

void
rw_picture_set_rgba (RwPicture *picture,
                     const RwRect *rect,
                     const float *rgba,
                     gsize stride)
{
  g_return_if_fail (rect->x >= 0 && rect->y >= 0);
  g_return_if_fail (rect->width <= picture->width - rect->x);
  g_return_if_fail (rect->height <= picture->height - rect->y);

  for (int i = 0; i < rect->height; i++)
    reduce (picture, rect->x, rect->y + i, (gsize) rect->width,
            rgba + (gsize) i * stride);
}
