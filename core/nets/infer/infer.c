/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Band by band through an inferring net.
 */
#include "nets/infer/infer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "layers/conv/tiles.h"

static gsize
row_floats (const RwShape *shape)
{
  return (gsize) shape->w * shape->stride;
}

/* ---- memory ------------------------------------------------------------ */

/* Of the input or the output of @n images, as much as a step has of it. */
static gsize
whole_floats (const RwBandPlan *s, int node, int n)
{
  const RwShape *shape = &s->shapes[node];
  const int rows = s->steps.rows == s->shapes[0].h ? shape->h : s->steps.rows;

  return row_floats (shape) * (gsize) rows * (gsize) n;
}

/* Of an output of its own. */
static gsize
output_floats (const RwNet *net, const RwBandPlan *s, int n, gboolean over)
{
  return over && s->input_free ? 0
                               : whole_floats (s, rw_net_output_node (net), n);
}

/* With room for rw_run_get_spare: a third of the input's pixels, four floats
 * each, and the ends of halved sizes. */
static gsize
arena_floats (const RwBandPlan *s, gboolean over)
{
  const gsize w = (gsize) s->shapes[0].w, h = (gsize) s->steps.rows,
              spare = w * h / 3 * 4 + 4 * (w + h) + 256;

  return over ? MAX (s->arena_floats, spare) : s->arena_floats;
}

/* A pass with the shapes of whole images: what a layer's scratch hook asks. */
static void
fill_shapes (const RwBandPlan *s, const RwStage *stage, RwPass *pass)
{
  memset (pass, 0, sizeof *pass);
  pass->out = s->shapes[stage->result];
  for (int k = 0; k < stage->n_sources; k++)
    pass->in[k] = s->shapes[stage->sources[k]];
  pass->n_sources = stage->joined ? 2 : 1;
  pass->upsampled = stage->upsampled;
  pass->fused_relu = stage->relu;
}

static gsize
scratch_stride (const RwNet *net, const RwBandPlan *s)
{
  gsize most = 16;

  for (int i = 0; i < s->n_stages; i++) {
    const RwLayer *layer = net->nodes[s->stages[i].node].layer;
    RwPass pass;

    fill_shapes (s, &s->stages[i], &pass);
    if (layer->class->scratch)
      most = MAX (most, layer->class->scratch (layer, &pass, RW_PASS_FORWARD));
  }
  return (most + 31) / 16 * 16;
}

void
rw_infer_add_bytes (const RwNet *net,
                    const RwBandPlan *s,
                    int n,
                    int workers,
                    gboolean over,
                    RwRunBytes *bytes)
{
  const gsize size = sizeof (float);

  bytes->input = MAX (bytes->input, whole_floats (s, 0, n) * size);
  bytes->output = MAX (bytes->output, output_floats (net, s, n, over) * size);
  bytes->arena = MAX (bytes->arena, arena_floats (s, over) * size);
  bytes->scratch =
      MAX (bytes->scratch, scratch_stride (net, s) * (gsize) workers * size);
}

/* Makes *memory at least @floats long; keeps it where it is so already. */
static gboolean
reserve (float **memory, gsize *have, gsize floats, GError **error)
{
  if (floats <= *have)
    return TRUE;
  rw_free (*memory);
  *have = 0;
  *memory = rw_try_alloc (floats, sizeof (float), "a net's buffers", error);
  if (*memory)
    *have = floats;
  return *memory != NULL;
}

gboolean
rw_infer_reserve (RwInfer *self, const RwRunBytes *bytes, GError **error)
{
  const gsize size = sizeof (float);

  return reserve (&self->input, &self->input_floats, bytes->input / size,
                  error) &&
         reserve (&self->output, &self->output_floats, bytes->output / size,
                  error) &&
         reserve (&self->arena, &self->arena_floats, bytes->arena / size,
                  error) &&
         reserve (&self->scratch, &self->scratch_floats, bytes->scratch / size,
                  error);
}

gboolean
rw_infer_prepare (RwInfer *self,
                  const RwNet *net,
                  RwBandPlan *plan,
                  int n,
                  int workers,
                  gboolean over,
                  GError **error)
{
  rw_band_plan_free (self->plan);
  self->plan = plan;
  self->n = n;
  self->over = over && plan->input_free;
  self->top = 0;
  self->scratch_stride = scratch_stride (net, plan);
  RwRunBytes bytes = { 0 };

  rw_infer_add_bytes (net, plan, n, workers, over, &bytes);
  if (rw_infer_reserve (self, &bytes, error))
    return TRUE;
  g_clear_pointer (&self->plan, rw_band_plan_free);
  return FALSE;
}

void
rw_infer_clear (RwInfer *self)
{
  rw_band_plan_free (self->plan);
  rw_free (self->input);
  rw_free (self->output);
  rw_free (self->arena);
  rw_free (self->scratch);
}

/* ---- a band ------------------------------------------------------------ */

/* Row @row of a result's memory, for image @image. */
static float *
memory_row (
    const RwInfer *self, const RwNet *net, int node, int image, int row)
{
  const RwBandPlan *s = self->plan;
  const int owner = s->results[node].owner;
  const RwShape *shape = &s->shapes[node];
  const int out = s->results[rw_net_output_node (net)].owner;
  const ptrdiff_t floats = (ptrdiff_t) row_floats (shape), at = row * floats;

  if (owner == 0)
    return self->input + image * rw_shape_n_floats (shape) + at -
           self->top * floats;
  if (owner == out)
    return (self->over ? self->input : self->output) +
           image * rw_shape_n_floats (shape) + at - self->top * floats;
  return self->arena + s->results[owner].offset + at;
}

