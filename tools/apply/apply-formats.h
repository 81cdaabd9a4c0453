/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files in the formats that GEGL reads and writes.  Built with GEGL only.
 */
#pragma once

#include "apply/apply-buffer.h"

/* Endings in lower case, the last one NULL. */
extern const char *const rw_cli_formats_read[];
extern const char *const rw_cli_formats_written[];

/* Errors: RW_ERROR_IO, _FORMAT (GEGL had anything to complain of), _MISMATCH
 * (CMYK), _LIMIT.  GEGL starts with the first call.  (transfer full) */
RwCliBuffer *rw_cli_formats_load (const char *path, GError **error);

/* Saves by @path's ending, atomically, in the buffer's depth as far as the
 * format has it.  @quality: of WebP, 1..100. */
gboolean rw_cli_formats_save (const RwCliBuffer *buffer,
                              const char *path,
                              int quality,
                              GError **error);

/* Starts GEGL, if it does not run. */
void rw_cli_formats_start (void);
/* Ends GEGL, if it runs; no buffer may be left. */
void rw_cli_formats_stop (void);
