/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What every plug-in of ours is to GIMP 3: the object that GIMP asks for
 * procedures, words in the user's language, and main ().
 */
#pragma once

#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Each program defines these two.  Names (transfer full, each too). */
GList *rw_plug_in_list_procedures (void);

/* NULL: it has none of that name. (transfer full) */
GimpProcedure *rw_plug_in_create_procedure (GimpPlugIn *plug_in,
                                            const char *name);

G_END_DECLS
