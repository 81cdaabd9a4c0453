/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pictures through the net of a codec, in strips of rows, which are cut into
 * tiles.  A tile is run with as much around it as its result depends on.  Where
 * one ends, the last bits of a float may be others than without tiles.
 */
#include "base/alloc.h"
#include "base/parallel.h"
#include "codec/codec-net-private.h"
#include "codec/codec-tables.h"
#include "layers/gain.h"
#include "layers/rounds.h"
#include "tasks/sample.h"

#include <math.h>
#include <string.h>

enum {
  /* A strip is so high that its rows take little memory, and few are made
     twice. */
  STRIP_PIXELS = 12 << 20,
  STRIP_MAX = 1024, /* pixels high */
  STRIP_MIN = 512,
  TILE_MAX = 1280, /* pixels wide */
  MAX_LATENT = 32767,
};

/* From here on bands are lower, for a tenth more time, unless told a cap. */
#define USUAL_BYTES ((gsize) 512 << 20)

/* A picture on its way, in rows of latents. */
typedef struct {
  const RwCodecNet *net;
  const RwCodecPart *part;
  const RwCodecPlan *plan;
  RwTold told;         /* the rate */
  float *gains, scale; /* of each channel; or NULL, and of all rounds */
  int columns, rows;   /* latents */
  int unit, made;      /* rows of the run's input and output that one row is */
  RwRun *run;
  int halo;
  int first, end;  /* what the strip makes */
  int top, bottom; /* what it reads */
  int start, stop; /* columns that the tile makes */
  int left, right; /* that it reads */
  const RwCodecAnalysis *analysis;
  const RwCodecSynthesis *synthesis;
  float *raw; /* of a strip */
} Passage;

static void
begin (Passage *passage,
       const RwCodecNet *net,
       const RwCodecPart *part,
       const RwCodecPlan *plan)
{
  const gboolean analyses = part == &net->analysis;

  passage->net = net;
  passage->part = part;
  passage->plan = plan;
  passage->columns = (plan->width - 1) / net->scale + 1;
  passage->rows = (plan->height - 1) / net->scale + 1;
  passage->unit = analyses ? net->scale : 1;
  passage->made = analyses ? 1 : net->scale;
  passage->halo = rw_net_get_halo (part->net) / passage->unit;
}

/* (transfer full) */
static float *
compute_gains (const RwCodecNet *net, const RwCodecGains *gains, double rate)
{
  const double last = net->n_rates - 1;
  float *made = g_new (float, net->n_channels);

  rw_gain_compute (gains->logs, net->n_rates, net->n_channels, net->stride,
                   gains->span,
                   (double) (float) (CLAMP (rate, 0, last) / last), made);
  return made;
}

/* ---- strips ------------------------------------------------------------- */

/* The strip that begins at row @first of latents. */
static void
set_strip (Passage *passage, int first)
{
  passage->first = first;
  passage->end = MIN (first + passage->plan->strip, passage->rows);
  passage->top = MAX (first - passage->halo, 0);
  passage->bottom = MIN (passage->end + passage->halo, passage->rows);
}

/* The tile that begins at column @start. */
static void
set_tile (Passage *passage, int start)
{
  const int made = passage->made;

  passage->start = start;
  passage->stop = MIN (start + passage->plan->tile, passage->columns);
  passage->left = MAX (start - passage->halo, 0);
  passage->right = MIN (passage->stop + passage->halo, passage->columns);
  rw_run_set_wanted (passage->run, (start - passage->left) * made,
                     (passage->first - passage->top) * made,
                     (passage->stop - start) * made,
                     (passage->end - passage->first) * made);
}

static int
count_read_rows (const Passage *passage)
{
  return passage->bottom - passage->top;
}

static int
count_read_columns (const Passage *passage)
{
  return passage->right - passage->left;
}

/* Where those begin that are like all others: the first two and the last two.
 * Returns how many. */
static int
choose_looked (int n, int step, int starts[4])
{
  const int count = (n - 1) / step + 1;
  const int looked[] = { 0, 1, count - 2, count - 1 };
  int n_looked = 0;

  for (int i = 0; i < 4; i++)
    if (looked[i] >= (i > 0 ? looked[i - 1] + 1 : 0) && looked[i] < count)
      starts[n_looked++] = looked[i] * step;
  return n_looked;
}

