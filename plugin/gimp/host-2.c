/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The plug-in in GIMP 2.10: two procedures for each task, one that the menu
 * calls with the active layer and one that scripts give several layers.
 */
#include <libgimp/gimp.h>

#include <string.h>

#include "apply.h"
#include "choose-task.h"
#include "place.h"
#include "procedures.h"
#include "targets.h"

#define SUFFIX "-layers"

/* The arguments that both kinds end with, after the task's controls, and the one
 * after these: where the task enlarges, or where it searches. */
enum { ARG_STRENGTH, ARG_GRAIN, ARG_WEIGHTS, ARG_MORE, N_COMMON_ARGS };

typedef struct {
  const RwTaskInfo *task;
  GimpRunMode mode;
  RwImage image;
  GArray *items;                /* of RwItem: what the caller named */
  const GimpParam *option_args; /* NULL: none were given */
} Call;

/* ---- registration ------------------------------------------------------- */

static int
count_option_args (const RwTaskInfo *task)
{
  return rw_task_count_controls (task) + N_COMMON_ARGS -
         (task->scale == 1 && !task->searches);
}

/* The arguments from the task's first control on. */
static void
describe_options (const RwTaskInfo *task, GimpParamDef *args)
{
  const int n = rw_task_count_controls (task);

  for (int i = 0; i < n; i++)
    args[i] = (GimpParamDef){ GIMP_PDB_FLOAT, (char *) task->controls[i].name,
                              rw_control_describe (&task->controls[i]) };
  args[n + ARG_STRENGTH] =
      (GimpParamDef){ GIMP_PDB_FLOAT, "strength", RW_STRENGTH_BLURB };
  args[n + ARG_GRAIN] =
      (GimpParamDef){ GIMP_PDB_FLOAT, "grain", RW_GRAIN_BLURB };
  args[n + ARG_WEIGHTS] =
      (GimpParamDef){ GIMP_PDB_STRING, "weights", RW_WEIGHTS_BLURB };
  if (task->scale > 1)
    args[n + ARG_MORE] =
        (GimpParamDef){ GIMP_PDB_INT32, "whole-image", RW_WHOLE_IMAGE_BLURB };
  else if (task->searches)
    args[n + ARG_MORE] =
        (GimpParamDef){ GIMP_PDB_FLOAT, "scratches", RW_SCRATCHES_BLURB };
}

static void
set_icon (const char *name)
{
  g_autofree char *path = rw_place_get_icon ();

  if (path != NULL)
    gimp_plugin_icon_register (name, GIMP_ICON_TYPE_IMAGE_FILE,
                               (const guint8 *) path);
}

static void
install (const RwTaskInfo *task, gboolean several)
{
  GimpParamDef args[4 + RW_CONTROLS_MAX + N_COMMON_ARGS] = {
    { GIMP_PDB_INT32, "run-mode",
      "The run mode { RUN-INTERACTIVE (0), RUN-NONINTERACTIVE (1), "
      "RUN-WITH-LAST-VALS (2) }" },
    { GIMP_PDB_IMAGE, "image", "The image" },
  };
  int n = 2;
  g_autofree char *base = rw_procedure_get_name (task);
  g_autofree char *name = g_strconcat (base, several ? SUFFIX : NULL, NULL);
  g_autofree char *label = rw_procedure_get_label (task);
  g_autofree char *help = rw_procedure_get_help (task);

  if (several) {
    args[n++] =
        (GimpParamDef){ GIMP_PDB_INT32, "num-layers", "How many layers" };
    args[n++] = (GimpParamDef){ GIMP_PDB_INT32ARRAY, "layers",
                                "Layers, masks or channels of the image" };
  } else {
    args[n++] = (GimpParamDef){ GIMP_PDB_DRAWABLE, "drawable",
                                "A layer, mask or channel of the image" };
  }
  describe_options (task, args + n);
  gimp_install_procedure (
      name, task->blurb, help, RW_PROCEDURE_AUTHORS, RW_PROCEDURE_AUTHORS,
      RW_PROCEDURE_DATE, several ? NULL : label, RW_PROCEDURE_IMAGE_TYPES,
      GIMP_PLUGIN, n + count_option_args (task), 0, args, NULL);
  for (int i = 0; i < rw_task_count_controls (task); i++)
    g_free (args[n + i].description);
  if (several)
    return;
  gimp_plugin_menu_register (name, RW_PROCEDURE_MENU);
  set_icon (name);
}

