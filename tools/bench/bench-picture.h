/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A whole picture through rw_restore: blocks, halo and all, without files.
 */
#pragma once

#include <glib.h>

#include "nets/net.h"

typedef struct {
  char *name;
  int width, height;
  double flops;    /* of the net for only the picture, without halo */
  GArray *seconds; /* doubles, a round each */
  GArray *peaks;   /* GFLOP/s of the machine, a round each */
  gsize bytes;     /* most that the engine had at once, the picture apart */
} RwBenchPicture;

/* @progress: fraction done; FALSE cancels. */
typedef gboolean (*RwBenchProgress) (gpointer data, double fraction);

/* Restores a synthesised picture @n_rounds times, with the block cache off.
 * @name as rw_bench_load_net takes it.  RW_ERROR_MISMATCH for a net that turns
 * no colour into colour, _CANCELLED.  (transfer full) */
RwBenchPicture *rw_bench_picture_measure (const char *name,
                                          int width,
                                          int height,
                                          int n_threads,
                                          int n_rounds,
                                          RwBenchProgress progress,
                                          gpointer data,
                                          GError **error);
void rw_bench_picture_free (RwBenchPicture *picture); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwBenchPicture, rw_bench_picture_free)
