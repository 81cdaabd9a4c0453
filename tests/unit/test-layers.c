/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every layer of the registry, each of its examples in a small net: forward
 * against the textbook, gradients against differences, the adjoint of linear
 * ones, and what all layers promise: gradients of two passes add up, images of
 * a batch know nothing of each other, padding lanes stay zero, infer = train.
 * A layer without a textbook in tests/reference fails here.
 */
#include "layers/layer.h"

#include "base/field.h"
#include "reference/harness.h"

#include <math.h>
#include <string.h>

typedef struct {
  const RwLayerClass *class;
  const char *example;
} Case;

/* ---- the net around an example ----------------------------------------- */

static int
factor_of (const char *example)
{
  const char *number = strpbrk (example, "0123456789");
  return number ? (int) g_ascii_strtoll (number, NULL, 10) : 2;
}

/* Channels that reach the example: what shuffle or gate divide by is put on
 * top, a mask for fill-holes and an exposure for brighten. */
static int
channels_for (const Case *c, int channels)
{
  const int f = factor_of (c->example);
  if (strcmp (c->class->name, "gate") == 0)
    return 2 * channels;
  if (strcmp (c->class->name, "slice") == 0)
    return channels + 2;
  if (strcmp (c->class->name, "fill-holes") == 0 ||
      strcmp (c->class->name, "brighten") == 0)
    return channels + 1;
  return strcmp (c->class->name, "shuffle") == 0 ? channels * f * f : channels;
}

static gboolean
may_have_bias (const RwLayerClass *class)
{
  for (const RwSetting *s = class->settings; s->field.name != NULL; s++)
    if (strcmp (s->field.name, "bias") == 0)
      return TRUE;
  return FALSE;
}

/* "input | conv C k=1 | example": the first convolution gives @channels, its
 * own correctness is another example's.  A layer with a named input gets a
 * second convolution's; residual must have at most the input's channels; what
 * rounds gets the input itself, which is the same in float and double; what
 * looks at the whole picture is told that it is @w x @h. */
static char *
net_text (const Case *c, int channels, gboolean linear, int h, int w)
{
  const char *bias = linear ? " bias=no" : "";
  const int n = channels_for (c, channels);
  const gboolean no_bias =
      linear && may_have_bias (c->class) && !strstr (c->example, "bias=");

  /* a named input is the first argument */
  const char *arguments = c->example + strlen (c->class->name);

  if (c->class->flags & (RW_LAYER_DRAWS | RW_LAYER_CUTS))
    return c->class->flags & RW_LAYER_NAMED_INPUT
               ? g_strdup_printf ("input rgb sigma -> other\n%s other%s\n",
                                  c->class->name, arguments)
               : g_strdup_printf ("input rgb sigma\n%s\n", c->example);
  if (c->class->flags & RW_LAYER_WHOLE)
    return g_strdup_printf (
        "input rgb sigma size=%dx%d\nconv %d k=1%s\n%s%s\n", w, h, n, bias,
        c->example, no_bias ? bias : "");
  if (c->class->flags & RW_LAYER_NAMED_INPUT)
    return g_strdup_printf (
        "input rgb sigma\nconv %d k=1%s -> other\nconv %d k=1%s\n"
        "%s other%s\n",
        n, bias, n, bias, c->class->name, arguments);
  if (c->class->flags & RW_LAYER_NET_INPUT)
    return g_strdup_printf ("input rgb sigma\nconv %d k=1%s\n%s\n",
                            MIN (channels, 3), bias, c->example);
  return g_strdup_printf ("input rgb sigma\nconv %d k=1%s\n%s%s\n", n, bias,
                          c->example, no_bias ? bias : "");
}

/* The example's own size factor, so that @size pixels reach it. */
static int
align_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net = rw_net_parse (text, &error);
  if (!net)
    g_error ("%s\nin the net\n%s", error->message, text);
  int w, h;
  return rw_net_get_size (net, &w, &h) ? 1 : rw_net_get_align (net);
}

/* pad=valid needs pixels to eat */
static int
room_of (const char *text)
{
  return strstr (text, "pad=valid") ? 8 : 0;
}

