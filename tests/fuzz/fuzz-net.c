/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Net texts: parsed, and what a parsed one is asked for.
 */
#include <string.h>

#include "fuzz.h"
#include "nets/net.h"

void
fuzz_add_seeds (GPtrArray *seeds)
{
  fuzz_add_text (seeds, "input rgb sigma\nconv 4 | relu | conv 3 init=zero\n"
                        "residual\n");
  fuzz_add_text (seeds, "input rgb\nunshuffle 2\nconv 8 | relu -> a\n"
                        "down 12 | conv 12 | gelu\nup 8 | add a | relu\n"
                        "conv 12 | shuffle 2\nresidual\n");
  fuzz_add_text (seeds, "input rgb 16x16 # whole\nconv 4 k=3 stride=2 | "
                        "max-pool 2\ndense 32 | relu\nconv 3 | sigmoid\n");
  fuzz_add_text (seeds, "input rgb\nconv 8\nrepeat 3 {\n  conv 8 | prelu\n}\n"
                        "from 0 | concat 1 | conv 3\n");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  g_autofree char *text = g_strndup ((const char *) data, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net = rw_net_parse (text, &error);

  g_assert_true ((net == NULL) == (error != NULL));
  if (net == NULL)
    return 0;
  rw_net_get_halo (net);
  rw_net_get_align (net);
  g_autoptr (RwNet) again = rw_net_parse (rw_net_get_text (net), NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (rw_net_get_n_inner (again), ==, rw_net_get_n_inner (net));
  return 0;
}
