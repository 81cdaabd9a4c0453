/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * base/error.c: the domain that hosts see.
 */
#include "reweave.h"

static void
test_domain (void)
{
  g_assert_cmpstr (g_quark_to_string (RW_ERROR), ==, "reweave-error-quark");
  g_assert_cmpuint (g_quark_try_string ("reweave-error-quark"), ==, RW_ERROR);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/domain", test_domain);
  return g_test_run ();
}
