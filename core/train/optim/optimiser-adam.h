/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What adam and adamw share.
 */
#pragma once

#include "train/optim/optimisers.h"

/* One step of Adam. */
void rw_adam_update (const RwOptimiserUpdate *update);
