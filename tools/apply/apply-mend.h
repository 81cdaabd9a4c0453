/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One picture from its file into another: row by row where both formats can
 * do that, else with all of it in memory.
 */
#pragma once

#include "apply/apply-difference.h"
#include "reweave.h"

typedef struct {
  RwModel *model;
  RwSettings settings; /* grey is set; values, if one was to be measured */
  RwValue measured;    /* what settings.values is then */
  const char *in, *out;
  const char *mask; /* of tasks that have one, else NULL */
  double found;     /* is set to the share that is taken for damage, where
                       that is searched for */
  int quality;      /* of JPEG and WebP, 1..100 */
  gsize memory;     /* bytes that pixels and engine may take; 0: any number */
  RwCliDifference *difference; /* gets what is changed; NULL: nobody asked */
  RwProgressFunc progress;     /* over reading, restoring and writing */
  gpointer data;               /* for progress */
  GPtrArray *notes;            /* (element-type utf8) gets what is not kept */
  double n_pixels;             /* is set before the first progress */
} RwCliMending;

/* Errors: those of reading, restoring and writing; RW_ERROR_CANCELLED when
 * progress says so; RW_ERROR_LIMIT, which names the least memory that would
 * do.  Nothing is written then. */
gboolean rw_cli_mend (RwCliMending *mending, GError **error);

/* For PNG and JPEG, in and out. */
gboolean rw_cli_mend_rows (RwCliMending *mending, GError **error);

/* Whether the task enlarges, has a mask or gives one, and what is done then.
 */
gboolean rw_cli_mend_is_whole (const RwCliMending *mending);
gboolean rw_cli_mend_whole (RwCliMending *mending, GError **error);

/* Whether the model has to be told what nobody set. */
gboolean rw_cli_mend_measures (const RwCliMending *mending);

/* Settings tell the model @value. */
void rw_cli_mend_set_measured (RwCliMending *mending, double value);

/* Tells @fraction to progress; FALSE with RW_ERROR_CANCELLED when it is to
 * end. */
gboolean rw_cli_mend_report (const RwCliMending *mending,
                             double fraction,
                             GError **error);
