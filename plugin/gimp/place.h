/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where the plug-in's own files lie: beside its program where the folder was
 * copied, else where `meson install` has put them.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All (transfer full).  A name is a path below the folder, such as
 * "locale". */
char *rw_place_find (const char *name, const char *installed);

/* The folder of catalogues. */
char *rw_place_get_locale (void);

/* The page that Help opens, in the user's language where there is one, or
 * NULL. */
char *rw_place_get_help (void);

/* The picture of menu entries, or NULL. */
char *rw_place_get_icon (void);

G_END_DECLS