/* What a run allocates by @plan, and what it reads at most. */
static gboolean
predict (Passage *passage, RwCodecPlan *plan, GError **error)
{
  int rows[4], columns[4];
  const int n_rows = choose_looked (passage->rows, plan->strip, rows);
  const int n_columns = choose_looked (passage->columns, plan->tile, columns);
  RwRunBytes bytes = { 0 };
  gboolean good = TRUE;

  passage->run = rw_run_new (passage->part->net, RW_RUN_INFER, plan->workers);
  rw_run_set_band (passage->run, plan->band);
  plan->reach = 0;
  for (int i = 0; good && i < n_rows * n_columns; i++) {
    set_strip (passage, rows[i / n_columns]);
    set_tile (passage, columns[i % n_columns]);
    plan->reach = MAX (plan->reach, count_read_rows (passage));
    good = rw_run_predict (
        passage->run, 1, count_read_rows (passage) * passage->unit,
        count_read_columns (passage) * passage->unit, &bytes, error);
  }
  rw_run_free (passage->run);
  plan->run = bytes;
  plan->bytes = bytes.input + bytes.output + bytes.arena + bytes.scratch;
  return good;
}

static const RwCodecPart *
get_part (const RwCodecNet *net, RwCodecWay way)
{
  return way == RW_CODEC_ANALYSIS ? &net->analysis : &net->synthesis;
}

/* Rows of latents: whole bands. */
static int
choose_strip (int scale, int width)
{
  const int height = CLAMP (STRIP_PIXELS / width, STRIP_MIN, STRIP_MAX);

  return MAX (height / scale / RW_CODEC_BAND_ROWS, 1) * RW_CODEC_BAND_ROWS;
}

/* Columns of latents: tiles of about one width. */
static int
choose_tile (int scale, int width)
{
  const int columns = (width - 1) / scale + 1;
  const int n = (columns - 1) / MAX (TILE_MAX / scale, 1) + 1;

  return (columns - 1) / n + 1;
}

gboolean
rw_codec_net_plan (const RwCodecNet *self,
                   RwCodecWay way,
                   int width,
                   int height,
                   gsize cap,
                   RwCodecPlan *plan,
                   GError **error)
{
  const gsize most = cap > 0 ? cap : USUAL_BYTES;
  Passage passage = { 0 };

  *plan = (RwCodecPlan){ .width = width,
                         .height = height,
                         .strip = choose_strip (self->scale, width),
                         .tile = choose_tile (self->scale, width),
                         .workers = rw_parallel_get_workers () };
  begin (&passage, self, get_part (self, way), plan);
  if (!predict (&passage, plan, error))
    return FALSE;
  for (int band = 64; plan->bytes > most && band >= 4; band /= 2) {
    plan->band = band;
    if (!predict (&passage, plan, error))
      return FALSE;
  }
  if (plan->bytes <= most || cap == 0)
    return TRUE;
  plan->workers = 1;
  return predict (&passage, plan, error);
}

/* What the ways do otherwise. */
typedef struct {
  gboolean (*begin) (Passage *passage, GError **error); /* of a strip */
  RwItemFunc fill; /* a row of a tile's input */
  RwItemFunc take; /* a row of its result */
  gboolean (*end) (Passage *passage, GError **error);
} Steps;

static gboolean
run_tile (Passage *passage, const Steps *steps, GError **error)
{
  if (!rw_run_prepare (passage->run, 1,
                       count_read_rows (passage) * passage->unit,
                       count_read_columns (passage) * passage->unit, error))
    return FALSE;
  rw_parallel_for (count_read_rows (passage) * passage->unit, steps->fill,
                   passage);
  rw_run_forward (passage->run, passage->part->pack);
  rw_parallel_for ((passage->end - passage->first) * passage->made,
                   steps->take, passage);
  return TRUE;
}

/* Goes through all strips. */
static gboolean
run_strips (Passage *passage, const Steps *steps, GError **error)
{
  const RwCodecPlan *plan = passage->plan;
  passage->run = rw_run_new (passage->part->net, RW_RUN_INFER, plan->workers);
  rw_run_set_band (passage->run, plan->band);
  gboolean good = rw_run_reserve (passage->run, &plan->run, error);
  for (int first = 0; good && first < passage->rows; first += plan->strip) {
    set_strip (passage, first);
    good = steps->begin (passage, error);
    for (int start = 0; good && start < passage->columns;
         start += plan->tile) {
      set_tile (passage, start);
      good = run_tile (passage, steps, error);
    }
    good = good && steps->end (passage, error);
  }
  rw_run_free (passage->run);
  return good;
}

