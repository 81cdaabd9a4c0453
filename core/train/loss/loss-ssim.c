/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * ssim: 1 - the mean of the structural similarity over places and channels;
 * see train/loss/ssim.h.
 */
#include "train/loss/ssim.h"

/* Distances and slopes of the channels, in floats: a double is two. */
static gsize
count_channels (const RwLossShape *shape)
{
  return 2 * sizeof (double) / sizeof (float) * (gsize) shape->channels;
}

static gsize
count_scratch (const RwLossShape *shape, double param)
{
  return (RW_SSIM_MOMENTS + 2) * rw_ssim_count_plane (shape) +
         count_channels (shape);
}

static double
evaluate (const RwLossPass *pass)
{
  const int channels = pass->shape.channels;
  const gsize n = rw_ssim_count_plane (&pass->shape);
  double *const distances = (double *) (pass->scratch + 6 * n);
  double *const slopes = distances + channels;
  RwSsimScale scale = { .shape = pass->shape,
                        .luminance = TRUE,
                        .y = pass->y,
                        .target = pass->target,
                        .dy = pass->dy,
                        .work = pass->scratch };
  double sum = 0;

  for (int i = 0; i < RW_SSIM_MOMENTS; i++)
    scale.moments[i] = pass->scratch + (gsize) (2 + i) * n;
  rw_ssim_measure (&scale, distances);
  for (int c = 0; c < channels; c++) {
    sum += distances[c];
    slopes[c] = pass->weight / channels;
  }
  rw_ssim_add_gradient (&scale, slopes);
  return sum / channels;
}

const RwLoss rw_loss_ssim = {
  .name = "ssim",
  .summary = "1 - structural similarity, 11 x 11 Gaussian window (Wang et al. "
             "2004)",
  .count_scratch = count_scratch,
  .evaluate = evaluate,
};
