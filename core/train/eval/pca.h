/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Principal component analysis of pictures: of all linear codes with k numbers
 * it is the one with the least mean square error.  It is the baseline of an
 * autoencoder whose bottleneck has k values.
 * Source: Pearson 1901; Baldi and Hornik 1989.
 */
#pragma once

#include "train/data/dataset.h"

typedef struct RwPca RwPca;

/* Fits to @set, held pictures of one size, w x h x 3 <= 6144 values: mean,
 * covariance, and the eigenvectors of all but the @n_kept largest eigenvalues,
 * by LAPACK's dsyevr.  RW_ERROR_MISMATCH for other pictures, for n_kept below
 * 0, and in a build without LAPACK; _LIMIT when there is not enough memory;
 * _FORMAT when LAPACK does not converge. */
RwPca *rw_pca_new (const RwDataset *set, int n_kept, GError **error);
void rw_pca_free (RwPca *pca); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwPca, rw_pca_free)

/* Mean over pictures and values of the squared error that @set has when its
 * pictures are said with n_kept numbers; values have the peak 1 and what comes
 * back is not clamped.  RW_ERROR_MISMATCH unless pictures are held and of the
 * size fitted to. */
gboolean rw_pca_measure (const RwPca *pca,
                         const RwDataset *set,
                         double *mse,
                         GError **error);
