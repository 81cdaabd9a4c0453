/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave layers: the words of a net's text, from the registry.
 */
#include "cli/cli.h"

#include "base/field.h"
#include "layers/layer.h"
#include "nets/text/composites.h"

#include <stdio.h>
#include <string.h>

/* "k=3 (1..15)": its value where none is given, and what it may be.  (transfer
 * full) */
static char *
describe_setting (const RwSetting *s)
{
  const RwField *field = &s->field;
  g_autofree char *range = rw_field_describe_range (field);
  g_autofree char *value = s->use == RW_SETTING_REQUIRED
                               ? NULL
                               : rw_field_print (field, field->def);

  return g_strdup_printf ("%s%s%s (%s%s)", field->name,
                          value != NULL ? "=" : "", value != NULL ? value : "",
                          range,
                          s->use != RW_SETTING_NAMED ? ", also bare" : "");
}

static gboolean
takes_name (const RwLayerClass *class)
{
  return (class->flags & RW_LAYER_NAMED_INPUT) != 0;
}

static void
print_layer (const RwLayerClass *class)
{
  printf ("  %-13s %s\n", class->name, class->summary);
  if (takes_name (class))
    printf ("  %-13s   NAME: an earlier result\n", "");
  for (const RwSetting *s = class->settings; s->field.name != NULL; s++) {
    g_autofree char *text = describe_setting (s);
    printf ("  %-13s   %-32s %s\n", "", text, s->field.summary);
  }
}

static void
print_all (void)
{
  puts ("Layers, with what is set where nothing is given and the range:\n");
  for (int i = 0; rw_layer_list ()[i]; i++)
    print_layer (rw_layer_list ()[i]);
  puts ("\nWords for several layers:\n");
  for (int i = 0; rw_composite_list ()[i]; i++)
    print_layer (rw_composite_list ()[i]);
  puts ("\nreweave help layers tells how they make a net.");
}

/* ---- JSON -------------------------------------------------------------- */

static void
add_setting (JsonBuilder *json, const RwSetting *s)
{
  const RwField *field = &s->field;

  json_builder_begin_object (json);
  rw_cli_json_string (json, "name", field->name);
  rw_cli_json_string (json, "summary", field->summary);
  if (field->kind == RW_FIELD_CHOICE) {
    g_autofree char *words = rw_field_describe_range (field);
    rw_cli_json_string (json, "words", words);
    rw_cli_json_string (json, "default", field->words[(int) field->def]);
  } else {
    rw_cli_json_number (json, "least", field->low);
    rw_cli_json_number (json, "most", field->high);
    if (s->use != RW_SETTING_REQUIRED)
      rw_cli_json_number (json, "default", field->def);
  }
  json_builder_end_object (json);
}

static void
add_layers (JsonBuilder *json, const RwLayerClass *const *list)
{
  for (; *list; list++) {
    json_builder_begin_object (json);
    rw_cli_json_string (json, "name", (*list)->name);
    rw_cli_json_string (json, "summary", (*list)->summary);
    rw_cli_json_string (json, "example", (*list)->examples[0]);
    json_builder_set_member_name (json, "settings");
    json_builder_begin_array (json);
    for (const RwSetting *s = (*list)->settings; s->field.name != NULL; s++)
      add_setting (json, s);
    json_builder_end_array (json);
    json_builder_end_object (json);
  }
}

static void
print_json (void)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "layers");
  json_builder_begin_array (json);
  add_layers (json, rw_layer_list ());
  add_layers (json, rw_composite_list ());
  json_builder_end_array (json);
  json_builder_end_object (json);
  rw_cli_json_print (json, TRUE);
}

static gboolean
run (int argc, char **argv, GError **error)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &json,
                                     "Tell it as JSON", NULL },
                                   { NULL } };

  if (!rw_cli_parse (&rw_cli_layers, entries, &argc, &argv, 0, 0, error))
    return FALSE;
  if (json)
    print_json ();
  else
    print_all ();
  return TRUE;
}

const RwCliCommand rw_cli_layers = {
  .name = "layers",
  .arguments = "",
  .summary = "lists the layers that nets are made of",
  .text =
      "A net is a text: layers in order, \"|\" or a new line between two, # "
      "begins a comment.\nIt begins with the planes that go in:\n\n"
      "  input rgb sigma       colour and the noise's level; also grey\n"
      "  input rgb size=32x32  pictures of one size only, as dense needs it\n"
      "\nA result is named by \"-> NAME\" and read again by add, concat, "
      "subtract, times:\n\n"
      "  conv 32 | relu -> a | down 48 | conv 48 | relu | up 32 | add a\n\n"
      "A block goes through its layers N times with the same parameters, "
      "each round taking\nwhat the one before gave; names in it are its own. "
      "A gru keeps a state from round to\nround, 0 before the first. N may "
      "be changed later: apply and eval have --repeats.\n\n"
      "  input rgb sigma\n"
      "  unshuffle 2 | conv 32 | relu -> seen\n"
      "  repeat 4 {\n"
      "    add seen | gru 32 | conv 32 | relu\n"
      "  }\n"
      "  conv 12 | shuffle 2 | residual\n\n"
      "dense looks at the whole picture; shuffle makes pixels of its values. "
      "Such a net can be\ntrained and measured, but restores no pictures:\n\n"
      "  input rgb size=32x32\n"
      "  conv 32 k=3 stride=2 | relu | dense 64 | dense 1024 | relu | shuffle "
      "8\n"
      "  conv 48 | shuffle 4 | sigmoid\n\n"
      "Examples:\n"
      "  reweave layers\n"
      "  reweave layers --json\n",
  .run = run,
};
