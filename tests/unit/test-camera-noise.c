/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/camera-noise.c: what training draws, the noise's statistics against
 * those of real photographs, and that targets stay what they should be.
 */
#include "camera-pictures.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { SEED = 11, MAX_LAG = 4 };

/* ---- statistics ------------------------------------------------------------
 */

/* Y (@plane 0) or Cb (1) of input - clean; its mean is 0.  (transfer full) */
static double *
make_noise (const Pair *pair, int plane)
{
  const int n = pair->clean.width * pair->clean.height;
  double *noise = g_new (double, n), mean = 0;

  for (int i = 0; i < n; i++) {
    double d[3];

    for (int c = 0; c < 3; c++)
      d[c] = (double) pair->input.rgb[3 * i + c] -
             (double) pair->clean.rgb[3 * i + c];
    const double luma = 0.299 * d[0] + 0.587 * d[1] + 0.114 * d[2];
    noise[i] = 255 * (plane == 0 ? luma : (d[2] - luma) / 1.772);
    mean += noise[i] / n;
  }
  for (int i = 0; i < n; i++)
    noise[i] -= mean;
  return noise;
}

/* Mean product of values (@dx, @dy) apart. */
static double
covariance (const double *noise, int width, int height, int dx, int dy)
{
  double sum = 0;

  for (int y = 0; y < height - dy; y++)
    for (int x = 0; x < width - dx; x++)
      sum += noise[y * width + x] * noise[(y + dy) * width + x + dx];
  return sum / ((width - dx) * (height - dy));
}

static double
deviation (const Pair *pair)
{
  g_autofree double *noise = make_noise (pair, 0);

  return sqrt (
      covariance (noise, pair->clean.width, pair->clean.height, 0, 0));
}

/* Correlation at @lag, of both directions. */
static double
correlation (const double *noise, int lag)
{
  const double variance = covariance (noise, SIDE, SIDE, 0, 0);

  return (covariance (noise, SIDE, SIDE, lag, 0) +
          covariance (noise, SIDE, SIDE, 0, lag)) /
         (2 * variance);
}

/* A camera with nothing left to chance. */
static RwCamera
make_camera (float shot)
{
  RwCamera camera = {
    .kind = RW_CAMERA_SENSOR,
    .key = SEED,
    .soften = TRUE,
    .shrink_source = 1,
    .shrink_result = 1,
    .exposure = 1,
    .contrast = 0.6f,
    .colour_mix = 0.7f,
    .gain = { 2, 1, 1.6f },
    .mosaic = TRUE,
    .demosaic = RW_DEMOSAIC_MALVAR,
    .shot = shot,
    .read = 1e-5f,
    .luma_sigma = 0.65f,
    .chroma_sigma = 1.5f,
    .chroma_weight = 1,
    .knots = { 1, 1, 1, 1 },
    .n_jpegs = 1,
    .jpegs = { { .subsampling = RW_CHROMA_422, .phase_x = 3, .phase_y = 5 } },
  };

  rw_jpeg_tables_from_quality (97, camera.jpegs[0].luma,
                               camera.jpegs[0].chroma);
  return camera;
}

/* ---- tests -----------------------------------------------------------------
 */

static void
test_draw (void)
{
  const int n = 20000;
  int n_clean = 0, n_blind = 0, n_grey = 0, n_high = 0;

  for (int i = 0; i < n; i++) {
    RwDamage damage;

    rw_camera_noise_draw (rw_random_key (SEED, (guint64) i), &damage);
    g_assert_cmpfloat (damage.values[0], >=, 0);
    g_assert_cmpfloat (damage.values[0], <=, 21);
    g_assert_cmpfloat (damage.told, >, 0.2);
    g_assert_cmpfloat (damage.told, <, 5);
    g_assert_true (damage.clip);
    n_clean += damage.values[0] <= 0.3;
    n_blind += damage.blind;
    n_grey += damage.grey;
    n_high += damage.told > 2;
  }
  g_assert_cmpfloat (fabs (n_clean / (double) n - 0.12), <=, 0.01);
  g_assert_cmpfloat (fabs (n_blind / (double) n - 0.3), <=, 0.015);
  g_assert_cmpfloat (fabs (n_grey / (double) n - 0.05), <=, 0.01);
  g_assert_cmpfloat (fabs (n_high / (double) n - 0.15), <=, 0.015);
}

