/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How far around a part of the picture its layers read when they make whole
 * tiles.
 */
#include "layers/conv/tiles.h"
#include "nets/infer/band-wanted.h"

int
rw_net_get_reach (const RwNet *net, int *above, int *below)
{
  const int period = RW_TILE * net->align;
  g_autofree RwStage *stages = g_new0 (RwStage, net->n_nodes);
  g_autofree int *margins = g_new (int, net->n_nodes);

  rw_band_find_margins (net, stages, rw_stages_find (net, stages), margins);
  *above = rw_up_to (MAX (net->halo, margins[0]), period);
  *below = rw_up_to (MAX (net->halo, margins[0]), net->align);
  return period;
}
