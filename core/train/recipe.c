/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Recipes: a table of keys, and text to and from it.
 */
#include "train/recipe.h"

#include "reweave.h"
#include "base/choice.h"
#include "io/files.h"
#include "tasks/task.h"
#include "train/loss/objective.h"
#include "train/optim/optimisers.h"
#include "train/optim/schedules.h"
#include "weights/weights.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define MAX_BYTES ((gsize) 1 << 20)
#define MAX_TEXT 1024 /* bytes of a value */

typedef enum { KIND_TEXT, KIND_NAME, KIND_INT, KIND_COUNT, KIND_REAL } Kind;

typedef gboolean (*CheckFunc) (const char *name, GError **error);

typedef struct {
  RwRecipeKey key;
  Kind kind;
  gsize offset;
  double low, high;
  CheckFunc check; /* KIND_NAME: is it in its registry? */
} Field;

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

#define KEY(section, member, value, range, summary)                           \
  .key = { section, #member, value, range, summary },                         \
  .offset = G_STRUCT_OFFSET (RwRecipe, member)
#define TEXT(member, summary)                                                 \
  {                                                                           \
    KEY ("about", member, "", "text", summary), .kind = KIND_TEXT             \
  }
#define NAME(member, value, check_func, summary)                              \
  {                                                                           \
    KEY ("train", member, value, "name", summary), .kind = KIND_NAME,         \
                                                   .check = check_func        \
  }
#define NUMBER(which, member, value, least, most, summary)                    \
  {                                                                           \
    KEY ("train", member, #value, #least ".." #most, summary),                \
        .kind = which, .low = least, .high = most                             \
  }

static const Field fields[] = {
  TEXT (title, "name for people"),
  TEXT (description, "one sentence or two"),
  TEXT (license, "of the weights"),
  TEXT (data, "what it is trained on"),
  NAME (task, "denoise", check_task, "the damage to undo"),
  NUMBER (KIND_INT, patch, 64, 8, 1024, "side of a patch in pixels"),
  NUMBER (KIND_INT, batch, 16, 1, 4096, "patches at once"),
  NUMBER (KIND_INT, accumulate, 1, 1, 4096, "batches a step"),
  NUMBER (
      KIND_INT, slices, 0, 0, 256, "parts of a batch; 0: batch / 4, 1 to 16"),
  NUMBER (KIND_COUNT, steps, 20000, 1, 1000000000, "steps in all"),
  NUMBER (KIND_COUNT,
          epochs,
          0,
          0,
          1000000,
          "passes over the pictures, each once a pass; 0: steps decide"),
  NUMBER (KIND_INT, reuse, 1, 1, 100000, "steps a picture serves in a row"),
  NUMBER (KIND_INT, flip, 1, 0, 1, "1: patches are mirrored at random"),
  NUMBER (KIND_INT, turn, 1, 0, 1, "1: by quarter turns at random"),
  NUMBER (KIND_REAL, scale, 0.25, 0, 1, "share at half the size"),
  NUMBER (KIND_REAL, exposure, 0.25, 0, 1, "share with another exposure"),
  NUMBER (KIND_REAL, exposure_low, 0.8, 0, 4, "lowest gain of these"),
  NUMBER (KIND_REAL, exposure_high, 1.1, 0, 4, "highest gain of these"),
  NUMBER (KIND_REAL, permute, 0.2, 0, 1, "share with colours permuted"),
  NUMBER (KIND_REAL, mixup, 0, 0, 2, "alpha of mix-up; 0: none"),
  NAME (loss, "charbonnier", check_loss, "what is made small, or a sum"),
  NAME (optimizer, "adam", check_optimiser, "how it is made small"),
  NUMBER (KIND_REAL, lr, 0.001, 1e-9, 10, "highest learning rate"),
  NUMBER (KIND_COUNT, warmup, 200, 0, 1000000000, "steps of linear rise"),
  NAME (schedule, "cosine", check_schedule, "course of the rate"),
  NUMBER (
      KIND_COUNT, step_size, 0, 0, 1000000000, "steps to a drop; 0: a third"),
  NUMBER (KIND_REAL, gamma, 0.1, 1e-6, 1, "factor of a drop"),
  NUMBER (KIND_REAL, decay, 0.2, 0, 1, "share at the end in which it falls"),
  NUMBER (KIND_COUNT,
          plateau_patience,
          5,
          1,
          1000000,
          "stale validations to a drop"),
  NUMBER (KIND_REAL, beta1, 0.9, 0, 0.99999, "momentum, decay of the mean"),
  NUMBER (KIND_REAL, beta2, 0.99, 0, 0.99999, "decay of the mean square"),
  NUMBER (KIND_REAL, epsilon, 1e-8, 1e-16, 1, "added to the root"),
  NUMBER (KIND_REAL, l1_penalty, 0, 0, 1, "L1 on weights, by the gradient"),
  NUMBER (KIND_REAL, l2_penalty, 0, 0, 1, "L2 on weights, by the gradient"),
  NUMBER (KIND_REAL, weight_decay, 0, 0, 1, "of weights, decoupled"),
  NUMBER (KIND_REAL, clip, 1, 0, 1e9, "cap on the gradient's norm; 0: none"),
  NUMBER (KIND_REAL, clip_value, 0, 0, 1e9, "cap on its values; 0: none"),
  NUMBER (KIND_REAL, ema, 0.999, 0, 0.999999, "decay of the average; 0: none"),
  NUMBER (KIND_COUNT, seed, 0, 0, 9007199254740992, "of all random numbers"),
  NUMBER (
      KIND_COUNT, validate_every, 1000, 0, 1000000000, "steps; 0: at the end"),
  NUMBER (KIND_COUNT,
          patience,
          0,
          0,
          1000000,
          "validations without a new best that end it; 0: none do"),
  NUMBER (KIND_COUNT,
          retries,
          5,
          0,
          50,
          "times that a loss that is not finite halves the rate"),
  { KEY (
        "train", freeze, "", "globs", "layers not to train: conv[1-4],*.bias"),
    .kind = KIND_TEXT },
  NAME (
      store, "f32", rw_weights_check_store, "numbers of the file: f16, bf16"),
  NAME (
      quantise, "none", rw_quant_check, "int8: round to 8 bits, with --from"),
  NUMBER (KIND_REAL, val_share, 0.05, 0, 0.5, "of the data, to validate on"),
};
#define N_FIELDS ((int) G_N_ELEMENTS (fields))

static const char *const sections[] = { "about", "train", "net", NULL };

const RwRecipeKey *
rw_recipe_list_keys (int *n)
{
  static RwRecipeKey keys[N_FIELDS];
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    for (int i = 0; i < N_FIELDS; i++)
      keys[i] = fields[i].key;
    g_once_init_leave (&once, 1);
  }
  *n = N_FIELDS;
  return keys;
}

static const Field *
find_field (const char *key, GError **error)
{
  const char *names[N_FIELDS + 1] = { NULL };

  for (int i = 0; i < N_FIELDS; i++) {
    if (g_str_equal (fields[i].key.name, key))
      return &fields[i];
    names[i] = fields[i].key.name;
  }
  rw_choice_set_error (error, "key", key, names);
  return NULL;
}

/* ---- values ------------------------------------------------------------- */

static gboolean
set_text (const Field *field, char **member, const char *value, GError **error)
{
  gboolean plain =
      strlen (value) <= MAX_TEXT && g_utf8_validate (value, -1, NULL);

  for (const char *c = value; plain && *c != '\0'; c++)
    plain = !g_ascii_iscntrl (*c);
  if (!plain) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s is not one line of UTF-8 of at most %d bytes; shorten it "
                 "and take control characters out",
                 field->key.name, MAX_TEXT);
    return FALSE;
  }
  if (field->check != NULL && !field->check (value, error))
    return FALSE;
  g_free (*member);
  *member = g_strstrip (g_strdup (value));
  return TRUE;
}

