/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Results by name: found, kept over forward and backward, seeded with a
 * gradient; and nets cut in two at one.
 */
#include "reference/harness.h"
#include "reweave.h"

#include <math.h>
#include <string.h>

#include "scratch.h"

/* Nets in two pieces: what comes before the result "y", which the first piece
 * ends with, and what comes behind. */
static const struct {
  const char *head, *tail;
} nets[] = {
  { "input rgb sigma\nconv 16 | relu -> y\n", "conv 16 | relu | conv 3\n" },
  { "input rgb\nconv 16 -> y\n", "relu | conv 16 k=1 | tanh | conv 3\n" },
  /* a bottleneck, as a codec has it */
  { "input rgb\ndown 16 | gdn | down 24 | gdn | conv 6 k=1 | quantise -> y\n",
    "conv 24 | igdn | up 16 | igdn | up 3\n" },
  /* in place before it and behind it */
  { "input grey\nconv 16 | relu | sigmoid -> y\n",
    "leaky-relu | tanh | dropout | conv 1\n" },
  /* two readers, one of them in place; skips on either side */
  { "input rgb\nconv 16 -> a | relu | conv 16 | add a -> y\n",
    "conv 16 | relu | add y | conv 3\n" },
  { "input rgb\nunshuffle 2 | conv 20 | prelu | max-pool | conv 24 -> y\n",
    "relu | upsample 2 | conv 16 -> b | conv 16 | concat b | conv 12 | "
    "shuffle 2\n" },
  { "input rgb\nconv 16 | relu\nrepeat 2 {\ngru 16\n}\nconv 16 -> y\n",
    "repeat 3 {\nconv 16 | relu\n}\nconv 3\n" },
};

static char *
get_text (int i)
{
  return g_strconcat (nets[i].head, nets[i].tail, NULL);
}

static RwNet *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RwNet *net = rw_net_parse (text, &error);

  g_assert_no_error (error);
  return net;
}

static int
find (const RwNet *net, const char *name)
{
  g_autoptr (GError) error = NULL;
  const int node = rw_net_find_result (net, name, &error);

  g_assert_no_error (error);
  return node;
}

static Harness *
harness (int i, RwRunMode mode, int n)
{
  g_autofree char *text = get_text (i);

  return harness_new (text, mode, 1, n, 16, 24, 42);
}

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

/* ---- cut nets ---------------------------------------------------------- */

static RefTensor *
run_part (RwNet *net, const float *params, RwRunMode mode, const RefTensor *x)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwPack) pack = rw_pack_new (net, mode, &error);
  g_autoptr (RwRun) run = rw_run_new (net, mode, 1);
  const int c = rw_net_get_out_channels (net);
  int height, width;

  g_assert_no_error (error);
  g_assert_cmpint (x->c, ==, rw_net_get_in_channels (net));
  rw_pack_update (pack, params);
  g_assert_true (rw_run_prepare (run, x->n, x->h, x->w, &error));
  g_assert_no_error (error);
  ref_to_nhwc (x, rw_run_get_input (run), rw_channel_stride (x->c));
  g_assert_true (rw_run_forward (run, pack));
  rw_run_get_output_size (run, &height, &width);
  return ref_from_nhwc (rw_run_get_output (run), x->n, c, height, width,
                        rw_channel_stride (c));
}

/* The names of @part's parameters are the whole net's in order, and have the
 * same place in the flat array.  Returns where the next part's begin. */
static int
check_params (RwNet *net, RwNet *part, int first)
{
  g_assert_cmpuint (rw_net_get_n_inner (part), ==, rw_net_get_n_inner (net));
  for (int i = 0; i < rw_net_get_n_params (part); i++) {
    const RwParam *a = rw_net_get_param (part, i),
                  *b = rw_net_get_param (net, first + i);

    g_assert_cmpstr (a->name, ==, b->name);
    g_assert_cmpuint (a->inner, ==, b->inner);
    g_assert_cmpuint (a->n_inner, ==, b->n_inner);
    g_assert_cmpuint (a->n_values, ==, b->n_values);
  }
  return first + rw_net_get_n_params (part);
}

