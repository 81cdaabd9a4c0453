/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A part of test-int8.c: the kernels.
 */
#pragma once

/* ---- rounding ----------------------------------------------------------- */

/* By the definition in int8.h. */
static int
quantised (float x, const RwInt8Scale *s)
{
  const float at = x * (1 / s->scale);

  if (!(at > (float) -s->zero))
    return 0;
  return (int) rintf (MIN (at, (float) (255 - s->zero))) + s->zero;
}

static int
read_channel (const RwInt8Kernels *k, const void *q, gsize i)
{
  return k->group == 4 ? ((const guint8 *) q)[i] : ((const gint16 *) q)[i];
}

static void
check_quantise (const RwInt8Kernels *k,
                int n,
                int channels,
                int repeat,
                const RwInt8Scale *scale,
                guint64 *state)
{
  const gsize bytes = rw_int8_channel_bytes (k), gap = 4,
              x_step = (gsize) channels + gap,
              q_step = bytes * (gsize) channels + 4 * gap,
              q_floats = ((gsize) (n * repeat) * q_step - 4 * gap) / 4;
  g_autoptr (RefFence) x = ref_fence_random ((gsize) n * x_step - gap, state);
  g_autoptr (RefFence) q = ref_fence_new (q_floats);
  static const float special[] = { NAN,  INFINITY, -INFINITY, 0.5f, -0.5f,
                                   1.5f, 1e30f,    -1e30f,    -0.0f };

  for (gsize i = 0; i < x->n; i++)
    x->v[i] = ref_below (state, 8) ? x->v[i] * 300 * scale->scale
                                   : special[ref_below (state, 9)];
  k->quantise (&(RwInt8Input){ q->v, q_step, x->v, x_step, n, channels, repeat,
                               scale });
  for (int i = 0; i < n * repeat; i++)
    for (int c = 0; c < channels; c++)
      g_assert_cmpint (
          read_channel (k, (char *) q->v + (gsize) i * q_step, (gsize) c), ==,
          quantised (x->v[(gsize) (i / repeat) * x_step + (gsize) c], scale));
  for (gsize i = 0; i < q->n; i++)
    if (4 * i % q_step >= bytes * (gsize) channels)
      ref_fence_expect_canary (q, i, k->name);
}

static void
check_round (const RwInt8Kernels *k,
             gsize n,
             const RwInt8Scale *scale,
             guint64 *state)
{
  g_autoptr (RefFence) x = ref_fence_random (n, state);
  g_autoptr (RefFence) y = ref_fence_new (n);
  g_autoptr (RefFence) dy = ref_fence_random (n, state);
  g_autoptr (RefFence) dx = ref_fence_random (n, state);
  g_autoptr (RefFence) fresh = ref_fence_new (n);
  g_autofree float *before = g_memdup2 (dx->v, n * sizeof (float));

  for (gsize i = 0; i < n; i++)
    x->v[i] *= 300 * scale->scale;
  k->round (y->v, x->v, n, scale);
  k->round_grad (dx->v, dy->v, x->v, n, scale, TRUE);
  k->round_grad (fresh->v, dy->v, x->v, n, scale, FALSE);
  for (gsize i = 0; i < n; i++) {
    const int q = quantised (x->v[i], scale);
    const float at = x->v[i] * (1 / scale->scale) + (float) scale->zero;
    const float d = at >= -0.5f && at <= 255.5f ? dy->v[i] : 0;

    g_assert_cmpfloat (y->v[i], ==, (float) (q - scale->zero) * scale->scale);
    g_assert_cmpfloat (fresh->v[i], ==, d);
    g_assert_cmpfloat (dx->v[i], ==, before[i] + d);
  }
}

static void
test_rounding (void)
{
  const RwInt8Scale scales[] = {
    { 0.01f, 0 }, { 0.37f, 255 }, { 1, 128 }, { 1e-30f, 3 }, { 2, 77 }
  };

  for (int level = 0; level < RW_N_INT8_LEVELS; level++) {
    const RwInt8Kernels *k = rw_int8_kernels_for_level (level);
    guint64 state = 11;

    for (guint s = 0; k && s < G_N_ELEMENTS (scales); s++)
      for (int channels = 16; channels <= 112; channels += 16) {
        check_quantise (k, 1 + channels % 5, channels, 1 + channels / 16 % 2,
                        &scales[s], &state);
        check_round (k, (gsize) channels, &scales[s], &state);
      }
  }
}

/* ---- products ----------------------------------------------------------- */

typedef struct {
  int m, n, n_rows, depth;
  gboolean bias, add, relu;
  int extreme; /* 1: numbers of the largest sums */
} Case;

/* Numbers of one case, the same for all levels. */
typedef struct {
  const Case *c;
  gsize step; /* channels between pixels */
  gsize row;  /* channels between rows */
  guint8 *q;
  gint8 *w;
  float *bias, *scale, *add;
  gint32 *correction;
} Numbers;

