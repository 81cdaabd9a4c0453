/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Inferring in bands: their height and the number of workers change no bit,
 * a part that is wanted alone is that part of the whole, rows that slide are
 * not lost, and a run that is stopped stops.
 */
#include "base/parallel.h"
#include "reference/harness.h"
#include "reweave-train.h"

#include <math.h>
#include <string.h>

static const char *const nets[] = {
  "input rgb sigma\nunshuffle 2\n"
  "conv 16 -> h\nconv 16 | relu | conv 16 | add h -> a\n"
  "down 24 -> b0\nconv 24 | relu | conv 24 | add b0 | relu -> b\n"
  "max-pool | conv 32 | relu | conv 32 | leaky-relu\n"
  "upsample 2 | concat b | conv 24 | relu\n"
  "up 16 | add a | conv 16 | relu\n"
  "conv 12 | shuffle 2\nresidual\n",
  /* doubled alone; doubled beside channels that are no multiple of 16 */
  "input rgb\nmax-pool | conv 16 | upsample | conv 16 -> a\n"
  "max-pool | conv 20 | upsample | concat a | conv 16 | conv 3\n",
  /* in place where a window is trimmed, kernels of other sizes */
  "input rgb sigma\nconv 16 k=5 | sigmoid | conv 32 | tanh -> a\n"
  "conv 24 k=3 stride=3 | gelu | upsample 3 | concat a | conv 16 k=7 | prelu\n"
  "conv 3 k=1\nresidual\n",
  /* what a shuffle does besides, kernels as wide as their step */
  "input rgb\nconv 20 | shuffle 2 | relu -> a\ndown 12 | relu | conv 20 k=1 "
  "| shuffle 2 | add a | relu\n"
  "conv 16 k=4 stride=4 | shuffle 4 | relu | conv 3 k=2 stride=2\n",
  /* one result is everything's addend */
  "input rgb -> in\nconv 16 -> a | conv 16 | add a | relu | conv 16 | add a\n"
  "conv 16 | add a | relu -> b\nconv 16 | add b | conv 3 | add in\n",
  /* transposed convolutions, interpolation, gates */
  "input rgb sigma\nconv 16 stride=2 -> a | down 24 | gate | relu\n"
  "deconv 16 | relu | add a -> b | deconv 20 k=3 | relu | deconv 12 k=7 "
  "stride=3 -> c\n"
  "average-pool 3 | upsample 3 mode=bilinear | times c\n"
  "average-pool 3 | deconv 3 k=5 stride=1 | dropout\n",
  "input rgb\nmax-pool | conv 20 | gdn | upsample mode=bilinear -> a | "
  "quantise\n"
  "subtract a | conv 16 k=1 | igdn | upsample 2 mode=bilinear | conv 3\n",
  /* holes that are filled from afar */
  "input rgb mask -> picture\nfill-holes -> filled\nconcat picture | conv 16 "
  "| "
  "relu\n"
  "fill-holes steps=2 smooth=3 | conv 3 | add filled\n",
  /* more light in few channels and in many */
  "input rgb value -> picture\nbrighten -> lit\nconcat picture | conv 17\n"
  "brighten stops=2 | conv 3 | add lit\n",
  /* rounds of a block */
  "input rgb sigma\nunshuffle 2 | conv 16 | relu -> seen\n"
  "repeat 3 {\n"
  "add seen | gru 24 | conv 16 | relu\n"
  "}\n"
  "repeat 2 {\n"
  "conv 16 -> a\n"
  "repeat 2 {\n"
  "gru 16 k=1 | add a\n"
  "}\n"
  "}\n"
  "conv 12 | shuffle 2 | residual\n",
  "input grey\nconv 17 pad=valid | relu | conv 16 pad=valid | conv 5 k=2 "
  "pad=valid\n",
};

/* The next size from @edge that the net takes; pad=valid eats some of it. */
static int
edge_for (const char *text, int edge)
{
  g_autoptr (RwNet) net = rw_net_parse (text, NULL);
  g_assert_nonnull (net);
  const int align = rw_net_get_align (net);
  return (edge + align - 1) / align * align;
}

static Harness *
harness (const char *text, int workers, int h, int w)
{
  return harness_new (text, RW_RUN_INFER, workers, 1, h, w, 42);
}

/* ---- heights and workers ----------------------------------------------- */

static RefTensor *
crop (const RefTensor *x, const int *part)
{
  RefTensor *cropped = ref_new (1, x->c, part[3], part[2]);

  for (int c = 0; c < x->c; c++)
    for (int i = 0; i < part[3]; i++)
      memcpy (ref_at (cropped, 0, c, i, 0),
              ref_at (x, 0, c, part[1] + i, part[0]),
              (gsize) part[2] * sizeof (double));
  return cropped;
}

