/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The options of reweave train.  Every key of a recipe's [train] section is
 * one, as the recipe module lists them.
 */
#pragma once

#include "cli/cli.h"

#include "train/recipe.h"

typedef struct {
  char *key;    /* of the recipe: "weight_decay" */
  char *option; /* its name on the command line: "weight-decay" */
  char *help;   /* its line in --help */
  char *value;  /* as given, or NULL */
} RwCliOverride;

typedef struct {
  char *task, *recipe, *net, *from, *teacher, *out, *threads;
  char *memory;              /* as given */
  gsize data_bytes;          /* what that means, or the default */
  gboolean timed;            /* only the time decides how long it trains */
  char *time;                /* as given */
  double max_seconds;        /* what that means; 0: not given */
  char *checkpoint;          /* as given */
  double checkpoint_seconds; /* what that means; 0: not given */
  char *plot, *sheet;
  char **data, **validation;
  char *repeats; /* repeated shots that it learns from, or NULL */
  char *noise;   /* pictures whose noise it learns from, or NULL */
  char **pairs, **validation_pairs;  /* clean, damaged, clean, ... */
  char *title, *license, *data_note; /* of the file; NULL: it says nothing */
  char *feed;        /* as given: the step that a stream begins at, or NULL */
  guint64 feed_step; /* what that means */
  gboolean resume, new_data, partial, capacity, json, list, find_lr;
  gboolean
      continues;   /* another leg, with the recipe of what it goes on from */
  gboolean record; /* seconds and machine in the file's history */
  gboolean force;  /* begin anew where files of a training lie */
  gboolean about;  /* these are the weights that the recipe's [about] is of */
  RwCliOverride *overrides;
  int n_overrides;
  char *again; /* the command that goes on */
} RwCliTrainOptions;

/* Fills zeroed @options; to be cleared also on failure. */
gboolean rw_cli_train_options_parse (RwCliTrainOptions *options,
                                     int argc,
                                     char **argv,
                                     GError **error);

/* Whether options that were given go together.  For the parser. */
gboolean rw_cli_train_options_check (const RwCliTrainOptions *options,
                                     GError **error);
void rw_cli_train_options_clear (RwCliTrainOptions *options);

/* The recipe meant, with what the options change. (transfer full) */
RwRecipe *rw_cli_train_options_make_recipe (const RwCliTrainOptions *options,
                                            const RwTask *task,
                                            GError **error);

/* What decides the weights and nothing else, so that the same training gives
 * the same file: neither threads nor where it is written. (transfer full) */
char *rw_cli_train_options_get_command (const RwCliTrainOptions *options);

/* The command line that goes on with it: the words as given, without what the
 * checkpoint has, and --resume.  (transfer full) */
char *rw_cli_train_options_go_on (int argc, char **argv);
