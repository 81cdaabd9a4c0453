/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The kernels for whole numbers of one level, RW_INT8; with RW_INT8_VNNI those
 * of four bytes.  Sums are taken in register blocks of R pixels by N vectors
 * of outputs, as in multiply.c: a step loads N vectors of weights and spreads
 * R groups of channels.
 */
#include "kernels/int8.h"
#include "kernels/vector.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

enum { MAX_ROWS = 14, MAX_COLS = 3 };

#if RW_VL == 16
enum { ROWS_1 = 14, ROWS_2 = 14, ROWS_3 = 9 };
#else
enum { ROWS_1 = 12, ROWS_2 = 6, ROWS_3 = 4 };
#endif

#ifdef RW_INT8_VNNI
typedef uint8_t Quantum;
#else
typedef int16_t Quantum;
#endif
enum { GROUP = 4 / sizeof (Quantum) };

typedef Mask Ints; /* 32 bits each */
typedef int IntsAt
    __attribute__ ((vector_size (4 * RW_VL), aligned (4), may_alias));
typedef Quantum Quanta
    __attribute__ ((vector_size (RW_VL * sizeof (Quantum))));

/* ---- what differs between the levels ----------------------------------- */

/* sum + the dot product of each lane's group.  As one line of assembly, since
 * gcc 12 spills an array of sums that goes through VNNI's intrinsics. */
INLINE Ints
add_dot (Ints sum, Ints q, Ints w)
{
#if defined RW_INT8_VNNI && RW_VL == 16
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(q), "v"(w));
  return sum;
#elif defined RW_INT8_VNNI
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(q), "x"(w));
  return sum;
#elif RW_VL == 16
  return sum + (Ints) _mm512_madd_epi16 ((__m512i) q, (__m512i) w);
#elif RW_VL == 8
  return sum + (Ints) _mm256_madd_epi16 ((__m256i) q, (__m256i) w);
#elif defined __SSE2__
  return sum + (Ints) _mm_madd_epi16 ((__m128i) q, (__m128i) w);
#else
  return sum + ((q << 16) >> 16) * ((w << 16) >> 16) + (q >> 16) * (w >> 16);
#endif
}

/* The nearest whole numbers to x in [low, high], ties to even; NaN: low. */
INLINE Ints
round_within (Vector x, Vector low, Vector high)
{
#if RW_VL == 16
  return (Ints) _mm512_cvtps_epi32 (
      _mm512_min_ps (_mm512_max_ps (x, low), high));
#elif RW_VL == 8
  return (Ints) _mm256_cvtps_epi32 (
      _mm256_min_ps (_mm256_max_ps (x, low), high));
#elif defined __SSE2__
  return (Ints) _mm_cvtps_epi32 (_mm_min_ps (_mm_max_ps (x, low), high));
#else
  /* adding 1.5 * 2^23 leaves no room for a fraction */
  const Vector shift = spread (0x1.8p23f);
  const Mask above = x > low;

  x = (Vector) (((Mask) x & above) | ((Mask) low & ~above));
  const Mask below = x < high;

  x = (Vector) (((Mask) x & below) | ((Mask) high & ~below));
  return __builtin_convertvector((x + shift) - shift, Ints);
#endif
}

/* Numbers of 0..255 in the form that add_dot takes. */
INLINE Quanta
narrow (Ints whole)
{
#if defined RW_INT8_VNNI && RW_VL == 8
  const __m128i low = _mm256_castsi256_si128 ((__m256i) whole),
                high = _mm256_extracti128_si256 ((__m256i) whole, 1);
  const __m128i words = _mm_packus_epi32 (low, high);
  const long long bytes = _mm_cvtsi128_si64 (_mm_packus_epi16 (words, words));
  return (Quanta) bytes;
#else
  return __builtin_convertvector(whole, Quanta);
#endif
}

/* ---- pixels to whole numbers ------------------------------------------- */

static void
quantise (const RwInt8Input *in)
{
  const int at_zero = in->scale->zero;
  const Vector inverse = spread (rw_int8_inverse (in->scale));
  const Vector low = spread ((float) -at_zero),
               high = spread ((float) (255 - at_zero));
  const Ints zero = at_zero - (Ints){ 0 };
  const float *x = in->x;
  char *q = in->q;

  for (int i = 0; i < in->n_pixels; i++, x += in->x_step) {
    for (int c = 0; c < in->channels; c += RW_VL) {
      const Ints whole =
          round_within (load (x + c) * inverse, low, high) + zero;
      const Quanta quanta = narrow (whole);

      for (int r = 0; r < in->repeat; r++)
        memcpy (q + r * in->q_step + c * sizeof (Quantum), &quanta,
                sizeof quanta);
    }
    q += in->repeat * in->q_step;
  }
}

/* ---- training with rounded numbers ------------------------------------- */

static void
round_floats (float *y, const float *x, size_t n, const RwInt8Scale *scale)
{
  const Vector inverse = spread (rw_int8_inverse (scale)),
               step = spread (scale->scale);
  const Vector low = spread ((float) -scale->zero),
               high = spread ((float) (255 - scale->zero));

  for (size_t i = 0; i < n; i += RW_VL)
    store (y + i,
           __builtin_convertvector(
               round_within (load (x + i) * inverse, low, high), Vector) *
               step);
}

