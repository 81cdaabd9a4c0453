/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The plug-in in GIMP 3.x: one procedure for each task, for any number of
 * layers.
 */
#include <libgimp/gimp.h>

#include "apply.h"
#include "choose-task.h"
#include "place.h"
#include "plug-in-3.h"
#include "procedures.h"
#include "targets.h"

/* ---- running ------------------------------------------------------------ */

static GimpValueArray *
fail (GimpProcedure *procedure, GimpRunMode mode, GError *error)
{
  g_printerr ("reweave: %s\n", error->message);
  return gimp_procedure_new_return_values (procedure, GIMP_PDB_EXECUTION_ERROR,
                                           error);
}

static void
read_config (RwOptions *options,
             const RwTaskInfo *task,
             GimpProcedureConfig *config)
{
  RwSliders *sliders = &options->sliders;
  g_autofree char *weights = NULL;

  for (int i = 0; i < rw_task_count_controls (task); i++)
    g_object_get (config, task->controls[i].name, &sliders->values[i], NULL);
  g_object_get (config, "strength", &sliders->strength, "grain",
                &sliders->grain, "best", &options->best, "weights", &weights,
                NULL);
  if (task->searches)
    g_object_get (config, "scratches", &sliders->scratches, NULL);
  rw_options_set_weights (options, weights);
  options->output =
      (RwOutput) gimp_procedure_config_get_choice_id (config, "output");
}

/* What GIMP remembers as last values. */
static void
write_config (const RwOptions *options,
              const RwTaskInfo *task,
              GimpProcedureConfig *config)
{
  const RwSliders *sliders = &options->sliders;

  for (int i = 0; i < rw_task_count_controls (task); i++)
    g_object_set (config, task->controls[i].name, sliders->values[i], NULL);
  g_object_set (config, "strength", sliders->strength, "grain", sliders->grain,
                "best", options->best, "weights", options->weights, NULL);
  if (task->searches)
    g_object_set (config, "scratches", sliders->scratches, NULL);
  if (rw_output_is_for (options->output, task))
    g_object_set (config, "output", rw_output_get_name (options->output),
                  NULL);
}

static GimpValueArray *
run (GimpProcedure *procedure,
     GimpRunMode mode,
     GimpImage *image,
     GimpDrawable **drawables,
     GimpProcedureConfig *config,
     gpointer data)
{
  const RwTaskInfo *called = data;
  const RwTaskInfo *task;
  const gboolean interactive = mode == GIMP_RUN_INTERACTIVE;
  const int n = gimp_core_object_array_get_length ((GObject **) drawables);
  g_auto (RwOptions) options = { 0 };
  g_autoptr (GArray) targets = NULL;
  GError *error = NULL; /* the return values take it */
  RwChoice choice;

  gegl_init (NULL, NULL);
  rw_set_threads (rw_host_get_threads ());
  targets =
      rw_targets_collect ((const RwItem *) (void *) drawables, n, &error);
  if (targets == NULL)
    return fail (procedure, mode, error);
  rw_options_init (&options, called);
  read_config (&options, called, config);
  choice = rw_choose_task (called, interactive, image, targets, &options,
                           &task, &error);
  if (choice == RW_CHOICE_CANCEL)
    return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
  if (interactive && choice == RW_CHOICE_GO)
    write_config (&options, called, config);
  if (choice == RW_CHOICE_FAIL ||
      !rw_apply_filter (task, &options, image, targets, &error))
    return fail (procedure, mode, error);
  if (mode != GIMP_RUN_NONINTERACTIVE)
    gimp_displays_flush ();
  return gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
}

/* ---- registration ------------------------------------------------------- */

GList *
rw_plug_in_list_procedures (void)
{
  g_autoptr (GPtrArray) tasks = rw_procedure_list_tasks ();
  GList *names = NULL;

  for (guint i = 0; i < tasks->len; i++)
    names = g_list_append (names, rw_procedure_get_name (tasks->pdata[i]));
  return names;
}

