/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A GtkComboBoxText and a label; the same in GTK 2 and 3.
 */
#include "chooser.h"

#define CARD_WIDTH 42 /* characters */

enum { ROW_DEFAULT, ROW_OTHER, ROW_FILE };

struct RwChooser {
  const RwTaskInfo *task;
  GtkWidget *list;
  GtkWidget *card;
  char *weights;
  char *file; /* the last that was chosen, or NULL: the row of it */
  RwModel *model;
  void (*changed) (gpointer data);
  gpointer data;
  gboolean quiet; /* the list changes by our own doing */
};

/* ---- the card ----------------------------------------------------------- */

static void
add_line (GString *text,
          const RwModel *model,
          const char *key,
          const char *what)
{
  const char *value = rw_model_get_metadata (model, key);
  g_autofree char *line = NULL;

  if (value == NULL || *value == '\0')
    return;
  line = g_markup_printf_escaped ("\n<small>%s%.300s</small>", what, value);
  g_string_append (text, line);
}

static char *
describe (const RwModel *model)
{
  const char *title = rw_model_get_metadata (model, "title");
  g_autofree char *head =
      g_markup_printf_escaped ("<b>%.100s</b>", title ? title : "Untitled");
  GString *text = g_string_new (head);

  add_line (text, model, "description", "");
  add_line (text, model, "license", "Licence: ");
  add_line (text, model, "data", "Trained on: ");
  return g_string_free (text, FALSE);
}

static void
load (RwChooser *chooser)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *markup = NULL;

  rw_model_unref (chooser->model);
  chooser->model =
      rw_model_load (chooser->task->name, chooser->weights, &error);
  if (chooser->model != NULL)
    markup = describe (chooser->model);
  else
    markup = g_markup_printf_escaped ("<b>These weights cannot be used</b>\n"
                                      "%s",
                                      error->message);
  gtk_label_set_markup (GTK_LABEL (chooser->card), markup);
}

/* ---- the list ----------------------------------------------------------- */

static void
show_weights (RwChooser *chooser)
{
  GtkComboBoxText *list = GTK_COMBO_BOX_TEXT (chooser->list);
  const gboolean is_default = *chooser->weights == '\0';

  chooser->quiet = TRUE;
  if (chooser->file != NULL)
    gtk_combo_box_text_remove (list, ROW_FILE);
  if (!is_default) {
    g_free (chooser->file);
    chooser->file = g_strdup (chooser->weights);
  }
  if (chooser->file != NULL) {
    g_autofree char *name = g_filename_display_basename (chooser->file);

    gtk_combo_box_text_append_text (list, name);
  }
  gtk_combo_box_set_active (GTK_COMBO_BOX (list),
                            is_default ? ROW_DEFAULT : ROW_FILE);
  gtk_widget_set_tooltip_text (
      chooser->list, is_default ? "The weights that come with the plug-in"
                                : chooser->weights);
  chooser->quiet = FALSE;
}

void
rw_chooser_set_weights (RwChooser *chooser, const char *weights)
{
  char *copy = g_strdup (weights);

  g_free (chooser->weights);
  chooser->weights = copy;
  show_weights (chooser);
  load (chooser);
}

static GtkFileFilter *
make_filter (const char *name, const char *pattern)
{
  GtkFileFilter *filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  gtk_file_filter_add_pattern (filter, pattern);
  return filter;
}

char *
rw_chooser_ask_for_file (GtkWindow *parent, const char *file)
{
  GtkWidget *dialog = gtk_file_chooser_dialog_new (
      "Choose a Weight File", parent, GTK_FILE_CHOOSER_ACTION_OPEN, "_Cancel",
      GTK_RESPONSE_CANCEL, "_Open", GTK_RESPONSE_ACCEPT, NULL);
  GtkFileChooser *files = GTK_FILE_CHOOSER (dialog);
  char *path = NULL;

  gtk_file_chooser_add_filter (
      files, make_filter ("Weight files (*.safetensors)", "*.safetensors"));
  gtk_file_chooser_add_filter (files, make_filter ("All files", "*"));
  if (file != NULL && g_path_is_absolute (file))
    gtk_file_chooser_set_filename (files, file);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  if (gtk_dialog_run (GTK_DIALOG (dialog)) == GTK_RESPONSE_ACCEPT)
    path = gtk_file_chooser_get_filename (files);
  gtk_widget_destroy (dialog);
  return path;
}

static void
on_changed (GtkComboBox *list, gpointer data)
{
  RwChooser *chooser = data;
  const int row = gtk_combo_box_get_active (list);
  g_autofree char *weights = NULL;

  if (chooser->quiet || row < 0)
    return;
  if (row == ROW_OTHER)
    weights = rw_chooser_ask_for_file (
        GTK_WINDOW (gtk_widget_get_toplevel (chooser->list)), chooser->file);
  else
    weights = g_strdup (row == ROW_FILE ? chooser->file : "");
  if (weights == NULL) {
    show_weights (chooser);
    return;
  }
  rw_chooser_set_weights (chooser, weights);
  chooser->changed (chooser->data);
}

static void
make_widgets (RwChooser *chooser)
{
  GtkWidget *list = gtk_combo_box_text_new ();
  GtkLabel *card = GTK_LABEL (gtk_label_new (NULL));

  gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (list), "Default");
  gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (list), "Other...");
  g_signal_connect (list, "changed", G_CALLBACK (on_changed), chooser);
  gtk_label_set_line_wrap (card, TRUE);
  gtk_label_set_width_chars (card, CARD_WIDTH);
  gtk_label_set_max_width_chars (card, CARD_WIDTH);
  gtk_label_set_selectable (card, TRUE);
  chooser->list = list;
  chooser->card = GTK_WIDGET (card);
}

RwChooser *
rw_chooser_new (const RwTaskInfo *task,
                const char *weights,
                void (*changed) (gpointer data),
                gpointer data)
{
  RwChooser *chooser = g_new0 (RwChooser, 1);

  chooser->task = task;
  chooser->changed = changed;
  chooser->data = data;
  make_widgets (chooser);
  rw_chooser_set_weights (chooser, weights);
  return chooser;
}

void
rw_chooser_free (RwChooser *chooser)
{
  rw_model_unref (chooser->model);
  g_free (chooser->weights);
  g_free (chooser->file);
  g_free (chooser);
}

GtkWidget *
rw_chooser_get_list (RwChooser *chooser)
{
  return chooser->list;
}

GtkWidget *
rw_chooser_get_card (RwChooser *chooser)
{
  return chooser->card;
}

const char *
rw_chooser_get_weights (const RwChooser *chooser)
{
  return chooser->weights;
}

RwModel *
rw_chooser_get_model (const RwChooser *chooser)
{
  return chooser->model;
}
