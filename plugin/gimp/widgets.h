/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The few calls in which GTK 2 with GIMP 2.10 and GTK 3 with GIMP 3 differ.
 */
#pragma once

#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "host.h"

G_BEGIN_DECLS

#if GTK_CHECK_VERSION(3, 0, 0)

#define RW_DRAW_SIGNAL "draw"
typedef cairo_t RwDrawEvent; /* what the signal brings */

static inline cairo_t *
rw_draw_begin (GtkWidget *widget, RwDrawEvent *event)
{
  return cairo_reference (event);
}

static inline GtkWidget *
rw_row_new (int spacing)
{
  return gtk_box_new (GTK_ORIENTATION_HORIZONTAL, spacing);
}

static inline GtkWidget *
rw_column_new (int spacing)
{
  return gtk_box_new (GTK_ORIENTATION_VERTICAL, spacing);
}

static inline GtkWidget *
rw_scale_new (GtkAdjustment *adjustment)
{
  return gtk_scale_new (GTK_ORIENTATION_HORIZONTAL, adjustment);
}

static inline GtkWidget *
rw_grid_new (void)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  return grid;
}

/* Fills @n columns from @column on; @grows: takes what width is left. */
static inline void
rw_grid_attach (GtkWidget *grid,
                GtkWidget *widget,
                int column,
                int row,
                int n,
                gboolean grows)
{
  gtk_widget_set_hexpand (widget, grows);
  gtk_grid_attach (GTK_GRID (grid), widget, column, row, n, 1);
}

static inline void
rw_label_align_left (GtkWidget *label)
{
  gtk_label_set_xalign (GTK_LABEL (label), 0);
}

/* @child, which scrolls up and down beyond @height pixels. */
static inline GtkWidget *
rw_scrolled_new (GtkWidget *child, int height)
{
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled),
                                  GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scrolled),
                                              height);
  gtk_widget_set_valign (child, GTK_ALIGN_START);
  gtk_container_add (GTK_CONTAINER (scrolled), child);
  return scrolled;
}

/* Rotation of a wheel, of which a click is 1; forwards is positive. */
static inline double
rw_scroll_get_steps (const GdkEventScroll *event)
{
  if (event->direction == GDK_SCROLL_SMOOTH)
    return -event->delta_y;
  return event->direction == GDK_SCROLL_UP     ? 1
         : event->direction == GDK_SCROLL_DOWN ? -1
                                               : 0;
}

/* GTK 3 gives a share of new width to whatever contains what grows, however
 * it is packed. */
static inline void
rw_widget_keep_width (GtkWidget *widget)
{
  gtk_widget_set_hexpand (widget, FALSE);
}

/* As far from the window's edge as what lies above them. */
static inline void
rw_dialog_space_buttons (GtkWidget *dialog)
{
  GtkWidget *buttons = gtk_dialog_get_action_area (GTK_DIALOG (dialog));

  gtk_widget_set_margin_start (buttons, 12);
  gtk_widget_set_margin_end (buttons, 12);
  gtk_widget_set_margin_bottom (buttons, 12);
}

static inline void
rw_ui_init (const char *program)
{
  gimp_ui_init (program);
}

static inline GimpColorTransform *
rw_widget_get_transform (GtkWidget *widget,
                         GimpColorConfig *config,
                         GimpColorProfile *profile,
                         const Babl *from,
                         const Babl *to)
{
  return gimp_widget_get_color_transform (
      widget, config, profile, from, to, NULL,
      GIMP_COLOR_RENDERING_INTENT_RELATIVE_COLORIMETRIC, FALSE);
}

#else

#ifndef GDK_KEY_KP_Add
#include <gdk/gdkkeysyms.h>
#endif

#define RW_DRAW_SIGNAL "expose-event"
typedef GdkEventExpose RwDrawEvent;

static inline cairo_t *
rw_draw_begin (GtkWidget *widget, RwDrawEvent *event)
{
  cairo_t *cr = gdk_cairo_create (gtk_widget_get_window (widget));

  gdk_cairo_region (cr, event->region);
  cairo_clip (cr);
  return cr;
}

