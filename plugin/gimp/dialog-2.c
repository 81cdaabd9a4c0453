/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Preview on the left, settings on the right.
 */
#include "dialog-2.h"

#include <libgimp/gimpui.h>

#include "automatic.h"
#include "chooser.h"
#include "preview.h"
#include "procedures.h"
#include "targets.h"

#define RESPONSE_RESET 1
#define PREVIEW_SIZE 420 /* pixels, where the layer is as large */
#define SCALE_WIDTH 140

/* The slider of a control. */
typedef struct {
  GtkObject *entry;
  GtkWidget *automatic; /* NULL: it cannot be left open */
} Slider;

typedef struct {
  const RwTaskInfo *task;
  RwOptions *options;
  RwItem item; /* the one in the preview */
  GtkWidget *window;
  RwPreview *preview;
  RwChooser *chooser;
  Slider controls[RW_CONTROLS_MAX];
  GtkObject *strength;
  GtkObject *grain;
  GtkWidget *output;
  double measured;   /* first control of the item; 0 unknown */
  gboolean updating; /* widgets change by our own doing */
} Dialog;

static double
get_number (GtkObject *entry)
{
  return gtk_adjustment_get_value (GTK_ADJUSTMENT (entry));
}

static void
set_number (GtkObject *entry, double value)
{
  gtk_adjustment_set_value (GTK_ADJUSTMENT (entry), value);
}

static gboolean
is_automatic (const Slider *slider)
{
  return slider->automatic != NULL &&
         gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (slider->automatic));
}

/* Whether the weights are told the control. */
static gboolean
is_used (const Dialog *dialog, int i)
{
  const RwModel *model = rw_chooser_get_model (dialog->chooser);

  return model != NULL &&
         rw_model_uses (model, dialog->task->controls[i].name);
}

static void
read_widgets (Dialog *dialog)
{
  RwOptions *options = dialog->options;
  RwSliders *sliders = &options->sliders;
  int output = RW_OUTPUT_SAME_LAYER;

  for (int i = 0; i < rw_task_count_controls (dialog->task); i++) {
    const Slider *slider = &dialog->controls[i];
    const gboolean open = slider->automatic != NULL && !is_used (dialog, i);

    sliders->values[i] =
        open || is_automatic (slider) ? 0 : get_number (slider->entry);
  }
  sliders->strength = get_number (dialog->strength);
  sliders->grain = get_number (dialog->grain);
  rw_options_set_weights (options, rw_chooser_get_weights (dialog->chooser));
  gimp_int_combo_box_get_active (GIMP_INT_COMBO_BOX (dialog->output), &output);
  options->output = (RwOutput) output;
}

static void
refresh (Dialog *dialog)
{
  RwModel *model = rw_chooser_get_model (dialog->chooser);
  RwSliders sliders = dialog->options->sliders;

  for (int i = 0; i < rw_task_count_controls (dialog->task); i++) {
    const Slider *slider = &dialog->controls[i];

    gimp_scale_entry_set_sensitive (slider->entry, is_used (dialog, i) &&
                                                       !is_automatic (slider));
    if (slider->automatic != NULL)
      gtk_widget_set_sensitive (slider->automatic, is_used (dialog, i));
  }
  gtk_dialog_set_response_sensitive (GTK_DIALOG (dialog->window),
                                     GTK_RESPONSE_OK, model != NULL);
  rw_automatic_fill (dialog->task, model, dialog->measured, &sliders);
  rw_preview_set (dialog->preview, model, &sliders);
}

static void
on_changed (gpointer data)
{
  Dialog *dialog = data;

  if (dialog->updating)
    return;
  read_widgets (dialog);
  refresh (dialog);
}

/* The slider shows what automatic found, and starts there when released. */
static void
show_measured (Dialog *dialog)
{
  if (dialog->measured <= 0 || !is_automatic (&dialog->controls[0]))
    return;
  dialog->updating = TRUE;
  set_number (dialog->controls[0].entry, dialog->measured);
  dialog->updating = FALSE;
}

static void
measure (Dialog *dialog)
{
  const RwModel *model = rw_chooser_get_model (dialog->chooser);
  GtkWidget *automatic = dialog->controls[0].automatic;

  dialog->measured = rw_automatic_measure (dialog->task, model, dialog->item);
  if (automatic != NULL) {
    g_autofree char *label = rw_automatic_describe ("_Automatic", dialog->task,
                                                    model, dialog->measured);

    gtk_button_set_label (GTK_BUTTON (automatic), label);
  }
  show_measured (dialog);
}

