/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Settings that the user has given a name: a file each, in a folder for each
 * task, the same for every version of GIMP.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The names of the presets of @task, sorted; ends with NULL.
 * (transfer full) */
char **rw_presets_list (const char *task);

/* What was kept as @name; NULL: there is none.  (transfer full) */
char *rw_presets_read (const char *task, const char *name);

/* Keeps @text as @name, in place of what had that name. */
gboolean rw_presets_write (const char *task,
                           const char *name,
                           const char *text,
                           GError **error);

void rw_presets_remove (const char *task, const char *name);

G_END_DECLS
