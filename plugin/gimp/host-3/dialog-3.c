/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A GimpProcedureDialog, which brings sliders, Reset and stored settings, with
 * what it lacks: "Automatic" for controls, and the weights' chooser and card.
 *
 * The config is the truth; every widget follows its "notify".
 */
#include "dialog-3.h"

#include <libgimp/gimpui.h>

#include "automatic.h"
#include "chooser.h"
#include "preview.h"
#include "procedures.h"
#include "targets.h"

#define PREVIEW_CSS "* { -GimpPreview-size: 320; }"

typedef struct {
  const RwTaskInfo *task;
  GimpProcedureConfig *config;
  RwItem item; /* the one in the preview */
  GtkWidget *window;
  RwPreview *preview;
  RwChooser *chooser;
  GtkWidget *automatic[RW_CONTROLS_MAX]; /* NULL: it cannot be left open */
  double measured; /* first control of the item; 0 unknown */
} Dialog;

void
rw_sliders_read (RwSliders *sliders,
                 const RwTaskInfo *task,
                 GimpProcedureConfig *config)
{
  for (int i = 0; i < rw_task_count_controls (task); i++)
    g_object_get (config, task->controls[i].name, &sliders->values[i], NULL);
  g_object_get (config, "strength", &sliders->strength, "grain",
                &sliders->grain, NULL);
}

static void
refresh_control (Dialog *dialog, int i, const RwModel *model, double value)
{
  const RwField *control = &dialog->task->controls[i];
  const gboolean used = model != NULL && rw_model_uses (model, control->name);
  GtkWidget *automatic = dialog->automatic[i];

  if (automatic != NULL) {
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (automatic), value == 0);
    gtk_widget_set_sensitive (automatic, used);
  }
  gimp_procedure_dialog_set_sensitive (
      GIMP_PROCEDURE_DIALOG (dialog->window), control->name,
      used && (automatic == NULL || value != 0), NULL, NULL, FALSE);
}

static void
refresh (Dialog *dialog)
{
  RwModel *model = rw_chooser_get_model (dialog->chooser);
  RwSliders sliders = { 0 };

  rw_sliders_read (&sliders, dialog->task, dialog->config);
  for (int i = 0; i < rw_task_count_controls (dialog->task); i++)
    refresh_control (dialog, i, model, sliders.values[i]);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (dialog->window),
                                     GTK_RESPONSE_OK, model != NULL);
  rw_automatic_fill (dialog->task, model, dialog->measured, &sliders);
  rw_preview_set (dialog->preview, model, &sliders);
}

static char *
get_automatic_label (const RwField *control)
{
  return g_strdup_printf ("%s: _automatic", control->label);
}

static void
measure (Dialog *dialog)
{
  const RwModel *model = rw_chooser_get_model (dialog->chooser);
  GtkWidget *automatic = dialog->automatic[0];

  dialog->measured = rw_automatic_measure (dialog->task, model, dialog->item);
  if (automatic != NULL) {
    g_autofree char *plain = get_automatic_label (&dialog->task->controls[0]);
    g_autofree char *label =
        rw_automatic_describe (plain, dialog->task, model, dialog->measured);

    gtk_button_set_label (GTK_BUTTON (automatic), label);
  }
}

/* Leaves open what the weights are not told. */
static void
open_unused (Dialog *dialog)
{
  const RwModel *model = rw_chooser_get_model (dialog->chooser);

  for (int i = 0; i < rw_task_count_controls (dialog->task); i++) {
    const RwField *control = &dialog->task->controls[i];

    if (model != NULL && control->open &&
        !rw_model_uses (model, control->name))
      g_object_set (dialog->config, control->name, 0.0, NULL);
  }
}

static void
on_notify (GObject *config, GParamSpec *spec, gpointer data)
{
  Dialog *dialog = data;
  g_autofree char *weights = NULL;

  g_object_get (config, "weights", &weights, NULL);
  if (g_strcmp0 (weights, rw_chooser_get_weights (dialog->chooser)) != 0) {
    rw_chooser_set_weights (dialog->chooser, weights ? weights : "");
    measure (dialog);
    open_unused (dialog);
  }
  refresh (dialog);
}

static void
on_weights (gpointer data)
{
  Dialog *dialog = data;

  measure (dialog);
  g_object_set (dialog->config, "weights",
                rw_chooser_get_weights (dialog->chooser), NULL);
  open_unused (dialog);
  refresh (dialog);
}

/* Released, the slider starts from what was measured. */
static void
on_automatic (GtkToggleButton *button, gpointer data)
{
  Dialog *dialog = data;
  const gboolean open = gtk_toggle_button_get_active (button);
  int i = 0;
  double value = 0;

  while (dialog->automatic[i] != GTK_WIDGET (button))
    i++;
  const RwField *control = &dialog->task->controls[i];
  g_object_get (dialog->config, control->name, &value, NULL);
  if (open == (value == 0))
    return;
  value = open                             ? 0
          : i == 0 && dialog->measured > 0 ? dialog->measured
                                           : control->def;
  g_object_set (dialog->config, control->name, value, NULL);
}

