/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pointer and keys over the preview.
 */
#include "preview-private.h"

static void
set_cursor (RwPreview *preview, double x)
{
  GdkWindow *window = gtk_widget_get_window (preview->area);
  const gboolean on_line =
      preview->drag == DRAG_LINE ||
      (preview->drag == DRAG_NONE && rw_view_is_on_split (&preview->view, x));

  if (on_line || preview->drag == DRAG_PICTURE) {
    GdkCursor *cursor = gdk_cursor_new_for_display (
        gtk_widget_get_display (preview->area),
        on_line ? GDK_SB_H_DOUBLE_ARROW : GDK_FLEUR);

    gdk_window_set_cursor (window, cursor);
#if GTK_CHECK_VERSION(3, 0, 0)
    g_object_unref (cursor);
#else
    gdk_cursor_unref (cursor);
#endif
  } else {
    gdk_window_set_cursor (window, NULL);
  }
}

/* The first button drags the line or the picture, the second the picture; the
 * third shows the original as long as it is held. */
static gboolean
on_press (GtkWidget *area, GdkEventButton *event, gpointer data)
{
  RwPreview *preview = data;

  if (event->type != GDK_BUTTON_PRESS || preview->drag != DRAG_NONE)
    return FALSE;
  gtk_widget_grab_focus (area);
  preview->drag_x = event->x;
  preview->drag_y = event->y;
  if (event->button == 3) {
    preview->drag = DRAG_BEFORE;
    preview->drag_mode = preview->view.mode;
    rw_view_set_mode (&preview->view, RW_VIEW_BEFORE);
    rw_preview_look (preview);
  } else if (event->button == 1 &&
             rw_view_is_on_split (&preview->view, event->x)) {
    preview->drag = DRAG_LINE;
  } else if (event->button < 3) {
    preview->drag = DRAG_PICTURE;
  }
  set_cursor (preview, event->x);
  return TRUE;
}

static gboolean
on_release (GtkWidget *area, GdkEventButton *event, gpointer data)
{
  RwPreview *preview = data;

  if (preview->drag == DRAG_BEFORE) {
    rw_view_set_mode (&preview->view, preview->drag_mode);
    rw_preview_look (preview);
  }
  preview->drag = DRAG_NONE;
  set_cursor (preview, event->x);
  return TRUE;
}

static gboolean
on_motion (GtkWidget *area, GdkEventMotion *event, gpointer data)
{
  RwPreview *preview = data;

  if (preview->drag == DRAG_LINE) {
    rw_view_set_split (&preview->view, event->x);
    gtk_widget_queue_draw (area);
  } else if (preview->drag == DRAG_PICTURE) {
    rw_view_pan (&preview->view, event->x - preview->drag_x,
                 event->y - preview->drag_y);
    preview->drag_x = event->x;
    preview->drag_y = event->y;
    rw_preview_look (preview);
  }
  set_cursor (preview, event->x);
  return TRUE;
}

static gboolean
on_scroll (GtkWidget *area, GdkEventScroll *event, gpointer data)
{
  RwPreview *preview = data;
  const double steps = rw_scroll_get_steps (event);

  if (steps != 0)
    rw_view_step (&preview->view, steps, event->x, event->y);
  rw_preview_look (preview);
  return TRUE;
}

static void
zoom_at_middle (RwPreview *preview, int steps)
{
  rw_view_step (&preview->view, steps, preview->view.area_width / 2.0,
                preview->view.area_height / 2.0);
  rw_preview_look (preview);
}

void
rw_preview_fit (gpointer data)
{
  RwPreview *preview = data;

  rw_view_fit (&preview->view);
  rw_preview_look (preview);
}

void
rw_preview_show_pixels (gpointer data)
{
  RwPreview *preview = data;

  rw_view_zoom_at (&preview->view, 1, preview->view.area_width / 2.0,
                   preview->view.area_height / 2.0);
  rw_preview_look (preview);
}

/* The view of a key: the first letter of After, Before, Split, Double, Change;
 * -1: none. */
static int
get_mode_of_key (guint key)
{
  static const char keys[] = "absdc"; /* in the order of RwViewMode */

  for (int i = 0; keys[i] != '\0'; i++)
    if (key == (guint) keys[i])
      return i;
  return -1;
}

/* Keys of GIMP's own canvas, and one for each view. */
static gboolean
on_key (GtkWidget *area, GdkEventKey *event, gpointer data)
{
  RwPreview *preview = data;
  const int mode = get_mode_of_key (event->keyval);

  if ((event->state & (GDK_CONTROL_MASK | GDK_MOD1_MASK)) != 0)
    return FALSE;
  if (mode >= 0) {
    gtk_combo_box_set_active (GTK_COMBO_BOX (preview->modes), mode);
    return TRUE;
  }
  switch (event->keyval) {
  case '+':
  case '=':
  case GDK_KEY_KP_Add:
    zoom_at_middle (preview, 1);
    return TRUE;
  case '-':
  case GDK_KEY_KP_Subtract:
    zoom_at_middle (preview, -1);
    return TRUE;
  case '1':
  case GDK_KEY_KP_1:
    rw_preview_show_pixels (preview);
    return TRUE;
  case '0':
  case GDK_KEY_KP_0:
    rw_preview_fit (preview);
    return TRUE;
  default:
    return FALSE;
  }
}

void
rw_preview_listen (RwPreview *preview)
{
  GtkWidget *area = preview->area;

  gtk_widget_set_can_focus (area, TRUE);
  gtk_widget_add_events (area, GDK_BUTTON_PRESS_MASK |
                                   GDK_BUTTON_RELEASE_MASK |
                                   GDK_POINTER_MOTION_MASK | GDK_SCROLL_MASK |
                                   GDK_KEY_PRESS_MASK);
  g_signal_connect (area, "button-press-event", G_CALLBACK (on_press),
                    preview);
  g_signal_connect (area, "button-release-event", G_CALLBACK (on_release),
                    preview);
  g_signal_connect (area, "motion-notify-event", G_CALLBACK (on_motion),
                    preview);
  g_signal_connect (area, "scroll-event", G_CALLBACK (on_scroll), preview);
  g_signal_connect (area, "key-press-event", G_CALLBACK (on_key), preview);
}
