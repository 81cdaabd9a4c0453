/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A GtkComboBox over a list of rows, and a label; the same in GTK 2 and 3.
 */
#include "chooser.h"

#include "card.h"
#include "i18n.h"
#include "place.h"
#include "recent.h"
#include "widgets.h"

#define CARD_WIDTH 42  /* characters */
#define CARD_HEIGHT 84 /* pixels, beyond which it scrolls */
#define ROW_WIDTH 34   /* characters of the list */

typedef enum { ROW_DEFAULT, ROW_FILE, ROW_OTHER, ROW_LINE } RowKind;

enum { COLUMN_KIND, COLUMN_WEIGHTS, COLUMN_TEXT, COLUMN_USABLE, N_COLUMNS };

struct RwChooser {
  const RwTaskInfo *task;
  GtkListStore *rows;
  GtkWidget *list;
  GtkWidget *box; /* of card and button */
  GtkWidget *card;
  GtkWidget *more;
  char *weights;
  RwWeightsEntry *entry; /* of the chosen file */
  RwModel *model;
  void (*changed) (gpointer data);
  gpointer data;
  gboolean quiet; /* the list changes by our own doing */
};

/* ---- the card ----------------------------------------------------------- */

static const char *
get_name (const RwChooser *chooser)
{
  return *chooser->weights != '\0' ? chooser->weights : chooser->task->weights;
}

static void
load (RwChooser *chooser)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *markup = NULL;

  rw_model_unref (chooser->model);
  rw_weights_entry_free (chooser->entry);
  chooser->model =
      rw_model_load (chooser->task->name, chooser->weights, &error);
  chooser->entry = rw_weights_look (get_name (chooser));
  markup =
      rw_card_describe (chooser->entry, error != NULL ? error->message : NULL);
  gtk_label_set_markup (GTK_LABEL (chooser->card), markup);
  gtk_widget_set_sensitive (chooser->more,
                            chooser->entry->card != NULL ||
                                chooser->entry->metadata != NULL);
}

static void
on_more (GtkButton *button, gpointer data)
{
  const RwChooser *chooser = data;

  rw_card_show (chooser->entry,
                GTK_WINDOW (gtk_widget_get_toplevel (chooser->list)));
}

/* ---- the rows ----------------------------------------------------------- */

static void
add_row (RwChooser *chooser,
         RowKind kind,
         const char *weights,
         const char *text,
         gboolean usable)
{
  gtk_list_store_insert_with_values (
      chooser->rows, NULL, -1, COLUMN_KIND, (int) kind, COLUMN_WEIGHTS,
      weights, COLUMN_TEXT, text, COLUMN_USABLE, usable, -1);
}

static void
add_default (RwChooser *chooser)
{
  g_autoptr (RwWeightsEntry) entry = rw_weights_look (chooser->task->weights);
  g_autofree char *title = rw_card_get_title (entry);
  /* Translators: the row of the weights that are taken if none are chosen. */
  g_autofree char *text = g_strdup_printf (_ ("Default: %s"), title);

  add_row (chooser, ROW_DEFAULT, "", text, TRUE);
}

