/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The factors of the layer "gain".
 */
#pragma once

#include "layers/rates.h"

/* Writes the factor of each of @channels at @told in [0,1].  @logs: the layer's
 * parameter, [n_rates][stride] with stride >= channels; @span: its setting. */
void rw_gain_compute (const float *logs,
                      int n_rates,
                      int channels,
                      int stride,
                      double span,
                      double told,
                      float *gains);