static void
check_cut (Harness *whole, const char *at)
{
  const int node = find (whole->net, at),
            last = rw_net_get_n_nodes (whole->net) - 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) encoder = rw_net_cut (whole->net, 0, node, &error);
  g_assert_no_error (error);
  g_autoptr (RwNet) decoder = rw_net_cut (whole->net, node, last, &error);
  g_assert_no_error (error);
  g_autoptr (RefTensor) x = harness_random_input (whole, 3);
  g_autoptr (RefTensor) want = harness_forward (whole, x);

  g_assert_cmpint (rw_net_get_n_planes (encoder), ==,
                   rw_net_get_n_planes (whole->net));
  g_assert_cmpint (rw_net_get_n_planes (decoder), ==, 0);
  g_assert_cmpint (rw_net_get_in_channels (decoder), ==,
                   rw_net_get_out_channels (encoder));
  g_assert_cmpint (rw_net_find_result (encoder, at, NULL), ==,
                   rw_net_get_n_nodes (encoder) - 1);
  g_assert_cmpint (rw_net_find_result (decoder, at, NULL), ==, 0);
  for (int mode = RW_RUN_INFER; mode <= RW_RUN_TRAIN; mode++) {
    g_autoptr (RefTensor) code =
        run_part (encoder, whole->params, (RwRunMode) mode, x);
    g_autoptr (RefTensor) got =
        run_part (decoder, whole->params, (RwRunMode) mode, code);

    ref_compare_bits (whole->text, got, want);
  }
}

static void
test_cut (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (Harness) h = harness ((int) i, RW_RUN_INFER, 2);
    const int node = find (h->net, "y");
    g_autoptr (RwNet) encoder = rw_net_cut (h->net, 0, node, NULL);
    g_autoptr (RwNet) decoder =
        rw_net_cut (h->net, node, rw_net_get_n_nodes (h->net) - 1, NULL);

    check_cut (h, "y");
    g_assert_cmpint (
        check_params (h->net, decoder, check_params (h->net, encoder, 0)), ==,
        rw_net_get_n_params (h->net));
  }
}

/* Cut in a block, both parts have its parameters, under the same name. */
static void
test_cut_block (void)
{
  g_autoptr (Harness) h =
      harness_new ("input rgb\nconv 16\nrepeat 3 {\nconv 16 | relu\n}\nconv "
                   "3\n",
                   RW_RUN_INFER, 1, 1, 20, 20, 42);
  const int node = find (h->net, "relu1@2");
  g_autoptr (RwNet) decoder =
      rw_net_cut (h->net, node, rw_net_get_n_nodes (h->net) - 1, NULL);

  check_cut (h, "relu1@2");
  g_assert_cmpint (check_params (h->net, decoder, 2), ==, 6);
  g_assert_cmpstr (rw_net_get_node_name (decoder, 1), ==, "conv2");
}

/* A dense layer's part has the size that it has in the whole. */
static void
test_cut_fixed (void)
{
  g_autoptr (Harness) h =
      harness_new ("input rgb size=16x12\nconv 8 stride=2 | relu -> a\ndense "
                   "24 -> y | dense 96 | relu | shuffle 4\n"
                   "upsample 4 | conv 3\n",
                   RW_RUN_INFER, 1, 1, 12, 16, 42);
  g_autoptr (RwNet) decoder = rw_net_cut (
      h->net, find (h->net, "a"), rw_net_get_n_nodes (h->net) - 1, NULL);
  int width, height;

  g_assert_true (rw_net_get_size (decoder, &width, &height));
  g_assert_cmpint (width, ==, 8);
  g_assert_cmpint (height, ==, 6);
}

static void
test_cut_errors (void)
{
  g_autoptr (RwNet) net =
      parse ("input rgb\nconv 16 -> a | relu -> y | conv 16 | add a -> b\n"
             "conv 3 | residual\n");
  static const char *const cases[][3] = {
    { "y", "b", "add1 reads conv1, which lies before the cut at relu1" },
    { "b", "residual1",
      "residual1 reads input, which lies before the cut at "
      "add1" },
    { "y", "y", "a part from relu1 to relu1 has no layer" },
    { "b", "y", "a part from add1 to relu1 has no layer" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;

    g_assert_null (rw_net_cut (net, find (net, cases[i][0]),
                               find (net, cases[i][1]), &error));
    assert_error (&error, RW_ERROR_MISMATCH, cases[i][2]);
  }
  /* what the skip leads to is no longer in the part */
  g_autoptr (RwNet) middle =
      rw_net_cut (net, find (net, "y"), find (net, "conv2"), NULL);
  g_assert_nonnull (middle);
  g_assert_cmpint (rw_net_get_n_nodes (middle), ==, 2);
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
  g_test_add_func ("/results/cut", test_cut);
  g_test_add_func ("/results/cut-block", test_cut_block);
  g_test_add_func ("/results/cut-fixed", test_cut_fixed);
  g_test_add_func ("/results/cut-errors", test_cut_errors);
  return g_test_run ();
}
