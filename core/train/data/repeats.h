/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Learning without clean pictures: several shots of one scene, such as scans
 * of the same page.  A shot is the input, and the mean of the others, moved to
 * where it is and brought to its brightness, is what the net ought to make of
 * it: their noise is another one, so that the mean square error is least for
 * what they have in common.
 * Source: Lehtinen et al. 2018, "Noise2Noise".
 */
#pragma once

#include "train/data/dataset.h"

/* Shots are aligned when the means of their squares of 8 pixels correlate at
 * least so much. */
#define RW_REPEATS_LEAST 0.8

typedef struct {
  guint n_scenes; /* of two shots and more that are used */
  guint n_shots;
  int most_shift; /* pixels that one is moved by */
} RwRepeatsReport;

/* A scene's shots are the pictures of a folder below @path, or those in @path
 * itself that are named alike up to a number at the end of the name: scan_1.png,
 * scan_2.png.  All of a scene have one size; others, broken ones, those that
 * show something else and copies of another one are left out and told of in
 * @report.  A pair for each shot, of 16 bits, held in memory: @told and
 * @report may be NULL; @options->ahead has no meaning.  RW_ERROR_MISMATCH when
 * no scene has two shots that fit; _LIMIT above max_bytes, or as
 * rw_dataset_list.  (transfer full) */
RwDataset *rw_dataset_load_repeats (const char *path,
                                    const RwDatasetOptions *options,
                                    RwRepeatsReport *told,
                                    RwDatasetReport *report,
                                    GError **error);
