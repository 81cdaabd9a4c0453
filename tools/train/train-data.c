/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pictures that reweave train learns from and validates on.
 */
#include "train/train-data.h"

#include "train/curriculum.h"
#include "train/data/repeats.h"
#include "train/data/transplant.h"
#include "cli/cli.h"
#include "paths.h"

#include <math.h>
#include <string.h>

/* A load in progress. */
typedef struct {
  const RwCliTrainReport *report;
  RwDatasetOptions wanted;
  gsize n_left; /* bytes of the cap */
} Loader;

/* @damaged: NULL, or the partner of @path. */
static RwDataset *
load_one (Loader *loader,
          const char *path,
          const char *damaged,
          GError **error)
{
  g_autofree char *what =
      damaged ? g_strdup_printf ("%s and %s", path, damaged) : g_strdup (path);
  RwDatasetReport told = { 0 };

  loader->wanted.max_bytes = MAX (1, loader->n_left); /* 0 would be no cap */
  RwDataset *set = damaged
                       ? rw_dataset_load_pairs (path, damaged, &loader->wanted,
                                                &told, error)
                       : rw_dataset_load (path, &loader->wanted, &told, error);
  if (set)
    rw_cli_train_data (loader->report, what, &told);
  /* a set that is not all held keeps the rest of the cap for decoding */
  loader->n_left =
      told.n_ahead ? 0 : loader->n_left - MIN (loader->n_left, told.n_bytes);
  rw_dataset_report_clear (&told);
  return set;
}

/* @paths: folders; or, two by two, @pairs. */
static RwDataset *
load_all (Loader *loader, char **paths, gboolean pairs, GError **error)
{
  g_autoptr (GPtrArray) sets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) rw_dataset_free);

  for (int i = 0; paths[i]; i += pairs ? 2 : 1) {
    RwDataset *set =
        load_one (loader, paths[i], pairs ? paths[i + 1] : NULL, error);
    if (!set)
      return NULL;
    g_ptr_array_add (sets, set);
  }
  return rw_dataset_join ((RwDataset *const *) sets->pdata, (int) sets->len);
}

/* Of the person's own pictures.  What was found is told before anything else,
 * and of too few windows the error says all. */
static gboolean
load_noise (RwTraining *training,
            const RwCliTrainOptions *options,
            const RwCliTrainReport *report,
            GError **error)
{
  RwNoiseReport told = { 0 };

  if (!options->noise)
    return TRUE;
  const RwTask *task = rw_task_find (training->recipe->task, error);
  if (!task || !rw_transplant_check (task, error))
    return FALSE;
  training->noise = rw_noise_library_load (options->noise, &told, error);
  if (training->noise)
    rw_cli_train_noise (report, options->noise, &told);
  rw_noise_report_clear (&told);
  return training->noise != NULL;
}

/* Shots of the same things; what was found is told. */
static RwDataset *
load_repeats (Loader *loader,
              const RwCliTrainOptions *options,
              const RwRecipe *recipe,
              GError **error)
{
  const RwTask *task = rw_task_find (recipe->task, error);
  RwDatasetReport data = { 0 };
  RwRepeatsReport told;

  if (!task || !rw_transplant_check (task, error))
    return NULL;
  loader->wanted.max_bytes = MAX (1, loader->n_left);
  RwDataset *set = rw_dataset_load_repeats (options->repeats, &loader->wanted,
                                            &told, &data, error);
  if (set) {
    rw_cli_train_data (loader->report, options->repeats, &data);
    rw_cli_train_repeats (loader->report, &told);
  }
  rw_dataset_report_clear (&data);
  return set;
}

static RwDataset *
load_training (Loader *loader,
               const RwCliTrainOptions *options,
               const RwRecipe *recipe,
               GError **error)
{
  if (options->repeats)
    return load_repeats (loader, options, recipe, error);
  return options->pairs ? load_all (loader, options->pairs, TRUE, error)
                        : load_all (loader, options->data, FALSE, error);
}

static gboolean
load_validation (RwTraining *training,
                 const RwCliTrainOptions *options,
                 Loader *loader,
                 GError **error)
{
  loader->wanted.ahead = FALSE;
  loader->wanted.min_side = 0;
  if (options->validation_pairs)
    training->validation =
        load_all (loader, options->validation_pairs, TRUE, error);
  else if (options->validation && strcmp (options->validation[0], "none") != 0)
    training->validation =
        load_all (loader, options->validation, FALSE, error);
  else
    return TRUE;
  return training->validation != NULL;
}

/* Where no pictures to validate on are given and the share of it is one or
 * more. */
static gboolean
split (RwTraining *training, const RwCliTrainReport *report, GError **error)
{
  const double share = training->recipe->val_share;

  if (rw_dataset_get_n (training->training) * share < 1 - 1e-9)
    return TRUE;
  g_autoptr (RwDataset) all = training->training;
  training->training = NULL;
  if (!rw_dataset_split (all, share, training->recipe->seed,
                         &training->training, &training->validation, error))
    return FALSE;
  rw_cli_train_split (report, rw_dataset_get_n (all),
                      rw_dataset_get_n (training->validation));
  return TRUE;
}

/* What is learnt from says nothing when it is measured. */
static gboolean
check_distinct (char **first,
                char **second,
                const char *option,
                GError **error)
{
  for (int i = 0; first && first[i]; i++)
    for (int k = 0; second && second[k]; k++)
      if (g_str_equal (first[i], second[k]) ||
          rw_cli_is_same_file (first[i], second[k]))
        return rw_cli_usage (error,
                             "%s: %s is learnt from, too, expected other "
                             "pictures to validate on; leave it out, and some "
                             "are put aside",
                             option, second[k]);
  return TRUE;
}

/* The two of a pair are two. */
static gboolean
check_pairs (char **pairs, const char *option, GError **error)
{
  for (int i = 0; pairs && pairs[i]; i += 2)
    if (rw_cli_is_same_file (pairs[i], pairs[i + 1]))
      return rw_cli_usage (error,
                           "%s: found %s twice, expected the clean pictures "
                           "and the damaged ones; name two folders",
                           option, pairs[i]);
  return TRUE;
}

gboolean
rw_cli_train_check_data (const RwCliTrainOptions *options, GError **error)
{
  return check_pairs (options->pairs, "--pairs", error) &&
         check_pairs (options->validation_pairs, "--val-pairs", error) &&
         check_distinct (options->data, options->validation, "--val", error) &&
         check_distinct (options->pairs, options->validation, "--val",
                         error) &&
         check_distinct (options->pairs, options->validation_pairs,
                         "--val-pairs", error);
}

gboolean
rw_cli_train_load (RwTraining *training,
                   const RwCliTrainOptions *options,
                   const RwCliTrainReport *report,
                   GError **error)
{
  const RwRecipe *recipe = training->recipe;
  Loader loader = { .report = report,
                    .wanted = { .seed = recipe->seed },
                    .n_left = options->data_bytes };

  if (!load_noise (training, options, report, error) ||
      !load_validation (training, options, &loader, error))
    return FALSE;
  loader.wanted.ahead = TRUE;
  loader.wanted.min_side = rw_curriculum_get_most (recipe);
  training->training = load_training (&loader, options, recipe, error);
  if (!training->training)
    return FALSE;
  return options->validation || options->validation_pairs ||
         split (training, report, error);
}