static void
round_grad (float *dx,
            const float *dy,
            const float *x,
            size_t n,
            const RwInt8Scale *scale,
            int add)
{
  const Vector inverse = spread (rw_int8_inverse (scale));
  const Vector low = spread ((float) -scale->zero - 0.5f),
               high = spread (255.5f - (float) scale->zero);

  for (size_t i = 0; i < n; i += RW_VL) {
    const Vector at = load (x + i) * inverse;
    const Vector d =
        select_or_zero ((at >= low) & (at <= high), load (dy + i));

    store (dx + i, add ? load (dx + i) + d : d);
  }
}

/* ---- products ---------------------------------------------------------- */

INLINE Ints
spread_group (const char *q)
{
  int group;

  memcpy (&group, q, sizeof group);
  return group - (Ints){ 0 };
}

INLINE Ints
load_ints (const void *p)
{
  return *(const IntsAt *) p;
}

/* What is left to do with the sum of outputs @o on of pixel @i. */
INLINE void
finish (const RwInt8Product *p, int i, int o, Ints sum)
{
  const size_t at = (size_t) i * p->y_step + (size_t) o;
  Vector y =
      __builtin_convertvector(sum - load_ints (p->correction + o), Vector) *
      load (p->scale + o);

  if (p->bias)
    y += load (p->bias + o);
  if (p->add)
    y += load (p->add + at);
  store (p->y + at, p->store & RW_STORE_RELU ? relu (y) : y);
}

/* Pixels @i to @i + @rows, outputs @o to @o + @cols vectors. */
INLINE void
multiply_block (const RwInt8Product *p, int i, int o, int rows, int cols)
{
  const char *w = (const char *) p->weights + 4 * (size_t) o;
  const size_t w_row = 4 * (size_t) p->n;
  Ints sum[MAX_ROWS][MAX_COLS];

  UNROLL
  for (int r = 0; r < rows; r++)
    UNROLL
  for (int v = 0; v < cols; v++)
    sum[r][v] = (Ints){ 0 };
  for (int row = 0; row < p->n_rows; row++) {
    const char *q =
        (const char *) p->q + (size_t) row * p->q_row + (size_t) i * p->q_step;

    for (int k = 0; k < p->depth; k += GROUP, q += 4, w += w_row) {
      Ints weights[MAX_COLS];

      UNROLL
      for (int v = 0; v < cols; v++)
        weights[v] = load_ints (w + 4 * v * RW_VL);
      UNROLL
      for (int r = 0; r < rows; r++) {
        const Ints x = spread_group (q + (size_t) r * p->q_step);

        UNROLL
        for (int v = 0; v < cols; v++)
          sum[r][v] = add_dot (sum[r][v], x, weights[v]);
      }
    }
  }
  UNROLL
  for (int r = 0; r < rows; r++)
    UNROLL
  for (int v = 0; v < cols; v++)
    finish (p, i + r, o + v * RW_VL, sum[r][v]);
}

/* The number of rows as a constant, so that sums stay in registers. */
#define CASE(rows, cols)                                                      \
  case rows:                                                                  \
    multiply_block (p, i, o, rows, cols);                                     \
    break;
#define CASES_4(cols)                                                         \
  CASE (1, cols) CASE (2, cols) CASE (3, cols) CASE (4, cols)
#define CASES_6(cols) CASES_4 (cols) CASE (5, cols) CASE (6, cols)
#define CASES_9(cols)                                                         \
  CASES_6 (cols) CASE (7, cols) CASE (8, cols) CASE (9, cols)
#define CASES_12(cols)                                                        \
  CASES_9 (cols) CASE (10, cols) CASE (11, cols) CASE (12, cols)
#define CASES_14(cols) CASES_12 (cols) CASE (13, cols) CASE (14, cols)

static void
multiply_1 (const RwInt8Product *p, int i, int o, int rows)
{
  switch (rows) {
#if RW_VL == 16
    CASES_14 (1)
#else
    CASES_12 (1)
#endif
  }
}

static void
multiply_2 (const RwInt8Product *p, int i, int o, int rows)
{
  switch (rows) {
#if RW_VL == 16
    CASES_14 (2)
#else
    CASES_6 (2)
#endif
  }
}

static void
multiply_3 (const RwInt8Product *p, int i, int o, int rows)
{
  switch (rows) {
#if RW_VL == 16
    CASES_9 (3)
#else
    CASES_4 (3)
#endif
  }
}

static void
multiply (const RwInt8Product *p)
{
  static void (*const blocks[]) (const RwInt8Product *, int, int,
                                 int) = { NULL, multiply_1, multiply_2,
                                          multiply_3 };
  static const int most[] = { 0, ROWS_1, ROWS_2, ROWS_3 };

  for (int o = 0; o < p->n;) {
    const int left = (p->n - o) / RW_VL, cols = left == 4  ? 2
                                                : left < 3 ? left
                                                           : 3;
    const int n_blocks = (p->m + most[cols] - 1) / most[cols];

    for (int b = 0, i = 0; b < n_blocks; b++) {
      const int end = (int) ((long) p->m * (b + 1) / n_blocks);

      blocks[cols](p, i, o, end - i);
      i = end;
    }
    o += cols * RW_VL;
  }
}

#define KERNELS RW_PASTE (rw_int8, RW_INT8)
#define STRING_(x) #x
#define STRING(x) STRING_ (x)

extern const RwInt8Kernels KERNELS;
const RwInt8Kernels KERNELS = {
  .name = STRING (RW_INT8),
  .group = GROUP,
  .quantise = quantise,
  .multiply = multiply,
  .round = round_floats,
  .round_grad = round_grad,
};
