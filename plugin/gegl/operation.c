/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The class of all operations: properties, keys, and what GEGL calls.  What it
 * does with pixels is in restoring.c.
 */
#include "operation.h"

#include "measured.h"
#include "offered.h"
#include "op-regions.h"
#include "restoring.h"

#define BASE_NAME "RwOperation"

/* As GEGL's own operations have them. */
#define FLAGS                                                                 \
  ((GParamFlags) (G_PARAM_READWRITE | G_PARAM_CONSTRUCT |                     \
                  GEGL_PARAM_PAD_INPUT))

typedef struct {
  GeglOperationAreaFilter parent_instance;
  double values[RW_CONTROLS_MAX]; /* of the task's controls */
  double strength, grain, scratches;
  int turns;
  gboolean invert; /* of a task with a mask */
  gboolean failed;
  char *error;
  char *weights;
  RwNotes *notes;       /* of the picture, and the mask, that are connected */
  RwNotes *found_notes; /* of the picture, and the marks that are found with
                           scratches as it is */
} RwOperation;

typedef struct {
  GeglOperationAreaFilterClass parent_class;
  const RwTaskInfo *task; /* NULL in the abstract class */
} RwOperationClass;

/* Hosts list properties in this order.  File paths stay last: GIMP 3.0 cannot
 * set what follows one. */
enum {
  PROP_CONTROL = 1, /* the first of RW_CONTROLS_MAX */
  PROP_STRENGTH = PROP_CONTROL + RW_CONTROLS_MAX,
  PROP_GRAIN,
  PROP_SCRATCHES,
  PROP_TURNS,
  PROP_AUX,
  PROP_INVERT,
  PROP_MEASURED,
  PROP_FAILED,
  PROP_ERROR,
  PROP_WEIGHTS,
};

static GeglOperationClass *parent_class;

/* ---- properties --------------------------------------------------------- */

