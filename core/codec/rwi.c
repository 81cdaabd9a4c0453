/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * .rwi files as such, and their damage in words.
 */
#include "codec/rwi.h"
#include "codec/rwi-chunks.h"
#include "io/files.h"
#include "reweave.h"

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

/* ---- rounds ------------------------------------------------------------- */

gboolean
rw_rwi_want_rounds (RwRwi *file, const char *name, int n, GError **error)
{
  const int most = file->coding.n_rounds > 0 ? file->n_streams : 0;

  if (n >= 1 && n <= most) {
    file->n_wanted = n;
    return TRUE;
  }
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: has %d rounds, of which %d are wanted; %s", name, most, n,
               most > 0 ? "want fewer"
                        : "only weights in rounds make a picture that has "
                          "some, so leave rounds out");
  return FALSE;
}

RwCodecLayout
rw_rwi_get_layout (const RwRwi *file)
{
  const RwRwiCoding *coding = &file->coding;

  return (RwCodecLayout){
    .rate = rw_rwi_get_table (coding),
    .width = rw_rwi_count_latents (coding, file->picture->width),
    .height = rw_rwi_count_latents (coding, file->picture->height),
    .n_rounds = coding->n_rounds,
    .wanted = file->n_wanted,
  };
}

/* ---- damage ------------------------------------------------------------- */

static void
add_text (GString *text, const char *more)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "", more);
}

/* The first stream of @band that is damaged; n_wanted: none. */
static int
find_damage (const RwRwi *file, int band)
{
  int i = 0;

  while (i < file->n_wanted &&
         !file->streams[i * file->n_bands + band].damaged)
    i++;
  return i;
}

char *
rw_rwi_describe_damage (const RwRwi *file)
{
  const int rows = RW_CODEC_BAND_ROWS * file->coding.scale;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < file->damage->len; i++)
    add_text (text, g_ptr_array_index (file->damage, i));
  for (int i = 0; i < file->n_bands; i++) {
    const int round = find_damage (file, i);
    if (round == file->n_wanted)
      continue;
    g_autofree char *from = round > 0
                                ? g_strdup_printf (" from round %d of %d on",
                                                   round + 1, file->n_streams)
                                : g_strdup ("");
    g_autofree char *band = g_strdup_printf (
        "band %d of %d, rows %d to %d%s", i + 1, file->n_bands, i * rows,
        MIN ((i + 1) * rows, file->picture->height) - 1, from);
    add_text (text, band);
  }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}
