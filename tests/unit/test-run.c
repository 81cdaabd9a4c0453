/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Running whole nets: against the textbook, forward and backward; the memory
 * plan; threads; NaN; sizes that do not fit.
 */
#include "base/parallel.h"
#include "reference/harness.h"
#include "reweave.h"

#include <math.h>
#include <string.h>

static const char *const denoiser =
    "input rgb sigma\nunshuffle 2\n"
    "conv 16 | relu | conv 16 | relu -> a\n"
    "down 24 | conv 24 | relu -> b\n"
    "max-pool | conv 32 | relu | conv 32 | leaky-relu\n"
    "upsample 2 | concat b | conv 24 | relu\n"
    "up 16 | add a | conv 16 | relu\n"
    "conv 12 | shuffle 2\nresidual\n";

static const char *const nets[] = {
  "input rgb sigma\nconv 16 | relu | conv 16 | relu | conv 3\nresidual\n",
  /* a result used three times, one of them by itself */
  "input rgb\nconv 16 -> a | add a | relu | add a | conv 16 | concat a | conv "
  "3 | residual\n",
  /* in place one after the other, over results that backward wants */
  "input grey\nconv 16 | relu | leaky-relu -> a | tanh | prelu | add a | gelu "
  "| sigmoid -> b | relu | add b | conv 1\n",
  /* skips across three levels, the input itself among them */
  "input rgb -> in\nconv 8 | relu -> a\nmax-pool | conv 12 | prelu -> "
  "b\naverage-pool | conv 20 k=1 | gelu\n"
  "upsample 2 | concat b | conv 8 | tanh\nupsample 2 | add a | concat in | "
  "conv 3\nresidual\n",
  "input rgb\nconv 16 k=3 stride=2 | relu | conv 24 k=5 | relu | conv 12 k=7 "
  "| shuffle 2 | conv 3 bias=no\n",
  "input rgb\nconv 17 pad=valid | relu | conv 16 pad=valid | relu | conv 5 "
  "k=2 pad=valid\n",
  "input rgb\nunshuffle 3 | conv 36 | shuffle 2 | conv 9 k=1 | shuffle 3\n",
  /* what a shuffle does besides, kernels as wide as their step */
  "input rgb -> a\ndown 12 | relu | conv 12 k=1 | shuffle 2 | add a | relu\n"
  "conv 3 k=1\n",
  "input rgb\nconv 16 k=4 stride=4 | shuffle 4 | relu | conv 3 k=3 stride=3\n",
  "input grey sigma\nmax-pool | upsample 2 | relu -> a | relu | add a\n",
  /* two readers of a result, in either order and of either kind */
  "input rgb\nconv 16 -> a | conv 16 | tanh | add a | conv 3\n",
  "input rgb\nconv 16 -> a | add a | conv 16 -> b | concat b | conv 3\n",
  denoiser,
};

static char *
deep_text (int n)
{
  GString *text = g_string_new ("input rgb sigma\nconv 16 k=1\n");
  for (int i = 0; i < n; i++)
    g_string_append_printf (
        text, "relu -> r%d | conv 16 | leaky-relu slope=0.9 | add r%d\n", i,
        i / 2);
  g_string_append (text, "conv 3 k=1 | residual\n");
  return g_string_free (text, FALSE);
}

static Harness *
harness (const char *text, RwRunMode mode, int n, int h, int w)
{
  return harness_new (text, mode, rw_parallel_get_workers (), n, h, w, 42);
}

/* Some pixels of the net's alignment, plus what pad=valid eats. */
static int
edge_for (const char *text, int units)
{
  g_autoptr (RwNet) net = rw_net_parse (text, NULL);
  g_assert_nonnull (net);
  return units * rw_net_get_align (net) + (strstr (text, "valid") ? 6 : 0);
}

/* ---- values ------------------------------------------------------------ */

