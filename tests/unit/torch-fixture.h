/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: reading what tools/dev/make-torch-fixture wrote.
 */
#pragma once

#include "nets/net.h"
#include "weights/safetensors.h"

#include "reweave.h"

#include <glib/gstdio.h>
#include <math.h>

static inline float *
read_tensor (const RwSafetensors *file, const char *name, gsize n)
{
  g_autoptr (GError) error = NULL;
  const RwTensorInfo *info = rw_safetensors_find (file, name);

  if (!info)
    g_error ("the fixture has no tensor %s; is the net's naming of parameters "
             "another one now?",
             name);
  g_assert_cmpuint (info->n_values, ==, n);
  float *values = g_new (float, n);
  rw_safetensors_read_floats (file, info, values, &error);
  g_assert_no_error (error);
  return values;
}

/* [n][c][h][w] to [n][h][w][stride] and back */
static inline void
to_nhwc (const float *from, float *to, const RwTensorInfo *shape)
{
  const gsize c = shape->dims[1], hw = shape->dims[2] * shape->dims[3];
  const int stride = rw_channel_stride ((int) c);
  for (gsize i = 0; i < shape->n_values; i++)
    to[(i / hw / c * hw + i % hw) * stride + i / hw % c] = from[i];
}

static inline void
from_nhwc (const float *from, float *to, const RwTensorInfo *shape)
{
  const gsize c = shape->dims[1], hw = shape->dims[2] * shape->dims[3];
  const int stride = rw_channel_stride ((int) c);
  for (gsize i = 0; i < shape->n_values; i++)
    to[i] = from[(i / hw / c * hw + i % hw) * stride + i / hw % c];
}

/* Tensors are called @prefix and the parameter's name. */
static inline void
import_params (const RwSafetensors *file,
               const RwNet *net,
               const char *prefix,
               float *params)
{
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const RwParam *param = rw_net_get_param (net, i);
    g_autofree char *name = g_strconcat (prefix, param->name, NULL);
    g_autofree float *values = read_tensor (file, name, param->n_values);
    const RwTensorInfo *info = rw_safetensors_find (file, name);
    g_assert_cmpint (info->n_dims, ==, param->n_dims);
    for (int d = 0; d < param->n_dims; d++)
      g_assert_cmpuint (info->dims[d], ==, param->dims[d]);
    rw_net_import_param (net, i, params, values);
  }
}

/* Exit code of the script under the @python, or -1. */
static inline int
make_fixture (const char *python, const char *option, const char *path)
{
  g_autofree char *script = g_test_build_filename (
      G_TEST_DIST, "..", "tools", "dev", "make-torch-fixture", NULL);
  const char *const argv[] = { python, script, "--seed", "20240611",
                               path,   option, NULL };
  int status = 0;
  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
                     NULL, NULL, NULL, &status, NULL))
    return -1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

/* Checks another seed, computed on the spot where PyTorch is installed;
 * @option of the script, or NULL. */
static inline void
check_live_fixture (const char *option, void (*check) (const char *path))
{
  static const char *const pythons[] = { "python3", "/usr/bin/python3" };
  enum { NO_TORCH = 77 };
  g_autofree char *folder = g_dir_make_tmp ("reweave-torch-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "live.safetensors", NULL);
  int code = -1;

  for (guint i = 0; i < G_N_ELEMENTS (pythons) && code != 0; i++) {
    code = make_fixture (pythons[i], option, path);
    g_assert_true (code == 0 || code == NO_TORCH || code == -1);
  }
  if (code == 0)
    check (path);
  else
    g_test_skip ("PyTorch is not installed");
  g_remove (path);
  g_rmdir (folder);
}

/* Fails unless the rms of the differences is at most @bound times that of what
 * is wanted, which has to be more than 0. */
static inline void
compare (const char *what,
         const float *got,
         const float *want,
         gsize n,
         double bound)
{
  double errors = 0, squares = 0;

  for (gsize i = 0; i < n; i++) {
    errors += pow ((double) got[i] - (double) want[i], 2);
    squares += pow ((double) want[i], 2);
  }
  g_test_message ("%s: rms %.3g, relative error %.2e", what,
                  sqrt (squares / (double) n), sqrt (errors / squares));
  if (!(squares > 0 && sqrt (errors) <= bound * sqrt (squares)))
    g_error ("%s: relative rms error %.3g of %.3g, at most %.3g", what,
             sqrt (errors / squares), sqrt (squares / (double) n), bound);
}
