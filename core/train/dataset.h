/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Training pictures: a folder tree of PNG and JPEG files decoded into memory,
 * or pictures of the dead-leaves model, and random patches of them.
 */
#pragma once

#include <glib.h>

#include "image/picture.h"

typedef struct RwDataset RwDataset; /* immutable; use from any thread */

typedef struct {
  int min_side;    /* smaller pictures are left out; 0: 1 */
  gsize max_bytes; /* cap on decoded pixels; 0: 4 GiB */
  guint64 seed;    /* of "synth:N" */
} RwDatasetOptions;

#define RW_DATASET_N_EXAMPLES 3

/* What loading left out. */
typedef struct {
  guint n_files; /* PNG and JPEG files found */
  guint n_kept;
  guint n_broken; /* could not be read */
  guint n_small;  /* smaller than min_side */
  gsize n_bytes;  /* decoded */
  /* the first few of each, or NULL: a sentence, and a path with its size */
  char *broken[RW_DATASET_N_EXAMPLES];
  char *small[RW_DATASET_N_EXAMPLES];
} RwDatasetReport;

void rw_dataset_report_clear (RwDatasetReport *report);

/* Paths of all files ending in .png, .jpg or .jpeg below the folder @path (or
 * @path itself, a file), sorted by bytes; folders and files whose name begins
 * with a dot are left out.  RW_ERROR_IO when a folder cannot be read,
 * RW_ERROR_FORMAT when there is no such file in it.  (transfer full) */
char **rw_dataset_list (const char *path, GError **error);
/* The same for other @endings, in lower case, the last one NULL. */
char **rw_dataset_list_endings (const char *path,
                                const char *const *endings,
                                GError **error);

/* Loads a folder, a file, or "synth:N": N dead-leaves pictures of 256 x 256.
 * Colour is kept as RGB of 8 bits, or 16 where the file has 16; grey is given
 * three times; alpha is dropped.  Broken and small pictures are left out and
 * told of in @report (or NULL).  Errors: as rw_dataset_list; _FORMAT when
 * nothing is left, _LIMIT above max_bytes.  (transfer full) */
RwDataset *rw_dataset_load (const char *path,
                            const RwDatasetOptions *options,
                            RwDatasetReport *report,
                            GError **error);
void rw_dataset_free (RwDataset *dataset); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwDataset, rw_dataset_free)

/* All pictures of several sets; cheap, pictures are shared. */
RwDataset *rw_dataset_join (RwDataset *const *datasets, int n);

/* Splits off one picture in 20, at least one, chosen by @seed, for validation.
 * RW_ERROR_MISMATCH with fewer than two pictures. */
gboolean rw_dataset_split (RwDataset *dataset,
                           guint64 seed,
                           RwDataset **training,
                           RwDataset **validation,
                           GError **error);

int rw_dataset_get_n (const RwDataset *dataset);
const RwPicture *rw_dataset_get_picture (const RwDataset *dataset, int i);
const char *rw_dataset_get_name (const RwDataset *dataset, int i);

/* A hash of all pixels and sizes, in order: tells sets apart, not for
 * security. 16 hex digits, (transfer full). */
char *rw_dataset_get_fingerprint (const RwDataset *dataset);

/* Draws a clean patch, a pure function of (@dataset, @key, @patch): a picture
 * with probability proportional to its area, a place, one of 8 symmetries;
 * with probability 1/4 each the half-size picture (2 x 2 means) and a gain of
 * 0.8..1.1; with 1/5 a permutation of the channels.  @rgb: [patch][patch][3]
 * floats in [0,1].  @patch must not exceed the smallest side of the set. */
void
rw_dataset_draw (const RwDataset *dataset, guint64 key, int patch, float *rgb);

/* Smallest side of all pictures in pixels. */
int rw_dataset_get_min_side (const RwDataset *dataset);
