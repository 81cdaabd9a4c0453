/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pruning in rounds: channels go, and the rest learns to do without them.
 * Before that layers may become two of low rank.
 */
#include "shrink-prune.h"

#include "shrink-figures.h"
#include "shrink-recipe.h"
#include "shrink-speed.h"

#include "base/alloc.h"
#include "codec/codec.h"
#include "io/temporary.h"
#include "nets/low-rank.h"
#include "train/prune.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>

typedef struct {
  const RwCliPrune *options;
  const RwWeights *parent;
  const RwTask *task;
  RwDtype dtype;
  RwRecipe *recipe;
  RwDataset *data, *val;
  GHashTable *metadata; /* of the file that is written */
  RwNet *net;           /* as it is now */
  float *params;
  GArray *layers; /* of RwLowRankLayer, or NULL */
  int n_gone;
  char *folder; /* of files between the rounds */
  RwCliPruneNumbers numbers;
  double start;
  double overhead; /* bytes of the file that are no numbers */
  RwCliProgress progress;
  int round; /* 0: before the first one */
} Job;

/* ---- costs --------------------------------------------------------------- */

static double
cost_macs (gpointer data, RwNet *net)
{
  const Job *job = data;

  return rw_net_get_macs_per_pixel (net) /
         rw_net_get_macs_per_pixel (job->parent->net);
}

static gsize
get_number_bytes (RwDtype dtype)
{
  return dtype == RW_DTYPE_F32 ? 4 : 2;
}

static double
cost_bytes (gpointer data, RwNet *net)
{
  const Job *job = data;

  return job->overhead + (double) rw_net_get_n_values (net) *
                             (double) get_number_bytes (job->dtype);
}

static double
cost_time (gpointer data, RwNet *net)
{
  const Job *job = data;
  RwCliSpeed speed = { .share = 1 };

  rw_cli_compare_speed (job->parent->net, net, &speed, NULL);
  return speed.share;
}

static RwPruneCost
get_cost (const Job *job)
{
  return job->options->mac    ? cost_macs
         : job->options->size ? cost_bytes
                              : cost_time;
}

static gboolean
save (const Job *job, const char *path, GError **error)
{
  return rw_weights_save (path, job->net, job->params, job->metadata,
                          job->dtype, error);
}

/* What a file has besides numbers: more before pruning than after it. */
static gboolean
find_overhead (Job *job, GError **error)
{
  g_autofree char *path =
      g_build_filename (job->folder, "whole.safetensors", NULL);

  if (!save (job, path, error))
    return FALSE;
  job->overhead = 0;
  job->overhead = rw_cli_file_bytes (path) - cost_bytes (job, job->net);
  return TRUE;
}

/* ---- what is needed ------------------------------------------------------ */

static gboolean
load_pictures (Job *job, GError **error)
{
  const RwCliPrune *o = job->options;
  const RwDatasetOptions options = { .min_side = job->recipe->patch,
                                     .ahead = TRUE };

  if (o->data &&
      !(job->data = rw_dataset_load (o->data, &options, NULL, error)))
    return FALSE;
  return !o->val ||
         (job->val = rw_dataset_load (o->val, &(RwDatasetOptions){ .seed = 1 },
                                      NULL, error)) != NULL;
}

static gboolean
check_parent (const RwWeights *parent, const char *name, GError **error)
{
  if (!parent->quant)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: works with 8 bits, expected a net in float; prune the "
               "file that it was made of, then give --int8",
               name);
  return FALSE;
}

/* What decides the weights.  (transfer full) */
static char *
make_command (const RwCliPrune *o)
{
  const struct {
    const char *name, *value;
  } options[] = { { "mac", o->mac },           { "size", o->size },
                  { "time", o->time },         { "low-rank", o->low_rank },
                  { "together", o->together }, { "by", o->by },
                  { "data", o->data },         { "steps", o->steps },
                  { "rounds", o->rounds },     { "lr", o->lr },
                  { "teacher", o->teacher } };
  GString *command = g_string_new ("reweave shrink");

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (options[i].value)
      g_string_append_printf (command, " --%s %s", options[i].name,
                              options[i].value);
  return g_string_free (command, FALSE);
}

static void
copy_metadata (Job *job)
{
  GHashTableIter iter;
  gpointer key, value;

  job->metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_iter_init (&iter, job->parent->metadata);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_replace (job->metadata, g_strdup (key), g_strdup (value));
  g_hash_table_remove (job->metadata, "metrics");
  g_hash_table_remove (job->metadata, RW_CODEC_TABLES_KEY);
  g_hash_table_replace (job->metadata, g_strdup ("parent"),
                        g_strdup (job->parent->digest));
  g_hash_table_replace (job->metadata, g_strdup ("command"),
                        make_command (job->options));
}

