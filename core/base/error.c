/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The one error domain.  Written out, since G_DEFINE_QUARK makes a string of
 * words with hyphens, between which clang-format puts spaces.
 */
#include "reweave.h"

GQuark
rw_error_quark (void)
{
  return g_quark_from_static_string ("reweave-error-quark");
}
