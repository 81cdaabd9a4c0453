/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Words for people in their own language: _("...") where they are shown, and
 * N_("...") where they are only written down, as in tables and the core's
 * descriptions of tasks.
 */
#pragma once

#ifndef GETTEXT_PACKAGE
#define GETTEXT_PACKAGE "reweave"
#endif

#include <glib/gi18n-lib.h>

#include <libintl.h>

G_BEGIN_DECLS

/* With @n in the form that the language has for it. */
#define P_(one, many, n) g_dngettext (GETTEXT_PACKAGE, one, many, n)

/* Reads catalogues from @folder (LANGUAGE/LC_MESSAGES/reweave.mo). */
static inline void
rw_i18n_bind (const char *folder)
{
  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

G_END_DECLS
