/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a weight file and its page say, for people: a short text beside the
 * list of files, and the whole page in a window.
 */
#pragma once

#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "offered.h"

G_BEGIN_DECLS

/* "Denoise, medium (0.66 million values)", or the file's name.  (transfer
 * full) */
char *rw_card_get_title (const RwWeightsEntry *entry);

/* Title, what the file is good for and what not, licence and training data, as
 * Pango's markup; @problem, which may be NULL, comes in their place.
 * (transfer full) */
char *rw_card_describe (const RwWeightsEntry *entry, const char *problem);

/* Shows the whole page of an entry that has one, and waits until it is closed.
 */
void rw_card_show (const RwWeightsEntry *entry, GtkWindow *parent);

G_END_DECLS