static void
on_weights (gpointer data)
{
  measure (data);
  on_changed (data);
}

static void
on_automatic (GtkToggleButton *button, gpointer data)
{
  show_measured (data);
  on_changed (data);
}

static void
write_widgets (Dialog *dialog)
{
  const RwOptions *options = dialog->options;
  const RwSliders *sliders = &options->sliders;

  dialog->updating = TRUE;
  for (int i = 0; i < rw_task_count_controls (dialog->task); i++) {
    const Slider *slider = &dialog->controls[i];
    const RwField *control = &dialog->task->controls[i];
    const gboolean open = control->open && sliders->values[i] == 0;

    if (slider->automatic != NULL)
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (slider->automatic),
                                    open);
    set_number (slider->entry, open ? control->def : sliders->values[i]);
  }
  set_number (dialog->strength, sliders->strength);
  set_number (dialog->grain, sliders->grain);
  gimp_int_combo_box_set_active (GIMP_INT_COMBO_BOX (dialog->output),
                                 options->output);
  dialog->updating = FALSE;
}

static void
reset (Dialog *dialog)
{
  rw_options_clear (dialog->options);
  rw_options_init (dialog->options, dialog->task);
  rw_chooser_set_weights (dialog->chooser, dialog->options->weights);
  write_widgets (dialog);
  on_weights (dialog);
}

/* ---- putting it together ------------------------------------------------ */

static GtkObject *
add_slider (Dialog *dialog,
            GtkWidget *table,
            int row,
            const char *label,
            double low,
            double high,
            int digits,
            const char *blurb)
{
  const double step = high > 20 ? 1 : digits > 1 ? 0.01 : 0.1;
  GtkObject *entry = gimp_scale_entry_new (
      GTK_TABLE (table), 0, row, label, SCALE_WIDTH, 5, low, low, high, step,
      step * 10, (guint) digits, TRUE, 0, 0, blurb, NULL);

  g_signal_connect_swapped (entry, "value-changed", G_CALLBACK (on_changed),
                            dialog);
  return entry;
}

/* Returns the number of rows that it took. */
static int
add_control (Dialog *dialog, GtkWidget *table, int row, int i)
{
  const RwField *control = &dialog->task->controls[i];
  Slider *slider = &dialog->controls[i];
  g_autofree char *label = g_strconcat ("_", control->label, ":", NULL);

  slider->entry =
      add_slider (dialog, table, row, label, control->low, control->high,
                  control->digits, control->summary);
  if (!control->open)
    return 1;
  slider->automatic = gtk_check_button_new_with_mnemonic ("_Automatic");
  gtk_widget_set_tooltip_text (slider->automatic, RW_AUTOMATIC_BLURB);
  gtk_table_attach (GTK_TABLE (table), slider->automatic, 1, 3,
                    (guint) row + 1, (guint) row + 2, GTK_FILL, GTK_FILL, 0,
                    0);
  g_signal_connect (slider->automatic, "toggled", G_CALLBACK (on_automatic),
                    dialog);
  return 2;
}

static GtkWidget *
make_sliders (Dialog *dialog)
{
  GtkWidget *table = gtk_table_new (2 * RW_CONTROLS_MAX + 2, 3, FALSE);
  int row = 0;

  gtk_table_set_col_spacings (GTK_TABLE (table), 6);
  gtk_table_set_row_spacings (GTK_TABLE (table), 6);
  for (int i = 0; i < rw_task_count_controls (dialog->task); i++)
    row += add_control (dialog, table, row, i);
  dialog->strength = add_slider (dialog, table, row, "_Strength:", 0, 1, 2,
                                 RW_STRENGTH_BLURB);
  dialog->grain = add_slider (dialog, table, row + 1, "Keep _grain:", 0, 1, 2,
                              RW_GRAIN_BLURB);
  gtk_table_resize (GTK_TABLE (table), (guint) row + 2, 3);
  return table;
}

static void
add_row (GtkWidget *table, int row, const char *label, GtkWidget *widget)
{
  gimp_table_attach_aligned (GTK_TABLE (table), 0, row, label, 0.0, 0.5,
                             widget, 1, FALSE);
}

