/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Finds which part of each result is needed, from the net's result backwards.
 */
#include "nets/infer/band-wanted.h"

#include <string.h>

#include "layers/conv/tiles.h"

static int
down_to (int a, int unit)
{
  return a / unit * unit;
}

static void
want (
    RwResult *result, const RwShape *shape, int first, int end, int x0, int x1)
{
  const gboolean fresh = result->end == 0;

  first = CLAMP (first, 0, shape->h);
  end = CLAMP (end, 0, shape->h);
  x0 = CLAMP (x0, 0, shape->w);
  x1 = CLAMP (x1, 0, shape->w);
  result->first = fresh ? first : MIN (result->first, first);
  result->end = MAX (result->end, end);
  result->column = fresh ? x0 : MIN (result->column, x0);
  result->end_column = MAX (result->end_column, x1);
}

/* ---- where tiles begin ------------------------------------------------- */

static int
common_multiple (int a, int b)
{
  int m = a;

  while (m % b != 0)
    m += a;
  return m;
}

/* How many rows the wanted part of a stage's result grows by at a time, and
 * how many lie between two places where tiles may begin. */
static int
row_unit (const RwNet *net, const RwStage *stage)
{
  return common_multiple (
      2, rw_layer_get_window (net->nodes[stage->node].layer).divide);
}

static int
row_period (const RwNet *net, const RwStage *stage)
{
  return common_multiple (
      RW_TILE, rw_layer_get_window (net->nodes[stage->node].layer).divide);
}

static int
column_unit (const RwNet *net, const RwStage *stage)
{
  const int divide =
      rw_layer_get_window (net->nodes[stage->node].layer).divide;

  return stage->upsampled ? common_multiple (2, divide) : divide;
}

/* The rows that source @k of a stage has to grow by where the result grows by
 * @rows at both ends; @all: of the result, an aligned part. */
static int
source_margin (const RwNet *net,
               const RwStage *stage,
               int k,
               int rows,
               int all,
               int all_source)
{
  int y0, y1;

  rw_stage_window (net, stage, k, -rows, all + rows, &y0, &y1);
  return MAX (-y0, y1 - all_source);
}

void
rw_band_find_margins (const RwNet *net,
                      const RwStage *stages,
                      int n_stages,
                      int *margins)
{
  g_autofree RwShape *shapes = g_new0 (RwShape, net->n_nodes);

  memset (margins, 0, sizeof *margins * (gsize) net->n_nodes);
  if (net->fixed)
    return;
  rw_net_shapes (net, 1, 16 * RW_TILE * net->align, 16 * net->align, shapes);
  for (int i = n_stages - 1; i >= 0; i--) {
    const RwStage *stage = &stages[i];
    int *own = &margins[stage->result];

    *own = rw_up_to (*own, row_unit (net, stage));
    for (int k = 0; k < stage->n_sources; k++) {
      const int source = stage->sources[k];

      margins[source] =
          MAX (margins[source],
               source_margin (net, stage, k, *own, shapes[stage->result].h,
                              shapes[source].h));
    }
    if (stage->addend >= 0)
      margins[stage->addend] = MAX (margins[stage->addend], *own);
  }
}

/* ---- what is wanted ---------------------------------------------------- */

/* Rows outwards to whole tiles, such that those of an aligned part and its
 * margins are whole. */
static void
widen_rows (const RwNet *net,
            const RwStage *stage,
            int margin,
            const RwShape *shape,
            RwResult *r)
{
  const int period = row_period (net, stage),
            beyond = rw_up_to (margin, period) - margin;

  r->first =
      MAX (down_to (r->first + period - beyond, period) - period + beyond, 0);
  r->end = MIN (rw_up_to (r->end + period - beyond, period) - period + beyond,
                shape->h);
}

void
rw_band_find_wanted (const RwNet *net, RwBandPlan *s, const RwWanted *wanted)
{
  const int out = rw_net_output_node (net);

  want (&s->results[out], &s->shapes[out], wanted->y,
        wanted->y + wanted->height, wanted->x, wanted->x + wanted->width);
  for (int i = s->n_stages - 1; i >= 0; i--) {
    const RwStage *stage = &s->stages[i];
    RwResult *r = &s->results[stage->result];
    const RwShape *shape = &s->shapes[stage->result];
    const int unit = column_unit (net, stage);

    widen_rows (net, stage, s->margins[stage->result], shape, r);
    r->column = down_to (r->column, unit);
    r->end_column = MIN (rw_up_to (r->end_column, unit), shape->w);
    for (int k = 0; k < stage->n_sources; k++) {
      int y0, y1, x0, x1;

      rw_stage_window (net, stage, k, r->first, r->end, &y0, &y1);
      rw_stage_window (net, stage, k, r->column, r->end_column, &x0, &x1);
      want (&s->results[stage->sources[k]], &s->shapes[stage->sources[k]], y0,
            y1, x0, x1);
    }
    if (stage->addend >= 0)
      want (&s->results[stage->addend], shape, r->first, r->end, r->column,
            r->end_column);
  }
}

void
rw_band_find_until (const RwNet *net,
                    const RwBandPlan *plan,
                    const RwWanted *wanted,
                    int step,
                    RwResult *until)
{
  const RwSteps *steps = &plan->steps;
  RwBandPlan part = *plan;
  RwWanted rows = *wanted;

  if (step < steps->n - 1)
    rows.height =
        MIN (rows.height, steps->end + step * steps->advance - rows.y);
  part.results = until;
  memset (until, 0, sizeof (RwResult) * (gsize) net->n_nodes);
  rw_band_find_wanted (net, &part, &rows);
}
