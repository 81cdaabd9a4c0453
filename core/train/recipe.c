/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Recipes: a table of keys, and text to and from it.
 */
#include "train/recipe.h"

#include "reweave.h"
#include "base/choice.h"
#include "base/field.h"
#include "io/files.h"
#include "tasks/task.h"
#include "train/curriculum.h"
#include "train/loss/objective.h"
#include "train/optim/optimisers.h"
#include "train/optim/schedules.h"
#include "weights/weights.h"

#include <string.h>

#define MAX_BYTES ((gsize) 1 << 20)
#define MAX_TEXT 1024 /* bytes of a value */

typedef gboolean (*CheckFunc) (const char *name, GError **error);

/* A key: a field that lies in a RwRecipe, as rw_field_set keeps it, or as a
 * string that the recipe owns. */
typedef struct {
  RwField field;
  const char *section;
  /* Of RW_FIELD_TEXT: */
  const char *text; /* its default */
  const char *what; /* "name", for help */
  CheckFunc check;  /* may it be that?  NULL: any line will do */
  gsize offset;
} Key;

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

static const Key keys[] = {
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
        "layers not to train: conv[1-4],*.bias"),
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

static const char *const sections[] = { "about", "train", "net", NULL };

/* (transfer full) the default as text */
static char *
print_default (const Key *key)
{
  return key->field.kind == RW_FIELD_TEXT
             ? g_strdup (key->text)
             : rw_field_print (&key->field, key->field.def);
}

/* (transfer full) what may be written, for help */
static char *
describe_range (const Key *key)
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

static const Key *
find_key (const char *name, GError **error)
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

/* ---- values ------------------------------------------------------------- */

static gboolean
set_text (const Key *key, char **member, const char *value, GError **error)
{
  gboolean plain =
      strlen (value) <= MAX_TEXT && g_utf8_validate (value, -1, NULL);

  for (const char *c = value; plain && *c != '\0'; c++)
    plain = !g_ascii_iscntrl (*c);
  if (!plain) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s is not one line of UTF-8 of at most %d bytes; shorten it "
                 "and take control characters out",
                 key->field.name, MAX_TEXT);
    return FALSE;
  }
  if (key->check != NULL && !key->check (value, error))
    return FALSE;
  g_free (*member);
  *member = g_strstrip (g_strdup (value));
  return TRUE;
}

static gboolean
set_key (RwRecipe *recipe, const Key *key, const char *value, GError **error)
{
  void *member = (char *) recipe + key->offset;
  double number;

  if (key->field.kind == RW_FIELD_TEXT)
    return set_text (key, member, value, error);
  if (!rw_field_parse (&key->field, value, &number, error))
    return FALSE;
  rw_field_set (&key->field, member, number);
  return TRUE;
}

/* As files have it: exponents have two digits, unlike those for people. */
static char *
print_real (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (buffer, sizeof buffer, "%.10g", value);
  if (g_ascii_strtod (buffer, NULL) != value)
    g_ascii_dtostr (buffer, sizeof buffer, value);
  return g_strdup (buffer);
}

static char *
get_key (const RwRecipe *recipe, const Key *key)
{
  const void *member = (const char *) recipe + key->offset;

  if (key->field.kind == RW_FIELD_TEXT)
    return g_strdup (*(char *const *) member);
  const double value = rw_field_get (&key->field, member);
  return key->field.kind == RW_FIELD_REAL
             ? print_real (value)
             : rw_field_print (&key->field, value);
}

/* ---- recipes ------------------------------------------------------------ */

RwRecipe *
rw_recipe_new (void)
{
  RwRecipe *recipe = g_new0 (RwRecipe, 1);

  for (int i = 0; i < N_KEYS; i++) {
    void *member = (char *) recipe + keys[i].offset;

    if (keys[i].field.kind == RW_FIELD_TEXT)
      *(char **) member = g_strdup (keys[i].text);
    else
      rw_field_set (&keys[i].field, member, keys[i].field.def);
  }
  recipe->net = g_strdup ("");
  return recipe;
}

void
rw_recipe_free (RwRecipe *recipe)
{
  if (recipe == NULL)
    return;
  for (int i = 0; i < N_KEYS; i++)
    if (keys[i].field.kind == RW_FIELD_TEXT)
      g_free (*(char **) ((char *) recipe + keys[i].offset));
  g_free (recipe->net);
  g_free (recipe);
}

gboolean
rw_recipe_set (RwRecipe *recipe,
               const char *name,
               const char *value,
               GError **error)
{
  if (g_str_equal (name, "net")) {
    g_free (recipe->net);
    recipe->net = g_strdup (value);
    return TRUE;
  }
  const Key *key = find_key (name, error);
  return key != NULL && set_key (recipe, key, value, error);
}

char *
rw_recipe_get (const RwRecipe *recipe, const char *name)
{
  if (g_str_equal (name, "net"))
    return g_strdup (recipe->net);
  const Key *key = find_key (name, NULL);
  return key != NULL ? get_key (recipe, key) : NULL;
}

gboolean
rw_recipe_takes_whole_set (const RwRecipe *recipe)
{
  const RwOptimiserClass *class = rw_optimiser_find (recipe->optimizer, NULL);

  return class != NULL && class->whole_set;
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

  for (int i = 0; i < N_KEYS; i++) {
    g_autofree char *value = get_key (recipe, &keys[i]);
    if (!g_str_equal (section, keys[i].section))
      g_string_append_printf (text, "[%s]\n", keys[i].section);
    section = keys[i].section;
    g_string_append_printf (text, "%s = %s\n", keys[i].field.name, value);
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
  char section[16];      /* "" before the first */
  gboolean seen[N_KEYS]; /* keys set so far */
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
  const Key *key = find_key (g_strstrip (line), error);
  if (key == NULL)
    return FALSE;
  if (!g_str_equal (key->section, p->section)) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "key %s stands in section [%s], but belongs in [%s]; move it",
                 key->field.name, p->section, key->section);
    return FALSE;
  }
  if (p->seen[key - keys])
    return fail (error, "key %s stands here twice, but may once; take one out",
                 key->field.name);
  p->seen[key - keys] = TRUE;
  return set_key (p->recipe, key, g_strstrip (equals + 1), error);
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
