/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Principal component analysis of pictures.
 *
 * With V the eigenvectors that are left out, a picture's error is what V sees
 * of it: |x - x'|^2 = |V^T (x - mean)|^2.
 */
#include "train/eval/pca.h"

#include "reweave.h"
#include "base/alloc.h"

#include <cblas.h>
#include <string.h>

#define MAX_VALUES 6144
#define BLOCK 256 /* pictures at once */

struct RwPca {
  int width, height;
  int n_values;  /* d = 3 width height */
  int n_left;    /* eigenvectors left out */
  double *mean;  /* [d] */
  double *axes;  /* [n_left][d] */
  double *block; /* [BLOCK][d], scratch */
};

/* LAPACK: eigenvalues il..iu of a symmetric matrix, least first, and their
 * vectors.  Fortran's hidden lengths of the three characters come last. */
extern void dsyevr_ (const char *job,
                     const char *range,
                     const char *half,
                     const blasint *n,
                     double *a,
                     const blasint *lda,
                     const double *low,
                     const double *high,
                     const blasint *il,
                     const blasint *iu,
                     const double *tolerance,
                     blasint *n_found,
                     double *values,
                     double *vectors,
                     const blasint *ldz,
                     blasint *support,
                     double *work,
                     const blasint *n_work,
                     blasint *iwork,
                     const blasint *n_iwork,
                     blasint *info,
                     size_t,
                     size_t,
                     size_t);

static double *
alloc_values (gsize n, gsize m, GError **error)
{
  return rw_try_alloc (n, m * sizeof (double),
                       "a principal component analysis", error);
}

/* ---- pictures as rows -------------------------------------------------- */

static gboolean
check_sizes (const RwPca *self, const RwDataset *set, GError **error)
{
  for (int i = 0; i < rw_dataset_get_n (set); i++) {
    const RwPicture *picture = rw_dataset_get_picture (set, i);
    if (picture != NULL && picture->width == self->width &&
        picture->height == self->height)
      continue;
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: is %s, expected a picture of %d x %d in memory as the "
                 "first is, for a principal component analysis; give only "
                 "such pictures",
                 rw_dataset_get_name (set, i),
                 picture != NULL ? "of another size" : "not in memory",
                 self->width, self->height);
    return FALSE;
  }
  return TRUE;
}

/* The values of picture @i, in [0,1], less the mean. */
static void
read_row (const RwPca *self, const RwDataset *set, int i, double *row)
{
  const RwPicture *picture = rw_dataset_get_picture (set, i);
  const double peak = rw_picture_get_peak (picture);

  for (int k = 0; k < self->n_values; k++)
    row[k] = rw_picture_get_sample (picture, (gsize) k) / peak - self->mean[k];
}

/* Pictures from @first on; returns how many. */
static int
read_block (const RwPca *self, const RwDataset *set, int first)
{
  const int n = MIN (BLOCK, rw_dataset_get_n (set) - first);

  for (int i = 0; i < n; i++)
    read_row (self, set, first + i,
              self->block + (gsize) i * (gsize) self->n_values);
  return n;
}

/* ---- fitting ----------------------------------------------------------- */

static void
find_mean (RwPca *self, const RwDataset *set)
{
  const int n = rw_dataset_get_n (set), d = self->n_values;
  g_autofree double *sum = g_new0 (double, (gsize) d);

  for (int i = 0; i < n; i++) {
    read_row (self, set, i, self->block); /* the mean is 0 as yet */
    for (int k = 0; k < d; k++)
      sum[k] += self->block[k];
  }
  for (int k = 0; k < d; k++)
    self->mean[k] = sum[k] / n;
}

/* The lower triangle, by columns, of the sum of x x^T; it is n times the
 * covariance, which has the same eigenvectors. */
static void
find_scatter (const RwPca *self, const RwDataset *set, double *scatter)
{
  const int d = self->n_values;

  for (int first = 0; first < rw_dataset_get_n (set); first += BLOCK) {
    const int n = read_block (self, set, first);
    cblas_dsyrk (CblasColMajor, CblasLower, CblasNoTrans, d, n, 1, self->block,
                 d, 1, scatter, d);
  }
}

