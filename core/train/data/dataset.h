/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Training pictures: a folder tree of picture files, CIFAR-10 batches,
 * pictures of the dead-leaves model, or pairs of a clean and a damaged
 * picture.  They are decoded into memory up to a cap.  Pictures beyond the cap
 * are read once, to check them, and again whenever they are needed
 * (dataset-pixels.h).
 */
#pragma once

#include <glib.h>

#include "io/picture.h"

typedef struct RwDataset RwDataset; /* immutable; use from any thread */

typedef struct {
  int min_side;    /* smaller pictures are left out; 0: 1 */
  gsize max_bytes; /* cap on decoded pixels; 0: 4 GiB */
  gboolean ahead;  /* above the cap: hold some and decode others when they are
                      wanted, instead of RW_ERROR_LIMIT */
  guint64 seed;    /* of "synth:N" */
} RwDatasetOptions;

#define RW_DATASET_N_EXAMPLES 3

/* Why a picture is left out. */
typedef enum {
  RW_LEFT_OUT_BROKEN,     /* cannot be read */
  RW_LEFT_OUT_SMALL,      /* smaller than min_side */
  RW_LEFT_OUT_UNMATCHED,  /* has no partner of its name */
  RW_LEFT_OUT_MISMATCHED, /* has another size than its partner */
  RW_LEFT_OUT_UNLIKE,     /* is no other shot of its scene */
} RwLeftOut;
#define RW_N_LEFT_OUT 5

/* "broken", "smaller than a patch", ...: for a line that says how many. */
const char *rw_left_out_get_label (RwLeftOut why);
/* "broken", "small", "unmatched", "mismatched", "unlike" */
const char *rw_left_out_get_name (RwLeftOut why);

/* What loading found. */
typedef struct {
  guint n_files; /* pictures found; of pairs, the two are one */
  guint n_kept;
  guint n_ahead; /* of these not held */
  gsize n_bytes; /* decoded and held */
  guint n_left_out[RW_N_LEFT_OUT];
  /* the first few of each, or NULL: a sentence or a path */
  char *left_out[RW_N_LEFT_OUT][RW_DATASET_N_EXAMPLES];
} RwDatasetReport;

void rw_dataset_report_clear (RwDatasetReport *report);

/* Paths of all files with an ending of rw_row_endings below the folder @path
 * (or @path itself, a file), sorted by bytes; folders and files whose name begins
 * with a dot are left out.  RW_ERROR_IO when a folder cannot be read,
 * RW_ERROR_FORMAT when there is no such file in it.  (transfer full) */
char **rw_dataset_list (const char *path, GError **error);
/* The same for other @endings, in lower case, the last one NULL. */
char **rw_dataset_list_endings (const char *path,
                                const char *const *endings,
                                GError **error);

/* Paths of all pairs of two folders (or two files), as rw_dataset_load_pairs
 * matches them: clean, damaged, clean, ...  RW_ERROR_MISMATCH when a file has
 * no partner, or as above.  (transfer full) */
char **
rw_dataset_list_pairs (const char *clean, const char *damaged, GError **error);

/* Loads a folder, a file, or "synth:N": N dead-leaves pictures of 256 x 256.
 * A folder that has CIFAR-10's data_batch_N.bin gives the pictures in these
 * and nothing else; any other batch file is given by its own path.
 * Colour is kept as RGB of 8 bits, or 16 where the file has 16 or floats,
 * clipped to [0,1], and coded by the sRGB curve as pixels of apply are, whatever
 * curve the file has; grey is given three times; alpha is dropped.  Broken and small pictures are left out and
 * told of in @report (or NULL).  Errors: as rw_dataset_list; _FORMAT when
 * nothing is left or a batch file has a wrong size, _LIMIT above max_bytes.
 * (transfer full) */
RwDataset *rw_dataset_load (const char *path,
                            const RwDatasetOptions *options,
                            RwDatasetReport *report,
                            GError **error);

/* Loads the pairs of two folders (or two files).  Partners have the same path
 * below their folder except for the ending, and the same size; a picture
 * without a partner, or with one of another size, is left out and reported.
 * @options as above.  (transfer full) */
RwDataset *rw_dataset_load_pairs (const char *clean,
                                  const char *damaged,
                                  const RwDatasetOptions *options,
                                  RwDatasetReport *report,
                                  GError **error);
void rw_dataset_free (RwDataset *dataset); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwDataset, rw_dataset_free)

/* All pictures of several sets, all of pairs or none; cheap, pictures are
 * shared. */
RwDataset *rw_dataset_join (RwDataset *const *datasets, int n);

/* Splits off @share of the pictures, at least one, chosen by @seed, for
 * validation; those that are not held yet are decoded.  Shots of a scene stay
 * together if there are two scenes or more.  RW_ERROR_MISMATCH with
 * fewer than two pictures, _LIMIT when the validation pictures that have to be
 * decoded exceed what is left of the cap, or as decoding. */
gboolean rw_dataset_split (RwDataset *dataset,
                           double share,
                           guint64 seed,
                           RwDataset **training,
                           RwDataset **validation,
                           GError **error);

/* Those pictures that are held, maybe none; cheap. */
RwDataset *rw_dataset_get_held (RwDataset *dataset);

int rw_dataset_get_n (const RwDataset *dataset);
/* The (clean) picture, or NULL when it is not held. */
const RwPicture *rw_dataset_get_picture (const RwDataset *dataset, int i);
/* The damaged one; NULL also where there are no pairs. */
const RwPicture *rw_dataset_get_damaged (const RwDataset *dataset, int i);
const char *rw_dataset_get_name (const RwDataset *dataset, int i);

/* Of the difference of pair @i, how much is the damaged one's noise; less than
 * 1 where the other one has noise, too. */
double rw_dataset_get_noise_share (const RwDataset *dataset, int i);

gboolean rw_dataset_has_pairs (const RwDataset *dataset);
gboolean rw_dataset_is_held (const RwDataset *dataset); /* all of it */

/* A hash of all pixels and sizes, in order: 16 hex digits that distinguish
 * sets, but not for security.  (transfer full) */
char *rw_dataset_get_fingerprint (const RwDataset *dataset);

/* A picture, drawn with probability proportional to its area. */
int rw_dataset_pick (const RwDataset *dataset, guint64 key);

/* Smallest side of all pictures in pixels. */
int rw_dataset_get_min_side (const RwDataset *dataset);
