/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Draws kept pixels with cairo, the way a view looks at them.
 */
#pragma once

#include <cairo.h>

#include "kept.h"
#include "view.h"

G_BEGIN_DECLS

typedef struct RwPainter RwPainter;

/* From straight alpha, coded by the sRGB curve in the picture's space, to the
 * screen's 8-bit RGBA; @n pixels. */
typedef void (*RwToScreen) (gpointer data,
                            const float *rgba,
                            guint8 *bytes,
                            gsize n);

RwPainter *rw_painter_new (RwToScreen to_screen, gpointer data);
void rw_painter_free (RwPainter *painter);

/* @rect of kept pixels is another one now; NULL: all, and the window may be
 * another one. */
void rw_painter_forget (RwPainter *painter, const RwRect *rect);

/* How the change is shown from now on.  Costs nothing where it is as before. */
void rw_painter_set_mix (RwPainter *painter, double strength, double grain);

/* The image's canvas in pixels of the picture, whose edge is drawn where the
 * picture goes beyond it. */
void rw_painter_set_canvas (RwPainter *painter, const RwRect *canvas);

/* Fills the area of @view. */
void rw_painter_draw (RwPainter *painter,
                      cairo_t *cr,
                      const RwView *view,
                      const RwKept *kept);

G_END_DECLS
