/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Results by name: found, kept over forward and backward, seeded with a
 * gradient.
 */
#include "two-pieces.h"

#include "scratch.h"

#include <math.h>
#include <string.h>

/* Value or gradient of a kept node. */
static RefTensor *
take (Harness *h, int node, gboolean gradient)
{
  const float *values = gradient ? rw_run_get_result_grad (h->run, node)
                                 : rw_run_get_result (h->run, node);
  int height, width, channels;

  g_assert_nonnull (values);
  rw_run_get_result_shape (h->run, node, &height, &width, &channels);
  const int stride = rw_channel_stride (channels);
  g_assert_true (ref_padding_is_zero (
      values, (gsize) h->n * (gsize) height * (gsize) width, channels,
      stride));
  return ref_from_nhwc (values, h->n, channels, height, width, stride);
}

/* ---- names ------------------------------------------------------------- */

static void
test_find (void)
{
  g_autoptr (RwNet) net =
      parse ("input rgb -> in\nconv 16 | relu -> y\nrepeat 2 {\nconv 16 -> "
             "inner\n} -> round\nconv 3 -> conv1\n");

  g_assert_cmpint (find (net, "input"), ==, 0);
  g_assert_cmpint (find (net, "in"), ==, 0);
  g_assert_cmpint (find (net, "y"), ==, 2);
  g_assert_cmpint (find (net, "relu1"), ==, 2);
  g_assert_cmpint (find (net, "conv2"), ==, 3);
  g_assert_cmpint (find (net, "conv2@2"), ==, 4);
  g_assert_cmpint (find (net, "round"), ==, 4);
  g_assert_cmpint (find (net, "conv1"), ==, 5); /* the text's word counts */
}

static void
test_find_errors (void)
{
  static const char *const cases[][3] = {
    { "input rgb\nconv 16 -> yes | conv 16 -> code | conv 3\n", "cde",
      "no result called \"cde\", its text names code, yes; did you mean "
      "\"code\"?" },
    { "input rgb\nconv 16 -> a | conv 3\n", "conv3",
      "its text names a; did you mean \"conv1\"?" },
    { "input rgb\nconv 16 | conv 3\n", "bottleneck",
      "its text names none (with \"-> name\"); name one of these, or a "
      "layer" },
    { "input rgb\nrepeat 2 {\nconv 3 -> inner\n}\n", "inner",
      "its text names none" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (RwNet) net = parse (cases[i][0]);
    GError *error = NULL;

    g_assert_cmpint (rw_net_find_result (net, cases[i][1], &error), ==, -1);
    assert_error (&error, RW_ERROR_MISMATCH, cases[i][2]);
    g_assert_cmpint (rw_net_find_result (net, cases[i][1], NULL), ==, -1);
  }
}

/* ---- values ------------------------------------------------------------ */

/* The textbook's values of the parameters that the head of the net has. */
static RefParams
get_head_params (const Harness *h, const char *head)
{
  g_autoptr (RwNet) net = parse (head);

  return (RefParams){ rw_net_get_n_params (net), h->values.values };
}

static void
test_values (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (Harness) h = harness ((int) i, RW_RUN_TRAIN, 2);
    g_autoptr (RefTensor) x = harness_random_input (h, 3);
    const RefParams params = get_head_params (h, nets[i].head);
    const int node = find (h->net, "y");

    rw_run_keep (h->run, node);
    g_autoptr (RefTensor) y = harness_forward (h, x);
    g_autoptr (RefTensor) textbook = harness_textbook (h, x);
    ref_compare (h->text, y, textbook, 5e-6, 5e-5);
    g_autoptr (RefTensor) got = take (h, node, FALSE);
    g_autoptr (RefTensor) want = ref_net_run (nets[i].head, x, &params);
    ref_compare (nets[i].head, got, want, 5e-6, 5e-5);
    g_autoptr (RefTensor) input = take (h, 0, FALSE);
    ref_compare_bits ("the input", input, x);
  }
}