static const int channel_counts[] = { 1, 3, 4, 12, 16, 17, 32, 48 };
static const struct {
  int h, w;
} sizes[] = { { 4, 4 }, { 5, 7 }, { 8, 13 }, { 12, 8 },
              { 1, 1 }, { 1, 9 }, { 7, 1 } };

/* Winograd: 3e-6 rms, 3e-5 at most, see test-kernels.c; the same for brighten,
 * where the exposure's rounding is one of its power of 2; the rest: a few
 * roundings. */
static double
rms_bound (const Case *c)
{
  return strcmp (c->class->name, "conv") == 0 ||
                 strcmp (c->class->name, "brighten") == 0
             ? 3e-6
             : 1e-6;
}

/* ---- checks ------------------------------------------------------------ */

static void
check_forward (const Case *c, int channels, int h, int w)
{
  g_autofree char *text = net_text (c, channels, FALSE, h, w);
  const int align = align_of (text), room = room_of (text);
  g_autoptr (Harness) train = harness_new (
      text, RW_RUN_TRAIN, 1, 2, h * align + room, w * align + room, channels);
  g_autoptr (Harness) infer =
      harness_new (text, RW_RUN_INFER, 1, 2, train->h, train->w, channels);
  g_autoptr (RefTensor) x = harness_random_input (train, channels * 100 + h);
  g_autoptr (RefTensor) want = harness_textbook (train, x);
  g_autoptr (RefTensor) y = harness_forward (train, x);
  g_autoptr (RefTensor) again = harness_forward (train, x);
  g_autoptr (RefTensor) inferred = harness_forward (infer, x);

  ref_compare (text, y, want, rms_bound (c), 10 * rms_bound (c));
  ref_compare_bits (text, again, y);
  ref_compare_bits (text, inferred, y);
}

static void
test_forward (gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (channel_counts); i++)
    check_forward (data, channel_counts[i], sizes[i % 4].h, sizes[i % 4].w);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    check_forward (data, 12, sizes[i].h, sizes[i].w);
    check_forward (data, 16, sizes[i].h, sizes[i].w);
  }
}

static void
check_gradient (const Case *c, int channels, int h, int w)
{
  g_autofree char *text = net_text (c, channels, FALSE, h, w);
  const int align = align_of (text), room = room_of (text);
  g_autoptr (Harness) net = harness_new (
      text, RW_RUN_TRAIN, 1, 2, h * align + room, w * align + room, channels);
  g_autoptr (RefTensor) x = harness_random_input (net, channels * 7 + w);
  harness_check_gradients (net, x, channels, 5e-5);
}

static void
test_gradient (gconstpointer data)
{
  check_gradient (data, 1, 4, 5);
  check_gradient (data, 3, 5, 3);
  check_gradient (data, 4, 2, 2);
  check_gradient (data, 12, 3, 5);
  check_gradient (data, 16, 5, 6);
  check_gradient (data, 17, 4, 4);
  check_gradient (data, 32, 1, 1);
  check_gradient (data, 16, 1, 6);
}

/* <A x, r> = <x, A' r> for a net that is linear: no biases */
static void
test_adjoint (gconstpointer data)
{
  const Case *c = data;

  for (guint i = 0; i < G_N_ELEMENTS (channel_counts); i++) {
    g_autofree char *text =
        net_text (c, channel_counts[i], TRUE, sizes[i % 4].h, sizes[i % 4].w);
    const int align = align_of (text), room = room_of (text);
    g_autoptr (Harness) net =
        harness_new (text, RW_RUN_TRAIN, 1, 2, sizes[i % 4].h * align + room,
                     sizes[i % 4].w * align + room, i);
    g_autoptr (RefTensor) x = harness_random_input (net, i);
    harness_want_input_grad (net);
    g_autoptr (RefTensor) y = harness_forward (net, x);
    g_autoptr (RefTensor) r = ref_copy (y);
    guint64 state = i + 5;
    ref_fill (r, &state);
    g_autoptr (RefTensor) dx = harness_backward (net, r);
    const double left = ref_dot (y, r), right = ref_dot (x, dx);
    const double scale = ref_rms (y) * ref_rms (r) * sqrt (ref_size (y));
    if (!(fabs (left - right) <= 5e-6 * scale))
      g_error ("<Ax,r> = %.9g, <x,A'r> = %.9g, apart by %.3g of %.3g in the "
               "net\n%s",
               left, right, fabs (left - right), scale, text);
  }
}

