/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Latents that move by ones.
 */
#include "codec/codec-refine.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "codec/codec-bands.h"
#include "codec/codec-field.h"
#include "codec/codec-net-private.h"
#include "layers/gain.h"
#include "tasks/task.h"

#include <math.h>
#include <string.h>

enum {
  TILE = 32,  /* latents a side whose gradient a run gives... */
  MARGIN = 4, /* ...and as many around them that it reads */
  PROBES = 2,
  MOVES = RW_CODEC_REFINE_PASSES - PROBES - 1,
  LATENT_MOST = 32767,
};

#define SHARE 0.5           /* of the steps that lower J */
#define CURVATURE_LEAST 0.1 /* of the mean */

/* Keys of random numbers. */
enum { KEY_PROBE = 0x7265666e, KEY_MOVE = KEY_PROBE + PROBES };

struct RwCodecRefiner {
  const RwCodec *codec;
  int columns, rows; /* most */
  RwRun *run;
  RwPack *pack;
  float *param_grads;   /* undefined: nobody looks at them */
  float *bits;          /* [n_distributions][RW_CODEC_SYMBOLS] */
  float *gains;         /* after rounding */
  float *curvature;     /* of each channel */
  double *sums;         /* of each row of pixels, or each channel */
  gint16 *best;         /* latents so far */
  float *grads, *other; /* dJ / d latents, without bits */
  guint8 *models;       /* the distribution of each latent */
  gsize bytes;
};

/* One strip on its way. */
typedef struct {
  RwCodecRefiner *self;
  const RwCodecRefining *strip;
  gint16 *latents;
  gsize n;       /* latents of a channel */
  double lambda; /* bits for a square error of 1 in a pixel's mean */
  int table;
  guint64 probe, move; /* keys; 0: none */
  float *into;         /* grads or other */
  /* the tile, in latents of the strip: what it makes, what it reads */
  int first, end, start, stop;
  int top, bottom, left, right;
  int n_done;
} Refinement;

/* ---- making ------------------------------------------------------------- */

static int
count_most (int n)
{
  return MIN (n, TILE + 2 * MARGIN);
}

static gboolean
make_run (RwCodecRefiner *self, GError **error)
{
  RwNet *net = self->codec->net->synthesis.net;
  const int n_params = rw_net_get_n_params (net);
  g_autofree gboolean *frozen = g_new (gboolean, MAX (n_params, 1));

  for (int i = 0; i < n_params; i++)
    frozen[i] = TRUE;
  self->pack = rw_pack_new (net, RW_RUN_TRAIN, error);
  if (self->pack == NULL)
    return FALSE;
  rw_pack_update (self->pack, self->codec->net->weights->params);
  self->run = rw_run_new (net, RW_RUN_TRAIN, rw_parallel_get_workers ());
  rw_run_want_input_grad (self->run);
  rw_run_freeze (self->run, frozen);
  return rw_run_prepare (self->run, 1, count_most (self->rows),
                         count_most (self->columns), error);
}

static void
fill_bits (RwCodecRefiner *self)
{
  const RwCodecTables *tables = self->codec->tables;

  for (int i = 0; i < tables->n_distributions; i++) {
    const guint16 *starts = tables->starts + i * (RW_CODEC_SYMBOLS + 1);
    for (int k = 0; k < RW_CODEC_SYMBOLS; k++)
      self->bits[i * RW_CODEC_SYMBOLS + k] =
          -log2f ((float) (starts[k + 1] - starts[k]) / RW_CODEC_TOTAL);
  }
}

RwCodecRefiner *
rw_codec_refiner_new (const RwCodec *codec,
                      int columns,
                      int rows,
                      GError **error)
{
  g_autoptr (RwCodecRefiner) self = g_new0 (RwCodecRefiner, 1);
  const RwCodecNet *net = codec->net;
  const gsize n_channels = (gsize) net->n_channels;
  const gsize n = (gsize) columns * (gsize) rows * n_channels;
  const gsize each = sizeof *self->best + 2 * sizeof *self->grads + 1;

  self->codec = codec;
  self->columns = columns;
  self->rows = rows;
  self->bits =
      g_new (float, (gsize) codec->tables->n_distributions *RW_CODEC_SYMBOLS);
  self->gains = g_new (float, n_channels);
  self->curvature = g_new (float, n_channels);
  self->sums = g_new (double, MAX (n_channels, (gsize) count_most (rows) *
                                                   (gsize) net->scale));
  self->param_grads = g_new0 (float, rw_net_get_n_inner (net->synthesis.net));
  fill_bits (self);
  self->best = rw_try_alloc (n + 1, each, "latents to refine", error);
  if (self->best == NULL || !make_run (self, error))
    return NULL;
  self->grads = (float *) (gpointer) (self->best + 2 * ((n + 1) / 2));
  self->other = self->grads + n;
  self->models = (guint8 *) (self->other + n);
  self->bytes = n * each + rw_run_get_bytes (self->run) +
                rw_net_get_n_inner (net->synthesis.net) * sizeof (float);
  return g_steal_pointer (&self);
}

