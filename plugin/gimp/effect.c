/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All effects are made before the first is put on its layer.
 */
#include "effect.h"

#include "targets.h"

#if RW_HAS_EFFECTS

static GimpDrawableFilter *
make_filter (const RwTaskInfo *task, RwItem item, GError **error)
{
  g_autofree char *operation = g_strconcat ("reweave:", task->name, NULL);
  g_autofree char *title = g_strdup_printf (_ ("Reweave %s"), _ (task->title));
  GimpDrawableFilter *filter = NULL;

  if (!rw_target_check_valid (item, error))
    return NULL;
  if (!gimp_item_is_layer (item)) {
    g_autofree char *name = gimp_item_get_name (item);

    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 _ ("%s \"%s\": it cannot have an effect, but only a layer "
                    "can; choose this layer as the output"),
                 rw_target_get_kind (item), name);
    return NULL;
  }
  filter = gimp_drawable_filter_new (GIMP_DRAWABLE (item), operation, title);
  if (filter == NULL)
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 _ ("effect: GIMP does not find the operation %s, which the "
                    "effect would be; install reweave's GEGL operations"),
                 operation);
  return filter;
}

static gboolean
set_weights (GObject *config, const char *weights, GError **error)
{
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (config), "weights");

  if (*weights == '\0')
    return TRUE;
  if (spec != NULL && spec->value_type == G_TYPE_STRING) {
    g_object_set (config, "weights", weights, NULL);
    return TRUE;
  }
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               _ ("%s: chosen as weights, but in this GIMP an effect has only "
                  "the default ones; choose another output, or GIMP 3.2"),
               weights);
  return FALSE;
}

static gboolean
set_options (GimpDrawableFilter *filter,
             const RwTaskInfo *task,
             const RwOptions *options,
             GError **error)
{
  GObject *config = G_OBJECT (gimp_drawable_filter_get_config (filter));
  const RwSliders *sliders = &options->sliders;

  for (int i = 0; i < rw_task_count_controls (task); i++)
    g_object_set (config, task->controls[i].name, sliders->values[i], NULL);
  g_object_set (config, "strength", sliders->strength, "grain", sliders->grain,
                "turns", rw_options_get_turns (options), NULL);
  if (task->searches)
    g_object_set (config, "scratches", sliders->scratches, NULL);
  return set_weights (config, options->weights, error);
}

static gboolean
make_all (const RwTaskInfo *task,
          const RwOptions *options,
          const GArray *targets,
          GPtrArray *filters,
          GError **error)
{
  for (guint i = 0; i < targets->len; i++) {
    GimpDrawableFilter *filter =
        make_filter (task, g_array_index (targets, RwItem, i), error);

    if (filter == NULL)
      return FALSE;
    g_ptr_array_add (filters, filter);
    if (!set_options (filter, task, options, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
rw_effect_append (const RwTaskInfo *task,
                  const RwOptions *options,
                  RwImage image,
                  const GArray *targets,
                  GError **error)
{
  g_autoptr (GPtrArray) filters = g_ptr_array_new (); /* libgimp owns them */

  if (!make_all (task, options, targets, filters, error)) {
    for (guint i = 0; i < filters->len; i++)
      gimp_drawable_filter_delete (filters->pdata[i]);
    return FALSE;
  }
  gimp_image_undo_group_start (image);
  for (guint i = 0; i < filters->len; i++)
    gimp_drawable_append_filter (
        RW_DRAWABLE (g_array_index (targets, RwItem, i)), filters->pdata[i]);
  gimp_image_undo_group_end (image);
  return TRUE;
}

static void
copy_settings (GimpDrawableFilter *from, GimpDrawableFilter *to)
{
  GObject *old = G_OBJECT (gimp_drawable_filter_get_config (from));
  GObject *new = G_OBJECT (gimp_drawable_filter_get_config (to));
  guint n = 0;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (old), &n);

  for (guint i = 0; i < n; i++) {
    g_auto (GValue) value = G_VALUE_INIT;

    if ((specs[i]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE ||
        (specs[i]->flags & G_PARAM_CONSTRUCT_ONLY) != 0)
      continue;
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (old, specs[i]->name, &value);
    g_object_set_property (new, specs[i]->name, &value);
  }
  gimp_drawable_filter_set_opacity (to,
                                    gimp_drawable_filter_get_opacity (from));
  gimp_drawable_filter_set_blend_mode (
      to, gimp_drawable_filter_get_blend_mode (from));
}

static void
copy_effect (GimpDrawableFilter *from, RwItem to)
{
  g_autofree char *operation = gimp_drawable_filter_get_operation_name (from);
  g_autofree char *name = gimp_drawable_filter_get_name (from);
  GimpDrawableFilter *copy =
      gimp_drawable_filter_new (GIMP_DRAWABLE (to), operation, name);

  if (copy == NULL)
    return;
  copy_settings (from, copy);
  gimp_drawable_append_filter (GIMP_DRAWABLE (to), copy);
  gimp_drawable_filter_set_visible (copy,
                                    gimp_drawable_filter_get_visible (from));
}

/* GIMP lists the topmost first. */
void
rw_effects_copy (RwItem from, RwItem to)
{
  g_autofree GimpDrawableFilter **filters =
      gimp_drawable_get_filters (GIMP_DRAWABLE (from));

  for (int i = gimp_core_object_array_get_length ((GObject **) filters);
       i-- > 0;)
    copy_effect (filters[i], to);
}

#else

/* No caller gets here: rw_output_is_for says that there are none. */
gboolean
rw_effect_append (const RwTaskInfo *task,
                  const RwOptions *options,
                  RwImage image,
                  const GArray *targets,
                  GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               _ ("output: a layer effect was asked for, but this GIMP has "
                  "none; choose another output"));
  return FALSE;
}

void
rw_effects_copy (RwItem from, RwItem to)
{
}

#endif
