/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * --memory: how much of a cap is left to the engine.
 */
#pragma once

#include "apply/apply-mend.h"

/* What rw_restore allocates for @job: at @least, and @ideal
 * when nothing keeps it from more.  Errors: those of rw_restore. */
gboolean rw_cli_memory_ask (const RwCliMending *mending,
                            const RwJob *job,
                            gsize *least,
                            gsize *ideal,
                            GError **error);

/* Gives rw_restore what @n_bytes, for the picture's file and rows, leave of
 * the cap, if there is one.  RW_ERROR_LIMIT, which names the least cap that
 * would do, when that is too little. */
gboolean rw_cli_memory_share (RwCliMending *mending,
                              const RwJob *job,
                              gsize n_bytes,
                              GError **error);
