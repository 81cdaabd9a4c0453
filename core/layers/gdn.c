/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * gdn: y[i] = x[i] (beta[i] + sum over j of gamma[i][j] x[j]^2)^(-1/2); see
 * layers/divisive.h.
 */
#include "layers/divisive.h"

static const RwSetting settings[] = { RW_SETTING_END };

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_divisive_forward (p, FALSE);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  rw_divisive_backward (p, FALSE);
}

const RwLayerClass rw_layer_gdn = {
  .name = "gdn",
  .summary = "x over the root of a mix of all squares",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_NEEDS_X,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_SAME, { "o", "oo" } },
  .settings = settings,
  .examples = { "gdn" },
  .shape = rw_layer_same_shape,
  .n_params = rw_divisive_n_params,
  .param = rw_divisive_param,
  .from_file = rw_divisive_from_file,
  .to_file = rw_divisive_to_file,
  .pack_size = rw_divisive_pack_size,
  .pack = rw_divisive_pack,
  .scratch = rw_divisive_scratch,
  .macs = rw_divisive_macs,
  .forward = forward,
  .backward = backward,
};
