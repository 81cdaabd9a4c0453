/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What describes a picture in a PNG's chunks, read beside libpng: it knows not
 * all of them and has no cap on some.
 */
#pragma once

#include "io/formats.h"
#include "io/png-hints.h"

/* Chunks that libpng is to step over, each with its 0. */
extern const guint8 rw_png_ours[];
int rw_png_count_ours (void);

/* Steps over the chunks before the pixels: RW_ERROR_LIMIT when one is too
 * large. */
gboolean rw_png_check_chunks (RwRowReader *reader, GError **error);

/* Steps over all chunks of the file and keeps what describes the picture.
 * FALSE without an error: the file ends too early. */
gboolean rw_png_read_chunks (RwRowReader *reader,
                             const RwPngKind *kind,
                             GError **error);

/* The content of an iTXt chunk for an XMP packet. (transfer full) */
GBytes *rw_png_make_xmp (GBytes *xmp);