static gboolean
read_number (const Field *field, const char *value, double *number)
{
  char *end = NULL;

  errno = 0;
  *number = g_ascii_strtod (value, &end);
  if (end == value || *end != '\0')
    return FALSE;
  if (field->kind != KIND_REAL && *number != floor (*number))
    return FALSE;
  return *number >= field->low && *number <= field->high;
}

static gboolean
set_number (const Field *field,
            void *member,
            const char *value,
            GError **error)
{
  double number;

  if (!read_number (field, value, &number)) {
    g_autofree char *shown = g_strndup (value, 40);
    g_autofree char *valid = g_utf8_make_valid (shown, -1);
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s is \"%s\", but has to be a%s number in %s; change it",
                 field->key.name, valid,
                 field->kind == KIND_REAL ? "" : " whole", field->key.range);
    return FALSE;
  }
  if (field->kind == KIND_REAL)
    *(double *) member = number;
  else if (field->kind == KIND_COUNT)
    *(guint64 *) member = (guint64) number;
  else
    *(int *) member = (int) number;
  return TRUE;
}

static gboolean
set_field (RwRecipe *recipe,
           const Field *field,
           const char *value,
           GError **error)
{
  void *member = (char *) recipe + field->offset;

  if (field->kind == KIND_TEXT || field->kind == KIND_NAME)
    return set_text (field, member, value, error);
  return set_number (field, member, value, error);
}

