/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Recipes: text to and from them.
 */
#include "train/recipe-private.h"

#include "reweave.h"
#include "base/choice.h"
#include "io/files.h"
#include "train/optim/optimisers.h"

#include <string.h>

#define MAX_BYTES ((gsize) 1 << 20)
#define MAX_TEXT 1024 /* bytes of a value */

static const char *const sections[] = { "about", "train", "net", NULL };

/* ---- values ------------------------------------------------------------- */

static gboolean
set_text (const RwRecipeField *key,
          char **member,
          const char *value,
          GError **error)
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
set_key (RwRecipe *recipe,
         const RwRecipeField *key,
         const char *value,
         GError **error)
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
get_key (const RwRecipe *recipe, const RwRecipeField *key)
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
  int n_keys;
  const RwRecipeField *keys = rw_recipe_get_fields (&n_keys);

  for (int i = 0; i < n_keys; i++) {
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
  int n_keys;
  const RwRecipeField *keys = rw_recipe_get_fields (&n_keys);

  if (recipe == NULL)
    return;
  for (int i = 0; i < n_keys; i++)
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
  const RwRecipeField *key = rw_recipe_find_field (name, error);
  return key != NULL && set_key (recipe, key, value, error);
}

char *
rw_recipe_get (const RwRecipe *recipe, const char *name)
{
  if (g_str_equal (name, "net"))
    return g_strdup (recipe->net);
  const RwRecipeField *key = rw_recipe_find_field (name, NULL);
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
  int n_keys;
  const RwRecipeField *keys = rw_recipe_get_fields (&n_keys);

  for (int i = 0; i < n_keys; i++) {
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
  char section[16];          /* "" before the first */
  const RwRecipeField *keys; /* the first one */
  gboolean *seen;            /* of each, whether it is set so far */
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
  const RwRecipeField *key = rw_recipe_find_field (g_strstrip (line), error);
  if (key == NULL)
    return FALSE;
  if (!g_str_equal (key->section, p->section)) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "key %s stands in section [%s], but belongs in [%s]; move it",
                 key->field.name, p->section, key->section);
    return FALSE;
  }
  if (p->seen[key - p->keys])
    return fail (error, "key %s stands here twice, but may once; take one out",
                 key->field.name);
  p->seen[key - p->keys] = TRUE;
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
  int n_keys;
  const RwRecipeField *keys = rw_recipe_get_fields (&n_keys);
  g_autofree gboolean *seen = g_new0 (gboolean, n_keys);
  Parse parse = { .recipe = recipe, .keys = keys, .seen = seen };
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
