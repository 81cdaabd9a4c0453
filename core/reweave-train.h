/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave's training half: pictures to weight files, and measuring them.  For
 * the command line tool and for tests; plug-ins need reweave.h alone.
 */
#pragma once

#include "reweave.h"
#include "image/picture.h"
#include "io/weights.h"
#include "nets/net.h"
#include "tasks/task.h"
#include "train/dataset.h"
#include "train/evaluate.h"
#include "train/losses.h"
#include "train/metrics.h"
#include "train/optimisers.h"
#include "train/pca.h"
#include "train/recipe.h"
#include "train/schedules.h"
#include "train/dead-leaves.h"
#include "train/trainer.h"
