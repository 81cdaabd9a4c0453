/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Rows made from the task's controls; what GTK 2 and 3 differ in is in
 * widgets.h.
 */
#include "dialog.h"

#include "automatic.h"
#include "choices.h"
#include "chooser.h"
#include "estimate.h"
#include "help.h"
#include "preset-row.h"
#include "preview.h"
#include "procedures.h"
#include "slider.h"
#include "targets.h"

#define RESPONSE_RESET 1

/* The row of a control. */
typedef struct {
  RwSlider *slider;
  GtkWidget *automatic; /* NULL: it cannot be left open */
} Row;

typedef struct {
  const RwTaskInfo *task;
  RwOptions *options;
  const GArray *targets;
  RwItem item; /* the one in the preview */
  GtkWidget *window;
  RwPreview *preview;
  RwChooser *chooser;
  Row controls[RW_CONTROLS_MAX];
  RwSlider *strength;
  RwSlider *grain;
  RwSlider *scratches; /* of tasks that search */
  GtkWidget *best;
  RwPresetRow *presets;
  GtkWidget *output;
  GtkWidget *time;
  GtkWidget *message;
  double measured;   /* first control of the item; 0: unknown */
  gboolean is_gone;  /* the item */
  gboolean updating; /* widgets change by our own doing */
} Dialog;

static gboolean
is_automatic (const Row *row)
{
  return row->automatic != NULL &&
         gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (row->automatic));
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
  int output = options->output;

  for (int i = 0; i < rw_task_count_controls (dialog->task); i++) {
    const Row *row = &dialog->controls[i];
    const gboolean open = row->automatic != NULL && !is_used (dialog, i);

    sliders->values[i] =
        open || is_automatic (row) ? 0 : rw_slider_get (row->slider);
  }
  sliders->strength = rw_slider_get (dialog->strength);
  if (dialog->grain != NULL)
    sliders->grain = rw_slider_get (dialog->grain);
  if (dialog->scratches != NULL)
    sliders->scratches = rw_slider_get (dialog->scratches);
  options->best =
      gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (dialog->best));
  rw_options_set_weights (options, rw_chooser_get_weights (dialog->chooser));
  gimp_int_combo_box_get_active (GIMP_INT_COMBO_BOX (dialog->output), &output);
  options->output = (RwOutput) output;
}

static void
refresh (Dialog *dialog)
{
  g_autoptr (RwModel) model = rw_options_turn (
      dialog->options, rw_chooser_get_model (dialog->chooser));
  RwSliders sliders = dialog->options->sliders;

  for (int i = 0; i < rw_task_count_controls (dialog->task); i++) {
    const Row *row = &dialog->controls[i];

    rw_slider_set_sensitive (row->slider, is_used (dialog, i));
    if (row->automatic != NULL)
      gtk_widget_set_sensitive (row->automatic, is_used (dialog, i));
  }
  gtk_dialog_set_response_sensitive (GTK_DIALOG (dialog->window),
                                     GTK_RESPONSE_OK,
                                     model != NULL && !dialog->is_gone);
  rw_automatic_fill (dialog->task, model, dialog->measured, &sliders);
  rw_preview_set (dialog->preview, model, &sliders);
}

static void
on_changed (gpointer data)
{
  Dialog *dialog = data;

  if (dialog->updating)
    return;
  rw_preset_row_leave (dialog->presets);
  read_widgets (dialog);
  refresh (dialog);
}

/* Who moves a control's slider does not leave it to the filter. */
static void
on_control (gpointer data)
{
  Dialog *dialog = data;

  if (dialog->updating)
    return;
  dialog->updating = TRUE;
  for (int i = 0; i < rw_task_count_controls (dialog->task); i++) {
    const Row *row = &dialog->controls[i];
    const gboolean moved =
        row->slider != NULL && rw_slider_was_moved (row->slider);

    if (moved && row->automatic != NULL)
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (row->automatic), FALSE);
  }
  dialog->updating = FALSE;
  on_changed (dialog);
}

/* The slider shows what automatic found, and starts there. */
static void
show_measured (Dialog *dialog)
{
  if (dialog->measured > 0 && is_automatic (&dialog->controls[0]))
    rw_slider_set (dialog->controls[0].slider, dialog->measured);
}

