/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The table of filters.
 */
#include "filters.h"

const RwFilter rw_filters[] = {
  {
      .task = "denoise",
      .procedure = "plug-in-reweave-denoise",
      .label = "Reweave _Denoise...",
      .title = "Reweave Denoise",
      .blurb = "Remove noise with a trained autoencoder",
      .help = "Restores the picture with a small neural network that was "
              "trained to undo noise.  Works on layers, layer masks and "
              "channels of any precision; looks at the surroundings of a "
              "selection and changes only what is selected; leaves alpha as "
              "it is.  Of a layer group every layer in it is restored.  "
              "Level is the standard deviation of the noise in 8-bit steps; "
              "0 measures it for each layer.  Weights are the path of a "
              "weight file, the name of an installed one, or empty for the "
              "one that comes with the plug-in.",
      .done = "denoised",
      .level_label = "Le_vel:",
      .level_blurb = "Standard deviation of the noise in 8-bit steps",
      .level_max = 75,
      .level_default = 25,
  },
};

const int rw_n_filters = G_N_ELEMENTS (rw_filters);

const RwFilter *
rw_filter_find (const char *procedure)
{
  for (int i = 0; i < rw_n_filters; i++) {
    if (g_str_equal (rw_filters[i].procedure, procedure))
      return &rw_filters[i];
  }
  return NULL;
}