static GtkWidget *
make_choices (Dialog *dialog)
{
  GtkWidget *table = gtk_table_new (2, 2, FALSE);

  gtk_table_set_col_spacings (GTK_TABLE (table), 6);
  gtk_table_set_row_spacings (GTK_TABLE (table), 6);
  dialog->chooser = rw_chooser_new (dialog->task, dialog->options->weights,
                                    on_weights, dialog);
  dialog->output =
      gimp_int_combo_box_new ("This layer", RW_OUTPUT_SAME_LAYER,
                              "New layer above", RW_OUTPUT_NEW_LAYER, NULL);
  g_signal_connect_swapped (dialog->output, "changed", G_CALLBACK (on_changed),
                            dialog);
  add_row (table, 0, "O_utput:", dialog->output);
  add_row (table, 1, "_Weights:", rw_chooser_get_list (dialog->chooser));
  return table;
}

static GtkWidget *
make_label (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_misc_set_alignment (GTK_MISC (label), 0, 0);
  return label;
}

static GtkWidget *
make_settings (Dialog *dialog, const GArray *targets)
{
  GtkWidget *box = gtk_vbox_new (FALSE, 12);
  g_autofree char *text = rw_targets_describe (targets);
  GtkWidget *card;

  gtk_box_pack_start (GTK_BOX (box), make_sliders (dialog), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), make_choices (dialog), FALSE, FALSE, 0);
  card = rw_chooser_get_card (dialog->chooser);
  gtk_misc_set_alignment (GTK_MISC (card), 0, 0);
  gtk_box_pack_start (GTK_BOX (box), card, FALSE, FALSE, 0);
  gtk_box_pack_end (GTK_BOX (box), make_label (text), FALSE, FALSE, 0);
  return box;
}

/* Its size can only be had from a style. */
static GtkWidget *
make_preview (RwItem item)
{
  g_autofree char *style =
      g_strdup_printf ("style \"reweave-preview\" {"
                       " GimpPreview::size = %d }"
                       " class \"GimpPreview\" style \"reweave-preview\"",
                       PREVIEW_SIZE);

  gtk_rc_parse_string (style);
  return gimp_drawable_preview_new_from_drawable_id (item);
}

static void
make_window (Dialog *dialog, const GArray *targets)
{
  const RwTaskInfo *task = dialog->task;
  g_autofree char *procedure = rw_procedure_get_name (task);
  GtkWidget *box = gtk_hbox_new (FALSE, 12);
  GtkWidget *view;

  dialog->window = gimp_dialog_new (
      task->title, RW_PROCEDURE_BINARY, NULL, 0, gimp_standard_help_func,
      procedure, GIMP_STOCK_RESET, RESPONSE_RESET, GTK_STOCK_CANCEL,
      GTK_RESPONSE_CANCEL, GTK_STOCK_OK, GTK_RESPONSE_OK, NULL);
  gtk_dialog_set_alternative_button_order (GTK_DIALOG (dialog->window),
                                           RESPONSE_RESET, GTK_RESPONSE_OK,
                                           GTK_RESPONSE_CANCEL, -1);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog->window),
                                   GTK_RESPONSE_OK);
  gimp_window_set_transient (GTK_WINDOW (dialog->window));
  view = make_preview (dialog->item);
  dialog->preview = rw_preview_new (view, dialog->item);
  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), view, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), make_settings (dialog, targets), FALSE,
                      FALSE, 0);
  gtk_box_pack_start (
      GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (dialog->window))), box,
      TRUE, TRUE, 0);
  gtk_widget_show_all (box);
}

static int
run_window (Dialog *dialog)
{
  int response;

  do {
    response = gimp_dialog_run (GIMP_DIALOG (dialog->window));
    if (response == RESPONSE_RESET)
      reset (dialog);
  } while (response == RESPONSE_RESET);
  return response;
}

gboolean
rw_dialog_run (const RwTaskInfo *task,
               RwOptions *options,
               const GArray *targets)
{
  Dialog dialog = { .task = task,
                    .options = options,
                    .item = g_array_index (targets, RwItem, 0),
                    .updating = TRUE };
  int response;

  gimp_ui_init (RW_PROCEDURE_BINARY, TRUE);
  make_window (&dialog, targets);
  write_widgets (&dialog);
  on_weights (&dialog);
  response = run_window (&dialog);
  read_widgets (&dialog);
  rw_preview_free (dialog.preview);
  gtk_widget_destroy (dialog.window);
  rw_chooser_free (dialog.chooser);
  return response == GTK_RESPONSE_OK;
}
