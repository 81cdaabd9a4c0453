/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture of what was changed, amplified around mid grey, row by row.
 */
#pragma once

#include "io/rows.h"

typedef struct {
  const char *path; /* of a PNG */
  double amplification;
  double largest; /* of the changes so far, of 1 */
  double clipped; /* share of the values that the picture's ends cut off */

  /* Its own. */
  RwRowWriter *writer; /* NULL: not begun */
  int width, height, n_rows;
  float *rows[2]; /* before, after: [width][4] */
  guint8 *row;
  gsize n_clipped;
} RwCliDifference;

/* Begins the file, of @width x @height pixels. */
gboolean rw_cli_difference_begin (RwCliDifference *difference,
                                  int width,
                                  int height,
                                  GError **error);
/* Bytes that it takes. */
gsize rw_cli_difference_get_bytes (const RwCliDifference *difference);

/* The next row, of whose colours rows[0] and rows[1] have been filled. */
gboolean rw_cli_difference_put (RwCliDifference *difference, GError **error);

/* The next @n rows, as samples of @kind's channels and depth. */
gboolean rw_cli_difference_put_samples (RwCliDifference *difference,
                                        const RwPicture *kind,
                                        const guint8 *before,
                                        const guint8 *after,
                                        int n,
                                        GError **error);

/* All rows of two pictures of one size. */
gboolean rw_cli_difference_put_pictures (RwCliDifference *difference,
                                         const RwPicture *before,
                                         const RwPicture *after,
                                         GError **error);

/* Gives the file its name.  Nothing is left when a file that was begun is not
 * ended, but cleared. */
gboolean rw_cli_difference_end (RwCliDifference *difference, GError **error);
void rw_cli_difference_clear (RwCliDifference *difference);