/* ---- analysis ----------------------------------------------------------- */

/* Pixel rows, those that others are mirrored from among them. */
static gboolean
need_pixels (Passage *p, GError **error)
{
  const int height = p->plan->height, scale = p->net->scale;
  const int beyond = p->bottom * scale - height; /* mirrored */
  const int top = beyond > 0
                      ? MIN (p->top * scale, MAX (height - 1 - beyond, 0))
                      : p->top * scale;
  const RwCodecAnalysis *analysis = p->analysis;

  return analysis->need == NULL ||
         analysis->need (analysis->data, top,
                         MIN (p->bottom * scale, height) - top, error);
}

/* Columns of the picture, those that others are mirrored from among them. */
static void
feed_pixels (int y, int worker, void *data)
{
  const Passage *p = data;
  const RwFeed *feed = &p->net->feed;
  const int scale = p->net->scale, own = p->plan->width,
            left = p->left * scale, right = p->right * scale,
            row = rw_mirror (p->top * scale + y, p->plan->height);
  const int beyond = right - own; /* mirrored */
  const int from = beyond > 0 ? MIN (left, MAX (own - 1 - beyond, 0)) : left;
  const int n = MIN (right, own) - from;
  g_autofree float *rgb = g_new (float, 3 * (gsize) n);
  float *to = rw_run_get_input (p->run) +
              (gsize) y * (gsize) (right - left) * (gsize) feed->stride;

  p->analysis->get (p->analysis->data, row, from, n, rgb);
  const int n_own = MIN (right, own) - left;
  rw_feed_fill (feed, rgb + 3 * (left - from), NULL, &p->told, (gsize) n_own,
                to);
  for (int x = left + n_own; x < right; x++)
    rw_feed_fill (feed, rgb + 3 * (rw_mirror (x, own) - from), NULL, &p->told,
                  1, to + (gsize) (x - left) * (gsize) feed->stride);
}

static void
take_latents (int y, int worker, void *data)
{
  const Passage *p = data;
  const gsize columns = (gsize) p->columns,
              stride = rw_channel_stride (p->net->n_raw);
  const gsize rows = (gsize) (p->end - p->first), start = (gsize) p->start;
  const float *from =
      rw_run_get_output (p->run) +
      ((gsize) (p->first - p->top + y) * (gsize) count_read_columns (p) +
       (gsize) (p->start - p->left)) *
          stride;

  for (gsize c = 0; c < (gsize) p->net->n_raw; c++)
    for (gsize x = start; x < (gsize) p->stop; x++)
      p->raw[(c * rows + (gsize) y) * columns + x] =
          from[(x - start) * stride + c];
}

static gboolean
finish_latents (Passage *p, GError **error)
{
  return p->analysis->take (p->analysis->data, p->raw, p->first,
                            p->end - p->first, error);
}

static const Steps analysis_steps = { need_pixels, feed_pixels, take_latents,
                                      finish_latents };

gboolean
rw_codec_net_analyse_strips (const RwCodecNet *self,
                             double rate,
                             const RwCodecPlan *plan,
                             const RwCodecAnalysis *analysis,
                             GError **error)
{
  const double last = self->n_rates - 1;
  /* the same for any number of rounds */
  const double told = self->n_rounds > 0 ? 1 : CLAMP (rate, 0, last) / last;
  Passage passage = { .analysis = analysis, .told = { (float) told, TRUE } };

  begin (&passage, self, &self->analysis, plan);
  rw_autofree float *raw = rw_try_alloc (
      (gsize) MIN (plan->strip, passage.rows) * (gsize) passage.columns,
      (gsize) self->n_raw * sizeof *raw, "latents of a strip", error);
  passage.raw = raw;
  return raw != NULL && run_strips (&passage, &analysis_steps, error);
}

/* Colour that is not a number makes none. */
static gint16
round_latent (float value)
{
  const float most = MAX_LATENT;

  return isnan (value) ? 0 : (gint16) rintf (CLAMP (value, -most, most));
}

