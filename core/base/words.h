/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Words for people in their own language: _("...") where they are shown, and
 * N_("...") where they are only written down.  Who has found no catalogue of
 * the domain, as the command, gets them in English.
 */
#pragma once

#ifndef GETTEXT_PACKAGE
#define GETTEXT_PACKAGE "reweave"
#endif

#include <glib/gi18n-lib.h>
