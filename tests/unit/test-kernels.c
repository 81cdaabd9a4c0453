/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every kernel at every CPU level that this machine has, against the same in
 * double precision.  A kernel without a check does not compile.  Buffers end
 * at a fence page; whatever a kernel must not write holds a canary.  The bound
 * is that of a sum of n terms, each rounded once or twice:
 *   !(|got - want| <= 2 (n + 8) 2^-24 sum |terms|).
 */
#include "kernels/kernels.h"

#include "reference/reference.h"

#include <math.h>
#include <string.h>

typedef struct {
  const RwKernels *k;
  const char *what; /* kernel, level, seed: for messages */
  guint64 state;
} Check;

#define RW_KERNEL(name, arguments) static void check_##name (Check *t);
#include "kernels/kernels.def"
#undef RW_KERNEL

/* ---- helpers ----------------------------------------------------------- */

static RefFence *
random_fence (Check *t, gsize n)
{
  return ref_fence_random (n, &t->state);
}

/* @sum: of the absolute values of the @n terms */
static void
expect (Check *t, gsize at, double got, double want, int n, double sum)
{
  ref_expect_sum (t->what, at, got, want, n, sum);
}

#include "correlate-check.h"
#include "kernels-winograd.h"

/* ---- matrix products --------------------------------------------------- */

typedef void (*Multiply) (int m,
                          int n,
                          int k,
                          const float *a,
                          size_t a_row,
                          const float *b,
                          size_t b_row,
                          float *c,
                          size_t c_row,
                          int add);

/* Every element against a sum in double, canaries between the rows, and the
 * last row by itself: the same bits. */
static void
check_product (
    Check *t, Multiply multiply, gboolean across, int m, int n, int k, int add)
{
  const int pad = 16, depth = across ? m : k;
  const gsize a_row = depth + pad, b_row = n + pad, c_row = n + 2 * pad;
  g_autoptr (RefFence) a =
      random_fence (t, ((across ? k : m) - 1) * a_row + depth);
  g_autoptr (RefFence) b = random_fence (t, (k - 1) * b_row + n);
  g_autoptr (RefFence) c = ref_fence_new ((m - 1) * c_row + n);
  g_autofree float *before = g_new0 (float, c->n);
  g_autofree float *alone = g_new0 (float, n);

  for (gsize i = 0; i < c->n; i++)
    if (i % c_row < (gsize) n)
      before[i] = c->v[i] = add ? (float) ref_uniform (&t->state) : NAN;
  memcpy (alone, before + (m - 1) * c_row, n * sizeof (float));
  multiply (m, n, k, a->v, a_row, b->v, b_row, c->v, c_row, add);
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      const gsize at = i * c_row + j;
      double sum = add ? (double) before[at] : 0, sums = fabs (sum);
      for (int l = 0; l < k; l++) {
        const double term =
            (double) a->v[across ? l * a_row + i : i * a_row + l] *
            (double) b->v[l * b_row + j];
        sum += term;
        sums += fabs (term);
      }
      expect (t, at, (double) c->v[at], sum, k, sums);
    }
  for (gsize i = 0; i < c->n; i++)
    if (i % c_row >= (gsize) n)
      ref_fence_expect_canary (c, i, t->what);
  multiply (1, n, k, a->v + (m - 1) * (across ? 1 : a_row), a_row, b->v, b_row,
            alone, n, add);
  g_assert_cmpmem (alone, n * sizeof (float), c->v + (m - 1) * c_row,
                   n * sizeof (float));
}

static void
check_products (Check *t, Multiply multiply, gboolean across)
{
  for (int m = 1; m <= 33; m++)
    for (int n = 16; n <= 112; n += 16)
      check_product (t, multiply, across, m, n, 1 + (m * 7 + n) % 37, m % 2);
  check_product (t, multiply, across, 28, 48, 48, FALSE);
  check_product (t, multiply, across, 112, 128, 200, TRUE);
}

static void
check_gemm (Check *t)
{
  check_products (t, t->k->gemm, FALSE);
}

static void
check_gemm_ta (Check *t)
{
  check_products (t, t->k->gemm_ta, TRUE);
}

/* Rows [first, first + k) of a matrix in panels: the same bits as of the
 * matrix as it is.  Point 0 of the transformed weights is tap 0 / 16. */
