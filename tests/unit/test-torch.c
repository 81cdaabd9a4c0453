/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A U-Net of reweave, and a net of the layers that it has not, against the
 * same in PyTorch: output and every gradient.  The numbers are in
 * fixtures/unet.safetensors and layers.safetensors, made by
 * tools/dev/make-torch-fixture; where PyTorch is installed a second seed is
 * computed on the spot.  Weights are taken as they lie in the file, so this
 * also checks names and layouts.
 */
#include "torch-fixture.h"

#include <math.h>

/* relative to the rms of what is wanted */
#define OUTPUT_RMS 5e-6
#define GRADIENT_RMS 2e-5

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
  import_params (file, net, "", params);
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
test_fixture (gconstpointer name)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "fixtures", name, NULL);
  check_file (path);
}

static void
test_live (gconstpointer option)
{
  check_live_fixture (option, check_file);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/torch/unet", "unet.safetensors", test_fixture);
  g_test_add_data_func ("/torch/layers", "layers.safetensors", test_fixture);
  g_test_add_data_func ("/torch/unet-live", NULL, test_live);
  g_test_add_data_func ("/torch/layers-live", "--layers", test_live);
  return g_test_run ();
}
