/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two adjustments, of the position and of the value, that follow each other.
 */
#include "slider.h"

#include <math.h>

#define SCALE_WIDTH 150 /* pixels */
#define STEPS 100       /* of the arrow keys from end to end */

struct RwSlider {
  double low, high, gamma;
  int digits;
  GtkAdjustment *position, *value;
  GtkWidget *label, *scale, *entry;
  gboolean moved; /* by the user, just now */
  gboolean quiet; /* one follows the other, or the program */
  void (*changed) (gpointer data);
  gpointer data;
};

static double
to_value (const RwSlider *slider, double position)
{
  const double unit = pow (10, slider->digits);
  const double value = slider->low + (slider->high - slider->low) *
                                         pow (position, slider->gamma);

  return CLAMP (floor (value * unit + 0.5) / unit, slider->low, slider->high);
}

static double
to_position (const RwSlider *slider, double value)
{
  const double share = (value - slider->low) / (slider->high - slider->low);

  return pow (CLAMP (share, 0, 1), 1 / slider->gamma);
}

static void
follow (RwSlider *slider, GtkAdjustment *follower, double to)
{
  slider->quiet = TRUE;
  gtk_adjustment_set_value (follower, to);
  slider->quiet = FALSE;
  slider->moved = TRUE;
  slider->changed (slider->data);
  slider->moved = FALSE;
}

static void
on_position (GtkAdjustment *position, gpointer data)
{
  RwSlider *slider = data;

  if (!slider->quiet)
    follow (slider, slider->value,
            to_value (slider, gtk_adjustment_get_value (position)));
}

static void
on_value (GtkAdjustment *value, gpointer data)
{
  RwSlider *slider = data;

  if (!slider->quiet)
    follow (slider, slider->position,
            to_position (slider, gtk_adjustment_get_value (value)));
}

static void
make_widgets (RwSlider *slider, const RwSliderLook *look)
{
  const double step = pow (10, -look->digits);

  slider->position = GTK_ADJUSTMENT (
      gtk_adjustment_new (0, 0, 1, 1.0 / STEPS, 10.0 / STEPS, 0));
  slider->value = GTK_ADJUSTMENT (gtk_adjustment_new (
      look->low, look->low, look->high, step, step * 10, 0));
  slider->label = gtk_label_new_with_mnemonic (look->label);
  slider->scale = rw_scale_new (slider->position);
  slider->entry =
      gtk_spin_button_new (slider->value, step, (guint) look->digits);
  rw_label_align_left (slider->label);
  gtk_scale_set_draw_value (GTK_SCALE (slider->scale), FALSE);
  gtk_widget_set_size_request (slider->scale, SCALE_WIDTH, -1);
  gtk_label_set_mnemonic_widget (GTK_LABEL (slider->label), slider->scale);
  gtk_widget_set_tooltip_text (slider->label, look->blurb);
  gtk_widget_set_tooltip_text (slider->scale, look->blurb);
  gtk_widget_set_tooltip_text (slider->entry, look->blurb);
  gtk_entry_set_activates_default (GTK_ENTRY (slider->entry), TRUE);
}

RwSlider *
rw_slider_new (GtkWidget *grid,
               int row,
               const RwSliderLook *look,
               void (*changed) (gpointer data),
               gpointer data)
{
  RwSlider *slider = g_new0 (RwSlider, 1);

  slider->low = look->low;
  slider->high = look->high;
  slider->gamma = look->gamma;
  slider->digits = look->digits;
  slider->changed = changed;
  slider->data = data;
  make_widgets (slider, look);
  rw_grid_attach (grid, slider->label, 0, row, 1, FALSE);
  rw_grid_attach (grid, slider->scale, 1, row, 1, TRUE);
  rw_grid_attach (grid, slider->entry, 2, row, 1, FALSE);
  g_signal_connect (slider->position, "value-changed",
                    G_CALLBACK (on_position), slider);
  g_signal_connect (slider->value, "value-changed", G_CALLBACK (on_value),
                    slider);
  return slider;
}

void
rw_slider_free (RwSlider *slider)
{
  g_free (slider);
}

gboolean
rw_slider_was_moved (const RwSlider *slider)
{
  return slider->moved;
}

double
rw_slider_get (const RwSlider *slider)
{
  return gtk_adjustment_get_value (slider->value);
}

void
rw_slider_set (RwSlider *slider, double value)
{
  slider->quiet = TRUE;
  gtk_adjustment_set_value (slider->value, value);
  gtk_adjustment_set_value (slider->position, to_position (slider, value));
  slider->quiet = FALSE;
}

void
rw_slider_set_sensitive (RwSlider *slider, gboolean sensitive)
{
  gtk_widget_set_sensitive (slider->label, sensitive);
  gtk_widget_set_sensitive (slider->scale, sensitive);
  gtk_widget_set_sensitive (slider->entry, sensitive);
}

void
rw_slider_grab_focus (RwSlider *slider)
{
  gtk_widget_grab_focus (slider->scale);
}
