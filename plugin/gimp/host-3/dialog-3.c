/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A GimpProcedureDialog, which brings sliders, Reset and stored settings, with
 * what it lacks: "Automatic" for the level, and the weights' chooser and card.
 *
 * The config is the truth; every widget follows its "notify".
 */
#include "dialog-3.h"

#include <libgimp/gimpui.h>

#include "chooser.h"
#include "pixels.h"
#include "preview.h"
#include "targets.h"

#define PREVIEW_CSS "* { -GimpPreview-size: 320; }"

typedef struct {
  const RwFilter *filter;
  GimpProcedureConfig *config;
  RwItem item; /* the one in the preview */
  GtkWidget *window;
  RwPreview *preview;
  RwChooser *chooser;
  GtkWidget *automatic;
  double measured; /* level of the item; 0 unknown */
} Dialog;

static void
refresh (Dialog *dialog)
{
  RwModel *model = rw_chooser_get_model (dialog->chooser);
  RwSettings settings = { 0 };

  g_object_get (dialog->config, "level", &settings.level, "strength",
                &settings.strength, NULL);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (dialog->automatic),
                                settings.level <= 0);
  gimp_procedure_dialog_set_sensitive (GIMP_PROCEDURE_DIALOG (dialog->window),
                                       "level", settings.level > 0, NULL, NULL,
                                       FALSE);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (dialog->window),
                                     GTK_RESPONSE_OK, model != NULL);
  if (settings.level <= 0)
    settings.level = dialog->measured;
  rw_preview_set (dialog->preview, model, &settings);
}

static void
measure (Dialog *dialog)
{
  RwModel *model = rw_chooser_get_model (dialog->chooser);
  g_autofree char *label = NULL;

  dialog->measured = 0;
  if (model != NULL)
    rw_pixels_estimate_level (dialog->item, model, &dialog->measured, NULL);
  if (dialog->measured > 0)
    label = g_strdup_printf ("_Automatic level (measured: %.1f)",
                             dialog->measured);
  gtk_button_set_label (GTK_BUTTON (dialog->automatic),
                        label != NULL ? label : "_Automatic level");
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
  refresh (dialog);
}

/* Released, the slider starts from what was measured. */
static void
on_automatic (GtkToggleButton *button, gpointer data)
{
  Dialog *dialog = data;
  double level = 0;

  g_object_get (dialog->config, "level", &level, NULL);
  if (gtk_toggle_button_get_active (button) == (level <= 0))
    return;
  if (level > 0)
    level = 0;
  else
    level = dialog->measured > 0 ? dialog->measured
                                 : dialog->filter->level_default;
  g_object_set (dialog->config, "level", level, NULL);
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
  dialog->automatic = gtk_check_button_new_with_mnemonic ("_Automatic level");
  gtk_widget_set_tooltip_text (dialog->automatic,
                               "Measure the level of each layer");
  g_signal_connect (dialog->automatic, "toggled", G_CALLBACK (on_automatic),
                    dialog);
  dialog->chooser = rw_chooser_new (dialog->filter, weights ? weights : "",
                                    on_weights, dialog);
  gtk_label_set_xalign (GTK_LABEL (rw_chooser_get_card (dialog->chooser)), 0);
  gtk_label_set_xalign (GTK_LABEL (what), 0);
  gtk_box_pack_start (GTK_BOX (box), dialog->automatic, FALSE, FALSE, 0);
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

static void
make_window (Dialog *dialog, GimpProcedure *procedure, const GArray *targets)
{
  GimpProcedureDialog *window;
  GtkWidget *view;

  set_preview_size ();
  dialog->window = gimp_procedure_dialog_new (procedure, dialog->config,
                                              dialog->filter->title);
  window = GIMP_PROCEDURE_DIALOG (dialog->window);
  gimp_procedure_dialog_get_widget (window, "level", GIMP_TYPE_SPIN_SCALE);
  gimp_procedure_dialog_get_widget (window, "strength", GIMP_TYPE_SPIN_SCALE);
  view = gimp_procedure_dialog_get_drawable_preview (
      window, "preview", RW_DRAWABLE (dialog->item));
  dialog->preview = rw_preview_new (view, dialog->item);
  gimp_procedure_dialog_fill (window, "preview", "level", "strength", "output",
                              NULL);
  gtk_box_pack_start (
      GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (dialog->window))),
      make_extras (dialog, targets), FALSE, FALSE, 0);
}

gboolean
rw_dialog_run (const RwFilter *filter,
               GimpProcedure *procedure,
               GimpProcedureConfig *config,
               const GArray *targets)
{
  Dialog dialog = { .filter = filter,
                    .config = config,
                    .item = g_array_index (targets, RwItem, 0) };
  gboolean ok;

  gimp_ui_init (RW_FILTER_BINARY);
  make_window (&dialog, procedure, targets);
  g_signal_connect (config, "notify", G_CALLBACK (on_notify), &dialog);
  measure (&dialog);
  refresh (&dialog);
  ok = gimp_procedure_dialog_run (GIMP_PROCEDURE_DIALOG (dialog.window));
  g_signal_handlers_disconnect_by_data (config, &dialog);
  rw_preview_free (dialog.preview);
  gtk_widget_destroy (dialog.window);
  rw_chooser_free (dialog.chooser);
  return ok;
}
