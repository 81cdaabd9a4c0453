/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave eval of pictures that a net sees whole, such as CIFAR-10's: mean
 * square errors of the net and of principal component analysis.
 */
#pragma once

#include "tasks/task.h"
#include "weights/weights.h"

/* Whether @path, or that @pca is given, means this. */
gboolean rw_cli_eval_is_set (const char *path, const char *pca);

/* Measures @weights on the pictures of @path.  @pca:
 * pictures to fit the analysis to, or NULL. */
gboolean rw_cli_eval_set (const RwTask *task,
                          const RwWeights *weights,
                          const char *path,
                          const char *pca,
                          gboolean as_json,
                          GError **error);
