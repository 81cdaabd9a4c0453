/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture as GEGL has it: any format of babl, any colour space.  Built with
 * GEGL only.
 */
#pragma once

#include <gegl-metadatastore.h>
#include <gegl.h>

#include "io/picture.h"

typedef struct {
  GeglBuffer *pixels;
  GeglMetadataStore *metadata; /* resolution, author, ... or NULL */
  const Babl *coded;           /* what pixels are read and written as */
  RwRect bounds;
  gboolean grey;
} RwCliBuffer;

/* @pixels: (transfer full); @metadata: (transfer full), or NULL */
RwCliBuffer *rw_cli_buffer_new (GeglBuffer *pixels,
                                GeglMetadataStore *metadata);
RwCliBuffer *rw_cli_buffer_copy (const RwCliBuffer *buffer);
void rw_cli_buffer_free (RwCliBuffer *buffer); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCliBuffer, rw_cli_buffer_free)

gsize rw_cli_buffer_get_bytes (const RwCliBuffer *buffer); /* of samples */

/* Pixels of @rect, inside the bounds, as reweave.h has them. */
void rw_cli_buffer_read (const RwCliBuffer *buffer,
                         const RwRect *rect,
                         float *rgba);
/* @stride: floats a row */
void rw_cli_buffer_write (RwCliBuffer *buffer,
                          const RwRect *rect,
                          const float *rgba,
                          gsize stride);

/* With the picture's depth and profile; RW_ERROR_MISMATCH when babl has no
 * room for that profile. */
RwCliBuffer *rw_cli_buffer_from_picture (const RwPicture *picture,
                                         GError **error);

/* 8 bits stay 8, floats and halves floats, all else becomes 16; the profile
 * comes along, where a PNG may have it. */
RwPicture *rw_cli_buffer_to_picture (const RwCliBuffer *buffer,
                                     GError **error);

/* The same pixels in another format. */
RwCliBuffer *rw_cli_buffer_convert (const RwCliBuffer *buffer,
                                    const Babl *format);
