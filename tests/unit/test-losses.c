/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/losses.c and loss-*.c: each loss against its formula in double, its
 * slope against differences, and what holds for all of them.
 */
#include "train/losses.h"

#include "reweave.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

enum { SEED = 11, HEIGHT = 5, WIDTH = 7, CHANNELS = 3, STRIDE = 4 };
enum { N = HEIGHT * WIDTH * STRIDE };

static const RwLossShape shape = { HEIGHT, WIDTH, CHANNELS, STRIDE };

static gboolean
is_padding (int i)
{
  return i % STRIDE >= CHANNELS;
}

/* Values of either sign around 0, padding 0. */
static void
fill (float *values, guint64 stream, float size)
{
  for (int i = 0; i < N; i++)
    values[i] = is_padding (i)
                    ? 0
                    : size * (rw_random_uniform (rw_random_key (SEED, stream),
                                                 (guint64) i) -
                              0.5f);
}

/* ---- the formulas ------------------------------------------------------- */

typedef struct {
  const char *name;
  double (*value) (double d);
  double (*slope) (double d);
} Formula;

static double
charbonnier (double d)
{
  return sqrt (d * d + 1e-6);
}

static double
charbonnier_slope (double d)
{
  return d / sqrt (d * d + 1e-6);
}

static double
l1_slope (double d)
{
  return (d > 0) - (d < 0);
}

static double
square (double d)
{
  return d * d;
}

static double
square_slope (double d)
{
  return 2 * d;
}

static const Formula formulas[] = {
  { "charbonnier", charbonnier, charbonnier_slope },
  { "l1", fabs, l1_slope },
  { "mse", square, square_slope },
};

static void
test_formula (gconstpointer data)
{
  const Formula *formula = data;
  const RwLoss *loss = rw_loss_find (formula->name, NULL);
  float y[N], target[N], dy[N];
  double expected = 0;
  const double n = HEIGHT * WIDTH * CHANNELS, weight = 0.37;

  g_assert_nonnull (loss);
  for (float size = 1e-3f; size < 3; size *= 10) {
    fill (y, 1, size);
    fill (target, 2, size);
    expected = 0;
    const double value = loss->evaluate (&shape, y, target, dy, weight);
    for (int i = 0; i < N; i++) {
      const double d = (double) y[i] - (double) target[i];
      if (is_padding (i))
        continue;
      expected += formula->value (d) / n;
      g_assert_cmpfloat (
          fabs ((double) dy[i] - weight * formula->slope (d) / n), <=,
          1e-5 / n);
    }
    g_assert_cmpfloat (fabs (value - expected), <=, 1e-6 * expected);
  }
}

/* ---- what holds for all ------------------------------------------------- */

/* The slope along a random direction is the difference quotient's, away from
 * y = target, where a loss may have a kink. */
static void
test_differences (gconstpointer data)
{
  const RwLoss *loss = data;
  float y[N], target[N], direction[N], moved[N], dy[N], scratch[N];
  double along = 0;
  const float h = 1e-3f;

  fill (y, 3, 1);
  fill (target, 4, 1);
  fill (direction, 5, 2);
  for (int i = 0; i < N; i++)
    if (!is_padding (i) && fabsf (y[i] - target[i]) < 0.05f)
      y[i] = target[i] + 0.1f;
  loss->evaluate (&shape, y, target, dy, 1);
  for (int i = 0; i < N; i++)
    along += (double) dy[i] * (double) direction[i];
  for (int i = 0; i < N; i++)
    moved[i] = y[i] + h * direction[i];
  const double above = loss->evaluate (&shape, moved, target, scratch, 1);
  for (int i = 0; i < N; i++)
    moved[i] = y[i] - h * direction[i];
  const double below = loss->evaluate (&shape, moved, target, scratch, 1);
  const double quotient = (above - below) / (2 * (double) h);
  g_test_message ("%s: seed %d, slope %g, quotient %g", loss->name, SEED,
                  along, quotient);
  g_assert_cmpfloat (fabs (along - quotient), <=,
                     0.01 * fabs (quotient) + 1e-4);
}

static void
test_properties (gconstpointer data)
{
  const RwLoss *loss = data;
  float y[N], target[N], dy[N], twice[N];

  fill (y, 6, 1);
  fill (target, 7, 1);
  memset (dy, 0xff, sizeof dy); /* NaN: each value has to be written */
  const double value = loss->evaluate (&shape, y, target, dy, 1);
  g_assert_cmpfloat (value, >, loss->evaluate (&shape, y, y, twice, 1));
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat (twice[i], ==, 0);
  g_assert_cmpfloat (loss->evaluate (&shape, y, target, twice, 2), ==, value);
  for (int i = 0; i < N; i++) {
    g_assert_cmpfloat (fabsf (twice[i] - 2 * dy[i]), <=,
                       1e-6f * fabsf (dy[i]));
    if (is_padding (i))
      g_assert_cmpfloat (dy[i], ==, 0);
  }
}

static void
test_nan (gconstpointer data)
{
  const RwLoss *loss = data;
  float y[N], target[N], dy[N];

  fill (y, 8, 1);
  fill (target, 9, 1);
  y[STRIDE * 3 + 1] = NAN;
  g_assert_true (isnan (loss->evaluate (&shape, y, target, dy, 1)));
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rw_loss_find ("charbonier", &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "did you mean \"charbonnier\"?"));
  g_assert_nonnull (strstr (error->message, "known are charbonnier, l1, mse"));
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
    add (formulas[i].name, &formulas[i], "formula", test_formula);
  for (const RwLoss *const *loss = rw_loss_list (); *loss != NULL; loss++) {
    add ((*loss)->name, *loss, "differences", test_differences);
    add ((*loss)->name, *loss, "properties", test_properties);
    add ((*loss)->name, *loss, "nan", test_nan);
  }
  g_test_add_func ("/losses/unknown", test_unknown);
  return g_test_run ();
}
