/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/loss/losses.c and loss-*.c: losses that are means over elements
 * against their formulas in double; the slope of every loss against
 * differences, for shapes of all kinds; and what holds for all of them.
 */
#include "loss-pictures.h"

#include "reweave.h"

/* Square and not, 1 to 3 channels in 4 lanes or 16, smaller than the window of
 * ssim, and with one and three scales of ms-ssim. */
static const RwLossShape shapes[] = {
  { 5, 7, 3, 4 },    { 1, 1, 1, 4 },   { 9, 12, 1, 4 },
  { 16, 13, 3, 16 }, { 23, 37, 3, 4 }, { 51, 46, 1, 4 },
};

static const RwLoss *
find (const char *name)
{
  g_autoptr (GError) error = NULL;
  const RwLoss *loss = rw_loss_find (name, &error);

  g_assert_no_error (error);
  return loss;
}

/* ---- the formulas ------------------------------------------------------- */

typedef double (*FormulaFunc) (double y, double t, double *slope);

static double
charbonnier (double y, double t, double *slope)
{
  const double root = sqrt ((y - t) * (y - t) + 1e-6);

  *slope = (y - t) / root;
  return root;
}

static double
absolute (double y, double t, double *slope)
{
  *slope = (y > t) - (y < t);
  return fabs (y - t);
}

static double
square (double y, double t, double *slope)
{
  *slope = 2 * (y - t);
  return (y - t) * (y - t);
}

static double
huber (double y, double t, double *slope)
{
  const double d = y - t, delta = 0.05;

  *slope = fmax (-delta, fmin (delta, d));
  return fabs (d) <= delta ? d * d / 2 : delta * (fabs (d) - delta / 2);
}

static double
entropy (double y, double t, double *slope)
{
  *slope = (y - t) / (y * (1 - y));
  return -t * log (y) - (1 - t) * log (1 - y);
}

static const struct {
  const char *name;
  FormulaFunc func;
} formulas[] = {
  { "bce", entropy },  { "charbonnier", charbonnier },
  { "huber", huber },  { "l1", absolute },
  { "mae", absolute }, { "mse", square },
};

static void
test_formula (gconstpointer data)
{
  const int which = GPOINTER_TO_INT (data);
  const double weight = 0.37;

  for (guint s = 0; s < G_N_ELEMENTS (shapes); s++) {
    Pictures p;
    pictures_init (&p, shapes[s]);
    const double n = shapes[s].height * shapes[s].width * shapes[s].channels;
    const double value =
        pictures_evaluate (&p, find (formulas[which].name), p.y, weight);
    double expected = 0;
    for (gsize i = 0; i < p.n; i++) {
      double slope;
      if (pictures_is_padding (&p, i))
        continue;
      expected += formulas[which].func ((double) p.y[i], (double) p.target[i],
                                        &slope) /
                  n;
      g_assert_cmpfloat (fabs ((double) p.dy[i] - weight * slope / n), <=,
                         2e-6 * (1 + fabs (slope)) / n);
    }
    g_assert_cmpfloat (fabs (value - expected), <=, 2e-6 * expected);
    pictures_clear (&p);
  }
}

/* rmse is the root of mse, and so is its slope. */
static void
test_rmse (void)
{
  Pictures p, q;

  pictures_init (&p, shapes[4]);
  pictures_init (&q, shapes[4]);
  const double root = pictures_evaluate (&p, find ("rmse"), p.y, 1);
  const double mean = pictures_evaluate (&q, find ("mse"), q.y, 1);
  g_assert_cmpfloat (fabs (root * root - mean), <=, 1e-9);
  for (gsize i = 0; i < p.n; i++)
    if (!pictures_is_padding (&p, i))
      g_assert_cmpfloat (fabs (2 * root * (double) p.dy[i] - (double) q.dy[i]),
                         <=, 1e-6 * fabs ((double) q.dy[i]));
  pictures_clear (&p);
  pictures_clear (&q);
}

/* edge of a step of height s across one column against nothing: each row has
 * one pair that differs by s, and all other pairs by 0. */
static void
test_edge (void)
{
  Pictures p;
  const double s = 0.25, epsilon = 1e-3;

  pictures_init (&p, (RwLossShape){ 6, 8, 1, 4 });
  for (int i = 0; i < 6 * 8; i++) {
    p.target[4 * i] = 0.5f;
    p.y[4 * i] = 0.5f + (i % 8 >= 3 ? 0.25f : 0);
  }
  const double n = 6 * 7 + 5 * 8;
  const double expected =
      (6 * sqrt (s * s + epsilon * epsilon) + (n - 6) * epsilon) / n;
  g_assert_cmpfloat (
      fabs (pictures_evaluate (&p, find ("edge"), p.y, 1) - expected), <=,
      1e-7);
  for (int i = 0; i < 6 * 8; i++) {
    const double slope = i % 8 == 3 ? 1 : i % 8 == 2 ? -1 : 0;
    g_assert_cmpfloat (fabs (n * (double) p.dy[4 * i] - slope), <=, 1e-4);
  }
  pictures_clear (&p);
}

/* Outputs outside (0,1) and at its ends: finite, and they are led back. */
static void
test_bce_outside (void)
{
  static const float ys[] = { -0.5f, 0, 1, 1.5f }, targets[] = { 0, 0.3f, 1 };
  Pictures p;

  pictures_init (&p, (RwLossShape){ 1, 1, 1, 4 });
  for (guint i = 0; i < G_N_ELEMENTS (ys); i++)
    for (guint j = 0; j < G_N_ELEMENTS (targets); j++) {
      p.dy[0] = 0;
      p.target[0] = targets[j];
      const double value = pictures_evaluate (&p, find ("bce"), ys + i, 1);
      g_assert_true (isfinite (value) && value >= 0);
      g_assert_cmpfloat (fabs ((double) p.dy[0]), <=, 1e4 + 1);
      if (ys[i] <= 0)
        g_assert_true (targets[j] > 0 ? p.dy[0] < -1 : p.dy[0] == 0);
      else
        g_assert_true (targets[j] < 1 ? p.dy[0] > 1 : p.dy[0] == 0);
    }
  pictures_clear (&p);
}

