/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: nets with a result "y" that all else goes through.
 */
#pragma once

#include "reference/harness.h"

/* Nets in two pieces: what comes before the result "y", which the first piece
 * ends with, and what comes behind. */
static const struct {
  const char *head, *tail;
} nets[] = {
  { "input rgb sigma\nconv 16 | relu -> y\n", "conv 16 | relu | conv 3\n" },
  { "input rgb\nconv 16 -> y\n", "relu | conv 16 k=1 | tanh | conv 3\n" },
  /* a bottleneck, as a codec has it */
  { "input rgb\ndown 16 | gdn | down 24 | gdn | conv 6 k=1 | quantise -> y\n",
    "conv 24 | igdn | up 16 | igdn | up 3\n" },
  /* in place before it and behind it */
  { "input grey\nconv 16 | relu | sigmoid -> y\n",
    "leaky-relu | tanh | dropout | conv 1\n" },
  /* two readers, one of them in place; skips on either side */
  { "input rgb\nconv 16 -> a | relu | conv 16 | add a -> y\n",
    "conv 16 | relu | add y | conv 3\n" },
  { "input rgb\nunshuffle 2 | conv 20 | prelu | max-pool | conv 24 -> y\n",
    "relu | upsample 2 | conv 16 -> b | conv 16 | concat b | conv 12 | "
    "shuffle 2\n" },
  { "input rgb\nconv 16 | relu\nrepeat 2 {\ngru 16\n}\nconv 16 -> y\n",
    "repeat 3 {\nconv 16 | relu\n}\nconv 3\n" },
};

static inline char *
get_text (int i)
{
  return g_strconcat (nets[i].head, nets[i].tail, NULL);
}

static inline RwNet *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RwNet *net = rw_net_parse (text, &error);

  g_assert_no_error (error);
  return net;
}

static inline int
find (const RwNet *net, const char *name)
{
  g_autoptr (GError) error = NULL;
  const int node = rw_net_find_result (net, name, &error);

  g_assert_no_error (error);
  return node;
}

static inline Harness *
harness (int i, RwRunMode mode, int n)
{
  g_autofree char *text = get_text (i);

  return harness_new (text, mode, 1, n, 16, 24, 42);
}