static void
test_not_kept (void)
{
  g_autoptr (Harness) train = harness (0, RW_RUN_TRAIN, 1);
  g_autoptr (Harness) infer = harness (0, RW_RUN_INFER, 1);
  g_autoptr (RefTensor) x = harness_random_input (train, 3);
  g_autoptr (RefTensor) a = harness_forward (train, x);
  g_autoptr (RefTensor) b = harness_forward (infer, x);
  const int y = find (train->net, "y"),
            last = rw_net_get_n_nodes (train->net) - 1;
  int height, width, channels;

  g_assert_null (rw_run_get_result (train->run, y));
  g_assert_null (rw_run_get_result_grad (train->run, y));
  g_assert_null (rw_run_get_result_grad (train->run, 0));
  g_assert_null (rw_run_get_result (infer->run, y));
  g_assert_null (rw_run_get_result_grad (infer->run, last));
  for (int i = 0; i < 2; i++) {
    Harness *h = i == 0 ? train : infer;

    g_assert_true (rw_run_get_result (h->run, last) ==
                   rw_run_get_output (h->run));
    g_assert_true (rw_run_get_result (h->run, 0) == rw_run_get_input (h->run));
    rw_run_get_result_shape (h->run, y, &height, &width, &channels);
    g_assert_cmpint (height, ==, 16);
    g_assert_cmpint (width, ==, 24);
    g_assert_cmpint (channels, ==, 16);
  }
  g_assert_true (rw_run_get_result_grad (train->run, last) ==
                 rw_run_get_output_grad (train->run));
}

/* ---- the memory plan --------------------------------------------------- */

/* What a pass with some nodes kept gives. */
typedef struct {
  Harness *h;
  RefTensor *y, *dx;
  RefTensor **values, **grads; /* by node; NULL: not kept */
} Passed;

static Passed
pass (int net, const gboolean *kept)
{
  Passed p = { .h = harness (net, RW_RUN_TRAIN, 2) };
  const int n = rw_net_get_n_nodes (p.h->net);
  g_autoptr (RefTensor) x = harness_random_input (p.h, 5);
  g_autoptr (RefTensor) dy = NULL;
  guint64 state = 9;

  p.values = g_new0 (RefTensor *, n);
  p.grads = g_new0 (RefTensor *, n);
  harness_want_input_grad (p.h);
  for (int i = 0; i < n; i++)
    if (kept[i])
      rw_run_keep (p.h->run, i);
  p.y = harness_forward (p.h, x);
  for (int i = 0; i < n; i++)
    if (kept[i])
      p.values[i] = take (p.h, i, FALSE);
  dy = ref_copy (p.y);
  ref_fill (dy, &state);
  p.dx = harness_backward (p.h, dy);
  for (int i = 0; i < n; i++)
    if (kept[i]) {
      g_autoptr (RefTensor) after = take (p.h, i, FALSE);

      ref_compare_bits ("a value after backward", after, p.values[i]);
      p.grads[i] = take (p.h, i, TRUE);
    }
  return p;
}

static void
passed_clear (Passed *p)
{
  for (int i = 0; i < rw_net_get_n_nodes (p->h->net); i++) {
    ref_free (p->values[i]);
    ref_free (p->grads[i]);
  }
  g_free (p->values);
  g_free (p->grads);
  ref_free (p->y);
  ref_free (p->dx);
  harness_free (p->h);
}

static void
compare_passed (const Passed *got, const Passed *want)
{
  const gsize bytes = rw_net_get_n_inner (want->h->net) * sizeof (float);

  ref_compare_bits (got->h->text, got->y, want->y);
  ref_compare_bits (got->h->text, got->dx, want->dx);
  g_assert_cmpmem (got->h->grads, bytes, want->h->grads, bytes);
  for (int i = 0; i < rw_net_get_n_nodes (got->h->net); i++)
    if (got->values[i] != NULL && want->values[i] != NULL) {
      ref_compare_bits ("a kept value", got->values[i], want->values[i]);
      ref_compare_bits ("a kept gradient", got->grads[i], want->grads[i]);
    }
}