static void
measure (Dialog *dialog)
{
  const RwModel *model = rw_chooser_get_model (dialog->chooser);
  GtkWidget *automatic = dialog->controls[0].automatic;

  dialog->measured = rw_automatic_measure (dialog->task, model, dialog->item);
  if (automatic != NULL) {
    g_autofree char *label =
        rw_automatic_describe (dialog->task, dialog->measured);

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
  Dialog *dialog = data;

  if (dialog->updating)
    return;
  show_measured (dialog);
  on_changed (dialog);
}

static void
on_problem (gpointer data, const char *message, gboolean is_gone)
{
  Dialog *dialog = data;

  dialog->is_gone |= is_gone;
  gtk_label_set_text (GTK_LABEL (dialog->message), message);
  if (message != NULL)
    gtk_widget_show (dialog->message);
  else
    gtk_widget_hide (dialog->message);
  if (is_gone)
    gtk_dialog_set_response_sensitive (GTK_DIALOG (dialog->window),
                                       GTK_RESPONSE_OK, FALSE);
}

static void
on_pace (gpointer data, double seconds)
{
  Dialog *dialog = data;
  g_autofree char *text =
      rw_estimate_describe (dialog->task, dialog->targets, seconds);

  gtk_label_set_text (GTK_LABEL (dialog->time), text != NULL ? text : "");
}

static void
write_widgets (Dialog *dialog)
{
  const RwOptions *options = dialog->options;
  const RwSliders *sliders = &options->sliders;

  dialog->updating = TRUE;
  for (int i = 0; i < rw_task_count_controls (dialog->task); i++) {
    const Row *row = &dialog->controls[i];
    const RwField *control = &dialog->task->controls[i];
    const gboolean open = control->open && sliders->values[i] == 0;

    if (row->automatic != NULL)
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (row->automatic), open);
    rw_slider_set (row->slider, open ? control->def : sliders->values[i]);
  }
  rw_slider_set (dialog->strength, sliders->strength);
  if (dialog->grain != NULL)
    rw_slider_set (dialog->grain, sliders->grain);
  if (dialog->scratches != NULL)
    rw_slider_set (dialog->scratches, sliders->scratches);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (dialog->best),
                                options->best);
  gimp_int_combo_box_set_active (GIMP_INT_COMBO_BOX (dialog->output),
                                 options->output);
  dialog->updating = FALSE;
}

/* From the defaults on, with what @text says besides. */
static void
begin_anew (gpointer data, const char *text)
{
  Dialog *dialog = data;

  rw_options_clear (dialog->options);
  rw_options_init (dialog->options, dialog->task);
  rw_options_from_text (dialog->options, dialog->task, text);
  rw_chooser_set_weights (dialog->chooser, dialog->options->weights);
  write_widgets (dialog);
  on_weights (dialog);
}

static char *
get_preset (gpointer data)
{
  Dialog *dialog = data;

  read_widgets (dialog);
  return rw_options_to_text (dialog->options, dialog->task);
}

static void
complain (gpointer data, const char *message)
{
  on_problem (data, message, FALSE);
}

static const RwPresetCalls preset_calls = { get_preset, begin_anew, complain };

/* ---- putting it together ------------------------------------------------ */

/* Returns the number of rows that it took. */
static int
add_control (Dialog *dialog, GtkWidget *grid, int at, int i)
{
  const RwField *control = &dialog->task->controls[i];
  Row *row = &dialog->controls[i];
  g_autofree char *label = g_strdup_printf (_ ("_%s:"), _ (control->label));
  g_autofree char *blurb = rw_control_describe (control);
  const RwSliderLook look = { .label = label,
                              .blurb = blurb,
                              .low = control->low,
                              .high = control->high,
                              .gamma = rw_control_get_gamma (control),
                              .digits = control->digits };

  row->slider = rw_slider_new (grid, at, &look, on_control, dialog);
  if (!control->open)
    return 1;
  row->automatic = gtk_check_button_new_with_mnemonic (_ ("_Automatic"));
  gtk_widget_set_tooltip_text (row->automatic, _ (RW_AUTOMATIC_BLURB));
  rw_grid_attach (grid, row->automatic, 1, at + 1, 2, TRUE);
  g_signal_connect (row->automatic, "toggled", G_CALLBACK (on_automatic),
                    dialog);
  return 2;
}

static RwSlider *
add_share (Dialog *dialog,
           GtkWidget *grid,
           int at,
           const char *label,
           const char *blurb)
{
  const RwSliderLook look = { .label = label,
                              .blurb = blurb,
                              .low = 0,
                              .high = 1,
                              .gamma = 1,
                              .digits = 2 };

  return rw_slider_new (grid, at, &look, on_changed, dialog);
}

static GtkWidget *
make_rows (Dialog *dialog)
{
  GtkWidget *grid = rw_grid_new ();
  int at = 0;

  for (int i = 0; i < rw_task_count_controls (dialog->task); i++)
    at += add_control (dialog, grid, at, i);
  dialog->strength =
      add_share (dialog, grid, at++, _ ("_Strength:"), _ (RW_STRENGTH_BLURB));
  if (rw_task_keeps_grain (dialog->task))
    dialog->grain =
        add_share (dialog, grid, at++, _ ("Keep _grain:"), _ (RW_GRAIN_BLURB));
  if (dialog->task->searches)
    dialog->scratches =
        add_share (dialog, grid, at++, _ ("Scra_tches and dust:"),
                   _ (RW_SCRATCHES_BLURB));
  dialog->best = rw_best_choice_new (on_changed, dialog);
  rw_grid_attach (grid, dialog->best, 1, at++, 2, TRUE);
  dialog->output = rw_output_choice_new (dialog->task, on_changed, dialog);
  rw_grid_attach_named (grid, at++, _ ("O_utput:"), dialog->output);
  dialog->chooser = rw_chooser_new (dialog->task, dialog->options->weights,
                                    on_weights, dialog);
  rw_grid_attach_named (grid, at++, _ ("_Weights:"),
                        rw_chooser_get_list (dialog->chooser));
  dialog->presets = rw_preset_row_attach (grid, at, dialog->task->name,
                                          &preset_calls, dialog);
  return grid;
}

