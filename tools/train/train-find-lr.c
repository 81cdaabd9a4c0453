/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave train --find-lr: the sweep as text, CSV and curve.
 */
#include "train/train-find-lr.h"

#include "cli/cli.h"
#include "plot/plot.h"

#include "io/files.h"
#include "reweave.h"
#include "train/find-lr.h"
#include "train/ranks.h"

#include <math.h>
#include <stdio.h>

static gboolean
show (gpointer data, int step, const RwLrPoint *point)
{
  RwCliProgress *progress = data;

  if (rw_cli_progress_is_due (progress)) {
    g_autofree char *text =
        g_strdup_printf ("learning rate %.1e  relative loss %.4f", point->rate,
                         point->relative);
    rw_cli_progress_show (progress, (step + 1.0) / RW_LR_STEPS, text);
  }
  return !rw_cli_is_interrupted ();
}

static gboolean
save_table (const RwLrSearch *search, const char *path, GError **error)
{
  GString *text = g_string_new ("rate,loss,relative,smooth\n");
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  for (int i = 0; i < search->n_points; i++) {
    const RwLrPoint *p = &search->points[i];
    const double values[] = { p->rate, p->loss, p->relative, p->smooth };
    for (int k = 0; k < 4; k++)
      g_string_append_printf (
          text, "%s%c",
          g_ascii_formatd (number, sizeof number, "%.6g", values[k]),
          k < 3 ? ',' : '\n');
  }
  const gboolean good = rw_file_save (path, text->str, text->len, error);
  g_string_free (text, TRUE);
  return good;
}

static gboolean
save_curve (const RwLrSearch *search, const char *path, GError **error)
{
  const gsize n = (gsize) search->n_points;
  g_autofree double *columns = g_new (double, 3 * n);
  double *rate = columns, *loss = columns + n, *smooth = columns + 2 * n;
  g_autofree char *mark =
      isnan (search->suggestion)
          ? NULL
          : g_strdup_printf ("suggestion: %.1e", search->suggestion);

  for (gsize i = 0; i < n; i++) {
    rate[i] = search->points[i].rate;
    loss[i] = search->points[i].relative;
    smooth[i] = search->points[i].smooth;
  }
  const RwCliSeries series[] = { { "one step", rate, loss, n },
                                 { "smoothed", rate, smooth, n } };
  const RwCliPanel panel = { "loss / that of the first weights", TRUE, series,
                             2 };
  const RwCliPlot plot = { .title = "Learning rate",
                           .x_label = "learning rate",
                           .x_log = TRUE,
                           .panels = &panel,
                           .n_panels = 1,
                           .mark_x = search->suggestion,
                           .mark = mark };
  return rw_cli_plot_save (&plot, path, error);
}

/* @curve NULL: none was drawn. */
static void
tell (const RwLrSearch *search,
      const char *table,
      const char *curve,
      gboolean json)
{
  if (!json) {
    if (!isnan (search->suggestion))
      printf ("suggested learning rate: %.1e, where the loss falls most "
              "steeply; it is lowest at %.1e\n",
              search->suggestion, search->lowest);
    g_autofree char *written = rw_cli_show (table);
    g_autofree char *drawn = rw_cli_show (curve != NULL ? curve : "");
    printf ("%d steps: %s%s%s\n", search->n_points, written,
            curve != NULL ? ", " : "", drawn);
    return;
  }
  g_autoptr (JsonBuilder) event = json_builder_new ();
  json_builder_begin_object (event);
  rw_cli_json_string (event, "event", "find-lr");
  rw_cli_json_number (event, "suggestion", search->suggestion);
  rw_cli_json_number (event, "lowest", search->lowest);
  rw_cli_json_integer (event, "n_steps", search->n_points);
  rw_cli_json_string (event, "table", table);
  if (curve != NULL)
    rw_cli_json_string (event, "curve", curve);
  json_builder_end_object (event);
  rw_cli_json_print (event, FALSE);
}

static gboolean
judge (const RwLrSearch *search, GError **error)
{
  if (!isnan (search->suggestion))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "--find-lr: the loss is lowest at the rate %g, the first, "
               "expected it to fall first; is the net trained already, or the "
               "batch too small?",
               search->lowest);
  return FALSE;
}

gboolean
rw_cli_find_lr (const RwTraining *training,
                const RwCliTrainOptions *options,
                GError **error)
{
  g_autofree char *table = g_strconcat (options->out, ".find-lr.csv", NULL);
  g_autofree char *curve =
      options->plot ? g_strdup (options->plot)
      : rw_cli_plot_is_built ()
          ? g_strconcat (options->out, ".find-lr.svg", NULL)
          : NULL;
  RwCliProgress progress;
  RwLrSearch search = { 0 };

  rw_cli_progress_begin (&progress, options->json);
  rw_cli_catch_interrupt ();
  gboolean good = rw_find_lr (training, show, &progress, &search, error);
  rw_cli_progress_clear (&progress);
  if (rw_ranks_lead ())
    good = good && save_table (&search, table, error) &&
           (curve == NULL || save_curve (&search, curve, error));
  if (good && rw_ranks_lead ())
    tell (&search, table, curve, options->json);
  good = good && judge (&search, error);
  rw_lr_search_clear (&search);
  return good;
}
