/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * .rwi files and entropy tables.
 *
 * Checksums keep bytes that are changed at random from getting far, so the
 * bands that do not fit theirs are decoded nevertheless.
 */
#include "base/alloc.h"
#include "codec/rwi.h"
#include "fuzz.h"
#include "latents.h"

enum { CHANNELS = 3, MOST_LATENTS = 1 << 16 };

static void
decode (RwRwi *file)
{
  static RwCodecTables *tables;
  RwCodecLayout layout = rw_rwi_get_layout (file);
  const gsize n = (gsize) layout.width * (gsize) layout.height;

  layout.rate = MIN (layout.rate, LATENTS_RATES - 1);
  if (tables == NULL)
    tables = latents_tables (CHANNELS);
  if (n > MOST_LATENTS || CHANNELS % MAX (layout.n_rounds, 1) != 0)
    return;
  g_autofree gint16 *latents = g_new (gint16, n * CHANNELS);
  for (int i = 0; i < file->n_bands * file->n_streams; i++)
    file->streams[i].damaged = FALSE;
  rw_codec_decode_bands (tables, &layout, file->streams, latents, NULL);
  if (file->alpha == NULL)
    return;
  g_autoptr (RwPicture) picture =
      rw_picture_new_like (file->picture, file->picture->height, NULL);
  if (picture != NULL)
    rw_rwi_unpack_alpha (file->alpha, file->n_alpha, picture);
}

/* @n_rounds: of a channel each, or 0. */
static void
add_seed (GPtrArray *seeds,
          const RwCodecTables *tables,
          int channels,
          int n_rounds)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (RwPicture) picture = rw_picture_new (70, 90, channels, 8, NULL);
  const RwRwiCoding coding = { .n_channels = CHANNELS,
                               .scale = 16,
                               .n_rates = LATENTS_RATES,
                               .n_rounds = n_rounds,
                               .rate = RW_RWI_RATE_STEPS,
                               .digest = { 1, 2, 3 },
                               .name = "made-up-m" };
  const RwCodecLayout layout = {
    .rate = rw_rwi_get_table (&coding),
    .width = rw_rwi_count_latents (&coding, picture->width),
    .height = rw_rwi_count_latents (&coding, picture->height),
    .n_rounds = n_rounds,
    .wanted = rw_rwi_count_streams (&coding),
  };
  const int n_own = CHANNELS / MAX (n_rounds, 1);
  const gsize n = (gsize) n_own * (gsize) (layout.width * layout.height);
  g_autofree gint16 *own =
      latents_draw (3, n_own, layout.width, layout.height, 2);
  g_autofree gint16 *latents = latents_cut (own, n, MAX (n_rounds, 1));
  g_autoptr (GPtrArray) bands =
      rw_codec_encode_bands (tables, &layout, latents, NULL);
  picture->more = rw_metadata_new ();
  g_autoptr (GByteArray) alpha =
      channels == 4 ? rw_rwi_pack_alpha (picture, NULL) : NULL;

  g_ptr_array_add (seeds,
                   rw_rwi_write (picture, &coding, alpha, bands, notes, NULL));
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  g_autoptr (RwCodecTables) tables = latents_tables (CHANNELS);

  for (int channels = 3; channels <= 4; channels++)
    for (int n_rounds = 0; n_rounds <= CHANNELS; n_rounds += CHANNELS)
      add_seed (seeds, tables, channels, n_rounds);
  g_ptr_array_add (seeds, rw_codec_tables_to_bytes (tables));
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