static void
check_panels (Check *t, int m, int n, int k, int first)
{
  const gsize plane = (gsize) (first + k) * n;
  g_autoptr (RefFence) a = random_fence (t, m * k);
  g_autoptr (RefFence) b = random_fence (t, 9 * plane);
  g_autoptr (RefFence) c = ref_fence_new (m * n);
  g_autofree float *packed = g_new (float, 36 * plane);
  g_autofree float *want = g_new (float, m *n);

  t->k->winograd_weights (packed, b->v, first + k, n);
  for (gsize i = 0; i < plane; i++)
    b->v[i] /= 16;
  t->k->gemm (m, n, k, a->v, k, b->v + first * n, n, want, n, FALSE);
  t->k->gemm_panels (m, n, k, first, a->v, k, packed, c->v, n);
  g_assert_cmpmem (c->v, m * n * sizeof (float), want, m * n * sizeof (float));
}

static void
check_gemm_panels (Check *t)
{
  for (int m = 1; m <= 33; m++)
    for (int n = 16; n <= 112; n += 16)
      check_panels (t, m, n, 1 + (m * 7 + n) % 37, m % 3 * 16);
}

/* ---- once over every value --------------------------------------------- */

static void
check_pool (Check *t, int n, int channels, int size, int pad)
{
  const gsize row = (gsize) (n * size + pad) * channels;
  g_autoptr (RefFence) x =
      random_fence (t, (size - 1) * row + (gsize) n * size * channels);
  g_autoptr (RefFence) y = ref_fence_new ((gsize) n * channels);

  t->k->max_pool (y->v, x->v, row, n, channels, size);
  for (int i = 0; i < n; i++)
    for (int c = 0; c < channels; c++) {
      float want = -2;
      for (int k = 0; k < size * size; k++)
        want = MAX (want, x->v[k / size * row +
                               (gsize) (i * size + k % size) * channels + c]);
      g_assert_cmpfloat (y->v[(gsize) i * channels + c], ==, want);
    }
}

/* Values of few kinds, so that several are the largest. */
static RefFence *
even_fence (Check *t, gsize n)
{
  RefFence *fence = random_fence (t, n);

  for (gsize i = 0; i < n; i++)
    fence->v[i] = roundf (fence->v[i] * 2);
  return fence;
}

static void
check_pool_grad (Check *t, int n, int channels, int size, gboolean add)
{
  const gsize row = (gsize) n * size * channels + 16;
  const gsize n_x = (size - 1) * row + (gsize) n * size * channels;
  g_autoptr (RefFence) x = even_fence (t, n_x);
  g_autoptr (RefFence) dx = random_fence (t, n_x);
  g_autoptr (RefFence) y = ref_fence_new ((gsize) n * channels);
  g_autoptr (RefFence) dy = random_fence (t, y->n);
  g_autofree float *want = g_memdup2 (dx->v, n_x * sizeof (float));

  t->k->max_pool (y->v, x->v, row, n, channels, size);
  for (gsize i = 0; i < y->n; i++) {
    gboolean given = FALSE;
    for (int k = 0; k < size * size; k++) {
      const gsize at = k / size * row +
                       (i / channels * size + k % size) * channels +
                       i % channels;
      const gboolean hit = !given && x->v[at] == y->v[i];
      want[at] = (add ? want[at] : 0) + (hit ? dy->v[i] : 0);
      given |= hit;
    }
  }
  t->k->max_pool_grad (dx->v, dy->v, x->v, y->v, row, n, channels, size, add);
  for (gsize i = 0; i < n_x; i++)
    g_assert_cmpfloat (dx->v[i], ==, want[i]);
}

static void
check_max_pool_grad (Check *t)
{
  for (int size = 2; size <= 3; size++)
    for (int channels = 4; channels <= 64; channels += channels < 16 ? 4 : 16)
      for (int n = 1; n <= 4; n++)
        check_pool_grad (t, n, channels, size, n % 2);
}

static void
check_max_pool (Check *t)
{
  for (int size = 2; size <= 4; size++)
    for (int channels = 4; channels <= 64; channels += channels < 16 ? 4 : 16)
      for (int n = 1; n <= 5; n++)
        check_pool (t, n, channels, size, n % 2);
}

static const int lengths[] = { 0,  1,  3,  7,  8,  9,  15, 16,
                               17, 31, 32, 33, 63, 64, 65, 1000 };
static const int strides[] = { 4, 8, 12, 16, 20, 32, 48, 64 };

