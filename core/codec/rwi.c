/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * .rwi files as such, and their damage in words.
 */
#include "codec/rwi.h"
#include "codec/rwi-chunks.h"
#include "io/files.h"

#include <stdio.h>
#include <string.h>

RwRwi *
rw_rwi_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = rw_file_read (path, RW_RWI_MAX_BYTES, error);

  return bytes != NULL ? rw_rwi_parse (bytes, path, error) : NULL;
}

void
rw_rwi_free (RwRwi *file)
{
  if (file == NULL)
    return;
  g_clear_pointer (&file->bytes, g_bytes_unref);
  rw_picture_free (file->picture);
  g_ptr_array_unref (file->damage);
  g_free (file->streams);
  g_free (file);
}

gboolean
rw_rwi_knows (const char *path)
{
  guint8 head[RW_RWI_MAGIC_BYTES];
  FILE *stream = fopen (path, "rb");
  const gboolean known = stream != NULL &&
                         fread (head, sizeof head, 1, stream) == 1 &&
                         memcmp (head, RW_RWI_MAGIC, sizeof head) == 0;

  if (stream != NULL)
    fclose (stream);
  return known;
}

/* ---- damage ------------------------------------------------------------- */

static void
add_text (GString *text, const char *more)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "", more);
}

char *
rw_rwi_describe_damage (const RwRwi *file)
{
  const int rows = RW_CODEC_BAND_ROWS * file->coding.scale;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < file->damage->len; i++)
    add_text (text, g_ptr_array_index (file->damage, i));
  for (int i = 0; i < file->n_bands; i++) {
    if (!file->streams[i].damaged)
      continue;
    g_autofree char *band = g_strdup_printf (
        "band %d of %d, rows %d to %d", i + 1, file->n_bands, i * rows,
        MIN ((i + 1) * rows, file->picture->height) - 1);
    add_text (text, band);
  }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}
