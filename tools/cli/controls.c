/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Options that tasks bring along.
 */
#include "cli/controls.h"

#include "base/field.h"

#include <string.h>

/* One option; tasks may share its name. */
typedef struct {
  const RwField *field; /* of the first task that has it */
  char *help;
  char **texts; /* as given */
} Control;

struct RwCliControls {
  GPtrArray *controls; /* of Control */
  GArray *entries;     /* of GOptionEntry */
};

static void
control_free (gpointer data)
{
  Control *control = data;

  g_free (control->help);
  g_strfreev (control->texts);
  g_free (control);
}

static Control *
find (const RwCliControls *self, const char *name)
{
  for (guint i = 0; i < self->controls->len; i++) {
    Control *control = self->controls->pdata[i];
    if (g_str_equal (control->field->name, name))
      return control;
  }
  return NULL;
}

static void
add (RwCliControls *self, const RwTaskInfo *info, const RwField *field)
{
  Control *control = find (self, field->name);

  if (control != NULL) {
    char *help = g_strdup_printf ("%s, %s", control->help, info->name);
    g_free (control->help);
    control->help = help;
    return;
  }
  control = g_new0 (Control, 1);
  control->field = field;
  control->help = g_strdup_printf (
      "%s%s%s%s, or auto (default): of %s", field->label,
      field->unit != NULL ? " (" : "", field->unit != NULL ? field->unit : "",
      field->unit != NULL ? ")" : "", info->name);
  g_ptr_array_add (self->controls, control);
}

RwCliControls *
rw_cli_controls_new (void)
{
  RwCliControls *self = g_new0 (RwCliControls, 1);
  const GOptionEntry end = { NULL };

  self->controls = g_ptr_array_new_with_free_func (control_free);
  self->entries = g_array_new (FALSE, FALSE, sizeof (GOptionEntry));
  for (const RwTaskInfo *const *t = rw_task_list (); *t != NULL; t++)
    for (int i = 0; (*t)->kind != RW_TASK_CODEC && i < (*t)->n_controls; i++)
      add (self, *t, &(*t)->controls[i]);
  for (guint i = 0; i < self->controls->len; i++) {
    Control *control = self->controls->pdata[i];
    const GOptionEntry entry = { .long_name = control->field->name,
                                 .arg = G_OPTION_ARG_STRING_ARRAY,
                                 .arg_data = &control->texts,
                                 .description = control->help,
                                 .arg_description = "N" };
    g_array_append_val (self->entries, entry);
  }
  g_array_append_val (self->entries, end);
  return self;
}

void
rw_cli_controls_free (RwCliControls *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->entries);
  g_ptr_array_unref (self->controls);
  g_free (self);
}

const GOptionEntry *
rw_cli_controls_get_entries (RwCliControls *self)
{
  return (const GOptionEntry *) self->entries->data;
}

/* ---- what was given ----------------------------------------------------- */

static const RwField *
find_field (const RwTask *task, const char *name)
{
  for (int i = 0; i < task->info.n_controls; i++)
    if (g_str_equal (task->info.controls[i].name, name))
      return &task->info.controls[i];
  return NULL;
}

/* That nothing was given which the task does not have. */
static gboolean
check (const RwCliControls *self, const RwTask *task, GError **error)
{
  for (guint i = 0; i < self->controls->len; i++) {
    const Control *control = self->controls->pdata[i];
    const char *name = control->field->name;
    if (control->texts != NULL && find_field (task, name) == NULL)
      return rw_cli_usage (error,
                           "--%s: found for task %s, which has none; leave it "
                           "out",
                           name, task->info.name);
  }
  return TRUE;
}

static gboolean
parse (const RwField *field, const char *text, double *value, GError **error)
{
  g_autoptr (GError) reason = NULL;

  return rw_field_parse (field, text, value, &reason) ||
         rw_cli_usage (error, "--%s", reason->message);
}

GArray *
rw_cli_controls_get_values (const RwCliControls *self,
                            const RwTask *task,
                            GError **error)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (RwValue));

  if (!check (self, task, error))
    return NULL;
  for (int i = 0; i < task->info.n_controls; i++) {
    const RwField *field = &task->info.controls[i];
    const Control *control = find (self, field->name);
    const guint n =
        control->texts != NULL ? g_strv_length (control->texts) : 0;
    const char *text = n > 0 ? control->texts[n - 1] : "auto";
    RwValue value = { .name = field->name };
    if (g_str_equal (text, "auto"))
      continue;
    if (!parse (field, text, &value.value, error))
      return NULL;
    g_array_append_val (values, value);
  }
  return g_steal_pointer (&values);
}

GArray *
rw_cli_controls_get_list (const RwCliControls *self,
                          const RwTask *task,
                          GError **error)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

  if (!check (self, task, error))
    return NULL;
  if (task->info.n_controls == 0)
    return g_steal_pointer (&values);
  const RwField *field = &task->info.controls[0];
  const Control *control = find (self, field->name);
  for (char **text = control->texts; text != NULL && *text != NULL; text++) {
    g_auto (GStrv) words = g_strsplit (*text, ",", -1);
    for (int i = 0; words[i] != NULL; i++) {
      double value = 0;
      if (!parse (field, words[i], &value, error))
        return NULL;
      g_array_append_val (values, value);
    }
  }
  return g_steal_pointer (&values);
}
