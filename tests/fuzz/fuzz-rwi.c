/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * libFuzzer on .rwi files and on entropy tables:
 *
 *   CC=clang meson setup fuzz -Dfuzz=enabled -Db_lundef=false
 *   ninja -C fuzz tests/fuzz/fuzz-rwi && fuzz/tests/fuzz/fuzz-rwi FOLDER
 *
 * Checksums keep bytes that are changed at random from getting far, so the
 * bands that do not fit theirs are decoded nevertheless.
 */
#include "base/alloc.h"
#include "codec/rwi.h"
#include "latents.h"

#include <stdint.h>

enum { CHANNELS = 3, MOST_LATENTS = 1 << 16 };

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n);

static void
decode (RwRwi *file)
{
  static RwCodecTables *tables;
  const RwRwiCoding *coding = &file->coding;
  const int columns = rw_rwi_count_latents (coding, file->picture->width);
  const int rows = rw_rwi_count_latents (coding, file->picture->height);
  const gsize n = (gsize) columns * (gsize) rows;

  if (tables == NULL)
    tables = latents_tables (CHANNELS);
  if (n > MOST_LATENTS)
    return;
  g_autofree gint16 *latents = g_new (gint16, n * CHANNELS);
  for (int i = 0; i < file->n_bands; i++)
    file->streams[i].damaged = FALSE;
  rw_codec_decode_bands (tables,
                         MIN (rw_rwi_get_table (coding), LATENTS_RATES - 1),
                         file->streams, columns, rows, latents, NULL);
  if (file->alpha == NULL)
    return;
  g_autoptr (RwPicture) picture =
      rw_picture_new_like (file->picture, file->picture->height, NULL);
  if (picture != NULL)
    rw_rwi_unpack_alpha (file->alpha, file->n_alpha, picture);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, n);
  g_autoptr (RwCodecTables) tables =
      rw_codec_tables_parse (bytes, "fuzz", NULL);
  g_autoptr (RwRwi) file = rw_rwi_parse (bytes, "fuzz", NULL);

  if (file != NULL) {
    g_autofree char *damage = rw_rwi_describe_damage (file);
    decode (file);
  }
  return 0;
}