/* Whichever are kept: the same bits of everything. */
static void
test_plan (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autofree char *text = get_text ((int) i);
    g_autoptr (RwNet) net = parse (text);
    const int n = rw_net_get_n_nodes (net);
    g_autofree gboolean *kept = g_new0 (gboolean, n);
    guint64 state = 31 + i;
    Passed none = pass ((int) i, kept);

    for (int k = 0; k < n; k++)
      kept[k] = TRUE;
    Passed all = pass ((int) i, kept);
    compare_passed (&all, &none);
    ref_compare_bits ("the input's gradient", all.grads[0], none.dx);
    for (int round = 0; round < 6; round++) {
      for (int k = 0; k < n; k++)
        kept[k] = ref_below (&state, 3) == 0;
      Passed some = pass ((int) i, kept);
      compare_passed (&some, &all);
      g_assert_cmpuint (rw_run_get_bytes (some.h->run), >=,
                        rw_run_get_bytes (none.h->run));
      g_assert_cmpuint (rw_run_get_bytes (some.h->run), <=,
                        rw_run_get_bytes (all.h->run));
      passed_clear (&some);
    }
    passed_clear (&none);
    passed_clear (&all);
  }
}

/* Kept with all in front of it frozen, a result has its gradient still. */
static void
test_frozen (void)
{
  g_autofree gboolean *kept = NULL, *frozen = NULL;
  g_autoptr (Harness) h = harness (1, RW_RUN_TRAIN, 2);
  const int y = find (h->net, "y"), n = rw_net_get_n_params (h->net);
  g_autoptr (RefTensor) x = harness_random_input (h, 5);
  guint64 state = 9;

  kept = g_new0 (gboolean, rw_net_get_n_nodes (h->net));
  kept[y] = TRUE;
  Passed want = pass (1, kept);
  frozen = g_new0 (gboolean, n);
  for (int i = 0; i < n; i++)
    frozen[i] = TRUE;
  rw_run_freeze (h->run, frozen);
  rw_run_keep (h->run, y);
  g_autoptr (RefTensor) out = harness_forward (h, x);
  g_autoptr (RefTensor) dy = ref_copy (out);
  ref_fill (dy, &state);
  g_assert_null (harness_backward (h, dy));
  g_autoptr (RefTensor) got = take (h, y, TRUE);
  ref_compare_bits ("with all frozen", got, want.grads[y]);
  passed_clear (&want);
}

/* ---- seeded gradients -------------------------------------------------- */

/* <r, output> + <s, y> at input + t v and params + t w, by the textbook */
typedef struct {
  const Harness *h;
  const char *head;
  int n_head; /* parameters of the head */
  const RefTensor *x, *r, *s, *v;
  double **w; /* by parameter */
} Loss;

static double
loss_at (const Loss *loss, double t)
{
  RefParams params = { loss->h->values.n_params, NULL };
  g_autoptr (RefTensor) x = ref_copy (loss->x);

  for (gsize i = 0; i < ref_size (x); i++)
    x->v[i] += t * loss->v->v[i];
  params.values = g_new0 (double *, params.n_params + 1);
  for (int k = 0; k < params.n_params; k++) {
    const gsize n = rw_net_get_param (loss->h->net, k)->n_values;

    params.values[k] =
        g_memdup2 (loss->h->values.values[k], n * sizeof (double));
    for (gsize i = 0; i < n; i++)
      params.values[k][i] += t * loss->w[k][i];
  }
  const RefParams head = { loss->n_head, params.values };
  g_autoptr (RefTensor) y = ref_net_run (loss->head, x, &head);
  g_autoptr (RefTensor) out = ref_net_run (loss->h->text, x, &params);
  ref_params_clear (&params);
  return ref_dot (out, loss->r) + ref_dot (y, loss->s);
}

