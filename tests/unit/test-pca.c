/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/eval/pca.c against a textbook: Jacobi's rotations on the covariance of
 * pictures of 2 x 2, and pictures that lie in a plane.
 */
#include "train/eval/pca.h"

#include "base/random.h"
#include "dataset-files.h"

#include <math.h>

enum { D = 12, N_FITTED = 700, N_TEST = 300 }; /* more than a block's */

static double
uniform (guint64 i)
{
  return (double) rw_random_uniform (21, i);
}

/* Values mixed from @n_sources random numbers each. */
static void
save_pictures (const Scratch *scratch,
               const char *folder,
               int n,
               int n_sources)
{
  for (int i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf ("%s/%04d.png", folder, i);
    g_autofree char *path = scratch_path (scratch, name);
    g_autofree char *below = g_path_get_dirname (path);
    g_autoptr (RwPicture) picture = rw_picture_new (2, 2, 3, 16, NULL);
    guint16 *values = picture->data;

    g_mkdir_with_parents (below, 0700);
    for (int k = 0; k < D; k++) {
      double value = 0.2 + 0.02 * k;
      for (int s = 0; s < n_sources; s++)
        value += 0.3 / (1 + s) *
                 (uniform ((guint64) (1000000 + i * 100 + s)) - 0.5) *
                 cos (0.7 * (k + 1) * (s + 1));
      values[k] = (guint16) (65535 * CLAMP (value, 0, 1) + 0.5);
    }
    g_assert_true (rw_picture_save (picture, path, 0, NULL));
  }
}

static RwDataset *
load_set (const Scratch *scratch, const char *folder)
{
  g_autofree char *path = scratch_path (scratch, folder);
  GError *error = NULL;
  RwDataset *set = load (path, 0, NULL, &error);

  g_assert_no_error (error);
  return set;
}

/* Second moments about @mean. */
static void
find_moments (const RwDataset *set, const double *mean, double m[D][D])
{
  const int n = rw_dataset_get_n (set);

  memset (m, 0, sizeof (double) * D * D);
  for (int i = 0; i < n; i++) {
    const guint16 *x = rw_dataset_get_picture (set, i)->data;
    for (int a = 0; a < D; a++)
      for (int b = 0; b < D; b++)
        m[a][b] += (x[a] / 65535.0 - mean[a]) * (x[b] / 65535.0 - mean[b]) / n;
  }
}

/* Turns rows and columns p and q of @m until it is diagonal; @v: the turns. */
static void
diagonalise (double m[D][D], double v[D][D])
{
  for (int a = 0; a < D; a++)
    for (int b = 0; b < D; b++)
      v[a][b] = a == b;
  for (int sweep = 0; sweep < 60; sweep++)
    for (int p = 0; p < D; p++)
      for (int q = p + 1; q < D; q++) {
        const double angle = 0.5 * atan2 (2 * m[p][q], m[q][q] - m[p][p]);
        const double c = cos (angle), s = sin (angle);
        for (int k = 0; k < D; k++) {
          const double x = m[k][p], y = m[k][q];
          m[k][p] = c * x - s * y;
          m[k][q] = s * x + c * y;
        }
        for (int k = 0; k < D; k++) {
          const double x = m[p][k], y = m[q][k];
          m[p][k] = c * x - s * y;
          m[q][k] = s * x + c * y;
          const double z = v[k][p], w = v[k][q];
          v[k][p] = c * z - s * w;
          v[k][q] = s * z + c * w;
        }
      }
}

/* What the @n_left weakest directions of @m see of @test, over D. */
static double
expect (double m[D][D], double v[D][D], double test[D][D], int n_left)
{
  gboolean used[D] = { FALSE };
  double sum = 0;

  for (int k = 0; k < n_left; k++) {
    int least = -1;
    for (int i = 0; i < D; i++)
      if (!used[i] && (least < 0 || m[i][i] < m[least][least]))
        least = i;
    used[least] = TRUE;
    for (int a = 0; a < D; a++)
      for (int b = 0; b < D; b++)
        sum += v[a][least] * test[a][b] * v[b][least];
  }
  return sum / D;
}

static void
test_textbook (Scratch *scratch, gconstpointer data)
{
  double mean[D] = { 0 }, m[D][D], v[D][D], own[D][D], other[D][D];

  save_pictures (scratch, "fitted", N_FITTED, 20);
  save_pictures (scratch, "test", N_TEST, 23);
  g_autoptr (RwDataset) fitted = load_set (scratch, "fitted");
  g_autoptr (RwDataset) test = load_set (scratch, "test");
  for (int i = 0; i < N_FITTED; i++)
    for (int k = 0; k < D; k++)
      mean[k] += ((guint16 *) rw_dataset_get_picture (fitted, i)->data)[k] /
                 65535.0 / N_FITTED;
  find_moments (fitted, mean, own);
  find_moments (test, mean, other);
  memcpy (m, own, sizeof m);
  diagonalise (m, v);
  for (int k = 0; k <= D + 1; k++) {
    const int n_left = MAX (0, D - k);
    double mse = -1;
    g_autoptr (RwPca) pca = rw_pca_new (fitted, k, NULL);
    g_assert_true (rw_pca_measure (pca, fitted, &mse, NULL));
    g_assert_cmpfloat (fabs (mse - expect (m, v, own, n_left)), <=, 1e-12);
    g_assert_true (rw_pca_measure (pca, test, &mse, NULL));
    g_assert_cmpfloat (fabs (mse - expect (m, v, other, n_left)), <=, 1e-12);
    g_assert_true (k >= D ? mse == 0 : mse > 1e-9);
  }
}

/* Of two sources, two numbers say all but the rounding to 16 bits. */
static void
test_plane (Scratch *scratch, gconstpointer data)
{
  double one = 0, two = 0;

  save_pictures (scratch, "fitted", 50, 2);
  g_autoptr (RwDataset) set = load_set (scratch, "fitted");
  g_autoptr (RwPca) line = rw_pca_new (set, 1, NULL);
  g_autoptr (RwPca) plane = rw_pca_new (set, 2, NULL);
  g_assert_true (rw_pca_measure (line, set, &one, NULL));
  g_assert_true (rw_pca_measure (plane, set, &two, NULL));
  g_assert_cmpfloat (one, >, 1e-4);
  g_assert_cmpfloat (two, <, 1e-10);
}

static void
test_refused (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  double mse;

  save_pictures (scratch, "fitted", 5, 2);
  g_autoptr (RwDataset) set = load_set (scratch, "fitted");
  g_autoptr (RwDataset) large =
      rw_dataset_load ("synth:2", &(RwDatasetOptions){ 0 }, NULL, NULL);
  RwDataset *const sets[] = { set, large };
  g_autoptr (RwDataset) mixed = rw_dataset_join (sets, 2);
  g_assert_null (rw_pca_new (large, 5, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "expected at most 6144");
  g_assert_null (rw_pca_new (mixed, 5, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "of another size");
  g_assert_null (rw_pca_new (set, -1, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "0 or more");
  g_autoptr (RwPca) pca = rw_pca_new (set, 1, NULL);
  g_assert_false (rw_pca_measure (pca, large, &mse, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "expected a picture of 2 x 2");
}

#define ADD(path, func)                                                       \
  g_test_add (path, Scratch, NULL, scratch_set_up, func, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/pca/textbook", test_textbook);
  ADD ("/pca/plane", test_plane);
  ADD ("/pca/refused", test_refused);
  return g_test_run ();
}