static void
check_net (const char *text, int units_y, int units_x)
{
  const int h = edge_for (text, units_y), w = edge_for (text, units_x);
  g_autoptr (Harness) train = harness (text, RW_RUN_TRAIN, 2, h, w);
  g_autoptr (Harness) infer = harness (text, RW_RUN_INFER, 2, h, w);
  g_autoptr (RefTensor) x = harness_random_input (train, 3);
  g_autoptr (RefTensor) want = harness_textbook (train, x);
  g_autoptr (RefTensor) y = harness_forward (train, x);
  g_autoptr (RefTensor) inferred = harness_forward (infer, x);

  ref_compare (text, y, want, 5e-6, 5e-5);
  ref_compare_bits (text, inferred, y);
  /* the windows have spare rows, which count in small pictures */
  g_assert_cmpuint (rw_run_get_bytes (infer->run), <=,
                    rw_run_get_bytes (train->run) + (256 << 10));
}

static void
test_values (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    check_net (nets[i], 2, 3);
    check_net (nets[i], 1, 1);
    check_net (nets[i], 5, 1);
  }
  g_autofree char *deep = deep_text (12);
  check_net (deep, 8, 9);
}

static void
test_gradients (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    const int h = edge_for (nets[i], 1), w = edge_for (nets[i], 2);
    g_autoptr (Harness) net = harness (nets[i], RW_RUN_TRAIN, 1, h, w);
    g_autoptr (RefTensor) x = harness_random_input (net, 8);
    harness_check_gradients (net, x, 15, 2e-4);
  }
}

/* The gradients of parameters [first, end) with all others frozen are the same
 * bits; of what lies in front of them nothing is computed. */
static void
check_frozen (int first, int end)
{
  g_autoptr (Harness) all = harness (denoiser, RW_RUN_TRAIN, 1, 16, 24);
  g_autoptr (Harness) some = harness (denoiser, RW_RUN_TRAIN, 1, 16, 24);
  const int n = rw_net_get_n_params (all->net);
  g_autofree gboolean *frozen = g_new0 (gboolean, n);
  g_autoptr (RefTensor) x = harness_random_input (all, 4);

  for (int i = 0; i < n; i++)
    frozen[i] = i < first || i >= end;
  rw_run_freeze (some->run, frozen);
  g_autoptr (RefTensor) y = harness_forward (all, x);
  g_autoptr (RefTensor) same = harness_forward (some, x);
  ref_compare_bits ("with frozen layers", same, y);
  g_assert_null (harness_backward (all, y));
  g_assert_null (harness_backward (some, y));
  for (int i = 0; i < end; i++) {
    const RwParam *param = rw_net_get_param (all->net, i);
    const float *want = all->grads + param->inner,
                *got = some->grads + param->inner;
    const gsize bytes = param->n_inner * sizeof (float);

    g_assert_cmpfloat (want[0], !=, 0);
    if (i >= first)
      g_assert_cmpmem (got, bytes, want, bytes);
    for (gsize k = 0; i < first && k < param->n_inner; k++)
      g_assert_cmpfloat (got[k], ==, 0);
  }
  if (first > 0)
    g_assert_cmpuint (rw_run_get_bytes (some->run), <,
                      rw_run_get_bytes (all->run));
}

static void
test_frozen (void)
{
  check_frozen (0, 4);
  check_frozen (6, 14);
  check_frozen (14, 16);
}

/* A net of thousands of layers is planned and run in reasonable time. */
static void
test_deep (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = deep_text (1000);
  g_autoptr (RwNet) net = rw_net_parse (text, &error);
  g_assert_no_error (error);
  for (int mode = RW_RUN_INFER; mode <= RW_RUN_TRAIN; mode++) {
    g_autoptr (RwRun) run = rw_run_new (net, (RwRunMode) mode, 1);
    const gint64 start = g_get_monotonic_time ();
    g_assert_true (rw_run_prepare (run, 1, 8, 8, &error));
    const double seconds = (double) (g_get_monotonic_time () - start) / 1e6;
    g_test_message ("%d layers planned in %.2f s, %zu bytes",
                    rw_net_get_n_nodes (net), seconds, rw_run_get_bytes (run));
    g_assert_cmpfloat (seconds, <, 20);
  }
}

