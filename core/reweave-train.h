/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave's training half: pictures to weight files, and measuring them.  For
 * the command line tool and for tests; plug-ins need only reweave.h.
 */
#pragma once

#include "reweave.h"
#include "io/picture.h"
#include "nets/net.h"
#include "tasks/task.h"
#include "train/data/dataset.h"
#include "train/data/dead-leaves.h"
#include "train/eval/evaluate.h"
#include "train/eval/pca.h"
#include "train/loss/losses.h"
#include "train/loss/metrics.h"
#include "train/optim/optimisers.h"
#include "train/optim/schedules.h"
#include "train/recipe.h"
#include "train/trainer.h"
#include "weights/weights.h"
