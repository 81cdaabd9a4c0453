/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pixels of a PNG, filtered and deflated on all workers.  Rows are cut
 * into groups of a fixed size that know the bytes before them and nothing of
 * one another, so the bytes are the same for any number of workers.
 */
#pragma once

#include "io/picture.h"

typedef struct RwPngPacker RwPngPacker;

/* Takes @n bytes, the content of one IDAT chunk. */
typedef gboolean (*RwPngSink) (gpointer data,
                               const guint8 *bytes,
                               gsize n,
                               GError **error);

/* For rows of @kind's width, channels and depth, as many as its height.
 * RW_ERROR_LIMIT (memory).  (transfer full) */
RwPngPacker *rw_png_packer_new (const RwPicture *kind,
                                RwPngSink sink,
                                gpointer data,
                                GError **error);
void rw_png_packer_free (RwPngPacker *packer); /* accepts NULL */

/* All that it allocates. */
gsize rw_png_packer_get_bytes (const RwPngPacker *packer);

/* The next @n rows, in native byte order.  With the last one all is in the
 * sink. */
gboolean rw_png_packer_add (RwPngPacker *packer,
                            const guint8 *rows,
                            int n,
                            GError **error);