static char *
get_field (const RwRecipe *recipe, const Field *field)
{
  const void *member = (const char *) recipe + field->offset;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  switch (field->kind) {
  case KIND_TEXT:
  case KIND_NAME:
    return g_strdup (*(char *const *) member);
  case KIND_INT:
    return g_strdup_printf ("%d", *(const int *) member);
  case KIND_COUNT:
    return g_strdup_printf ("%" G_GUINT64_FORMAT, *(const guint64 *) member);
  case KIND_REAL:
    g_ascii_formatd (buffer, sizeof buffer, "%.10g", *(const double *) member);
    if (g_ascii_strtod (buffer, NULL) != *(const double *) member)
      g_ascii_dtostr (buffer, sizeof buffer, *(const double *) member);
    return g_strdup (buffer);
  }
  return NULL;
}

/* ---- recipes ------------------------------------------------------------ */

RwRecipe *
rw_recipe_new (void)
{
  RwRecipe *recipe = g_new0 (RwRecipe, 1);

  for (int i = 0; i < N_FIELDS; i++)
    set_field (recipe, &fields[i], fields[i].key.value, NULL);
  recipe->net = g_strdup ("");
  return recipe;
}

void
rw_recipe_free (RwRecipe *recipe)
{
  if (recipe == NULL)
    return;
  for (int i = 0; i < N_FIELDS; i++)
    if (fields[i].kind == KIND_TEXT || fields[i].kind == KIND_NAME)
      g_free (*(char **) ((char *) recipe + fields[i].offset));
  g_free (recipe->net);
  g_free (recipe);
}

gboolean
rw_recipe_set (RwRecipe *recipe,
               const char *key,
               const char *value,
               GError **error)
{
  if (g_str_equal (key, "net")) {
    g_free (recipe->net);
    recipe->net = g_strdup (value);
    return TRUE;
  }
  const Field *field = find_field (key, error);
  return field != NULL && set_field (recipe, field, value, error);
}

char *
rw_recipe_get (const RwRecipe *recipe, const char *key)
{
  if (g_str_equal (key, "net"))
    return g_strdup (recipe->net);
  const Field *field = find_field (key, NULL);
  return field != NULL ? get_field (recipe, field) : NULL;
}

gboolean
rw_recipe_takes_whole_set (const RwRecipe *recipe)
{
  const RwOptimiserClass *klass = rw_optimiser_find (recipe->optimizer, NULL);

  return klass != NULL && klass->whole_set;
}

guint64
rw_recipe_count_steps (const RwRecipe *recipe, int n_pictures)
{
  const guint64 batch = (guint64) recipe->batch;

  const guint64 accumulate = (guint64) recipe->accumulate;
  const guint64 n_batches =
      recipe->epochs * (((guint64) n_pictures + batch - 1) / batch);

  if (recipe->epochs == 0)
    return recipe->steps;
  if (rw_recipe_takes_whole_set (recipe))
    return recipe->epochs;
  return (n_batches + accumulate - 1) / accumulate;
}

