/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The net of a codec, in strips of rows.  A strip is run with as many rows
 * around it as its result depends on.  Strips have fixed places, so that memory
 * and threads change no bit; where one ends, the last bits of a float may be
 * others than without strips.
 */
#include "codec/codec-net.h"

#include "reweave.h"
#include "base/parallel.h"
#include "layers/gain.h"
#include "nets/feed.h"
#include "tasks/sample.h"
#include "tasks/task.h"

#include <math.h>
#include <string.h>

enum {
  STRIP = 1024, /* pixels high: few rows are made twice, and a picture of 6000
                   columns takes some 120 MiB */
  MAX_LATENT = 32767,
};

/* One of the two layers around rounding. */
typedef struct {
  int node, from;    /* what it reads */
  const float *logs; /* [n_rates][stride], in the weights */
  double span;
  int n_rates;
} Gains;

/* One of the two nets. */
typedef struct {
  RwNet *net;
  RwPack *pack;
} Part;

struct RwCodecNet {
  RwWeights *weights;
  RwFeed feed;
  Gains before, after; /* rounding */
  Part analysis, synthesis;
  int n_channels, stride, scale, n_rates;
};

/* ---- opening ------------------------------------------------------------ */

static Gains
describe_gains (const RwWeights *weights, const RwNodeView *view, int node)
{
  const RwNet *net = weights->net;
  const RwParam *param = rw_net_get_param (net, view->first_param);

  return (Gains){
    .node = node,
    .from = view->inputs[0],
    .logs = weights->params + param->inner,
    .span = rw_net_get_node_setting (net, node, "span"),
    .n_rates = (int) rw_net_get_node_setting (net, node, "rates"),
  };
}

/* Its first and its last layer of that kind. */
static gboolean
find_gains (RwCodecNet *self, GError **error)
{
  const RwNet *net = self->weights->net;
  const int n = rw_net_get_n_nodes (net), align = rw_net_get_align (net);
  g_autofree RwNodeView *views = g_new (RwNodeView, n);
  int n_found = 0;

  rw_net_view (net, align, align, views);
  for (int i = 1; i < n; i++) {
    if (!g_str_equal (views[i].kind, "gain"))
      continue;
    const Gains gains = describe_gains (self->weights, &views[i], i);
    *(n_found++ == 0 ? &self->before : &self->after) = gains;
    self->n_channels = views[i].channels;
  }
  self->n_rates = self->before.n_rates;
  self->stride = rw_channel_stride (self->n_channels);
  if (n_found == 2 && self->n_rates == self->after.n_rates &&
      views[self->before.node].channels == self->n_channels)
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "its net has %d layers \"gain\", expected two of as many rates "
      "and channels, one before what is rounded and one behind; train "
      "with another net",
      n_found);
  return FALSE;
}

static gboolean
cut (RwCodecNet *self, Part *part, int first, int last, GError **error)
{
  part->net = rw_net_cut (self->weights->net, first, last, error);
  if (part->net == NULL)
    return FALSE;
  part->pack = rw_pack_new (part->net, RW_RUN_INFER, error);
  if (part->pack == NULL)
    return FALSE;
  rw_pack_update (part->pack, self->weights->params);
  return TRUE;
}

static gboolean
check_scales (RwCodecNet *self, GError **error)
{
  int up, down, up_again, down_again;

  rw_net_get_scale (self->analysis.net, &up, &down);
  rw_net_get_scale (self->synthesis.net, &up_again, &down_again);
  self->scale = down;
  if (up == 1 && down_again == 1 && up_again == down &&
      rw_net_get_align (self->analysis.net) == down &&
      rw_net_get_align (self->synthesis.net) == 1)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "its net makes %d/%d of a picture's width and then %d/%d of "
               "that, expected 1/N and then N; train with another net",
               up, down, up_again, down_again);
  return FALSE;
}

static gboolean
check_plain (const RwCodecNet *self, GError **error)
{
  const RwNet *net = self->weights->net;
  int width, height;

  if (self->weights->quant == NULL && !rw_net_get_size (net, &width, &height))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "its net works with 8 bits or has a fixed size, expected one "
               "that does neither; train without quantise and \"size=\"");
  return FALSE;
}

static gboolean
open_net (RwCodecNet *self, const char *name, GError **error)
{
  RwWeights *weights = self->weights;
  const RwTask *task = rw_task_find ("compress", error);

  return task != NULL &&
         rw_weights_check_task (weights, name, task->info.name, error) &&
         check_plain (self, error) && find_gains (self, error) &&
         rw_feed_init (&self->feed, weights->net, weights->range_low,
                       weights->range_high, task->info.scale, error) &&
         cut (self, &self->analysis, 0, self->before.from, error) &&
         cut (self, &self->synthesis, self->after.node,
              rw_net_get_n_nodes (weights->net) - 1, error) &&
         check_scales (self, error);
}