/* What is wanted of @x, and nothing beside. */
static RefTensor *
forward_part (Harness *net, const RefTensor *x, const int *part)
{
  g_autoptr (RefTensor) whole = NULL;

  rw_run_set_wanted (net->run, part[0], part[1], part[2], part[3]);
  whole = harness_forward (net, x);
  return crop (whole, part);
}

static void
check_heights (const char *text, const int *part)
{
  static const int bands[] = { 1, 20, 50, 100 };
  const int h = edge_for (text, 150), w = edge_for (text, 72);
  g_autoptr (Harness) first = harness (text, 1, h, w);
  g_autoptr (RefTensor) x = harness_random_input (first, 3);
  rw_run_set_band (first->run, 10000);
  g_autoptr (RefTensor) want = forward_part (first, x, part);

  for (guint i = 0; i < G_N_ELEMENTS (bands); i++)
    for (int workers = 1; workers <= 7; workers += 2) {
      rw_parallel_set_threads (workers);
      g_autoptr (Harness) net = harness (text, workers, h, w);
      rw_run_set_band (net->run, bands[i]);
      g_autoptr (RefTensor) got = forward_part (net, x, part);
      ref_compare_bits (text, got, want);
      g_autoptr (RefTensor) again = forward_part (net, x, part);
      ref_compare_bits (text, again, want);
    }
  rw_parallel_set_threads (0);
}

static void
test_heights (void)
{
  static const int whole[] = { 0, 0, 60, 120 }, inner[] = { 24, 50, 20, 31 };

  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    check_heights (nets[i], whole);
    check_heights (nets[i], inner);
  }
}

static gsize
bytes_with_band (int band)
{
  g_autoptr (Harness) net = harness (nets[0], 1, 512, 64);
  RwRunBytes bytes = { 0 };

  rw_run_set_band (net->run, band);
  g_assert_true (rw_run_prepare (net->run, 1, 512, 64, NULL));
  g_assert_true (rw_run_predict (net->run, 1, 512, 64, &bytes, NULL));
  g_assert_cmpuint (bytes.input + bytes.output + bytes.arena + bytes.scratch,
                    ==, rw_run_get_bytes (net->run));
  return rw_run_get_bytes (net->run);
}

/* As predicted; the lowest bands take the least, all rows at once the most.
 * Between them small levels have high bands anyway. */
static void
test_memory (void)
{
  const gsize least = bytes_with_band (4), most = bytes_with_band (512);

  g_assert_cmpuint (least, <, most / 2);
  for (int band = 8; band <= 256; band *= 2) {
    const gsize bytes = bytes_with_band (band);

    g_assert_cmpuint (bytes, >, least);
    g_assert_cmpuint (bytes, <, most);
  }
}

/* Written over the input, where the net allows it: the same bits, less memory;
 * a net whose input is read till the end keeps its own. */
