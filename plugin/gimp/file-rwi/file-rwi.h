/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Encoded pictures, .rwi, as buffers of GEGL: what opening and exporting have
 * in common whatever the version of GIMP.
 */
#pragma once

#include <gegl.h>

#include "reweave.h"

G_BEGIN_DECLS

#define RW_FILE_QUALITY 50.0 /* that of `reweave encode` */
#define RW_FILE_MAGIC "0,string,\213RWI\r\n\032\n"
#define RW_FILE_LABEL N_ ("Encoded picture")
#define RW_FILE_QUALITY_BLURB                                                 \
  N_ ("How near to the original, at the price of a larger file")
#define RW_FILE_REFINE_BLURB                                                  \
  N_ ("Nearer to the original at the same size, in some 20 times the time; "  \
      "nothing with weights in rounds, such as compress-m")
#define RW_FILE_LOAD_BLURB "Opens pictures that reweave has encoded"
#define RW_FILE_LOAD_HELP                                                     \
  "Opens .rwi files. It takes the weights that made them."
#define RW_FILE_SAVE_BLURB "Encodes pictures to small files"
#define RW_FILE_SAVE_HELP                                                     \
  "Exports .rwi files, which only reweave can decode. Colour profile, "       \
  "resolution and alpha are kept, the latter without loss."

/* The bytes of the file of all of @pixels, whose colour space is kept.
 * (transfer full) */
GBytes *rw_file_encode (const RwEncoder *encoder,
                        GeglBuffer *pixels,
                        double quality,
                        const int density[2], /* pixels a metre, or 0 */
                        RwProgressFunc progress,
                        GError **error);

/* About how many bytes that file has, from its middle. */
gboolean rw_file_estimate (const RwEncoder *encoder,
                           GeglBuffer *pixels,
                           double quality,
                           double *n_bytes,
                           GError **error);

/* "About 1.2 MB". (transfer full) */
char *rw_file_describe_size (double n_bytes);

G_END_DECLS
