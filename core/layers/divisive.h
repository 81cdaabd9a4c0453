/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Divisive normalisation across channels, which gdn and igdn share:
 *   n[i] = beta[i] + sum over j of gamma[i][j] x[j]^2
 *   y[i] = x[i] n[i]^power      power: -1/2 for gdn, 1/2 for igdn
 * Source: Balle, Laparra and Simoncelli 2016, equation 3; 2017, section 3.
 *
 * The file has beta' and gamma', of which beta = max (beta', bound)^2 -
 * pedestal and likewise gamma, so that they stay positive whatever the
 * optimiser does.  At the bound a gradient passes only where it leads away
 * from it (the authors' own implementation).
 */
#pragma once

#include "layers/layer.h"

int rw_divisive_n_params (const RwLayer *layer);
void rw_divisive_param (const RwLayer *layer, int i, RwParamSpec *spec);
void rw_divisive_from_file (const RwLayer *layer,
                            int i,
                            float *inner,
                            const float *values);
void rw_divisive_to_file (const RwLayer *layer,
                          int i,
                          const float *inner,
                          float *values);
size_t rw_divisive_pack_size (const RwLayer *layer, RwPassKind kind);
void rw_divisive_pack (const RwLayer *layer,
                       RwPassKind kind,
                       float *pack,
                       const float *const *params);
size_t rw_divisive_scratch (const RwLayer *layer,
                            const RwPass *pass,
                            RwPassKind kind);
double rw_divisive_macs (const RwLayer *layer);
void rw_divisive_forward (const RwPass *p, gboolean inverse);
void rw_divisive_backward (const RwPass *p, gboolean inverse);
