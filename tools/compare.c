/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How far one picture is from another.
 */
#include "compare.h"

#include "base/alloc.h"
#include "image/picture.h"
#include "train/metrics.h"

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