static double
difference (const Loss *loss, double h)
{
  return (8 * (loss_at (loss, h) - loss_at (loss, -h)) -
          (loss_at (loss, 2 * h) - loss_at (loss, -2 * h))) /
         (12 * h);
}

/* FALSE at a kink. */
static gboolean
check_direction (Loss *loss,
                 const RefTensor *dx,
                 const RefParams *dw,
                 guint64 *state)
{
  g_autoptr (RefTensor) v = ref_copy (loss->x);
  const int n = dw->n_params;
  double got = 0, squares = 0, size = 0;

  ref_fill (v, state);
  loss->v = v;
  loss->w = g_new0 (double *, n + 1);
  for (gsize i = 0; i < ref_size (v); i++)
    got += dx->v[i] * v->v[i];
  squares = ref_dot (dx, dx) * ref_dot (v, v) / (double) ref_size (v);
  for (int k = 0; k < n; k++) {
    const gsize n_values = rw_net_get_param (loss->h->net, k)->n_values;
    double grads = 0, steps = 0;

    loss->w[k] = g_new (double, n_values);
    for (gsize i = 0; i < n_values; i++) {
      loss->w[k][i] = ref_uniform (state);
      got += dw->values[k][i] * loss->w[k][i];
      grads += dw->values[k][i] * dw->values[k][i];
      steps += loss->w[k][i] * loss->w[k][i];
    }
    squares += grads * steps / (double) n_values;
  }
  size = sqrt (squares);
  const double want = difference (loss, 1e-6), finer = difference (loss, 5e-7);
  for (int k = 0; k < n; k++)
    g_free (loss->w[k]);
  g_free (loss->w);
  if (!(fabs (want - finer) <= 1e-6 * (fabs (want) + size) + 1e-9))
    return FALSE;
  g_test_message ("%.9g, by differences %.9g, typically %.3g", got, want,
                  size);
  g_assert_cmpfloat (fabs (got - want), <=, 2e-4 * size);
  return TRUE;
}

static void
check_seeded (int i)
{
  g_autoptr (Harness) h = harness (i, RW_RUN_TRAIN, 1);
  g_autoptr (RefTensor) x = harness_random_input (h, 8);
  const int node = find (h->net, "y");
  guint64 state = 77;
  int n_good = 0;

  harness_want_input_grad (h);
  rw_run_keep (h->run, node);
  g_autoptr (RefTensor) out = harness_forward (h, x);
  g_autoptr (RefTensor) s = take (h, node, FALSE);
  g_autoptr (RefTensor) r = ref_copy (out);
  ref_fill (r, &state);
  ref_fill (s, &state);
  g_autoptr (RefTensor) zero = take (h, node, TRUE);
  g_assert_cmpfloat (ref_rms (zero), ==, 0);
  ref_to_nhwc (s, rw_run_get_result_grad (h->run, node),
               rw_channel_stride (s->c));
  g_autoptr (RefTensor) dx = harness_backward (h, r);
  RefParams dw = harness_export (h, h->grads);
  Loss loss = { .h = h,
                .head = nets[i].head,
                .n_head = get_head_params (h, nets[i].head).n_params,
                .x = x,
                .r = r,
                .s = s };
  for (int k = 0; k < 8 && n_good < 2; k++)
    n_good += check_direction (&loss, dx, &dw, &state);
  g_assert_cmpint (n_good, >=, 1);
  ref_params_clear (&dw);
}

static void
test_seeded (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++)
    if (strstr (nets[i].head, "quantise") == NULL) /* a step has no slope */
      check_seeded ((int) i);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/results/find", test_find);
  g_test_add_func ("/results/find-errors", test_find_errors);
  g_test_add_func ("/results/values", test_values);
  g_test_add_func ("/results/not-kept", test_not_kept);
  g_test_add_func ("/results/plan", test_plan);
  g_test_add_func ("/results/frozen", test_frozen);
  g_test_add_func ("/results/seeded", test_seeded);
  return g_test_run ();
}