/* @twice = 2 @once, but for roundings of the parameter's typical gradient. */
static void
check_doubled (const char *text,
               const RwParam *param,
               const float *once,
               const float *twice)
{
  double squares = 1e-30;
  const gsize first = param->inner, end = first + param->n_inner;
  for (gsize i = first; i < end; i++)
    squares += (double) once[i] * (double) once[i] / param->n_inner;
  for (gsize i = first; i < end; i++)
    if (!(fabs ((double) twice[i] - 2 * (double) once[i]) <=
          1e-5 * sqrt (squares)))
      g_error ("gradient %zu of %s is %g after one pass and %g after two in "
               "the net\n%s",
               (size_t) (i - first), param->name, (double) once[i],
               (double) twice[i], text);
}

/* Two passes add up in the parameters' gradients and leave the input's alone.
 */
static void
test_accumulate (gconstpointer data)
{
  g_autofree char *text = net_text (data, 12, FALSE, 5, 6);
  const int align = align_of (text), room = room_of (text);
  g_autoptr (Harness) net = harness_new (
      text, RW_RUN_TRAIN, 1, 2, 5 * align + room, 6 * align + room, 3);
  g_autoptr (RefTensor) x = harness_random_input (net, 3);
  harness_want_input_grad (net);
  g_autoptr (RefTensor) y = harness_forward (net, x);
  g_autoptr (RefTensor) r = ref_copy (y);
  guint64 state = 77;
  ref_fill (r, &state);
  g_autoptr (RefTensor) once_dx = harness_backward (net, r);
  const gsize n = rw_net_get_n_inner (net->net);
  g_autofree float *once = g_memdup2 (net->grads, n * sizeof (float));
  g_autoptr (RefTensor) y2 = harness_forward (net, x);
  g_autoptr (RefTensor) twice_dx = harness_backward (net, r);

  ref_compare_bits (text, twice_dx, once_dx);
  for (int i = 0; i < rw_net_get_n_params (net->net); i++)
    check_doubled (text, rw_net_get_param (net->net, i), once, net->grads);
}

static RefTensor *
image_of (const RefTensor *batch, int i)
{
  RefTensor *x = ref_new (1, batch->c, batch->h, batch->w);
  memcpy (x->v, ref_at (batch, i, 0, 0, 0), ref_size (x) * sizeof (double));
  return x;
}

/* Image i of a batch of three = the image alone, but for rounding: OpenBLAS
 * serves the last rows of a product with another kernel than the first, and
 * which rows are last depends on the batch. */
static void
check_batch (const Case *c, int channels, int h, int w)
{
  g_autofree char *text = net_text (c, channels, FALSE, h, w);
  const int align = align_of (text), room = room_of (text);
  g_autoptr (Harness) three = harness_new (
      text, RW_RUN_TRAIN, 1, 3, h * align + room, w * align + room, 4);
  g_autoptr (Harness) one =
      harness_new (text, RW_RUN_TRAIN, 1, 1, three->h, three->w, 4);
  g_autoptr (RefTensor) x = harness_random_input (three, 9);
  harness_want_input_grad (three);
  harness_want_input_grad (one);
  g_autoptr (RefTensor) y = harness_forward (three, x);
  g_autoptr (RefTensor) dx = harness_backward (three, y);
  for (int i = 0; i < 3; i++) {
    g_autoptr (RefTensor) xi = image_of (x, i), yi = image_of (y, i),
                          dxi = image_of (dx, i);
    g_autoptr (RefTensor) alone = harness_forward (one, xi);
    g_autoptr (RefTensor) alone_dx = harness_backward (one, yi);
    ref_compare (text, alone, yi, 3e-6, 3e-5);
    ref_compare (text, alone_dx, dxi, 3e-6, 3e-5);
  }
}

static void
test_batch (gconstpointer data)
{
  check_batch (data, 3, 5, 7);
  check_batch (data, 16, 13, 12);
  check_batch (data, 48, 9, 5);
}

