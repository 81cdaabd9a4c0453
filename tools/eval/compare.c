/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How far one picture is from another.
 */
#include "eval/compare.h"

#include "cli/cli.h"

#include "base/alloc.h"
#include "io/picture.h"
#include "reweave.h"
#include "train/data/dataset.h"
#include "train/loss/metrics.h"

#include <stdio.h>
#include <string.h>

/* [height][width][3] floats.  (transfer full), rw_free. */
static float *
get_rgb (const RwPicture *picture, GError **error)
{
  const gsize n = (gsize) picture->width * (gsize) picture->height;
  const RwRect whole = { 0, 0, picture->width, picture->height };
  float *pixels =
      rw_try_alloc (n, 4 * sizeof (float), "a picture to compare", error);

  if (!pixels)
    return NULL;
  rw_picture_get_rgba (picture, &whole, pixels);
  for (gsize i = 1; i < n; i++)
    memmove (pixels + 3 * i, pixels + 4 * i, 3 * sizeof (float));
  return pixels;
}

gboolean
rw_cli_compare (const char *clean,
                const char *other,
                RwCliComparison *found,
                GError **error)
{
  g_autoptr (RwPicture) a = rw_picture_load (clean, error);
  g_autoptr (RwPicture) b = a ? rw_picture_load (other, error) : NULL;

  if (!b)
    return FALSE;
  if (a->width != b->width || a->height != b->height) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: is %d x %d, expected %d x %d as %s is; compare pictures "
                 "of one size",
                 other, b->width, b->height, a->width, a->height, clean);
    return FALSE;
  }
  rw_autofree float *x = get_rgb (a, error);
  rw_autofree float *y = x ? get_rgb (b, error) : NULL;
  if (!y)
    return FALSE;
  found->psnr =
      rw_psnr (rw_mse (x, y, 3 * (gsize) a->width * (gsize) a->height));
  found->ssim = rw_ssim (x, y, a->width, a->height, 3);
  return TRUE;
}

/* ---- folders ----------------------------------------------------------- */

static void
add_comparison (JsonBuilder *json,
                const char *name,
                const RwCliComparison *found)
{
  json_builder_begin_object (json);
  if (name)
    rw_cli_json_string (json, "name", name);
  rw_cli_json_number (json, "psnr", found->psnr);
  rw_cli_json_number (json, "ssim", found->ssim);
  json_builder_end_object (json);
}

static void
report (JsonBuilder *json, const char *path, const RwCliComparison *found)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = rw_cli_show (path);

  if (json)
    add_comparison (json, name, found);
  else
    printf ("%s: PSNR %.3f dB, SSIM %.4f\n", shown, found->psnr, found->ssim);
}

static gboolean
compare_each (char **paths,
              JsonBuilder *json,
              RwCliComparison *mean,
              GError **error)
{
  const double share = 2.0 / g_strv_length (paths);

  for (int i = 0; paths[i]; i += 2) {
    RwCliComparison found;
    if (!rw_cli_compare (paths[i], paths[i + 1], &found, error))
      return FALSE;
    report (json, paths[i + 1], &found);
    mean->psnr += share * found.psnr;
    mean->ssim += share * found.ssim;
  }
  return TRUE;
}

gboolean
rw_cli_compare_all (const char *clean,
                    const char *other,
                    gboolean as_json,
                    GError **error)
{
  g_autoptr (JsonBuilder) json = as_json ? json_builder_new () : NULL;
  g_auto (GStrv) paths = rw_dataset_list_pairs (clean, other, error);
  RwCliComparison mean = { 0 };

  if (!paths)
    return FALSE;
  if (json) {
    json_builder_begin_object (json);
    json_builder_set_member_name (json, "images");
    json_builder_begin_array (json);
  }
  if (!compare_each (paths, json, &mean, error))
    return FALSE;
  if (!json) {
    if (paths[2])
      report (NULL, "mean", &mean);
    return TRUE;
  }
  json_builder_end_array (json);
  json_builder_set_member_name (json, "mean");
  add_comparison (json, NULL, &mean);
  json_builder_end_object (json);
  rw_cli_json_print (json, TRUE);
  return TRUE;
}
