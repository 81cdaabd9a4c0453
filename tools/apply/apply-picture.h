/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture that is being mended, whatever its format: PNG, JPEG, TIFF and
 * WebP by the core itself, EXR and camera raw by GEGL, where the build has it.
 */
#pragma once

#include "io/picture.h"

typedef struct RwCliPicture RwCliPicture;

/* Endings of the files that can be read and written, in lower case. */
const char *const *rw_cli_picture_get_read (void);
const char *const *rw_cli_picture_get_written (void);

/* Whether @path is for the core to read: by its name, and by its first bytes
 * where that is one that GEGL may read. */
gboolean rw_cli_picture_is_plain (const char *path);

/* Adds to why @path could not be read what this build lacks, if it does. */
void rw_cli_picture_explain (const char *path, GError **error);

/* What of the file is not kept is added to @notes, here and in saving.
 * Errors: those of rw_picture_load.  (transfer full) */
RwCliPicture *
rw_cli_picture_load (const char *path, GPtrArray *notes, GError **error);
/* (transfer full) */
RwCliPicture *rw_cli_picture_copy (const RwCliPicture *picture,
                                   GError **error);
void rw_cli_picture_free (RwCliPicture *picture); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCliPicture, rw_cli_picture_free)

RwRect rw_cli_picture_get_bounds (const RwCliPicture *picture);
gboolean rw_cli_picture_is_grey (const RwCliPicture *picture);
gsize rw_cli_picture_get_bytes (const RwCliPicture *picture); /* of samples */

/* Pixels inside the bounds, as reweave.h has them. */
void rw_cli_picture_read (const RwCliPicture *picture,
                          const RwRect *rect,
                          float *rgba);
void rw_cli_picture_write (RwCliPicture *picture,
                           const RwRect *rect,
                           const float *rgba,
                           gsize stride);

/* Saves by @path's ending, atomically.  Depth, profile and alpha are kept as
 * far as the format has them; alpha that it cannot keep is an error.
 * @quality: of JPEG and WebP, 1..100. */
gboolean rw_cli_picture_save (const RwCliPicture *picture,
                              const char *path,
                              int quality,
                              GPtrArray *notes,
                              GError **error);

/* Ends what reading and writing have started; no picture may be left. */
void rw_cli_picture_finish (void);
