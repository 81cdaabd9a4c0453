/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A list with room for a name, and two buttons.
 */
#include "preset-row.h"

#include "i18n.h"
#include "presets.h"

struct RwPresetRow {
  const char *task;
  RwPresetCalls calls;
  gpointer data;
  GtkWidget *list;
  GtkWidget *save;
  GtkWidget *remove;
  int n_names;
  gboolean choosing; /* the settings change because of the list */
};

/* What stands in the entry, without spaces around it. (transfer full) */
static char *
get_typed (const RwPresetRow *row)
{
  char *name =
      gtk_combo_box_text_get_active_text (GTK_COMBO_BOX_TEXT (row->list));

  return name != NULL ? g_strstrip (name) : g_strdup ("");
}

static void
fill_list (RwPresetRow *row)
{
  g_auto (GStrv) names = rw_presets_list (row->task);
  GtkComboBoxText *list = GTK_COMBO_BOX_TEXT (row->list);

  for (; row->n_names > 0; row->n_names--)
    gtk_combo_box_text_remove (list, 0);
  for (; names[row->n_names] != NULL; row->n_names++)
    gtk_combo_box_text_append_text (list, names[row->n_names]);
}

/* One that was chosen, or a letter that was typed. */
static void
on_changed (GtkWidget *list, gpointer data)
{
  RwPresetRow *row = data;
  const gboolean chosen = gtk_combo_box_get_active (GTK_COMBO_BOX (list)) >= 0;
  g_autofree char *name = get_typed (row);
  g_autofree char *text = rw_presets_read (row->task, name);

  gtk_widget_set_sensitive (row->save, *name != '\0');
  gtk_widget_set_sensitive (row->remove, *name != '\0' && text != NULL);
  if (!chosen || text == NULL)
    return;
  row->choosing = TRUE;
  row->calls.choose (row->data, text);
  row->choosing = FALSE;
}

/* Its text stays, but a list says nothing when what it has is chosen again. */
void
rw_preset_row_leave (RwPresetRow *row)
{
  if (!row->choosing)
    gtk_combo_box_set_active (GTK_COMBO_BOX (row->list), -1);
}

static void
on_save (GtkWidget *button, gpointer data)
{
  RwPresetRow *row = data;
  g_autofree char *name = get_typed (row);
  g_autofree char *text = row->calls.get (row->data);
  g_autoptr (GError) error = NULL;

  if (!rw_presets_write (row->task, name, text, &error)) {
    row->calls.complain (row->data, error->message);
    return;
  }
  fill_list (row);
  gtk_widget_set_sensitive (row->remove, TRUE);
}

static void
on_remove (GtkWidget *button, gpointer data)
{
  RwPresetRow *row = data;
  g_autofree char *name = get_typed (row);

  rw_presets_remove (row->task, name);
  fill_list (row);
  gtk_entry_set_text (GTK_ENTRY (gtk_bin_get_child (GTK_BIN (row->list))), "");
}

static GtkWidget *
make_button (RwPresetRow *row,
             const char *label,
             const char *blurb,
             GCallback call)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_tooltip_text (button, blurb);
  gtk_widget_set_sensitive (button, FALSE);
  g_signal_connect (button, "clicked", call, row);
  return button;
}

RwPresetRow *
rw_preset_row_attach (GtkWidget *grid,
                      int at,
                      const char *task,
                      const RwPresetCalls *calls,
                      gpointer data)
{
  RwPresetRow *row = g_new0 (RwPresetRow, 1);
  GtkWidget *name = gtk_label_new_with_mnemonic (_ ("_Preset:"));
  GtkWidget *box = rw_row_new (6);
  GtkWidget *entry;

  row->task = task;
  row->calls = *calls;
  row->data = data;
  row->list = gtk_combo_box_text_new_with_entry ();
  row->save = make_button (
      row, _ ("Sa_ve"), _ ("Keep the present settings by the name beside it"),
      G_CALLBACK (on_save));
  row->remove = make_button (row, _ ("_Delete"), _ ("Forget this preset"),
                             G_CALLBACK (on_remove));
  entry = gtk_bin_get_child (GTK_BIN (row->list));
  gtk_entry_set_width_chars (GTK_ENTRY (entry), 8);
  fill_list (row);
  gtk_widget_set_tooltip_text (entry,
                               _ ("Choose settings that were saved, or type "
                                  "a name to save the present ones"));
  gtk_box_pack_start (GTK_BOX (box), row->list, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), row->save, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), row->remove, FALSE, FALSE, 0);
  rw_label_align_left (name);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), entry);
  rw_grid_attach (grid, name, 0, at, 1, FALSE);
  rw_grid_attach (grid, box, 1, at, 2, TRUE);
  g_signal_connect (row->list, "changed", G_CALLBACK (on_changed), row);
  g_object_set_data_full (G_OBJECT (box), "row", row, g_free);
  return row;
}
