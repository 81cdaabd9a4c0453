/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a trainer outside learns from: the first weights, the validation
 * pictures and batch after batch, the same bytes as rw_train makes.  A stream
 * of little-endian numbers behind lines of text:
 *
 *   reweave-feed 1
 *   step 0               the step to begin with
 *   batch 16             images of a batch
 *   planes 4             channels of the net's input
 *   scale 1              pixels of the result for one of the input, each way
 *   validation 40        pictures, which follow
 *   (an empty line)
 *   each picture         int32 width, height of the input,
 *                        float input[height][width][planes],
 *                        float clean[scale height][scale width][3]
 *   then each batch      int32 side of the input,
 *                        float inputs[batch][side][side][planes],
 *                        float clean[batch][scale side][scale side][3]
 *
 * A step takes recipe->accumulate batches.
 */
#pragma once

#include <stdio.h>

#include "train/trainer.h"

/* Writes @training's first weights to its `out`, a whole weight file whose
 * metadata is that of a training's, then the stream to @stream, from step
 * @first on, or, when that is 0, from the step that the weights are of.  Ends
 * without an error when all steps are written or nobody reads any more.
 * RW_ERROR_MISMATCH for what a trainer outside is not fed with: a codec, a
 * teacher, layers that round, an optimiser of the whole set. */
gboolean rw_feed_batches (const RwTraining *training,
                          guint64 first,
                          FILE *stream,
                          GError **error);