void
rw_codec_refiner_free (RwCodecRefiner *self)
{
  if (self == NULL)
    return;
  rw_run_free (self->run);
  rw_pack_free (self->pack);
  rw_free (self->best);
  g_free (self->param_grads);
  g_free (self->bits);
  g_free (self->gains);
  g_free (self->curvature);
  g_free (self->sums);
  g_free (self);
}

gsize
rw_codec_refiner_get_bytes (const RwCodecRefiner *self)
{
  return self->bytes;
}

/* ---- bits --------------------------------------------------------------- */

static float
count_bits (const RwCodecRefiner *self, int model, int latent)
{
  const guint folded = rw_codec_fold (latent);
  const float *bits = self->bits + model * RW_CODEC_SYMBOLS;

  return folded < RW_CODEC_ESCAPE
             ? bits[folded]
             : bits[RW_CODEC_ESCAPE] +
                   (float) rw_codec_count_escape_bits (folded);
}

typedef struct {
  Refinement *r;
  GError **errors;
  double *sums;
} Contexts;

/* The models of a band, and its bits. */
static void
walk_band (int band, int worker, gpointer data)
{
  const Contexts *contexts = data;
  const Refinement *r = contexts->r;
  const RwCodecTables *tables = r->self->codec->tables;
  const int first = band * RW_CODEC_BAND_ROWS, columns = r->self->columns;
  const int n_rows = MIN (RW_CODEC_BAND_ROWS, r->strip->rows - first);
  RwCodecField field;

  if (!rw_codec_field_init (&field, tables->n_channels, columns,
                            &contexts->errors[band]))
    return;
  for (int c = 0; c < tables->n_channels; c++)
    for (int y = 0; y < n_rows; y++) {
      const RwCodecRow row = rw_codec_field_begin_row (&field, tables, c, y);
      const gsize place =
          (gsize) c * r->n + (gsize) (first + y) * (gsize) columns;
      const guint8 *choices =
          tables->choices +
          (r->table * tables->n_channels + c) * tables->n_classes;

      for (int x = 0; x < columns; x++) {
        const int latent = r->latents[place + (gsize) x];
        const guint8 model = choices[rw_codec_row_get_class (&row, tables, x)];
        r->self->models[place + (gsize) x] = model;
        contexts->sums[band] += (double) count_bits (r->self, model, latent);
        rw_codec_row_set (&row, x, latent);
      }
    }
  rw_codec_field_clear (&field);
}

/* R, and the models that the latents have now. */
static gboolean
find_models (Refinement *r, double *bits, GError **error)
{
  const int n = rw_codec_count_bands (r->strip->rows);
  g_autofree double *sums = g_new0 (double, n);
  g_autofree GError **errors = g_new0 (GError *, n);
  Contexts contexts = { r, errors, sums };
  gboolean good = TRUE;

  rw_parallel_for (n, walk_band, &contexts);
  *bits = 0;
  for (int i = 0; i < n; i++) {
    *bits += sums[i];
    if (errors[i] == NULL)
      continue;
    g_propagate_error (good ? error : NULL, errors[i]);
    good = FALSE;
  }
  return good;
}

/* ---- gradients ---------------------------------------------------------- */

static int
draw_sign (guint64 key, gsize i)
{
  return key == 0 ? 0 : rw_random_below (key, i, 2) == 0 ? -1 : 1;
}

static void
fill_row (int row, int worker, gpointer data)
{
  const Refinement *r = data;
  const RwCodecNet *net = r->self->codec->net;
  const int width = r->right - r->left, stride = net->stride;
  float *x = rw_run_get_input (r->self->run) +
             (gsize) row * (gsize) width * (gsize) stride;

  for (int i = 0; i < width; i++, x += stride)
    for (int c = 0; c < net->n_channels; c++) {
      const gsize place = (gsize) c * r->n +
                          (gsize) (r->top + row) * (gsize) r->self->columns +
                          (gsize) (r->left + i);
      x[c] = r->self->gains[c] *
             (float) (r->latents[place] + draw_sign (r->probe, place));
    }
}

