/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * libjpeg's errors and warnings.  It leaves by longjmp, so every function that
 * sets the trap's jump keeps all that must outlive it in its reader or writer,
 * and changes no local after it.
 */
#pragma once

#include <setjmp.h>
#include <stdio.h>

#include <glib.h>
#include <jpeglib.h>

/* What libjpeg calls back with. */
typedef struct {
  struct jpeg_error_mgr manager; /* first: libjpeg hands out its address */
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  char message[JMSG_LENGTH_MAX]; /* the error, or the first corruption */
  gboolean is_corrupt; /* damage that libjpeg would paint over in grey: what
                          comes out is to be trained on or mended */
} RwJpegTrap;

/* What goes into cinfo->err; trap->progress is for cinfo->progress. */
struct jpeg_error_mgr *rw_jpeg_trap_set (RwJpegTrap *trap);

/* Of Adobe's, before an EXIF block in APP1. */
extern const char rw_jpeg_exif_prefix[6];

/* Bytes that libjpeg takes for a picture that goes through in rows: some 72
 * bytes of buffers for a column, however its components are sampled. */
gsize rw_jpeg_count_bytes (JDIMENSION width);

/* Bytes of the coefficients of @n components, which libjpeg holds for a file
 * that cannot go through in rows. */
gsize rw_jpeg_count_coefficients (const jpeg_component_info *components,
                                  int n);
