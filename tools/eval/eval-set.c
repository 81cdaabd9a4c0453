/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave eval of pictures that a net sees whole.
 */
#include "eval/eval-set.h"

#include "cli/cli.h"

#include "reweave.h"
#include "train/eval/pca.h"
#include "train/loss/metrics.h"
#include "train/validate.h"

#include <stdio.h>

/* What was measured. */
typedef struct {
  const char *path, *pca;
  int n, width, height;
  double mse, psnr;
  gsize n_code;   /* values of the bottleneck */
  gsize n_values; /* of a picture */
  int n_fitted;   /* pictures */
  double pca_mse;
} Figures;

gboolean
rw_cli_eval_is_set (const char *path, const char *pca)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  return pca || g_str_has_suffix (lower, ".bin");
}

static gboolean
check_align (const RwNet *net, const Figures *figures, GError **error)
{
  const int align = rw_net_get_align (net);
  int width, height;

  if (rw_net_get_size (net, &width, &height) &&
      (figures->width != width || figures->height != height)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: the first picture is %d x %d, expected %d x %d, the "
                 "only size that this net takes; give other pictures",
                 figures->path, figures->width, figures->height, width,
                 height);
    return FALSE;
  }
  if (figures->width % align == 0 && figures->height % align == 0)
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "%s: the first picture is %d x %d, expected multiples of %d for "
      "this net to see it whole; give other pictures",
      figures->path, figures->width, figures->height, align);
  return FALSE;
}

static gboolean
measure_net (const RwTask *task,
             const RwWeights *weights,
             const RwDataset *set,
             Figures *figures,
             GError **error)
{
  g_autoptr (RwValidator) validator =
      rw_validator_new (weights->net, task, set, 0, error);

  if (!validator ||
      !rw_validator_run (validator, weights->params, &figures->psnr, error))
    return FALSE;
  figures->mse = rw_validator_get_mse (validator);
  return TRUE;
}

static gboolean
measure_pca (const RwDataset *set, Figures *figures, GError **error)
{
  if (figures->n_code >= figures->n_values) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "--pca: the net has no bottleneck, all %zu values pass, "
                 "expected fewer at some place; leave --pca out",
                 figures->n_values);
    return FALSE;
  }
  g_autoptr (RwDataset) fitted =
      rw_dataset_load (figures->pca, &(RwDatasetOptions){ 0 }, NULL, error);
  if (!fitted)
    return FALSE;
  figures->n_fitted = rw_dataset_get_n (fitted);
  g_autoptr (RwPca) pca = rw_pca_new (fitted, (int) figures->n_code, error);
  return pca && rw_pca_measure (pca, set, &figures->pca_mse, error);
}

static void
print (const Figures *f)
{
  g_autofree char *shown = rw_cli_show (f->path);

  printf ("%s: %d picture%s, MSE %.4g, PSNR %.3f dB\n", shown, f->n,
          f->n == 1 ? "" : "s", f->mse, f->psnr);
  if (f->n_code < f->n_values)
    printf ("bottleneck: %zu values for the %zu of a picture of %d x %d\n",
            f->n_code, f->n_values, f->width, f->height);
  if (f->pca) {
    g_autofree char *fitted = rw_cli_show (f->pca);
    printf ("PCA with %zu values, fitted to %s, %d pictures: MSE %.4g\n",
            f->n_code, fitted, f->n_fitted, f->pca_mse);
  }
}

static void
print_json (const Figures *f)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  rw_cli_json_integer (json, "pictures", f->n);
  json_builder_set_member_name (json, "mean");
  json_builder_begin_object (json);
  rw_cli_json_number (json, "mse", f->mse);
  rw_cli_json_number (json, "psnr", f->psnr);
  json_builder_end_object (json);
  rw_cli_json_integer (json, "bottleneck", (gint64) f->n_code);
  rw_cli_json_integer (json, "values", (gint64) f->n_values);
  if (f->pca) {
    json_builder_set_member_name (json, "pca");
    json_builder_begin_object (json);
    rw_cli_json_integer (json, "pictures", f->n_fitted);
    rw_cli_json_number (json, "mse", f->pca_mse);
    json_builder_end_object (json);
  }
  json_builder_end_object (json);
  rw_cli_json_print (json, TRUE);
}

gboolean
rw_cli_eval_set (const RwTask *task,
                 const RwWeights *weights,
                 const char *path,
                 const char *pca,
                 gboolean as_json,
                 GError **error)
{
  g_autoptr (RwDataset) set =
      rw_dataset_load (path, &(RwDatasetOptions){ 0 }, NULL, error);

  if (!set)
    return FALSE;
  const RwPicture *first = rw_dataset_get_picture (set, 0);
  Figures figures = { .path = path,
                      .pca = pca,
                      .n = rw_dataset_get_n (set),
                      .width = first->width,
                      .height = first->height };
  figures.n_values = (gsize) first->width * (gsize) first->height * 3;
  if (!check_align (weights->net, &figures, error))
    return FALSE;
  figures.n_code =
      rw_net_get_bottleneck (weights->net, first->height, first->width);
  if (!measure_net (task, weights, set, &figures, error) ||
      (pca && !measure_pca (set, &figures, error)))
    return FALSE;
  if (as_json)
    print_json (&figures);
  else
    print (&figures);
  return TRUE;
}
