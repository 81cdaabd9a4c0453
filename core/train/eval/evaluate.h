/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Measuring weights on a folder of clean pictures: damage, restore, compare.
 */
#pragma once

#include "reweave.h"
#include "io/picture.h"
#include "tasks/task.h"
#include "train/eval/protocol.h"

typedef struct {
  double value;   /* of the damage, in the unit of the task's first control; 0:
                   that of the task's validation */
  gboolean tell;  /* the true value also where a user's would be measured */
  gboolean blind; /* nothing, to a net that works so */
  guint64 seed;   /* picture i (sorted by path, from 0) is damaged with the key
                    rw_random_key (seed, i) */
  gboolean unharmed; /* nothing is damaged: what does the model do to good
                        pictures? */
  RwProtocol protocol;
  gboolean clip; /* damage rounded and clipped to 8 bits; else neither */
} RwEvalSettings;

/* Figures of one picture, or means over all.  Compared over all colour
 * channels with values of peak 1 after clamping to [0,1], as writing a file
 * would. */
typedef struct {
  const char *name; /* path; NULL for means */
  int index, n;     /* this picture's number from 0; number of pictures */
  int width, height;
  double psnr, ssim;                 /* restored against clean */
  double damaged_psnr, damaged_ssim; /* damaged against clean */
  double detail;  /* that is left, see detail.h; of unharmed pictures */
  double seconds; /* restoring */
} RwEvalImage;

/* Called after each picture; return FALSE to cancel. */
typedef gboolean (*RwEvalFunc) (gpointer data, const RwEvalImage *image);

/* Measures @model, or only the damage when @model is NULL (psnr and ssim are
 * the damage's then).  A net that works when it is told nothing is told what is
 * measured, as for a user, another one the true value (see tell).  @path: folder
 * or file.  Unlike in training, a broken picture is an error, since leaving it
 * out would change the mean.
 * @mean: the means over pictures. */
gboolean rw_evaluate (RwModel *model,
                      const RwTask *task,
                      const char *path,
                      const RwEvalSettings *settings,
                      RwEvalFunc report,
                      gpointer data,
                      RwEvalImage *mean,
                      GError **error);

/* The same for pairs: the damaged pictures are restored and compared with the
 * clean ones; settings->value 0 means that it is measured, seed and
 * clip are not looked at.  Two folders or two files; a picture without a
 * partner, or one of another size, is RW_ERROR_MISMATCH. */
gboolean rw_evaluate_pairs (RwModel *model,
                            const char *clean,
                            const char *damaged,
                            const RwEvalSettings *settings,
                            RwEvalFunc report,
                            gpointer data,
                            RwEvalImage *mean,
                            GError **error);

/* Makes a damaged copy that keeps depth, alpha, profile and the rest.  It is
 * rounded and clipped to its depth, as a file is.  The key is that of picture
 * @index in rw_evaluate.  (transfer full) */
RwPicture *rw_degrade_picture (const RwPicture *clean,
                               const RwTask *task,
                               double value,
                               guint64 seed,
                               guint index,
                               GError **error);
