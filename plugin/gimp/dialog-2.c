/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Preview on the left, settings on the right.
 */
#include "dialog-2.h"

#include <libgimp/gimpui.h>

#include "chooser.h"
#include "pixels.h"
#include "preview.h"
#include "targets.h"

#define RESPONSE_RESET 1
#define PREVIEW_SIZE 420 /* pixels, where the layer is as large */
#define SCALE_WIDTH 140
#define LEVEL_MIN 0.1 /* 0 is automatic */

typedef struct {
  const RwFilter *filter;
  RwOptions *options;
  RwItem item; /* the one in the preview */
  GtkWidget *window;
  RwPreview *preview;
  RwChooser *chooser;
  GtkObject *level;
  GtkWidget *automatic;
  GtkObject *strength;
  GtkWidget *output;
  double measured;   /* level of the item; 0 unknown */
  gboolean updating; /* widgets change by our own doing */
} Dialog;

static GtkAdjustment *
adjustment (GtkObject *entry)
{
  return GTK_ADJUSTMENT (entry);
}

static gboolean
is_automatic (const Dialog *dialog)
{
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (dialog->automatic));
}

static void
read_widgets (Dialog *dialog)
{
  RwOptions *options = dialog->options;
  int output = RW_OUTPUT_SAME_LAYER;

  options->level = is_automatic (dialog)
                       ? 0
                       : gtk_adjustment_get_value (adjustment (dialog->level));
  options->strength = gtk_adjustment_get_value (adjustment (dialog->strength));
  rw_options_set_weights (options, rw_chooser_get_weights (dialog->chooser));
  gimp_int_combo_box_get_active (GIMP_INT_COMBO_BOX (dialog->output), &output);
  options->output = (RwOutput) output;
}

static void
refresh (Dialog *dialog)
{
  RwModel *model = rw_chooser_get_model (dialog->chooser);
  const RwOptions *options = dialog->options;
  const RwSettings settings = {
    .strength = options->strength,
    .level = options->level > 0 ? options->level : dialog->measured,
  };

  gimp_scale_entry_set_sensitive (dialog->level, !is_automatic (dialog));
  gtk_dialog_set_response_sensitive (GTK_DIALOG (dialog->window),
                                     GTK_RESPONSE_OK, model != NULL);
  rw_preview_set (dialog->preview, model, &settings);
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
  if (!is_automatic (dialog) || dialog->measured <= 0)
    return;
  dialog->updating = TRUE;
  gtk_adjustment_set_value (adjustment (dialog->level), dialog->measured);
  dialog->updating = FALSE;
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
    label = g_strdup_printf ("_Automatic (measured: %.1f)", dialog->measured);
  gtk_button_set_label (GTK_BUTTON (dialog->automatic),
                        label != NULL ? label : "_Automatic");
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
  const double level =
      options->level > 0 ? options->level : dialog->filter->level_default;

  dialog->updating = TRUE;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (dialog->automatic),
                                options->level <= 0);
  gtk_adjustment_set_value (adjustment (dialog->level), level);
  gtk_adjustment_set_value (adjustment (dialog->strength), options->strength);
  gimp_int_combo_box_set_active (GIMP_INT_COMBO_BOX (dialog->output),
                                 options->output);
  dialog->updating = FALSE;
}

static void
reset (Dialog *dialog)
{
  rw_options_clear (dialog->options);
  rw_options_init (dialog->options, dialog->filter);
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
            double min,
            double max,
            int digits,
            const char *blurb)
{
  const double step = digits == 1 ? 1 : 0.01;
  GtkObject *entry = gimp_scale_entry_new (
      GTK_TABLE (table), 0, row, label, SCALE_WIDTH, 5, max, min, max, step,
      step * 10, digits, TRUE, 0, 0, blurb, NULL);

  g_signal_connect_swapped (entry, "value-changed", G_CALLBACK (on_changed),
                            dialog);
  return entry;
}

static GtkWidget *
make_sliders (Dialog *dialog)
{
  const RwFilter *filter = dialog->filter;
  GtkWidget *table = gtk_table_new (3, 3, FALSE);

  gtk_table_set_col_spacings (GTK_TABLE (table), 6);
  gtk_table_set_row_spacings (GTK_TABLE (table), 6);
  dialog->level = add_slider (dialog, table, 0, filter->level_label, LEVEL_MIN,
                              filter->level_max, 1, filter->level_blurb);
  dialog->automatic = gtk_check_button_new_with_mnemonic ("_Automatic");
  gtk_widget_set_tooltip_text (dialog->automatic,
                               "Measure the level of each layer");
  gtk_table_attach (GTK_TABLE (table), dialog->automatic, 1, 3, 1, 2, GTK_FILL,
                    GTK_FILL, 0, 0);
  g_signal_connect (dialog->automatic, "toggled", G_CALLBACK (on_automatic),
                    dialog);
  dialog->strength =
      add_slider (dialog, table, 2, "_Strength:", 0, 1, 2,
                  "Between the original (0) and the restored picture (1)");
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
  dialog->chooser = rw_chooser_new (dialog->filter, dialog->options->weights,
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
  const RwFilter *filter = dialog->filter;
  GtkWidget *box = gtk_hbox_new (FALSE, 12);
  GtkWidget *view;

  dialog->window = gimp_dialog_new (
      filter->title, RW_FILTER_BINARY, NULL, 0, gimp_standard_help_func,
      filter->procedure, GIMP_STOCK_RESET, RESPONSE_RESET, GTK_STOCK_CANCEL,
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
rw_dialog_run (const RwFilter *filter,
               RwOptions *options,
               const GArray *targets)
{
  Dialog dialog = { .filter = filter,
                    .options = options,
                    .item = g_array_index (targets, RwItem, 0),
                    .updating = TRUE };
  int response;

  gimp_ui_init (RW_FILTER_BINARY, TRUE);
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
