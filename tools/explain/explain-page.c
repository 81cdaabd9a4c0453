/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One page of HTML with pictures beside it.
 */
#include "explain/explain-page.h"

#include "cli/text.h"
#include "io/files.h"
#include "paths.h"

#include <stdarg.h>
#include <string.h>

struct RwCliPage {
  char *folder;
  GString *html;
  gboolean has_bar[3]; /* by scale */
};

static const char style[] =
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em}"
    "h1,h2,h3{line-height:1.2}h2{margin-top:2em}"
    ".row{display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start}"
    "figure{margin:1em 0;max-width:100%}"
    ".row figcaption{max-width:28em}"
    "figcaption{font-size:14px}"
    "img{image-rendering:pixelated;max-width:100%;height:auto;"
    "vertical-align:bottom}"
    "table{border-collapse:collapse;font-size:14px;display:block;"
    "overflow-x:auto}"
    "td,th{padding:.15em .7em;text-align:left;border-bottom:1px solid "
    "#8888}"
    ".bar{font-size:14px;display:flex;gap:.6em;align-items:center}"
    "svg{max-width:100%;fill:currentColor}";

/* Names and metadata are shown as on a terminal, line by line: HTML has no
 * place for control characters, and "&#x1b;" is an error in it. */
static void
append (RwCliPage *page, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++) {
    g_autofree char *shown = rw_cli_show (*line);
    g_autofree char *escaped = g_markup_escape_text (shown, -1);

    g_string_append (page->html, escaped);
    if (line[1] != NULL)
      g_string_append_c (page->html, '\n');
  }
}

RwCliPage *
rw_cli_page_new (const char *folder, const char *title, GError **error)
{
  if (!rw_cli_make_folder (folder, error))
    return NULL;
  RwCliPage *page = g_new0 (RwCliPage, 1);

  page->folder = g_strdup (folder);
  page->html =
      g_string_new ("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                    "<meta charset=\"utf-8\"/>\n<meta "
                    "name=\"viewport\" content=\"width=device-width\"/>"
                    "\n<title>");
  append (page, title);
  g_string_append_printf (
      page->html, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
  rw_cli_page_heading (page, 1, title);
  return page;
}

void
rw_cli_page_free (RwCliPage *page)
{
  if (!page)
    return;
  g_free (page->folder);
  g_string_free (page->html, TRUE);
  g_free (page);
}

void
rw_cli_page_heading (RwCliPage *page, int level, const char *text)
{
  g_string_append_printf (page->html, "<h%d>", level);
  append (page, text);
  g_string_append_printf (page->html, "</h%d>\n", level);
}

void
rw_cli_page_text (RwCliPage *page, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_string_append (page->html, "<p>");
  append (page, text);
  g_string_append (page->html, "</p>\n");
}

void
rw_cli_page_begin_row (RwCliPage *page)
{
  g_string_append (page->html, "<div class=\"row\">\n");
}

void
rw_cli_page_end_row (RwCliPage *page)
{
  g_string_append (page->html, "</div>\n");
}

static gboolean
save (const RwCliPage *page,
      const RwPicture *picture,
      const char *name,
      GError **error)
{
  g_autofree char *path = g_build_filename (page->folder, name, NULL);

  return rw_picture_save (picture, path, 100, error);
}

gboolean
rw_cli_page_figure (RwCliPage *page,
                    RwPicture *picture,
                    const char *name,
                    int zoom,
                    GError **error,
                    const char *format,
                    ...)
{
  g_autoptr (RwPicture) taken = picture;
  va_list arguments;

  if (!taken || !save (page, taken, name, error))
    return FALSE;
  va_start (arguments, format);
  g_autofree char *caption = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_string_append_printf (
      page->html, "<figure><img src=\"%s\" width=\"%d\" height=\"%d\" alt=\"",
      name, taken->width * zoom, taken->height * zoom);
  append (page, caption);
  g_string_append (page->html, "\"/><figcaption>");
  append (page, caption);
  g_string_append (page->html, "</figcaption></figure>\n");
  return TRUE;
}

gboolean
rw_cli_page_bar (RwCliPage *page,
                 RwCliScale scale,
                 const char *low,
                 const char *high,
                 GError **error)
{
  g_autofree char *name = g_strdup_printf ("scale-%d.png", (int) scale);

  if (!page->has_bar[scale]) {
    g_autoptr (RwPicture) bar = rw_cli_scale_bar (scale, error);
    if (!bar || !save (page, bar, name, error))
      return FALSE;
    page->has_bar[scale] = TRUE;
  }
  g_string_append (page->html, "<div class=\"bar\"><span>");
  append (page, low);
  g_string_append_printf (
      page->html, "</span><img src=\"%s\" alt=\"scale\"/><span>", name);
  append (page, high);
  g_string_append (page->html, "</span></div>\n");
  return TRUE;
}

/* ---- tables ------------------------------------------------------------- */

static void
append_cells (RwCliPage *page, const char *cells, const char *tag)
{
  g_auto (GStrv) list = g_strsplit (cells, "|", -1);

  g_string_append (page->html, "<tr>");
  for (int i = 0; list[i]; i++) {
    g_string_append_printf (page->html, "<%s>", tag);
    append (page, list[i]);
    g_string_append_printf (page->html, "</%s>", tag);
  }
  g_string_append (page->html, "</tr>\n");
}

void
rw_cli_page_begin_table (RwCliPage *page, const char *cells)
{
  g_string_append (page->html, "<table>\n");
  append_cells (page, cells, "th");
}

void
rw_cli_page_row (RwCliPage *page, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *cells = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  append_cells (page, cells, "td");
}

void
rw_cli_page_end_table (RwCliPage *page)
{
  g_string_append (page->html, "</table>\n");
}

void
rw_cli_page_bins (RwCliPage *page,
                  const gsize *bins,
                  int n,
                  const char *low,
                  const char *high,
                  const char *caption)
{
  gsize most = 1;

  for (int i = 0; i < n; i++)
    most = MAX (most, bins[i]);
  g_string_append_printf (page->html,
                          "<figure><svg width=\"%d\" height=\"60\" "
                          "role=\"img\">",
                          6 * n);
  for (int i = 0; i < n; i++) {
    const int height = (int) ((60 * bins[i] + most - 1) / most);
    g_string_append_printf (
        page->html, "<rect x=\"%d\" y=\"%d\" width=\"5\" height=\"%d\"/>",
        6 * i, 60 - height, height);
  }
  g_string_append (page->html, "</svg><figcaption>");
  append (page, low);
  g_string_append (page->html, " … ");
  append (page, high);
  g_string_append (page->html, ": ");
  append (page, caption);
  g_string_append (page->html, "</figcaption></figure>\n");
}

gboolean
rw_cli_page_save (RwCliPage *page, GError **error)
{
  g_autofree char *path = g_build_filename (page->folder, "index.html", NULL);

  g_string_append (page->html, "</body>\n</html>\n");
  return rw_file_save (path, page->html->str, page->html->len, error);
}
