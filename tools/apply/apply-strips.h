/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Restored rows on their way into a file: gathered from blocks, in strips of
 * one block's height, and written as soon as a strip is whole.
 */
#pragma once

#include "apply/apply-difference.h"
#include "apply/apply-window.h"

typedef struct {
  RwRowWriter *writer;
  const RwPicture *kind;       /* of the whole picture */
  int height;                  /* of a strip */
  int n_written;               /* rows */
  RwCliDifference *difference; /* of the rows from what window has; or NULL */
  const RwCliWindow *window;
  GQueue strips; /* (element-type Strip) begun, from n_written down */
  gboolean (*pulse) (gpointer data, GError **error); /* as RwCliWindow's */
  gpointer data;
} RwCliStrips;

void rw_cli_strips_clear (RwCliStrips *strips);

/* As RwWriteFunc. */
gboolean rw_cli_strips_write (RwCliStrips *strips,
                              const RwRect *rect,
                              const float *rgba,
                              gsize stride,
                              GError **error);

/* @n rows of samples, with a look at the pulse now and then. */
gboolean rw_cli_strips_put (RwCliStrips *strips,
                            const guint8 *rows,
                            int n,
                            GError **error);
