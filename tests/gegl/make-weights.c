/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * make-weights FILE TASK SEED: random weights of a small net, for tests that
 * only have a shell.
 */
#include <stdio.h>
#include <stdlib.h>

#include "random-weights.h"

int
main (int argc, char **argv)
{
  if (argc != 4) {
    fprintf (stderr, "make-weights: %d arguments, expected FILE TASK SEED\n",
             argc - 1);
    return 2;
  }
  random_weights_write (argv[1], argv[2], RANDOM_NET_DEEP,
                        strtoull (argv[3], NULL, 10));
  return 0;
}
