/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The magnitudes of a band.
 */
#include "codec/codec-field.h"
#include "base/alloc.h"

G_STATIC_ASSERT (RW_CODEC_CLIP *RW_CODEC_WEIGHT_MAX < RW_CODEC_CONTEXTS);

gboolean
rw_codec_field_init (RwCodecField *field,
                     int n_channels,
                     int width,
                     GError **error)
{
  const gsize n_rows = (gsize) n_channels * RW_CODEC_BAND_ROWS + 1;

  field->width = width;
  field->stride = (gsize) width + 2;
  field->bytes =
      rw_try_alloc (n_rows, field->stride, "a band of latents", error);
  if (field->bytes == NULL)
    return FALSE;
  field->nothing = field->bytes + (n_rows - 1) * field->stride;
  return TRUE;
}

void
rw_codec_field_clear (RwCodecField *field)
{
  rw_free (field->bytes);
  *field = (RwCodecField){ 0 };
}

static guint8 *
get_row (const RwCodecField *field, int channel, int y)
{
  const gsize row = (gsize) channel * RW_CODEC_BAND_ROWS + (gsize) y;

  return field->bytes + row * field->stride + 1;
}

RwCodecRow
rw_codec_field_begin_row (const RwCodecField *field,
                          const RwCodecTables *tables,
                          int channel,
                          int y)
{
  const guint16 *references =
      tables->references + channel * RW_CODEC_REFERENCES;
  guint8 *above = y > 0 ? get_row (field, channel, y - 1) : NULL;
  RwCodecRow row = { .own = get_row (field, channel, y), .above = above };

  for (int i = 0; i < RW_CODEC_REFERENCES; i++)
    row.references[i] = references[i] == RW_CODEC_NO_CHANNEL
                            ? field->nothing
                            : get_row (field, references[i], y);
  row.own[-1] = 0;
  if (above != NULL) {
    row.own[-1] = above[-1] = above[0];
    above[field->width] = above[field->width - 1];
  }
  return row;
}
