/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the files of the data set share.
 */
#pragma once

#include "train/dataset.h"

typedef struct {
  int n_refs; /* atomic */
  char *name;
  RwPicture *picture; /* 3 channels */
} RwDatasetImage;

struct RwDataset {
  GPtrArray *images; /* of RwDatasetImage */
  GArray *areas;     /* of guint64: pixels of images 0..i */
  guint64 area;      /* pixels of all */
  int min_side;
};

RwDataset *rw_dataset_new (void); /* empty */

/* (transfer full) for @picture, which has 3 channels. */
void rw_dataset_add (RwDataset *dataset, const char *name, RwPicture *picture);

/* Bytes of the RGB samples of a picture of this size and depth. */
gsize rw_dataset_count_bytes (const RwPicture *info);
