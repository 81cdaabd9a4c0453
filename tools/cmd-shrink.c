/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave shrink: a weight file with shorter numbers.
 */
#include "cli/cli.h"
#include "encode/encode-tables.h"
#include "paths.h"

#include "train/calibrate.h"
#include "weights/weights.h"

#include <string.h>

typedef struct {
  char *store, *data, *in_float, *threads;
  gboolean int8, entropy;
} Options;

static const char *const endings[] = { ".safetensors", NULL };

static gboolean
check (const Options *options, GError **error)
{
  if (!options->store && !options->int8 && !options->entropy)
    return rw_cli_usage (error, "nothing to do, expected --store, --int8 or "
                                "--entropy");
  if (options->entropy && (!options->data || options->int8))
    return rw_cli_usage (error, "--entropy: expected --data with pictures to "
                                "count on, and no --int8");
  if (options->int8 && !options->data)
    return rw_cli_usage (error, "--int8: found no --data, expected pictures "
                                "to calibrate on: a folder, or synth:8");
  if (!options->int8 &&
      ((options->data && !options->entropy) || options->in_float))
    return rw_cli_usage (error, "--data and --float go with --int8");
  return TRUE;
}

/* The layers of --float; NULL without it, empty for "none". */
static char **
split_layers (const char *text)
{
  if (!text)
    return NULL;
  return g_strsplit (strcmp (text, "none") == 0 ? "" : text, ",", -1);
}

static RwQuant *
calibrate (const RwWeights *weights, const Options *options, GError **error)
{
  const RwTask *task = rw_task_find (weights->task, error);
  g_autoptr (RwDataset) dataset =
      task ? rw_dataset_load (options->data, &(RwDatasetOptions){ 0 }, NULL,
                              error)
           : NULL;
  g_auto (GStrv) in_float = split_layers (options->in_float);

  if (!dataset)
    return NULL;
  const RwCalibration calibration = { .task = task,
                                      .dataset = dataset,
                                      .in_float =
                                          (const char *const *) in_float };
  g_autoptr (RwQuant) quant =
      rw_calibrate (weights->net, weights->params, &calibration, error);
  if (quant)
    rw_quant_fix_weights (quant, weights->params);
  return g_steal_pointer (&quant);
}

static gboolean
shrink (const Options *options,
        const char *name,
        const char *out,
        GError **error)
{
  RwDtype dtype = RW_DTYPE_F32;
  g_autofree char *found = rw_cli_weights (name);
  g_autoptr (RwQuant) quant = NULL;

  if (options->store &&
      !rw_weights_parse_store (options->store, &dtype, error))
    return FALSE;
  g_autoptr (RwWeights) weights = rw_weights_load_named (found, error);
  if (!weights)
    return FALSE;
  if (options->int8 && !(quant = calibrate (weights, options, error)))
    return FALSE;
  if (options->entropy &&
      !rw_cli_add_tables (weights, found, options->data, error))
    return FALSE;
  g_hash_table_replace (weights->metadata, g_strdup ("parent"),
                        g_strdup (weights->digest));
  return rw_weights_save_int8 (out, weights->net, weights->params,
                               quant ? quant : weights->quant,
                               weights->metadata, dtype, error);
}

static void
options_clear (Options *options)
{
  g_free (options->store);
  g_free (options->data);
  g_free (options->in_float);
  g_free (options->threads);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
run (int argc, char **argv, GError **error)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "store", 0, 0, G_OPTION_ARG_STRING, &options.store,
      "Numbers of the file: f32, f16 or bf16", "TYPE" },
    { "int8", 0, 0, G_OPTION_ARG_NONE, &options.int8,
      "Layers work with numbers of 8 bits", NULL },
    { "entropy", 0, 0, G_OPTION_ARG_NONE, &options.entropy,
      "Weights for compress get tables of how often their numbers come",
      NULL },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &options.data,
      "Pictures to calibrate or count on, a folder or synth:N", "FOLDER" },
    { "float", 0, 0, G_OPTION_ARG_STRING, &options.in_float,
      "For --int8: layers in float (default: first and last), or none",
      "LAYERS" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads,
      "Default: one for each processor", "N" },
    { NULL }
  };

  return rw_cli_parse (&rw_cli_shrink, entries, &argc, &argv, 2, 2, error) &&
         rw_cli_threads (options.threads, error) && check (&options, error) &&
         rw_cli_check_output (argv[1], argv[2], endings, error) &&
         shrink (&options, argv[1], argv[2], error);
}

const RwCliCommand rw_cli_shrink = {
  .name = "shrink",
  .arguments = "IN OUT",
  .summary = "makes a weight file smaller, or fit for 8 bits",
  .text =
      "--store f16 halves the file; the net works in float as before.\n"
      "--int8 makes most layers work with whole numbers of 8 bits: weights "
      "with a scale\nfor each channel, activations with one for each layer, "
      "chosen on the pictures of\n--data, which are damaged as for training. "
      "reweave eval and reweave bench tell what\nit costs and gains. "
      "--entropy "
      "is for weights of the task compress, once they are\ntrained: without "
      "its tables nothing can be encoded.\n\n"
      "Examples:\n"
      "  reweave shrink --store f16 mine.safetensors half.safetensors\n"
      "  reweave shrink --int8 --data pictures/ mine.safetensors "
      "int8.safetensors\n"
      "  reweave shrink --entropy --data pictures/ trained.safetensors "
      "compress.safetensors\n",
  .run = run,
};