RwCodecNet *
rw_codec_net_new (RwWeights *weights, const char *name, GError **error)
{
  g_autoptr (RwCodecNet) self = g_new0 (RwCodecNet, 1);
  GError *failure = NULL;

  self->weights = weights;
  if (open_net (self, name, &failure))
    return g_steal_pointer (&self);
  if (!g_str_has_prefix (failure->message, name))
    g_prefix_error (&failure, "%s: ", name);
  g_propagate_error (error, failure);
  return NULL;
}

RwCodecNet *
rw_codec_net_load (const char *weights, GError **error)
{
  const RwTask *task = rw_task_find ("compress", error);
  const char *name = task != NULL ? rw_task_get_weights (task, weights) : NULL;
  RwWeights *loaded =
      name != NULL ? rw_weights_load_named (name, error) : NULL;

  return loaded != NULL ? rw_codec_net_new (loaded, name, error) : NULL;
}

static void
clear_part (Part *part)
{
  rw_pack_free (part->pack);
  rw_net_unref (part->net);
}

void
rw_codec_net_free (RwCodecNet *self)
{
  if (self == NULL)
    return;
  clear_part (&self->analysis);
  clear_part (&self->synthesis);
  rw_weights_free (self->weights);
  g_free (self);
}

int
rw_codec_net_get_n_channels (const RwCodecNet *self)
{
  return self->n_channels;
}

int
rw_codec_net_get_scale (const RwCodecNet *self)
{
  return self->scale;
}

int
rw_codec_net_get_n_rates (const RwCodecNet *self)
{
  return self->n_rates;
}

const char *
rw_codec_net_get_digest (const RwCodecNet *self)
{
  return self->weights->digest;
}

/* ---- strips ------------------------------------------------------------- */

/* A picture on its way, in rows of latents. */
typedef struct {
  const RwCodecNet *net;
  RwTold told;       /* the rate */
  float *gains;      /* of each channel */
  int width, height; /* pixels */
  int columns, rows; /* latents */
  RwRun *run;
  int first, end;  /* what the strip makes */
  int top, bottom; /* what it reads */
  /* One of these comes in, and the other goes out. */
  const float *rgb_in;
  const gint16 *latents_in;
  float *rgb;
  gint16 *latents;
  float *raw;
} Passage;

static void
begin (Passage *passage,
       const RwCodecNet *net,
       const Gains *gains,
       double rate,
       int width,
       int height)
{
  const double last = net->n_rates - 1;

  passage->net = net;
  passage->told = (RwTold){ .value = (float) (CLAMP (rate, 0, last) / last),
                            .known = TRUE };
  passage->width = width;
  passage->height = height;
  passage->columns = (width - 1) / net->scale + 1;
  passage->rows = (height - 1) / net->scale + 1;
  passage->gains = g_new (float, net->n_channels);
  rw_gain_compute (gains->logs, net->n_rates, net->n_channels, net->stride,
                   gains->span, (double) passage->told.value, passage->gains);
}

/* Goes through all strips: @fill puts row @y of a strip's input into the run,
 * @take row @y of its result from there. */
static gboolean
run_strips (Passage *passage,
            const Part *part,
            int unit, /* rows of the run's input that a row of latents is */
            int made, /* of its result */
            RwItemFunc fill,
            RwItemFunc take,
            GError **error)
{
  const int strip = MAX (STRIP / passage->net->scale, 1);
  const int halo = rw_net_get_halo (part->net) / unit;
  gboolean good = TRUE;

  passage->run =
      rw_run_new (part->net, RW_RUN_INFER, rw_parallel_get_workers ());
  for (int first = 0; good && first < passage->rows; first += strip) {
    const int end = MIN (first + strip, passage->rows);

    passage->first = first;
    passage->end = end;
    passage->top = MAX (first - halo, 0);
    passage->bottom = MIN (end + halo, passage->rows);
    rw_run_set_wanted (passage->run, 0, (first - passage->top) * made,
                       passage->columns * made, (end - first) * made);
    good = rw_run_prepare (passage->run, 1,
                           (passage->bottom - passage->top) * unit,
                           passage->columns * unit, error);
    if (!good)
      break;
    rw_parallel_for ((passage->bottom - passage->top) * unit, fill, passage);
    rw_run_forward (passage->run, part->pack);
    rw_parallel_for ((end - first) * made, take, passage);
  }
  rw_run_free (passage->run);
  g_free (passage->gains);
  return good;
}

/* ---- analysis ----------------------------------------------------------- */

