/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A codec from its weight file, and files to pictures.
 */
#include "codec/codec.h"
#include "base/alloc.h"
#include "codec/codec-pixels.h"
#include "codec/codec-private.h"
#include "reweave.h"
#include "tasks/task.h"

#include <math.h>
#include <string.h>

#define WEIGHTS_ENDING ".safetensors"

/* ---- loading ------------------------------------------------------------ */

/* "compress-m" of "/there/compress-m.safetensors" (transfer full) */
static char *
get_short_name (const char *name)
{
  char *base = g_path_get_basename (name);

  if (g_str_has_suffix (base, WEIGHTS_ENDING))
    base[strlen (base) - strlen (WEIGHTS_ENDING)] = '\0';
  return base;
}

static gboolean
take_tables (RwCodec *codec,
             const RwWeights *weights,
             const char *name,
             GError **error)
{
  const char *text =
      g_hash_table_lookup (weights->metadata, RW_CODEC_TABLES_KEY);
  gsize n;

  if (text == NULL) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: has no entropy tables, expected some to encode with; "
                 "count them: reweave shrink --entropy --data PICTURES %s OUT",
                 name, name);
    return FALSE;
  }
  guint8 *decoded = g_base64_decode (text, &n);
  g_autoptr (GBytes) bytes = g_bytes_new_take (decoded, n);
  codec->tables = rw_codec_tables_parse (bytes, name, error);
  return codec->tables != NULL;
}

static gboolean
check_sizes (const RwCodec *codec, const char *name, GError **error)
{
  const int channels = rw_codec_net_get_n_channels (codec->net);
  const int rates = rw_codec_net_get_n_tables (codec->net);

  if (codec->tables->n_channels == channels && codec->tables->n_rates == rates)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: its entropy tables are for %d channels and %d rates, its "
               "net needs %d and %d; count them again with reweave shrink "
               "--entropy",
               name, codec->tables->n_channels, codec->tables->n_rates,
               channels, rates);
  return FALSE;
}

static const char *
get_default (const char *weights, GError **error)
{
  const RwTask *task = rw_task_find ("compress", error);

  return task != NULL ? rw_task_get_weights (task, weights) : NULL;
}

RwCodec *
rw_codec_load (const char *weights, GError **error)
{
  g_autoptr (RwCodec) codec = g_new0 (RwCodec, 1);
  const char *name = get_default (weights, error);
  RwWeights *loaded =
      name != NULL ? rw_weights_load_named (name, error) : NULL;

  if (loaded == NULL)
    return NULL;
  const gboolean taken =
      rw_weights_check_task (loaded, name, "compress", error) &&
      take_tables (codec, loaded, name, error);
  if (!taken) {
    rw_weights_free (loaded);
    return NULL;
  }
  codec->name = get_short_name (name);
  codec->net = rw_codec_net_new (loaded, name, error);
  if (codec->net == NULL || !check_sizes (codec, name, error))
    return NULL;
  return g_steal_pointer (&codec);
}

void
rw_codec_free (RwCodec *codec)
{
  if (codec == NULL)
    return;
  rw_codec_net_free (codec->net);
  rw_codec_tables_free (codec->tables);
  g_free (codec->name);
  g_free (codec);
}

void
rw_codec_describe (const RwCodec *codec, int rate, RwRwiCoding *coding)
{
  const char *digest = rw_codec_net_get_digest (codec->net);

  *coding = (RwRwiCoding){
    .n_channels = rw_codec_net_get_n_channels (codec->net),
    .scale = rw_codec_net_get_scale (codec->net),
    .n_rates = rw_codec_net_get_n_rates (codec->net),
    .n_rounds = rw_codec_net_get_n_rounds (codec->net),
    .rate = rate,
  };
  for (int i = 0; i < RW_RWI_DIGEST_BYTES; i++)
    coding->digest[i] = (guint8) (g_ascii_xdigit_value (digest[2 * i]) << 4 |
                                  g_ascii_xdigit_value (digest[2 * i + 1]));
  g_autofree char *name = g_utf8_make_valid (codec->name, -1);
  g_strlcpy (coding->name, name, sizeof coding->name);
  if (!g_utf8_validate (coding->name, -1, NULL)) /* cut within a letter */
    coding->name[0] = '\0';
}

/* ---- weights and files -------------------------------------------------- */