static void
check_bias (
    Check *t, int n, int channels, gboolean with_bias, Add add, int mode)
{
  g_autoptr (RefFence) bias = random_fence (t, channels);
  g_autoptr (RefFence) y = random_fence (t, (gsize) n * channels);
  g_autoptr (RefFence) other = random_fence (t, y->n);
  g_autofree float *before = g_memdup2 (y->v, y->n * sizeof (float));

  t->k->bias_rows (y->v, with_bias ? bias->v : NULL,
                   add == ADD_SELF    ? y->v
                   : add == ADD_OTHER ? other->v
                                      : NULL,
                   n, channels, mode);
  for (gsize i = 0; i < y->n; i++) {
    const float added = add == ADD_SELF    ? before[i]
                        : add == ADD_OTHER ? other->v[i]
                                           : 0;
    expect (t, i, (double) y->v[i],
            stored ((double) before[i],
                    with_bias ? (double) bias->v[i % channels] : 0,
                    (double) added, mode),
            3, 3);
  }
}

static void
check_bias_rows (Check *t)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (strides); j++) {
      for (int add = ADD_NONE; add <= ADD_SELF; add++)
        for (int way = 0; way < 4; way++)
          check_bias (t, lengths[i], strides[j], way / 2, (Add) add, way % 2);
    }
}

static void
check_bias_sum (Check *t, int n, int channels)
{
  g_autoptr (RefFence) dy = random_fence (t, (gsize) n * channels);
  g_autoptr (RefFence) db = random_fence (t, channels);
  g_autofree float *before = g_memdup2 (db->v, channels * sizeof (float));

  t->k->bias_grad (db->v, dy->v, n, channels);
  for (int c = 0; c < channels; c++) {
    double sum = (double) before[c], sums = fabs (sum);
    for (int i = 0; i < n; i++) {
      sum += (double) dy->v[i * channels + c];
      sums += fabs ((double) dy->v[i * channels + c]);
    }
    expect (t, c, (double) db->v[c], sum, 64, sums);
  }
}

static void
check_bias_grad (Check *t)
{
  for (gsize j = 0; j < G_N_ELEMENTS (strides); j++) {
    for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
      check_bias_sum (t, lengths[i], strides[j]);
    check_bias_sum (t, 20000, strides[j]);
  }
}

/* ReLU of NaN is 0; with a slope NaN stays NaN; neighbours see neither. */
static void
check_leaky_nan (Check *t, float slope)
{
  g_autoptr (RefFence) x = random_fence (t, 67);
  g_autoptr (RefFence) y = ref_fence_new (67);
  x->v[33] = NAN;
  t->k->leaky_relu (y->v, x->v, 67, slope);
  for (int i = 0; i < 67; i++)
    if (i != 33)
      g_assert_true (isfinite (y->v[i]));
  if (slope == 0)
    g_assert_true (y->v[33] == 0);
  else
    g_assert_true (isnan (y->v[33]));
}

static void
check_leaky_relu (Check *t)
{
  static const float slopes[] = { 0, 0.1f, 0.25f };
  for (gsize s = 0; s < G_N_ELEMENTS (slopes); s++) {
    for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
      g_autoptr (RefFence) x = random_fence (t, lengths[i]);
      g_autoptr (RefFence) y = ref_fence_new (lengths[i]);
      t->k->leaky_relu (y->v, x->v, x->n, slopes[s]);
      for (gsize j = 0; j < x->n; j++)
        expect (t, j, (double) y->v[j],
                ref_leaky_relu ((double) x->v[j], (double) slopes[s]), 1, 1);
      t->k->leaky_relu (x->v, x->v, x->n, slopes[s]);
      g_assert_cmpmem (x->v, x->n * 4, y->v, y->n * 4);
    }
    check_leaky_nan (t, slopes[s]);
  }
}

static void
check_leaky_grad (Check *t, int n, float slope, int add)
{
  g_autoptr (RefFence) dx = random_fence (t, n);
  g_autoptr (RefFence) dy = random_fence (t, n);
  g_autoptr (RefFence) y = random_fence (t, n);
  g_autofree float *before = g_memdup2 (dx->v, n * sizeof (float));

  for (int i = 0; i < n; i += 5)
    y->v[i] = 0; /* what a ReLU leaves */
  t->k->leaky_relu_grad (dx->v, dy->v, y->v, n, slope, add);
  for (int i = 0; i < n; i++)
    expect (t, i, (double) dx->v[i],
            (add ? (double) before[i] : 0) +
                (double) dy->v[i] * (y->v[i] > 0 ? 1 : (double) slope),
            2, 2);
  if (!add) {
    t->k->leaky_relu_grad (dy->v, dy->v, y->v, n, slope, 0);
    g_assert_cmpmem (dx->v, n * 4, dy->v, n * 4);
  }
}

static void
check_leaky_relu_grad (Check *t)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (int add = 0; add < 2; add++) {
      check_leaky_grad (t, lengths[i], 0, add);
      check_leaky_grad (t, lengths[i], 0.2f, add);
    }
}