static void
query (void)
{
  g_autoptr (GPtrArray) tasks = rw_procedure_list_tasks ();
  g_autofree char *locale = rw_place_get_locale ();

  gimp_plugin_domain_register (GETTEXT_PACKAGE, locale);

  for (guint i = 0; i < tasks->len; i++) {
    install (tasks->pdata[i], FALSE);
    install (tasks->pdata[i], TRUE);
  }
}

/* ---- reading a call ----------------------------------------------------- */

static const RwTaskInfo *
find_task (const char *name, gboolean *several)
{
  *several = g_str_has_suffix (name, SUFFIX);
  if (*several) {
    g_autofree char *base = g_strndup (name, strlen (name) - strlen (SUFFIX));

    return rw_procedure_find_task (base);
  }
  return rw_procedure_find_task (name);
}

/* FALSE: not the arguments that query announced. */
static gboolean
read_call (Call *call, const char *name, int n, const GimpParam *params)
{
  gboolean several;
  int used = 3;

  call->task = find_task (name, &several);
  if (call->task == NULL || n < (several ? 4 : 3))
    return FALSE;
  call->mode = (GimpRunMode) params[0].data.d_int32;
  call->image = params[1].data.d_image;
  if (several) {
    if (params[2].data.d_int32 > 0)
      g_array_append_vals (call->items, params[3].data.d_int32array,
                           (guint) params[2].data.d_int32);
    used = 4;
  } else {
    g_array_append_val (call->items, params[2].data.d_drawable);
  }
  if (n >= used + count_option_args (call->task))
    call->option_args = params + used;
  return call->option_args != NULL || call->mode != GIMP_RUN_NONINTERACTIVE;
}

static gboolean
are_valid (const GArray *items, GError **error)
{
  for (guint i = 0; i < items->len; i++) {
    const RwItem item = g_array_index (items, RwItem, i);

    if (gimp_item_is_valid (item) && gimp_item_is_drawable (item))
      continue;
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 _ ("layer: there is none with the number %d, but the number "
                    "of a layer, mask or channel is needed; ask the image for "
                    "it"),
                 item);
    return FALSE;
  }
  return TRUE;
}

static void
append_linked (GArray *linked, const GArray *layers)
{
  for (guint i = 0; i < layers->len; i++) {
    const RwItem layer = g_array_index (layers, RwItem, i);

    if (gimp_item_get_linked (layer)) {
      g_array_append_val (linked, layer);
    } else if (gimp_item_is_group (layer)) {
      g_autoptr (GArray) children =
          g_array_new (FALSE, FALSE, sizeof (RwItem));

      rw_item_append_children (layer, children);
      append_linked (linked, children);
    }
  }
}

/* A person who chains layers wants them changed together; the active one comes
 * first, as it is the one in the preview. */
static void
expand_chain (Call *call)
{
  const RwItem active = g_array_index (call->items, RwItem, 0);
  g_autoptr (GArray) layers = NULL;
  g_autofree gint *tops = NULL;
  int n = 0;

  if (!gimp_item_is_layer (active) || !gimp_item_get_linked (active))
    return;
  layers = g_array_new (FALSE, FALSE, sizeof (RwItem));
  tops = gimp_image_get_layers (call->image, &n);
  if (n > 0)
    g_array_append_vals (layers, tops, (guint) n);
  append_linked (call->items, layers);
}

/* ---- last values -------------------------------------------------------- */

static void
load_last (RwOptions *options, const RwTaskInfo *task)
{
  g_autofree char *key = rw_procedure_get_name (task);
  const int size = gimp_get_data_size (key);
  g_autofree char *text = g_malloc0 ((gsize) size + 1);

  rw_options_load (options, task);
  if (size > 0 && gimp_get_data (key, text))
    rw_options_from_text (options, task, text);
}