static inline GtkWidget *
rw_row_new (int spacing)
{
  return gtk_hbox_new (FALSE, spacing);
}

static inline GtkWidget *
rw_column_new (int spacing)
{
  return gtk_vbox_new (FALSE, spacing);
}

static inline GtkWidget *
rw_scale_new (GtkAdjustment *adjustment)
{
  return gtk_hscale_new (adjustment);
}

static inline GtkWidget *
rw_grid_new (void)
{
  GtkWidget *grid = gtk_table_new (1, 1, FALSE);

  gtk_table_set_col_spacings (GTK_TABLE (grid), 6);
  gtk_table_set_row_spacings (GTK_TABLE (grid), 6);
  return grid;
}

/* Fills @n columns from @column on; @grows: takes what width is left. */
static inline void
rw_grid_attach (GtkWidget *grid,
                GtkWidget *widget,
                int column,
                int row,
                int n,
                gboolean grows)
{
  gtk_table_attach (GTK_TABLE (grid), widget, (guint) column,
                    (guint) (column + n), (guint) row, (guint) row + 1,
                    grows ? (GtkAttachOptions) (GTK_FILL | GTK_EXPAND)
                          : GTK_FILL,
                    GTK_FILL, 0, 0);
}

static inline void
rw_label_align_left (GtkWidget *label)
{
  gtk_misc_set_alignment (GTK_MISC (label), 0, 0.5);
}

/* @child, which scrolls up and down beyond @height pixels. */
static inline GtkWidget *
rw_scrolled_new (GtkWidget *child, int height)
{
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);
  GtkWidget *top = gtk_alignment_new (0, 0, 1, 0);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled),
                                  GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_widget_set_size_request (scrolled, -1, height);
  gtk_container_add (GTK_CONTAINER (top), child);
  gtk_scrolled_window_add_with_viewport (GTK_SCROLLED_WINDOW (scrolled), top);
  gtk_viewport_set_shadow_type (
      GTK_VIEWPORT (gtk_bin_get_child (GTK_BIN (scrolled))), GTK_SHADOW_NONE);
  return scrolled;
}

/* Rotation of a wheel, of which a click is 1; forwards is positive. */
static inline double
rw_scroll_get_steps (const GdkEventScroll *event)
{
  return event->direction == GDK_SCROLL_UP     ? 1
         : event->direction == GDK_SCROLL_DOWN ? -1
                                               : 0;
}

/* It does where it is packed so. */
static inline void
rw_widget_keep_width (GtkWidget *widget)
{
}

/* GTK 2 has a border around them. */
static inline void
rw_dialog_space_buttons (GtkWidget *dialog)
{
}

static inline void
rw_ui_init (const char *program)
{
  gimp_ui_init (program, FALSE);
}

static inline GimpColorTransform *
rw_widget_get_transform (GtkWidget *widget,
                         GimpColorConfig *config,
                         GimpColorProfile *profile,
                         const Babl *from,
                         const Babl *to)
{
  return gimp_widget_get_color_transform (widget, config, profile, from, to);
}

#endif

static inline void
rw_draw_end (cairo_t *cr)
{
  cairo_destroy (cr);
}

/* A row of the grid: a label with a mnemonic, and what it names. */
static inline void
rw_grid_attach_named (GtkWidget *grid,
                      int row,
                      const char *label,
                      GtkWidget *widget)
{
  GtkWidget *name = gtk_label_new_with_mnemonic (label);

  rw_label_align_left (name);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), widget);
  rw_grid_attach (grid, name, 0, row, 1, FALSE);
  rw_grid_attach (grid, widget, 1, row, 2, TRUE);
}

/* A sentence or two, in lines of 40 characters. */
static inline GtkWidget *
rw_text_new (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (label), 40);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 40);
  rw_label_align_left (label);
  return label;
}

G_END_DECLS
