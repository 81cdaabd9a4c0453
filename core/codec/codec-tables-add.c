/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Tables for a net from pictures.
 */
#include "base/alloc.h"
#include "codec/codec-pixels.h"
#include "codec/codec.h"
#include "reweave.h"

typedef struct {
  const RwCodecNet *net;
  const GPtrArray *pictures;
  gint16 **latents; /* [n_pictures][n_rates], or NULL: not yet */
} Pictures;

static int
divide (const RwCodecNet *net, int pixels)
{
  return (pixels - 1) / rw_codec_net_get_scale (net) + 1;
}

/* @latents: what is to be made. */
static gboolean
analyse (const Pictures *self,
         const RwPicture *picture,
         double rate,
         gint16 **latents,
         GError **error)
{
  rw_autofree float *rgb = rw_codec_get_pixels (picture, error);

  if (rgb == NULL)
    return FALSE;
  *latents = rw_try_alloc ((gsize) divide (self->net, picture->width) *
                               (gsize) divide (self->net, picture->height),
                           (gsize) rw_codec_net_get_n_channels (self->net) *
                               sizeof (gint16),
                           "latents of a picture", error);
  return *latents != NULL &&
         rw_codec_net_analyse (self->net, rate, rgb, picture->width,
                               picture->height, *latents, error);
}

static const gint16 *
give (int i, int rate, int *width, int *height, gpointer data, GError **error)
{
  const Pictures *self = data;
  const RwPicture *picture = g_ptr_array_index (self->pictures, (guint) i);
  gint16 **latents =
      &self->latents[i * rw_codec_net_get_n_tables (self->net) + rate];
  const int n_rounds = rw_codec_net_get_n_rounds (self->net);

  *width = divide (self->net, picture->width);
  *height = divide (self->net, picture->height);
  if (*latents == NULL &&
      !analyse (self, picture, n_rounds > 0 ? n_rounds - 1 - 0.5 * rate : rate,
                latents, error))
    return NULL;
  return *latents;
}

static RwCodecTables *
count (const RwCodecNet *net, const GPtrArray *pictures, GError **error)
{
  const int n_rates = rw_codec_net_get_n_tables (net);
  const int n = (int) pictures->len;
  Pictures self = { net, pictures,
                    g_new0 (gint16 *, (gsize) n * (gsize) n_rates) };
  const RwCodecSamples samples = {
    .n_pictures = n,
    .n_rates = n_rates,
    .n_channels = rw_codec_net_get_n_channels (net),
    .n_rounds = rw_codec_net_get_n_rounds (net),
    .latents = give,
    .data = &self,
  };
  RwCodecTables *tables = rw_codec_count (&samples, error);

  for (int i = 0; i < n * n_rates; i++)
    rw_free (self.latents[i]);
  g_free (self.latents);
  return tables;
}

gboolean
rw_codec_add_tables (RwWeights *weights,
                     const char *name,
                     const GPtrArray *pictures,
                     GError **error)
{
  RwWeights *same = rw_weights_load_named (name, error);
  g_autoptr (RwCodecNet) net =
      same != NULL ? rw_codec_net_new (same, name, error) : NULL;
  g_autoptr (RwCodecTables) tables =
      net != NULL ? count (net, pictures, error) : NULL;

  if (tables == NULL)
    return FALSE;
  g_autoptr (GBytes) bytes = rw_codec_tables_to_bytes (tables);
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  g_hash_table_replace (weights->metadata, g_strdup (RW_CODEC_TABLES_KEY),
                        g_base64_encode (data, n));
  return TRUE;
}
