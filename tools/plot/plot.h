/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Curves as a picture: panels one above the other that share the x axis, each
 * with its own y axis, its ticks and a legend.
 *
 *   const RwCliSeries loss = { "loss", x, y, n };
 *   const RwCliPanel panel = { "loss", TRUE, &loss, 1 };
 *   rw_cli_plot_save (&(RwCliPlot){ "Training", "step", FALSE, &panel, 1 },
 *                     "curve.png", error);
 */
#pragma once

#include <glib.h>

typedef struct {
  const char *name;    /* in the legend */
  const double *x, *y; /* what is not finite (or, on a logarithmic axis, not
                          above 0) leaves a gap */
  gsize n;
} RwCliSeries;

typedef struct {
  const char *label; /* of the y axis, with its unit */
  gboolean log;      /* y is logarithmic */
  const RwCliSeries *series;
  int n_series;
} RwCliPanel;

typedef struct {
  const char *title, *x_label;
  gboolean x_log;
  const RwCliPanel *panels;
  int n_panels;
  double mark_x;    /* where an upright line crosses all panels, */
  const char *mark; /* and its text, in the first one; or NULL: none */
} RwCliPlot;

/* Whether this build has cairo, and so can plot at all. */
gboolean rw_cli_plot_is_built (void);

/* Whether @path ends in .svg or .png and this build can plot.  To be asked
 * before long work.  RW_ERROR_FORMAT, _MISMATCH. */
gboolean rw_cli_plot_check (const char *path, GError **error);

/* Writes the picture by @path's ending, atomically.  RW_ERROR_IO, and those of
 * rw_cli_plot_check. */
gboolean
rw_cli_plot_save (const RwCliPlot *plot, const char *path, GError **error);
