/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The noise of somebody's own scanner or camera, taken from flat windows of its
 * pictures.  There is no clean picture of such a scan; but where it shows an
 * even surface, all that varies is noise.
 */
#pragma once

#include "train/data/noise-window.h"

enum {
  RW_NOISE_BINS = 8,      /* of brightness, evenly over 0..1 */
  RW_NOISE_LEAST = 40,    /* windows that a library needs */
  RW_NOISE_BIN_MOST = 192 /* windows kept in a bin: 37 MiB in all */
};

typedef struct RwNoiseLibrary RwNoiseLibrary; /* immutable; from any thread */

/* What a library holds. */
typedef struct {
  int n_files, n_broken; /* pictures found, and those that cannot be read */
  char *broken;          /* why the first of these cannot; or NULL */
  guint64 n_found;       /* flat windows */
  int n_textured;        /* of those kept, left out as they vary too much */
  int n_windows;         /* that are used */
  gboolean grey;         /* none has colour */
  struct {
    int n;             /* windows; 0: the rest is 0 */
    double brightness; /* their mean, 0..1 */
    double lightness;  /* deviation of Y, in 1/255 */
    double deviations[3];
  } bins[RW_NOISE_BINS];
  /* Mean correlation of Y at rw_noise_lags to the side, and below. */
  double along[RW_NOISE_N_LAGS], down[RW_NOISE_N_LAGS];
} RwNoiseReport;

void rw_noise_report_clear (RwNoiseReport *report);

/* Reads all pictures below the folder @path (or @path itself, a file) that
 * io/rows.h can read, in strips.  What cannot be read is left out and told of
 * in @report (or NULL), which is filled also on failure.  Windows that do not
 * overlap are collected; of too many in a bin each is kept with the same
 * chance, and those that vary more than the others of their brightness are
 * taken for texture and left out.  The same files give the same library, for
 * any number of threads.  Errors: of rw_dataset_list; RW_ERROR_MISMATCH below
 * RW_NOISE_LEAST windows.  (transfer full) */
RwNoiseLibrary *rw_noise_library_load (const char *path,
                                       RwNoiseReport *report,
                                       GError **error);
void rw_noise_library_free (RwNoiseLibrary *library); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwNoiseLibrary, rw_noise_library_free)

/* A hash of all windows: 16 hex digits.  (transfer full) */
char *rw_noise_library_get_fingerprint (const RwNoiseLibrary *library);

/* Whether none of its windows has colour. */
gboolean rw_noise_library_is_grey (const RwNoiseLibrary *library);

/* Whether it looks the same turned by a quarter: correlations to the side and
 * below, at 1 px, agree within 0.1. */
gboolean rw_noise_library_may_turn (const RwNoiseLibrary *library);

/* A window for pixels of @brightness, drawn from @key: one of its bin or the
 * two beside it, or the nearest that there are. */
const RwNoiseWindow *rw_noise_library_pick (const RwNoiseLibrary *library,
                                            float brightness,
                                            guint64 key);

/* Deviations of R, G and B, in 0..1, of noise at @brightness: of the bins,
 * straight between their means and level beyond the outermost. */
const float *rw_noise_library_get_deviations (const RwNoiseLibrary *library,
                                              float brightness);
