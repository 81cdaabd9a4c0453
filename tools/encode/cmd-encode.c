/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave encode: pictures to .rwi files.
 */
#include "encode/encode-each.h"

#include "codec/codec.h"
#include "io/files.h"
#include "io/rows.h"
#include "reweave.h"
#include "tasks/compress.h"

#include <math.h>

typedef struct {
  RwCodec *codec;
  RwCodecTarget target;
} Work;

static const char *const written[] = { RW_RWI_ENDING, NULL };

static void
report (RwCliEach *each,
        const RwCodecResult *result,
        gsize n_bytes,
        char **told)
{
  JsonBuilder *json = each->report;

  if (!json) {
    g_autofree char *psnr = isnan (result->psnr)
                                ? NULL
                                : g_strdup_printf (", %.2f dB", result->psnr);
    *told = g_strdup_printf ("quality %.1f, %zu bytes, %.4f bits a pixel%s",
                             result->quality, n_bytes, result->bpp,
                             psnr ? psnr : "");
    return;
  }
  rw_cli_json_integer (json, "width", result->width);
  rw_cli_json_integer (json, "height", result->height);
  rw_cli_json_integer (json, "bytes", (gint64) n_bytes);
  rw_cli_json_number (json, "quality", result->quality);
  rw_cli_json_number (json, "bpp", result->bpp);
  rw_cli_json_number (json, "psnr", result->psnr);
}

static gboolean
encode (RwCliEach *each,
        const RwCliPair *pair,
        GPtrArray *notes,
        char **told,
        GError **error)
{
  Work *work = each->data;
  RwCodecResult result;
  g_autoptr (GBytes) file = rw_codec_encode_file (
      work->codec, pair->in, &work->target, &result, notes, error);

  if (!file)
    return FALSE;
  gsize n;
  const void *data = g_bytes_get_data (file, &n);
  if (!rw_file_save (pair->out, data, n, error))
    return FALSE;
  report (each, &result, n, told);
  return TRUE;
}

/* One of the three, or none. */
static gboolean
take_target (RwCodecTarget *target,
             const char *quality,
             const char *bpp,
             const char *psnr,
             GError **error)
{
  target->value = 50;
  if ((quality != NULL) + (bpp != NULL) + (psnr != NULL) > 1)
    return rw_cli_usage (error, "--quality, --bpp, --psnr: found more than "
                                "one, expected one of them; leave the others "
                                "out");
  target->goal = bpp ? RW_CODEC_BPP : psnr ? RW_CODEC_PSNR : RW_CODEC_QUALITY;
  return rw_cli_number ("--quality", quality, RW_QUALITY_LOW, RW_QUALITY_HIGH,
                        &target->value, error) &&
         rw_cli_number ("--bpp", bpp, 0.001, 100, &target->value, error) &&
         rw_cli_number ("--psnr", psnr, 1, 100, &target->value, error);
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *weights = NULL, *quality = NULL, *bpp = NULL, *psnr = NULL,
                  *threads = NULL, *folder = NULL, *memory = NULL;
  Work work = { 0 };
  RwCliEach each = { .read = rw_row_endings,
                     .written = written,
                     .convert = encode,
                     .data = &work };
  const GOptionEntry entries[] = {
    { "weights", 'w', 0, G_OPTION_ARG_FILENAME, &weights,
      "Weight file of the task compress, or a name (default: compress-m)",
      "FILE" },
    { "quality", 0, 0, G_OPTION_ARG_STRING, &quality,
      "How near to the original, at the price of a larger file (default 50)",
      "1..100" },
    { "bpp", 0, 0, G_OPTION_ARG_STRING, &bpp,
      "Instead: bits a pixel that the whole file has, within 3 percent",
      "BITS" },
    { "psnr", 0, 0, G_OPTION_ARG_STRING, &psnr,
      "Instead: the least PSNR of RGB, in dB", "DB" },
    { "refine", 0, 0, G_OPTION_ARG_NONE, &work.target.refine,
      "Make the file smaller and nearer to the original, in some 20 times the "
      "time",
      NULL },
    { "memory", 0, 0, G_OPTION_ARG_STRING, &memory,
      "What picture, net and file may take at most: 512M, 2G", "CAP" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &folder,
      "Folder for the files; all paths are inputs then", "DIR" },
    RW_CLI_EACH_ENTRIES (&each, &threads),
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_encode, entries, &argc, &argv, 1, -1, error) ||
      !rw_cli_threads (threads, error) ||
      !rw_cli_bytes ("--memory", memory, &work.target.memory, error) ||
      !take_target (&work.target, quality, bpp, psnr, error))
    return FALSE;
  each.pairing.folder = folder;
  if (!folder && argc < 3)
    return rw_cli_usage (error,
                         "found %d paths, expected IN and OUT" RW_RWI_ENDING
                         "; name both, or a folder with -o",
                         argc - 1);
  if (!rw_cli_each_is_single (&each, argc - 1, argv + 1))
    each.pairing.format = "rwi";
  work.target.go_on = rw_cli_each_progress;
  work.target.data = &each;
  g_autofree char *found = rw_cli_weights (weights);
  g_autoptr (RwCodec) codec =
      each.pairing.dry_run ? NULL : rw_codec_load (found, error);
  if (!codec && !each.pairing.dry_run) {
    if (!weights)
      g_prefix_error (error, "no weights for compress are installed: ");
    return FALSE;
  }
  work.codec = codec;
  return rw_cli_each_run (&each, argc - 1, argv + 1, error);
}

const RwCliCommand rw_cli_encode = {
  .name = "encode",
  .arguments = "IN… OUT.rwi",
  .summary = "makes small files of pictures",
  .text =
      "Reads PNG, JPEG, TIFF and WebP, as far as the build has them. Colour "
      "profile, EXIF, XMP,\nIPTC, 8 or 16 bits, grey and alpha, which is "
      "kept without loss, come back when the\nfile is decoded. It takes the "
      "weights that made a file to decode it. With several\ninputs, a folder "
      "among them, or -o, all files keep their names and end in .rwi.\n\n"
      "A picture passes in strips: large ones take little memory. --memory "
      "refuses what would\ntake more than the cap before anything is "
      "computed, and changes no byte of the file;\n--bpp and --psnr need "
      "more, "
      "since they try several rates.\n\n"
      "--refine makes better files with weights that round once, which "
      "compress-m is not: it\nmoves the numbers that the net has found as "
      "long "
      "as that saves bits or mends errors.\n\n"
      "Examples:\n"
      "  reweave encode --quality 60 photo.png photo.rwi\n"
      "  reweave encode --bpp 0.25 -o small/ holiday/\n",
  .run = run,
};
