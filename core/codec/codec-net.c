/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The net of a codec, cut at its gains.
 */
#include "codec/codec-net-private.h"

#include "reweave.h"
#include "tasks/task.h"

/* ---- opening ------------------------------------------------------------ */

static RwCodecGains
describe_gains (const RwWeights *weights, const RwNodeView *view, int node)
{
  const RwNet *net = weights->net;
  const RwParam *param = rw_net_get_param (net, view->first_param);

  return (RwCodecGains){
    .node = node,
    .from = view->inputs[0],
    .logs = weights->params + param->inner,
    .span = rw_net_get_node_setting (net, node, "span"),
    .n_rates = (int) rw_net_get_node_setting (net, node, "rates"),
  };
}

static gboolean
fail_net (int n_gains, int n_rounds, GError **error)
{
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "its net has %d layers \"gain\" and %d \"rounds\", expected two gains "
      "of as many rates and channels, one before what is rounded and one "
      "behind, or rounds alone; train with another net",
      n_gains, n_rounds);
  return FALSE;
}

/* The gains, its first and its last layer of that kind, or its rounds. */
static gboolean
find_places (RwCodecNet *self, GError **error)
{
  const RwNet *net = self->weights->net;
  const int n = rw_net_get_n_nodes (net), align = rw_net_get_align (net);
  g_autofree RwNodeView *views = g_new (RwNodeView, n);
  int n_gains = 0, n_rounds = 0;

  rw_net_view (net, align, align, views);
  for (int i = 1; i < n; i++) {
    if (g_str_equal (views[i].kind, "gain")) {
      const RwCodecGains gains = describe_gains (self->weights, &views[i], i);
      *(n_gains++ == 0 ? &self->before : &self->after) = gains;
    } else if (g_str_equal (views[i].kind, "rounds")) {
      self->before = (RwCodecGains){ .node = i, .from = views[i].inputs[0] };
      self->after = self->before;
      self->n_rounds = (int) rw_net_get_node_setting (net, i, "rounds");
      n_rounds++;
    }
  }
  if (!(n_gains == 2 && n_rounds == 0 &&
        self->before.n_rates == self->after.n_rates &&
        views[self->before.node].channels ==
            views[self->after.node].channels) &&
      !(n_gains == 0 && n_rounds == 1))
    return fail_net (n_gains, n_rounds, error);
  self->n_rates = n_rounds > 0 ? self->n_rounds : self->before.n_rates;
  self->n_raw = views[self->before.from].channels;
  self->n_channels = views[self->before.node].channels;
  self->stride = rw_channel_stride (self->n_channels);
  return TRUE;
}

static gboolean
cut (RwCodecNet *self, RwCodecPart *part, int first, int last, GError **error)
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
         check_plain (self, error) && find_places (self, error) &&
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
clear_part (RwCodecPart *part)
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

int
rw_codec_net_get_n_raw (const RwCodecNet *self)
{
  return self->n_raw;
}

int
rw_codec_net_get_n_rounds (const RwCodecNet *self)
{
  return self->n_rounds;
}

int
rw_codec_net_get_n_tables (const RwCodecNet *self)
{
  return self->n_rounds > 0 ? 2 : self->n_rates;
}

const char *
rw_codec_net_get_digest (const RwCodecNet *self)
{
  return self->weights->digest;
}