static void
test_over (void)
{
  static const struct {
    const char *text;
    gboolean saves;
  } cases[] = {
    { "input rgb sigma\nunshuffle 2 | conv 16 | conv 12 | shuffle "
      "2\nresidual\n",
      TRUE },
    { "input rgb\nconv 16 | relu | conv 3\nresidual\n", TRUE },
    { "input rgb\ntanh\n", TRUE },
    { "input rgb\nconv 3\n", FALSE },
    { "input rgb -> in\nconv 16 | concat in | conv 3\n", TRUE },
    { "input rgb -> in\nconv 16 | conv 3 k=1 | add in\n", FALSE },
    { "input rgb\nconv 16 | max-pool\n", FALSE },
    { "input rgb\nconv 16\n", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int rows = 1; rows < 100; rows += 33) {
      g_autoptr (Harness) plain = harness (cases[i].text, 2, 64, 48);
      g_autoptr (Harness) over = harness (cases[i].text, 2, 64, 48);
      g_autoptr (RefTensor) x = harness_random_input (plain, 3);
      rw_run_set_over (over->run);
      rw_run_set_band (plain->run, rows);
      rw_run_set_band (over->run, rows);
      g_autoptr (RefTensor) want = harness_forward (plain, x);
      g_autoptr (RefTensor) got = harness_forward (over, x);
      ref_compare_bits (cases[i].text, got, want);
      g_assert_cmpint (rw_run_get_output (over->run) ==
                           rw_run_get_input (over->run),
                       ==, cases[i].saves);
    }
}

/* ---- parts ------------------------------------------------------------- */

/* The part of @whole at (x0, y0): its tiles lie otherwise, so both round on
 * their own, each by 5e-6 rms at most. */
static void
check_part (const char *text,
            int h,
            int w,
            const RefTensor *x,
            const RefTensor *whole,
            const int *part)
{
  g_autoptr (Harness) net = harness (text, 1, h, w);
  const double most = 6e-5 * ref_rms (whole);
  double squares = 0;

  rw_run_set_wanted (net->run, part[0], part[1], part[2], part[3]);
  g_autoptr (RefTensor) got = harness_forward (net, x);
  for (int c = 0; c < got->c; c++)
    for (int i = part[1]; i < part[1] + part[3]; i++)
      for (int j = part[0]; j < part[0] + part[2]; j++) {
        const double error =
            *ref_at (got, 0, c, i, j) - *ref_at (whole, 0, c, i, j);

        squares += error * error;
        if (!(fabs (error) <= most))
          g_error ("%d,%d of a part of %s: %.9g, whole %.9g", j, i, text,
                   *ref_at (got, 0, c, i, j), *ref_at (whole, 0, c, i, j));
      }
  const double n = (double) got->c * part[2] * part[3];
  if (n >= 1000)
    g_assert_cmpfloat (sqrt (squares / n), <=, 7.1e-6 * ref_rms (whole));
}

static void
test_parts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets) - 1; i++) {
    const int h = edge_for (nets[i], 300), w = edge_for (nets[i], 200);
    g_autoptr (Harness) net = harness (nets[i], 1, h, w);
    g_autoptr (RefTensor) x = harness_random_input (net, 5);
    g_autoptr (RefTensor) whole = harness_forward (net, x);
    const int parts[][4] = { { 0, 0, w, h },
                             { 100, 150, 1, 1 },
                             { 64, 64, 96, 160 },
                             { 0, h - 40, 50, 40 },
                             { w - 33, 7, 33, 100 } };

    for (guint k = 0; k < G_N_ELEMENTS (parts); k++)
      check_part (nets[i], h, w, x, whole, parts[k]);
  }
}

/* A part costs less: bands outside of it are not made. */
static void
count_pieces (gpointer data, int node, int worker, gboolean begins)
{
  *(int *) data += begins;
}

static void
test_part_costs_less (void)
{
  int n_whole = 0, n_part = 0;
  g_autoptr (Harness) net = harness (nets[0], 1, 800, 64);
  g_autoptr (RefTensor) x = harness_random_input (net, 1);

  rw_run_set_probe (net->run, count_pieces, &n_whole);
  g_autoptr (RefTensor) whole = harness_forward (net, x);
  rw_run_set_wanted (net->run, 0, 400, 64, 64);
  rw_run_set_probe (net->run, count_pieces, &n_part);
  g_autoptr (RefTensor) part = harness_forward (net, x);
  g_assert_cmpint (n_part, >, 0);
  g_assert_cmpint (n_part * 3, <, n_whole);
}

/* ---- stopping ---------------------------------------------------------- */

typedef struct {
  int asked, after;
  double fraction;
} Stopper;

static gboolean
stop_after (gpointer data, double fraction)
{
  Stopper *s = data;

  g_assert_cmpfloat (fraction, >=, s->fraction);
  g_assert_cmpfloat (fraction, <=, 1);
  s->fraction = fraction;
  return ++s->asked > s->after;
}

static void
test_stop (void)
{
  g_autoptr (Harness) net = harness (nets[0], 1, 400, 64);
  g_autoptr (RefTensor) x = harness_random_input (net, 1);
  g_autoptr (RefTensor) want = harness_forward (net, x);
  Stopper never = { .after = G_MAXINT }, soon = { .after = 10 };

  rw_run_set_stop (net->run, stop_after, &soon);
  g_assert_false (rw_run_forward (net->run, net->pack));
  g_assert_cmpint (soon.asked, ==, 11);
  g_assert_cmpfloat (soon.fraction, <, 0.5);
  rw_run_set_stop (net->run, stop_after, &never);
  g_autoptr (RefTensor) got = harness_forward (net, x);
  ref_compare_bits ("after a stop", got, want);
  g_assert_cmpint (never.asked, >, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bands/heights", test_heights);
  g_test_add_func ("/bands/memory", test_memory);
  g_test_add_func ("/bands/over", test_over);
  g_test_add_func ("/bands/parts", test_parts);
  g_test_add_func ("/bands/part-costs-less", test_part_costs_less);
  g_test_add_func ("/bands/stop", test_stop);
  return g_test_run ();
}