char *
rw_recipe_to_text (const RwRecipe *recipe)
{
  GString *text = g_string_new (NULL);
  const char *section = "";

  for (int i = 0; i < N_FIELDS; i++) {
    g_autofree char *value = get_field (recipe, &fields[i]);
    if (!g_str_equal (section, fields[i].key.section))
      g_string_append_printf (text, "[%s]\n", fields[i].key.section);
    section = fields[i].key.section;
    g_string_append_printf (text, "%s = %s\n", fields[i].key.name, value);
  }
  g_string_append_printf (text, "[net]\n%s", recipe->net);
  if (text->str[text->len - 1] != '\n')
    g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}

/* ---- parsing ------------------------------------------------------------ */

/* Where in the text parsing is. */
typedef struct {
  RwRecipe *recipe;
  char section[16];        /* "" before the first */
  gboolean seen[N_FIELDS]; /* keys set so far */
} Parse;

static gboolean
fail (GError **error, const char *message, const char *line)
{
  g_autofree char *shown = g_strndup (line, 40);
  g_autofree char *valid = g_utf8_make_valid (shown, -1);

  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT, message, valid);
  return FALSE;
}

static gboolean
parse_section (Parse *p, const char *line, GError **error)
{
  const gsize n = strlen (line);

  if (n < 3 || line[n - 1] != ']')
    return fail (error,
                 "\"%s\" opens a section, but has no \"]\" at its end; add it",
                 line);
  g_autofree char *name = g_strndup (line + 1, n - 2);
  if (!g_strv_contains (sections, name)) {
    rw_choice_set_error (error, "section", name, sections);
    return FALSE;
  }
  g_strlcpy (p->section, name, sizeof p->section);
  return TRUE;
}

static gboolean
parse_key (Parse *p, char *line, GError **error)
{
  char *equals = strchr (line, '=');

  if (equals == NULL)
    return fail (error,
                 "\"%s\" is neither \"key = value\" nor a [section]; write "
                 "one of these",
                 line);
  *equals = '\0';
  const Field *field = find_field (g_strstrip (line), error);
  if (field == NULL)
    return FALSE;
  if (!g_str_equal (field->key.section, p->section)) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "key %s stands in section [%s], but belongs in [%s]; move it",
                 field->key.name, p->section, field->key.section);
    return FALSE;
  }
  if (p->seen[field - fields])
    return fail (error, "key %s stands here twice, but may once; take one out",
                 field->key.name);
  p->seen[field - fields] = TRUE;
  return set_field (p->recipe, field, g_strstrip (equals + 1), error);
}

static gboolean
parse_line (Parse *p, char *line, GError **error)
{
  if (line[0] == '\0' || line[0] == '#')
    return TRUE;
  if (line[0] == '[')
    return parse_section (p, line, error);
  return parse_key (p, line, error);
}

RwRecipe *
rw_recipe_parse (const char *text, const char *name, GError **error)
{
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();
  Parse parse = { .recipe = recipe };
  const char *at = text;

  for (int n = 1; *at != '\0' && !g_str_equal (parse.section, "net"); n++) {
    const gsize length = strcspn (at, "\n");
    g_autofree char *line = g_strndup (at, length);
    if (!parse_line (&parse, g_strstrip (line), error)) {
      g_prefix_error (error, "%s: line %d: ", name, n);
      return NULL;
    }
    at += length + (at[length] == '\n');
  }
  g_free (recipe->net);
  recipe->net = g_strdup (at);
  return g_steal_pointer (&recipe);
}

RwRecipe *
rw_recipe_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = rw_file_read (path, MAX_BYTES, error);
  gsize n = 0;

  if (bytes == NULL)
    return NULL;
  const char *data = g_bytes_get_data (bytes, &n);
  if (!g_utf8_validate (data, (gssize) n, NULL)) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: not UTF-8 text, but a recipe is; is it another file?",
                 path);
    return NULL;
  }
  g_autofree char *text = g_strndup (data, n);
  return rw_recipe_parse (text, path, error);
}
