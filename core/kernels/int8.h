/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Convolution with whole numbers: pixels of 8 bits without sign times weights
 * of 8 bits with sign, summed in 32 bits.  Sums are exact, and what is done in
 * float around them is not contracted, so all levels give the same bits.
 *
 *   x ~ scale (q - zero), q = 0..255        w ~ weight_scale[o] k, |k| <= 127
 *   y[o] = scale weight_scale[o] (sum q k - zero sum k) + bias[o]
 *
 * The levels are those of kernels.h, and v3 and v4 with VNNI's dot product of
 * four bytes (vpdpbusd) beside those without, which multiply pairs of 16 bits:
 * vpmaddubsw's pairs of bytes would saturate.  REWEAVE_CPU caps v3 and v4; a
 * machine's VNNI is used under either.
 * Source: Jacob et al. 2018, sections 2.1 to 2.4, for the scheme.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum {
  RW_INT8_GENERIC,
  RW_INT8_V3,
  RW_INT8_V3_VNNI,
  RW_INT8_V4,
  RW_INT8_V4_VNNI,
  RW_N_INT8_LEVELS,
} RwInt8Level;

/* x ~ scale (q - zero); scale > 0, with a finite inverse; zero in 0..255 */
typedef struct {
  float scale;
  int zero;
} RwInt8Scale;

static inline float
rw_int8_inverse (const RwInt8Scale *scale)
{
  return 1 / scale->scale;
}

/* The most terms of a sum that 32 bits hold: 255 * 127 * 65536 < 2^31. */
#define RW_INT8_MAX_TERMS 65536

/* @n_pixels pixels of @channels (a multiple of 16) floats, @x_step floats
 * apart, to q, @q_step bytes apart, each written @repeat times in a row:
 *   q = clamp (round (x * (1 / scale)), -zero, 255 - zero) + zero,
 * ties to even; NaN becomes 0. */
typedef struct {
  void *q;
  size_t q_step;
  const float *x;
  size_t x_step;
  int n_pixels, channels, repeat;
  const RwInt8Scale *scale;
} RwInt8Input;

/* y[i][o] = store (float (sum[i][o] - correction[o]) * scale[o] + bias[o] +
 * add[i][o]) for @m pixels i and @n (a multiple of 16) outputs o, where sum
 * goes over @n_rows rows r and @depth channels c of q[r][i][c] w[r][c][o].
 * bias and add may be NULL, add may be y.  Steps: bytes for q, floats for y
 * and add. */
typedef struct {
  const void *q;
  size_t q_row, q_step;
  const void *weights; /* as rw_int8_pack makes them */
  int n_rows, depth;   /* depth: a multiple of 16 */
  int m, n;
  const int32_t *correction;
  const float *scale, *bias, *add;
  float *y;
  size_t y_step;
  int store; /* RwStore bits */
} RwInt8Product;

typedef struct {
  const char *name; /* "v4-vnni" */
  /* Neighbouring channels in 32 bits: 4 of 8 bits each, or 2 of 16. */
  int group;
  void (*quantise) (const RwInt8Input *input);
  void (*multiply) (const RwInt8Product *product);
  /* y = scale (q - zero), q as quantise makes it of x; y may be x.  @n: a
   * multiple of 16. */
  void (*round) (float *y, const float *x, size_t n, const RwInt8Scale *scale);
  /* dx = dy where x is not clamped and 0 elsewhere, or += with add: what is
   * taken for round's gradient (Bengio et al. 2013, straight-through). */
  void (*round_grad) (float *dx,
                      const float *dy,
                      const float *x,
                      size_t n,
                      const RwInt8Scale *scale,
                      int add);
} RwInt8Kernels;

/* The fastest that this machine has and rw_kernels_get_level allows. */
const RwInt8Kernels *rw_int8_kernels (void);

/* Those of a level, or NULL where the machine or the build lacks it. */
const RwInt8Kernels *rw_int8_kernels_for_level (RwInt8Level level);

/* Bytes of one channel of a quantised pixel. */
static inline size_t
rw_int8_channel_bytes (const RwInt8Kernels *kernels)
{
  return kernels->group == 4 ? 1 : 2;
}

/* Fills @n channels with @value. */
void rw_int8_fill (const RwInt8Kernels *kernels, void *q, int value, size_t n);

/* Weights [depth][n] of one channel after another to the kernels' order,
 * [depth / group][n][group]; @packed has 4 depth n / group bytes. */
void rw_int8_pack (const RwInt8Kernels *kernels,
                   void *packed,
                   const int8_t *weights,
                   size_t depth,
                   size_t n);
