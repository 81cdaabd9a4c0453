/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A number as a slider and an entry beside each other, the slider's positions
 * along a curve.
 */
#pragma once

#include "widgets.h"

G_BEGIN_DECLS

typedef struct RwSlider RwSlider;

typedef struct {
  const char *label; /* with a mnemonic */
  const char *blurb;
  double low, high;
  double gamma; /* the value is low + (high - low) * position^gamma */
  int digits;   /* behind the point */
} RwSliderLook;

/* Fills three columns of a row of @grid.  @changed is called with @data after
 * the user changed the value. */
RwSlider *rw_slider_new (GtkWidget *grid,
                         int row,
                         const RwSliderLook *look,
                         void (*changed) (gpointer data),
                         gpointer data);

/* Its widgets go with their parent. */
void rw_slider_free (RwSlider *slider); /* accepts NULL */

double rw_slider_get (const RwSlider *slider);

/* Whether it is this one's user who is heard: while its @changed is called. */
gboolean rw_slider_was_moved (const RwSlider *slider);

/* Does not call @changed. */
void rw_slider_set (RwSlider *slider, double value);

void rw_slider_set_sensitive (RwSlider *slider, gboolean sensitive);
void rw_slider_grab_focus (RwSlider *slider);

G_END_DECLS
