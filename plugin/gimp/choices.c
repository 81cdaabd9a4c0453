/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The dialog's rows that are not sliders.
 */
#include "choices.h"

#include "widgets.h"

GtkWidget *
rw_best_choice_new (void (*changed) (gpointer data), gpointer data)
{
  GtkWidget *best =
      gtk_check_button_new_with_mnemonic (_ ("Best quality, ta_kes longer"));

  gtk_widget_set_tooltip_text (best, _ (RW_BEST_BLURB));
  g_signal_connect_swapped (best, "toggled", G_CALLBACK (changed), data);
  return best;
}

GtkWidget *
rw_output_choice_new (const RwTaskInfo *task,
                      void (*changed) (gpointer data),
                      gpointer data)
{
  GtkWidget *output;

  if (task->scale > 1)
    output = gimp_int_combo_box_new (_ ("The whole image"), RW_OUTPUT_IMAGE,
                                     _ ("This layer alone"),
                                     RW_OUTPUT_SAME_LAYER, NULL);
  else
    output = gimp_int_combo_box_new (_ ("This layer"), RW_OUTPUT_SAME_LAYER,
                                     _ ("New layer above"),
                                     RW_OUTPUT_NEW_LAYER, NULL);
  if (rw_output_is_for (RW_OUTPUT_EFFECT, task))
    gimp_int_combo_box_append (GIMP_INT_COMBO_BOX (output),
                               GIMP_INT_STORE_VALUE, RW_OUTPUT_EFFECT,
                               GIMP_INT_STORE_LABEL, _ ("Layer effect"), -1);
  g_signal_connect_swapped (output, "changed", G_CALLBACK (changed), data);
  return output;
}