/* Shares of the ways in which noise is made, and of targets that are as sharp
 * as their sources. */
static void
test_kinds (void)
{
  const int n = 20000;
  int n_kind[4] = { 0 }, n_sharp_clean = 0;

  for (int i = 0; i < n; i++) {
    RwDamage damage;
    RwCamera camera;

    rw_camera_noise_draw (rw_random_key (SEED, (guint64) i), &damage);
    rw_camera_decide (damage.key, damage.values[0], damage.grey, &camera);
    n_kind[camera.kind]++;
    n_sharp_clean += camera.kind == RW_CAMERA_CLEAN && !camera.soften;
    g_assert_true (camera.soften || camera.shrink_result == 1);
  }
  g_assert_cmpfloat (fabs (n_kind[RW_CAMERA_CLEAN] / (double) n - 0.12), <=,
                     0.01);
  g_assert_cmpfloat (fabs (n_kind[RW_CAMERA_WHITE] / (double) n - 0.15), <=,
                     0.01);
  g_assert_cmpfloat (fabs (n_kind[RW_CAMERA_SHORTCUT] / (double) n - 0.27), <=,
                     0.02);
  g_assert_cmpfloat (fabs (n_sharp_clean / (double) n - 0.06), <=, 0.01);
}

/* A pure function of the key, whatever else is in memory; 8 bits; 0..1. */
static void
test_pairs (void)
{
  const int n = 3 * 48 * 33;
  g_autofree float *last = g_new0 (float, n);

  for (guint64 i = 0; i < 60; i++) {
    RwDamage damage;

    rw_camera_noise_draw (rw_random_key (SEED, i), &damage);
    g_auto (Pair) first = make_pair (damage, shapes, 48, 33);
    g_auto (Pair) second = make_pair (damage, shapes, 48, 33);
    const gsize bytes = (gsize) n * sizeof (float);
    g_assert_cmpmem (first.input.rgb, bytes, second.input.rgb, bytes);
    g_assert_cmpmem (first.clean.rgb, bytes, second.clean.rgb, bytes);
    g_assert_cmpint (memcmp (first.input.rgb, last, bytes), !=, 0);
    memcpy (last, first.input.rgb, bytes);

    for (int k = 0; k < n; k++) {
      const float coded = 255 * first.input.rgb[k];

      g_assert_true (first.clean.rgb[k] >= 0 && first.clean.rgb[k] <= 1);
      g_assert_true (coded >= 0 && coded <= 255);
      g_assert_cmpfloat (fabsf (coded - rintf (coded)), <=, 1e-4f);
    }
    for (int k = 0; k < n && damage.grey; k++) {
      g_assert_cmpfloat (first.input.rgb[k], ==, first.input.rgb[k / 3 * 3]);
      g_assert_cmpfloat (first.clean.rgb[k], ==, first.clean.rgb[k / 3 * 3]);
    }
  }
}

/* Any size, and grey pictures of every kind; sources of exactly the extent. */
static void
test_sizes (void)
{
  const int sides[][2] = { { 1, 1 }, { 1, 40 }, { 65, 2 }, { 31, 16 } };

  for (guint64 i = 0; i < 120; i++) {
    const int *side = sides[i % G_N_ELEMENTS (sides)];
    RwDamage damage;

    rw_camera_noise_draw (rw_random_key (SEED + 1, i), &damage);
    damage.grey = i % 3 == 0;
    g_auto (Pair) pair = make_pair (damage, shapes, side[0], side[1]);
    g_assert_true (isfinite (pair.level) && pair.level >= 0);
    for (int k = 0; k < 3 * side[0] * side[1]; k++) {
      g_assert_true (isfinite (pair.clean.rgb[k]));
      g_assert_true (isfinite (pair.input.rgb[k]));
      if (damage.grey)
        g_assert_cmpfloat (pair.input.rgb[k], ==, pair.input.rgb[k / 3 * 3]);
    }
  }
}

