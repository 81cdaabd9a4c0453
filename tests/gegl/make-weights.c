/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * make-weights FILE TASK SEED: random weights of a small net, for tests that
 * only have a shell.
 */
#include <stdio.h>
#include <stdlib.h>

#include "random-weights.h"

static const char *
choose_net (const char *task)
{
  if (strcmp (task, "inpaint") == 0)
    return "input rgb mask\nconv 8 | relu | conv 3\n";
  if (strcmp (task, "upscale") == 0)
    return "input rgb\nconv 8 | relu | conv 12 | shuffle 2\n";
  return RANDOM_NET_DEEP;
}

int
main (int argc, char **argv)
{
  if (argc != 4) {
    fprintf (stderr, "make-weights: %d arguments, expected FILE TASK SEED\n",
             argc - 1);
    return 2;
  }
  random_weights_write (argv[1], argv[2], choose_net (argv[2]),
                        strtoull (argv[3], NULL, 10));
  return 0;
}