static void
replace_string (char **string, const GValue *value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

static void
set_scratches (RwOperation *self, double scratches)
{
  if (scratches != self->scratches)
    rw_notes_forget (self->found_notes);
  self->scratches = scratches;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  RwOperation *self = (RwOperation *) object;

  if (id >= PROP_CONTROL && id < PROP_STRENGTH)
    self->values[id - PROP_CONTROL] = g_value_get_double (value);
  else if (id == PROP_STRENGTH)
    self->strength = g_value_get_double (value);
  else if (id == PROP_GRAIN)
    self->grain = g_value_get_double (value);
  else if (id == PROP_SCRATCHES)
    set_scratches (self, g_value_get_double (value));
  else if (id == PROP_INVERT)
    self->invert = g_value_get_boolean (value);
  else if (id == PROP_FAILED)
    self->failed = g_value_get_boolean (value);
  else if (id == PROP_ERROR)
    replace_string (&self->error, value);
  else if (id == PROP_TURNS)
    self->turns = g_value_get_int (value);
  else if (id == PROP_WEIGHTS)
    replace_string (&self->weights, value);
  else if (id != PROP_AUX &&    /* of which GEGL's contexts take care */
           id != PROP_MEASURED) /* which is found, see install_measured */
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  const RwOperation *self = (const RwOperation *) object;

  if (id >= PROP_CONTROL && id < PROP_STRENGTH)
    g_value_set_double (value, self->values[id - PROP_CONTROL]);
  else if (id == PROP_STRENGTH)
    g_value_set_double (value, self->strength);
  else if (id == PROP_GRAIN)
    g_value_set_double (value, self->grain);
  else if (id == PROP_SCRATCHES)
    g_value_set_double (value, self->scratches);
  else if (id == PROP_INVERT)
    g_value_set_boolean (value, self->invert);
  else if (id == PROP_MEASURED)
    g_value_set_double (value, rw_op_get_measured (GEGL_OPERATION (object)));
  else if (id == PROP_FAILED)
    g_value_set_boolean (value, self->failed);
  else if (id == PROP_ERROR)
    g_value_set_string (value, self->error);
  else if (id == PROP_TURNS)
    g_value_set_int (value, self->turns);
  else if (id == PROP_WEIGHTS)
    g_value_set_string (value, self->weights);
  else if (id != PROP_AUX)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
finalize (GObject *object)
{
  RwOperation *self = (RwOperation *) object;

  g_free (self->error);
  g_free (self->weights);
  rw_notes_free (self->notes);
  rw_notes_free (self->found_notes);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
init (GTypeInstance *instance, gpointer klass)
{
  ((RwOperation *) instance)->notes = rw_notes_new ();
  ((RwOperation *) instance)->found_notes = rw_notes_new ();
}

static GParamSpec *
make_number (const char *name,
             const char *label,
             const char *text,
             double low,
             double high,
             double def,
             int digits)
{
  /* a large range is gone through in whole units */
  const double step = high > 20 ? 1 : digits > 1 ? 0.01 : 0.1;
  GParamSpec *spec = gegl_param_spec_double (name, label, text, low, high, def,
                                             low, high, 1.0, FLAGS);

  gegl_param_spec_double_set_steps (GEGL_PARAM_SPEC_DOUBLE (spec), step,
                                    5 * step);
  gegl_param_spec_double_set_digits (GEGL_PARAM_SPEC_DOUBLE (spec), digits);
  return spec;
}

static GParamSpec *
make_control (const RwField *control)
{
  g_autofree char *text = rw_control_describe (control);
  GParamSpec *spec = make_number (
      control->name, _ (control->label), text, rw_control_get_low (control),
      control->high, rw_control_get_default (control), control->digits);

  if (g_strcmp0 (control->unit, "px") == 0)
    gegl_param_spec_set_property_key (spec, "unit", "pixel-distance");
  else if (control->unit != NULL)
    gegl_param_spec_set_property_key (spec, "unit", control->unit);
  return spec;
}

/* Which control is measured, and thereby shown. */
static const RwField *
find_measured (const RwTaskInfo *info)
{
  return info->n_controls > 0 && info->controls[0].open ? &info->controls[0]
                                                        : NULL;
}

/* It may be set, to no effect: GIMP 3 and others copy the values of all
 * properties from one operation to the next, which GObject complains of where
 * one is read-only.  In dialogs, which show what they were told, it would stay
 * at 0, so they leave it out. */
static void
install_measured (GObjectClass *klass, const RwField *control)
{
  const char *text = _ ("What was found in the picture where the control is "
                        "left open and the weights have to be told; else 0");
  GParamSpec *spec = make_number ("measured", _ ("Measured"), text, 0,
                                  control->high, 0, control->digits);

  spec->flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  gegl_param_spec_set_property_key (spec, "visible", "0");
  g_object_class_install_property (klass, PROP_MEASURED, spec);
}

/* The pad of a mask, as GEGL's composers have it. */
static void
install_mask (GObjectClass *klass)
{
  g_object_class_install_property (
      klass, PROP_AUX,
      g_param_spec_object (
          "aux", _ ("Mask"),
          _ ("White where the picture is to be made up; where there is no "
             "mask, scratches and dust are found"),
          GEGL_TYPE_BUFFER,
          (GParamFlags) (G_PARAM_READWRITE | GEGL_PARAM_PAD_INPUT)));
  g_object_class_install_property (
      klass, PROP_INVERT,
      g_param_spec_boolean (
          "invert", _ ("Invert mask"),
          _ ("Make up what is black in the mask, and what is outside of it"),
          FALSE, FLAGS));
}

/* GIMP 3 shows an error box even when its text is empty, so a property that is
 * itself never shown says whether to. */
static void
install_error (GObjectClass *klass)
{
  GParamSpec *failed = g_param_spec_boolean (
      "failed", _ ("Failed"), _ ("Whether the picture is passed through"),
      FALSE, FLAGS);
  GParamSpec *error = g_param_spec_string (
      "error", _ ("Error"), _ ("Why the picture is passed through unchanged"),
      "", FLAGS);

  gegl_param_spec_set_property_key (failed, "visible", "0");
  gegl_param_spec_set_property_key (error, "error", "true");
  gegl_param_spec_set_property_key (error, "visible", "failed");
  g_object_class_install_property (klass, PROP_FAILED, failed);
  g_object_class_install_property (klass, PROP_ERROR, error);
}

static void
install_properties (GObjectClass *klass, const RwTaskInfo *info)
{
  for (int i = 0; i < rw_task_count_controls (info); i++)
    g_object_class_install_property (klass, (guint) (PROP_CONTROL + i),
                                     make_control (&info->controls[i]));
  g_object_class_install_property (
      klass, PROP_STRENGTH,
      make_number ("strength", _ ("Strength"),
                   _ ("How much of the change to apply: 0 none, 1 all"), 0, 1,
                   1, 2));
  if (info->mask != RW_MASK_NONE)
    install_mask (klass); /* what is made up has no grain to give back */
  else
    g_object_class_install_property (
        klass, PROP_GRAIN,
        make_number ("grain", _ ("Keep grain"),
                     _ ("How much of the change of lightness to give back: 1 "
                        "changes colours only"),
                     0, 1, 0, 2));
  if (info->searches)
    g_object_class_install_property (
        klass, PROP_SCRATCHES,
        make_number ("scratches", _ ("Scratches and dust"),
                     _ (RW_SCRATCHES_BLURB), 0, 1, info->marks, 2));
  g_object_class_install_property (
      klass, PROP_TURNS,
      gegl_param_spec_int (
          "turns", _ ("Orientations"),
          _ ("Mean over 1, 2, 4 or 8 orientations of the picture: better, in "
             "so many times the time"),
          1, 8, 1, 1, 8, 1.0, FLAGS));
  if (find_measured (info) != NULL)
    install_measured (klass, find_measured (info));
  install_error (klass);
  g_object_class_install_property (
      klass, PROP_WEIGHTS,
      gegl_param_spec_file_path (
          "weights", _ ("Weights"),
          info->weights != NULL
              ? _ ("Weight file; empty for the one that comes with reweave")
              : _ ("Weight file of any filter"),
          FALSE, FALSE, "", FLAGS));
}

/* ---- what GEGL calls ---------------------------------------------------- */

static RwOpSettings
get_settings (GeglOperation *operation)
{
  const RwOperation *self = (const RwOperation *) operation;
  const RwTaskInfo *info =
      G_TYPE_INSTANCE_GET_CLASS (operation, G_OBJECT_TYPE (operation),
                                 RwOperationClass)
          ->task;
  const gboolean searches =
      info->searches && self->scratches > 0 &&
      (info->mask == RW_MASK_NONE ||
       gegl_operation_get_source_node (operation, "aux") == NULL);
  RwOpSettings settings = { .task = info->weights != NULL ? info->name : NULL,
                            .weights = self->weights,
                            .scale = info->scale,
                            .masked = info->mask != RW_MASK_NONE,
                            .marks = searches ? self->scratches : 0,
                            .invert = self->invert,
                            .notes =
                                searches ? self->found_notes : self->notes,
                            .strength = self->strength,
                            .grain = self->grain,
                            .turns = self->turns,
                            .n_values = rw_task_count_controls (info) };

  memcpy (settings.values, self->values, sizeof settings.values);
  return settings;
}

/* Of a task with a mask, a second pad. */
static void
attach (GeglOperation *operation)
{
  GEGL_OPERATION_CLASS (parent_class)->attach (operation);
  GParamSpec *aux =
      g_object_class_find_property (G_OBJECT_GET_CLASS (operation), "aux");
  if (aux != NULL)
    gegl_operation_create_pad (operation, aux);
}

static void
prepare (GeglOperation *operation)
{
  const RwOpSettings settings = get_settings (operation);

  rw_op_prepare (operation, &settings);
}

static GeglRectangle
get_bounding_box (GeglOperation *operation)
{
  const RwOpSettings settings = get_settings (operation);

  return rw_op_get_bounding_box (operation, &settings);
}

static GeglRectangle
get_required_for_output (GeglOperation *operation,
                         const char *input_pad,
                         const GeglRectangle *roi)
{
  const RwOpSettings settings = get_settings (operation);

  return rw_op_get_required (operation, &settings, roi);
}

/* GEGL asks this whenever anything before the operation changes. */
static GeglRectangle
get_invalidated_by_change (GeglOperation *operation,
                           const char *input_pad,
                           const GeglRectangle *roi)
{
  const RwOpSettings settings = get_settings (operation);

  rw_notes_forget (((RwOperation *) operation)->notes);
  rw_notes_forget (((RwOperation *) operation)->found_notes);
  return rw_op_get_invalidated (operation, &settings, roi);
}

/* Hands the input on where there is nothing to compute, and where nothing can
 * be: FALSE would give a black picture, which the gegl command calls success.
 */
static gboolean
process (GeglOperation *operation,
         GeglOperationContext *context,
         const char *output_pad,
         const GeglRectangle *roi,
         int level)
{
  const RwOpSettings settings = get_settings (operation);
  GObject *input = gegl_operation_context_get_object (context, "input");
  GObject *aux = settings.masked
                     ? gegl_operation_context_get_object (context, "aux")
                     : NULL;

  if (input == NULL)
    return TRUE;
  if (!rw_op_passes_input (operation, &settings, (GeglBuffer *) aux))
    return rw_op_restore (
        operation, &settings, GEGL_BUFFER (input), (GeglBuffer *) aux,
        gegl_operation_context_get_target (context, output_pad), roi);
  gegl_operation_context_take_object (context, "output", g_object_ref (input));
  return TRUE;
}

/* ---- the classes -------------------------------------------------------- */

static void
base_class_init (gpointer klass, gpointer data)
{
  GeglOperationClass *operation_class = GEGL_OPERATION_CLASS (klass);

  parent_class = g_type_class_peek_parent (klass);
  G_OBJECT_CLASS (klass)->finalize = finalize;
  operation_class->attach = attach;
  operation_class->prepare = prepare;
  operation_class->get_bounding_box = get_bounding_box;
  operation_class->get_required_for_output = get_required_for_output;
  operation_class->get_invalidated_by_change = get_invalidated_by_change;
  operation_class->process = process;
  operation_class->threaded = FALSE; /* the core spreads over GEGL's threads */
}

static void
task_class_init (gpointer klass, gpointer data)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const RwTaskInfo *info = data;
  g_autofree char *name = g_strconcat ("reweave:", info->name, NULL);
  g_autofree char *title = g_strconcat ("Reweave ", _ (info->title), NULL);

  ((RwOperationClass *) klass)->task = info;
  object_class->set_property = set_property; /* which no class inherits */
  object_class->get_property = get_property;
  install_properties (object_class, info);
  /* No place in menus: GIMP 3 has the plug-in's entry, which does more. */
  gegl_operation_class_set_keys (
      GEGL_OPERATION_CLASS (klass), "name", g_intern_string (name), "title",
      g_intern_string (title), "categories", info->category, "description",
      _ (info->blurb), NULL);
}

GType
rw_operation_register_base (GTypeModule *module)
{
  const GTypeInfo type = { .class_size = sizeof (RwOperationClass),
                           .class_init = base_class_init,
                           .instance_size = sizeof (RwOperation),
                           .instance_init = init };
  const GType known = g_type_from_name (BASE_NAME);

  if (known != 0 && g_type_get_plugin (known) != G_TYPE_PLUGIN (module))
    return 0;
  return g_type_module_register_type (module, GEGL_TYPE_OPERATION_AREA_FILTER,
                                      BASE_NAME, &type, G_TYPE_FLAG_ABSTRACT);
}

void
rw_operation_register (GTypeModule *module, GType base, const RwTaskInfo *info)
{
  const GTypeInfo type = { .class_size = sizeof (RwOperationClass),
                           .class_init = task_class_init,
                           .class_data = info,
                           .instance_size = sizeof (RwOperation) };
  g_autofree char *name = g_strconcat (BASE_NAME "-", info->name, NULL);

  g_type_module_register_type (module, base, name, &type, (GTypeFlags) 0);
}