static void
save_last (const RwOptions *options, const RwTaskInfo *task)
{
  g_autofree char *key = rw_procedure_get_name (task);
  g_autofree char *text = rw_options_to_text (options, task);

  gimp_set_data (key, text, (guint32) strlen (text));
  rw_options_save (options, task);
}

static void
take_args (RwOptions *options, const RwTaskInfo *task, const GimpParam *args)
{
  const int n = rw_task_count_controls (task);

  for (int i = 0; i < n; i++)
    options->sliders.values[i] = args[i].data.d_float;
  options->sliders.strength = args[n + ARG_STRENGTH].data.d_float;
  options->sliders.grain = args[n + ARG_GRAIN].data.d_float;
  rw_options_set_weights (options, args[n + ARG_WEIGHTS].data.d_string);
  if (task->scale > 1)
    options->output = args[n + ARG_MORE].data.d_int32 ? RW_OUTPUT_IMAGE
                                                      : RW_OUTPUT_SAME_LAYER;
  else if (task->searches)
    options->sliders.scratches = args[n + ARG_MORE].data.d_float;
}

/* ---- running ------------------------------------------------------------ */

static GimpPDBStatusType
fail (GimpParam values[2], int *n_values, const Call *call, GError *error)
{
  static char *message; /* the last one; libgimp reads it after we return */

  g_free (message);
  message = g_strdup (error->message);
  g_printerr ("reweave: %s\n", message);
  values[1].type = GIMP_PDB_STRING;
  values[1].data.d_string = message;
  *n_values = 2;
  return GIMP_PDB_EXECUTION_ERROR;
}

static GimpPDBStatusType
serve (Call *call, GimpParam values[2], int *n_values)
{
  const gboolean interactive = call->mode == GIMP_RUN_INTERACTIVE;
  g_auto (RwOptions) options = { 0 };
  g_autoptr (GArray) targets = NULL;
  g_autoptr (GError) error = NULL;
  const RwTaskInfo *task;
  RwChoice choice;

  if (!are_valid (call->items, &error))
    return fail (values, n_values, call, error);
  if (call->mode != GIMP_RUN_NONINTERACTIVE && call->items->len == 1)
    expand_chain (call);
  targets = rw_targets_collect ((const RwItem *) (void *) call->items->data,
                                (int) call->items->len, &error);
  if (targets == NULL)
    return fail (values, n_values, call, error);
  rw_options_init (&options, call->task);
  if (call->mode == GIMP_RUN_NONINTERACTIVE)
    take_args (&options, call->task, call->option_args);
  else
    load_last (&options, call->task);
  choice = rw_choose_task (call->task, interactive, call->image, targets,
                           &options, &task, &error);
  if (choice == RW_CHOICE_CANCEL)
    return GIMP_PDB_CANCEL;
  if (interactive && choice == RW_CHOICE_GO)
    save_last (&options, call->task);
  if (choice == RW_CHOICE_FAIL ||
      !rw_apply_filter (task, &options, call->image, targets, &error))
    return fail (values, n_values, call, error);
  if (call->mode != GIMP_RUN_NONINTERACTIVE)
    gimp_displays_flush ();
  return GIMP_PDB_SUCCESS;
}

static void
run (const char *name,
     int n_params,
     const GimpParam *params,
     int *n_values,
     GimpParam **return_values)
{
  static GimpParam values[2];
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (RwItem));
  Call call = { .items = items };

  *n_values = 1;
  *return_values = values;
  values[0].type = GIMP_PDB_STATUS;
  values[0].data.d_status = GIMP_PDB_CALLING_ERROR;
  g_autofree char *locale = rw_place_get_locale ();

  rw_i18n_bind (locale);
  if (!read_call (&call, name, n_params, params))
    return;
  gegl_init (NULL, NULL);
  rw_set_threads (rw_host_get_threads ());
  values[0].data.d_status = serve (&call, values, n_values);
}

const GimpPlugInInfo PLUG_IN_INFO = { NULL, NULL, query, run };

MAIN ()