/* ---- memory ------------------------------------------------------------ */

/* Infer keeps the rows that are needed: a chain of equal layers takes a few
 * whole results' memory, not one each. */
static void
test_reuse (void)
{
  GString *text = g_string_new ("input rgb\n");
  for (int i = 0; i < 40; i++)
    g_string_append (text, "conv 16 | tanh\n");
  g_autoptr (Harness) infer = harness (text->str, RW_RUN_INFER, 1, 2048, 64);
  g_autoptr (RefTensor) x = harness_random_input (infer, 1);
  rw_run_set_band (infer->run, 8);
  g_autoptr (RefTensor) y = harness_forward (infer, x);
  const gsize layer = 2048 * 64 * 16 * sizeof (float);
  g_assert_cmpuint (rw_run_get_bytes (infer->run), <, 6 * layer);
  g_string_free (text, TRUE);
}

/* One run for many sizes, there and back, gives what fresh runs give. */
static void
test_sizes_in_turn (void)
{
  static const int edges[][2] = { { 1, 1 }, { 4, 5 }, { 2, 9 },
                                  { 4, 5 }, { 7, 3 }, { 1, 1 } };
  for (int mode = RW_RUN_INFER; mode <= RW_RUN_TRAIN; mode++) {
    g_autoptr (Harness) old = harness (denoiser, (RwRunMode) mode, 1, 8, 8);
    for (guint i = 0; i < G_N_ELEMENTS (edges); i++) {
      const int h = 8 * edges[i][0], w = 8 * edges[i][1];
      g_autoptr (Harness) fresh =
          harness (denoiser, (RwRunMode) mode, 1 + (int) i % 3, h, w);
      g_autoptr (RefTensor) x = harness_random_input (fresh, i);
      g_autoptr (RefTensor) want = harness_forward (fresh, x);
      g_autoptr (RefTensor) got = harness_forward (old, x);
      ref_compare_bits ("size in turn", got, want);
    }
  }
}

/* Sizes that do not fit or overflow: an error, and the run still works. */
static void
test_refused_sizes (void)
{
  static const struct {
    int n, h, w, code;
  } sizes[] = {
    { 1, 7, 8, RW_ERROR_MISMATCH },
    { 1, 8, 12, RW_ERROR_MISMATCH },
    { 1, 0, 8, RW_ERROR_LIMIT },
    { 0, 8, 8, RW_ERROR_LIMIT },
    { -1, 8, 8, RW_ERROR_LIMIT },
    { 1, -8, 8, RW_ERROR_LIMIT },
    { 1, G_MAXINT - 7, 8, RW_ERROR_LIMIT },
    { 1 << 20, 1 << 20, 1 << 20, RW_ERROR_LIMIT },
    { 1 << 12, 1 << 20, 1 << 20, RW_ERROR_LIMIT },
    { 1, 1 << 20, 1 << 20, RW_ERROR_LIMIT },
  };
  for (int mode = RW_RUN_INFER; mode <= RW_RUN_TRAIN; mode++) {
    g_autoptr (Harness) net = harness (denoiser, (RwRunMode) mode, 1, 16, 8);
    g_autoptr (RefTensor) x = harness_random_input (net, 2);
    g_autoptr (RefTensor) want = harness_forward (net, x);
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
      g_autoptr (GError) error = NULL;
      if (rw_run_prepare (net->run, sizes[i].n, sizes[i].h, sizes[i].w,
                          &error))
        g_error ("prepared %d pictures of %d x %d", sizes[i].n, sizes[i].w,
                 sizes[i].h);
      g_assert_error (error, RW_ERROR, sizes[i].code);
      g_autoptr (RefTensor) got = harness_forward (net, x);
      ref_compare_bits ("after a refused size", got, want);
    }
  }
}

