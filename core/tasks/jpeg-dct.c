/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * libjpeg's default DCT, the "slow" one of whole numbers: Loeffler, Ligtenberg
 * and Moschytz 1989 by factors in 1/8192, rounded to quarters after the first
 * pass and, forward, to whole numbers after the second.  It gives 8 times
 * T.81's coefficients.  In floats, so that compilers vectorise it; sums that
 * need more than 24 bits may then be rounded the other way, which is rare.
 */
#include "tasks/jpeg-dct.h"

#include "tasks/sample.h"

#include <math.h>

#define FACTOR(n) ((n) / 8192.0f)
#define F_0_298 FACTOR (2446)
#define F_0_390 FACTOR (3196)
#define F_0_541 FACTOR (4433)
#define F_0_765 FACTOR (6270)
#define F_0_899 FACTOR (7373)
#define F_1_175 FACTOR (9633)
#define F_1_501 FACTOR (12299)
#define F_1_847 FACTOR (15137)
#define F_1_961 FACTOR (16069)
#define F_2_053 FACTOR (16819)
#define F_2_562 FACTOR (20995)
#define F_3_072 FACTOR (25172)

/* To the nearest whole number, halves up, |value| < 2^22: what is added and
 * taken away leaves no bits for a fraction.  The small number is above the
 * last bit of coefficients and below any fraction that matters. */
static inline float
round_up (float value)
{
  const float large = 0x1.8p23f;

  return (value + 0x1p-9f + large) - large;
}

/* The odd half, which is the same forward and backward: y = (1, 3, 5, 7). */
static inline void
rotate_odd (const float x[4], float y[4])
{
  const float s03 = x[0] + x[3], s12 = x[1] + x[2];
  const float s02 = x[0] + x[2], s13 = x[1] + x[3];
  const float all = (s02 + s13) * F_1_175;
  const float a = all - s02 * F_1_961, b = all - s13 * F_0_390;

  y[3] = x[0] * F_0_298 - s03 * F_0_899 + a;
  y[2] = x[1] * F_2_053 - s12 * F_2_562 + b;
  y[1] = x[2] * F_3_072 - s12 * F_2_562 + a;
  y[0] = x[3] * F_1_501 - s03 * F_0_899 + b;
}

/* Every column; what comes out is multiplied by @unit and rounded. */
static inline void
transform_columns (float b[8][8], float unit)
{
  for (int i = 0; i < 8; i++) {
    const float s07 = b[0][i] + b[7][i], s16 = b[1][i] + b[6][i];
    const float s25 = b[2][i] + b[5][i], s34 = b[3][i] + b[4][i];
    const float odd[4] = { b[3][i] - b[4][i], b[2][i] - b[5][i],
                           b[1][i] - b[6][i], b[0][i] - b[7][i] };
    float y[4];

    const float e0 = s07 + s34, e3 = s07 - s34;
    const float e1 = s16 + s25, e2 = s16 - s25;
    const float turn = (e2 + e3) * F_0_541;
    b[0][i] = round_up ((e0 + e1) * unit);
    b[4][i] = round_up ((e0 - e1) * unit);
    b[2][i] = round_up ((turn + e3 * F_0_765) * unit);
    b[6][i] = round_up ((turn - e2 * F_1_847) * unit);

    rotate_odd (odd, y);
    b[1][i] = round_up (y[0] * unit);
    b[3][i] = round_up (y[1] * unit);
    b[5][i] = round_up (y[2] * unit);
    b[7][i] = round_up (y[3] * unit);
  }
}

/* The inverse; here only the first pass is rounded, and pixels later. */
static inline void
restore_columns (float b[8][8])
{
  for (int i = 0; i < 8; i++) {
    const float odd[4] = { b[7][i], b[5][i], b[3][i], b[1][i] };
    float y[4];

    const float turn = (b[2][i] + b[6][i]) * F_0_541;
    const float t2 = turn - b[6][i] * F_1_847;
    const float t3 = turn + b[2][i] * F_0_765;
    const float t0 = b[0][i] + b[4][i], t1 = b[0][i] - b[4][i];
    const float e0 = t0 + t3, e3 = t0 - t3, e1 = t1 + t2, e2 = t1 - t2;

    rotate_odd (odd, y);
    b[0][i] = e0 + y[0];
    b[7][i] = e0 - y[0];
    b[1][i] = e1 + y[1];
    b[6][i] = e1 - y[1];
    b[2][i] = e2 + y[2];
    b[5][i] = e2 - y[2];
    b[3][i] = e3 + y[3];
    b[4][i] = e3 - y[3];
  }
}

static inline void
transpose (float from[8][8], float to[8][8])
{
  for (int y = 0; y < 8; y++)
    for (int x = 0; x < 8; x++)
      to[x][y] = from[y][x];
}

