/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One block's way: what was read becomes the net's input, the net's output
 * becomes a change, and the change is added to what was read.
 */
#include "image/block-work.h"

#include "base/alloc.h"
#include "image/fill.h"

#include <math.h>
#include <string.h>

/* Of the pixels of @rect, row by row, the one at (x, y). */
static gsize
pixel_index (const RwRect *rect, int x, int y)
{
  return (gsize) (y - rect->y) * rect->width + (x - rect->x);
}

static gsize
rect_area (const RwRect *rect)
{
  return (gsize) rect->width * rect->height;
}

gboolean
rw_block_work_allocate (RwBlockWork *work,
                        const RwModel *model,
                        GError **error)
{
  const int cs =
      rw_channel_stride (rw_net_get_in_channels (model->weights->net));
  const int edge =
      (RW_BLOCK + model->align - 1) / model->align * model->align +
      2 * model->halo;
  const gsize n = (gsize) edge * edge;

  work->rgba =
      rw_try_alloc (n, 4 * sizeof (float), "a block of the picture", error);
  if (work->rgba == NULL)
    return FALSE;
  work->tensor = rw_try_alloc (n, cs * sizeof (float),
                               "a block of the picture for the net", error);
  return work->tensor != NULL;
}

void
rw_block_work_clear (RwBlockWork *work)
{
  rw_free (work->rgba);
  rw_free (work->tensor);
  g_clear_pointer (&work->change, g_bytes_unref);
  g_clear_error (&work->error);
}

gboolean
rw_block_work_has_colour (const RwBlockWork *work)
{
  const RwRect *area = &work->block.area, *input = &work->block.input;

  for (int y = area->y; y < area->y + area->height; y++) {
    const float *rgba = work->rgba + 4 * pixel_index (input, area->x, y);
    for (int x = 0; x < area->width; x++)
      if (rw_pixel_has_colour (rgba + 4 * x))
        return TRUE;
  }
  return FALSE;
}

static void
fill_plane (float *tensor, gsize n, int cs, float value)
{
  for (gsize i = 0; i < n; i++)
    tensor[i * cs] = value;
}

static void
fill_mean (float *tensor, const float *rgb, gsize n, int cs)
{
  for (gsize i = 0; i < n; i++)
    tensor[i * cs] = (rgb[i * cs] + rgb[i * cs + 1] + rgb[i * cs + 2]) / 3;
}

/* Where the net's input has its colour. */
static int
rgb_channel (const RwNet *net)
{
  int channel = 0;

  for (int i = 0; rw_net_get_plane (net, i) != RW_PLANE_RGB; i++)
    channel++;
  return channel;
}

gboolean
rw_block_work_prepare (RwBlockWork *work,
                       const RwBlockSettings *settings,
                       GError **error)
{
  const RwNet *net = settings->model->weights->net;
  const RwRect *input = &work->block.input;
  const int cs = rw_channel_stride (rw_net_get_in_channels (net));
  const gsize n = rect_area (input);
  float *rgb = work->tensor + rgb_channel (net), *plane = work->tensor;

  memset (work->tensor, 0, n * cs * sizeof (float));
  if (!rw_fill_colour (work->rgba, input->height, input->width,
                       (float) settings->model->weights->range_low,
                       (float) settings->model->weights->range_high, rgb, cs,
                       error))
    return FALSE;
  for (int i = 0; i < rw_net_get_n_planes (net); i++)
    switch (rw_net_get_plane (net, i)) {
    case RW_PLANE_RGB:
      plane += 3;
      break;
    case RW_PLANE_GREY:
      fill_mean (plane++, rgb, n, cs);
      break;
    case RW_PLANE_SIGMA:
      fill_plane (plane++, n, cs, (float) (settings->level / 255));
      break;
    }

  const RwRect *area = &work->block.area;
  const int shape[] = { input->width,       input->height, area->x - input->x,
                        area->y - input->y, area->width,   area->height,
                        settings->grey };
  work->key = rw_cache_key_extend (settings->model->key, shape, sizeof shape);
  work->key =
      rw_cache_key_extend (work->key, work->tensor, n * cs * sizeof (float));
  return TRUE;
}

/* What the net made of a pixel less what it was given; 0 for what overflowed,
 * so that no weight file can put NaN into a picture. */
static void
subtract (const float *restored,
          const float *given,
          gboolean grey,
          float *change)
{
  float d[3];

  for (int c = 0; c < 3; c++) {
    d[c] = restored[c] - given[c];
    d[c] = isfinite (d[c]) ? d[c] : 0;
  }
  if (grey)
    change[0] = (d[0] + d[1] + d[2]) / 3;
  else
    memcpy (change, d, sizeof d);
}

/* Sets work->change from a finished run's output, or work->error. */
static void
take_change (RwBlockWork *work,
             const RwBlockSettings *settings,
             const float *output)
{
  const RwRect *area = &work->block.area, *input = &work->block.input;
  const RwNet *net = settings->model->weights->net;
  const int cs_in = rw_channel_stride (rw_net_get_in_channels (net)),
            cs_out = rw_channel_stride (3);
  const float *rgb = work->tensor + rgb_channel (net);
  const int channels = settings->grey ? 1 : 3;

  float *change = rw_try_alloc (rect_area (area), channels * sizeof (float),
                                "a restored block", &work->error);
  if (change == NULL)
    return;
  for (int y = 0; y < area->height; y++) {
    const gsize first = pixel_index (input, area->x, area->y + y);
    float *row = change + (gsize) y * area->width * channels;
    for (int x = 0; x < area->width; x++)
      subtract (output + (first + x) * cs_out, rgb + (first + x) * cs_in,
                settings->grey, row + x * channels);
  }
  work->change = g_bytes_new_with_free_func (
      change, rect_area (area) * channels * sizeof (float), rw_free, change);
}

void
rw_block_work_run (RwBlockWork *work,
                   const RwBlockSettings *settings,
                   RwRun *run)
{
  const RwRect *input = &work->block.input;
  const int cs = rw_channel_stride (
      rw_net_get_in_channels (settings->model->weights->net));

  if (!rw_run_prepare (run, 1, input->height, input->width, &work->error))
    return;
  memcpy (rw_run_get_input (run), work->tensor,
          rect_area (input) * cs * sizeof (float));
  rw_run_forward (run, settings->model->pack);
  take_change (work, settings, rw_run_get_output (run));
}

void
rw_block_work_apply (RwBlockWork *work,
                     const RwBlockSettings *settings,
                     const RwRect *part)
{
  const RwRect *area = &work->block.area, *input = &work->block.input;
  const int channels = settings->grey ? 1 : 3;
  const float *change = g_bytes_get_data (work->change, NULL);

  for (int y = part->y; y < part->y + part->height; y++) {
    float *rgba = work->rgba + 4 * pixel_index (input, part->x, y);
    const float *d = change + channels * pixel_index (area, part->x, y);
    for (int x = 0; x < part->width; x++, rgba += 4, d += channels)
      if (rw_pixel_has_colour (rgba))
        for (int c = 0; c < 3; c++)
          rgba[c] += settings->strength * d[settings->grey ? 0 : c];
  }
}