/* y = a + b, in three ways: apart, onto a, onto b */
static void
check_sum (Check *t, int n)
{
  g_autoptr (RefFence) a = random_fence (t, n);
  g_autoptr (RefFence) b = random_fence (t, n);
  g_autoptr (RefFence) y = ref_fence_new (n);
  for (int way = 0; way < 3; way++) {
    g_autofree float *pa = g_memdup2 (a->v, n * sizeof (float));
    g_autofree float *pb = g_memdup2 (b->v, n * sizeof (float));
    float *out = way == 0 ? y->v : way == 1 ? a->v : b->v;
    t->k->add (out, a->v, b->v, n);
    for (int i = 0; i < n; i++)
      expect (t, i, (double) out[i], (double) pa[i] + (double) pb[i], 2,
              fabs ((double) pa[i]) + fabs ((double) pb[i]));
    if (n && way)
      memcpy (out, way == 1 ? pa : pb, n * sizeof (float));
  }
}

static void
check_add (Check *t)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    check_sum (t, lengths[i]);
}

/* ---- levels ------------------------------------------------------------ */

static const struct {
  const char *name;
  void (*run) (Check *t);
} checks[] = {
#define RW_KERNEL(name, arguments) { #name, check_##name },
#include "kernels/kernels.def"
#undef RW_KERNEL
};

typedef struct {
  gsize check;
  RwLevel level;
} Case;

static void
run_case (gconstpointer data)
{
  const Case *c = data;
  const RwKernels *k = rw_kernels_for_level (c->level);
  if (!k) {
    g_test_skip ("this machine or build has no such level");
    return;
  }
  for (guint64 seed = 1; seed <= 3; seed++) {
    g_autofree char *what =
        g_strdup_printf ("%s/%s, seed %d", checks[c->check].name,
                         rw_level_get_name (c->level), (int) seed);
    Check t = { k, what, seed };
    checks[c->check].run (&t);
  }
}

/* The table that REWEAVE_CPU asks for is the one that is used. */
static void
test_cap (gconstpointer data)
{
  const RwLevel level = (RwLevel) GPOINTER_TO_INT (data);
  if (g_test_subprocess ()) {
    g_assert_cmpint (rw_kernels_get_level (), <=, level);
    g_assert_true (rw_kernels () ==
                   rw_kernels_for_level (rw_kernels_get_level ()));
    if (rw_kernels_for_level (level))
      g_assert_cmpint (rw_kernels_get_level (), ==, level);
    return;
  }
  g_autofree char *old = g_strdup (g_getenv ("REWEAVE_CPU"));
  g_setenv ("REWEAVE_CPU", rw_level_get_name (level), TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  if (old)
    g_setenv ("REWEAVE_CPU", old, TRUE);
  else
    g_unsetenv ("REWEAVE_CPU");
  g_test_trap_assert_passed ();
}

/* What is no level is said once, and caps nothing. */
static void
test_cap_unknown (void)
{
  static const char *const wrong[] = { "V3", "avx2", "v" };
  int highest = RW_N_LEVELS - 1;

  if (g_test_subprocess ()) {
    while (!rw_kernels_for_level ((RwLevel) highest))
      highest--;
    g_assert_cmpint (rw_kernels_get_level (), ==, highest);
    return;
  }
  g_autofree char *old = g_strdup (g_getenv ("REWEAVE_CPU"));
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_setenv ("REWEAVE_CPU", wrong[i], TRUE);
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed ();
    g_autofree char *pattern = g_strdup_printf (
        "reweave: REWEAVE_CPU: found \"%s\", expected generic, v3 or v4*",
        wrong[i]);
    g_test_trap_assert_stderr (pattern);
  }
  if (old)
    g_setenv ("REWEAVE_CPU", old, TRUE);
  else
    g_unsetenv ("REWEAVE_CPU");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int level = 0; level < RW_N_LEVELS; level++) {
    const char *name = rw_level_get_name ((RwLevel) level);
    for (gsize i = 0; i < G_N_ELEMENTS (checks); i++) {
      g_autofree char *path =
          g_strdup_printf ("/kernels/%s/%s", name, checks[i].name);
      Case *c = g_new (Case, 1);
      *c = (Case){ i, (RwLevel) level };
      g_test_add_data_func_full (path, c, run_case, g_free);
    }
    g_autofree char *path = g_strdup_printf ("/kernels/cap/%s", name);
    g_test_add_data_func (path, GINT_TO_POINTER (level), test_cap);
  }
  g_test_add_func ("/kernels/cap/unknown", test_cap_unknown);
  return g_test_run ();
}