/* ---- what holds for all ------------------------------------------------- */

/* y above and below the target by turns, as on a chess-board: neither they nor
 * their differences to neighbours are near, where a loss may have a kink. */
static void
avoid_kinks (Pictures *p)
{
  const guint64 key = rw_random_key (11, 6);

  for (gsize i = 0; i < p->n; i++) {
    const gsize pixel = i / (gsize) p->shape.stride;
    const gsize width = (gsize) p->shape.width;
    const float d = 0.02f + 0.1f * rw_random_uniform (key, i);
    p->target[i] = 0.2f + 0.75f * (p->target[i] - 0.1f);
    p->y[i] = p->target[i] + ((pixel / width + pixel % width) % 2 ? d : -d);
  }
}

/* The loss of y + h * direction. */
static double
evaluate_moved (const Pictures *p,
                const RwLoss *loss,
                const float *direction,
                float h)
{
  g_autofree float *moved = g_new (float, p->n);

  for (gsize i = 0; i < p->n; i++)
    moved[i] = p->y[i] + h * direction[i];
  return pictures_evaluate (p, loss, moved, 0);
}

/* The slope along a random direction is the difference quotient's. */
static void
test_differences (gconstpointer data)
{
  const RwLoss *loss = data;
  const float h = 2e-3f;

  for (guint s = 0; s < G_N_ELEMENTS (shapes); s++) {
    Pictures p;
    pictures_init (&p, shapes[s]);
    g_autofree float *direction = g_new (float, p.n);
    double along = 0;
    pictures_fill (&p, direction, 5, -1, 1);
    avoid_kinks (&p);
    pictures_evaluate (&p, loss, p.y, 1);
    for (gsize i = 0; i < p.n; i++)
      if (!pictures_is_padding (&p, i))
        along += (double) p.dy[i] * (double) direction[i];
    const double quotient = (evaluate_moved (&p, loss, direction, h) -
                             evaluate_moved (&p, loss, direction, -h)) /
                            (2 * (double) h);
    g_test_message ("%s, shape %u: slope %.6g, quotient %.6g", loss->name, s,
                    along, quotient);
    g_assert_cmpfloat (fabs (along - quotient), <=,
                       2e-3 * fabs (quotient) + 5e-5);
    pictures_clear (&p);
  }
}

/* Gradients are added, in proportion to the weight, to channels alone; a
 * picture like its target has the least loss, and no slope. */
static void
test_properties (gconstpointer data)
{
  const RwLoss *loss = data;

  for (guint s = 0; s < G_N_ELEMENTS (shapes); s++) {
    Pictures p, twice;
    pictures_init (&p, shapes[s]);
    pictures_init (&twice, shapes[s]);
    for (gsize i = 0; i < p.n; i++)
      twice.dy[i] = 1;
    const double value = pictures_evaluate (&p, loss, p.y, 1);
    g_assert_cmpfloat (pictures_evaluate (&twice, loss, p.y, 2), ==, value);
    for (gsize i = 0; i < p.n; i++)
      if (pictures_is_padding (&p, i)) {
        g_assert_cmpfloat (p.dy[i], ==, 0);
        g_assert_cmpfloat (twice.dy[i], ==, 1);
      } else {
        g_assert_cmpfloat (fabsf (twice.dy[i] - 1 - 2 * p.dy[i]), <=,
                           5e-7f + 1e-6f * fabsf (p.dy[i]));
      }
    memset (p.dy, 0, p.n * sizeof (float));
    g_assert_cmpfloat (pictures_evaluate (&p, loss, p.target, 1), <=, value);
    for (gsize i = 0; i < p.n; i++)
      g_assert_cmpfloat (fabsf (p.dy[i]), <=, 1e-6f);
    pictures_clear (&p);
    pictures_clear (&twice);
  }
}

static void
test_nan (gconstpointer data)
{
  const RwLoss *loss = data;
  Pictures p;

  pictures_init (&p, shapes[4]);
  p.y[4 * (37 * 11 + 20) + 1] = NAN;
  g_assert_true (isnan (pictures_evaluate (&p, loss, p.y, 1)));
  pictures_clear (&p);
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rw_loss_find ("charbonier", &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "did you mean \"charbonnier\"?"));
  g_assert_nonnull (strstr (error->message, "l1, mae, ms-ssim, mse, rmse"));
}

static void
add (const char *name,
     gconstpointer data,
     const char *what,
     GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/losses/%s/%s", name, what);

  g_test_add_data_func (path, data, func);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (formulas); i++)
    add (formulas[i].name, GINT_TO_POINTER (i), "formula", test_formula);
  for (const RwLoss *const *loss = rw_loss_list (); *loss != NULL; loss++) {
    add ((*loss)->name, *loss, "differences", test_differences);
    add ((*loss)->name, *loss, "properties", test_properties);
    add ((*loss)->name, *loss, "nan", test_nan);
  }
  g_test_add_func ("/losses/rmse/root", test_rmse);
  g_test_add_func ("/losses/edge/step", test_edge);
  g_test_add_func ("/losses/bce/outside", test_bce_outside);
  g_test_add_func ("/losses/unknown", test_unknown);
  return g_test_run ();
}
