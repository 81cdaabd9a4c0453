/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Three ways to fill in the colours a Bayer sensor did not see.  A row is done
 * as if each of its pixels were of each kind, and the right answer is taken by
 * a mask: more arithmetic, but no branches, so that compilers vectorise it.
 */
#include "tasks/demosaic.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum { M = RW_MOSAIC_MARGIN };

/* Mirrored about the outermost pixels, which keeps each colour's places. */
static void
fill_margin (float *mosaic, int width, int height)
{
  const gsize stride = (gsize) width + 2 * M;

  for (int y = 0; y < height; y++) {
    float *row = mosaic + (gsize) (y + M) * stride + M;

    for (int i = 1; i <= M; i++) {
      row[-i] = row[i];
      row[width - 1 + i] = row[width - 1 - i];
    }
  }
  for (int i = 1; i <= M; i++) {
    memcpy (mosaic + (gsize) (M - i) * stride,
            mosaic + (gsize) (M + i) * stride, stride * sizeof (float));
    memcpy (mosaic + (gsize) (M + height - 1 + i) * stride,
            mosaic + (gsize) (M + height - 1 - i) * stride,
            stride * sizeof (float));
  }
}

/* mask[x]: 1 where pixel (x - M, y) is not green, else 0 */
static void
make_mask (float *mask, int width, int y, int phase)
{
  for (int x = 0; x < width + 2 * M; x++)
    mask[x] = rw_mosaic_colour (phase, x, y) != 1; /* M is even */
}

/* ---- bilinear and Malvar's -----------------------------------------------
 *
 * Malvar's filters are the bilinear ones and @gain = 1 times a Laplacian of
 * the colour that is known; @gain = 0 leaves the bilinear ones.
 */

/* @own: the colour a row has beside green; @other: the third. */
static void
linear_row (const float *r,
            gsize stride,
            int width,
            const float *restrict mask,
            float gain,
            float *restrict own,
            float *restrict green,
            float *restrict other)
{
  const float *n = r - stride, *s = r + stride;
  const float *nn = n - stride, *ss = s + stride;

  for (int x = 0; x < width; x++) {
    const float v = r[x], m = mask[x];
    const float beside = r[x - 1] + r[x + 1], above = n[x] + s[x];
    const float corners = n[x - 1] + n[x + 1] + s[x - 1] + s[x + 1];
    const float far_x = r[x - 2] + r[x + 2], far_y = nn[x] + ss[x];
    const float e = gain / 8;

    const float g = 0.25f * (beside + above) + e * (4 * v - far_x - far_y);
    const float d = 0.25f * corners + e * (6 * v - 1.5f * (far_x + far_y));
    const float h =
        0.5f * beside + e * (5 * v - corners - far_x + 0.5f * far_y);
    const float w =
        0.5f * above + e * (5 * v - corners - far_y + 0.5f * far_x);
    own[x] = h + m * (v - h);
    green[x] = v + m * (g - v);
    other[x] = w + m * (d - w);
  }
}

static void
demosaic_linear (const float *mosaic,
                 int width,
                 int height,
                 int phase,
                 float gain,
                 float *const rgb[3],
                 float *mask)
{
  const gsize stride = (gsize) width + 2 * M;

  for (int y = 0; y < height; y++) {
    const int own = (y + (phase >> 1)) & 1 ? 2 : 0;
    const gsize at = (gsize) y * (gsize) width;

    make_mask (mask, width, y, phase);
    linear_row (mosaic + (gsize) (y + M) * stride + M, stride, width, mask + M,
                gain, rgb[own] + at, rgb[1] + at, rgb[2 - own] + at);
  }
}

/* ---- Hamilton and Adams's -------------------------------------------------
 *
 * Green along the direction in which the picture changes less; then red and
 * blue as green plus their difference from it, which is interpolated linearly.
 */

