/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "restore/blind-change.h"

#include "base/parallel.h"
#include "base/sort.h"

#include <math.h>

enum { AT_ONCE = 4 }; /* patches in one run */

/* Of lightness (Rec. 601) over @n_pixels. */
static double
measure_deviation (const float *input,
                   int in_stride,
                   const float *output,
                   int out_stride,
                   gsize n_pixels)
{
  static const double luma[3] = { 0.299, 0.587, 0.114 };
  double sum = 0, squares = 0;

  for (gsize i = 0; i < n_pixels; i++) {
    double change = 0;

    for (int c = 0; c < 3; c++)
      change +=
          luma[c] * ((double) output[i * (gsize) out_stride + (gsize) c] -
                     (double) input[i * (gsize) in_stride + (gsize) c]);
    sum += change;
    squares += change * change;
  }
  const double n = (double) n_pixels, mean = sum / n;
  return 255 * sqrt (MAX (0, squares / n - mean * mean));
}

/* @size: number of patches, no more than AT_ONCE, height and width; @cut:
 * height and width of what is used of each. */
static gboolean
measure_some (const RwModel *model,
              RwRun *run,
              const float *rgb,
              const int size[3],
              const int cut[2],
              double *deviations,
              GError **error)
{
  const RwFeed *feed = &model->feed;
  const RwTold nothing = { 0 };
  const int n = size[0], height = cut[0], width = cut[1];
  const int lanes = rw_channel_stride (3);
  const gsize n_pixels = (gsize) height * (gsize) width;

  if (!rw_run_prepare (run, n, height, width, error))
    return FALSE;
  float *input = rw_run_get_input (run);
  for (int i = 0; i < n; i++)
    for (int y = 0; y < height; y++) {
      const gsize from =
          ((gsize) i * (gsize) size[1] + (gsize) y) * (gsize) size[2];
      const gsize to = (gsize) i * n_pixels + (gsize) y * (gsize) width;

      rw_feed_fill (feed, rgb + 3 * from, NULL, &nothing, (gsize) width,
                    input + to * (gsize) feed->stride);
    }
  rw_run_forward (run, model->pack);
  const float *output = rw_run_get_output (run);
  for (int i = 0; i < n; i++) {
    const gsize at = (gsize) i * n_pixels;

    deviations[i] = measure_deviation (
        input + at * (gsize) feed->stride + feed->rgb, feed->stride,
        output + at * (gsize) lanes, lanes, n_pixels);
  }
  return TRUE;
}

gboolean
rw_blind_change (const RwModel *model,
                 const float *rgb,
                 int n,
                 int height,
                 int width,
                 double *change,
                 GError **error)
{
  const int align = rw_net_get_align (model->weights->net);
  const int cut[] = { height - height % align, width - width % align };
  g_autofree double *deviations = g_new (double, (gsize) n);
  gboolean good = TRUE;

  *change = NAN;
  if (n == 0 || cut[0] == 0 || cut[1] == 0)
    return TRUE;
  RwRun *run = rw_run_new (model->weights->net, RW_RUN_INFER,
                           rw_parallel_get_workers ());
  for (int i = 0; i < n && good; i += AT_ONCE) {
    const int size[] = { MIN (AT_ONCE, n - i), height, width };

    good = measure_some (model, run,
                         rgb + 3 * (gsize) i * (gsize) height * (gsize) width,
                         size, cut, deviations + i, error);
  }
  rw_run_free (run);
  if (good) {
    rw_sort_doubles (deviations, (gsize) n);
    *change = deviations[n / 2];
  }
  return good;
}