/* The net is named, what it was given and what to do. */
static void
test_no_pixels (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net =
      rw_net_parse ("input rgb\nconv 8 stride=2\nup 3\n", &error);
  g_assert_no_error (error);
  g_autoptr (RwRun) run = rw_run_new (net, RW_RUN_INFER, 1);
  g_assert_false (rw_run_prepare (run, 1, 160, 0, &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_LIMIT);
  g_assert_cmpstr (error->message, ==,
                   "this net was given 1 pictures of 0 x 160 pixels, expected "
                   "1 to 1048576 in number, width and height; use pictures of "
                   "at least 2 pixels a side, the step of its sizes, or "
                   "another net");
}

/* pad=valid eats a picture that is too small */
static void
test_too_small (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net =
      rw_net_parse ("input rgb\nconv 8 k=5 pad=valid\n", &error);
  g_assert_no_error (error);
  g_autoptr (RwRun) run = rw_run_new (net, RW_RUN_INFER, 1);
  g_assert_false (rw_run_prepare (run, 1, 4, 10, &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
  g_assert_true (rw_run_prepare (run, 1, 5, 10, NULL));
}

/* ---- threads ----------------------------------------------------------- */

static void
test_threads (void)
{
  static const int counts[] = { 1, 2, 3, 7 };
  g_autoptr (RefTensor) first = NULL;
  g_autoptr (RefTensor) first_dx = NULL;
  g_autofree float *first_grads = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++) {
    rw_parallel_set_threads (counts[i]);
    g_autoptr (Harness) h = harness (denoiser, RW_RUN_TRAIN, 3, 72, 56);
    const gsize bytes = rw_net_get_n_inner (h->net) * sizeof (float);
    g_autoptr (RefTensor) x = harness_random_input (h, 5);
    harness_want_input_grad (h);
    g_autoptr (RefTensor) y = harness_forward (h, x);
    g_autoptr (RefTensor) dx = harness_backward (h, y);
    if (i == 0) {
      first = g_steal_pointer (&y);
      first_dx = g_steal_pointer (&dx);
      first_grads = g_memdup2 (h->grads, bytes);
      continue;
    }
    ref_compare_bits ("threads", y, first);
    ref_compare_bits ("threads, input gradient", dx, first_dx);
    g_assert_cmpint (memcmp (h->grads, first_grads, bytes), ==, 0);
  }
  rw_parallel_set_threads (0);
}

/* A run made for one worker stays within its scratch when more could help. */
static void
test_few_workers (void)
{
  rw_parallel_set_threads (4);
  g_autoptr (Harness) one =
      harness_new (denoiser, RW_RUN_TRAIN, 1, 1, 64, 64, 42);
  g_autoptr (Harness) four =
      harness_new (denoiser, RW_RUN_TRAIN, 4, 1, 64, 64, 42);
  g_autoptr (RefTensor) x = harness_random_input (one, 5);
  g_autoptr (RefTensor) y1 = harness_forward (one, x),
                        y4 = harness_forward (four, x);
  ref_compare_bits ("one worker, four", y1, y4);
  rw_parallel_set_threads (0);
}

/* ---- the probe --------------------------------------------------------- */

typedef struct {
  int begun[16], ended[16];
} Pieces;

static void
count_piece (gpointer data, int node, int worker, gboolean begins)
{
  Pieces *pieces = data;

  g_assert_cmpint (node, >, 0);
  g_assert_cmpint (node, <, 16);
  g_assert_cmpint (worker, >=, -1);
  g_atomic_int_inc (begins ? &pieces->begun[node] : &pieces->ended[node]);
}

/* Convolutions are seen, each piece ends, and the result is the same. */
static void
test_probe (void)
{
  g_autoptr (Harness) h = harness ("input rgb\nconv 16 | relu | conv 16 | "
                                   "relu | conv 3\nresidual\n",
                                   RW_RUN_INFER, 1, 40, 24);
  g_autoptr (RefTensor) x = harness_random_input (h, 1);
  g_autoptr (RefTensor) want = harness_forward (h, x);
  Pieces pieces = { { 0 }, { 0 } };

  rw_run_set_probe (h->run, count_piece, &pieces);
  g_autoptr (RefTensor) got = harness_forward (h, x);
  ref_compare_bits ("with a probe", got, want);
  for (int i = 0; i < 16; i++)
    g_assert_cmpint (pieces.begun[i], ==, pieces.ended[i]);
  for (int i = 1; i <= 5; i += 2)
    g_assert_cmpint (pieces.begun[i], >=, 1);
  const int before = pieces.begun[1];
  rw_run_set_probe (h->run, NULL, NULL);
  g_autoptr (RefTensor) again = harness_forward (h, x);
  ref_compare_bits ("without it again", again, want);
  g_assert_cmpint (pieces.begun[1], ==, before);
}

/* ---- NaN --------------------------------------------------------------- */

/* NaN and infinity in one pixel stay near it, and leave nothing behind for the
 * next picture. A Winograd tile spreads them over its 4x4 results, so "near"
 * is four times the halo. */
static void
check_nan (const char *text, double bad)
{
  g_autoptr (RwNet) net = rw_net_parse (text, NULL);
  const int align = rw_net_get_align (net),
            near = 4 * rw_net_get_halo (net) + align;
  const int size = (4 * near + 4 * align) / align * align, at = size / 4;
  g_autoptr (Harness) h = harness (text, RW_RUN_INFER, 1, size, size);
  g_autoptr (RefTensor) clean = harness_random_input (h, 11);
  g_autoptr (RefTensor) want = harness_forward (h, clean);
  g_autoptr (RefTensor) dirty = ref_copy (clean);
  *ref_at (dirty, 0, 0, at, at) = bad;
  ref_to_nhwc (dirty, rw_run_get_input (h->run), rw_channel_stride (dirty->c));
  rw_run_forward (h->run, h->pack);
  const int cs = rw_channel_stride (want->c);
  g_autoptr (RefTensor) got = ref_from_nhwc (rw_run_get_output (h->run), 1,
                                             want->c, want->h, want->w, cs);
  for (int c = 0; c < got->c; c++)
    for (int y = 0; y < got->h; y++)
      for (int x = 0; x < got->w; x++)
        if (MAX (ABS (y - at), ABS (x - at)) > near)
          g_assert_true (isfinite (*ref_at (got, 0, c, y, x)));
  g_autoptr (RefTensor) again = harness_forward (h, clean);
  ref_compare_bits ("after NaN", again, want);
}

static void
test_nan (void)
{
  const double bad[] = { (double) NAN, (double) INFINITY, (double) -INFINITY };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    check_nan ("input rgb sigma\nconv 16 | tanh | conv 16 | conv 3\n", bad[i]);
    check_nan ("input rgb sigma\nconv 12 k=5 | prelu | conv 20 k=1 | conv "
               "3\nresidual\n",
               bad[i]);
    check_nan ("input rgb sigma\nunshuffle 2\nconv 16 -> a | max-pool | conv "
               "20 | upsample 2 | concat a | conv 12 | "
               "shuffle 2 | residual\n",
               bad[i]);
  }
}

/* Memory that the system does not have is an error to report, and sanitizers
 * shall not die of it. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
const char *__asan_default_options (void);
const char *__tsan_default_options (void);

const char *
__asan_default_options (void)
{
  return "allocator_may_return_null=1";
}

const char *
__tsan_default_options (void)
{
  return "allocator_may_return_null=1";
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/values", test_values);
  g_test_add_func ("/run/gradients", test_gradients);
  g_test_add_func ("/run/frozen", test_frozen);
  g_test_add_func ("/run/deep", test_deep);
  g_test_add_func ("/run/memory/reuse", test_reuse);
  g_test_add_func ("/run/memory/sizes-in-turn", test_sizes_in_turn);
  g_test_add_func ("/run/memory/refused-sizes", test_refused_sizes);
  g_test_add_func ("/run/memory/too-small", test_too_small);
  g_test_add_func ("/run/memory/no-pixels", test_no_pixels);
  g_test_add_func ("/run/threads", test_threads);
  g_test_add_func ("/run/few-workers", test_few_workers);
  g_test_add_func ("/run/probe", test_probe);
  g_test_add_func ("/run/nan", test_nan);
  return g_test_run ();
}
