/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Better latents for one picture.  An analysis gives latents that are good for
 * all pictures, and rounding takes no account of what synthesis makes of them.
 * Here latents move by ones where that lowers J = lambda D + R, D being the square
 * error of the synthesis and R the bits that the tables take.  What a step changes
 * of D is told by its gradient and by a curvature, of R by the contexts; of the
 * steps that lower J some, drawn by chance, are made at once, and then it is looked
 * again.
 * Sources: Campos et al. 2019 (content adaptive optimisation); Ortega and
 * Ramchandran 1998 (rate-distortion optimised quantisation).
 */
#pragma once

#include "codec/codec-private.h"

/* How often a picture goes forwards and backwards through the synthesis. */
#define RW_CODEC_REFINE_PASSES 9

typedef struct RwCodecRefiner RwCodecRefiner; /* one thread */

/* For strips of up to @rows rows of @columns latents.  RW_ERROR_LIMIT. */
RwCodecRefiner *rw_codec_refiner_new (const RwCodec *codec,
                                      int columns,
                                      int rows,
                                      GError **error);
void rw_codec_refiner_free (RwCodecRefiner *refiner); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCodecRefiner, rw_codec_refiner_free)

gsize rw_codec_refiner_get_bytes (const RwCodecRefiner *refiner);

/* A strip, and the pixels that it stands for. */
typedef struct {
  int rate;          /* in steps of 1 / RW_RWI_RATE_STEPS */
  int rows;          /* of latents */
  int width, height; /* pixels: the last latents may stand for fewer */
  /* Of row @y of the strip, @n pixels from @x on: [n][3], sRGB-coded.  Any
   * thread. */
  void (*get) (gpointer data, int y, int x, int n, float *rgb);
  /* After each of about a hundred parts of the work; FALSE stops it. */
  gboolean (*go_on) (gpointer data, double fraction);
  gpointer data;
} RwCodecRefining;

/* @latents: [n_channels][rows][columns], those of the analysis; J is never
 * higher afterwards.  The same for any number of threads.  FALSE: stopped, with
 * no error set, or RW_ERROR_LIMIT. */
gboolean rw_codec_refine (RwCodecRefiner *refiner,
                          const RwCodecRefining *strip,
                          gint16 *latents,
                          GError **error);
