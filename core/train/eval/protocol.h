/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a measurement compares, as the tables of the literature do.
 *
 * Their luma is that of ITU-R BT.601 with 16..235 of 255:
 * Y = (16 + 65.481 R + 128.553 G + 24.966 B) / 255 for colours of 0..1.
 */
#pragma once

#include "tasks/sample.h"

typedef struct {
  gboolean grey; /* pictures are made grey before all else: their luma, rounded
                    to 8 bits, as papers on JPEG do */
  gboolean luma; /* luma is compared, not all colours, as papers on enlarging
                    do */
  gboolean blocks; /* PSNR is PSNR-B, see rw_blocking */
  int border;      /* pixels along each edge that are not compared; 0.. */
} RwProtocol;

/* Replaces the colours of @sample by its luma. */
void rw_protocol_make_grey (RwSample *sample);

/* PSNR (or PSNR-B) in dB and SSIM of @other against @clean, values of peak 1 within 0..1,
 * of one size; NaN where the border leaves nothing.  RW_ERROR_LIMIT when
 * memory is short. */
gboolean rw_protocol_compare (const RwProtocol *protocol,
                              const RwSample *other,
                              const RwSample *clean,
                              double *psnr,
                              double *ssim,
                              GError **error);
