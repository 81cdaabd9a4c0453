/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/loss/objective.c: sums against their terms, every kind of error; and
 * the ssim losses against the metric and a textbook.
 */
#include "train/loss/objective.h"

#include "loss-pictures.h"

#include "scratch.h"
#include "train/loss/metrics.h"

static RwObjective *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RwObjective *objective = rw_objective_parse (text, &error);

  g_assert_no_error (error);
  return objective;
}

/* Stores the gradient in dy. */
static double
evaluate (const char *text, const Pictures *p, double weight)
{
  g_autoptr (RwObjective) objective = parse (text);
  float *scratch =
      rw_try_alloc (rw_objective_count_scratch (objective, &p->shape),
                    sizeof (float), "test", NULL);
  const double value = rw_objective_evaluate (
      objective, &(RwObjectivePass){ .shape = p->shape,
                                     .y = p->y,
                                     .dy = p->dy,
                                     .targets = { p->target },
                                     .weight = weight,
                                     .scratch = scratch });

  rw_free (scratch);
  return value;
}

static void
test_sum (void)
{
  static const struct {
    const char *text;
    double weight;
  } terms[] = { { "charbonnier", 1 },
                { "ms-ssim scales=2", 0.25 },
                { "huber delta=0.2", 1e-2 } };
  Pictures p;

  pictures_init (&p, (RwLossShape){ 25, 30, 3, 4 });
  g_autofree double *sums = g_new0 (double, p.n);
  double sum = 0;
  for (guint i = 0; i < G_N_ELEMENTS (terms); i++) {
    sum += terms[i].weight * evaluate (terms[i].text, &p, 1);
    for (gsize j = 0; j < p.n; j++)
      sums[j] += 2 * terms[i].weight * (double) p.dy[j];
  }
  memset (p.dy, 0xff, p.n * sizeof (float)); /* each has to be written */
  const double value = evaluate (
      "charbonnier+0.25*ms-ssim scales=2 + 1e-2 * huber delta = 0.2 ", &p, 2);
  g_assert_cmpfloat (fabs (value - sum), <=, 1e-12);
  for (gsize j = 0; j < p.n; j++)
    g_assert_cmpfloat (fabs ((double) p.dy[j] - sums[j]), <=, 1e-8);
  pictures_clear (&p);
}

static void
test_names (void)
{
  Pictures p;

  pictures_init (&p, (RwLossShape){ 8, 9, 3, 4 });
  g_assert_cmpfloat (evaluate ("mae", &p, 1), ==, evaluate ("l1", &p, 1));
  g_assert_cmpfloat (evaluate ("huber", &p, 1), ==,
                     evaluate ("huber delta=0.05", &p, 1));
  g_assert_cmpfloat (evaluate ("huber", &p, 1), !=,
                     evaluate ("huber delta=0.06", &p, 1));
  g_assert_cmpfloat (evaluate ("5e+1 * mse", &p, 1), ==,
                     50 * evaluate ("mse", &p, 1));
  pictures_clear (&p);
}