static void
add_control (GimpProcedure *procedure, const RwField *control)
{
  g_autofree char *label = g_strconcat ("_", _ (control->label), NULL);
  g_autofree char *blurb = rw_control_describe (control);

  gimp_procedure_add_double_argument (
      procedure, control->name, label, blurb, rw_control_get_low (control),
      control->high, rw_control_get_default (control), G_PARAM_READWRITE);
}

static void
add_output (GimpChoice *outputs,
            const RwTaskInfo *task,
            RwOutput output,
            const char *label)
{
  if (rw_output_is_for (output, task))
    gimp_choice_add (outputs, rw_output_get_name (output), output, _ (label),
                     NULL);
}

static GimpChoice *
make_outputs (const RwTaskInfo *task)
{
  GimpChoice *outputs = gimp_choice_new ();

  add_output (outputs, task, RW_OUTPUT_SAME_LAYER, N_ ("This layer"));
  add_output (outputs, task, RW_OUTPUT_NEW_LAYER, N_ ("New layer above"));
  add_output (outputs, task, RW_OUTPUT_EFFECT, N_ ("Layer effect"));
  add_output (outputs, task, RW_OUTPUT_IMAGE, N_ ("The whole image"));
  return outputs;
}

static void
add_arguments (GimpProcedure *procedure, const RwTaskInfo *task)
{
  for (int i = 0; i < rw_task_count_controls (task); i++)
    add_control (procedure, &task->controls[i]);
  gimp_procedure_add_double_argument (procedure, "strength", _ ("S_trength"),
                                      _ (RW_STRENGTH_BLURB), 0, 1, 1,
                                      G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "grain", _ ("Keep _grain"),
                                      _ (RW_GRAIN_BLURB), 0, 1, 0,
                                      G_PARAM_READWRITE);
  if (task->searches)
    gimp_procedure_add_double_argument (
        procedure, "scratches", _ ("Scra_tches and dust"),
        _ (RW_SCRATCHES_BLURB), 0, 1, task->marks, G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "best", _ ("Best _quality"),
                                       _ (RW_BEST_BLURB), FALSE,
                                       G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "weights", _ ("_Weights"),
                                      _ (RW_WEIGHTS_BLURB), "",
                                      G_PARAM_READWRITE);
  gimp_procedure_add_choice_argument (
      procedure, "output", _ ("O_utput"), _ ("Where the result goes"),
      make_outputs (task), task->scale > 1 ? "image" : "same-layer",
      G_PARAM_READWRITE);
}

static void
set_icon (GimpProcedure *procedure)
{
  g_autofree char *path = rw_place_get_icon ();
  g_autoptr (GFile) file = NULL;

  if (path == NULL)
    return;
  file = g_file_new_for_path (path);
  gimp_procedure_set_icon_file (procedure, file);
}

GimpProcedure *
rw_plug_in_create_procedure (GimpPlugIn *plug_in, const char *name)
{
  const RwTaskInfo *task = rw_procedure_find_task (name);
  GimpProcedure *procedure;

  if (task == NULL)
    return NULL;
  g_autofree char *label = rw_procedure_get_label (task);
  g_autofree char *help = rw_procedure_get_help (task);
  procedure = gimp_image_procedure_new (
      plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, (gpointer) task, NULL);
  gimp_procedure_set_image_types (procedure, RW_PROCEDURE_IMAGE_TYPES);
  gimp_procedure_set_sensitivity_mask (procedure,
                                       GIMP_PROCEDURE_SENSITIVE_DRAWABLE |
                                           GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  gimp_procedure_set_menu_label (procedure, _ (label));
  gimp_procedure_add_menu_path (procedure, RW_PROCEDURE_MENU);
  gimp_procedure_set_documentation (procedure, _ (task->blurb), help, name);
  gimp_procedure_set_attribution (procedure, RW_PROCEDURE_AUTHORS,
                                  RW_PROCEDURE_AUTHORS, RW_PROCEDURE_DATE);
  set_icon (procedure);
  add_arguments (procedure, task);
  return procedure;
}
