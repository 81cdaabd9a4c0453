/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Singular values, by one-sided Jacobi rotations (Hestenes 1958): no LAPACK is
 * needed, and small values are as exact as large ones.
 */
#pragma once

#include <glib.h>

/* A = U S V^T of @matrix, [n_rows][n_columns], with n = MIN (n_rows,
 * n_columns):
 *   @u:  [n_rows][n], orthonormal columns
 *   @s:  [n], not negative, largest first
 *   @vt: [n][n_columns], orthonormal rows
 * Where a value is below 1e-14 of the root of the sum of all squares it is
 * given as 0, with a row of @vt (or a column of @u where there are more rows
 * than columns) that is 0, too.
 * FALSE with RW_ERROR_LIMIT; n_rows and n_columns are 1 or more. */
gboolean rw_svd (const double *matrix,
                 int n_rows,
                 int n_columns,
                 double *u,
                 double *s,
                 double *vt,
                 GError **error);
