/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The preview's parts: preview.c does the work, preview-input.c hears pointer
 * and keys.
 */
#pragma once

#include "kept.h"
#include "painter.h"
#include "preview-job.h"
#include "preview.h"
#include "screen.h"
#include "view.h"

G_BEGIN_DECLS

struct RwPreview {
  const RwTaskInfo *task;
  RwItem item;
  RwModel *model;
  RwSliders sliders;
  RwView view;
  RwKept *kept;
  RwPainter *painter;
  RwScreen screen;
  gboolean has_screen;
  GtkWidget *widget;
  GtkWidget *area;
  GtkWidget *modes;
  GtkWidget *zoom;
  GThreadPool *worker;
  RwPreviewJob *job; /* the worker's, or on its way back; NULL: none */
  guint number;      /* of the settings; a job of another one is old */
  guint idle, watch;
  gboolean closed;
  gboolean is_gone;
  gboolean failed; /* at the present settings */
  enum { DRAG_NONE, DRAG_PICTURE, DRAG_LINE, DRAG_BEFORE } drag;
  double drag_x, drag_y;
  RwViewMode drag_mode;   /* to go back to */
  double seconds, pixels; /* that runs of the model took, and made */
  void (*problem) (gpointer data, const char *message, gboolean is_gone);
  void (*pace) (gpointer data, double seconds);
  gpointer data;
};

/* Connects the area with pointer and keys. */
void rw_preview_listen (RwPreview *preview);

/* After any change of the view. */
void rw_preview_look (RwPreview *preview);

/* Show all of the picture, or each of its pixels as one of the screen's;
 * @data is the preview. */
void rw_preview_fit (gpointer data);
void rw_preview_show_pixels (gpointer data);

G_END_DECLS
