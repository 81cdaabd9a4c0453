/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Weight files: the container alone, and what is to become a net.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "random-weights.h"

void
fuzz_add_seeds (GPtrArray *seeds)
{
  static const char *const nets[] = { RANDOM_NET_DEEP, RANDOM_NET_PLAIN };
  g_autofree char *folder = g_dir_make_tmp ("reweave-fuzz-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.safetensors", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (nets); i++) {
    random_weights_write (path, "denoise", nets[i], i);
    fuzz_add_file (seeds, path);
  }
  remove (folder);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RwSafetensors) file = rw_safetensors_parse (bytes, "fuzz", NULL);
  g_autoptr (RwWeights) weights = rw_weights_parse (bytes, "fuzz", &error);

  g_assert_true ((weights == NULL) == (error != NULL));
  g_assert_true (weights == NULL || file != NULL);
  for (int i = 0; file != NULL && i < rw_safetensors_get_n_tensors (file); i++)
    rw_safetensors_get_tensor (file, i);
  return 0;
}
