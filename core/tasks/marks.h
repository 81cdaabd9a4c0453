/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Dust, hairs, scratches and creases on a print, as a scan shows them.
 */
#pragma once

#include "tasks/filter.h"

/* Draws as many as a print of such a size has; all of them the same for three
 * channels. */
void rw_marks_add (RwPlanes *rgb, guint64 key);
