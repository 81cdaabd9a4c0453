/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Saliency, Grad-CAM and layer-wise relevance against PyTorch, where relevance
 * is shared by whole matrices: fixtures/explain.safetensors, made by
 * tools/dev/make-torch-fixture --explain; where PyTorch is installed a second
 * seed is computed on the spot.
 */
#include "explain/explain.h"

#include "torch-fixture.h"

#include <math.h>
#include <stdio.h>

/* relative to the rms of what is wanted */
#define GRADIENT_RMS 2e-5
#define RELEVANCE_RMS 2e-5

static const struct {
  const char *name;
  RwRelevanceRule rule;
} rules[] = {
  { "relevance.epsilon", { RW_RELEVANCE_EPSILON, .epsilon = 0.05 } },
  { "relevance.alpha2",
    { RW_RELEVANCE_ALPHA_BETA, .epsilon = 0.05, .alpha = 2 } },
  { "relevance.alpha1",
    { RW_RELEVANCE_ALPHA_BETA, .epsilon = 0.05, .alpha = 1 } },
};

/* A map of one channel. */
static void
compare_map (const RwSafetensors *file,
             const char *name,
             const float *got,
             gsize n,
             double bound)
{
  g_autofree float *want = read_tensor (file, name, n);

  compare (name, got, want, n, bound);
}

static void
check_cams (const RwSafetensors *file, const RwExplain *explain)
{
  int n_checked = 0;

  for (int node = 1; node < rw_net_get_n_nodes (explain->net); node++) {
    g_autofree char *name =
        g_strconcat ("cam.", rw_net_get_node_name (explain->net, node), NULL);
    const RwTensorInfo *info = rw_safetensors_find (file, name);
    int height, width, channels;

    if (info == NULL)
      continue;
    rw_run_get_result_shape (explain->run, node, &height, &width, &channels);
    const gsize n = (gsize) height * (gsize) width;
    g_autofree float *map = g_new (float, n);
    g_autofree float *want = read_tensor (file, name, n);
    double most = 0;

    rw_explain_cam (explain, node, map);
    for (gsize i = 0; i < n; i++)
      most = MAX (most, (double) want[i]);
    if (most > 0)
      compare (name, map, want, n, GRADIENT_RMS);
    else
      for (gsize i = 0; i < n; i++)
        g_assert_cmpfloat (map[i], <, 1e-6f);
    n_checked++;
  }
  g_assert_cmpint (n_checked, >, 20);
}

static void
check_relevance (const RwSafetensors *file, const RwExplain *explain, guint r)
{
  g_autoptr (GError) error = NULL;
  const gsize n = (gsize) explain->height * (gsize) explain->width;
  g_autofree float *all = read_tensor (file, rules[r].name, 4 * n);
  g_autofree float *want = g_new0 (float, n);
  g_autofree float *got = g_new (float, n);
  double planes = 0, want_planes = 0;
  RwRelevanceBalance balance;

  for (gsize i = 0; i < n; i++) {
    want[i] = all[i] + all[n + i] + all[2 * n + i];
    want_planes += (double) all[3 * n + i];
  }
  g_assert_true (rw_explain_relevance (explain, &rules[r].rule, got, &planes,
                                       &balance, &error));
  g_assert_no_error (error);
  compare (rules[r].name, got, want, n, RELEVANCE_RMS);
  g_assert_cmpfloat_with_epsilon (planes, want_planes,
                                  RELEVANCE_RMS * balance.magnitude);
}

static RwRect
read_region (const RwSafetensors *file)
{
  RwRect region;

  g_assert_cmpint (sscanf (rw_safetensors_get_metadata (file, "region"),
                           "%d %d %d %d", &region.x, &region.y, &region.width,
                           &region.height),
                   ==, 4);
  return region;
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
  const int height = (int) input->dims[2], width = (int) input->dims[3];
  g_autofree float *params = g_new0 (float, rw_net_get_n_inner (net));
  g_autofree float *x = read_tensor (file, "input", input->n_values);
  const RwRect region = read_region (file);

  import_params (file, net, "", params);
  g_autoptr (RwExplain) explain =
      rw_explain_new (net, params, 0, height, width, &error);
  g_assert_no_error (error);
  g_assert_true (explain->is_change);
  to_nhwc (x, rw_run_get_input (explain->run), input);
  rw_explain_look (explain, &region);

  const float energy = (float) explain->energy;
  g_autofree float *map = g_new (float, height *width);

  compare_map (file, "energy", &energy, 1, GRADIENT_RMS);
  rw_explain_saliency (explain, map);
  compare_map (file, "saliency", map, (gsize) (height * width), GRADIENT_RMS);
  check_cams (file, explain);
  for (guint r = 0; r < G_N_ELEMENTS (rules); r++)
    check_relevance (file, explain, r);
}

static void
test_fixture (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures",
                                                 "explain.safetensors", NULL);

  check_file (path);
}

static void
test_live (void)
{
  check_live_fixture ("--explain", check_file);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torch-explain/fixture", test_fixture);
  g_test_add_func ("/torch-explain/live", test_live);
  return g_test_run ();
}