/* To quarters, counted in quarters. */
static inline void
transpose_rounded (float from[8][8], float to[8][8])
{
  for (int y = 0; y < 8; y++)
    for (int x = 0; x < 8; x++)
      to[x][y] = round_up (from[y][x] * 4);
}

/* Coefficients that lie halfway between two multiples of the step, of which
 * flat blocks have many, go away from 0. */
static inline float
round_level (float level)
{
  return (float) (int) (level + copysignf (0.5f, level));
}

/* @b holds 8 times the coefficients, whole numbers.  Where the quotient of
 * whole numbers is next to a whole number a product with the reciprocal might
 * fall to its other side; a quarter more keeps it away from there. */
static inline void
quantise (float b[8][8], const float steps[8][8], const float per[8][8])
{
  for (int v = 0; v < 8; v++)
    for (int u = 0; u < 8; u++) {
      const float step = steps[v][u], value = b[v][u];
      const int level = (int) ((fabsf (value) + 4 * step + 0.25f) * per[v][u]);
      b[v][u] = copysignf ((float) level * step, value);
    }
}

/* 8 times the coefficients of a block.  libjpeg's order of passes, which
 * matters for the rounding: along rows, quarters kept; along columns. */
static inline void
transform (const float *pixels, gsize stride, float b[8][8])
{
  float t[8][8];

  for (gsize y = 0; y < 8; y++)
    for (gsize x = 0; x < 8; x++)
      t[x][y] = pixels[y * stride + x] - 128;
  transform_columns (t, 4);
  transpose (t, b);
  transform_columns (b, 0.25f);
}

/* From coefficients to @t[x][y], 32 times the pixels: along columns, quarters
 * kept; along rows. */
static inline void
restore (float b[8][8], float t[8][8])
{
  restore_columns (b);
  transpose_rounded (b, t);
  restore_columns (t);
}

static void
code_block (float *pixels,
            gsize stride,
            const float steps[8][8],
            const float per[8][8])
{
  float b[8][8], t[8][8];

  transform (pixels, stride, b);
  quantise (b, steps, per);
  restore (b, t);
  for (gsize y = 0; y < 8; y++)
    for (gsize x = 0; x < 8; x++)
      pixels[y * stride + x] = rw_round_to_byte (t[x][y] / 32 + 128);
}

static void
fill_steps (const guint16 *table, float steps[8][8])
{
  for (int v = 0; v < 8; v++)
    for (int u = 0; u < 8; u++)
      steps[v][u] = table[8 * v + u];
}

void
rw_jpeg_dct_code (float *plane,
                  gsize width,
                  gsize height,
                  const guint16 *table)
{
  float steps[8][8], per[8][8]; /* per: 1 / (8 steps) */

  fill_steps (table, steps);
  for (int i = 0; i < 64; i++)
    per[i / 8][i % 8] = 0.125f / steps[i / 8][i % 8];
  for (gsize y = 0; y < height; y += 8)
    for (gsize x = 0; x < width; x += 8)
      code_block (plane + y * width + x, width, steps, per);
}

/* ---- intervals --------------------------------------------------------- */

/* How far inside its interval a coefficient is moved, at most to the middle.
 * Rounding to 8 bits moves a luma coefficient by a deviation of 0.35: 0.2 in
 * colour and 0.29 in the encoder's luma.  Chosen of 0.25, 0.5, 0.75 and 1 as
 * the least with which 99 % of a smoothed picture's levels come back at
 * qualities 10 to 80 (tests/unit/test-jpeg-constrain.c). */
static const float inside = 0.75f;

/* @b: 8 times the coefficients; becomes the change of the coefficients. */
static inline void
find_change (float b[8][8], float file[8][8], const float steps[8][8])
{
  for (int v = 0; v < 8; v++)
    for (int u = 0; u < 8; u++) {
      const float step = steps[v][u], has = b[v][u] / 8;
      const float level = round_level (file[v][u] / (8 * step));
      const float away = has - level * step;
      const float most = step / 2, edge = MAX (most - inside, 0);
      b[v][u] = away > most ? edge - away : away < -most ? -edge - away : 0;
    }
}

static void
constrain_block (float *pixels,
                 const float *file,
                 gsize stride,
                 const float steps[8][8])
{
  float b[8][8], t[8][8];

  transform (pixels, stride, b);
  transform (file, stride, t);
  find_change (b, t, steps);
  restore (b, t);
  for (gsize y = 0; y < 8; y++)
    for (gsize x = 0; x < 8; x++)
      pixels[y * stride + x] = t[x][y] / 32;
}

void
rw_jpeg_dct_constrain (float *plane,
                       const float *file,
                       gsize width,
                       gsize height,
                       const guint16 *table)
{
  float steps[8][8];

  fill_steps (table, steps);
  for (gsize y = 0; y < height; y += 8)
    for (gsize x = 0; x < width; x += 8)
      constrain_block (plane + y * width + x, file + y * width + x, width,
                       steps);
}
