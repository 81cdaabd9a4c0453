/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A U-Net of reweave against the same in PyTorch: output and every gradient.
 * The numbers are in fixtures/unet.safetensors, made by
 * tools/dev/make-torch-fixture; where PyTorch is installed a second seed is
 * computed on the spot.  Weights are taken as they lie in the file, so this
 * also checks names and layouts.
 */
#include "io/safetensors.h"
#include "nets/net.h"

#include "reweave.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* relative to the rms of what is wanted */
#define OUTPUT_RMS 5e-6
#define GRADIENT_RMS 2e-5

static float *
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

static void
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
  g_test_message ("%s: relative rms error %.2e", what,
                  sqrt (errors / squares));
  if (!(sqrt (errors) <= bound * sqrt (squares)))
    g_error ("%s: relative rms error %.3g, at most %.3g", what,
             sqrt (errors / squares), bound);
}

/* [n][c][h][w] to [n][h][w][stride] and back */
static void
to_nhwc (const float *from, float *to, const RwTensorInfo *shape)
{
  const gsize c = shape->dims[1], hw = shape->dims[2] * shape->dims[3];
  const int stride = rw_channel_stride ((int) c);
  for (gsize i = 0; i < shape->n_values; i++)
    to[(i / hw / c * hw + i % hw) * stride + i / hw % c] = from[i];
}

static void
from_nhwc (const float *from, float *to, const RwTensorInfo *shape)
{
  const gsize c = shape->dims[1], hw = shape->dims[2] * shape->dims[3];
  const int stride = rw_channel_stride ((int) c);
  for (gsize i = 0; i < shape->n_values; i++)
    to[i] = from[(i / hw / c * hw + i % hw) * stride + i / hw % c];
}

static void
import_params (const RwSafetensors *file, const RwNet *net, float *params)
{
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const RwParam *param = rw_net_get_param (net, i);
    g_autofree float *values =
        read_tensor (file, param->name, param->n_values);
    const RwTensorInfo *info = rw_safetensors_find (file, param->name);
    g_assert_cmpint (info->n_dims, ==, param->n_dims);
    for (int d = 0; d < param->n_dims; d++)
      g_assert_cmpuint (info->dims[d], ==, param->dims[d]);
    rw_net_import_param (net, i, params, values);
  }
}

/* Compares one of the images in the core's layout with tensor @name. */
static void
compare_image (const RwSafetensors *file,
               const char *name,
               const float *got,
               double bound)
{
  const RwTensorInfo *info = rw_safetensors_find (file, name);
  g_autofree float *want = read_tensor (file, name, info->n_values);
  g_autofree float *values = g_new (float, info->n_values);
  from_nhwc (got, values, info);
  compare (name, values, want, info->n_values, bound);
}

static void
feed (const RwSafetensors *file, const char *name, float *to)
{
  const RwTensorInfo *info = rw_safetensors_find (file, name);
  g_assert_nonnull (info);
  g_autofree float *values = read_tensor (file, name, info->n_values);
  to_nhwc (values, to, info);
}

static void
compare_param_gradients (const RwSafetensors *file,
                         const RwNet *net,
                         const float *grads)
{
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const RwParam *param = rw_net_get_param (net, i);
    g_autofree char *name = g_strconcat ("grad.", param->name, NULL);
    g_autofree float *want = read_tensor (file, name, param->n_values);
    g_autofree float *got = g_new (float, param->n_values);
    rw_net_export_param (net, i, grads, got);
    compare (name, got, want, param->n_values, GRADIENT_RMS);
  }
}

static void
check_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwSafetensors) file = rw_safetensors_load (path, 1 << 20, &error);
  g_assert_no_error (error);
  g_autoptr (RwNet) net =
      rw_net_parse (rw_safetensors_get_metadata (file, "net"), &error);
  g_assert_no_error (error);
  const RwTensorInfo *input = rw_safetensors_find (file, "input");
  g_assert_nonnull (input);
  g_autofree float *params = g_new0 (float, rw_net_get_n_inner (net));
  g_autofree float *grads = g_new0 (float, rw_net_get_n_inner (net));
  import_params (file, net, params);
  g_autoptr (RwPack) pack = rw_pack_new (net, RW_RUN_TRAIN, &error);
  g_assert_no_error (error);
  rw_pack_update (pack, params);
  g_autoptr (RwRun) run = rw_run_new (net, RW_RUN_TRAIN, 1);
  rw_run_want_input_grad (run);
  rw_run_prepare (run, (int) input->dims[0], (int) input->dims[2],
                  (int) input->dims[3], &error);
  g_assert_no_error (error);

  feed (file, "input", rw_run_get_input (run));
  rw_run_forward (run, pack);
  compare_image (file, "output", rw_run_get_output (run), OUTPUT_RMS);
  feed (file, "output_grad", rw_run_get_output_grad (run));
  rw_run_backward (run, pack, grads);
  compare_image (file, "input_grad", rw_run_get_input_grad (run),
                 GRADIENT_RMS);
  compare_param_gradients (file, net, grads);
}

static void
test_fixture (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures",
                                                 "unet.safetensors", NULL);
  check_file (path);
}

/* Exit code of the script under the @python, or -1. */
static int
make_fixture (const char *python, const char *path)
{
  g_autofree char *script = g_test_build_filename (
      G_TEST_DIST, "..", "tools", "dev", "make-torch-fixture", NULL);
  const char *const argv[] = {
    python, script, "--seed", "20240611", path, NULL
  };
  int status = 0;
  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
                     NULL, NULL, NULL, &status, NULL))
    return -1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

static void
test_live (void)
{
  static const char *const pythons[] = { "python3", "/usr/bin/python3" };
  enum { NO_TORCH = 77 };
  g_autofree char *folder = g_dir_make_tmp ("reweave-torch-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "live.safetensors", NULL);
  int code = -1;

  for (guint i = 0; i < G_N_ELEMENTS (pythons) && code != 0; i++) {
    code = make_fixture (pythons[i], path);
    g_assert_true (code == 0 || code == NO_TORCH || code == -1);
  }
  if (code == 0)
    check_file (path);
  else
    g_test_skip ("PyTorch is not installed");
  g_remove (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torch/fixture", test_fixture);
  g_test_add_func ("/torch/live", test_live);
  return g_test_run ();
}
