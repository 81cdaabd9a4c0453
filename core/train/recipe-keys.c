/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The table of a recipe's keys: name, default, range and help of each.
 */
#include "train/recipe-private.h"

#include "reweave.h"
#include "base/choice.h"
#include "tasks/task.h"
#include "train/curriculum.h"
#include "train/loss/objective.h"
#include "train/optim/optimisers.h"
#include "train/optim/schedules.h"
#include "weights/weights.h"

static gboolean
check_task (const char *name, GError **error)
{
  return rw_task_find (name, error) != NULL;
}

static gboolean
check_loss (const char *name, GError **error)
{
  g_autoptr (RwObjective) objective = rw_objective_parse (name, error);

  return objective != NULL;
}

static gboolean
check_optimiser (const char *name, GError **error)
{
  return rw_optimiser_find (name, error) != NULL;
}

static gboolean
check_schedule (const char *name, GError **error)
{
  return rw_schedule_find (name, error) != NULL;
}

static gboolean
check_rounding (const char *name, GError **error)
{
  static const char *const words[] = { "net", "noise", "straight", NULL };

  if (g_strv_contains (words, name))
    return TRUE;
  rw_choice_set_error (error, "rounding", name, words);
  return FALSE;
}

#define TEXT(place, member, value, kind_word, check_func, help)               \
  {                                                                           \
    .field = { .name = #member, .kind = RW_FIELD_TEXT, .summary = help },     \
    .section = place, .text = value, .what = kind_word, .check = check_func,  \
    .offset = G_STRUCT_OFFSET (RwRecipe, member)                              \
  }
#define NUMBER(which, member, value, least, most, help)                       \
  {                                                                           \
    .field = { .name = #member,                                               \
               .kind = which,                                                 \
               .summary = help,                                               \
               .def = value,                                                  \
               .low = least,                                                  \
               .high = most },                                                \
    .section = "train", .offset = G_STRUCT_OFFSET (RwRecipe, member)          \
  }
#define INT(member, ...) NUMBER (RW_FIELD_INT, member, __VA_ARGS__)
#define COUNT(member, ...) NUMBER (RW_FIELD_COUNT, member, __VA_ARGS__)
#define REAL(member, ...) NUMBER (RW_FIELD_REAL, member, __VA_ARGS__)

static const RwRecipeField keys[] = {
  TEXT ("about", title, "", "text", NULL, "name for people"),
  TEXT ("about", description, "", "text", NULL, "one sentence or two"),
  TEXT ("about", license, "", "text", NULL, "of the weights"),
  TEXT ("about", data, "", "text", NULL, "what it is trained on"),
  TEXT ("train", task, "denoise", "name", check_task, "the damage to undo"),
  INT (patch, 64, 8, 1024, "side of a patch in pixels"),
  TEXT ("train",
        patch_later,
        "",
        "sides",
        rw_curriculum_check,
        "later ones: 96@0.4 128@0.8"),
  INT (batch, 16, 1, 4096, "patches at once"),
  INT (accumulate, 1, 1, 4096, "batches a step"),
  INT (slices, 0, 0, 256, "parts of a batch; 0: batch / 4, 1 to 16"),
  COUNT (steps, 20000, 1, 1000000000, "steps in all"),
  COUNT (epochs,
         0,
         0,
         1000000,
         "passes over the pictures, each once a pass; 0: steps decide"),
  INT (reuse, 1, 1, 100000, "steps a picture serves in a row"),
  INT (flip, 1, 0, 1, "1: patches are mirrored at random"),
  INT (turn, 1, 0, 1, "1: by quarter turns at random"),
  REAL (scale, 0.25, 0, 1, "share at half the size"),
  REAL (exposure, 0.25, 0, 1, "share with another exposure"),
  REAL (exposure_low, 0.8, 0, 4, "lowest gain of these"),
  REAL (exposure_high, 1.1, 0, 4, "highest gain of these"),
  REAL (permute, 0.2, 0, 1, "share with colours permuted"),
  REAL (mixup, 0, 0, 2, "alpha of mix-up; 0: none"),
  TEXT ("train",
        loss,
        "charbonnier",
        "name",
        check_loss,
        "what is made small, or a sum"),
  TEXT ("train",
        optimizer,
        "adam",
        "name",
        check_optimiser,
        "how it is made small"),
  REAL (lr, 0.001, 1e-9, 10, "highest learning rate"),
  COUNT (warmup, 200, 0, 1000000000, "steps of linear rise"),
  TEXT ("train",
        schedule,
        "cosine",
        "name",
        check_schedule,
        "course of the rate"),
  COUNT (step_size, 0, 0, 1000000000, "steps to a drop; 0: a third"),
  REAL (gamma, 0.1, 1e-6, 1, "factor of a drop"),
  REAL (decay, 0.2, 0, 1, "share at the end in which it falls"),
  COUNT (plateau_patience, 5, 1, 1000000, "stale validations to a drop"),
  REAL (beta1, 0.9, 0, 0.99999, "momentum, decay of the mean"),
  REAL (beta2, 0.99, 0, 0.99999, "decay of the mean square"),
  REAL (epsilon, 1e-8, 1e-16, 1, "added to the root"),
  REAL (l1_penalty, 0, 0, 1, "L1 on weights, by the gradient"),
  REAL (l2_penalty, 0, 0, 1, "L2 on weights, by the gradient"),
  REAL (weight_decay, 0, 0, 1, "of weights, decoupled"),
  REAL (clip, 1, 0, 1e9, "cap on the gradient's norm; 0: none"),
  REAL (clip_value, 0, 0, 1e9, "cap on its values; 0: none"),
  REAL (ema, 0.999, 0, 0.999999, "decay of the average; 0: none"),
  REAL (ema_second, 0, 0, 0.999999, "of another; 0: none"),
  COUNT (seed, 0, 0, 9007199254740992, "of all random numbers"),
  COUNT (validate_every, 1000, 0, 1000000000, "steps; 0: at the end"),
  COUNT (patience,
         0,
         0,
         1000000,
         "validations without a new best that end it; 0: none do"),
  COUNT (retries,
         5,
         0,
         50,
         "times that a loss that is not finite halves the rate"),
  TEXT ("train",
        freeze,
        "",
        "globs",
        NULL,
        "layers not to train: conv[1-4],*.bias,before:latents"),
  TEXT ("train",
        rounding,
        "net",
        "name",
        check_rounding,
        "layers quantise learn by: noise, straight, or as the net says"),
  TEXT ("train",
        store,
        "f32",
        "name",
        rw_weights_check_store,
        "numbers of the file: f16, bf16"),
  TEXT ("train",
        quantise,
        "none",
        "name",
        rw_quant_check,
        "int8: round to 8 bits, with --from"),
  REAL (val_share, 0.05, 0, 0.5, "of the data, to validate on"),
};
#define N_KEYS ((int) G_N_ELEMENTS (keys))

const RwRecipeField *
rw_recipe_get_fields (int *n)
{
  *n = N_KEYS;
  return keys;
}

/* (transfer full) the default as text */
static char *
print_default (const RwRecipeField *key)
{
  return key->field.kind == RW_FIELD_TEXT
             ? g_strdup (key->text)
             : rw_field_print (&key->field, key->field.def);
}

/* (transfer full) what may be written, for help */
static char *
describe_range (const RwRecipeField *key)
{
  return key->field.kind == RW_FIELD_TEXT
             ? g_strdup (key->what)
             : rw_field_describe_range (&key->field);
}

const RwRecipeKey *
rw_recipe_list_keys (int *n)
{
  static RwRecipeKey views[N_KEYS];
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    for (int i = 0; i < N_KEYS; i++)
      views[i] = (RwRecipeKey){ .section = keys[i].section,
                                .name = keys[i].field.name,
                                .value = print_default (&keys[i]),
                                .range = describe_range (&keys[i]),
                                .summary = keys[i].field.summary };
    g_once_init_leave (&once, 1);
  }
  *n = N_KEYS;
  return views;
}

const RwRecipeField *
rw_recipe_find_field (const char *name, GError **error)
{
  const char *names[N_KEYS + 1] = { NULL };

  for (int i = 0; i < N_KEYS; i++) {
    if (g_str_equal (keys[i].field.name, name))
      return &keys[i];
    names[i] = keys[i].field.name;
  }
  rw_choice_set_error (error, "key", name, names);
  return NULL;
}
