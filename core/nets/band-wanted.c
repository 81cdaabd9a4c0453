/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is wanted of each result, from the net's result backwards.
 */
#include "nets/band-wanted.h"

#include <string.h>

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
    const int unit = rw_stage_unit (net, stage);

    r->first = down_to (r->first, unit);
    r->end = MIN (rw_up_to (r->end, unit), shape->h);
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
    rows.height = steps->end + step * steps->advance - rows.y;
  part.results = until;
  memset (until, 0, sizeof (RwResult) * (gsize) net->n_nodes);
  rw_band_find_wanted (net, &part, &rows);
}
