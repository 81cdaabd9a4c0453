/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A layer's settings from the words behind its name.
 */
#include "nets/text/parser.h"

#include "base/field.h"

#include <string.h>

static void *
find_member (RwLayer *layer, const RwSetting *setting)
{
  return (char *) layer + setting->offset;
}

/* The setting that "key=value" or a bare number names; *value: its text. */
static const RwSetting *
find_setting (const RwLayerClass *class,
              const char *argument,
              const char **value)
{
  const char *equals = strchr (argument, '=');
  const gsize n = equals ? (gsize) (equals - argument) : 0;

  *value = equals ? equals + 1 : argument;
  for (const RwSetting *s = class->settings; s->field.name != NULL; s++)
    if (equals ? strlen (s->field.name) == n &&
                     strncmp (s->field.name, argument, n) == 0
               : s->use != RW_SETTING_NAMED)
      return s;
  return NULL;
}

static gboolean
set_argument (const RwParser *parser,
              RwLayer *layer,
              const char *argument,
              guint *given,
              GError **error)
{
  const RwLayerClass *class = layer->class;
  g_autoptr (GError) reason = NULL;
  const char *text;
  const RwSetting *setting = find_setting (class, argument, &text);
  double value = 0;

  if (!setting)
    return rw_parser_fail (parser, error, "%s: \"%s\" is none of its settings",
                           class->name, argument);
  const guint bit = 1u << (setting - class->settings);

  if (*given & bit)
    return rw_parser_fail (parser, error, "%s: %s is given twice", class->name,
                           setting->field.name);
  *given |= bit;
  if (!rw_field_parse (&setting->field, text, &value, &reason))
    return rw_parser_fail (parser, error, "%s: %s", class->name,
                           reason->message);
  rw_field_set (&setting->field, find_member (layer, setting), value);
  return TRUE;
}

gboolean
rw_parser_set_arguments (const RwParser *parser,
                         RwLayer *layer,
                         char **arguments,
                         GError **error)
{
  const RwSetting *settings = layer->class->settings;
  guint given = 0;

  for (const RwSetting *s = settings; s->field.name != NULL; s++)
    rw_field_set (&s->field, find_member (layer, s), s->field.def);
  for (; *arguments; arguments++)
    if (!set_argument (parser, layer, *arguments, &given, error))
      return FALSE;
  for (const RwSetting *s = settings; s->field.name != NULL; s++)
    if (s->use == RW_SETTING_REQUIRED && !(given & 1u << (s - settings)))
      return rw_parser_fail (parser, error, "%s: %s is missing",
                             layer->class->name, s->field.name);
  return TRUE;
}