/* What is asked for comes out in the mean, and more where more is asked. */
static void
test_level (void)
{
  for (RwCameraKind kind = RW_CAMERA_WHITE; kind <= RW_CAMERA_SENSOR; kind++) {
    double ratio = 0;
    int n = 0;

    for (guint64 i = 0; n < 50; i++) {
      RwDamage damage;
      RwCamera camera;

      rw_camera_noise_draw (rw_random_key (SEED + 2, i), &damage);
      damage.values[0] = 4;
      damage.grey = FALSE;
      rw_camera_decide (damage.key, 4, FALSE, &camera);
      if (camera.kind != kind)
        continue;
      g_auto (Pair) low = make_pair (damage, slope, 96, 96);
      damage.values[0] = 8;
      g_auto (Pair) high = make_pair (damage, slope, 96, 96);
      g_assert_cmpfloat (high.level, >, 1.3 * low.level);
      ratio += low.level / 4;
      n++;
    }
    g_test_message ("kind %d: %.2f of the level aimed at", kind, ratio / n);
    g_assert_cmpfloat (fabs (ratio / n - 1), <=, 0.25);
  }
}

/* The number returned is that of the noise that is there. */
static void
test_measure (void)
{
  RwCamera camera = make_camera (1e-3f);

  camera.n_jpegs = 0;
  g_auto (Pair) pair = make_camera_pair (&camera, slope, 0);
  g_assert_cmpfloat (fabs (deviation (&pair) / pair.level - 1), <=, 0.03);
}

/* Correlations as in 15 pairs of photographs (CC15): .57 .11 .01 and .85 .65
 * .30, of which this setting is the model. */
static void
test_correlations (void)
{
  static const double luma[] = { 1, 0.56, 0.10, 0, 0.01 };
  static const double chroma[] = { 1, 0.85, 0.67, 0, 0.29 };
  const RwCamera camera = make_camera (1e-3f);
  g_auto (Pair) pair = make_camera_pair (&camera, slope, 0);
  g_autofree double *y = make_noise (&pair, 0);
  g_autofree double *cb = make_noise (&pair, 1);

  g_assert_cmpfloat (fabs (pair.level - 2.8), <=, 0.4);
  for (int lag = 1; lag <= MAX_LAG; lag *= 2) {
    g_test_message ("lag %d: Y %.2f, Cb %.2f", lag, correlation (y, lag),
                    correlation (cb, lag));
    g_assert_cmpfloat (fabs (correlation (y, lag) - luma[lag]), <=, 0.08);
    g_assert_cmpfloat (fabs (correlation (cb, lag) - chroma[lag]), <=, 0.08);
  }
}

/* What cameras of many keys leave in their files, JPEG and all.  Where this is
 * coarser than in photographs, nets take the grain of these for texture. */
static void
test_files (void)
{
  const int n = 30;
  double near = 0, far = 0;

  for (int i = 0; i < n; i++) {
    RwCamera camera;

    for (guint64 k = 0; k == 0 || camera.kind != RW_CAMERA_SENSOR; k++)
      rw_camera_decide (rw_random_key (SEED + (guint64) i, k), 5, FALSE,
                        &camera);
    g_auto (Pair) pair = make_camera_pair (&camera, slope, 0);
    g_autofree double *y = make_noise (&pair, 0);
    near += correlation (y, 1) / n;
    far += correlation (y, 2) / n;
  }
  g_test_message ("lag 1: %.3f, lag 2: %.3f", near, far);
  g_assert_cmpfloat (fabs (near - 0.56), <=, 0.08); /* CC15: 0.56 and 0.11 */
  g_assert_cmpfloat (fabs (far - 0.11), <=, 0.08);
}

