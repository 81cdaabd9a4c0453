/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/finish.c: how many files are JPEGs, what they lose, and that all hold
 * bytes.
 */
#include "damages.h"

#include "tasks/finish.h"

enum { N = 400 };

/* The number of files of @finish that are more than rounded; the error of
 * these, in 1/255, goes to @loss. */
static int
count_jpegs (RwFinish finish, double *loss)
{
  RwSample picture = make_sample (40, 33), file = make_sample (40, 33);
  RwPlanes planes = rw_planes_of (&file);
  const gsize n = count (&picture);
  double squares = 0;
  int n_jpegs = 0;

  paint (&picture, finish.grey);
  picture.rgb[0] = picture.rgb[1] = picture.rgb[2] = 1.2f;
  for (guint64 key = 0; key < N; key++) {
    double most = 0;
    memcpy (file.rgb, picture.rgb, n * sizeof (float));
    finish.key = rw_random_key (15, key);
    rw_finish_as_file (&planes, &finish);
    for (gsize i = 0; i < n; i++) {
      const double value = 255 * (double) file.rgb[i];
      const double change = value - 255 * fmin (1, (double) picture.rgb[i]);
      g_assert_true (value >= 0 && value <= 255);
      g_assert_cmpfloat (fabs (value - rint (value)), <, 1e-4);
      if (finish.grey)
        g_assert_cmpfloat (file.rgb[i], ==, file.rgb[i / 3 * 3]);
      most = MAX (most, fabs (change));
      squares += change * change;
    }
    n_jpegs += most > 0.501;
  }
  *loss = sqrt (squares / (double) n / N);
  clear_sample (&picture);
  clear_sample (&file);
  return n_jpegs;
}

static void
test_share (void)
{
  double loss;

  for (int grey = 0; grey < 2; grey++) {
    RwFinish finish = { .quality_low = 40, .quality_high = 98, .grey = grey };
    g_assert_cmpint (count_jpegs (finish, &loss), ==, 0);
    finish.jpeg_share = 0.4;
    g_assert_cmpint (ABS (count_jpegs (finish, &loss) - N * 2 / 5), <, N / 12);
    finish.jpeg_share = 1;
    g_assert_cmpint (count_jpegs (finish, &loss), ==, N);
  }
}

/* Lower qualities lose more. */
static void
test_quality (void)
{
  double last = 0;

  for (int quality = 98; quality > 10; quality -= 20) {
    const RwFinish finish = { .jpeg_share = 1,
                              .quality_low = quality - 1,
                              .quality_high = quality,
                              .grey = TRUE };
    double loss;
    count_jpegs (finish, &loss);
    g_assert_cmpfloat (loss, >, last);
    g_assert_cmpfloat (loss, <, quality == 98 ? 1 : 20);
    last = loss;
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finish/share", test_share);
  g_test_add_func ("/finish/quality", test_quality);
  return g_test_run ();
}