static void
feed_pixels (int y, int worker, void *data)
{
  const Passage *p = data;
  const RwFeed *feed = &p->net->feed;
  const int width = p->columns * p->net->scale,
            row = rw_mirror (p->top * p->net->scale + y, p->height);
  const float *from = p->rgb_in + 3 * (gsize) row * (gsize) p->width;
  float *to = rw_run_get_input (p->run) +
              (gsize) y * (gsize) width * (gsize) feed->stride;

  rw_feed_fill (feed, from, NULL, &p->told, (gsize) p->width, to);
  for (int x = p->width; x < width; x++)
    rw_feed_fill (feed, from + 3 * rw_mirror (x, p->width), NULL, &p->told, 1,
                  to + (gsize) x * (gsize) feed->stride);
}

/* Colour that is not a number makes none. */
static gint16
round_latent (float value)
{
  const float most = MAX_LATENT;

  return isnan (value) ? 0 : (gint16) rintf (CLAMP (value, -most, most));
}

static void
take_latents (int y, int worker, void *data)
{
  const Passage *p = data;
  const gsize n = (gsize) p->columns * (gsize) p->rows,
              stride = (gsize) p->net->stride,
              first = (gsize) (p->first + y) * (gsize) p->columns;
  const float *from =
      rw_run_get_output (p->run) +
      (gsize) (p->first - p->top + y) * (gsize) p->columns * stride;

  for (gsize c = 0; c < (gsize) p->net->n_channels; c++)
    for (gsize x = 0; x < (gsize) p->columns; x++)
      if (p->raw != NULL)
        p->raw[c * n + first + x] = from[x * stride + c];
      else
        p->latents[c * n + first + x] =
            round_latent (p->gains[c] * from[x * stride + c]);
}

gboolean
rw_codec_net_analyse_raw (const RwCodecNet *self,
                          double rate,
                          const float *rgb,
                          int width,
                          int height,
                          float *raw,
                          GError **error)
{
  Passage passage = { .rgb_in = rgb, .raw = raw };

  begin (&passage, self, &self->before, rate, width, height);
  return run_strips (&passage, &self->analysis, self->scale, 1, feed_pixels,
                     take_latents, error);
}

void
rw_codec_net_quantise (const RwCodecNet *self,
                       double rate,
                       const float *raw,
                       gsize n,
                       gint16 *latents)
{
  Passage passage;

  begin (&passage, self, &self->before, rate, 1,
         1); /* of no size: for gains */
  for (gsize c = 0; c < (gsize) self->n_channels; c++)
    for (gsize i = c * n; i < (c + 1) * n; i++)
      latents[i] = round_latent (passage.gains[c] * raw[i]);
  g_free (passage.gains);
}

gboolean
rw_codec_net_analyse (const RwCodecNet *self,
                      double rate,
                      const float *rgb,
                      int width,
                      int height,
                      gint16 *latents,
                      GError **error)
{
  Passage passage = { .rgb_in = rgb, .latents = latents };

  begin (&passage, self, &self->before, rate, width, height);
  return run_strips (&passage, &self->analysis, self->scale, 1, feed_pixels,
                     take_latents, error);
}

/* ---- synthesis ---------------------------------------------------------- */

static void
feed_latents (int y, int worker, void *data)
{
  const Passage *p = data;
  const gsize n = (gsize) p->columns * (gsize) p->rows,
              stride = (gsize) p->net->stride,
              first = (gsize) (p->top + y) * (gsize) p->columns;
  float *to =
      rw_run_get_input (p->run) + (gsize) y * (gsize) p->columns * stride;

  for (gsize c = 0; c < (gsize) p->net->n_channels; c++)
    for (gsize x = 0; x < (gsize) p->columns; x++)
      to[x * stride + c] =
          p->gains[c] * (float) p->latents_in[c * n + first + x];
}

static void
take_pixels (int y, int worker, void *data)
{
  const Passage *p = data;
  const int scale = p->net->scale, row = p->first * scale + y;
  const float *from =
      rw_run_get_output (p->run) +
      4 * (gsize) (row - p->top * scale) * (gsize) (p->columns * scale);

  if (row >= p->height)
    return;
  float *to = p->rgb + 3 * (gsize) row * (gsize) p->width;
  for (gsize x = 0; x < (gsize) p->width; x++)
    for (gsize c = 0; c < 3; c++)
      to[3 * x + c] = CLAMP (from[4 * x + c], 0.0f, 1.0f);
}

gboolean
rw_codec_net_synthesise (const RwCodecNet *self,
                         double rate,
                         const gint16 *latents,
                         int width,
                         int height,
                         float *rgb,
                         GError **error)
{
  Passage passage = { .latents_in = latents, .rgb = rgb };

  begin (&passage, self, &self->after, rate, width, height);
  return run_strips (&passage, &self->synthesis, 1, self->scale, feed_latents,
                     take_pixels, error);
}