static gboolean
is_coded_alike (const RwRwiCoding *a, const RwRwiCoding *b)
{
  return a->n_channels == b->n_channels && a->scale == b->scale &&
         a->n_rates == b->n_rates && a->n_rounds == b->n_rounds &&
         memcmp (a->digest, b->digest, RW_RWI_DIGEST_BYTES) == 0;
}

/* The digest's first bytes, hex. */
static void
print_digest (const RwRwiCoding *coding, char text[17])
{
  for (int i = 0; i < 8; i++)
    g_snprintf (text + 2 * i, 3, "%02x", coding->digest[i]);
}

gboolean
rw_codec_check_file (const RwCodec *codec,
                     const RwRwi *file,
                     const char *name,
                     GError **error)
{
  RwRwiCoding own;
  char has[17], wants[17];

  rw_codec_describe (codec, 0, &own);
  if (is_coded_alike (&own, &file->coding))
    return TRUE;
  print_digest (&own, has);
  print_digest (&file->coding, wants);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: was made with the weights \"%s\" whose SHA-256 begins "
               "with %s, found \"%s\" of %s; name the former with -w",
               name, file->coding.name, wants, codec->name, has);
  return FALSE;
}

RwCodec *
rw_codec_load_for (const RwRwi *file,
                   const char *name,
                   const char *weights,
                   GError **error)
{
  /* a name from a file leads to no path */
  const gboolean plain = file->coding.name[0] != '\0' &&
                         strchr (file->coding.name, G_DIR_SEPARATOR) == NULL;
  const char *wanted = weights != NULL ? weights
                       : plain         ? file->coding.name
                                       : NULL;
  g_autoptr (GError) failure = NULL;
  g_autoptr (RwCodec) codec = rw_codec_load (wanted, &failure);

  if (codec == NULL && weights == NULL) {
    char wants[17];
    print_digest (&file->coding, wants);
    g_set_error (error, RW_ERROR, failure->code,
                 "%s: was made with the weights \"%s\" whose SHA-256 begins "
                 "with %s, which cannot be had here (%s); get them and name "
                 "them with -w",
                 name, file->coding.name, wants, failure->message);
    return NULL;
  }
  if (codec == NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
  }
  return rw_codec_check_file (codec, file, name, error)
             ? g_steal_pointer (&codec)
             : NULL;
}

/* ---- decoding ----------------------------------------------------------- */

gint16 *
rw_codec_read_latents (const RwCodec *codec, RwRwi *file, GError **error)
{
  const RwRwiCoding *coding = &file->coding;
  const RwCodecLayout layout = rw_rwi_get_layout (file);
  gint16 *latents = rw_try_alloc ((gsize) layout.width * (gsize) layout.height,
                                  (gsize) coding->n_channels * sizeof *latents,
                                  "its latents", error);

  if (latents != NULL && rw_codec_decode_bands (codec->tables, &layout,
                                                file->streams, latents, error))
    return latents;
  rw_free (latents);
  return NULL;
}

/* Bits that @n latents take with the one table that suits them best. */
static double
measure_still (const gint16 *latents, gsize n)
{
  g_autofree guint32 *counts = g_new0 (guint32, G_MAXUINT16 + 1);
  double bits = 0;

  for (gsize i = 0; i < n; i++)
    counts[latents[i] - G_MININT16]++;
  for (int i = 0; i <= G_MAXUINT16; i++)
    if (counts[i] > 0)
      bits += counts[i] * log2 ((double) n / counts[i]);
  return bits;
}

double *
rw_codec_measure_file (const RwCodec *codec,
                       RwRwi *file,
                       double *still,
                       GError **error)
{
  const RwRwiCoding *coding = &file->coding;
  const RwCodecLayout layout = rw_rwi_get_layout (file);
  const gsize n = (gsize) layout.width * (gsize) layout.height;
  rw_autofree gint16 *latents = rw_codec_read_latents (codec, file, error);

  if (latents == NULL)
    return NULL;
  *still = 0;
  for (gsize c = 0; c < (gsize) coding->n_channels; c++)
    *still += measure_still (latents + c * n, n);
  double *bits = g_new0 (double, (gsize) coding->n_channels);
  if (rw_codec_measure_channels (codec->tables, &layout, latents, bits, error))
    return bits;
  g_free (bits);
  return NULL;
}