/* The sum of squared differences of neighbours in the clean picture. */
static double
sharpness (const Pair *pair)
{
  double sum = 0;

  for (int i = 3; i < 3 * SIDE * SIDE; i++)
    sum += pow ((double) (pair->clean.rgb[i] - pair->clean.rgb[i - 3]), 2);
  return sum;
}

/* A lens softens the target and leaves the noise as it was. */
static void
test_lens (void)
{
  RwCamera camera = make_camera (1e-3f);

  g_auto (Pair) sharp = make_camera_pair (&camera, shapes, 0);
  camera.lens_sigma = 1.2f;
  g_auto (Pair) soft = make_camera_pair (&camera, shapes, 0);
  g_assert_cmpfloat (sharpness (&soft), <, 0.8 * sharpness (&sharp));
  g_assert_cmpfloat (fabs (soft.level / sharp.level - 1), <=, 0.05);
}

/* Cameras crush shadows and the noise in them. */
static void
test_brightness (void)
{
  RwCamera camera = make_camera (2e-3f);

  camera.knots[0] = 0.6f;
  camera.knots[3] = 0.5f;
  g_auto (Pair) dark = make_camera_pair (&camera, slope, 0.05f);
  g_auto (Pair) middle = make_camera_pair (&camera, slope, 0.4f);
  g_auto (Pair) light = make_camera_pair (&camera, slope, 0.93f);
  g_assert_cmpfloat (dark.level, <, 0.75 * middle.level);
  g_assert_cmpfloat (light.level, <, 0.75 * middle.level);
}

/* Noise in the dark is cut off at black and so brightens; targets have the
 * same mean, so that nets do not darken what they mend. */
static void
test_mean (void)
{
  RwCamera camera = make_camera (1.5e-2f);

  camera.n_jpegs = 0;
  g_auto (Pair) pair = make_camera_pair (&camera, slope, 0.02f);
  for (int c = 0; c < 3; c++) {
    const double source = (double) pair.source.rgb[c];
    double clean = 0, input = 0;

    for (int i = 0; i < SIDE * SIDE; i++) {
      clean += (double) pair.clean.rgb[3 * i + c] / (SIDE * SIDE);
      input += (double) pair.input.rgb[3 * i + c] / (SIDE * SIDE);
    }
    g_test_message ("source %.2f, clean %.2f, noisy %.2f of 255", 255 * source,
                    255 * clean, 255 * input);
    g_assert_cmpfloat (input - source, >, 0.5 / 255);
    g_assert_cmpfloat (fabs (input - clean), <, 0.05 / 255);
  }
}

/* Clouds, lines and hot pixels add what they should and no more. */
static void
test_patterns (void)
{
  RwCamera camera = make_camera (2e-3f);

  camera.n_jpegs = 0;
  g_auto (Pair) plain = make_camera_pair (&camera, slope, 0);
  camera.cloud_share = 0.15f;
  camera.cloud_sigma = 6;
  g_auto (Pair) clouds = make_camera_pair (&camera, slope, 0);
  camera.cloud_share = 0;
  camera.line_share = 0.2f;
  g_auto (Pair) lines = make_camera_pair (&camera, slope, 0);
  camera.line_share = 0;
  camera.hot_share = 1e-4f;
  g_auto (Pair) hot = make_camera_pair (&camera, slope, 0);

  g_autofree double *far_plain = make_noise (&plain, 1);
  g_autofree double *far_clouds = make_noise (&clouds, 1);
  g_assert_cmpfloat (correlation (far_clouds, 8), >,
                     correlation (far_plain, 8) + 0.05);
  g_autofree double *across = make_noise (&lines, 0);
  g_assert_cmpfloat (covariance (across, SIDE, SIDE, 16, 0), >,
                     covariance (across, SIDE, SIDE, 0, 16) + 0.05);
  g_assert_cmpfloat (clouds.level, <, 1.2 * plain.level);
  g_assert_cmpfloat (lines.level, <, 1.3 * plain.level);
  g_assert_cmpfloat (hot.level, >, plain.level);
  g_assert_cmpfloat (hot.level, <, 1.5 * plain.level);
}

