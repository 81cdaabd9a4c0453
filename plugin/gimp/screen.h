/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From an item's pixels to those of the screen, by the image's colour profile
 * and the monitor's as GIMP's preferences say.
 */
#pragma once

#include "samples.h"
#include "widgets.h"

G_BEGIN_DECLS

typedef struct {
  const Babl *work;              /* what comes in */
  const Babl *coded;             /* what the transform takes */
  const Babl *screen;            /* what comes out without one */
  GimpColorTransform *transform; /* NULL: none is wanted */
} RwScreen;

/* @widget: where the pixels are shown. */
void rw_screen_init (RwScreen *screen, GtkWidget *widget, RwItem item);

void rw_screen_clear (RwScreen *screen);

/* An RwToScreen; @data is the RwScreen. */
void
rw_screen_convert (gpointer data, const float *rgba, guint8 *bytes, gsize n);

G_END_DECLS
