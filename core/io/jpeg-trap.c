/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What reading and writing of JPEG share.
 */
#include "io/jpeg-trap.h"

#include <jerror.h>

enum {
  /* An honest progressive file has some ten; each costs a pass over the
   * picture. */
  MAX_SCANS = 500,
  COLUMN_BYTES = 96,
  WORK_BYTES = 256 << 10
};

const char rw_jpeg_exif_prefix[6] = "Exif\0";

/* Leaves the library at any error. */
static void
on_error (j_common_ptr cinfo)
{
  RwJpegTrap *trap = (RwJpegTrap *) cinfo->err;

  if (!trap->is_corrupt)
    cinfo->err->format_message (cinfo, trap->message);
  longjmp (trap->jump, 1);
}

/* Level -1 is a warning; these few are no damage to the pixels. */
static void
on_message (j_common_ptr cinfo, int level)
{
  RwJpegTrap *trap = (RwJpegTrap *) cinfo->err;
  const int code = cinfo->err->msg_code;

  if (level >= 0 || trap->is_corrupt || code == JWRN_ADOBE_XFORM ||
      code == JWRN_JFIF_MAJOR || code == JWRN_BOGUS_ICC)
    return;
  cinfo->err->format_message (cinfo, trap->message);
  trap->is_corrupt = TRUE;
}

/* A small file of empty scans would keep us busy for hours. */
static void
on_progress (j_common_ptr cinfo)
{
  RwJpegTrap *trap = (RwJpegTrap *) cinfo->err;

  if (!cinfo->is_decompressor ||
      ((j_decompress_ptr) cinfo)->input_scan_number <= MAX_SCANS)
    return;
  g_snprintf (trap->message, sizeof trap->message, "more than %d scans",
              MAX_SCANS);
  trap->is_corrupt = TRUE;
  longjmp (trap->jump, 1);
}

struct jpeg_error_mgr *
rw_jpeg_trap_set (RwJpegTrap *trap)
{
  jpeg_std_error (&trap->manager);
  trap->manager.error_exit = on_error;
  trap->manager.emit_message = on_message;
  trap->progress.progress_monitor = on_progress;
  return &trap->manager;
}

gsize
rw_jpeg_count_bytes (JDIMENSION width)
{
  return WORK_BYTES + COLUMN_BYTES * (gsize) width;
}

static gsize
round_up (JDIMENSION n, int step)
{
  return ((gsize) n + (gsize) step - 1) / (gsize) step * (gsize) step;
}

gsize
rw_jpeg_count_coefficients (const jpeg_component_info *components, int n)
{
  gsize n_blocks = 0;

  for (const jpeg_component_info *c = components; c < components + n; c++)
    n_blocks += round_up (c->width_in_blocks, c->h_samp_factor) *
                round_up (c->height_in_blocks, c->v_samp_factor);
  return n_blocks * sizeof (JBLOCK);
}
