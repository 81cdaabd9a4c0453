/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The net of a codec: a picture to whole numbers, the latents, and back.
 *
 *   analysis | gain 6 -> | round |  gain 6 | synthesis
 *
 * The net of a weight file is cut at its two gains.  What it has besides for
 * training, the count of bits, stays in the file and is not run.
 *
 * Another kind of net has its latents in rounds (layers/rounds.h):
 *
 *   analysis | rounds 5 |  a gated state goes through the rounds, synthesis
 *
 * Its rates are the numbers of rounds, less 1, and its channels those of all
 * rounds, one behind the other.
 *
 * Latents lie at every 16th pixel both ways, in 96 channels.  (The numbers are
 * those of the recipe; ask for a net's own.)
 */
#pragma once

#include "weights/weights.h"

typedef struct RwCodecNet RwCodecNet; /* immutable after opening; any thread */

/* Takes @weights, loaded from @name, also on failure.  RW_ERROR_MISMATCH for
 * weights of another task than compress and for nets without two gains around
 * what is to be rounded, _LIMIT. */
RwCodecNet *
rw_codec_net_new (RwWeights *weights, const char *name, GError **error);

/* Loads what rw_weights_find finds for @weights; NULL or "": the default. */
RwCodecNet *rw_codec_net_load (const char *weights, GError **error);
void rw_codec_net_free (RwCodecNet *net); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCodecNet, rw_codec_net_free)

int rw_codec_net_get_n_channels (const RwCodecNet *net); /* of the latents */
int rw_codec_net_get_scale (const RwCodecNet *net);    /* pixels a latent, each
                                                         way */
int rw_codec_net_get_n_rates (const RwCodecNet *net);  /* 2 or more */
int rw_codec_net_get_n_raw (const RwCodecNet *net);    /* before rounding: of a
                                                       round */
int rw_codec_net_get_n_rounds (const RwCodecNet *net); /* 0: in none */
int rw_codec_net_get_n_tables (const RwCodecNet *net); /* of the entropy coder:
                                                          for each rate, or two
                                                          for all rounds */

/* SHA-256 of the weight file, hex; the net's. */
const char *rw_codec_net_get_digest (const RwCodecNet *net);

/* @rgb: [height][width][3], sRGB-coded, clamped to the weights' range (0..1);
 * any size from 1 on, mirrored up to a multiple of the scale.  @rate: 0, the
 * fewest bits, to n_rates - 1, clamped; between whole numbers the gains are
 * interpolated, or the steps of all rounds a little larger.  Fills @latents, [n_channels][h][w] with h = height / scale
 * and w = width / scale rounded up, each held in -32767..32767.  Works in
 * strips, on all workers, whose number changes no bit.  RW_ERROR_LIMIT. */
gboolean rw_codec_net_analyse (const RwCodecNet *net,
                               double rate,
                               const float *rgb,
                               int width,
                               int height,
                               gint16 *latents,
                               GError **error);

/* The same in two steps: what comes before the gains and rounding,
 * [n_channels][h][w], or of one round, and these. @n: h * w.  A net is told the rate in its
 * analysis, too, so that only the rate that this was made at gives what
 * rw_codec_net_analyse gives; others are near. */
void rw_codec_net_quantise (const RwCodecNet *net,
                            double rate,
                            const float *raw,
                            gsize n,
                            gint16 *latents);

/* The other way, with the sizes as above; @rgb is held in 0..1. */
gboolean rw_codec_net_synthesise (const RwCodecNet *net,
                                  double rate,
                                  const gint16 *latents,
                                  int width,
                                  int height,
                                  float *rgb,
                                  GError **error);

/* ---- strip by strip ----------------------------------------------------- */

typedef enum { RW_CODEC_ANALYSIS, RW_CODEC_SYNTHESIS } RwCodecWay;

/* How a picture goes through a net.  Strips and tiles depend on its size alone,
 * so that neither memory nor threads change a bit. */
typedef struct {
  int width, height; /* pixels */
  int strip;         /* rows of latents that a strip makes: whole bands */
  int tile;          /* columns of them that are made at once */
  int reach;         /* rows of latents that it reads, at most */
  int band, workers; /* of the run */
  RwRunBytes run;    /* what it allocates */
  gsize bytes;       /* the same, together */
} RwCodecPlan;

/* @cap: bytes that the run may have, at the price of time; it takes more where
 * nothing makes it so small.  0: any number, usually 512 MiB.  Errors: those of rw_run_predict.
 */
gboolean rw_codec_net_plan (const RwCodecNet *net,
                            RwCodecWay way,
                            int width,
                            int height,
                            gsize cap,
                            RwCodecPlan *plan,
                            GError **error);

typedef struct {
  /* Before a strip: pixel rows @y..@y + @n - 1 will be asked for.  Or NULL. */
  gboolean (*need) (gpointer data, int y, int n, GError **error);
  /* Of row @y, @n pixels from @x on: [n][3].  Any thread. */
  void (*get) (gpointer data, int y, int x, int n, float *rgb);
  /* What comes before the gains of @n rows of latents from row @first on,
   * [n_channels][n][w], or of one round; strips come from the top down. */
  gboolean (*take) (
      gpointer data, const float *raw, int first, int n, GError **error);
  gpointer data;
} RwCodecAnalysis;

gboolean rw_codec_net_analyse_strips (const RwCodecNet *net,
                                      double rate,
                                      const RwCodecPlan *plan,
                                      const RwCodecAnalysis *analysis,
                                      GError **error);

typedef struct {
  const gint16 *latents; /* of the whole picture */
  /* Before a strip: pixel rows @y..@y + @n - 1 will be put.  Or NULL. */
  gboolean (*begin) (gpointer data, int y, int n, GError **error);
  /* Of row @y, @n pixels from @x on: [n][4], not clamped, the fourth being
   * nothing.  Any thread, one call at a time for each @worker. */
  void (*put) (
      gpointer data, int y, int x, int n, int worker, const float *rgba);
  /* After it.  Or NULL. */
  gboolean (*end) (gpointer data, int y, int n, GError **error);
  gpointer data;
} RwCodecSynthesis;

gboolean rw_codec_net_synthesise_strips (const RwCodecNet *net,
                                         double rate,
                                         const RwCodecPlan *plan,
                                         const RwCodecSynthesis *synthesis,
                                         GError **error);
