/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/blur-radius.c: blur of known radius is found on a drawn picture, a
 * little noise does not hide it, and where there are no edges there is none.
 */
#include "tasks/blur-radius.h"

#include "base/random.h"
#include "io/picture.h"
#include "tasks/blur-kernel.h"
#include "tasks/filter.h"
#include "train/data/dead-leaves.h"

#include <math.h>

enum { WIDTH = 300, HEIGHT = 200, N = WIDTH * HEIGHT };

/* Shapes with sharp edges, blurred by a disc (0: as they are); what lies at the
 * picture's edge is mirrored. */
static RwPlanes
draw (double radius, double noise)
{
  g_autoptr (RwPicture) picture =
      rw_dead_leaves_new (5, 0, WIDTH, HEIGHT, NULL);
  g_autofree float *sharp = g_new (float, 3 * N);
  g_autofree float *grain = g_new (float, 3 * N);
  const RwPlanes in = { WIDTH, HEIGHT, 3, sharp };
  RwPlanes out = rw_planes_make (WIDTH, HEIGHT, 3);

  for (int i = 0; i < 3 * N; i++)
    sharp[i] = (float) ((const guint8 *) picture->data)[i] / 255;
  if (radius > 0) {
    const RwKernel kernel = rw_blur_kernel_make (RW_BLUR_DISC, radius, 1);
    rw_convolve (&in, &kernel, &out);
  } else {
    rw_planes_crop (&in, &out);
  }
  rw_random_gaussian (9, 0, grain, 3 * N);
  for (int i = 0; i < 3 * N; i++)
    out.pixels[i] += (float) noise / 255 * grain[i];
  return out;
}

static double
estimate (double radius, double noise)
{
  const RwPlanes planes = draw (radius, noise);
  const double found =
      rw_blur_radius_estimate (planes.pixels, 1, HEIGHT, WIDTH);

  g_free (planes.pixels);
  return found;
}

static void
test_discs (void)
{
  double last = estimate (0, 0);

  g_assert_cmpfloat (last, <, 0.8); /* its edges are smooth already */
  for (double radius = 1; radius <= 3; radius += 0.5) {
    const double found = estimate (radius, 0);
    g_assert_cmpfloat (found, >, last);
    g_assert_cmpfloat (found, >, 0.65 * radius);
    g_assert_cmpfloat (found, <, 1.45 * radius);
    last = found;
  }
}

static void
test_noise (void)
{
  for (double radius = 1; radius <= 3; radius++)
    g_assert_cmpfloat (fabs (estimate (radius, 2) / estimate (radius, 0) - 1),
                       <, 0.25);
}

/* Samples are parts of one picture. */
static void
test_samples (void)
{
  const RwPlanes planes = draw (2, 0);
  const double whole =
      rw_blur_radius_estimate (planes.pixels, 1, HEIGHT, WIDTH);
  const double halves =
      rw_blur_radius_estimate (planes.pixels, 2, HEIGHT / 2, WIDTH);

  g_assert_cmpfloat (fabs (halves / whole - 1), <, 0.1);
  g_free (planes.pixels);
}

static void
test_none (void)
{
  g_autofree float *flat = g_new0 (float, 3 * N);

  g_assert_cmpfloat (rw_blur_radius_estimate (flat, 1, HEIGHT, WIDTH), ==, 0);
  for (int i = 0; i < 3 * N; i++)
    flat[i] = (float) (i / 3 % WIDTH) / WIDTH; /* a slope has no edges */
  g_assert_cmpfloat (rw_blur_radius_estimate (flat, 1, HEIGHT, WIDTH), ==, 0);
  g_assert_cmpfloat (rw_blur_radius_estimate (flat, 1, 5, 7), ==, 0);
  g_assert_cmpfloat (rw_blur_radius_estimate (flat, 1, 1, 1), ==, 0);
  g_assert_cmpfloat (rw_blur_radius_estimate (flat, 0, 48, 48), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/blur-radius/discs", test_discs);
  g_test_add_func ("/blur-radius/noise", test_noise);
  g_test_add_func ("/blur-radius/samples", test_samples);
  g_test_add_func ("/blur-radius/none", test_none);
  return g_test_run ();
}