/* Of several equal largest values the first in reading order gets the
 * gradient, and it gets all of it. */
static void
test_ties (void)
{
  g_autoptr (Harness) net =
      harness_new ("input rgb\nmax-pool 3\n", RW_RUN_TRAIN, 1, 2, 6, 9, 1);
  g_autoptr (RefTensor) x = harness_random_input (net, 1);
  for (gsize i = 0; i < ref_size (x); i++)
    x->v[i] = 0.5;
  *ref_at (x, 1, 2, 5, 8) = 0.75; /* one square without a tie */
  harness_want_input_grad (net);
  g_autoptr (RefTensor) y = harness_forward (net, x);
  g_autoptr (RefTensor) dx = harness_backward (net, y);
  for (int c = 0; c < 3; c++)
    for (int n = 0; n < 2; n++)
      for (int i = 0; i < 6 * 9; i++) {
        const gboolean alone = n == 1 && c == 2 && i / 9 > 2 && i % 9 > 5;
        const gboolean chosen = alone ? i == 53 : i / 9 % 3 == 0 && i % 3 == 0;
        g_assert_cmpfloat (*ref_at (dx, n, c, i / 9, i % 9), ==,
                           !chosen ? 0
                           : alone ? 0.75
                                   : 0.5);
      }
}

/* d / d gamma of a gdn whose gamma is below its bound, for a gradient of the
 * output of @sign: there it passes only where a step would lead upwards. */
static float
gradient_below_bound (const char *text, double sign)
{
  const float values[] = { 1, 0 };
  g_autoptr (Harness) net = harness_new (text, RW_RUN_TRAIN, 1, 1, 3, 3, 1);
  g_autoptr (RefTensor) x = ref_new (1, 1, 3, 3);
  float exported;

  for (gsize i = 0; i < ref_size (x); i++)
    x->v[i] = 0.5;
  for (int i = 0; i < 2; i++)
    rw_net_import_param (net->net, i, net->params, &values[i]);
  rw_pack_update (net->pack, net->params);
  harness_want_input_grad (net);
  g_autoptr (RefTensor) y = harness_forward (net, x);
  for (gsize i = 0; i < ref_size (y); i++)
    y->v[i] = sign;
  g_autoptr (RefTensor) dx = harness_backward (net, y);
  rw_net_export_param (net->net, 1, net->grads, &exported);
  return exported;
}

/* y = x / sqrt (beta + gamma x^2) falls with gamma, the inverse grows */
static void
test_bound (void)
{
  static const char gdn[] = "input grey\ngdn\n", igdn[] = "input grey\nigdn\n";

  g_assert_cmpfloat (gradient_below_bound (gdn, 1), <, 0);
  g_assert_cmpfloat (gradient_below_bound (gdn, -1), ==, 0);
  g_assert_cmpfloat (gradient_below_bound (igdn, 1), ==, 0);
  g_assert_cmpfloat (gradient_below_bound (igdn, -1), <, 0);
}

/* Told @v of 5.6 EV: what is between black and white and beyond, against the
 * curve; what is told nothing keeps its bits, and so does what is brighter than
 * white. */
static void
check_curve (double v)
{
  enum { N = 4000 };
  g_autoptr (Harness) net =
      harness_new ("input rgb value\nbrighten\n", RW_RUN_INFER, 1, 1, 1, N, 1);
  g_autoptr (RefTensor) x = ref_new (1, 4, 1, N);
  double last = -G_MAXDOUBLE;

  for (int i = 0; i < N; i++) {
    for (int c = 0; c < 2; c++)
      x->v[c * N + i] = (double) (-0.2f + (c + 1) * i / (1.f * N));
    x->v[2 * N + i] = (double) (0.05f * i * i / N / N); /* what is dark */
    x->v[3 * N + i] = (double) (float) v;
  }
  g_autoptr (RefTensor) y = harness_forward (net, x);
  g_autoptr (RefTensor) want = harness_textbook (net, x);
  for (gsize i = 0; i < ref_size (y); i++)
    if (v <= 0 || x->v[i] >= 1)
      g_assert_cmpfloat (y->v[i], ==, x->v[i]);
    else
      g_assert_cmpfloat_with_epsilon (y->v[i], want->v[i],
                                      3e-6 * fmax (1, fabs (want->v[i])));
  for (int i = 0; i < N; i++) {
    g_assert_cmpfloat (y->v[N + i], >=, last - 2e-7);
    last = y->v[N + i];
  }
}