/* @green: green where the sensor saw another colour, too */
static void
green_row (const float *r,
           gsize stride,
           int width,
           const float *restrict mask,
           float *restrict green)
{
  const float *n = r - stride, *s = r + stride;
  const float *nn = n - stride, *ss = s + stride;

  for (int x = 0; x < width; x++) {
    const float v = r[x];
    const float curve_x = 2 * v - r[x - 2] - r[x + 2];
    const float curve_y = 2 * v - nn[x] - ss[x];
    const float slope_x = fabsf (r[x - 1] - r[x + 1]) + fabsf (curve_x);
    const float slope_y = fabsf (n[x] - s[x]) + fabsf (curve_y);
    const float along_x = 0.5f * (r[x - 1] + r[x + 1]) + 0.25f * curve_x;
    const float along_y = 0.5f * (n[x] + s[x]) + 0.25f * curve_y;
    const float part =
        (slope_x < slope_y ? 0.5f : 0) - (slope_y < slope_x ? 0.5f : 0);
    const float g = 0.5f * (along_x + along_y) + part * (along_x - along_y);
    green[x] = v + mask[x] * (g - v);
  }
}

/* Adds to rows of colour @own the differences that are known in the rows above
 * and below (@weight 1/2) or in this row (1): the kernel 1/2 1 1/2, both ways,
 * over a grid of which every second place is 0. */
static void
add_difference (const float *green,
                const float *mosaic,
                gsize stride,
                int width,
                gboolean own,
                const float *mask,
                float *restrict line,
                float *restrict out)
{
  const float *g = green, *r = mosaic;

  if (own) {
    for (int x = -1; x <= width; x++)
      line[x] = mask[x] * (r[x] - g[x]);
  } else {
    const float *gn = g - stride, *gs = g + stride;
    const float *rn = r - stride, *rs = r + stride;
    /* The rows above and below have their colour where this one has green. */
    for (int x = -1; x <= width; x++)
      line[x] = (1 - mask[x]) * 0.5f * ((rn[x] - gn[x]) + (rs[x] - gs[x]));
  }
  for (int x = 0; x < width; x++)
    out[x] = g[x] + line[x] + 0.5f * (line[x - 1] + line[x + 1]);
}

static void
demosaic_hamilton_adams (const float *mosaic,
                         int width,
                         int height,
                         int phase,
                         float *const rgb[3],
                         float *mask,
                         float *line,
                         float *green)
{
  const gsize stride = (gsize) width + 2 * M;

  for (int y = -1; y <= height; y++) { /* one pixel more than the picture */
    const gsize at = (gsize) (y + M) * stride + M - 1;

    make_mask (mask, width, y + 2, phase);
    green_row (mosaic + at, stride, width + 2, mask + M - 1, green + at);
  }
  for (int y = 0; y < height; y++) {
    const int own = (y + (phase >> 1)) & 1 ? 2 : 0;
    const gsize at = (gsize) (y + M) * stride + M;
    const gsize to = (gsize) y * (gsize) width;

    make_mask (mask, width, y, phase);
    memcpy (rgb[1] + to, green + at, sizeof (float) * (guint) width);
    add_difference (green + at, mosaic + at, stride, width, TRUE, mask + M,
                    line + M, rgb[own] + to);
    add_difference (green + at, mosaic + at, stride, width, FALSE, mask + M,
                    line + M, rgb[2 - own] + to);
  }
}

void
rw_demosaic (float *mosaic,
             int width,
             int height,
             int phase,
             RwDemosaic method,
             float *const rgb[3],
             float *workspace)
{
  const gsize stride = (gsize) width + 2 * M;
  float *mask = workspace, *line = mask + stride, *green = line + stride;

  fill_margin (mosaic, width, height);
  if (method == RW_DEMOSAIC_HAMILTON_ADAMS)
    demosaic_hamilton_adams (mosaic, width, height, phase, rgb, mask, line,
                             green);
  else
    demosaic_linear (mosaic, width, height, phase,
                     method == RW_DEMOSAIC_MALVAR ? 1 : 0, rgb, mask);
}
