/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The curves of a training.
 */
#include "train/train-curve.h"

#include "plot/plot.h"

#include "io/files.h"
#include "reweave.h"

#include <math.h>
#include <string.h>

#define MAX_BYTES ((gsize) 2 << 30)
#define MAX_POINTS 200 /* of a curve: some four pixels each */

/* Columns of the log. */
enum { STEP, LOSS, RATE, NORM, VALIDATION, TRAINING, N_COLUMNS };

typedef struct {
  GArray *columns[N_COLUMNS]; /* of double; NaN where nothing stands */
} Table;

/* ---- reading ------------------------------------------------------------ */

static void
add_row (Table *table, const char *line)
{
  for (int i = 0; i < N_COLUMNS; i++) {
    char *end = NULL;
    double value = g_ascii_strtod (line, &end);
    if (end == line)
      value = NAN;
    g_array_append_val (table->columns[i], value);
    line = strchr (line, ',');
    if (line++ == NULL)
      line = "";
  }
}

static gboolean
read_table (Table *table, const char *log, GError **error)
{
  g_autoptr (GBytes) bytes = rw_file_read (log, MAX_BYTES, error);

  for (int i = 0; i < N_COLUMNS; i++)
    table->columns[i] = g_array_new (FALSE, FALSE, sizeof (double));
  if (bytes == NULL)
    return FALSE;
  gsize n = 0;
  const char *data = g_bytes_get_data (bytes, &n);
  g_autofree char *text = g_strndup (data, n);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (int i = 1; lines[i] != NULL; i++) /* after the header */
    if (lines[i][0] != '\0')
      add_row (table, lines[i]);
  return TRUE;
}

static void
clear_table (Table *table)
{
  for (int i = 0; i < N_COLUMNS; i++)
    g_array_unref (table->columns[i]);
}

static double
get (const Table *table, int column, gsize row)
{
  return g_array_index (table->columns[column], double, row);
}

/* ---- curves ------------------------------------------------------------- */

/* Means of @column over spans of rows, at most MAX_POINTS of them; rows
 * without a value are left out.  @xy: x, then y, each of n. */
static RwCliSeries
make_series (const Table *table, int column, const char *name, GArray *xy[2])
{
  const gsize n = table->columns[STEP]->len;
  const gsize span = MAX (1, (n + MAX_POINTS - 1) / MAX_POINTS);

  for (gsize first = 0; first < n; first += span) {
    double x = 0, y = 0;
    int count = 0;
    for (gsize i = first; i < MIN (first + span, n); i++) {
      if (isnan (get (table, column, i)))
        continue;
      x += get (table, STEP, i);
      y += get (table, column, i);
      count++;
    }
    if (count == 0)
      continue;
    x /= count;
    y /= count;
    g_array_append_val (xy[0], x);
    g_array_append_val (xy[1], y);
  }
  return (RwCliSeries){ .name = name,
                        .x = (const double *) (void *) xy[0]->data,
                        .y = (const double *) (void *) xy[1]->data,
                        .n = xy[0]->len };
}

/* "best: 30.97 dB at step 4000", or NULL.  (transfer full) */
static char *
find_best (const Table *table, double *step)
{
  const gsize n = table->columns[STEP]->len;
  double best = -INFINITY;

  for (gsize i = 0; i < n; i++)
    if (get (table, VALIDATION, i) > best) {
      best = get (table, VALIDATION, i);
      *step = get (table, STEP, i);
    }
  return isfinite (best)
             ? g_strdup_printf ("best: %.2f dB at step %.0f", best, *step)
             : NULL;
}

gboolean
rw_cli_train_curve_save (const char *log,
                         const char *title,
                         const char *loss,
                         const char *path,
                         GError **error)
{
  static const int columns[] = { LOSS, VALIDATION, TRAINING, RATE };
  static const char *const names[] = { "training loss", "validation",
                                       "training", "learning rate" };
  Table table;
  GArray *xy[4][2];
  RwCliSeries series[4];
  double best_step = 0;

  gboolean good = read_table (&table, log, error);
  g_autofree char *best = find_best (&table, &best_step);
  for (int i = 0; i < 4; i++) {
    for (int k = 0; k < 2; k++)
      xy[i][k] = g_array_new (FALSE, FALSE, sizeof (double));
    series[i] = make_series (&table, columns[i], names[i], xy[i]);
  }
  RwCliPanel panels[3] = { { loss, TRUE, &series[0], 1 } };
  int n_panels = 1;
  if (series[1].n > 0)
    panels[n_panels++] =
        (RwCliPanel){ "PSNR, dB", FALSE, &series[1], series[2].n > 0 ? 2 : 1 };
  panels[n_panels++] = (RwCliPanel){ "learning rate", FALSE, &series[3], 1 };
  const RwCliPlot plot = { .title = title,
                           .x_label = "step",
                           .panels = panels,
                           .n_panels = n_panels,
                           .mark_x = best_step,
                           .mark = best };
  good = good && rw_cli_plot_save (&plot, path, error);
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 2; k++)
      g_array_unref (xy[i][k]);
  clear_table (&table);
  return good;
}
