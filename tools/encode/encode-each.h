/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What encode and decode share: one file after the other, with progress and
 * reports.
 */
#pragma once

#include "cli/cli.h"
#include "paths.h"

typedef struct RwCliEach RwCliEach;

struct RwCliEach {
  gboolean json, skip_existing, no_clobber;
  RwCliPairing pairing;
  const char *const *read, *const *written; /* endings */
  /* Makes the output of a pair.  Sets *@told to what is said of it, and adds
   * members to each->report where there is one. */
  gboolean (*convert) (RwCliEach *each,
                       const RwCliPair *pair,
                       GPtrArray *notes,
                       char **told,
                       GError **error);
  gpointer data;
  JsonBuilder *report; /* of the file at hand, open; NULL without --json */
  /* of its own */
  RwCliProgress progress;
  const char *name;
  guint number, n_files;
};

/* The entries of the options that both have. */
#define RW_CLI_EACH_ENTRIES(each, threads)                                    \
  { "threads", 0,                                                             \
    0,         G_OPTION_ARG_STRING,                                           \
    (threads), "Default: one for each processor",                             \
    "N" },                                                                    \
      { "skip-existing",                                                      \
        0,                                                                    \
        0,                                                                    \
        G_OPTION_ARG_NONE,                                                    \
        &(each)->skip_existing,                                               \
        "Leave out pictures whose output is there",                           \
        NULL },                                                               \
      { "no-clobber",                                                         \
        0,                                                                    \
        0,                                                                    \
        G_OPTION_ARG_NONE,                                                    \
        &(each)->no_clobber,                                                  \
        "An output that is there is an error",                                \
        NULL },                                                               \
      { "dry-run",                                                            \
        0,                                                                    \
        0,                                                                    \
        G_OPTION_ARG_NONE,                                                    \
        &(each)->pairing.dry_run,                                             \
        "Print what would be read and written",                               \
        NULL },                                                               \
  {                                                                           \
    "json", 0, 0, G_OPTION_ARG_NONE, &(each)->json,                           \
        "Report as JSON on standard output", NULL                             \
  }

/* Whether the arguments IN OUT, or IN... with a folder, are only files. */
gboolean rw_cli_each_is_single (const RwCliEach *each, int n, char **paths);

/* Goes through IN... OUT; a file that fails is told and does not stop the
 * others.  FALSE without an error when one failed. */
gboolean
rw_cli_each_run (RwCliEach *each, int n_paths, char **paths, GError **error);

/* @each: an RwCliEach.  FALSE: stop. */
gboolean rw_cli_each_progress (gpointer each, double fraction);
