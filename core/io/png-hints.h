/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a PNG says in numbers of its own colour type and depth: the background
 * (bKGD) and how many bits of a sample mean something (sBIT).  They are read
 * into numbers that stand for any type, and written for that of the new file.
 */
#pragma once

#include "io/metadata.h"

/* How the file has its samples. */
typedef struct {
  int type;              /* PNG's colour type */
  int depth;             /* bits a sample, or an index */
  const guint8 *palette; /* [n_colours][3], or NULL */
  int n_colours;
} RwPngKind;

/* Takes in the chunk's @n bytes; FALSE: they do not fit the kind. */
gboolean rw_png_take_background (RwMetadata *more,
                                 const RwPngKind *kind,
                                 const guint8 *bytes,
                                 gsize n);
gboolean rw_png_take_bits (RwMetadata *more,
                           const RwPngKind *kind,
                           const guint8 *bytes,
                           gsize n);

/* The chunk for a file of @channels as in memory and @depth 8 or 16: how many
 * of the @bytes it has; 0 where such a file cannot say it. */
gsize rw_png_put_background (const RwMetadata *more,
                             int channels,
                             int depth,
                             guint8 bytes[6]);
gsize rw_png_put_bits (const RwMetadata *more,
                       int channels,
                       int depth,
                       guint8 bytes[4]);