static gboolean
find_axes (RwPca *self, double *scatter, GError **error)
{
  const blasint d = self->n_values, first = 1, last = self->n_left;
  const blasint n_work = 33 * d, n_iwork = 10 * d;
  const double none = 0;
  g_autofree double *values = g_new (double, (gsize) d);
  g_autofree double *work = g_new (double, (gsize) n_work);
  g_autofree blasint *iwork = g_new (blasint, (gsize) n_iwork);
  g_autofree blasint *support = g_new (blasint, 2 * (gsize) d);
  blasint n_found = 0, info = 0;

  dsyevr_ ("V", "I", "L", &d, scatter, &d, &none, &none, &first, &last, &none,
           &n_found, values, self->axes, &d, support, work, &n_work, iwork,
           &n_iwork, &info, 1, 1, 1);
  if (info == 0 && n_found == last)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "principal component analysis: LAPACK's dsyevr gave %d and %d "
               "eigenvectors, expected 0 and %d; are the pictures more than "
               "one?",
               info, n_found, last);
  return FALSE;
}

static gboolean
fit (RwPca *self, const RwDataset *set, GError **error)
{
  const gsize d = (gsize) self->n_values;

  self->mean = alloc_values (1, d, error);
  self->block = self->mean != NULL ? alloc_values (BLOCK, d, error) : NULL;
  if (self->block == NULL)
    return FALSE;
  find_mean (self, set);
  if (self->n_left == 0)
    return TRUE;
  self->axes = alloc_values ((gsize) self->n_left, d, error);
  rw_autofree double *scatter =
      self->axes != NULL ? alloc_values (d, d, error) : NULL;
  if (scatter == NULL)
    return FALSE;
  find_scatter (self, set, scatter);
  return find_axes (self, scatter, error);
}

RwPca *
rw_pca_new (const RwDataset *set, int n_kept, GError **error)
{
  const RwPicture *first = rw_dataset_get_picture (set, 0);
  g_autoptr (RwPca) self = g_new0 (RwPca, 1);

  if (first != NULL) {
    self->width = first->width;
    self->height = first->height;
  }
  if (!check_sizes (self, set, error))
    return NULL;
  const gint64 n_values = (gint64) 3 * self->width * self->height;
  if (n_values > MAX_VALUES || n_kept < 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: has %" G_GINT64_FORMAT " values, of which %d are to be "
                 "kept, expected at most %d and 0 or more; give smaller "
                 "pictures",
                 rw_dataset_get_name (set, 0), n_values, n_kept, MAX_VALUES);
    return NULL;
  }
  self->n_values = (int) n_values;
  self->n_left = self->n_values - MIN (n_kept, self->n_values);
  return fit (self, set, error) ? g_steal_pointer (&self) : NULL;
}

void
rw_pca_free (RwPca *self)
{
  if (self == NULL)
    return;
  rw_free (self->mean);
  rw_free (self->axes);
  rw_free (self->block);
  g_free (self);
}

/* ---- measuring --------------------------------------------------------- */

gboolean
rw_pca_measure (const RwPca *self,
                const RwDataset *set,
                double *mse,
                GError **error)
{
  const int n = rw_dataset_get_n (set), d = self->n_values;
  const int m = self->n_left;
  double sum = 0;

  if (!check_sizes (self, set, error))
    return FALSE;
  *mse = 0;
  if (m == 0)
    return TRUE;
  rw_autofree double *seen = alloc_values (BLOCK, (gsize) m, error);
  if (seen == NULL)
    return FALSE;
  for (int first = 0; first < n; first += BLOCK) {
    const int n_rows = read_block (self, set, first);
    cblas_dgemm (CblasRowMajor, CblasNoTrans, CblasTrans, n_rows, m, d, 1,
                 self->block, d, self->axes, d, 0, seen, m);
    for (gsize i = 0; i < (gsize) n_rows * (gsize) m; i++)
      sum += seen[i] * seen[i];
  }
  *mse = sum / ((double) n * d);
  return TRUE;
}
