/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A layer's settings from the words behind its name.
 */
#include "nets/text/parser.h"

#include <math.h>
#include <string.h>

static void
set_field (RwLayer *layer, const RwSetting *field, double value)
{
  void *at = (char *) layer + field->offset;

  if (field->kind == RW_SETTING_FLOAT_KIND)
    *(double *) at = value;
  else
    *(int *) at = (int) value;
}

static gboolean
set_number (const RwParser *parser,
            RwLayer *layer,
            const RwSetting *field,
            const char *word,
            GError **error)
{
  char *end;
  const double value = g_ascii_strtod (word, &end);
  const gboolean whole =
      field->kind != RW_SETTING_INT_KIND || floor (value) == value;

  if (*end || end == word || !whole ||
      !(value >= field->min && value <= field->max))
    return rw_parser_fail (
        parser, error, "%s: %s is \"%s\", wanted %s from %g to %g",
        layer->class->name, field->name, word,
        field->kind == RW_SETTING_INT_KIND ? "a whole number" : "a number",
        field->min, field->max);
  set_field (layer, field, value);
  return TRUE;
}

static gboolean
set_choice (const RwParser *parser,
            RwLayer *layer,
            const RwSetting *field,
            const char *word,
            GError **error)
{
  for (int i = 0; field->words[i]; i++)
    if (strcmp (field->words[i], word) == 0) {
      set_field (layer, field, i);
      return TRUE;
    }
  g_autofree char *all = g_strjoinv (", ", (char **) field->words);

  return rw_parser_fail (parser, error, "%s: %s is \"%s\", wanted one of %s",
                         layer->class->name, field->name, word, all);
}

static gboolean
set_word (const RwParser *parser,
          RwLayer *layer,
          const RwSetting *field,
          const char *word,
          GError **error)
{
  if (field->kind == RW_SETTING_CHOICE_KIND)
    return set_choice (parser, layer, field, word, error);
  return set_number (parser, layer, field, word, error);
}

/* The field that "key=value" or a bare number names; *value: its text. */
static const RwSetting *
find_field (const RwLayerClass *class,
            const char *argument,
            const char **value)
{
  const char *equals = strchr (argument, '=');
  const gsize n = equals ? (gsize) (equals - argument) : 0;

  *value = equals ? equals + 1 : argument;
  for (const RwSetting *f = class->fields; f->kind != RW_SETTING_END_KIND; f++)
    if (equals ? strlen (f->name) == n && strncmp (f->name, argument, n) == 0
               : f->positional)
      return f;
  return NULL;
}

static gboolean
set_argument (const RwParser *parser,
              RwLayer *layer,
              const char *argument,
              guint *given,
              GError **error)
{
  const char *value;
  const RwSetting *field = find_field (layer->class, argument, &value);

  if (!field)
    return rw_parser_fail (parser, error, "%s: \"%s\" is none of its settings",
                           layer->class->name, argument);
  const guint bit = 1u << (field - layer->class->fields);

  if (*given & bit)
    return rw_parser_fail (parser, error, "%s: %s is given twice",
                           layer->class->name, field->name);
  *given |= bit;
  return set_word (parser, layer, field, value, error);
}

gboolean
rw_parser_set_arguments (const RwParser *parser,
                         RwLayer *layer,
                         char **arguments,
                         GError **error)
{
  guint given = 0;

  for (const RwSetting *f = layer->class->fields;
       f->kind != RW_SETTING_END_KIND; f++)
    set_field (layer, f, f->def);
  for (; *arguments; arguments++)
    if (!set_argument (parser, layer, *arguments, &given, error))
      return FALSE;
  for (const RwSetting *f = layer->class->fields;
       f->kind != RW_SETTING_END_KIND; f++)
    if (f->required && !(given & 1u << (f - layer->class->fields)))
      return rw_parser_fail (parser, error, "%s: %s is missing",
                             layer->class->name, f->name);
  return TRUE;
}