static gboolean
begin (Job *job, const char *name, const char *out, GError **error)
{
  const RwCliPrune *o = job->options;
  const gsize n = rw_net_get_n_inner (job->parent->net);

  job->task = rw_task_find (job->parent->task, error);
  if (!job->task || !check_parent (job->parent, name, error) ||
      !rw_cli_prune_parse (o, &job->numbers, error))
    return FALSE;
  job->net = rw_net_ref (job->parent->net);
  job->params = rw_try_alloc (n, sizeof (float), "the net to prune", error);
  if (!job->params)
    return FALSE;
  memcpy (job->params, job->parent->params, n * sizeof (float));
  copy_metadata (job);
  job->recipe = rw_cli_prune_recipe (
      job->parent, job->task, (guint64) job->numbers.n_steps, o->lr, error);
  if (!job->recipe || !load_pictures (job, error))
    return FALSE;
  job->folder = g_strdup_printf ("%s.rounds-XXXXXX", out);
  if (!g_mkdtemp (job->folder)) {
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: cannot be written beside, expected room for the files "
                 "between the rounds; choose a folder that can be written to",
                 out);
    g_clear_pointer (&job->folder, g_free);
    return FALSE;
  }
  rw_temporary_add (job->folder);
  return find_overhead (job, error);
}

static void
clear (Job *job)
{
  if (job->folder)
    rw_temporary_remove (job->folder);
  g_free (job->folder);
  g_clear_pointer (&job->metadata, g_hash_table_unref);
  g_clear_pointer (&job->layers, g_array_unref);
  rw_recipe_free (job->recipe);
  rw_dataset_free (job->data);
  rw_dataset_free (job->val);
  rw_net_unref (job->net);
  rw_free (job->params);
}

/* ---- a round ------------------------------------------------------------- */

static double *
find_scores (const Job *job, const RwTies *ties, GError **error)
{
  const RwPruneData data = { .task = job->task,
                             .recipe = job->recipe,
                             .dataset = job->data };

  if (!job->data || g_strcmp0 (job->options->by, "magnitude") == 0)
    return rw_prune_score_magnitude (ties, job->params, error);
  return rw_prune_score_taylor (ties, job->net, job->params, &data, error);
}

static void
replace_net (Job *job, RwNet *net, float *params)
{
  rw_net_unref (job->net);
  rw_free (job->params);
  job->net = net;
  job->params = params;
}

/* Down to @target. */
static gboolean
take_out (Job *job, double target, GError **error)
{
  g_autoptr (RwTies) ties = rw_ties_new (job->net, error);
  g_autofree double *scores = ties ? find_scores (job, ties, error) : NULL;
  RwNet *net;
  float *params;

  if (!scores)
    return FALSE;
  const int n =
      rw_prune (ties, job->params, scores, get_cost (job), job,
                job->options->mac    ? "--mac"
                : job->options->size ? "--size"
                                     : "--time",
                target, (int) job->numbers.together, &net, &params, error);
  if (n < 0)
    return FALSE;
  replace_net (job, net, params);
  job->n_gone += n;
  return TRUE;
}

static char *
describe_round (const Job *job, double loss)
{
  return job->round == 0
             ? g_strdup_printf ("low rank  loss %.5f", loss)
             : g_strdup_printf ("round %d of %d  loss %.5f", job->round,
                                (int) job->numbers.n_rounds, loss);
}

static gboolean
report (gpointer data, const RwTrainReport *told)
{
  Job *job = data;

  if (rw_cli_progress_is_due (&job->progress)) {
    g_autofree char *text = describe_round (job, told->mean_loss);
    rw_cli_progress_show (&job->progress,
                          (double) told->step / (double) told->n_steps, text);
  }
  return !rw_cli_is_interrupted ();
}

/* Trains what is left, by files in the folder, which are the trainer's way. */
static gboolean
fine_tune (Job *job, GError **error)
{
  g_autofree char *from =
      g_strdup_printf ("%s/cut%d.safetensors", job->folder, job->round);
  g_autofree char *out =
      g_strdup_printf ("%s/tuned%d.safetensors", job->folder, job->round);
  g_autofree char *text = rw_recipe_to_text (job->recipe);
  g_autoptr (RwRecipe) recipe = rw_recipe_parse (text, "recipe", error);
  RwTraining training = { .task = job->task,
                          .recipe = recipe,
                          .training = job->data,
                          .validation = job->val,
                          .out = out,
                          .from = from,
                          .teacher = job->options->teacher,
                          .report = report,
                          .report_data = job };
  RwTrained trained;

  if (!recipe ||
      !rw_recipe_set (recipe, "net", rw_net_get_text (job->net), error) ||
      (job->options->teacher &&
       !rw_recipe_set (recipe, "loss",
                       "charbonnier + 0.5 * charbonnier(teacher)", error)) ||
      !rw_weights_save (from, job->net, job->params, job->metadata,
                        RW_DTYPE_F32, error))
    return FALSE;
  const gboolean good = rw_train (&training, &trained, error);

  rw_cli_progress_clear (&job->progress);
  if (!good)
    return FALSE;
  if (trained.stopped) {
    g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
                 "stopped before all %d rounds were done, nothing is written; "
                 "begin again",
                 (int) job->numbers.n_rounds);
    return FALSE;
  }
  g_autoptr (RwWeights) tuned = rw_weights_load (out, error);

  if (!tuned)
    return FALSE;
  memcpy (job->params, tuned->params,
          rw_net_get_n_inner (job->net) * sizeof (float));
  return TRUE;
}