/* Shown when there is something to say. */
static GtkWidget *
make_message (void)
{
  GtkWidget *message = rw_text_new (NULL);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes,
                          pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  gtk_label_set_attributes (GTK_LABEL (message), attributes);
  pango_attr_list_unref (attributes);
  gtk_widget_set_no_show_all (message, TRUE);
  return message;
}

/* What OK is going to change. (transfer full) */
static char *
describe_change (const Dialog *dialog)
{
  g_autofree char *targets = rw_targets_describe (dialog->targets);

  if (dialog->task->mask != RW_MASK_OPTIONAL ||
      !gimp_selection_is_empty (gimp_item_get_image (dialog->item)))
    return g_steal_pointer (&targets);
  return g_strdup_printf ("%s\n%s", targets,
                          _ ("Nothing is selected: scratches and dust are "
                             "searched for."));
}

static GtkWidget *
make_settings (Dialog *dialog)
{
  GtkWidget *box = rw_column_new (12);
  g_autofree char *text = describe_change (dialog);
  GtkWidget *card;

  gtk_box_pack_start (GTK_BOX (box), make_rows (dialog), FALSE, FALSE, 0);
  card = rw_chooser_get_card (dialog->chooser);
  gtk_box_pack_start (GTK_BOX (box), card, TRUE, TRUE, 0);
  gtk_box_pack_end (GTK_BOX (box), dialog->time, FALSE, FALSE, 0);
  gtk_box_pack_end (GTK_BOX (box), rw_text_new (text), FALSE, FALSE, 0);
  gtk_box_pack_end (GTK_BOX (box), dialog->message, FALSE, FALSE, 0);
  rw_widget_keep_width (box);
  return box;
}

static void
fill_window (Dialog *dialog)
{
  GtkWidget *box = rw_row_new (12);
  GtkWidget *area = gtk_dialog_get_content_area (GTK_DIALOG (dialog->window));

  dialog->message = make_message ();
  dialog->time = rw_text_new (NULL);
  dialog->preview =
      rw_preview_new (dialog->task, dialog->item, on_problem, on_pace, dialog);
  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), rw_preview_get_widget (dialog->preview),
                      TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), make_settings (dialog), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (area), box, TRUE, TRUE, 0);
  gtk_widget_show_all (box);
}

static void
make_window (Dialog *dialog)
{
  const RwTaskInfo *task = dialog->task;
  g_autofree char *procedure = rw_procedure_get_name (task);

  dialog->window = gimp_dialog_new (
      _ (task->title), RW_PROCEDURE_BINARY, NULL, (GtkDialogFlags) 0,
      rw_help_show, procedure, _ ("_Reset"), RESPONSE_RESET, _ ("_Cancel"),
      GTK_RESPONSE_CANCEL, _ ("_OK"), GTK_RESPONSE_OK, NULL);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog->window),
                                   GTK_RESPONSE_OK);
  gimp_window_set_transient (GTK_WINDOW (dialog->window));
  rw_dialog_space_buttons (dialog->window);
  fill_window (dialog);
}

static void
focus_first (Dialog *dialog)
{
  if (rw_task_count_controls (dialog->task) > 0 && is_used (dialog, 0))
    rw_slider_grab_focus (dialog->controls[0].slider);
  else
    rw_slider_grab_focus (dialog->strength);
}

static int
run_window (Dialog *dialog)
{
  int response;

  do {
    response = gimp_dialog_run (GIMP_DIALOG (dialog->window));
    if (response == RESPONSE_RESET)
      begin_anew (dialog, "");
  } while (response == RESPONSE_RESET);
  return response;
}

static void
dialog_clear (Dialog *dialog)
{
  rw_preview_free (dialog->preview);
  gtk_widget_destroy (dialog->window);
  rw_chooser_free (dialog->chooser);
  for (int i = 0; i < RW_CONTROLS_MAX; i++)
    rw_slider_free (dialog->controls[i].slider);
  rw_slider_free (dialog->strength);
  rw_slider_free (dialog->grain);
  rw_slider_free (dialog->scratches);
}

gboolean
rw_dialog_run (const RwTaskInfo *task,
               RwOptions *options,
               const GArray *targets)
{
  Dialog dialog = { .task = task,
                    .options = options,
                    .targets = targets,
                    .item = g_array_index (targets, RwItem, 0),
                    .updating = TRUE };
  int response;

  rw_ui_init (RW_PROCEDURE_BINARY);
  make_window (&dialog);
  write_widgets (&dialog);
  measure (&dialog);
  on_changed (&dialog);
  focus_first (&dialog);
  response = run_window (&dialog);
  read_widgets (&dialog);
  dialog_clear (&dialog);
  return response == GTK_RESPONSE_OK;
}

char *
rw_dialog_ask_for_weights (const char *weights)
{
  rw_ui_init (RW_PROCEDURE_BINARY);
  return rw_chooser_ask_for_file (NULL, weights);
}
