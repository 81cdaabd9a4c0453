/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the weights of a net say without a picture.
 */
#include "explain/inspect.h"

#include "nets/quant.h"
#include "weights/half.h"

#include <math.h>
#include <string.h>

/* ---- one layer ---------------------------------------------------------- */

/* The weights of one layer as the file has them. */
typedef struct {
  float *values;
  const RwParam *param;
  gboolean inputs_first; /* dims are in, out, ...: deconv */
} Matrix;

/* Of weight @i. */
static gsize
get_output (const Matrix *m, gsize i)
{
  const RwParam *p = m->param;
  gsize behind = 1; /* weights behind one of the first two dimensions */

  for (int d = 2; d < p->n_dims; d++)
    behind *= p->dims[d];
  return m->inputs_first ? i / behind % p->dims[1]
                         : i / (p->n_values / p->dims[0]);
}

static gsize
count_outputs (const Matrix *m)
{
  return m->param->dims[m->inputs_first ? 1 : 0];
}

static void
report_norms (const Matrix *m, RwLayerReport *report)
{
  const gsize n = count_outputs (m);
  g_autofree double *norms = g_new0 (double, n);
  double squares = 0;

  for (gsize i = 0; i < m->param->n_values; i++) {
    const double w = (double) m->values[i];
    norms[get_output (m, i)] += w * w;
    squares += w * w;
    report->most = MAX (report->most, fabs (w));
  }
  report->rms = sqrt (squares / (double) m->param->n_values);
  report->norm_least = G_MAXDOUBLE;
  for (gsize k = 0; k < n; k++) {
    norms[k] = sqrt (norms[k]);
    report->norm_least = MIN (report->norm_least, norms[k]);
    report->norm_most = MAX (report->norm_most, norms[k]);
    report->norm_mean += norms[k] / (double) n;
  }
  for (gsize k = 0; k < n; k++)
    if (norms[k] <= RW_INSPECT_DEAD * report->norm_most) {
      const int channel = (int) k;
      g_array_append_val (report->dead, channel);
    }
}

static void
report_bins (const Matrix *m, RwLayerReport *report)
{
  for (gsize i = 0; i < m->param->n_values; i++) {
    const double place =
        report->most > 0 ? (double) m->values[i] / report->most : 0;
    const int bin = (int) ((place + 1) / 2 * RW_INSPECT_BINS);
    report->bins[CLAMP (bin, 0, RW_INSPECT_BINS - 1)]++;
  }
}

/* As 8 bits with a scale for each output channel, and as halves. */
static void
report_rounding (const Matrix *m, RwLayerReport *report)
{
  const gsize n = m->param->n_values;
  g_autofree double *scales = g_new0 (double, count_outputs (m));
  double int8 = 0, f16 = 0;

  for (gsize i = 0; i < n; i++) {
    double *scale = &scales[get_output (m, i)];
    *scale = MAX (*scale, fabs ((double) m->values[i]) / 127);
  }
  for (gsize i = 0; i < n; i++) {
    const double w = (double) m->values[i], scale = scales[get_output (m, i)];
    const double a = scale > 0 ? w - rint (w / scale) * scale : 0;
    const double b =
        w - (double) rw_half_to_float (rw_half_from_float (m->values[i]));
    int8 += a * a;
    f16 += b * b;
  }
  if (report->rms > 0) {
    report->int8_error = sqrt (int8 / (double) n) / report->rms;
    report->f16_error = sqrt (f16 / (double) n) / report->rms;
  }
}

static void
clear_report (gpointer report)
{
  g_array_unref (((RwLayerReport *) report)->dead);
}

/* Whether the first parameter of @view is a matrix, which gdn's is not. */
static gboolean
has_weights (const RwNet *net, const RwNodeView *view)
{
  return view->n_params > 0 &&
         rw_net_get_param (net, view->first_param)->n_outputs > 0;
}

static RwNodeView *
view_net (const RwNet *net)
{
  RwNodeView *views = g_new (RwNodeView, rw_net_get_n_nodes (net));
  int height = rw_net_get_align (net), width = height;

  rw_net_get_size (net, &width, &height);
  rw_net_view (net, height, width, views);
  return views;
}

GArray *
rw_inspect_weights (const RwNet *net, const float *params)
{
  const int n = rw_net_get_n_nodes (net);
  g_autofree RwNodeView *views = view_net (net);
  GArray *reports = g_array_new (FALSE, FALSE, sizeof (RwLayerReport));
  int n_seen = 0; /* parameters: those of later rounds are the first's */

  g_array_set_clear_func (reports, clear_report);
  for (int i = 1; i < n; i++) {
    const RwNodeView *view = &views[i];
    if (view->first_param < n_seen || !has_weights (net, view))
      continue;
    n_seen = view->first_param + view->n_params;
    const RwParam *param = rw_net_get_param (net, view->first_param);
    g_autofree float *values = g_new (float, param->n_values);
    const Matrix matrix = { values, param,
                            g_str_equal (view->kind, "deconv") };
    RwLayerReport report = { .node = i,
                             .n_outputs = count_outputs (&matrix),
                             .n_values = param->n_values,
                             .dead =
                                 g_array_new (FALSE, FALSE, sizeof (int)) };

    rw_net_export_param (net, view->first_param, params, values);
    report_norms (&matrix, &report);
    report_bins (&matrix, &report);
    report_rounding (&matrix, &report);
    g_array_append_val (reports, report);
  }
  return reports;
}

/* ---- the first layer ---------------------------------------------------- */

/* The first convolution, and the unshuffle between it and the input, if
 * nothing else is. */
static int
find_first (const RwNet *net, const RwNodeView *views, int *factor)
{
  *factor = 1;
  for (int i = 1; i < rw_net_get_n_nodes (net); i++) {
    const RwNodeView *view = &views[i];
    if (g_str_equal (view->kind, "unshuffle") && view->inputs[0] == 0)
      *factor = views[0].height / view->height;
    if (!has_weights (net, view))
      continue;
    const int from = view->inputs[0];
    const gboolean sees =
        from == 0 || (g_str_equal (views[from].kind, "unshuffle") &&
                      views[from].inputs[0] == 0);
    *factor = from == 0 ? 1 : *factor;
    return sees && g_str_equal (view->kind, "conv") ? i : -1;
  }
  return -1;
}

float *
rw_inspect_first_kernels (
    const RwNet *net, const float *params, int rgb, int *n, int *side)
{
  g_autofree RwNodeView *views = view_net (net);
  int f;
  const int node = find_first (net, views, &f);

  if (node < 0)
    return NULL;
  const RwParam *param = rw_net_get_param (net, views[node].first_param);
  const int k = (int) param->dims[3], n_in = (int) param->dims[1];
  g_autofree float *values = g_new (float, param->n_values);

  *n = (int) param->dims[0];
  *side = k * f;
  float *kernels = g_new0 (float, (gsize) (*n * *side * *side) * 3);
  rw_net_export_param (net, views[node].first_param, params, values);
  for (int o = 0; o < *n; o++)
    for (int y = 0; y < *side; y++)
      for (int x = 0; x < *side; x++)
        for (int c = 0; c < 3; c++) {
          /* channel c of the picture is channels c f^2 ... of the unshuffle */
          const int in = (rgb + c) * f * f + y % f * f + x % f;
          kernels[((o * *side + y) * *side + x) * 3 + c] =
              values[((o * n_in + in) * k + y / f) * k + x / f];
        }
  return kernels;
}