static gboolean
has_target (const Job *job)
{
  return job->options->mac || job->options->size || job->options->time;
}

/* Layers that pay become two, and learn to be. */
static gboolean
lower_ranks (Job *job, const char *name, GError **error)
{
  float *params;
  RwNet *net;

  if (job->numbers.energy == 0)
    return TRUE;
  net = rw_low_rank (job->net, job->params, job->numbers.energy, &params,
                     &job->layers, error);
  if (!net)
    return FALSE;
  replace_net (job, net, params);
  if (job->layers->len == 0 && !has_target (job)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: no layer takes less work as two with %s of the squares "
                 "of its weights, expected one at least; give --low-rank less",
                 name, job->options->low_rank);
    return FALSE;
  }
  return job->layers->len == 0 || job->numbers.n_steps == 0 ||
         fine_tune (job, error);
}

/* Where the rounds begin; FALSE with an error, or where nothing is left to do.
 */
static gboolean
find_start (Job *job, const char *name, GError **error)
{
  const gboolean lowered = job->layers && job->layers->len > 0;

  if (!has_target (job))
    return FALSE;
  job->start =
      job->options->size || lowered ? get_cost (job) (job, job->net) : 1;
  if (job->start > job->numbers.target)
    return TRUE;
  if (!lowered)
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: would take %.0f bytes as it is, which is no more than "
                 "--size says; ask for fewer",
                 name, job->start);
  return FALSE;
}

/* Each round takes the same share of what is left. */
static gboolean
do_rounds (Job *job, const char *name, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!find_start (job, name, &reason)) {
    if (!reason)
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&reason));
    return FALSE;
  }
  for (job->round = 1; job->round <= job->numbers.n_rounds; job->round++) {
    const double target =
        job->round == job->numbers.n_rounds
            ? job->numbers.target
            : job->start *
                  pow (job->numbers.target / job->start,
                       (double) job->round / (double) job->numbers.n_rounds);

    if (!take_out (job, target, error) ||
        (job->numbers.n_steps > 0 && !fine_tune (job, error)))
      return FALSE;
  }
  return TRUE;
}

/* ---- all ---------------------------------------------------------------- */

static gboolean
tell (const Job *job, const char *name, const char *out, GError **error)
{
  const RwCliPruned pruned = { .task = job->task,
                               .parent = job->parent,
                               .name = name,
                               .out = out,
                               .net = job->net,
                               .params = job->params,
                               .val = job->val,
                               .layers = job->layers,
                               .n_gone = job->n_gone };
  RwCliFigures before, after;

  if (!rw_cli_pruned_measure (&pruned, &before, &after, error))
    return FALSE;
  if (job->options->json) {
    rw_cli_pruned_print_json (&pruned, &before, &after);
    return TRUE;
  }
  rw_cli_pruned_print (&pruned, &before, &after);
  if (job->numbers.n_steps == 0)
    g_print ("It has not learnt to do without them; this helps: reweave train "
             "--from %s --data FOLDER --out BETTER.safetensors\n",
             out);
  if (g_hash_table_contains (job->parent->metadata, RW_CODEC_TABLES_KEY))
    g_print ("Its entropy tables are those of another net and left out; count "
             "new ones with reweave shrink --entropy\n");
  return TRUE;
}

gboolean
rw_cli_prune (const RwCliPrune *options,
              const RwWeights *weights,
              const char *name,
              const char *out,
              RwDtype dtype,
              GError **error)
{
  Job job = { .options = options, .parent = weights, .dtype = dtype };

  rw_cli_progress_begin (&job.progress, options->json);
  rw_cli_catch_interrupt ();
  const gboolean good =
      begin (&job, name, out, error) && lower_ranks (&job, name, error) &&
      do_rounds (&job, name, error) && save (&job, out, error) &&
      tell (&job, name, out, error);

  clear (&job);
  return good;
}
