/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which files the arguments of a command mean.
 */
#pragma once

#include <glib.h>

typedef struct {
  char *in, *out;
} RwCliPair;

/* Whether @path ends in one of @endings, NULL-terminated and in lower case. */
gboolean rw_cli_has_ending (const char *path, const char *const *endings);

typedef struct {
  const char *folder; /* all paths are inputs, this is OUT; or NULL */
  const char *format; /* png, jpeg, tiff or webp: of files in a folder; NULL:
                         each keeps its own */
  gboolean dry_run;   /* makes no folder */
} RwCliPairing;

/* What is to be read and written for IN... OUT, the last of @paths.  OUT is a
 * folder, made if missing, when it is one already, ends in '/', or when there
 * are several inputs or a folder; what lies below an input folder keeps its
 * place, and what lies in OUT is left out.  No output is an input, no two are
 * the same.  @read and @written: endings of the files to look for in folders
 * and of those that can be made; a file of the former and not the latter
 * becomes .tif in a folder.  Makes the folders. (element-type RwCliPair) */
GPtrArray *rw_cli_pair_paths (int n_paths,
                              char **paths,
                              const char *const *read,
                              const char *const *written,
                              const RwCliPairing *pairing,
                              GError **error);

/* Whether both are there and one. */
gboolean rw_cli_is_same_file (const char *a, const char *b);

/* Makes @path and the folders above it, if missing. */
gboolean rw_cli_make_folder (const char *path, GError **error);

/* FALSE when @out has none of the endings @written, or is the file @in. */
gboolean rw_cli_check_output (const char *in,
                              const char *out,
                              const char *const *written,
                              GError **error);

/* Whether a file that is there keeps @out from being made: it is skipped, or
 * only with @no_clobber an error. */
gboolean rw_cli_is_in_the_way (const char *out,
                               gboolean skip_existing,
                               gboolean no_clobber,
                               GError **error);
