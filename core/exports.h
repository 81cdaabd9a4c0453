/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The compiler reads this before each source of libreweave.  All symbols are
 * hidden there by -fvisibility=hidden, except the functions that reweave.h
 * declares: between the two pragmas they become visible.
 */
#pragma once

#include <glib.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#include "reweave.h"
#ifdef __GNUC__
#pragma GCC visibility pop
#endif
