/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave decode: .rwi files to pictures.
 */
#include "encode/encode-each.h"
#include "encode/encode-thumbnail.h"

#include "codec/codec.h"
#include "io/rows.h"
#include "reweave.h"

#include <stdio.h>

typedef struct {
  const char *weights; /* of -w, or NULL */
  RwCodec *codec;      /* of the last file, or NULL */
  gboolean keep_going;
  gint64 quality;
  gint64 size; /* of the longest side, at most */
} Work;

static const char *const endings[] = { RW_RWI_ENDING, NULL };

/* The last file's codec, if it fits. */
static gboolean
take_codec (Work *work, const RwRwi *file, const char *name, GError **error)
{
  if (work->codec && rw_codec_check_file (work->codec, file, name, NULL))
    return TRUE;
  g_clear_pointer (&work->codec, rw_codec_free);
  work->codec = rw_codec_load_for (file, name, work->weights, error);
  return work->codec != NULL;
}

static gboolean
check_damage (const Work *work,
              const RwRwi *file,
              const char *name,
              GError **error)
{
  g_autofree char *damage = rw_rwi_describe_damage (file);

  if (!damage)
    return TRUE;
  if (work->keep_going) {
    fprintf (stderr, "reweave: note: %s: is damaged: %s\n", name, damage);
    return TRUE;
  }
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: is damaged: %s; get it again, or recover the rest with "
               "--keep-going",
               name, damage);
  return FALSE;
}

static void
report (RwCliEach *each,
        const RwRwi *file,
        const RwPicture *picture,
        char **told)
{
  g_autofree char *damage = rw_rwi_describe_damage (file);

  *told = g_strdup_printf ("%d x %d", picture->width, picture->height);
  if (!each->report)
    return;
  rw_cli_json_integer (each->report, "width", picture->width);
  rw_cli_json_integer (each->report, "height", picture->height);
  rw_cli_json_string (each->report, "damage", damage ? damage : "");
}

static gboolean
decode (RwCliEach *each,
        const RwCliPair *pair,
        GPtrArray *notes,
        char **told,
        GError **error)
{
  Work *work = each->data;
  const RwRowOptions options = { .quality = (int) work->quality };
  g_autoptr (RwRwi) file = rw_rwi_load (pair->in, error);

  if (!file || !take_codec (work, file, pair->in, error))
    return FALSE;
  /* before any memory is taken for what a damaged file claims to be */
  if (!work->keep_going && !check_damage (work, file, pair->in, error))
    return FALSE;
  g_autoptr (RwPicture) picture =
      rw_codec_decode (work->codec, file, pair->in, error);
  if (!picture || !check_damage (work, file, pair->in, error))
    return FALSE;
  if (MAX (picture->width, picture->height) > work->size) {
    g_autoptr (RwPicture) whole = g_steal_pointer (&picture);
    picture = rw_cli_thumbnail (whole, (int) work->size, error);
  }
  if (!picture || !rw_row_save (picture, pair->out, &options, notes, error))
    return FALSE;
  report (each, file, picture, told);
  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *weights = NULL, *quality = NULL, *threads = NULL,
                  *folder = NULL, *format = NULL, *size = NULL;
  Work work = { .quality = 92, .size = RW_PICTURE_MAX_SIDE };
  RwCliEach each = { .read = endings,
                     .written = rw_row_endings,
                     .convert = decode,
                     .data = &work };
  const GOptionEntry entries[] = {
    { "weights", 'w', 0, G_OPTION_ARG_FILENAME, &weights,
      "Weight file that made them (default: the one that they name)", "FILE" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &folder,
      "Folder for the pictures; all paths are inputs then", "DIR" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &format,
      "Of pictures in a folder: png, jpeg, tiff or webp (default: png)",
      "FORMAT" },
    { "save-quality", 0, 0, G_OPTION_ARG_STRING, &quality,
      "Of JPEG and WebP files written (default 92)", "1..100" },
    { "size", 0, 0, G_OPTION_ARG_STRING, &size,
      "Make pictures smaller whose longest side is above this", "PIXELS" },
    { "keep-going", 0, 0, G_OPTION_ARG_NONE, &work.keep_going,
      "Recover what is not damaged", NULL },
    RW_CLI_EACH_ENTRIES (&each, &threads),
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_decode, entries, &argc, &argv, 1, -1, error) ||
      !rw_cli_threads (threads, error) ||
      !rw_cli_integer ("--save-quality", quality, 1, 100, &work.quality,
                       error) ||
      !rw_cli_integer ("--size", size, 1, RW_PICTURE_MAX_SIDE, &work.size,
                       error))
    return FALSE;
  each.pairing.folder = folder;
  each.pairing.format = format;
  if (!folder && argc < 3)
    return rw_cli_usage (error,
                         "found %d paths, expected IN" RW_RWI_ENDING
                         " and OUT; name both, or a folder with -o",
                         argc - 1);
  if (!format && !rw_cli_each_is_single (&each, argc - 1, argv + 1))
    each.pairing.format = "png";
  g_autofree char *found = rw_cli_weights (weights);
  work.weights = found;
  const gboolean ok = rw_cli_each_run (&each, argc - 1, argv + 1, error);
  rw_codec_free (work.codec);
  return ok;
}

const RwCliCommand rw_cli_decode = {
  .name = "decode",
  .arguments = "IN.rwi… OUT",
  .summary = "makes pictures of such files again",
  .text =
      "Writes PNG, JPEG, TIFF and WebP, as far as the build has them, with "
      "as many bits as the\npicture had. A damaged file is an error that "
      "names what is damaged; with --keep-going\nthe rest is recovered, and "
      "rows that are lost are made up of those around them.\n\n"
      "Examples:\n"
      "  reweave decode photo.rwi photo.png\n"
      "  reweave decode --format jpeg -o pictures/ small/\n",
  .run = run,
};
