/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The one error domain.
 */
#include "reweave.h"

G_DEFINE_QUARK (reweave - error - quark, rw_error)
