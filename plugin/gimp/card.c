/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pages are Markdown: what a file is good for is the first paragraph below the
 * title, what it is not good for the one below "Not for".
 */
#include "card.h"

#include <string.h>

#define TITLE_LONGEST 80   /* characters of a foreign file that are shown */
#define PART_LONGEST 400   /* of one part of the short text */
#define PAGE_LARGEST 65536 /* bytes of a page that are read */
#define PAGE_WIDTH 620     /* pixels */
#define PAGE_HEIGHT 480

/* ---- reading pages ------------------------------------------------------ */

/* NULL: there is none, or it is no text. */
static char *
read_page (const RwWeightsEntry *entry)
{
  char *text;

  if (entry->card == NULL ||
      !g_file_get_contents (entry->card, &text, NULL, NULL))
    return NULL;
  if (strlen (text) > PAGE_LARGEST || !g_utf8_validate (text, -1, NULL))
    g_clear_pointer (&text, g_free);
  return text;
}

/* Lines from @at to the next empty one, joined, without Markdown's quotes of
 * code. */
static char *
take_paragraph (const char *at)
{
  const char *end = strstr (at, "\n\n");
  char *text =
      end != NULL ? g_strndup (at, (gsize) (end - at)) : g_strdup (at);

  g_strdelimit (text, "\n", ' ');
  g_strdelimit (text, "`", '\'');
  return g_strstrip (text);
}

/* The paragraph below the line @heading, (transfer full), or NULL. */
static char *
find_paragraph (const char *page, const char *heading)
{
  const char *at = page != NULL ? strstr (page, heading) : NULL;

  if (at == NULL || (at = strchr (at + strlen (heading), '\n')) == NULL)
    return NULL;
  return take_paragraph (at + strspn (at, "\n"));
}

/* ---- the short text ----------------------------------------------------- */

static const char *
get_metadata (const RwWeightsEntry *entry, const char *key)
{
  const char *value = entry->metadata != NULL
                          ? g_hash_table_lookup (entry->metadata, key)
                          : NULL;

  return value != NULL && *value != '\0' ? value : NULL;
}

/* At most @longest characters; (transfer full). */
static char *
shorten (const char *text, glong longest)
{
  g_autofree char *start = NULL;

  if (g_utf8_strlen (text, -1) <= longest)
    return g_strdup (text);
  start = g_utf8_substring (text, 0, longest - 1);
  return g_strconcat (start, "…", NULL);
}

char *
rw_card_get_title (const RwWeightsEntry *entry)
{
  const char *title = get_metadata (entry, "title");
  g_autofree char *name = g_filename_display_basename (entry->weights);
  g_autofree char *shown =
      shorten (title != NULL ? title : name, TITLE_LONGEST);

  if (entry->n_values == 0)
    return g_steal_pointer (&shown);
  /* Translators: a file's title, and how large its net is. */
  return g_strdup_printf (_ ("%s (%.2f million values)"), shown,
                          (double) entry->n_values / 1e6);
}

static void
add_part (GString *text, const char *format, const char *part)
{
  g_autofree char *shown = NULL;
  g_autofree char *line = NULL;

  if (part == NULL || *part == '\0')
    return;
  shown = shorten (part, PART_LONGEST);
  line = g_markup_printf_escaped (format, shown);
  g_string_append_printf (text, "\n<small>%s</small>", line);
}

char *
rw_card_describe (const RwWeightsEntry *entry, const char *problem)
{
  g_autofree char *title = rw_card_get_title (entry);
  g_autofree char *head = g_markup_printf_escaped ("<b>%s</b>", title);
  g_autofree char *page = read_page (entry);
  g_autofree char *good = find_paragraph (page, "# ");
  g_autofree char *bad = find_paragraph (page, "\n## Not for");
  GString *text = g_string_new (head);

  if (problem != NULL) {
    add_part (text, _ ("These weights cannot be used. %s"), problem);
    return g_string_free (text, FALSE);
  }
  add_part (text, _ ("Good for: %s"),
            good != NULL ? good : get_metadata (entry, "description"));
  add_part (text, _ ("Not for: %s"), bad);
  add_part (text, _ ("Licence: %s"), get_metadata (entry, "license"));
  add_part (text, _ ("Trained on: %s"), get_metadata (entry, "data"));
  return g_string_free (text, FALSE);
}

/* ---- the whole page ----------------------------------------------------- */

/* What the file itself says comes below its page. */
static char *
make_text (const RwWeightsEntry *entry)
{
  static const char *const keys[] = { "description", "license", "data",
                                      "command",     "metrics", "steps" };
  g_autofree char *page = read_page (entry);
  GString *text = g_string_new (page != NULL ? page : "");

  g_string_append_printf (text, "\n%s\n\n",
                          entry->path != NULL ? entry->path : entry->weights);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (get_metadata (entry, keys[i]) != NULL)
      g_string_append_printf (text, "%s: %s\n", keys[i],
                              get_metadata (entry, keys[i]));
  return g_string_free (text, FALSE);
}

static GtkWidget *
make_view (const char *text)
{
  GtkWidget *view = gtk_text_view_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);
  GtkTextView *page = GTK_TEXT_VIEW (view);

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (page), text, -1);
  gtk_text_view_set_editable (page, FALSE);
  gtk_text_view_set_cursor_visible (page, FALSE);
  gtk_text_view_set_wrap_mode (page, GTK_WRAP_WORD);
  gtk_text_view_set_left_margin (page, 12);
  gtk_text_view_set_right_margin (page, 12);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled),
                                  GTK_POLICY_AUTOMATIC, GTK_POLICY_AUTOMATIC);
  gtk_container_add (GTK_CONTAINER (scrolled), view);
  return scrolled;
}

void
rw_card_show (const RwWeightsEntry *entry, GtkWindow *parent)
{
  g_autofree char *title = rw_card_get_title (entry);
  g_autofree char *text = make_text (entry);
  GtkWidget *window = gtk_dialog_new_with_buttons (
      title, parent, GTK_DIALOG_MODAL, _ ("_Close"), GTK_RESPONSE_CLOSE, NULL);
  GtkWidget *area = gtk_dialog_get_content_area (GTK_DIALOG (window));
  GtkWidget *view = make_view (text);

  gtk_window_set_default_size (GTK_WINDOW (window), PAGE_WIDTH, PAGE_HEIGHT);
  gtk_container_set_border_width (GTK_CONTAINER (window), 12);
  gtk_box_pack_start (GTK_BOX (area), view, TRUE, TRUE, 0);
  gtk_widget_show_all (view);
  gtk_dialog_run (GTK_DIALOG (window));
  gtk_widget_destroy (window);
}