/* Of a row of pixels the gradient, and D of those that the tile makes. */
static void
compare_row (int row, int worker, gpointer data)
{
  const Refinement *r = data;
  const int scale = r->self->codec->net->scale, stride = rw_channel_stride (3);
  const int y = r->top * scale + row, left = r->left * scale;
  const int width = (r->right - r->left) * scale;
  const int n = MIN (r->strip->width - left, width);
  const gsize place = (gsize) row * (gsize) width * (gsize) stride;
  const float *made = rw_run_get_output (r->self->run) + place;
  float *grad = rw_run_get_output_grad (r->self->run) + place;
  const gboolean own = y >= r->first * scale && y < r->end * scale;
  g_autofree float *rgb = g_new (float, 3 * (gsize) n);
  double sum = 0;

  memset (grad, 0, (gsize) width * (gsize) stride * sizeof *grad);
  r->self->sums[row] = 0;
  if (y >= r->strip->height)
    return;
  r->strip->get (r->strip->data, y, left, n, rgb);
  for (int x = 0; x < n; x++)
    for (int c = 0; c < 3; c++) {
      const float error = made[x * stride + c] - rgb[3 * x + c];

      grad[x * stride + c] = (float) (r->lambda * 2 / 3) * error;
      if (own && left + x >= r->start * scale && left + x < r->stop * scale)
        sum += (double) (error * error) / 3;
    }
  r->self->sums[row] = sum;
}

static void
take_row (int row, int worker, gpointer data)
{
  const Refinement *r = data;
  const RwCodecNet *net = r->self->codec->net;
  const int y = r->first + row;
  const float *grads = rw_run_get_input_grad (r->self->run) +
                       ((gsize) (y - r->top) * (gsize) (r->right - r->left) +
                        (gsize) (r->start - r->left)) *
                           (gsize) net->stride;

  for (int x = r->start; x < r->stop; x++, grads += net->stride)
    for (int c = 0; c < net->n_channels; c++)
      r->into[(gsize) c * r->n + (gsize) y * (gsize) r->self->columns +
              (gsize) x] = r->self->gains[c] * grads[c];
}

static gboolean
run_tile (Refinement *r, double *distance, GError **error)
{
  const int rows = r->bottom - r->top, columns = r->right - r->left;
  const int n_pixel_rows = rows * r->self->codec->net->scale;

  if (!rw_run_prepare (r->self->run, 1, rows, columns, error))
    return FALSE;
  memset (rw_run_get_input (r->self->run), 0,
          (gsize) rows * (gsize) columns *
              (gsize) r->self->codec->net->stride * sizeof (float));
  rw_parallel_for (rows, fill_row, r);
  rw_run_forward (r->self->run, r->self->pack);
  rw_parallel_for (n_pixel_rows, compare_row, r);
  for (int i = 0; i < n_pixel_rows; i++)
    *distance += r->self->sums[i];
  rw_run_backward (r->self->run, r->self->pack, r->self->param_grads);
  rw_parallel_for (r->end - r->first, take_row, r);
  return TRUE;
}

static gboolean
go_on (Refinement *r, int n_tiles)
{
  const double all = RW_CODEC_REFINE_PASSES * n_tiles;

  return r->strip->go_on == NULL ||
         r->strip->go_on (r->strip->data, ++r->n_done / all);
}

/* The gradient of lambda D, into @into, and lambda D. */
static gboolean
pass (Refinement *r, float *into, double *distance, GError **error)
{
  const int rows = r->strip->rows, columns = r->self->columns;
  const int n_tiles = ((rows - 1) / TILE + 1) * ((columns - 1) / TILE + 1);

  r->into = into;
  *distance = 0;
  for (r->first = 0; r->first < rows; r->first += TILE)
    for (r->start = 0; r->start < columns; r->start += TILE) {
      r->end = MIN (r->first + TILE, rows);
      r->stop = MIN (r->start + TILE, columns);
      r->top = MAX (r->first - MARGIN, 0);
      r->bottom = MIN (r->end + MARGIN, rows);
      r->left = MAX (r->start - MARGIN, 0);
      r->right = MIN (r->stop + MARGIN, columns);
      if (!run_tile (r, distance, error) || !go_on (r, n_tiles))
        return FALSE;
    }
  *distance *= r->lambda;
  return TRUE;
}

