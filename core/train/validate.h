/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Validation while training: PSNR of the net on fixed, damaged pictures.
 */
#pragma once

#include "nets/net.h"
#include "tasks/task.h"
#include "train/data/dataset.h"
#include "train/data/noise-library.h"

typedef struct RwValidator RwValidator;

/* Patches that a training is validated on: one of each picture, and where that
 * is less than eight, so many of each that it is eight or more. */
int rw_validator_count_patches (const RwDataset *dataset);

/* Borrows all arguments.  @n_patches: 0: one of each picture; fewer than there
 * are pictures: one of each of so many, spread over the set; more: several of
 * each.  The first patch of a picture is its middle, the others lie at its
 * corners and edges and are the same where it is small.  A patch has at most
 * 256 pixels a side and is damaged as rw_task_pose says by a noise of its own that does
 * not depend on the training's seed, or with its partner of a pair.  The
 * crop's border meets the net's own padding, not repeated pixels, so figures
 * lie some 0.1 dB below rw_evaluate's.  RW_ERROR_MISMATCH when a picture is
 * smaller than the net's alignment. */
RwValidator *rw_validator_new (RwNet *net,
                               const RwTask *task,
                               const RwDataset *dataset,
                               int n_patches,
                               GError **error);
void rw_validator_free (RwValidator *validator); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwValidator, rw_validator_free)

/* From the next run on pictures without a partner are damaged by noise of
 * @library (borrowed). */
void rw_validator_set_noise (RwValidator *validator,
                             const RwNoiseLibrary *library);

/* From the next run on the net works with 8 bits as @quant says, in whole
 * numbers.  RW_ERROR_LIMIT. */
gboolean rw_validator_set_quant (RwValidator *validator,
                                 const RwQuant *quant,
                                 GError **error);

/* Mean over pictures of the PSNR in dB; restored colour is clamped to [0,1].
 * RW_ERROR_LIMIT when memory is short. */
gboolean rw_validator_run (RwValidator *validator,
                           const float *params,
                           double *psnr,
                           GError **error);

/* Mean over pictures of the mean square error, of the last run. */
double rw_validator_get_mse (const RwValidator *validator);

/* Mean over pictures of the bits a pixel, of the last run; NaN unless the task
 * is a codec. */
double rw_validator_get_rate (const RwValidator *validator);

/* What the best weights have most of, in dB: the mean PSNR.  A codec's error
 * counts with its bits, as much more error as they are worth, since fewer bits
 * with a larger error may be better or worse. */
double rw_validator_get_score (const RwValidator *validator);

int rw_validator_get_n (const RwValidator *validator); /* patches used */

/* Of the crop of picture @item that is used, in pixels. */
void rw_validator_get_size (const RwValidator *validator,
                            int item,
                            int *width,
                            int *height);

/* Makes picture @item; returns the net's input, [height][width][stride] of
 * *@height x *@width pixels, and *@clean, [*scale * height][...][3].  Borrowed
 * until the next call; NULL with RW_ERROR_LIMIT. */
const float *rw_validator_make (RwValidator *validator,
                                int item,
                                int *width,
                                int *height,
                                const float **clean,
                                GError **error);

/* [height][width][3] each, the damaged one smaller by the task's scale;
 * borrowed until the next call. */
typedef struct {
  int width, height, scale;
  const float *clean, *damaged, *restored;
} RwValidationExample;

/* Picture @item with the parameters of the last run. */
gboolean rw_validator_show (RwValidator *validator,
                            int item,
                            RwValidationExample *example,
                            GError **error);