/* The rows of source @k that belong to the band, and those around it. */
static void
fill_source (const RwInfer *self,
             const RwNet *net,
             const RwBand *band,
             int k,
             int image,
             RwPass *pass)
{
  const RwBandPlan *s = self->plan;
  const RwStage *stage = &s->stages[band->stage];
  const int node = stage->sources[k],
            half = stage->upsampled && k == 0 ? 2 : 1;
  const RwWindow w = rw_layer_get_window (net->nodes[stage->node].layer);
  const RwResult *source = &s->results[node];
  const int first = band->first * w.multiply / w.divide / half,
            end = band->end * w.multiply / w.divide / half;
  int y0, y1;

  rw_stage_window (net, stage, k, band->first, band->end, &y0, &y1);
  pass->in[k] = s->shapes[node];
  pass->in[k].h = end - first;
  pass->x[k] = memory_row (self, net, node, image, band->from[k]);
  pass->above[k] = first - MAX (y0, source->first);
  pass->below[k] = MIN (y1, source->end) - end;
}

static void
fill_pass (const RwInfer *self,
           const RwNet *net,
           const RwBand *band,
           int image,
           RwPass *pass)
{
  const RwBandPlan *s = self->plan;
  const RwStage *stage = &s->stages[band->stage];
  const RwResult *r = &s->results[stage->result];

  fill_shapes (s, stage, pass);
  pass->out.h = band->end - band->first;
  pass->column = r->column;
  pass->n_columns = r->end_column - r->column;
  pass->y = memory_row (self, net, stage->result, image, band->to);
  for (int k = 0; k < stage->n_sources; k++)
    fill_source (self, net, band, k, image, pass);
  if (stage->addend >= 0)
    pass->addend = memory_row (self, net, stage->addend, image, band->addend);
}

/* A tile that begins in the last columns that are wanted reads some more:
 * these are 0, so that it is the same at any time. */
static void
clear_beside (const RwInfer *self, const RwNet *net, const RwBand *band)
{
  const RwBandPlan *s = self->plan;
  const int node = s->stages[band->stage].result,
            column = s->results[node].end_column;
  const RwShape *shape = &s->shapes[node];
  const gsize n =
      (gsize) MIN (RW_TILE, shape->w - column) * (gsize) shape->stride;

  if (node == rw_net_output_node (net) || n == 0)
    return;
  for (int y = 0; y < band->end - band->first; y++)
    memset (memory_row (self, net, node, 0, band->to + y) +
                (gsize) column * (gsize) shape->stride,
            0, n * sizeof (float));
}

typedef struct {
  float *memory;
  gsize row;         /* floats */
  gsize from;        /* the first row that is kept */
  int n_rows, parts; /* kept; each row is cut into so many parts */
} Slide;

/* A part of each row, downwards: no row lands on one that is still needed. */
static void
slide_part (int item, int worker, void *data)
{
  const Slide *s = data;
  const gsize first = s->row * (gsize) item / (gsize) s->parts,
              end = s->row * (gsize) (item + 1) / (gsize) s->parts;

  for (int y = 0; y < s->n_rows; y++)
    memcpy (s->memory + (gsize) y * s->row + first,
            s->memory + (s->from + (gsize) y) * s->row + first,
            (end - first) * sizeof (float));
}

/* The rows that are still needed go to the window's start. */
static void
slide (const RwInfer *self, const RwNet *net, const RwBand *band, int workers)
{
  const int node = self->plan->stages[band->stage].result;
  Slide s = { .memory = memory_row (self, net, node, 0, 0),
              .row = row_floats (&self->plan->shapes[node]),
              .from = (gsize) band->move_from,
              .n_rows = band->n_move,
              .parts = workers };

  rw_parallel_for_workers (workers, s.parts, slide_part, &s);
}

gboolean
rw_infer_run (RwInfer *self,
              const RwPack *pack,
              int step,
              int workers,
              RwProbeFunc probe,
              gpointer probe_data,
              RwStopFunc stop,
              gpointer stop_data)
{
  const RwBandPlan *s = self->plan;
  const RwNet *net = pack->net;
  const gsize first = step > 0 ? s->step_ends[step - 1] : 0,
              n_bands = s->step_ends[step] - first;

  self->top = rw_band_plan_get_top (s, step);
  for (gsize i = 0; i < n_bands * (gsize) self->n; i++) {
    const RwBand *band = &s->bands[first + i % n_bands];
    const int node = s->stages[band->stage].node;
    RwPass pass;

    if (stop && stop (stop_data, (double) i / ((double) n_bands * self->n)))
      return FALSE;
    if (band->n_move)
      slide (self, net, band, workers);
    fill_pass (self, net, band, (int) (i / n_bands), &pass);
    pass.workers = workers;
    pass.scratch = self->scratch;
    pass.scratch_stride = self->scratch_stride;
    rw_pack_set_pass (pack, node, &pass);
    if (probe)
      probe (probe_data, node, -1, TRUE);
    net->nodes[node].layer->class->forward (net->nodes[node].layer, &pass);
    clear_beside (self, net, band);
    if (probe)
      probe (probe_data, node, -1, FALSE);
  }
  return TRUE;
}
