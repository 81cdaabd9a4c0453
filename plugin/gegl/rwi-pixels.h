/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The formats of encoded pictures, .rwi, as babl has them, and the operations
 * that load and save them.
 */
#pragma once

#include <gegl-plugin.h>

#include "reweave.h"

/* That of a picture's samples, in the space of its profile.  What cannot be
 * said in babl's terms is taken for sRGB, with a warning. */
const Babl *rw_rwi_get_format (const RwEncodedInfo *info, const char *path);

/* The format in which a buffer of @format is saved, and what is said of it;
 * without width and height.  Its profile is (transfer full). */
const Babl *rw_rwi_choose_format (const Babl *format, RwEncodedInfo *info);

/* "reweave:rwi-load" and "reweave:rwi-save", as handlers of the ending and of
 * the MIME type. */
void rw_rwi_register_load (GTypeModule *module);
void rw_rwi_register_save (GTypeModule *module);
