/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The textbook: every layer in double precision, by definition and without
 * speed, and nets of them from their text.  Nothing here calls the core, so a
 * mistake has to be made twice to pass.
 *
 * Tensors are double, [N][C][H][W], as in papers and in PyTorch; the core's
 * are float, [N][H][W][channel stride].  Functions abort on misuse: only tests
 * call.
 */
#pragma once

#include <glib.h>

typedef struct {
  int n, c, h, w;
  double *v; /* [n][c][h][w], owned */
} RefTensor;

RefTensor *ref_new (int n, int c, int h, int w); /* zeros */
RefTensor *ref_copy (const RefTensor *x);
void ref_free (RefTensor *x); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RefTensor, ref_free)

gsize ref_size (const RefTensor *x); /* n c h w */
double *ref_at (const RefTensor *x, int n, int c, int y, int x_);
double ref_dot (const RefTensor *a, const RefTensor *b);
double ref_rms (const RefTensor *x);

/* From and to the core's layout; ref_to_nhwc writes zeros to padding lanes. */
RefTensor *ref_from_nhwc (const float *x, int n, int c, int h, int w, int cs);
void ref_to_nhwc (const RefTensor *x, float *y, int cs);
/* Whether the lanes c..cs-1 of [pixels][cs] are all +0 or -0. */
gboolean ref_padding_is_zero (const float *x, gsize pixels, int c, int cs);

/* ---- random numbers, a plain sequence ---------------------------------- */

guint64 ref_bits (guint64 *state);
int ref_below (guint64 *state, int n);        /* 0..n-1 */
double ref_uniform (guint64 *state);          /* [-1,1) */
void ref_fill (RefTensor *x, guint64 *state); /* floats of [-1,1) */

/* ---- memory with fences ------------------------------------------------ */

/* @n floats whose end touches a page that faults when read or written; the
 * floats themselves and the space before them hold a pattern. */
typedef struct {
  float *v;
  gsize n;
  char *map;
  gsize map_bytes;
} RefFence;

RefFence *ref_fence_new (gsize n);
void
ref_fence_free (RefFence *fence); /* aborts if the pattern before v changed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RefFence, ref_fence_free)

/* The same with random values in [-1,1). */
RefFence *ref_fence_random (gsize n, guint64 *state);

/* Aborts with @what if value @at is not the pattern any more. */
void
ref_fence_expect_canary (const RefFence *fence, gsize at, const char *what);

/* ---- rounding ----------------------------------------------------------- */

/* Aborts with @what and the numbers unless a sum of @n terms in float is as
 * near to the exact one as roundings allow, each term rounded twice:
 *   |got - want| <= 2 (n + 8) 2^-24 sum |terms|;  NaN fails. */
void ref_expect_sum (const char *what,
                     gsize at,
                     double got,
                     double want,
                     int n,
                     double sum_of_absolutes);

/* ---- layers ------------------------------------------------------------ */

/* @weight [out][in][k][k], @bias [out] or NULL.  @pad zeros at top and left;
 * bottom and right as far as the size out_h x out_w needs. */
RefTensor *ref_conv (const RefTensor *x,
                     const double *weight,
                     const double *bias,
                     int out,
                     int k,
                     int stride,
                     int pad,
                     int out_h,
                     int out_w);

typedef double (*RefScalarFunc) (double x, double option);
RefTensor *ref_map (const RefTensor *x, RefScalarFunc fn, double option);
double ref_relu (double x, double unused);
double ref_leaky_relu (double x, double slope);
double ref_gelu (double x, double unused); /* x Phi (x) */
double ref_sigmoid (double x, double unused);
double ref_tanh (double x, double unused);
double ref_round (double x, double unused); /* halves to even */
RefTensor *ref_prelu (const RefTensor *x, const double *slope); /* [c] */

RefTensor *ref_max_pool (const RefTensor *x, int k);
RefTensor *ref_average_pool (const RefTensor *x, int k);
RefTensor *ref_upsample (const RefTensor *x, int r);  /* nearest */
RefTensor *ref_bilinear (const RefTensor *x, int r);  /* to r times the size */
RefTensor *ref_shuffle (const RefTensor *x, int r);   /* c r^2 -> c, bigger */
RefTensor *ref_unshuffle (const RefTensor *x, int r); /* c -> c r^2 */
RefTensor *ref_multiply (const RefTensor *a, const RefTensor *b);
RefTensor *ref_subtract (const RefTensor *a, const RefTensor *b);
RefTensor *ref_gate (const RefTensor *x); /* 2c -> c */
/* @weight [in][out][k][k], @bias [out] or NULL; to stride times the size */
RefTensor *ref_deconv (const RefTensor *x,
                       const double *weight,
                       const double *bias,
                       int out,
                       int k,
                       int stride);
/* @weight [out][c h w], @bias [out] or NULL; one pixel */
RefTensor *ref_dense (const RefTensor *x,
                      const double *weight,
                      const double *bias,
                      int out);
/* GDN (power -0.5) and its inverse (0.5); @beta [c], @gamma [c][c], both as
 * the file has them, before they are made positive */
RefTensor *ref_divisive (const RefTensor *x,
                         const double *beta,
                         const double *gamma,
                         double power);
RefTensor *ref_add (const RefTensor *a, const RefTensor *b);
RefTensor *ref_concat (const RefTensor *a, const RefTensor *b);
/* Of c channels c-1, filled where the last tells: means with the weights
 * sum over k of 3^(-5k) for pixels at most (3^k - 1) / 2 away, k to @steps */
RefTensor *ref_fill_holes (const RefTensor *x, int steps, int smooth);
/* Of c channels c-1, coded as sRGB, with 2^(@stops v) as much light; the last
 * is v, and what is not above 0 changes nothing.  What would be brighter than
 * white is white, or stays as it was if it was brighter */
RefTensor *ref_brighten (const RefTensor *x, double stops);
/* y = x + channels first..first+x->c-1 of @input (all of one if it has one) */
RefTensor *
ref_residual (const RefTensor *x, const RefTensor *input, int first);

/* @logs [rates][c]; the rate is told by the last channel of @told, 0..1. */
RefTensor *ref_gain (const RefTensor *x,
                     const RefTensor *told,
                     const double *logs,
                     int rates,
                     double span);
/* One channel: -log2 of what a Laplace distribution has within 1/2 of x rounded,
 * or with @noise, of x + noise.  @widths [rates][c][12]: ln, less what
 * a class begins with. */
RefTensor *ref_count_bits (const RefTensor *x,
                           const RefTensor *told,
                           const double *widths,
                           int rates,
                           double span,
                           const RefTensor *noise);

/* The layers of these names. */
RefTensor *ref_rounds (const RefTensor *x, const RefTensor *told, int rounds);
RefTensor *ref_slice (const RefTensor *x, int first, int channels);

/* ---- nets -------------------------------------------------------------- */

typedef struct {
  int n_params;
  double **values; /* in file layout, in the order of the text */
} RefParams;

/* Runs the net that @text says. */
RefTensor *ref_net_run (const char *text,
                        const RefTensor *input,
                        const RefParams *params);

/* Whether there is a textbook for the layer called @name. */
gboolean ref_net_knows (const char *name);
