/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Principal component analysis in a build without LAPACK: it says so.
 */
#include "train/eval/pca.h"

#include "reweave.h"

RwPca *
rw_pca_new (const RwDataset *set, int n_kept, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "principal component analysis: this reweave was built without "
               "LAPACK, which it needs; build it with -Dpca=enabled, or leave "
               "--pca out");
  return NULL;
}

void
rw_pca_free (RwPca *self)
{
  g_assert (self == NULL); /* rw_pca_new makes none */
}

gboolean
rw_pca_measure (const RwPca *self,
                const RwDataset *set,
                double *mse,
                GError **error)
{
  g_return_val_if_reached (FALSE);
}
