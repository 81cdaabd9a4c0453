/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The rows of a picture that are decoded and still needed.
 *
 *   read: ........[==========]........   first, n_rows
 *                      ^ asked for next: what is above may go
 */
#pragma once

#include "io/rows.h"

typedef struct {
  RwRowReader *reader;
  RwPicture *rows;   /* of as many rows as there is room for */
  int first, n_rows; /* of the picture's, those in it */
  /* Called now and then while much is read; FALSE ends it. (nullable) */
  gboolean (*pulse) (gpointer data, GError **error);
  gpointer data;
} RwCliWindow;

/* Bytes of rows that are read or written between two looks at Ctrl-C. */
#define RW_CLI_SLICE ((gsize) 1 << 20)

/* How many rows of @picture these are, at least 1. */
int rw_cli_slice_rows (const RwPicture *picture);

/* Opens @path. */
gboolean
rw_cli_window_open (RwCliWindow *window, const char *path, GError **error);
/* Makes room for @capacity rows. */
gboolean
rw_cli_window_allocate (RwCliWindow *window, int capacity, GError **error);
void rw_cli_window_clear (RwCliWindow *window);

/* Back to the first row. */
gboolean
rw_cli_window_rewind (RwCliWindow *window, const char *path, GError **error);

/* Sees to it that @n rows from row @y on are there, not more than there is
 * room for; rows above @y may be gone then.  @y does not decrease from call to
 * call.  Returns row @y, or NULL with an error. */
const guint8 *
rw_cli_window_get (RwCliWindow *window, int y, int n, GError **error);

/* Row @y, when it and the @n - 1 below it are there; else NULL. */
const guint8 *rw_cli_window_peek (const RwCliWindow *window, int y, int n);

/* As RwReadFunc. */
gboolean rw_cli_window_read (RwCliWindow *window,
                             const RwRect *rect,
                             float *rgba,
                             GError **error);
