/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What an input plane of a net is called and how many channels it has.
 */
#pragma once

#include "nets/net.h"

const char *rw_plane_get_word (RwPlane plane); /* "rgb" */
int rw_plane_get_channels (RwPlane plane);     /* 3 */

/* RW_ERROR_FORMAT naming the known words and the nearest. */
gboolean rw_plane_find (const char *word, RwPlane *plane, GError **error);
