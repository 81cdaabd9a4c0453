/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave decode: .rwi files to pictures.
 */
#include "encode/encode-each.h"
#include "encode/encode-thumbnail.h"

#include "codec/codec.h"
#include "io/rows.h"
#include "layers/rounds.h"
#include "reweave.h"

#include <stdio.h>

/* Bytes that are written at once: a writer may want as much again. */
#define SLICE ((gsize) 1 << 20)

typedef struct {
  const char *weights; /* of -w, or NULL */
  RwCodec *codec;      /* of the last file, or NULL */
  gboolean keep_going;
  gint64 quality;
  gint64 size;   /* of the longest side, at most */
  gint64 rounds; /* that are decoded; 0: all */
  gsize memory;  /* bytes; 0: any number */
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
    g_autofree char *shown = rw_cli_show (name);
    fprintf (stderr, "reweave: note: %s: is damaged: %s\n", shown, damage);
    return TRUE;
  }
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: is damaged: %s; get it again, or recover the rest with "
               "--keep-going",
               name, damage);
  return FALSE;
}

static void
report (RwCliEach *each, const RwRwi *file, int width, int height, char **told)
{
  g_autofree char *damage = rw_rwi_describe_damage (file);

  *told = g_strdup_printf ("%d x %d", width, height);
  if (!each->report)
    return;
  rw_cli_json_integer (each->report, "width", width);
  rw_cli_json_integer (each->report, "height", height);
  rw_cli_json_string (each->report, "damage", damage ? damage : "");
}

/* ---- row by row --------------------------------------------------------- */

typedef struct {
  const Work *work;
  const RwRwi *file;
  const char *name;
  RwRowWriter *writer;
} Passage;

static gboolean
begin_rows (gpointer data, GError **error)
{
  const Passage *passage = data;

  return check_damage (passage->work, passage->file, passage->name, error);
}

static gboolean
write_rows (gpointer data, const RwPicture *rows, GError **error)
{
  const Passage *passage = data;
  const gsize stride = rw_picture_get_stride (rows);
  const int slice = (int) MAX (SLICE / stride, 1);

  for (int y = 0; y < rows->height; y += slice)
    if (!rw_row_writer_write (passage->writer,
                              (const guint8 *) rows->data + stride * (gsize) y,
                              MIN (slice, rows->height - y), error))
      return FALSE;
  return TRUE;
}

/* Where memory is short, a JPEG's tables are the standard ones. */
static RwRowWriter *
open_writer (const Work *work,
             const RwRwi *file,
             const char *out,
             GError **error)
{
  const RwPicture *picture = file->picture;
  const gsize n_coefficients =
      6 * (gsize) picture->width * (gsize) picture->height;
  const RwRowOptions options = {
    .quality = (int) work->quality,
    .memory = work->memory > 0 && n_coefficients > work->memory / 4 ? 1 : 0
  };

  return rw_row_writer_new (out, picture, &options, error);
}

static gboolean
decode_rows (const Work *work,
             RwRwi *file,
             const RwCliPair *pair,
             GPtrArray *notes,
             GError **error)
{
  Passage passage = { work, file, pair->in };
  const RwCodecSink sink = { begin_rows, write_rows, &passage };

  passage.writer = open_writer (work, file, pair->out, error);
  if (!passage.writer)
    return FALSE;
  if (!rw_codec_decode_rows (work->codec, file, pair->in, work->memory,
                             rw_row_writer_get_bytes (passage.writer), &sink,
                             error)) {
    rw_row_writer_discard (passage.writer);
    return FALSE;
  }
  rw_row_add_notes (notes, rw_row_writer_get_notes (passage.writer));
  return rw_row_writer_commit (passage.writer, error);
}

/* ---- as a whole --------------------------------------------------------- */

static gboolean
decode_smaller (const Work *work,
                RwRwi *file,
                const RwCliPair *pair,
                GPtrArray *notes,
                GError **error)
{
  const RwRowOptions options = { .quality = (int) work->quality };
  g_autoptr (RwPicture) whole =
      rw_codec_decode (work->codec, file, pair->in, work->memory, error);
  g_autoptr (RwPicture) picture =
      whole && check_damage (work, file, pair->in, error)
          ? rw_cli_thumbnail (whole, (int) work->size, error)
          : NULL;

  return picture && rw_row_save (picture, pair->out, &options, notes, error);
}

static gboolean
decode (RwCliEach *each,
        const RwCliPair *pair,
        GPtrArray *notes,
        char **told,
        GError **error)
{
  Work *work = each->data;
  g_autoptr (RwRwi) file = rw_rwi_load (pair->in, error);

  if (!file || !take_codec (work, file, pair->in, error))
    return FALSE;
  if (work->rounds > 0 &&
      !rw_rwi_want_rounds (file, pair->in, (int) work->rounds, error))
    return FALSE;
  /* before any memory is taken for what a damaged file claims to be */
  if (!work->keep_going && !check_damage (work, file, pair->in, error))
    return FALSE;
  int width = file->picture->width, height = file->picture->height;
  const int longest = MAX (width, height);
  if (!(longest > work->size ? decode_smaller (work, file, pair, notes, error)
                             : decode_rows (work, file, pair, notes, error)))
    return FALSE;
  if (longest > work->size)
    rw_cli_thumbnail_size (&width, &height, (int) work->size);
  report (each, file, width, height, told);
  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *weights = NULL, *quality = NULL, *threads = NULL,
                  *folder = NULL, *format = NULL, *size = NULL, *memory = NULL,
                  *rounds = NULL;
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
    { "memory", 0, 0, G_OPTION_ARG_STRING, &memory,
      "What file, net and picture may take at most: 512M, 2G", "CAP" },
    { "rounds", 0, 0, G_OPTION_ARG_STRING, &rounds,
      "Decode only the first ones, of a file that is in rounds", "N" },
    { "keep-going", 0, 0, G_OPTION_ARG_NONE, &work.keep_going,
      "Recover what is not damaged", NULL },
    RW_CLI_EACH_ENTRIES (&each, &threads),
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_decode, entries, &argc, &argv, 1, -1, error) ||
      !rw_cli_threads (threads, error) ||
      !rw_cli_bytes ("--memory", memory, &work.memory, error) ||
      !rw_cli_integer ("--save-quality", quality, 1, 100, &work.quality,
                       error) ||
      !rw_cli_integer ("--rounds", rounds, 1, RW_ROUNDS_MAX, &work.rounds,
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
      "A file of weights in rounds, such as compress-m, holds coarser "
      "pictures in its\nfirst parts: --rounds makes one of them, and of a "
      "file "
      "that was cut off --keep-going\nmakes what is there.\n\n"
      "A picture passes in strips; --memory refuses what would take more than "
      "the cap before\nanything is computed, and changes no pixel.\n\n"
      "Examples:\n"
      "  reweave decode photo.rwi photo.png\n"
      "  reweave decode --format jpeg -o pictures/ small/\n",
  .run = run,
};