static void
test_describe (void)
{
  static const struct {
    const char *text, *expected;
    int height, width;
  } cases[] = {
    { "l1", "l1", 64, 64 },
    { "2*mae+.5*huber delta=.1", "2 * l1 + 0.5 * huber delta=0.1", 64, 64 },
    { "charbonnier + 0.1 * ms-ssim",
      "charbonnier + 0.1 * ms-ssim (3 of 5 scales: the last needs 176 pixels)",
      64, 64 },
    { "ms-ssim", "ms-ssim (4 of 5 scales: the last needs 176 pixels)", 200,
      175 },
    { "ms-ssim", "ms-ssim", 176, 177 },
    { "ms-ssim", "ms-ssim (1 of 5 scales: the last needs 176 pixels)", 8, 8 },
    { "ms-ssim scales=2",
      "ms-ssim scales=2 (1 of 2 scales: the last needs 22 pixels)", 21, 30 },
    { "ms-ssim scales=2", "ms-ssim scales=2", 22, 22 },
    { "mse+.01*mae( y )+ huber (relu3)delta=1+mse(teacher)",
      "mse + 0.01 * l1(y) + huber(relu3) delta=1 + mse(teacher)", 8, 8 },
    { "charbonnier + 0.5 * ms-ssim(teacher) scales=2",
      "charbonnier + 0.5 * ms-ssim(teacher) scales=2", 22, 22 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (RwObjective) objective = parse (cases[i].text);
    g_autofree char *text = rw_objective_describe (
        objective, &(RwLossShape){ cases[i].height, cases[i].width, 3, 4 });
    g_assert_cmpstr (text, ==, cases[i].expected);
  }
}

/* ---- targets and results by name ---------------------------------------- */

static void
test_asking (void)
{
  g_autoptr (RwObjective) plain = parse ("l1 + mse");
  g_autoptr (RwObjective) taught = parse ("l1(teacher)");
  g_autoptr (RwObjective) inner = parse ("l1(y) + huber(z) + mse(y)");

  g_assert_true (rw_objective_uses (plain, RW_TARGET_CLEAN));
  g_assert_false (rw_objective_uses (plain, RW_TARGET_TEACHER));
  g_assert_cmpint (rw_objective_get_n_results (plain), ==, 0);
  g_assert_false (rw_objective_uses (taught, RW_TARGET_CLEAN));
  g_assert_true (rw_objective_uses (taught, RW_TARGET_TEACHER));
  g_assert_false (rw_objective_uses (inner, RW_TARGET_CLEAN));
  g_assert_cmpint (rw_objective_get_n_results (inner), ==, 2);
  g_assert_cmpstr (rw_objective_get_result (inner, 0), ==, "y");
  g_assert_cmpstr (rw_objective_get_result (inner, 1), ==, "z");
}

/* The sum of its terms; against the teacher as against a clean picture of the
 * same values, of a result as against a picture of zeros. */
static void
test_named (void)
{
  g_autoptr (RwObjective) objective =
      parse ("mse + 0.5 * charbonnier(teacher) + 0.25 * l1(code) + "
             "2 * huber(code) delta=0.3");
  Pictures p, code;

  pictures_init (&p, (RwLossShape){ 12, 15, 3, 4 });
  pictures_init (&code, (RwLossShape){ 5, 7, 18, 32 });
  g_autofree float *teacher = g_new0 (float, p.n);
  g_autofree float *dy = g_new (float, p.n);
  g_autofree float *dcode = g_new0 (float, code.n);
  for (gsize i = 0; i < p.n; i++)
    teacher[i] = 0.5f * (p.y[i] + p.target[i]) + 0.01f;
  for (gsize i = 0; i < code.n; i++) {
    code.y[i] -= 0.5f;
    dcode[i] = 1; /* is added to */
  }
  const RwObjectiveResult result = { code.shape, code.y, dcode };
  float unused[1];
  const double value = rw_objective_evaluate (
      objective, &(RwObjectivePass){ .shape = p.shape,
                                     .y = p.y,
                                     .dy = dy,
                                     .targets = { p.target, teacher },
                                     .results = &result,
                                     .weight = 3,
                                     .scratch = unused });
  double sum = evaluate ("mse", &p, 3);
  g_autofree float *first = g_memdup2 (p.dy, p.n * sizeof (float));
  memcpy (p.target, teacher, p.n * sizeof (float));
  sum += 0.5 * evaluate ("charbonnier", &p, 1.5);
  for (gsize i = 0; i < p.n; i++)
    g_assert_cmpfloat (fabsf (dy[i] - (first[i] + p.dy[i])), <=, 1e-7f);
  memset (code.target, 0, code.n * sizeof (float));
  sum += 0.25 * evaluate ("l1", &code, 0.75);
  g_autofree float *second = g_memdup2 (code.dy, code.n * sizeof (float));
  sum += 2 * evaluate ("huber delta=0.3", &code, 6);
  for (gsize i = 0; i < code.n; i++)
    g_assert_cmpfloat (fabsf (dcode[i] - (1 + second[i] + code.dy[i])), <=,
                       1e-6f);
  g_assert_cmpfloat (fabs (value - sum), <=, 1e-12);
  pictures_clear (&p);
  pictures_clear (&code);
}

/* Of every elementwise loss of a result: its gradient by differences. */
static void
test_named_gradient (void)
{
  for (const RwLoss *const *loss = rw_loss_list (); *loss != NULL; loss++) {
    g_autofree char *text = g_strdup_printf ("%s(y)", (*loss)->name);
    g_autoptr (RwObjective) objective = rw_objective_parse (text, NULL);
    g_assert_cmpint (objective != NULL, ==, (*loss)->elementwise);
    if (objective == NULL)
      continue;
    Pictures p, out;
    pictures_init (&p, (RwLossShape){ 3, 4, 5, 16 });
    pictures_init (&out, (RwLossShape){ 2, 2, 3, 4 });
    memset (p.dy, 0, p.n * sizeof (float));
    const RwObjectiveResult result = { p.shape, p.y, p.dy };
    RwObjectivePass pass = { .shape = out.shape,
                             .y = out.y,
                             .dy = out.dy,
                             .results = &result,
                             .weight = 1 };
    rw_objective_evaluate (objective, &pass);
    g_autofree float *grads = g_memdup2 (p.dy, p.n * sizeof (float));
    for (gsize i = 0; i < p.n; i += 7) {
      const float at = p.y[i], h = 1e-3f;
      p.y[i] = at + h;
      const double above = rw_objective_evaluate (objective, &pass);
      p.y[i] = at - h;
      const double below = rw_objective_evaluate (objective, &pass);
      p.y[i] = at;
      const double want = (above - below) / (2 * (double) h);
      if (pictures_is_padding (&p, i))
        g_assert_cmpfloat (grads[i], ==, 0);
      else
        g_assert_cmpfloat (fabs ((double) grads[i] - want), <=,
                           1e-3 * fabs (want) + 1e-5);
    }
    for (gsize i = 0; i < out.n; i++)
      g_assert_cmpfloat (out.dy[i], ==, 0);
    pictures_clear (&p);
    pictures_clear (&out);
  }
}

/* ---- errors ------------------------------------------------------------- */

static void
test_errors (void)
{
  static const char *const bad[][2] = {
    { "", "has \"its end\" where the name of a loss is expected" },
    { "l3", "loss \"l3\" is unknown, known are bce, charbonnier" },
    { "charbonnier +", "has \"its end\" where the name of a loss" },
    { "charbonnier l1", "has \"l1\" where \"+\" or the end is expected" },
    { "l1 delta=1", "has \"delta=1\" where \"+\" or the end" },
    { "l1 mse", "loss \"l1 mse\" has \"mse\" where \"+\" or the end" },
    { "0.1 ms-ssim", "has \"ms-ssim\" where \"*\" is expected" },
    { "0.1 * ", "has \"its end\" where the name of a loss is expected" },
    { "* l1", "has \"* l1\" where a number is expected" },
    { "l1 * 0.1", "has \"* 0.1\" where \"+\" or the end is expected" },
    { "-0.1 * l1", "a weight is -0.1, but has to be above 0" },
    { "0 * l1", "a weight is 0, but has to be above 0" },
    { "1e7 * l1", "a weight is 10000000, but has to be above 0 and at most" },
    { "l1 + + mse", "has \"+ mse\" where a number is expected" },
    { "l1 + mse + mae", "has l1 twice" },
    { "huber dleta=1",
      "loss huber: key \"dleta\" is unknown, known are delta" },
    { "huber delta", "has \"delta\" where \"+\" or the end" },
    { "huber delta=x", "has \"x\" where a number is expected" },
    { "huber delta=0", "loss \"huber delta=0\": delta: found \"0\", expected "
                       "a number from 0.0001 to 1000; " },
    { "huber delta=nan", "has \"nan\" where a number is expected" },
    { "ms-ssim scales=6",
      "scales: found \"6\", expected a number from 1 to 5" },
    { "l1()", "has \")\" where \"teacher\" or the name of a result" },
    { "l1(", "has \"its end\" where \"teacher\" or the name" },
    { "l1(y", "has \"its end\" where \")\" is expected" },
    { "l1(y z)", "has \"z)\" where \")\" is expected" },
    { "l1(y)(z)", "has \"(z)\" where \"+\" or the end" },
    { "l1 delta=1(y)", "has \"delta=1(y)\" where \"+\" or the end" },
    { "l1(y) + mse + mae(y)", "has l1(y) twice" },
    { "l1(teacher) + mae(teacher)", "has l1(teacher) twice" },
    { "mse + ssim(y)", "has ssim(y), but ssim compares pictures" },
    { "rmse(conv1)", "has rmse(conv1), but rmse compares pictures" },
    { "l1, mse", "has \", mse\" where \"+\" or the end is expected" },
    { "l1 \xff", "loss \"l1 \xef\xbf\xbd\" has" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    GError *error = NULL;
    g_assert_null (rw_objective_parse (bad[i][0], &error));
    assert_error (&error, RW_ERROR_FORMAT, bad[i][1]);
  }
}

/* Seeded nonsense from the grammar's own words: no crash, and what parses
 * says what it is in a text that parses again. */
static void
test_mutations (void)
{
  static const char *const words[] = { "l1",    "mse",   "+",        "*",
                                       " ",     "huber", "0.1",      "=",
                                       "delta", "-",     "ssim",     ".",
                                       "1e9",   "\xc3",  "scales",   "(",
                                       "y)",    "(y)",   "(teacher)" };
  const RwLossShape shape = { 256, 256, 3, 4 };
  int n_parsed = 0;

  for (guint64 i = 0; i < 20000; i++) {
    const guint64 key = rw_random_key (31, i);
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint64 k = 0; k <= rw_random_below (key, 0, 7); k++)
      g_string_append (
          text, words[rw_random_below (key, 1 + k, G_N_ELEMENTS (words))]);
    g_autoptr (RwObjective) objective = rw_objective_parse (text->str, NULL);
    if (objective == NULL)
      continue;
    n_parsed++;
    g_autofree char *first = rw_objective_describe (objective, &shape);
    g_autoptr (RwObjective) again = parse (first);
    g_autofree char *second = rw_objective_describe (again, &shape);
    g_assert_cmpstr (first, ==, second);
  }
  g_assert_cmpint (n_parsed, >, 500);
}

/* ---- ssim --------------------------------------------------------------- */

/* The first channels of @values, without the spare lanes. */
static float *
pack (const Pictures *p, const float *values)
{
  float *packed = g_new (float, p->n);
  gsize n = 0;

  for (gsize i = 0; i < p->n; i++)
    if (!pictures_is_padding (p, i))
      packed[n++] = values[i];
  return packed;
}

/* Pictures that are alike and ones that are not, also below the window. */
static void
test_ssim (void)
{
  static const RwLossShape shapes[] = { { 40, 53, 3, 4 },
                                        { 31, 30, 1, 4 },
                                        { 8, 9, 3, 16 } };
  static const float distances[] = { 0.002f, 0.05f, 0.6f };

  for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
    for (guint d = 0; d < G_N_ELEMENTS (distances); d++) {
      Pictures p;
      pictures_init (&p, shapes[s]);
      for (gsize i = 0; i < p.n; i++) {
        p.target[i] = 0.5f + 0.4f * sinf (0.01f * (float) i);
        p.y[i] = p.target[i] + distances[d] * (p.y[i] - 0.5f);
      }
      g_autofree float *a = pack (&p, p.y), *b = pack (&p, p.target);
      const double expected =
          1 - rw_ssim (a, b, shapes[s].width, shapes[s].height,
                       shapes[s].channels);
      const double value = evaluate ("ssim", &p, 1);
      g_test_message ("%.8g, the metric gives %.8g", value, expected);
      g_assert_cmpfloat (fabs (value - expected), <=, 2e-4 * expected + 1e-7);
      pictures_clear (&p);
    }
}

/* One scale of ms-ssim is ssim; two are the product of the mean of the part
 * without luminance and of ssim of the 2 x 2 means, to their powers.  Pictures
 * of the same mean everywhere have no luminance part, so that ssim gives
 * both. */
static void
test_ms_ssim (void)
{
  Pictures p, half;
  const double w0 = 0.0448 / (0.0448 + 0.2856), w1 = 1 - w0;

  pictures_init (&p, (RwLossShape){ 40, 60, 1, 4 });
  for (gsize i = 0; i < p.n; i++)
    p.y[i] = 0.5f * (p.y[i] + p.target[i]);
  g_assert_cmpfloat (
      fabs (evaluate ("ms-ssim scales=1", &p, 1) - evaluate ("ssim", &p, 1)),
      <=, 1e-9);
  /* a chess-board of 2 x 2 against another contrast of itself */
  for (int i = 0; i < 40 * 60; i++) {
    const int bit = (i / 60 / 2 + i % 60 / 2) % 2;
    p.target[4 * i] = bit ? 0.8f : 0.2f;
    p.y[4 * i] = bit ? 0.6f : 0.4f;
  }
  pictures_init (&half, (RwLossShape){ 20, 30, 1, 4 });
  for (int i = 0; i < 20 * 30; i++) {
    const int bit = (i / 30 + i % 30) % 2;
    half.target[4 * i] = bit ? 0.8f : 0.2f;
    half.y[4 * i] = bit ? 0.6f : 0.4f;
  }
  const double fine = 1 - evaluate ("ssim", &p, 1);
  const double coarse = 1 - evaluate ("ssim", &half, 1);
  const double expected = 1 - pow (fine, w0) * pow (coarse, w1);
  const double value = evaluate ("ms-ssim", &p, 1);
  g_test_message ("%.8g, expected %.8g", value, expected);
  g_assert_cmpfloat (fabs (value - expected), <=, 1e-4 * expected);
  pictures_clear (&p);
  pictures_clear (&half);
}

/* A negative has no positive structure: the loss stays finite. */
static void
test_negative (void)
{
  Pictures p;

  pictures_init (&p, (RwLossShape){ 44, 44, 3, 4 });
  for (gsize i = 0; i < p.n; i++)
    p.y[i] = 1 - p.target[i];
  const double value = evaluate ("ms-ssim", &p, 1);
  g_assert_true (isfinite (value) && value < 1 && value > 0.8);
  for (gsize i = 0; i < p.n; i++)
    g_assert_true (isfinite (p.dy[i]));
  pictures_clear (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/objective/sum", test_sum);
  g_test_add_func ("/objective/names", test_names);
  g_test_add_func ("/objective/describe", test_describe);
  g_test_add_func ("/objective/asking", test_asking);
  g_test_add_func ("/objective/named", test_named);
  g_test_add_func ("/objective/named-gradient", test_named_gradient);
  g_test_add_func ("/objective/errors", test_errors);
  g_test_add_func ("/objective/mutations", test_mutations);
  g_test_add_func ("/objective/ssim", test_ssim);
  g_test_add_func ("/objective/ms-ssim", test_ms_ssim);
  g_test_add_func ("/objective/ms-ssim-negative", test_negative);
  return g_test_run ();
}