static void
test_curve (void)
{
  check_curve (-0.5);
  check_curve (0);
  check_curve (1e-6);
  for (int i = 1; i <= 10; i++)
    check_curve (0.1 * i);
}

/* ---- the registry ------------------------------------------------------ */

/* Help can be made of it, and what is set where nothing is given may be. */
static void
check_settings (const RwLayerClass *class)
{
  for (const RwSetting *s = class->settings; s->field.name != NULL; s++) {
    const RwField *field = &s->field;
    g_assert_nonnull (field->summary);
    g_assert_cmpuint (s->offset, >=, sizeof (RwLayer));
    g_assert_cmpuint (s->offset, <, class->size);
    g_assert_true ((field->kind == RW_FIELD_CHOICE) == (field->words != NULL));
    if (field->kind == RW_FIELD_CHOICE || s->use == RW_SETTING_REQUIRED)
      continue;
    g_assert_cmpfloat (field->low, <, field->high);
    g_assert_true (rw_field_check (field, field->def, NULL));
  }
}

static void
test_declarations (void)
{
  const RwLayerClass *const *list = rw_layer_list ();
  g_assert_nonnull (list[0]);
  for (int i = 0; list[i]; i++) {
    g_assert_true (rw_layer_find (list[i]->name) == list[i]);
    g_assert_nonnull (list[i]->summary);
    g_assert_nonnull (list[i]->examples[0]);
    g_assert_cmpuint (list[i]->size, >=, sizeof (RwLayer));
    check_settings (list[i]);
    g_assert_true (g_str_has_prefix (list[i]->examples[0], list[i]->name));
    if (!ref_net_knows (list[i]->name))
      g_error ("layer \"%s\" has no textbook in tests/reference/ref-net.c; "
               "write one",
               list[i]->name);
  }
  g_assert_null (rw_layer_find ("no-such-layer"));
}

/* Every layer says how its channels hang together. */
static void
test_channels (void)
{
  static const char *const staying[] = { "bits", "brighten", "fill-holes",
                                         "gain", "rounds",   "slice",
                                         NULL };
  for (const RwLayerClass *const *class = rw_layer_list (); *class; class ++) {
    const gboolean stays = g_strv_contains (staying, (*class)->name);

    g_test_message ("%s", (*class)->name);
    g_assert_cmpint ((*class)->channels.way == RW_CHANNELS_STAY, ==, stays);
    if ((*class)->n_params != NULL && !stays)
      g_assert_nonnull (strchr ((*class)->channels.params[0], 'o'));
  }
}

static void
add_case (const char *what,
          const RwLayerClass *class,
          int example,
          GTestDataFunc test)
{
  g_autofree char *path =
      g_strdup_printf ("/layers/%s/%s/%d", class->name, what, example);
  Case *c = g_new (Case, 1);
  *c = (Case){ class, class->examples[example] };
  g_test_add_data_func_full (path, c, (GTestDataFunc) test, g_free);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layers/declarations", test_declarations);
  g_test_add_func ("/layers/channels", test_channels);
  g_test_add_func ("/layers/max-pool/ties", test_ties);
  g_test_add_func ("/layers/gdn/bound", test_bound);
  g_test_add_func ("/layers/brighten/curve", test_curve);
  for (const RwLayerClass *const *class = rw_layer_list (); *class; class ++)
    for (int i = 0; i < 4 && (*class)->examples[i]; i++) {
      add_case ("forward", *class, i, test_forward);
      /* what draws has differences in test-noise.c alone */
      if (!((*class)->flags & (RW_LAYER_DRAWS | RW_LAYER_CUTS)))
        add_case ("gradient", *class, i, test_gradient);
      if ((*class)->flags & RW_LAYER_LINEAR)
        add_case ("adjoint", *class, i, test_adjoint);
      add_case ("accumulate", *class, i, test_accumulate);
      add_case ("batch", *class, i, test_batch);
    }
  return g_test_run ();
}