/* @n: latents of a round. */
static void
cut_in_rounds (const RwCodecNet *self,
               double rate,
               const float *raw,
               gsize n,
               gint16 *latents)
{
  const RwRounds wanted = rw_rounds_at (rate, self->n_rounds);

  memset (latents, 0, n * (gsize) self->n_rounds * sizeof *latents);
  for (gsize i = 0; i < n; i++) {
    const float value = rw_rounds_hold (wanted.scale * raw[i], self->n_rounds);

    for (int round = 0; round < wanted.n; round++)
      latents[(gsize) round * n + i] =
          (gint16) rw_rounds_get_index (value, round);
  }
}

void
rw_codec_net_quantise (const RwCodecNet *self,
                       double rate,
                       const float *raw,
                       gsize n,
                       gint16 *latents)
{
  if (self->n_rounds > 0) {
    cut_in_rounds (self, rate, raw, (gsize) self->n_raw * n, latents);
    return;
  }
  g_autofree float *gains = compute_gains (self, &self->before, rate);

  for (gsize c = 0; c < (gsize) self->n_channels; c++)
    for (gsize i = c * n; i < (c + 1) * n; i++)
      latents[i] = round_latent (gains[c] * raw[i]);
}

/* ---- synthesis ---------------------------------------------------------- */

static gboolean
begin_pixels (Passage *p, GError **error)
{
  const RwCodecSynthesis *synthesis = p->synthesis;
  const int scale = p->net->scale, y = p->first * scale;

  return synthesis->begin == NULL ||
         synthesis->begin (synthesis->data, y,
                           MIN (p->end * scale, p->plan->height) - y, error);
}

/* What each round adds to the latents at @from, [n_channels][@n], which were
 * scaled. */
static void
feed_rounds (
    const RwCodecNet *net, const gint16 *from, gsize n, float scale, float *to)
{
  const gsize n_raw = (gsize) net->n_raw;

  for (gsize c = 0; c < (gsize) net->n_channels; c++) {
    const int before = c >= n_raw ? from[(c - n_raw) * n] : 0;

    to[c] =
        rw_rounds_get_step (from[c * n], before, (int) (c / n_raw)) / scale;
  }
}

static void
feed_latents (int y, int worker, void *data)
{
  const Passage *p = data;
  const gsize n = (gsize) p->columns * (gsize) p->rows,
              stride = (gsize) p->net->stride,
              first =
                  (gsize) (p->top + y) * (gsize) p->columns + (gsize) p->left,
              columns = (gsize) count_read_columns (p);
  float *to = rw_run_get_input (p->run) + (gsize) y * columns * stride;

  for (gsize x = 0; p->net->n_rounds > 0 && x < columns; x++)
    feed_rounds (p->net, p->synthesis->latents + first + x, n, p->scale,
                 to + x * stride);
  for (gsize c = 0; p->gains != NULL && c < (gsize) p->net->n_channels; c++)
    for (gsize x = 0; x < columns; x++)
      to[x * stride + c] =
          p->gains[c] * (float) p->synthesis->latents[c * n + first + x];
}

static void
put_pixels (int y, int worker, void *data)
{
  const Passage *p = data;
  const int scale = p->net->scale, row = p->first * scale + y,
            x = p->start * scale, end = MIN (p->stop * scale, p->plan->width);

  if (row < p->plan->height)
    p->synthesis->put (p->synthesis->data, row, x, end - x, worker,
                       rw_run_get_output (p->run) +
                           4 * ((gsize) (row - p->top * scale) *
                                    (gsize) (count_read_columns (p) * scale) +
                                (gsize) ((p->start - p->left) * scale)));
}

static gboolean
finish_pixels (Passage *p, GError **error)
{
  const RwCodecSynthesis *synthesis = p->synthesis;
  const int scale = p->net->scale, y = p->first * scale;

  return synthesis->end == NULL ||
         synthesis->end (synthesis->data, y,
                         MIN (p->end * scale, p->plan->height) - y, error);
}

static const Steps synthesis_steps = { begin_pixels, feed_latents, put_pixels,
                                       finish_pixels };

gboolean
rw_codec_net_synthesise_strips (const RwCodecNet *self,
                                double rate,
                                const RwCodecPlan *plan,
                                const RwCodecSynthesis *synthesis,
                                GError **error)
{
  g_autofree float *gains =
      self->n_rounds > 0 ? NULL : compute_gains (self, &self->after, rate);
  Passage passage = { .synthesis = synthesis,
                      .gains = gains,
                      .scale = rw_rounds_at (rate, self->n_rounds).scale };

  begin (&passage, self, &self->synthesis, plan);
  return run_strips (&passage, &synthesis_steps, error);
}
