/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Distributions that learn.
 */
#include "codec/codec-model.h"
#include "base/alloc.h"

#include <string.h>

/* A negative number is shifted as if divided and rounded down. */
G_STATIC_ASSERT (-1 >> 1 == -1);

gboolean
rw_codec_model_init (RwCodecModel *model,
                     const RwCodecTables *tables,
                     GError **error)
{
  model->n_classes = tables->n_classes;
  model->n_contexts = (gsize) tables->n_channels * (gsize) tables->n_classes;
  model->starts = rw_try_alloc (model->n_contexts,
                                (RW_CODEC_SYMBOLS + 1) * sizeof (guint16),
                                "the distributions of a band", error);
  return model->starts != NULL;
}

void
rw_codec_model_clear (RwCodecModel *model)
{
  rw_free (model->starts);
  model->starts = NULL;
}

void
rw_codec_model_begin (RwCodecModel *model,
                      const RwCodecTables *tables,
                      int rate)
{
  for (int c = 0; c < tables->n_channels; c++)
    for (int k = 0; k < tables->n_classes; k++)
      memcpy (rw_codec_model_get (model, c, k),
              rw_codec_tables_get_starts (tables, rate, c, k),
              (RW_CODEC_SYMBOLS + 1) * sizeof (guint16));
}
