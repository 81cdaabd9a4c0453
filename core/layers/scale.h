/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Shape rules that several layers share: two inputs of one shape, sizes that
 * change by a whole factor.
 */
#pragma once

#include "layers/layer.h"

/* Both inputs have one shape, and so has the result. */
gboolean rw_shape_match (const RwLayer *layer,
                         const RwShape *in,
                         RwShape *out,
                         GError **error);

/* Size / @factor with @c channels; RW_ERROR_MISMATCH if it does not divide. */
gboolean rw_shape_divide (const RwLayer *layer,
                          const RwShape *in,
                          int factor,
                          int c,
                          RwShape *out,
                          GError **error);

/* Size * @factor with @c channels. */
gboolean rw_shape_multiply (const RwLayer *layer,
                            const RwShape *in,
                            int factor,
                            int c,
                            RwShape *out,
                            GError **error);
