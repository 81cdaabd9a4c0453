/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * apply-buffer.h and apply-formats.h of a build without GEGL: no format, hence
 * no buffer, and nothing else is ever called.
 */
#pragma once

#include "io/picture.h"

typedef struct {
  RwRect bounds;
  gboolean grey;
} RwCliBuffer;

static const char *const rw_cli_formats_read[] = { NULL };
static const char *const rw_cli_formats_written[] = { NULL };

static inline void
rw_cli_buffer_free (RwCliBuffer *buffer)
{
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCliBuffer, rw_cli_buffer_free)

static inline RwCliBuffer *
rw_cli_buffer_copy (const RwCliBuffer *buffer)
{
  return NULL;
}

static inline gsize
rw_cli_buffer_get_bytes (const RwCliBuffer *buffer)
{
  return 0;
}

static inline void
rw_cli_buffer_read (const RwCliBuffer *buffer, const RwRect *rect, float *rgba)
{
}

static inline void
rw_cli_buffer_write (RwCliBuffer *buffer,
                     const RwRect *rect,
                     const float *rgba,
                     gsize stride)
{
}

static inline RwCliBuffer *
rw_cli_buffer_from_picture (const RwPicture *picture, GError **error)
{
  return NULL;
}

static inline RwPicture *
rw_cli_buffer_to_picture (const RwCliBuffer *buffer, GError **error)
{
  return NULL;
}

static inline RwCliBuffer *
rw_cli_formats_load (const char *path, GError **error)
{
  return NULL;
}

static inline gboolean
rw_cli_formats_save (const RwCliBuffer *buffer,
                     const char *path,
                     int quality,
                     GError **error)
{
  return FALSE;
}

static inline void
rw_cli_formats_start (void)
{
}

static inline void
rw_cli_formats_stop (void)
{
}
