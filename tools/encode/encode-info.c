/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a .rwi file is.  How many bits each channel takes is told if the
 * weights are here.
 */
#include "encode/encode-info.h"

#include "cli/cli.h"
#include "codec/codec.h"
#include "tasks/compress.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  const RwRwi *file;
  double quality, bpp;
  char digest[2 * RW_RWI_DIGEST_BYTES + 1];
  char *damage, *metadata;
  double *bits; /* of each channel, or NULL */
  double still; /* of all, with a table a channel and no context */
} Facts;

static void
facts_clear (Facts *facts)
{
  g_free (facts->damage);
  g_free (facts->metadata);
  g_free (facts->bits);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Facts, facts_clear)

/* "profile, EXIF" (transfer full) */
static char *
list_metadata (const RwPicture *picture)
{
  const struct {
    GBytes *bytes;
    const char *name;
  } kinds[] = { { picture->icc, "profile" },
                { picture->exif, "EXIF" },
                { picture->more->xmp, "XMP" },
                { picture->more->iptc, "IPTC" } };
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].bytes)
      g_string_append_printf (text, "%s%s", text->len ? ", " : "",
                              kinds[i].name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
find_facts (Facts *facts, RwRwi *file, const char *path)
{
  const RwRwiCoding *coding = &file->coding;
  const RwPicture *picture = file->picture;
  const double place =
      coding->n_rates > 1
          ? (double) coding->rate / RW_RWI_RATE_STEPS / (coding->n_rates - 1)
          : 0;
  g_autoptr (RwCodec) codec = rw_codec_load_for (file, path, NULL, NULL);

  facts->file = file;
  facts->quality = RW_QUALITY_LOW + (RW_QUALITY_HIGH - RW_QUALITY_LOW) * place;
  facts->bpp = 8 * (double) g_bytes_get_size (file->bytes) / picture->width /
               picture->height;
  for (int i = 0; i < RW_RWI_DIGEST_BYTES; i++)
    g_snprintf (facts->digest + 2 * i, 3, "%02x", coding->digest[i]);
  facts->metadata = list_metadata (picture);
  facts->damage = rw_rwi_describe_damage (file);
  if (codec && !facts->damage)
    facts->bits = rw_codec_measure_file (codec, file, &facts->still, NULL);
}

static void
print_json (const Facts *facts, const char *path)
{
  const RwPicture *picture = facts->file->picture;
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  rw_cli_json_string (json, "file", path);
  rw_cli_json_string (json, "kind", "encoded");
  rw_cli_json_integer (json, "width", picture->width);
  rw_cli_json_integer (json, "height", picture->height);
  rw_cli_json_integer (json, "channels", picture->channels);
  rw_cli_json_integer (json, "depth", picture->depth);
  rw_cli_json_number (json, "quality", facts->quality);
  rw_cli_json_number (json, "bpp", facts->bpp);
  rw_cli_json_integer (json, "bytes",
                       (gint64) g_bytes_get_size (facts->file->bytes));
  rw_cli_json_integer (json, "alpha_bytes", (gint64) facts->file->n_alpha);
  rw_cli_json_integer (json, "bands", facts->file->n_bands);
  if (facts->file->coding.n_rounds > 0)
    rw_cli_json_integer (json, "rounds", facts->file->n_streams);
  rw_cli_json_string (json, "weights", facts->file->coding.name);
  rw_cli_json_string (json, "sha256_begins", facts->digest);
  rw_cli_json_string (json, "metadata", facts->metadata);
  rw_cli_json_string (json, "damage", facts->damage ? facts->damage : "");
  if (facts->bits) {
    json_builder_set_member_name (json, "channel_bits");
    json_builder_begin_array (json);
    for (int i = 0; i < facts->file->coding.n_channels; i++)
      json_builder_add_double_value (json, facts->bits[i]);
    json_builder_end_array (json);
    rw_cli_json_number (json, "bits_without_context", facts->still);
  }
  json_builder_end_object (json);
  rw_cli_json_print (json, TRUE);
}

static void
print_channels (const Facts *facts)
{
  const double pixels =
      (double) facts->file->picture->width * facts->file->picture->height;

  printf ("bits a pixel by channel:");
  for (int i = 0; i < facts->file->coding.n_channels; i++)
    printf ("%s%.4f", i % 8 ? " " : "\n  ", facts->bits[i] / pixels);
  printf ("\nbits a pixel with the best table a channel and no context: "
          "%.4f\n",
          facts->still / pixels);
}

static void
print_text (const Facts *facts, const char *path)
{
  const RwPicture *picture = facts->file->picture;
  g_autofree char *shown = rw_cli_show (path);

  printf ("%s: encoded picture, %d x %d, %s%s, %d bits, quality %.1f, %.4f "
          "bits a pixel",
          shown, picture->width, picture->height,
          picture->channels < 3 ? "grey" : "RGB",
          picture->channels % 2 ? "" : ", alpha", picture->depth,
          facts->quality, facts->bpp);
  if (facts->file->coding.n_rounds > 0)
    printf (", %d of %d rounds", facts->file->n_streams,
            facts->file->coding.n_rounds);
  g_autofree char *metadata = rw_cli_show (facts->metadata);
  g_autofree char *weights = rw_cli_show (facts->file->coding.name);
  g_autofree char *damage = rw_cli_show (facts->damage ? facts->damage : "");
  if (metadata[0])
    printf (", %s", metadata);
  printf ("\nweights %s, SHA-256 %s…\n", weights, facts->digest);
  if (damage[0])
    printf ("damaged: %s\n", damage);
  if (facts->bits)
    print_channels (facts);
}

gboolean
rw_cli_info_rwi (const char *path, gboolean json, GError **error)
{
  g_auto (Facts) facts = { 0 };
  g_autoptr (RwRwi) file = rw_rwi_load (path, error);

  if (!file)
    return FALSE;
  find_facts (&facts, file, path);
  if (json)
    print_json (&facts, path);
  else
    print_text (&facts, path);
  return TRUE;
}
