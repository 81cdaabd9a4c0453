/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: weight files of small nets with random weights, which change a
 * picture a lot and look as far as their layers let them.
 */
#pragma once

#include <glib.h>

#include "base/alloc.h"
#include "nets/feed.h"
#include "weights/weights.h"

/* Strides, skips, a level: alignment 4. */
#define RANDOM_NET_DEEP                                                       \
  "input rgb sigma\n"                                                         \
  "unshuffle 2\n"                                                             \
  "conv 8 | relu -> a\n"                                                      \
  "down 12 | conv 12 | relu\n"                                                \
  "up 8 | add a | conv 8 | relu\n"                                            \
  "conv 12 | shuffle 2\n"                                                     \
  "residual\n"

/* No level, no strides. */
#define RANDOM_NET_PLAIN                                                      \
  "input rgb\n"                                                               \
  "conv 6 | relu | conv 3 | residual\n"

static inline void
random_weights_write (const char *path,
                      const char *task,
                      const char *net_text,
                      guint64 seed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (RwNet) net = rw_net_parse (net_text, &error);

  g_assert_no_error (error);
  rw_autofree float *params = rw_try_alloc (MAX (rw_net_get_n_inner (net), 1),
                                            sizeof (float), "weights", &error);
  g_assert_no_error (error);
  rw_net_init_params (net, params, seed, NULL);
  g_hash_table_insert (metadata, "task", (gpointer) task);
  g_hash_table_insert (metadata, "title", "random");
  g_hash_table_insert (metadata, "strength", "blend");
  g_autofree char *input = rw_feed_describe (net, -0.5, 1.5);
  g_hash_table_insert (metadata, "input", input);
  rw_weights_save (path, net, params, metadata, RW_DTYPE_F32, &error);
  g_assert_no_error (error);
}
