/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Remembered settings.
 */
#include "filter-options.h"

#include <glib/gstdio.h>

#include "host.h"

static const char *const outputs[] = { "same-layer", "new-layer", "image",
                                       "effect" };

const char *
rw_output_get_name (RwOutput output)
{
  return outputs[output];
}

gboolean
rw_output_is_for (RwOutput output, const RwTaskInfo *task)
{
  switch (output) {
  case RW_OUTPUT_NEW_LAYER:
    return task->scale == 1;
  case RW_OUTPUT_IMAGE:
    return task->scale > 1;
  case RW_OUTPUT_EFFECT:
    return RW_HAS_EFFECTS && rw_task_is_plain_filter (task);
  case RW_OUTPUT_SAME_LAYER:
    break;
  }
  return TRUE;
}

RwSettings
rw_sliders_get_settings (const RwSliders *sliders,
                         const RwTaskInfo *task,
                         RwValue values[RW_CONTROLS_MAX])
{
  RwSettings settings = { .strength = sliders->strength,
                          .grain = sliders->grain,
                          .marks = task->searches ? sliders->scratches : 0,
                          .values = values };

  for (int i = 0; i < rw_task_count_controls (task); i++) {
    const RwField *control = &task->controls[i];

    if (!control->open || sliders->values[i] != 0)
      values[settings.n_values++] =
          (RwValue){ control->name,
                     rw_control_raise (control, sliders->values[i]) };
  }
  return settings;
}

int
rw_options_get_turns (const RwOptions *options)
{
  return options->best ? 8 : 1;
}

RwModel *
rw_options_turn (const RwOptions *options, RwModel *model)
{
  if (model == NULL)
    return NULL;
  RwModel *turned =
      rw_model_turn (model, rw_options_get_turns (options), NULL);
  return turned != NULL ? turned : rw_model_ref (model);
}

void
rw_options_init (RwOptions *options, const RwTaskInfo *task)
{
  *options = (RwOptions){ .sliders.strength = 1,
                          .sliders.scratches = task->marks,
                          .weights = g_strdup (""),
                          .output = task->scale > 1 ? RW_OUTPUT_IMAGE
                                                    : RW_OUTPUT_SAME_LAYER };
  for (int i = 0; i < rw_task_count_controls (task); i++)
    options->sliders.values[i] = rw_control_get_default (&task->controls[i]);
}

void
rw_options_set_task (RwOptions *options, const RwTaskInfo *task)
{
  g_auto (RwOptions) fresh = { 0 };

  rw_options_init (&fresh, task);
  memcpy (options->sliders.values, fresh.sliders.values,
          sizeof fresh.sliders.values);
  options->sliders.scratches = task->marks;
  if (!rw_output_is_for (options->output, task) || task->scale > 1)
    options->output = fresh.output;
}

void
rw_options_clear (RwOptions *options)
{
  g_clear_pointer (&options->weights, g_free);
}

void
rw_options_set_weights (RwOptions *options, const char *weights)
{
  char *copy = g_strdup (weights != NULL ? weights : "");

  g_free (options->weights);
  options->weights = copy;
}

static void
read_number (GKeyFile *file,
             const char *group,
             const char *key,
             double low,
             double high,
             double *number)
{
  g_autoptr (GError) error = NULL;
  const double value = g_key_file_get_double (file, group, key, &error);

  if (error == NULL && value >= low && value <= high)
    *number = value;
}

static void
read_group (RwOptions *options, const RwTaskInfo *task, GKeyFile *file)
{
  const char *group = task->name;
  g_autofree char *weights = NULL;
  g_autofree char *output = NULL;

  for (int i = 0; i < rw_task_count_controls (task); i++) {
    const RwField *control = &task->controls[i];

    read_number (file, group, control->name, rw_control_get_low (control),
                 control->high, &options->sliders.values[i]);
  }
  read_number (file, group, "strength", 0, 1, &options->sliders.strength);
  read_number (file, group, "grain", 0, 1, &options->sliders.grain);
  read_number (file, group, "scratches", 0, 1, &options->sliders.scratches);
  weights = g_key_file_get_string (file, group, "weights", NULL);
  if (weights != NULL)
    rw_options_set_weights (options, weights);
  if (g_key_file_has_key (file, group, "best", NULL))
    options->best = g_key_file_get_boolean (file, group, "best", NULL);
  output = g_key_file_get_string (file, group, "output", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (outputs); i++) {
    if (g_strcmp0 (output, outputs[i]) == 0 &&
        rw_output_is_for ((RwOutput) i, task))
      options->output = (RwOutput) i;
  }
}

static void
write_group (const RwOptions *options, const RwTaskInfo *task, GKeyFile *file)
{
  const char *group = task->name;

  for (int i = 0; i < rw_task_count_controls (task); i++)
    g_key_file_set_double (file, group, task->controls[i].name,
                           options->sliders.values[i]);
  g_key_file_set_double (file, group, "strength", options->sliders.strength);
  g_key_file_set_double (file, group, "grain", options->sliders.grain);
  if (task->searches)
    g_key_file_set_double (file, group, "scratches",
                           options->sliders.scratches);
  g_key_file_set_boolean (file, group, "best", options->best);
  g_key_file_set_string (file, group, "weights", options->weights);
  g_key_file_set_string (file, group, "output",
                         rw_output_get_name (options->output));
}

char *
rw_options_to_text (const RwOptions *options, const RwTaskInfo *task)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  write_group (options, task, file);
  return g_key_file_to_data (file, NULL, NULL);
}

void
rw_options_from_text (RwOptions *options,
                      const RwTaskInfo *task,
                      const char *text)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (g_key_file_load_from_data (file, text, -1, G_KEY_FILE_NONE, NULL))
    read_group (options, task, file);
}

static char *
file_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "reweave", "gimp.ini",
                           NULL);
}

void
rw_options_load (RwOptions *options, const RwTaskInfo *task)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = file_path ();

  if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    read_group (options, task, file);
}

void
rw_options_save (const RwOptions *options, const RwTaskInfo *task)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = file_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_key_file_load_from_file (file, path, G_KEY_FILE_KEEP_COMMENTS, NULL);
  write_group (options, task, file);
  g_mkdir_with_parents (folder, 0700);
  g_key_file_save_to_file (file, path, NULL);
}
