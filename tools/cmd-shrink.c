/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave shrink: a weight file with shorter numbers, or with fewer.
 */
#include "cli/cli.h"
#include "encode/encode-tables.h"
#include "paths.h"
#include "shrink-prune.h"

#include "train/calibrate.h"
#include "weights/weights.h"

#include <string.h>

typedef struct {
  char *store, *data, *in_float, *threads;
  gboolean int8, entropy;
  RwCliPrune prune;
} Options;

static const char *const endings[] = { ".safetensors", NULL };

static gboolean
check (const Options *options, GError **error)
{
  const gboolean prunes = rw_cli_prune_is_wanted (&options->prune);

  if (!rw_cli_prune_check (&options->prune, error))
    return FALSE;
  if (!options->store && !options->int8 && !options->entropy && !prunes)
    return rw_cli_usage (error, "nothing to do, expected --store, --int8, "
                                "--entropy, --mac, --size, --time or "
                                "--low-rank");
  if (prunes && (options->int8 || options->entropy || options->in_float))
    return rw_cli_usage (error, "--int8, --entropy and --float do not go with "
                                "--mac, --size, --time or --low-rank; prune "
                                "first, then give them for the file that is "
                                "made");
  if (options->entropy && (!options->data || options->int8))
    return rw_cli_usage (error, "--entropy: expected --data with pictures to "
                                "count on, and no --int8");
  if (options->int8 && !options->data)
    return rw_cli_usage (error, "--int8: found no --data, expected pictures "
                                "to calibrate on: a folder, or synth:8");
  if (!options->int8 && !prunes &&
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
  if (rw_cli_prune_is_wanted (&options->prune))
    return rw_cli_prune (&options->prune, weights, found, out, dtype, error);
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
  g_free (options->prune.mac);
  g_free (options->prune.size);
  g_free (options->prune.time);
  g_free (options->prune.low_rank);
  g_free (options->prune.together);
  g_free (options->prune.by);
  g_free (options->prune.val);
  g_free (options->prune.steps);
  g_free (options->prune.rounds);
  g_free (options->prune.lr);
  g_free (options->prune.teacher);
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
      "Pictures to calibrate, count or learn on, a folder or synth:N",
      "FOLDER" },
    { "float", 0, 0, G_OPTION_ARG_STRING, &options.in_float,
      "For --int8: layers in float (default: first and last), or none",
      "LAYERS" },
    { "mac", 0, 0, G_OPTION_ARG_STRING, &options.prune.mac,
      "Channels go until this share of the multiply-adds is left", "SHARE" },
    { "size", 0, 0, G_OPTION_ARG_STRING, &options.prune.size,
      "Channels go until the file is as small as this: 300k", "BYTES" },
    { "time", 0, 0, G_OPTION_ARG_STRING, &options.prune.time,
      "Channels go until it takes this share of the time, as measured here",
      "SHARE" },
    { "low-rank", 0, 0, G_OPTION_ARG_STRING, &options.prune.low_rank,
      "Two cheaper layers for one that keep this share of its weights' "
      "squares: 0.99",
      "SHARE" },
    { "together", 0, 0, G_OPTION_ARG_STRING, &options.prune.together,
      "Channels of a layer that go at a time (default 1); 16 save most time",
      "N" },
    { "by", 0, 0, G_OPTION_ARG_STRING, &options.prune.by,
      "Which go first: taylor (least needed; default with --data) or "
      "magnitude",
      "WAY" },
    { "val", 0, 0, G_OPTION_ARG_FILENAME, &options.prune.val,
      "Pictures that tell the PSNR before and after", "FOLDER" },
    { "steps", 0, 0, G_OPTION_ARG_STRING, &options.prune.steps,
      "Steps of training after each round of pruning (default 1000)", "N" },
    { "rounds", 0, 0, G_OPTION_ARG_STRING, &options.prune.rounds,
      "Rounds of pruning and training (default 3)", "N" },
    { "lr", 0, 0, G_OPTION_ARG_STRING, &options.prune.lr,
      "Highest learning rate of a round (default 3e-4)", "RATE" },
    { "teacher", 0, 0, G_OPTION_ARG_FILENAME, &options.prune.teacher,
      "Weights whose output it learns from besides, such as IN", "WEIGHTS" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.prune.json,
      "What pruning changed as JSON", NULL },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads,
      "Default: one for each processor", "N" },
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_shrink, entries, &argc, &argv, 2, 2, error))
    return FALSE;
  options.prune.data = options.data;
  return rw_cli_threads (options.threads, error) && check (&options, error) &&
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
      "its tables nothing can be encoded.\n"
      "--mac, --size or --time take whole channels out of the net, those that "
      "must agree\ntogether, and name results as before. With --data the rest "
      "learns anew after each of\nsome rounds, without it the net is cut once "
      "and should be trained further.\n"
      "--low-rank makes two layers of one, the first to few channels and the "
      "second 1x1,\nwherever that takes less work; with a target channels go "
      "after that until it is met.\n\n"
      "Examples:\n"
      "  reweave shrink --store f16 mine.safetensors half.safetensors\n"
      "  reweave shrink --int8 --data pictures/ mine.safetensors "
      "int8.safetensors\n"
      "  reweave shrink --mac 0.5 --data pictures/ --val others/ --steps 2000 "
      "\\\n                 mine.safetensors half.safetensors\n"
      "  reweave shrink --low-rank 0.95 --data pictures/ mine.safetensors "
      "low.safetensors\n"
      "  reweave shrink --entropy --data pictures/ trained.safetensors "
      "compress.safetensors\n",
  .run = run,
};
