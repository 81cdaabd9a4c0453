/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a net that is told nothing takes away of some patches of a picture: it
 * has learnt to tell noise from texture, so this says more about how much noise
 * there is than any statistics of the patches themselves.
 */
#pragma once

#include "restore/model.h"

/* The median over @n patches of the standard deviation of the change of
 * lightness, in 1/255.  @rgb: [n][height][width][3], finite.  What does not
 * fill the alignment of the net at the right and below is left out; *@change is
 * NAN if nothing is left.  RW_ERROR_LIMIT. */
gboolean rw_blind_change (const RwModel *model,
                          const float *rgb,
                          int n,
                          int height,
                          int width,
                          double *change,
                          GError **error);
