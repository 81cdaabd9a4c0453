/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the files of the data set share.
 */
#pragma once

#include "train/data/dataset.h"
#include "train/data/dataset-pixels.h"

/* One picture or pair: where it comes from, and its pixels if they are held.
 */
typedef struct {
  int n_refs;         /* atomic */
  char *name;         /* for messages */
  char *path;         /* of the file it is in; NULL: cannot be decoded again */
  int record;         /* its number in a CIFAR-10 batch, or -1 */
  char *partner;      /* path of the damaged picture, or NULL */
  int scene;          /* that it is a shot of, from 1 on; 0: none */
  double noise_share; /* see rw_dataset_get_noise_share; 0: 1 */
  int width, height;
  gsize n_bytes; /* decoded */
  RwDatasetPixels pixels;
  guint64 hash; /* of pixels that are not held */
} RwDatasetImage;

struct RwDataset {
  GPtrArray *images; /* of RwDatasetImage */
  GArray *areas;     /* of guint64: pixels of images 0..i */
  guint64 area;      /* pixels of all */
  int min_side;
  guint n_pairs;
  guint n_held;
  gsize spare_bytes; /* of the cap, for pictures that are not held */
};

/* Takes @name and @path. */
RwDatasetImage *rw_dataset_image_new (char *name, char *path);
RwDatasetImage *rw_dataset_image_ref (RwDatasetImage *image);
void rw_dataset_image_unref (RwDatasetImage *image); /* accepts NULL */

RwDataset *rw_dataset_new (void); /* empty */

/* (transfer full) for @image, whose size is known. */
void rw_dataset_add (RwDataset *dataset, RwDatasetImage *image);

const RwDatasetImage *rw_dataset_get_image (const RwDataset *dataset, int i);

/* Reads the headers: size and n_bytes.  FALSE with the reason in @error;
 * @mismatched: it is that partners have different sizes. */
gboolean rw_dataset_image_probe (RwDatasetImage *image,
                                 gboolean *mismatched,
                                 GError **error);

/* Decodes the picture or both of a pair into @pixels.  RW_ERROR_MISMATCH when
 * the size is not the image's. */
gboolean rw_dataset_image_decode (const RwDatasetImage *image,
                                  RwDatasetPixels *pixels,
                                  GError **error);

/* Bytes of the RGB samples of a picture of this size and depth. */
gsize rw_dataset_count_bytes (const RwPicture *info);

/* A hash of pixels and sizes. */
guint64 rw_dataset_pixels_hash (const RwDatasetPixels *pixels);

/* The images that @path means, before any is read; their names sorted.
 * (element-type RwDatasetImage) */
GPtrArray *rw_dataset_find (const char *path, GError **error);
/* The same for pairs; reports pictures that have no partner. */
GPtrArray *rw_dataset_find_pairs (const char *clean,
                                  const char *damaged,
                                  RwDatasetReport *report,
                                  GError **error);

/* Counts one picture that is left out; @text: what to say of it. */
void rw_dataset_report_add (RwDatasetReport *report,
                            RwLeftOut why,
                            const char *text);

/* RW_ERROR_FORMAT with the reasons when none of the pictures of @what was
 * kept. */
gboolean rw_dataset_report_check (const RwDatasetReport *report,
                                  const char *what,
                                  int min_side,
                                  GError **error);