/* The mean of d d J / d latent d latent in each channel: what the gradient changes
 * by when all latents move by +1 or -1, drawn by chance. */
static void
add_curvature (int c, int worker, gpointer data)
{
  const Refinement *r = data;
  double sum = 0;

  for (gsize i = (gsize) c * r->n; i < (gsize) (c + 1) * r->n; i++)
    sum += draw_sign (r->probe, i) *
           (double) (r->self->other[i] - r->self->grads[i]);
  r->self->curvature[c] += (float) (sum / (double) r->n / PROBES);
}

static gboolean
find_curvature (Refinement *r, GError **error)
{
  RwCodecRefiner *self = r->self;
  const int n_channels = self->codec->net->n_channels;
  double unused, mean = 0;

  memset (self->curvature, 0, (gsize) n_channels * sizeof *self->curvature);
  for (guint64 i = 0; i < PROBES; i++) {
    r->probe = rw_random_key (KEY_PROBE, i);
    if (!pass (r, self->other, &unused, error))
      return FALSE;
    rw_parallel_for (n_channels, add_curvature, r);
  }
  r->probe = 0;
  for (int c = 0; c < n_channels; c++)
    mean += (double) self->curvature[c] / n_channels;
  for (int c = 0; c < n_channels; c++)
    self->curvature[c] =
        fmaxf (self->curvature[c], (float) (CURVATURE_LEAST * mean));
  return TRUE;
}

/* ---- moving ------------------------------------------------------------- */

static void
move_channel (int c, int worker, gpointer data)
{
  const Refinement *r = data;
  const RwCodecRefiner *self = r->self;

  for (gsize i = (gsize) c * r->n; i < (gsize) (c + 1) * r->n; i++) {
    const int model = self->models[i], latent = r->latents[i];
    const float now = count_bits (self, model, latent);
    float least = 0;
    int chosen = 0;

    if (abs (latent) >= LATENT_MOST)
      continue;
    for (int step = -1; step <= 1; step += 2) {
      const float change = self->grads[i] * (float) step +
                           self->curvature[c] / 2 +
                           count_bits (self, model, latent + step) - now;
      if (change < least) {
        least = change;
        chosen = step;
      }
    }
    if (chosen != 0 && rw_random_uniform (r->move, i) < (float) SHARE)
      r->latents[i] = (gint16) (latent + chosen);
  }
}

static gboolean
refine (Refinement *r, GError **error)
{
  RwCodecRefiner *self = r->self;
  const int n_channels = self->codec->net->n_channels;
  const gsize n_bytes = (gsize) n_channels * r->n * sizeof *r->latents;
  double least = INFINITY, distance, bits;

  for (guint64 i = 0; i <= MOVES; i++) {
    if (!find_models (r, &bits, error) ||
        !pass (r, self->grads, &distance, error))
      return FALSE;
    if (distance + bits < least) {
      least = distance + bits;
      memcpy (self->best, r->latents, n_bytes);
    }
    if (i == MOVES)
      break;
    if (i == 0 && !find_curvature (r, error))
      return FALSE;
    r->move = rw_random_key (KEY_MOVE, i);
    rw_parallel_for (n_channels, move_channel, r);
  }
  memcpy (r->latents, self->best, n_bytes);
  return TRUE;
}

gboolean
rw_codec_refine (RwCodecRefiner *self,
                 const RwCodecRefining *strip,
                 gint16 *latents,
                 GError **error)
{
  const RwCodecNet *net = self->codec->net;
  const RwTask *task = rw_task_find ("compress", error);
  RwRwiCoding coding;

  if (task == NULL)
    return FALSE;
  rw_codec_describe (self->codec, strip->rate, &coding);
  const double plane =
      (double) strip->rate / (RW_RWI_RATE_STEPS * (net->n_rates - 1));
  Refinement r = { .self = self,
                   .strip = strip,
                   .latents = latents,
                   .n = (gsize) strip->rows * (gsize) self->columns,
                   .lambda = task->trade (plane),
                   .table = rw_rwi_get_table (&coding) };

  rw_gain_compute (net->after.logs, net->n_rates, net->n_channels, net->stride,
                   net->after.span, (double) (float) plane, self->gains);
  return refine (&r, error);
}
