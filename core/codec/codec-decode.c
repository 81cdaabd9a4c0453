/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files to pictures, strip by strip.
 */
#include "base/alloc.h"
#include "codec/codec-pixels.h"
#include "codec/codec-private.h"
#include "reweave.h"

#include <string.h>

/* ---- damage ------------------------------------------------------------- */

static gboolean
has_band (const RwRwi *file)
{
  for (int i = 0; i < file->n_bands; i++)
    if (!file->streams[i].damaged)
      return TRUE;
  return FALSE;
}

static gboolean
check_bands (const RwRwi *file, const char *name, GError **error)
{
  if (has_band (file))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: none of its %d bands is whole; get the file again", name,
               file->n_bands);
  return FALSE;
}

/* Whether all rows of its alpha are there. */
static gboolean
check_alpha (const RwRwi *file)
{
  RwRwiAlpha *alpha =
      rw_rwi_alpha_new (file->alpha, file->n_alpha, file->picture);
  gboolean good = alpha != NULL;

  for (int y = 0; good && y < file->picture->height; y++)
    good = rw_rwi_alpha_read (alpha, NULL, 0);
  rw_rwi_alpha_free (alpha);
  return good;
}

/* ---- strips ------------------------------------------------------------- */

typedef struct {
  const RwRwi *file;
  const RwCodecSink *sink;
  RwRwiAlpha *alpha; /* or NULL: opaque */
  RwPicture *rows;   /* of a strip */
  int first;         /* of the picture's, in it */
} Decoding;

static gboolean
begin_rows (gpointer data, int y, int n, GError **error)
{
  Decoding *decoding = data;

  decoding->first = y;
  decoding->rows->height = n; /* the last strip's are fewer */
  if (decoding->rows->channels % 2 != 0)
    return TRUE;
  if (decoding->alpha == NULL)
    rw_rwi_clear_alpha (decoding->rows);
  for (int i = 0; decoding->alpha != NULL && i < n; i++)
    rw_rwi_alpha_read (decoding->alpha, decoding->rows, i); /* was checked */
  return TRUE;
}

static void
put_row (gpointer data, int y, int x, int n, int worker, const float *rgba)
{
  const Decoding *decoding = data;

  rw_codec_set_row (decoding->rows, y - decoding->first, x, n, rgba);
}

static gboolean
end_rows (gpointer data, int y, int n, GError **error)
{
  const Decoding *decoding = data;

  return decoding->sink->write (decoding->sink->data, decoding->rows, error);
}

static gboolean
decode_strips (Decoding *decoding,
               const RwCodec *codec,
               const RwCodecPlan *plan,
               const gint16 *latents,
               GError **error)
{
  const RwRwi *file = decoding->file;
  const RwCodecSynthesis synthesis = { .latents = latents,
                                       .begin = begin_rows,
                                       .put = put_row,
                                       .end = end_rows,
                                       .data = decoding };

  decoding->rows = rw_picture_new_like (
      file->picture, MIN (plan->strip * file->coding.scale, plan->height),
      error);
  if (decoding->rows == NULL)
    return FALSE;
  if (file->alpha != NULL)
    decoding->alpha =
        rw_rwi_alpha_new (file->alpha, file->n_alpha, file->picture);
  return rw_codec_net_synthesise_strips (
      codec->net, (double) file->coding.rate / RW_RWI_RATE_STEPS, plan,
      &synthesis, error);
}

/* ---- all ---------------------------------------------------------------- */

/* What is held besides the run. */
static gsize
count_taken (const RwCodec *codec, const RwRwi *file, const RwCodecPlan *plan)
{
  const RwPicture *picture = file->picture;
  const int columns = rw_rwi_count_latents (&file->coding, picture->width);
  const int rows = rw_rwi_count_latents (&file->coding, picture->height);
  const int strip = MIN (plan->strip * file->coding.scale, picture->height);

  return g_bytes_get_size (file->bytes) +
         (gsize) columns * (gsize) rows * (gsize) file->coding.n_channels *
             sizeof (gint16) +
         rw_codec_bands_count_bytes (codec->tables, columns, rows) +
         rw_picture_get_stride (picture) * (gsize) strip +
         rw_codec_count_rows_of_floats (picture->width);
}

static gboolean
make_plan (const RwCodec *codec,
           const RwRwi *file,
           gsize memory,
           gsize taken,
           RwCodecPlan *plan,
           GError **error)
{
  const RwPicture *picture = file->picture;

  if (!rw_codec_net_plan (codec->net, RW_CODEC_SYNTHESIS, picture->width,
                          picture->height, 0, plan, error))
    return FALSE;
  const gsize all = taken + count_taken (codec, file, plan);
  return memory == 0 ||
         (rw_codec_net_plan (codec->net, RW_CODEC_SYNTHESIS, picture->width,
                             picture->height, rw_codec_get_rest (memory, all),
                             plan, error) &&
          rw_codec_check_memory (picture, all + plan->bytes, memory, error));
}

gboolean
rw_codec_decode_rows (const RwCodec *codec,
                      RwRwi *file,
                      const char *name,
                      gsize memory,
                      gsize taken,
                      const RwCodecSink *sink,
                      GError **error)
{
  Decoding decoding = { .file = file, .sink = sink };
  RwCodecPlan plan;

  if (!rw_codec_check_file (codec, file, name, error) ||
      !check_bands (file, name, error) ||
      !make_plan (codec, file, memory, taken, &plan, error))
    return FALSE;
  rw_autofree gint16 *latents = rw_codec_read_latents (codec, file, error);
  if (latents == NULL || !check_bands (file, name, error))
    return FALSE;
  if (file->alpha != NULL && !check_alpha (file)) {
    g_ptr_array_add (file->damage, g_strdup ("its alpha"));
    file->alpha = NULL;
  }
  const gboolean done =
      (sink->begin == NULL || sink->begin (sink->data, error)) &&
      decode_strips (&decoding, codec, &plan, latents, error);
  rw_rwi_alpha_free (decoding.alpha);
  rw_picture_free (decoding.rows);
  return done;
}

/* ---- whole pictures ----------------------------------------------------- */

typedef struct {
  RwPicture *picture;
  gsize n_bytes; /* so far */
} Whole;

static gboolean
take_rows (gpointer data, const RwPicture *rows, GError **error)
{
  Whole *whole = data;
  const gsize n = rw_picture_get_stride (rows) * (gsize) rows->height;

  memcpy ((guint8 *) whole->picture->data + whole->n_bytes, rows->data, n);
  whole->n_bytes += n;
  return TRUE;
}

RwPicture *
rw_codec_decode (const RwCodec *codec,
                 RwRwi *file,
                 const char *name,
                 gsize memory,
                 GError **error)
{
  const gsize n_bytes =
      rw_picture_get_stride (file->picture) * (gsize) file->picture->height;
  RwCodecPlan plan;

  if (!rw_codec_check_file (codec, file, name, error) ||
      !check_bands (file, name, error) ||
      !make_plan (codec, file, memory, n_bytes, &plan, error))
    return NULL; /* before the picture is made */
  g_autoptr (RwPicture) picture =
      rw_picture_new_like (file->picture, file->picture->height, error);
  Whole whole = { .picture = picture };
  const RwCodecSink sink = { .write = take_rows, .data = &whole };

  return picture != NULL && rw_codec_decode_rows (codec, file, name, memory,
                                                  n_bytes, &sink, error)
             ? g_steal_pointer (&picture)
             : NULL;
}