static void
fill_numbers (Numbers *x, const Case *c, guint64 *state)
{
  const gsize depth = (gsize) (c->depth * c->n_rows), n = (gsize) c->n;
  *x = (Numbers){ .c = c, .step = (gsize) c->depth };
  x->row = x->step * (gsize) c->m + 16;
  x->q = g_new (guint8, x->row * (gsize) c->n_rows);
  x->w = g_new (gint8, depth * n);
  x->bias = g_new (float, n);
  x->scale = g_new (float, n);
  x->correction = g_new (gint32, n);
  x->add = g_new (float, (gsize) c->m *n);
  for (gsize i = 0; i < x->row * (gsize) c->n_rows; i++)
    x->q[i] = c->extreme ? 255 : (guint8) ref_below (state, 256);
  for (gsize i = 0; i < depth * n; i++)
    x->w[i] = (gint8) (c->extreme ? (i & 1 ? 127 : -127)
                                  : ref_below (state, 255) - 127);
  for (gsize o = 0; o < n; o++) {
    x->bias[o] = (float) ref_uniform (state);
    x->scale[o] = (float) (1e-4 * (1.1 + ref_uniform (state)));
    x->correction[o] = ref_below (state, 100000) - 50000;
  }
  for (gsize i = 0; i < (gsize) c->m * n; i++)
    x->add[i] = (float) ref_uniform (state);
}

static void
clear_numbers (Numbers *x)
{
  g_free (x->q);
  g_free (x->w);
  g_free (x->bias);
  g_free (x->scale);
  g_free (x->correction);
  g_free (x->add);
}

/* Result (i, o): the sum exactly, the rest rounded as int8.h says. */
static float
textbook (const Numbers *x, int i, int o)
{
  const Case *c = x->c;
  gint64 sum = 0;

  for (int r = 0; r < c->n_rows; r++)
    for (int k = 0; k < c->depth; k++)
      sum +=
          (gint64) x->q[(gsize) r * x->row + (gsize) i * x->step + (gsize) k] *
          x->w[(gsize) (r * c->depth + k) * (gsize) c->n + (gsize) o];
  g_assert_cmpint (ABS (sum), <=, G_MAXINT32);
  volatile float y = (float) (sum - x->correction[o]) * x->scale[o];
  if (c->bias)
    y = y + x->bias[o];
  if (c->add)
    y = y + x->add[i * c->n + o];
  return c->relu && !(y > 0) ? 0 : y;
}

static void
check_level (const RwInt8Kernels *k, const Numbers *x)
{
  const Case *c = x->c;
  const gsize bytes = rw_int8_channel_bytes (k),
              depth = (gsize) (c->depth * c->n_rows), gap = 16,
              y_step = (gsize) c->n + gap,
              n_q = (x->row * (gsize) c->n_rows - 16) * bytes;
  g_autoptr (RefFence) q = ref_fence_new (n_q / 4);
  g_autoptr (RefFence) w =
      ref_fence_new (depth * (gsize) c->n / (gsize) k->group);
  g_autoptr (RefFence) y = ref_fence_new ((gsize) c->m * y_step - gap);
  g_autofree float *add = g_new (float, (gsize) c->m *y_step);

  for (gsize i = 0; i < n_q / bytes; i++)
    rw_int8_fill (k, (char *) q->v + i * bytes, x->q[i], 1);
  rw_int8_pack (k, w->v, x->w, depth, (gsize) c->n);
  for (int i = 0; i < c->m; i++)
    memcpy (add + (gsize) i * y_step, x->add + i * c->n,
            (gsize) c->n * sizeof (float));
  k->multiply (
      &(RwInt8Product){ .q = q->v,
                        .q_row = x->row * bytes,
                        .q_step = x->step * bytes,
                        .weights = w->v,
                        .n_rows = c->n_rows,
                        .depth = c->depth,
                        .m = c->m,
                        .n = c->n,
                        .correction = x->correction,
                        .scale = x->scale,
                        .bias = c->bias ? x->bias : NULL,
                        .add = c->add ? add : NULL,
                        .y = y->v,
                        .y_step = y_step,
                        .store = c->relu ? RW_STORE_RELU : RW_STORE_PLAIN });
  for (gsize at = 0; at < y->n; at++)
    if (at % y_step < (gsize) c->n)
      g_assert_cmpfloat (
          y->v[at], ==,
          textbook (x, (int) (at / y_step), (int) (at % y_step)));
    else
      ref_fence_expect_canary (y, at, k->name);
}

static void
check_case (const Case *c, guint64 seed)
{
  Numbers x;

  fill_numbers (&x, c, &seed);
  for (int level = 0; level < RW_N_INT8_LEVELS; level++)
    if (rw_int8_kernels_for_level (level))
      check_level (rw_int8_kernels_for_level (level), &x);
  clear_numbers (&x);
}

static void
test_products (void)
{
  for (int m = 1; m <= 30; m++)
    for (int n = 16; n <= 128; n += 16)
      check_case (&(Case){ .m = m,
                           .n = n,
                           .n_rows = 1 + m % 3,
                           .depth = 16 * (1 + n / 16 % 3),
                           .bias = m & 1,
                           .add = m & 2,
                           .relu = m & 4 },
                  (guint64) (m * 100 + n));
}

/* The largest sums there may be. */
static void
test_extremes (void)
{
  check_case (&(Case){ .m = 3,
                       .n = 16,
                       .n_rows = 2,
                       .depth = RW_INT8_MAX_TERMS / 2,
                       .extreme = 1 },
              1);
}