static gboolean
has_row (RwChooser *chooser, const char *weights)
{
  GtkTreeModel *rows = GTK_TREE_MODEL (chooser->rows);
  GtkTreeIter at;

  for (gboolean more = gtk_tree_model_get_iter_first (rows, &at); more;
       more = gtk_tree_model_iter_next (rows, &at)) {
    g_autofree char *own = NULL;

    gtk_tree_model_get (rows, &at, COLUMN_WEIGHTS, &own, -1);
    if (g_strcmp0 (own, weights) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Files of other tasks are left out; one that cannot be read says why. */
static void
add_entry (RwChooser *chooser, const RwWeightsEntry *entry)
{
  const gboolean usable = entry->task != NULL;
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;

  if ((usable && g_strcmp0 (entry->task, chooser->task->name) != 0) ||
      has_row (chooser, entry->weights))
    return;
  title = rw_card_get_title (entry);
  if (usable)
    text = g_steal_pointer (&title);
  else
    text =
        g_strdup_printf (_ ("%s – cannot be used: %s"), title, entry->problem);
  add_row (chooser, ROW_FILE, entry->weights, text, usable);
}

static void
fill (RwChooser *chooser)
{
  g_autoptr (GPtrArray) entries = rw_weights_list ();
  g_auto (GStrv) recent = rw_recent_list (chooser->task);

  add_default (chooser);
  for (guint i = 0; i < entries->len; i++)
    if (g_strcmp0 (((const RwWeightsEntry *) entries->pdata[i])->weights,
                   chooser->task->weights) != 0)
      add_entry (chooser, entries->pdata[i]);
  for (int i = 0; recent[i] != NULL; i++) {
    g_autoptr (RwWeightsEntry) entry = rw_weights_look (recent[i]);

    add_entry (chooser, entry);
  }
  add_row (chooser, ROW_LINE, NULL, NULL, TRUE);
  add_row (chooser, ROW_OTHER, NULL, _ ("Other…"), TRUE);
}

/* Puts what is chosen before the line, if the list does not have it. */
static void
add_chosen (RwChooser *chooser)
{
  const int n =
      gtk_tree_model_iter_n_children (GTK_TREE_MODEL (chooser->rows), NULL);
  g_autofree char *name = g_filename_display_basename (chooser->weights);

  gtk_list_store_insert_with_values (
      chooser->rows, NULL, n - 2, COLUMN_KIND, (int) ROW_FILE, COLUMN_WEIGHTS,
      chooser->weights, COLUMN_TEXT, name, COLUMN_USABLE, TRUE, -1);
}

static void
show_weights (RwChooser *chooser)
{
  GtkTreeModel *rows = GTK_TREE_MODEL (chooser->rows);
  GtkTreeIter at;

  chooser->quiet = TRUE;
  if (!has_row (chooser, chooser->weights))
    add_chosen (chooser);
  for (gboolean more = gtk_tree_model_get_iter_first (rows, &at); more;
       more = gtk_tree_model_iter_next (rows, &at)) {
    g_autofree char *own = NULL;

    gtk_tree_model_get (rows, &at, COLUMN_WEIGHTS, &own, -1);
    if (g_strcmp0 (own, chooser->weights) == 0)
      gtk_combo_box_set_active_iter (GTK_COMBO_BOX (chooser->list), &at);
  }
  gtk_widget_set_tooltip_text (chooser->list,
                               *chooser->weights == '\0'
                                   ? _ ("The weights that come with the "
                                        "plug-in")
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

/* ---- other files -------------------------------------------------------- */

static GtkFileFilter *
make_filter (const char *name, const char *pattern)
{
  GtkFileFilter *filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  gtk_file_filter_add_pattern (filter, pattern);
  return filter;
}

/* Where weights lie: beside the last one, or the user's own, or the installed
 * ones. */
static void
set_folder (GtkFileChooser *files, const char *file)
{
  g_autofree char *own =
      g_build_filename (g_get_user_data_dir (), "reweave", "weights", NULL);
  g_autofree char *installed =
      rw_place_find ("weights", RW_DATA_DIR "/weights");
  const gboolean has_own = g_file_test (own, G_FILE_TEST_IS_DIR);
  const gboolean has_installed = g_file_test (installed, G_FILE_TEST_IS_DIR);

  if (has_own)
    gtk_file_chooser_add_shortcut_folder (files, own, NULL);
  if (has_installed)
    gtk_file_chooser_add_shortcut_folder (files, installed, NULL);
  if (file != NULL && g_path_is_absolute (file))
    gtk_file_chooser_set_filename (files, file);
  else if (has_own || has_installed)
    gtk_file_chooser_set_current_folder (files, has_own ? own : installed);
}

char *
rw_chooser_ask_for_file (GtkWindow *parent, const char *file)
{
  GtkWidget *dialog = gtk_file_chooser_dialog_new (
      _ ("Choose a Weight File"), parent, GTK_FILE_CHOOSER_ACTION_OPEN,
      _ ("_Cancel"), GTK_RESPONSE_CANCEL, _ ("_Open"), GTK_RESPONSE_ACCEPT,
      NULL);
  GtkFileChooser *files = GTK_FILE_CHOOSER (dialog);
  char *path = NULL;

  gtk_file_chooser_add_filter (
      files,
      make_filter (_ ("Weight files (*.safetensors)"), "*.safetensors"));
  gtk_file_chooser_add_filter (files, make_filter (_ ("All files"), "*"));
  set_folder (files, file);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  if (gtk_dialog_run (GTK_DIALOG (dialog)) == GTK_RESPONSE_ACCEPT)
    path = gtk_file_chooser_get_filename (files);
  gtk_widget_destroy (dialog);
  return path;
}

/* (transfer full), or NULL when the user thought better of it. */
static char *
ask (RwChooser *chooser)
{
  char *path = rw_chooser_ask_for_file (
      GTK_WINDOW (gtk_widget_get_toplevel (chooser->list)), chooser->weights);

  if (path != NULL)
    rw_recent_add (chooser->task, path);
  return path;
}

static void
on_changed (GtkComboBox *list, gpointer data)
{
  RwChooser *chooser = data;
  g_autofree char *weights = NULL;
  GtkTreeIter at;
  int kind;

  if (chooser->quiet || !gtk_combo_box_get_active_iter (list, &at))
    return;
  gtk_tree_model_get (GTK_TREE_MODEL (chooser->rows), &at, COLUMN_KIND, &kind,
                      COLUMN_WEIGHTS, &weights, -1);
  if (kind == ROW_OTHER)
    weights = ask (chooser);
  if (weights == NULL) {
    show_weights (chooser);
    return;
  }
  rw_chooser_set_weights (chooser, weights);
  chooser->changed (chooser->data);
}

/* ---- putting it together ------------------------------------------------ */

static gboolean
is_line (GtkTreeModel *rows, GtkTreeIter *at, gpointer data)
{
  int kind;

  gtk_tree_model_get (rows, at, COLUMN_KIND, &kind, -1);
  return kind == ROW_LINE;
}

static void
make_list (RwChooser *chooser)
{
  GtkCellRenderer *cell = gtk_cell_renderer_text_new ();

  chooser->rows = gtk_list_store_new (N_COLUMNS, G_TYPE_INT, G_TYPE_STRING,
                                      G_TYPE_STRING, G_TYPE_BOOLEAN);
  fill (chooser);
  chooser->list =
      gtk_combo_box_new_with_model (GTK_TREE_MODEL (chooser->rows));
  g_object_set (cell, "ellipsize", PANGO_ELLIPSIZE_END, "width-chars",
                ROW_WIDTH, NULL);
  gtk_cell_layout_pack_start (GTK_CELL_LAYOUT (chooser->list), cell, TRUE);
  gtk_cell_layout_set_attributes (GTK_CELL_LAYOUT (chooser->list), cell,
                                  "text", COLUMN_TEXT, "sensitive",
                                  COLUMN_USABLE, NULL);
  gtk_combo_box_set_row_separator_func (GTK_COMBO_BOX (chooser->list), is_line,
                                        NULL, NULL);
  g_signal_connect (chooser->list, "changed", G_CALLBACK (on_changed),
                    chooser);
}

static void
make_card (RwChooser *chooser)
{
  GtkLabel *card = GTK_LABEL (gtk_label_new (NULL));
  GtkWidget *row = rw_row_new (0);

  gtk_label_set_line_wrap (card, TRUE);
  gtk_label_set_width_chars (card, CARD_WIDTH);
  gtk_label_set_max_width_chars (card, CARD_WIDTH);
  gtk_label_set_selectable (card, TRUE);
  rw_label_align_left (GTK_WIDGET (card));
  chooser->card = GTK_WIDGET (card);
  chooser->more = gtk_button_new_with_mnemonic (_ ("_Model Card…"));
  gtk_widget_set_tooltip_text (
      chooser->more, _ ("What these weights do, how well, and what they were "
                        "trained on"));
  g_signal_connect (chooser->more, "clicked", G_CALLBACK (on_more), chooser);
  chooser->box = rw_column_new (6);
  gtk_box_pack_start (GTK_BOX (chooser->box),
                      rw_scrolled_new (chooser->card, CARD_HEIGHT), TRUE, TRUE,
                      0);
  gtk_box_pack_start (GTK_BOX (row), chooser->more, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (chooser->box), row, FALSE, FALSE, 0);
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
  make_list (chooser);
  make_card (chooser);
  rw_chooser_set_weights (chooser, weights);
  return chooser;
}

void
rw_chooser_free (RwChooser *chooser)
{
  rw_model_unref (chooser->model);
  rw_weights_entry_free (chooser->entry);
  g_object_unref (chooser->rows);
  g_free (chooser->weights);
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
  return chooser->box;
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
