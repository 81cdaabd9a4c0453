/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A weight file whose layers work with 8 bits, beside the same in float.
 */
#include "bench/bench-int8.h"

#include "restore/model.h"
#include "train/eval/evaluate.h"
#include "weights/weights.h"

#include <math.h>

static RwPack *
make_pack (const RwWeights *weights, gboolean rounded, GError **error)
{
  g_autoptr (RwPack) pack = rw_pack_new (weights->net, RW_RUN_INFER, error);

  if (!pack || (rounded && !rw_pack_set_quant (pack, weights->quant, error)))
    return NULL;
  rw_pack_update (pack, weights->params);
  return g_steal_pointer (&pack);
}

RwBenchInt8 *
rw_bench_int8_new (const char *name, GError **error)
{
  if (!g_file_test (name, G_FILE_TEST_IS_REGULAR) ||
      !g_str_has_suffix (name, ".safetensors"))
    return NULL;
  g_autoptr (RwWeights) weights = rw_weights_load (name, error);
  if (!weights || !weights->quant)
    return NULL;
  RwBenchInt8 *int8 = g_new0 (RwBenchInt8, 1);

  int8->path = g_strdup (name);
  int8->layers = g_strdup (g_hash_table_lookup (weights->metadata, "int8"));
  int8->psnr[0] = int8->psnr[1] = NAN;
  for (int i = 0; i < 2; i++) {
    int8->packs[i] = make_pack (weights, i == 1, error);
    if (!int8->packs[i]) {
      rw_bench_int8_free (int8);
      return NULL;
    }
  }
  int8->weights = g_steal_pointer (&weights);
  return int8;
}

void
rw_bench_int8_free (RwBenchInt8 *int8)
{
  if (!int8)
    return;
  for (int i = 0; i < 2; i++)
    rw_pack_free (int8->packs[i]);
  rw_weights_free (int8->weights);
  g_free (int8->path);
  g_free (int8->layers);
  g_free (int8);
}

/* The file as a model, in whole numbers or in float. */
static RwModel *
load_model (const char *path, gboolean rounded, GError **error)
{
  g_autoptr (RwWeights) weights = rw_weights_load (path, error);

  if (!weights)
    return NULL;
  if (!rounded) { /* other results than those of the file */
    g_autofree char *digest = g_steal_pointer (&weights->digest);

    weights->digest = g_strconcat (digest, " in float", NULL);
    g_clear_pointer (&weights->quant, rw_quant_free);
  }
  return rw_model_new (g_steal_pointer (&weights), path, error);
}

gboolean
rw_bench_int8_measure_cost (RwBenchInt8 *int8,
                            const char *folder,
                            double level,
                            GError **error)
{
  const RwTask *task = rw_task_find (int8->weights->task, error);
  const RwEvalSettings settings = { .value = level };

  if (!task)
    return FALSE;
  int8->level = level > 0 ? level : task->eval != NULL ? task->eval[0] : 0;
  for (int i = 0; i < 2; i++) {
    g_autoptr (RwModel) model = load_model (int8->path, i == 1, error);
    RwEvalImage mean;

    if (!model || !rw_evaluate (model, task, folder, &settings, NULL, NULL,
                                &mean, error))
      return FALSE;
    int8->psnr[i] = mean.psnr;
    int8->n_pictures = mean.n;
  }
  return TRUE;
}
