/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Restoring by one net alone: rw_restore and its forecast without the search
 * for marks.
 */
#pragma once

#include "reweave.h"

typedef enum {
  RW_KEEP_BLOCKS, /* in the cache, as far as that is on */
  RW_KEEP_NONE,   /* what the job makes is kept elsewhere */
} RwKeep;

gboolean rw_restore_blocks (RwModel *model,
                            const RwSettings *settings,
                            const RwJob *job,
                            RwKeep keep,
                            GError **error);

gboolean rw_restore_blocks_get_bytes (const RwModel *model,
                                      const RwSettings *settings,
                                      const RwJob *job,
                                      gsize *least,
                                      gsize *bytes,
                                      GError **error);
