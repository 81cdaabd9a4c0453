/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How far around a part of the picture its layers read when they make whole
 * tiles.
 */
#include "layers/tiles.h"
#include "nets/band-wanted.h"

#include <string.h>

typedef struct {
  const RwNet *net;
  RwBandPlan plan; /* stages, shapes and results alone */
} Search;

/* Rows of the input above and below @height rows of the result at @y, with as
 * many of the picture around that no edge is met. */
static void
look_around (Search *s, int y, int height, int *up, int *down)
{
  RwBandPlan *plan = &s->plan;
  const RwWanted rows = { .y = y, .width = 1, .height = height };

  memset (plan->results, 0, sizeof (RwResult) * (gsize) s->net->n_nodes);
  rw_band_find_wanted (s->net, plan, &rows);
  *up = y - plan->results[0].first;
  *down = plan->results[0].end - y - height;
}

int
rw_net_get_reach (const RwNet *net, int *above, int *below)
{
  const int n = net->n_nodes, align = net->align, period = RW_TILE * align;
  const int far = rw_up_to (2 * net->halo + 8 * period, period);
  g_autofree RwStage *stages = g_new0 (RwStage, n);
  g_autofree RwShape *shapes = g_new0 (RwShape, n);
  g_autofree RwResult *results = g_new (RwResult, n);
  Search s = { .net = net,
               .plan = { .stages = stages,
                         .n_stages = rw_stages_find (net, stages),
                         .shapes = shapes,
                         .results = results } };
  int up, down;

  rw_net_shapes (net, 1, 3 * far, align, shapes);
  *above = rw_up_to (net->halo, align) - align;
  do {
    *above += align;
    look_around (&s, far + *above, period, &up, &down);
  } while (up > *above);
  *below = rw_up_to (MAX (net->halo, down), align);
  return period;
}
