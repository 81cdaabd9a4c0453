/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What weights say without a picture: norms, dead channels, rounding, the
 * kernels of the first layer.
 */
#include "explain/inspect.h"

#include "reference/harness.h"

#include <math.h>

static Harness *
harness (const char *text)
{
  return harness_new (text, RW_RUN_TRAIN, 1, 1, 16, 16, 4);
}

static const RwLayerReport *
get (const GArray *reports, guint i)
{
  return &g_array_index (reports, RwLayerReport, i);
}

/* Sets all weights of output @channel of parameter @i to @value. */
static void
set_channel (Harness *h, int i, gsize channel, float value)
{
  const RwParam *param = rw_net_get_param (h->net, i);
  const gsize each = param->n_values / param->dims[0];
  g_autofree float *values = g_new (float, param->n_values);

  rw_net_export_param (h->net, i, h->params, values);
  for (gsize k = 0; k < each; k++)
    values[channel * each + k] = value;
  rw_net_import_param (h->net, i, h->params, values);
}

static void
test_dead (void)
{
  g_autoptr (Harness) h = harness ("input rgb\n"
                                   "conv 6 | relu\n"
                                   "repeat 2 {\n"
                                   "conv 6 | relu\n"
                                   "}\n"
                                   "deconv 5 stride=2 | conv 3 stride=2\n");
  g_autoptr (GArray) before = rw_inspect_weights (h->net, h->params);

  /* the second round's weights are the first's */
  g_assert_cmpuint (before->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (get (before, i)->dead->len, ==, 0);
  g_assert_cmpuint (get (before, 2)->n_outputs, ==, 5);
  set_channel (h, 0, 3, 0);
  set_channel (h, 2, 0, 1e-7f);
  set_channel (h, 2, 5, 0);
  g_autoptr (GArray) after = rw_inspect_weights (h->net, h->params);
  g_assert_cmpuint (get (after, 0)->dead->len, ==, 1);
  g_assert_cmpint (g_array_index (get (after, 0)->dead, int, 0), ==, 3);
  g_assert_cmpuint (get (after, 1)->dead->len, ==, 2);
  g_assert_cmpint (g_array_index (get (after, 1)->dead, int, 0), ==, 0);
  g_assert_cmpint (g_array_index (get (after, 1)->dead, int, 1), ==, 5);
  g_assert_cmpuint (get (after, 2)->dead->len, ==, 0);
}

/* One layer whose numbers can be told by hand. */
static void
test_figures (void)
{
  g_autoptr (Harness) h = harness ("input rgb\nconv 2 k=1\n");
  const float weights[6] = { 3, 0, 4, 0, -1.27f, 0.005f };

  rw_net_import_param (h->net, 0, h->params, weights);
  g_autoptr (GArray) reports = rw_inspect_weights (h->net, h->params);
  const RwLayerReport *r = get (reports, 0);
  const double squares = 25 + 1.27 * 1.27 + 0.005 * 0.005;
  gsize n = 0;

  g_assert_cmpuint (reports->len, ==, 1);
  g_assert_cmpuint (r->n_values, ==, 6);
  g_assert_cmpfloat_with_epsilon (r->norm_most, 5, 1e-6);
  g_assert_cmpfloat_with_epsilon (r->norm_least, 1.27001, 1e-5);
  g_assert_cmpfloat_with_epsilon (r->norm_mean, (5 + 1.27001) / 2, 1e-5);
  g_assert_cmpfloat_with_epsilon (r->rms, sqrt (squares / 6), 1e-6);
  g_assert_cmpfloat (r->most, ==, 4);
  /* 3 is 95.25 steps of 4 / 127; 0.005 half a step of 1.27 / 127, which goes
   * to the even 0 or, by a hair, to 1 */
  const double a = 3 - 95 * 4.0 / 127;
  g_assert_cmpfloat_with_epsilon (
      r->int8_error, sqrt ((a * a + 0.005 * 0.005) / 6) / r->rms, 1e-5);
  g_assert_cmpfloat (r->f16_error, >, 0);
  g_assert_cmpfloat (r->f16_error, <, 0x1p-11);
  for (int i = 0; i < RW_INSPECT_BINS; i++)
    n += r->bins[i];
  g_assert_cmpuint (n, ==, 6);
  g_assert_cmpuint (r->bins[RW_INSPECT_BINS - 1], ==, 1);
  g_assert_cmpuint (r->bins[RW_INSPECT_BINS / 2], ==, 3);
}

/* The kernels are what the layer makes of single pixels. */
static void
check_kernels (const char *text, int factor)
{
  g_autoptr (Harness) h = harness (text);
  int n, side;
  g_autofree float *kernels =
      rw_inspect_first_kernels (h->net, h->params, 0, &n, &side);
  g_autoptr (RefTensor) none = ref_new (1, 4, 16, 16);
  g_autoptr (RefTensor) bias = harness_textbook (h, none);
  const int middle = 8 / factor, first = 8 - factor; /* its window's corner */

  g_assert_nonnull (kernels);
  g_assert_cmpint (n, ==, 5);
  g_assert_cmpint (side, ==, 3 * factor);
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++)
      for (int c = 0; c < 3; c++) {
        g_autoptr (RefTensor) pixel = ref_new (1, 4, 16, 16);
        *ref_at (pixel, 0, c, first + y, first + x) = 1;
        g_autoptr (RefTensor) seen = harness_textbook (h, pixel);
        for (int o = 0; o < n; o++)
          g_assert_cmpfloat_with_epsilon (
              (double) kernels[((o * side + y) * side + x) * 3 + c],
              *ref_at (seen, 0, o, middle, middle) -
                  *ref_at (bias, 0, o, middle, middle),
              1e-6);
      }
}

static void
test_kernels (void)
{
  int n, side;
  g_autoptr (Harness) h = harness ("input rgb sigma\nrelu | conv 5\n");

  check_kernels ("input rgb sigma\nunshuffle 2 | conv 5\n", 2);
  check_kernels ("input rgb sigma\nconv 5\n", 1);
  g_assert_null (rw_inspect_first_kernels (h->net, h->params, 0, &n, &side));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inspect/dead", test_dead);
  g_test_add_func ("/inspect/figures", test_figures);
  g_test_add_func ("/inspect/kernels", test_kernels);
  return g_test_run ();
}
