/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave tasks: the list of what pictures can be mended of, from the registry.
 */
#include "cli/cli.h"

#include "reweave.h"
#include "base/field.h"
#include "weights/weights.h"

#include <stdio.h>

/* The task's default weights, or NULL where they are not installed.
 * (transfer full) */
static RwWeights *
load_weights (const RwTaskInfo *info)
{
  return rw_weights_load_named (info->weights, NULL);
}

/* "0.1 to 4 in px"; "jpeg, sensor" of a choice.  (transfer full) */
static char *
describe_range (const RwField *field)
{
  if (field->kind == RW_FIELD_CHOICE)
    return g_strjoinv (", ", (char **) field->words);
  if (field->kind == RW_FIELD_TEXT)
    return g_strdup ("a text");
  g_autofree char *low = rw_field_print (field, field->low);
  g_autofree char *high = rw_field_print (field, field->high);
  return g_strdup_printf ("%s to %s%s%s", low, high,
                          field->unit != NULL ? " in " : "",
                          field->unit != NULL ? field->unit : "");
}

/* "0.29 M parameters, 15.3 kMAC a pixel" (transfer full) */
static char *
describe_size (const RwWeights *weights)
{
  if (weights == NULL)
    return g_strdup ("not installed");
  return g_strdup_printf ("%.2f M parameters, %.1f kMAC a pixel",
                          (double) rw_net_get_n_values (weights->net) / 1e6,
                          rw_net_get_macs_per_pixel (weights->net) / 1e3);
}

static const char *
describe_mask (RwMaskUse use)
{
  switch (use) {
  case RW_MASK_NONE:
    return NULL;
  case RW_MASK_OPTIONAL:
    return "a mask, if there is one";
  case RW_MASK_REQUIRED:
    return "a mask";
  }
  return NULL;
}

static const char *
name_kind (RwTaskKind kind)
{
  switch (kind) {
  case RW_TASK_FILTER:
    return "filter";
  case RW_TASK_SCALER:
    return "scaler";
  case RW_TASK_CODEC:
    return "codec";
  case RW_TASK_STUDY:
    return "study";
  }
  return NULL;
}

/* ---- text --------------------------------------------------------------- */

static void
print_task (const RwTaskInfo *info)
{
  g_autoptr (RwWeights) weights = load_weights (info);
  g_autofree char *size = describe_size (weights);

  printf ("%s: %s%s\n", info->name, info->title,
          info->kind == RW_TASK_STUDY ? " (to train and measure only)" : "");
  printf ("  %s\n", info->blurb);
  for (int i = 0; i < info->n_controls; i++) {
    const RwField *field = &info->controls[i];
    g_autofree char *range = describe_range (field);
    printf ("  --%s: %s, %s%s\n", field->name, field->summary, range,
            field->open ? "; or auto" : "");
  }
  if (info->searches)
    printf ("  --scratches: How doubtful a scratch or speck may be to be "
            "mended, 0 "
            "to 1, %g unless told\n",
            info->marks);
  if (info->mask != RW_MASK_NONE)
    printf ("  takes %s\n", describe_mask (info->mask));
  if (info->finds)
    printf ("  gives a mask\n");
  if (info->scale > 1)
    printf ("  makes pictures %d times as wide and high\n", info->scale);
  printf ("  weights %s, %s\n\n", info->weights, size);
}

/* ---- Markdown: the table of README.md ----------------------------------- */

/* Controls, mask and scale, with commas; "–" for none.  (transfer full) */
static char *
describe_controls (const RwTaskInfo *info)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < info->n_controls; i++) {
    g_autofree char *range = describe_range (&info->controls[i]);
    g_ptr_array_add (
        parts, g_strdup_printf ("`--%s` %s", info->controls[i].name, range));
  }
  if (info->searches)
    g_ptr_array_add (parts, g_strdup ("`--scratches` 0 to 1"));
  if (info->mask != RW_MASK_NONE)
    g_ptr_array_add (parts, g_strdup (describe_mask (info->mask)));
  if (info->scale > 1)
    g_ptr_array_add (parts, g_strdup_printf ("× %d", info->scale));
  if (parts->len == 0)
    g_ptr_array_add (parts, g_strdup ("–"));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (", ", (char **) parts->pdata);
}

static void
print_row (const RwTaskInfo *info)
{
  g_autoptr (RwWeights) weights = load_weights (info);
  g_autofree char *controls = describe_controls (info);
  g_autofree char *size =
      weights != NULL
          ? g_strdup_printf ("%.2f M",
                             (double) rw_net_get_n_values (weights->net) / 1e6)
          : g_strdup ("–");

  printf ("| `%s` | %s | %s | %s | %s |\n", info->name, info->blurb, controls,
          info->weights, size);
}

