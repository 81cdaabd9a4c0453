/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Looking into a net at work.
 */
#include "explain/explain.h"

#include "base/alloc.h"
#include "base/parallel.h"

#include <math.h>
#include <string.h>

/* The part of @net before its last layer, if that is a residual, else all of
 * it. */
static RwNet *
take_part (RwNet *net, gboolean *is_change, GError **error)
{
  const int n = rw_net_get_n_nodes (net);
  g_autofree RwNodeView *views = g_new (RwNodeView, n);
  const int align = rw_net_get_align (net);
  int height = align, width = align;

  rw_net_get_size (net, &width, &height);
  rw_net_view (net, height, width, views);
  const RwNodeView *last = &views[n - 1];
  *is_change = g_str_equal (last->kind, "residual") && last->inputs[0] > 0;
  return *is_change ? rw_net_cut (net, 0, last->inputs[0], error)
                    : rw_net_ref (net);
}

static int
get_last (const RwExplain *self)
{
  return rw_net_get_n_nodes (self->net) - 1;
}

RwExplain *
rw_explain_new (
    RwNet *net, float *params, int rgb, int height, int width, GError **error)
{
  g_autoptr (RwExplain) self = g_new0 (RwExplain, 1);

  self->rgb = rgb;
  self->height = height;
  self->width = width;
  self->params = params;
  self->net = take_part (net, &self->is_change, error);
  if (self->net == NULL)
    return NULL;
  self->grads = rw_try_alloc (MAX (rw_net_get_n_inner (self->net), 1),
                              sizeof (float), "a net's gradients", error);
  self->pack =
      self->grads ? rw_pack_new (self->net, RW_RUN_TRAIN, error) : NULL;
  if (self->pack == NULL)
    return NULL;
  rw_pack_update (self->pack, params);
  self->run = rw_run_new (self->net, RW_RUN_TRAIN, rw_parallel_get_workers ());
  rw_run_want_input_grad (self->run);
  for (int i = 1; i <= get_last (self); i++)
    rw_run_keep (self->run, i);
  if (!rw_run_prepare (self->run, 1, height, width, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
rw_explain_free (RwExplain *self)
{
  if (self == NULL)
    return;
  rw_run_free (self->run);
  rw_pack_free (self->pack);
  rw_free (self->grads);
  rw_net_unref (self->net);
  g_free (self);
}

/* ---- the output --------------------------------------------------------- */

typedef struct {
  int height, width, channels, stride;
} Size;

static Size
get_size (const RwExplain *self, int node)
{
  Size size;

  rw_run_get_result_shape (self->run, node, &size.height, &size.width,
                           &size.channels);
  size.stride = rw_channel_stride (size.channels);
  return size;
}

static gsize
count_pixels (const Size *size)
{
  return (gsize) size->height * (gsize) size->width;
}

/* to = y^power in the region, elsewhere 0. */
static void
fill_region (const RwExplain *self, int power, float *to)
{
  const Size size = get_size (self, get_last (self));
  const float *y = rw_run_get_output (self->run);
  const RwRect *region = &self->region;

  memset (to, 0, count_pixels (&size) * (gsize) size.stride * sizeof (float));
  for (int row = region->y; row < region->y + region->height; row++)
    for (int x = region->x; x < region->x + region->width; x++) {
      const gsize at =
          ((gsize) row * (gsize) size.width + (gsize) x) * (gsize) size.stride;
      for (gsize c = at; c < at + (gsize) size.channels; c++)
        to[c] = power == 2 ? y[c] * y[c] : y[c];
    }
}

void
rw_explain_look (RwExplain *self, const RwRect *region)
{
  const Size size = get_size (self, get_last (self));
  float *dy = rw_run_get_output_grad (self->run);

  self->region = *region;
  self->energy = 0;
  rw_run_forward (self->run, self->pack);
  fill_region (self, 1, dy);
  for (gsize i = 0; i < count_pixels (&size) * (gsize) size.stride; i++)
    self->energy += 0.5 * (double) dy[i] * (double) dy[i];
  rw_run_backward (self->run, self->pack, self->grads);
}

/* ---- maps --------------------------------------------------------------- */

void
rw_explain_saliency (const RwExplain *self, float *map)
{
  const Size size = get_size (self, 0);
  const float *grad = rw_run_get_input_grad (self->run) + self->rgb;

  for (gsize i = 0; i < count_pixels (&size); i++, grad += size.stride)
    map[i] = MAX (fabsf (grad[0]), MAX (fabsf (grad[1]), fabsf (grad[2])));
}

double
rw_explain_cam (const RwExplain *self, int node, float *map)
{
  const Size size = get_size (self, node);
  const gsize n = count_pixels (&size), stride = (gsize) size.stride;
  const float *a = rw_run_get_result (self->run, node);
  const float *grad = rw_run_get_result_grad (self->run, node);
  g_autofree double *weights = g_new0 (double, size.channels);
  double most = 0;

  for (gsize i = 0; i < n; i++)
    for (int k = 0; k < size.channels; k++)
      weights[k] += (double) grad[i * stride + (gsize) k] / (double) n;
  for (gsize i = 0; i < n; i++) {
    double sum = 0;
    for (int k = 0; k < size.channels; k++)
      sum += weights[k] * (double) a[i * stride + (gsize) k];
    map[i] = (float) MAX (sum, 0);
    most = MAX (most, sum);
  }
  return most;
}

gboolean
rw_explain_relevance (const RwExplain *self,
                      const RwRelevanceRule *rule,
                      float *map,
                      double *planes,
                      RwRelevanceBalance *balance,
                      GError **error)
{
  const Size in = get_size (self, 0), out = get_size (self, get_last (self));
  const gsize n_in = count_pixels (&in), n_out = count_pixels (&out);
  rw_autofree float *relevance = rw_try_alloc (
      n_in * (gsize) in.stride, sizeof (float), "relevance", error);
  rw_autofree float *seed = rw_try_alloc (n_out * (gsize) out.stride,
                                          sizeof (float), "relevance", error);

  if (relevance == NULL || seed == NULL)
    return FALSE;
  fill_region (self, 2, seed);
  if (!rw_run_share_relevance (self->run, self->pack, rule, seed, relevance,
                               balance, error))
    return FALSE;
  for (gsize i = 0; i < n_in; i++) {
    const float *pixel = relevance + i * (gsize) in.stride;
    map[i] = 0;
    for (int c = 0; c < in.channels; c++)
      if (c >= self->rgb && c < self->rgb + 3)
        map[i] += pixel[c];
      else
        *planes += (double) pixel[c];
  }
  return TRUE;
}

/* ---- the effective receptive field --------------------------------------- */

void
rw_explain_add_field (RwExplain *self, int x, int y, int radius, double *sums)
{
  const Size in = get_size (self, 0), out = get_size (self, get_last (self));
  const int side = 2 * radius + 1;
  const int left = x * in.width / out.width - radius,
            top = y * in.height / out.height - radius;
  float *dy = rw_run_get_output_grad (self->run);

  rw_run_forward (self->run, self->pack);
  memset (dy, 0, count_pixels (&out) * (gsize) out.stride * sizeof (float));
  for (int c = 0; c < out.channels; c++)
    dy[(y * out.width + x) * out.stride + c] = 1;
  rw_run_backward (self->run, self->pack, self->grads);
  const float *grad = rw_run_get_input_grad (self->run) + self->rgb;

  for (int row = MAX (top, 0); row < MIN (top + side, in.height); row++)
    for (int i = MAX (left, 0); i < MIN (left + side, in.width); i++) {
      const float *g = grad + (gsize) (row * in.width + i) * in.stride;
      for (int c = 0; c < 3; c++)
        sums[(row - top) * side + i - left] += (double) g[c] * (double) g[c];
    }
}

double
rw_explain_field_radius (const double *sums, int radius, double share)
{
  const int side = 2 * radius + 1;
  /* squared radii are whole numbers */
  g_autofree double *rings = g_new0 (double, 2 * radius * radius + 1);
  double all = 0, within = 0;

  for (int y = -radius; y <= radius; y++)
    for (int x = -radius; x <= radius; x++) {
      const double value = sqrt (sums[(y + radius) * side + x + radius]);
      rings[y * y + x * x] += value;
      all += value;
    }
  for (int i = 0; i <= 2 * radius * radius; i++) {
    within += rings[i];
    if (within >= share * all)
      return sqrt (i);
  }
  return radius * sqrt (2);
}
