/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Training recipes: settings and a net in one small text file.
 *
 *   # a line that begins with a hash is a comment
 *   [about]
 *   title = Denoise, small
 *   [train]
 *   task = denoise
 *   steps = 20000
 *   [net]
 *   input rgb sigma
 *   conv 32 | relu | conv 3
 *   residual
 *
 * A key that is not written has the default of rw_recipe_list_keys.  All that
 * follows the line [net] is the text of the net, as nets/net.h reads it.
 */
#pragma once

#include <glib.h>

typedef struct {
  char *title, *description, *license, *data; /* for the weight file */
  char *task;
  char *loss, *optimizer, *schedule; /* names of the registries */
  int patch;                         /* side of a training patch, pixels */
  char *patch_later;                 /* sides later on, see curriculum.h */
  int batch;                         /* patches a step */
  int slices; /* parts of a batch worked on at once; 0: batch / 4 in 1..16 */
  int accumulate; /* batches a step, see gradient.h */
  guint64 steps;
  guint64 epochs; /* passes over the pictures; 0: only steps count */
  int reuse;      /* steps that a picture serves in a row, see order.h */
  int flip, turn; /* these and the next are RwAugment's, see augment.h */
  double scale, exposure, exposure_low, exposure_high, permute, mixup;
  double lr;                           /* learning rate at its highest */
  guint64 step_size, plateau_patience; /* see schedules.h */
  double gamma, decay;                 /* see schedules.h */
  guint64 warmup;                      /* steps of linear rise */
  double beta1, beta2, epsilon;        /* see optimisers.h */
  double l1_penalty, l2_penalty, weight_decay; /* see optimisers.h */
  double clip;       /* cap on the gradient's norm; 0: none */
  double clip_value; /* cap on each of its values, before; 0: none */
  double ema;        /* decay of the moving average of weights; 0: none */
  double ema_second; /* of another, and validations keep the better; 0: none */
  guint64 seed;
  guint64 validate_every; /* steps; 0: only at the end */
  guint64 patience; /* validations without a new best that end the training;
                       0: none do */
  char *store;      /* numbers of the weight file: f32, f16, bf16 */
  char *quantise;   /* "int8": layers round to 8 bits; "none" */
  char *rounding;   /* how layers quantise learn, "noise" or "straight"; "net":
                       as its text says */
  char *freeze;     /* layers that are not trained, see fine-tune.h; or "" */
  guint64 retries;  /* times that a loss that is not finite halves the rate */
  double val_share; /* of the pictures, put aside for validation */
  char *net;        /* the net's text; may be empty until set */
} RwRecipe;

/* A key, for help and for building command-line options. */
typedef struct {
  const char *section; /* "about" or "train" */
  const char *name;    /* "lr" */
  const char *value;   /* default, as text */
  const char *range;   /* "1e-9..10", or "text" */
  const char *summary;
} RwRecipeKey;

const RwRecipeKey *rw_recipe_list_keys (int *n);

RwRecipe *rw_recipe_new (void);         /* all defaults, no net */
void rw_recipe_free (RwRecipe *recipe); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwRecipe, rw_recipe_free)

/* @name: what messages call it.  RW_ERROR_FORMAT with the line and, for an
 * unknown key, the nearest known one. */
RwRecipe *rw_recipe_parse (const char *text, const char *name, GError **error);
RwRecipe *rw_recipe_load (const char *path, GError **error);

/* Sets one key from text, checked as in a file; "net" sets the net's text. */
gboolean rw_recipe_set (RwRecipe *recipe,
                        const char *key,
                        const char *value,
                        GError **error);

/* The value of a key as the file would have it, or NULL. (transfer full) */
char *rw_recipe_get (const RwRecipe *recipe, const char *key);

/* Whether its optimiser requires all data in each step. */
gboolean rw_recipe_takes_whole_set (const RwRecipe *recipe);

/* The number of steps with @n_pictures.  It is `steps`, or, where epochs are
 * given, epochs times the batches of an epoch, divided by accumulate.  An epoch
 * has n_pictures / batch batches, rounded up.  With an optimiser of the whole
 * set a step is one epoch. */
guint64 rw_recipe_count_steps (const RwRecipe *recipe, int n_pictures);

/* The whole recipe as text, every key written, that parses to the same one.
 * (transfer full) */
char *rw_recipe_to_text (const RwRecipe *recipe);