/* A picture wider than what clouds are drawn for at a time. */
static void
test_wide (void)
{
  RwCamera camera = make_camera (1e-3f);

  camera.cloud_share = 0.15f;
  camera.cloud_sigma = 4;
  g_auto (Pair) pair = {
    .source = make_source (rw_camera_extent (&camera, 2600),
                           rw_camera_extent (&camera, 9), slope, 0.4f, FALSE),
    .clean = make_sample (2600, 9),
    .input = make_sample (2600, 9),
  };
  const double level =
      rw_camera_degrade (&camera, &pair.source, &pair.clean, &pair.input);
  g_assert_cmpfloat (level, >, 2);
  g_assert_cmpfloat (level, <, 4);
}

/* A sharp clean target is the source, and so is the input but for rounding. */
static void
test_sharp (void)
{
  RwCamera camera = make_camera (0);

  camera.kind = RW_CAMERA_CLEAN;
  camera.soften = FALSE;
  camera.n_jpegs = 0;
  g_auto (Pair) pair = make_camera_pair (&camera, shapes, 0);
  for (int i = 0; i < 3 * SIDE * SIDE; i++) {
    const int x = i / 3 % SIDE + RW_CAMERA_MARGIN;
    const int y = i / 3 / SIDE + RW_CAMERA_MARGIN;
    const float want =
        pair.source.rgb[3 * (y * pair.source.width + x) + i % 3];

    g_assert_cmpfloat (fabsf (pair.clean.rgb[i] - want), <=, 1e-5f);
    g_assert_cmpfloat (fabsf (pair.input.rgb[i] - want), <=,
                       0.5f / 255 + 1e-5f);
  }
}

/* Without noise a camera keeps flat colour what it is, for every sensor. */
static void
test_development (void)
{
  RwCamera camera = make_camera (0);

  camera.read = 0;
  camera.n_jpegs = 0;
  for (int i = 0; i < 4 * RW_N_DEMOSAICS + 1; i++) {
    camera.phase = i % 4;
    camera.demosaic = (RwDemosaic) (i / 4 % RW_N_DEMOSAICS);
    camera.mosaic = i < 4 * RW_N_DEMOSAICS;
    g_auto (Pair) pair = make_camera_pair (&camera, slope, 0.4f);
    for (int k = 0; k < 3 * SIDE * SIDE; k++) {
      g_assert_cmpfloat (fabsf (pair.clean.rgb[k] - pair.source.rgb[k % 3]),
                         <=, 2e-3f);
      g_assert_cmpfloat (fabsf (pair.input.rgb[k] - pair.clean.rgb[k]), <=,
                         0.5f / 255 + 1e-5f);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera-noise/draw", test_draw);
  g_test_add_func ("/camera-noise/kinds", test_kinds);
  g_test_add_func ("/camera-noise/pairs", test_pairs);
  g_test_add_func ("/camera-noise/sizes", test_sizes);
  g_test_add_func ("/camera-noise/level", test_level);
  g_test_add_func ("/camera-noise/measure", test_measure);
  g_test_add_func ("/camera-noise/correlations", test_correlations);
  g_test_add_func ("/camera-noise/files", test_files);
  g_test_add_func ("/camera-noise/lens", test_lens);
  g_test_add_func ("/camera-noise/brightness", test_brightness);
  g_test_add_func ("/camera-noise/mean", test_mean);
  g_test_add_func ("/camera-noise/patterns", test_patterns);
  g_test_add_func ("/camera-noise/wide", test_wide);
  g_test_add_func ("/camera-noise/sharp", test_sharp);
  g_test_add_func ("/camera-noise/development", test_development);
  return g_test_run ();
}