static void
add_automatic (Dialog *dialog, GtkWidget *box, int i)
{
  g_autofree char *label = get_automatic_label (&dialog->task->controls[i]);
  GtkWidget *button = gtk_check_button_new_with_mnemonic (label);

  gtk_widget_set_tooltip_text (button, RW_AUTOMATIC_BLURB);
  g_signal_connect (button, "toggled", G_CALLBACK (on_automatic), dialog);
  gtk_box_pack_start (GTK_BOX (box), button, FALSE, FALSE, 0);
  dialog->automatic[i] = button;
}

static GtkWidget *
make_weights_row (Dialog *dialog)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new_with_mnemonic ("_Weights");
  GtkWidget *list = rw_chooser_get_list (dialog->chooser);

  gtk_label_set_mnemonic_widget (GTK_LABEL (label), list);
  gtk_box_pack_start (GTK_BOX (box), label, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), list, TRUE, TRUE, 0);
  return box;
}

static GtkWidget *
make_extras (Dialog *dialog, const GArray *targets)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  g_autofree char *text = rw_targets_describe (targets);
  g_autofree char *weights = NULL;
  GtkWidget *what = gtk_label_new (text);

  g_object_get (dialog->config, "weights", &weights, NULL);
  for (int i = 0; i < rw_task_count_controls (dialog->task); i++) {
    if (dialog->task->controls[i].open)
      add_automatic (dialog, box, i);
  }
  dialog->chooser = rw_chooser_new (dialog->task, weights ? weights : "",
                                    on_weights, dialog);
  gtk_label_set_xalign (GTK_LABEL (rw_chooser_get_card (dialog->chooser)), 0);
  gtk_label_set_xalign (GTK_LABEL (what), 0);
  gtk_box_pack_start (GTK_BOX (box), make_weights_row (dialog), FALSE, FALSE,
                      0);
  gtk_box_pack_start (GTK_BOX (box), rw_chooser_get_card (dialog->chooser),
                      FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), what, FALSE, FALSE, 0);
  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_widget_show_all (box);
  return box;
}

static void
set_preview_size (void)
{
  g_autoptr (GtkCssProvider) css = gtk_css_provider_new ();

  gtk_css_provider_load_from_data (css, PREVIEW_CSS, -1, NULL);
  gtk_style_context_add_provider_for_screen (
      gdk_screen_get_default (), GTK_STYLE_PROVIDER (css),
      GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/* The preview above a slider for each number and the output. */
static void
fill_window (Dialog *dialog)
{
  GimpProcedureDialog *window = GIMP_PROCEDURE_DIALOG (dialog->window);
  g_autoptr (GList) names = g_list_append (NULL, (gpointer) "preview");

  for (int i = 0; i < rw_task_count_controls (dialog->task); i++)
    names = g_list_append (names, (gpointer) dialog->task->controls[i].name);
  names = g_list_append (names, (gpointer) "strength");
  names = g_list_append (names, (gpointer) "grain");
  for (GList *name = names->next; name != NULL; name = name->next)
    gimp_procedure_dialog_get_widget (window, name->data,
                                      GIMP_TYPE_SPIN_SCALE);
  names = g_list_append (names, (gpointer) "output");
  gimp_procedure_dialog_fill_list (window, names);
}

static void
make_window (Dialog *dialog, GimpProcedure *procedure, const GArray *targets)
{
  GtkWidget *view;

  set_preview_size ();
  dialog->window = gimp_procedure_dialog_new (procedure, dialog->config,
                                              dialog->task->title);
  view = gimp_procedure_dialog_get_drawable_preview (
      GIMP_PROCEDURE_DIALOG (dialog->window), "preview",
      RW_DRAWABLE (dialog->item));
  dialog->preview = rw_preview_new (view, dialog->item);
  fill_window (dialog);
  gtk_box_pack_start (
      GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (dialog->window))),
      make_extras (dialog, targets), FALSE, FALSE, 0);
}

gboolean
rw_dialog_run (const RwTaskInfo *task,
               GimpProcedure *procedure,
               GimpProcedureConfig *config,
               const GArray *targets)
{
  Dialog dialog = { .task = task,
                    .config = config,
                    .item = g_array_index (targets, RwItem, 0) };
  gboolean ok;

  gimp_ui_init (RW_PROCEDURE_BINARY);
  make_window (&dialog, procedure, targets);
  g_signal_connect (config, "notify", G_CALLBACK (on_notify), &dialog);
  measure (&dialog);
  open_unused (&dialog);
  refresh (&dialog);
  ok = gimp_procedure_dialog_run (GIMP_PROCEDURE_DIALOG (dialog.window));
  g_signal_handlers_disconnect_by_data (config, &dialog);
  rw_preview_free (dialog.preview);
  gtk_widget_destroy (dialog.window);
  rw_chooser_free (dialog.chooser);
  return ok;
}
