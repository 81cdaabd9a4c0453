/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The new layer or channel that a result goes to.
 */
#pragma once

#include "host.h"

G_BEGIN_DECLS

/* A copy of a layer or channel that is in no image yet.
 *
 * That of text, vectors or a link (rw_item_is_drawn) is a plain layer which has
 * its pixels, offsets, mode, opacity and mask: GIMP would draw a copy of its
 * kind anew, over the result, and does not scale one whose link was scaled. Its
 * effects come later, see rw_effects_copy. */
RwItem rw_item_copy (RwItem item);

G_END_DECLS
