/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * make-codec PATH: random weights that encode and decode, for tests.
 */
#include "codec-weights.h"

int
main (int argc, char **argv)
{
  g_assert_cmpint (argc, ==, 2);
  codec_weights_write (argv[1], 1);
  return 0;
}