static void
print_markdown (void)
{
  puts ("| task | what it does | controls | weights | parameters |\n"
        "|---|---|---|---|---|");
  for (int i = 0; rw_task_list ()[i] != NULL; i++)
    if (rw_task_list ()[i]->kind != RW_TASK_STUDY)
      print_row (rw_task_list ()[i]);
}

/* ---- JSON --------------------------------------------------------------- */

static void
add_control (JsonBuilder *json, const RwField *field)
{
  json_builder_begin_object (json);
  rw_cli_json_string (json, "name", field->name);
  rw_cli_json_string (json, "label", field->label);
  rw_cli_json_string (json, "summary", field->summary);
  if (field->unit != NULL)
    rw_cli_json_string (json, "unit", field->unit);
  if (field->kind != RW_FIELD_CHOICE && field->kind != RW_FIELD_TEXT) {
    rw_cli_json_number (json, "least", field->low);
    rw_cli_json_number (json, "most", field->high);
    rw_cli_json_number (json, "default", field->def);
  } else if (field->kind == RW_FIELD_CHOICE) {
    json_builder_set_member_name (json, "words");
    json_builder_begin_array (json);
    for (int i = 0; field->words[i] != NULL; i++)
      json_builder_add_string_value (json, field->words[i]);
    json_builder_end_array (json);
  }
  json_builder_set_member_name (json, "open");
  json_builder_add_boolean_value (json, field->open);
  json_builder_end_object (json);
}

static void
add_task (JsonBuilder *json, const RwTaskInfo *info)
{
  g_autoptr (RwWeights) weights = load_weights (info);

  json_builder_begin_object (json);
  rw_cli_json_string (json, "name", info->name);
  rw_cli_json_string (json, "title", info->title);
  rw_cli_json_string (json, "blurb", info->blurb);
  rw_cli_json_string (json, "help", info->help);
  rw_cli_json_string (json, "kind", name_kind (info->kind));
  rw_cli_json_integer (json, "scale", info->scale);
  json_builder_set_member_name (json, "mask");
  json_builder_add_boolean_value (json, info->mask != RW_MASK_NONE);
  json_builder_set_member_name (json, "finds");
  json_builder_add_boolean_value (json, info->finds);
  json_builder_set_member_name (json, "searches");
  json_builder_add_boolean_value (json, info->searches);
  if (info->searches)
    rw_cli_json_number (json, "scratches", info->marks);
  json_builder_set_member_name (json, "controls");
  json_builder_begin_array (json);
  for (int i = 0; i < info->n_controls; i++)
    add_control (json, &info->controls[i]);
  json_builder_end_array (json);
  rw_cli_json_string (json, "weights", info->weights);
  json_builder_set_member_name (json, "installed");
  json_builder_add_boolean_value (json, weights != NULL);
  if (weights != NULL) {
    rw_cli_json_integer (json, "parameters",
                         (gint64) rw_net_get_n_values (weights->net));
    rw_cli_json_number (json, "macs_per_pixel",
                        rw_net_get_macs_per_pixel (weights->net));
  }
  json_builder_end_object (json);
}

static void
print_json (void)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "tasks");
  json_builder_begin_array (json);
  for (int i = 0; rw_task_list ()[i] != NULL; i++)
    add_task (json, rw_task_list ()[i]);
  json_builder_end_array (json);
  json_builder_end_object (json);
  rw_cli_json_print (json, TRUE);
}

static gboolean
run (int argc, char **argv, GError **error)
{
  gboolean json = FALSE, markdown = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print it as JSON", NULL },
    { "markdown", 0, 0, G_OPTION_ARG_NONE, &markdown,
      "Print the table of the README", NULL },
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_tasks, entries, &argc, &argv, 0, 0, error))
    return FALSE;
  if (json && markdown)
    return rw_cli_usage (error, "--json, --markdown: found both, expected one "
                                "of them; leave the other out");
  if (json)
    print_json ();
  else if (markdown)
    print_markdown ();
  else
    for (int i = 0; rw_task_list ()[i] != NULL; i++)
      print_task (rw_task_list ()[i]);
  return TRUE;
}

const RwCliCommand rw_cli_tasks = {
  .name = "tasks",
  .arguments = "",
  .summary = "lists what pictures can be mended of",
  .text =
      "Each task has a title, a sentence on what it does, the options that "
      "tell its net about\nthe damage, and the name of its weights. An "
      "option that is left out, or \"auto\", is\nmeasured from the "
      "picture where the net has to be told.\n\n"
      "Examples:\n"
      "  reweave tasks\n"
      "  reweave tasks --json\n",
  .run = run,
};
