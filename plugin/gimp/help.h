/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the Help button and F1 do.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Opens the installed page at the procedure @name; a GimpHelpFunc. */
void rw_help_show (const char *name, gpointer unused);

G_END_DECLS
