/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/data/crop.c and augment.c: patches that are what they say, and each
 * augmentation by itself.
 */
#include "train/data/crop.h"

#include "base/random.h"
#include "dataset-files.h"

#include <math.h>

enum { PATCH = 16, N_VALUES = PATCH * PATCH * 3 };

/* A recipe's defaults. */
static const RwAugment usual = { .flip = TRUE,
                                 .turn = TRUE,
                                 .scale = 0.25f,
                                 .exposure = 0.25f,
                                 .exposure_low = 0.8f,
                                 .exposure_high = 1.1f,
                                 .permute = 0.2f };

/* A patch of any picture of the set. */
static void
draw (const RwDataset *set, const RwAugment *augment, guint64 key, float *rgb)
{
  const RwPicture *picture =
      rw_dataset_get_picture (set, rw_dataset_pick (set, key));
  const RwCrop crop =
      rw_crop_draw (augment, key, picture->width, picture->height, PATCH);

  rw_crop_read (&crop, picture, PATCH, 1, rgb);
}

static double
value_at (const float *rgb, int x, int y, int c)
{
  return 255 * (double) rgb[3 * (y * PATCH + x) + c];
}

/* The two slopes of channel @c; the patch has to be a plane. */
static void
fit_plane (const float *rgb, int c, double *across, double *down)
{
  *across = value_at (rgb, 1, 0, c) - value_at (rgb, 0, 0, c);
  *down = value_at (rgb, 0, 1, c) - value_at (rgb, 0, 0, c);
  for (int y = 0; y < PATCH; y++)
    for (int x = 0; x < PATCH; x++) {
      const double plane = value_at (rgb, 0, 0, c) + x * *across + y * *down;
      g_assert_cmpfloat (fabs (value_at (rgb, x, y, c) - plane), <=, 1e-3);
    }
}

/* What is smaller than the patch lies in its middle, mirrored all around. */
static void
test_mirrored (void)
{
  static const RwAugment none = { 0 };
  static const int sizes[][2] = {
    { 9, 40 }, { 40, 7 }, { 5, 3 }, { 1, 1 }, { 16, 15 }
  };
  float rgb[N_VALUES];

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    const int width = sizes[s][0], height = sizes[s][1];
    g_autoptr (RwPicture) picture = rw_picture_new (width, height, 3, 8, NULL);
    guint8 *data = picture->data;
    for (int i = 0; i < 3 * width * height; i++)
      data[i] = (guint8) rw_random_bits (s, (guint64) i);
    for (guint64 key = 0; key < 20; key++) {
      const RwCrop crop = rw_crop_draw (&none, key, width, height, PATCH);
      g_assert_cmpint (crop.step, ==, 1);
      g_assert_true (width >= PATCH ? crop.x >= 0 && crop.x <= width - PATCH
                                    : crop.x == (width - PATCH) / 2);
      g_assert_true (height >= PATCH ? crop.y >= 0 && crop.y <= height - PATCH
                                     : crop.y == (height - PATCH) / 2);
      rw_crop_read (&crop, picture, PATCH, 1, rgb);
      for (int y = 0; y < PATCH; y++)
        for (int x = 0; x < PATCH; x++) {
          int px = crop.x + x, py = crop.y + y; /* reflect until inside */
          while (px < 0 || px >= width)
            px = px < 0 ? -1 - px : 2 * width - 1 - px;
          while (py < 0 || py >= height)
            py = py < 0 ? -1 - py : 2 * height - 1 - py;
          for (int c = 0; c < 3; c++)
            g_assert_cmpfloat (fabs (value_at (rgb, x, y, c) -
                                     data[3 * (py * width + px) + c]),
                               <=, 1e-4);
        }
    }
  }
}

/* Each patch of the ramps is a piece of them under one of 8 symmetries, one of
 * two scales and a gain within bounds; and all of that occurs. */
static void
test_patches (Scratch *scratch, gconstpointer data)
{
  guint symmetries = 0, zeros = 0;
  int n_half = 0, n_gained = 0;
  const int n = 2000;

  save_ramp (scratch, "ramp.png", 100, 80, 3, GPOINTER_TO_INT (data));
  g_autoptr (RwDataset) set = load (scratch->folder, PATCH, NULL, NULL);
  for (int i = 0; i < n; i++) {
    float rgb[N_VALUES];
    draw (set, &usual, rw_random_key (SEED, (guint64) i), rgb);
    double least = 10, most = 0;
    guint signs = 0;
    int n_flat = 0;
    for (int c = 0; c < 3; c++) {
      double across, down;
      fit_plane (rgb, c, &across, &down);
      const double slope = fabs (across) + fabs (down);
      g_assert_cmpfloat (fmin (fabs (across), fabs (down)), <=, 1e-3);
      if (slope < 0.5) {
        zeros |= 1u << c;
        n_flat++;
        continue;
      }
      least = fmin (least, slope);
      most = fmax (most, slope);
      if (fabs (across) > 0.5)
        signs |= across > 0 ? 1 : 2;
      else
        signs |= down > 0 ? 4 : 8;
    }
    g_assert_cmpint (n_flat, ==, 1);
    g_assert_cmpfloat (fabs (least - most), <=, 1e-3);
    g_assert_true ((least > 0.79 && least < 1.11) ||
                   (least > 1.59 && least < 2.21));
    n_half += least > 1.5;
    n_gained += fabs (least - rint (least)) > 1e-3;
    symmetries |= 1u << signs;
  }
  g_assert_cmpint (__builtin_popcount (symmetries), ==,
                   4); /* two signs; axes are told apart below */
  g_assert_cmpuint (zeros, ==, 7);
  g_assert_cmpint (abs (n_half - n / 4), <, n / 20);
  g_assert_cmpint (abs (n_gained - n / 4), <, n / 20);
}

/* Undisturbed draws of a picture as large as the patch: all 8 symmetries. */
static void
test_symmetries (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  int n_plain = 0;

  save_ramp (scratch, "ramp.png", PATCH, PATCH, 3, 8);
  g_autoptr (RwDataset) set = load (scratch->folder, PATCH, NULL, NULL);
  for (int i = 0; i < 800; i++) {
    float rgb[N_VALUES];
    draw (set, &usual, rw_random_key (SEED, (guint64) i), rgb);
    double corners[3], x_across, x_down, y_across, y_down;
    for (int c = 0; c < 3; c++)
      corners[c] = value_at (rgb, 0, 0, c);
    fit_plane (rgb, 0, &x_across, &x_down);
    fit_plane (rgb, 1, &y_across, &y_down);
    if (fabs (value_at (rgb, PATCH / 2, PATCH / 2, 2)) > 1e-6 ||
        fabs (fabs (x_across + x_down) - 1) > 1e-3)
      continue; /* permuted or another gain */
    n_plain++;
    g_hash_table_add (seen,
                      g_strdup_printf ("%.0f %.0f %.0f %.0f %.0f",
                                       rint (x_across), rint (y_across),
                                       corners[0], corners[1], corners[2]));
  }
  g_assert_cmpint (n_plain, >, 300);
  g_assert_cmpuint (g_hash_table_size (seen), >=, 8);
}

/* Two plain pictures, one with three times the pixels of the other. */
static void
test_area (Scratch *scratch, gconstpointer data)
{
  const int n = 4000;
  int n_large = 0;

  save_ramp (scratch, "large.png", 96, 64, 3, 8);
  save_ramp (scratch, "tiny.png", 32, 64, 3, 8);
  g_autoptr (RwDataset) set = load (scratch->folder, PATCH, NULL, NULL);
  memset (rw_dataset_get_picture (set, 0)->data, 200, 96 * 64 * 3);
  memset (rw_dataset_get_picture (set, 1)->data, 50, 32 * 64 * 3);
  for (int i = 0; i < n; i++) {
    float rgb[N_VALUES];
    draw (set, &usual, rw_random_key (SEED, (guint64) i), rgb);
    n_large += rgb[0] > 0.5f;
  }
  g_assert_cmpint (abs (n_large - 3 * n / 4), <, n / 40);
}

static void
test_draw_pure (void)
{
  g_autoptr (RwDataset) set = load ("synth:3", 64, NULL, NULL);
  float first[N_VALUES], second[N_VALUES], other[N_VALUES];

  for (guint64 i = 0; i < 50; i++) {
    draw (set, &usual, rw_random_key (SEED, i), first);
    draw (set, &usual, rw_random_key (SEED, i), second);
    draw (set, &usual, rw_random_key (SEED, i + 1), other);
    g_assert_cmpmem (first, sizeof first, second, sizeof second);
    g_assert_cmpint (memcmp (first, other, sizeof first), !=, 0);
    for (int k = 0; k < N_VALUES; k++)
      g_assert_true (first[k] >= 0 && first[k] <= 1);
  }
}

/* ---- one augmentation at a time ----------------------------------------- */

static void
test_defaults (void)
{
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();
  const RwAugment augment = rw_augment_get (recipe);

  g_assert_true (augment.flip && augment.turn);
  g_assert_true (augment.scale == usual.scale);
  g_assert_true (augment.exposure == usual.exposure);
  g_assert_true (augment.exposure_low == usual.exposure_low);
  g_assert_true (augment.exposure_high == usual.exposure_high);
  g_assert_true (augment.permute == usual.permute);
  g_assert_true (augment.mixup == 0);
}

/* What n draws of a picture of 100 x 80 come to. */
typedef struct {
  guint symmetries; /* bit for each that occurs */
  int n_half, n_gained, n_permuted;
  float least, most; /* gain */
} Tally;

static Tally
tally (const RwAugment *augment)
{
  Tally t = { .least = 9, .most = 0 };

  for (guint64 i = 0; i < 2000; i++) {
    const guint64 key = rw_random_key (SEED, i);
    const RwCrop crop = rw_crop_draw (augment, key, 100, 80, PATCH);
    const RwCrop again = rw_crop_draw (augment, key, 100, 80, PATCH);
    g_assert_true (crop.x == again.x && crop.y == again.y);
    g_assert_true (crop.step == again.step && crop.gain == again.gain);
    g_assert_true (crop.symmetry == again.symmetry &&
                   crop.order == again.order);
    g_assert_cmpint (crop.x, >=, 0);
    g_assert_cmpint (crop.x + crop.step * PATCH, <=, 100);
    g_assert_cmpint (crop.y, >=, 0);
    g_assert_cmpint (crop.y + crop.step * PATCH, <=, 80);
    t.symmetries |= 1u << crop.symmetry;
    t.n_half += crop.step == 2;
    t.n_gained += crop.gain != 1;
    t.n_permuted += crop.order[0] != 0 || crop.order[1] != 1;
    t.least = MIN (t.least, crop.gain);
    t.most = MAX (t.most, crop.gain);
  }
  return t;
}

static void
test_none (void)
{
  const Tally t = tally (&(RwAugment){ 0 });

  g_assert_cmpuint (t.symmetries, ==, 1);
  g_assert_cmpint (t.n_half + t.n_gained + t.n_permuted, ==, 0);
}

static void
test_flip_and_turn (void)
{
  const Tally flip = tally (&(RwAugment){ .flip = TRUE });
  const Tally turn = tally (&(RwAugment){ .turn = TRUE });
  const Tally both = tally (&(RwAugment){ .flip = TRUE, .turn = TRUE });

  g_assert_cmpuint (flip.symmetries, ==, 1u << 0 | 1u << RW_FLIP_X);
  g_assert_cmpuint (turn.symmetries, ==,
                    1u << 0 | 1u << (RW_SWAP_AXES | RW_FLIP_X) |
                        1u << (RW_FLIP_X | RW_FLIP_Y) |
                        1u << (RW_SWAP_AXES | RW_FLIP_Y));
  g_assert_cmpuint (both.symmetries, ==, 255);
}

/* Turns keep the sense of rotation, mirroring does not: the corners of the
 * patch in reading order, as a cycle. */
static void
test_turns_are_turns (Scratch *scratch, gconstpointer data)
{
  const RwAugment turn = { .turn = TRUE };
  float rgb[N_VALUES];

  save_ramp (scratch, "ramp.png", PATCH, PATCH, 3, 8);
  g_autoptr (RwDataset) set = load (scratch->folder, PATCH, NULL, NULL);
  for (guint64 i = 0; i < 100; i++) {
    draw (set, &turn, rw_random_key (SEED, i), rgb);
    double x_across, x_down, y_across, y_down;
    fit_plane (rgb, 0, &x_across, &x_down);
    fit_plane (rgb, 1, &y_across, &y_down);
    const double turned = x_across * y_down - x_down * y_across;
    g_assert_cmpfloat (fabs (turned - 1), <=, 1e-3);
  }
}

static void
test_shares (void)
{
  const Tally scale = tally (&(RwAugment){ .scale = 0.5f });
  const Tally gain = tally (&(RwAugment){
      .exposure = 0.75f, .exposure_low = 0.5f, .exposure_high = 2 });
  const Tally permuted = tally (&(RwAugment){ .permute = 1 });

  g_assert_cmpint (abs (scale.n_half - 1000), <, 100);
  g_assert_cmpint (scale.n_gained + scale.n_permuted, ==, 0);
  g_assert_cmpint (abs (gain.n_gained - 1500), <, 100);
  g_assert_cmpint (gain.n_half + gain.n_permuted, ==, 0);
  g_assert_true (gain.least >= 0.5f && gain.least < 0.52f);
  g_assert_true (gain.most <= 2 && gain.most > 1.97f);
  g_assert_cmpint (abs (permuted.n_permuted - 2000 * 5 / 6), <, 100);
  g_assert_cmpint (permuted.n_half + permuted.n_gained, ==, 0);
}

/* A gain cuts at 1, and a share mixes. */
static void
test_gain_and_share (void)
{
  g_autoptr (RwPicture) picture = make_ramp (20, 20, 3, 8);
  const RwAugment bright = { .exposure = 1,
                             .exposure_low = 4,
                             .exposure_high = 4 };
  const RwCrop crop = rw_crop_draw (&bright, 1, 20, 20, PATCH);
  float rgb[N_VALUES];

  memset (picture->data, 60, 20 * 20 * 3);
  rw_crop_read (&crop, picture, PATCH, 1, rgb);
  for (int i = 0; i < N_VALUES; i++)
    g_assert_cmpfloat (fabs ((double) rgb[i] - 240.0 / 255), <=, 1e-6);
  memset (picture->data, 200, 20 * 20 * 3);
  rw_crop_read (&crop, picture, PATCH, 0.25f, rgb); /* of 1 */
  for (int i = 0; i < N_VALUES; i++)
    g_assert_cmpfloat (fabs ((double) rgb[i] - (0.75 * 240 / 255 + 0.25)), <=,
                       1e-6);
}

/* Mean 1/2 and variance 1 / (4 (2 alpha + 1)) of Beta (alpha, alpha); for
 * alpha = 1 it is uniform. */
static void
test_mixing_shares (void)
{
  static const double alphas[] = { 0.01, 0.2, 1, 2 };
  const int n = 20000;

  for (guint a = 0; a < G_N_ELEMENTS (alphas); a++) {
    const RwAugment augment = { .mixup = alphas[a] };
    double sum = 0, squares = 0;
    int n_low = 0;
    for (guint64 i = 0; i < (guint64) n; i++) {
      const float share = rw_augment_share (&augment, rw_random_key (7, i));
      g_assert_true (share >= 0 && share <= 1);
      g_assert_true (share ==
                     rw_augment_share (&augment, rw_random_key (7, i)));
      sum += (double) share;
      squares += ((double) share - 0.5) * ((double) share - 0.5);
      n_low += share < 0.25f;
    }
    const double variance = 1 / (4 * (2 * alphas[a] + 1));
    g_assert_cmpfloat (fabs (sum / n - 0.5), <=, 0.015);
    g_assert_cmpfloat (fabs (squares / n - variance), <=, 0.02 * variance);
    if (alphas[a] == 1)
      g_assert_cmpint (abs (n_low - n / 4), <, n / 50);
  }
}

#define ADD(path, data, func)                                                 \
  g_test_add (path, Scratch, data, scratch_set_up, func, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/crop/patches/8", GINT_TO_POINTER (8), test_patches);
  ADD ("/crop/patches/16", GINT_TO_POINTER (16), test_patches);
  ADD ("/crop/symmetries", NULL, test_symmetries);
  ADD ("/crop/area", NULL, test_area);
  g_test_add_func ("/crop/draw-pure", test_draw_pure);
  g_test_add_func ("/crop/defaults", test_defaults);
  g_test_add_func ("/crop/none", test_none);
  g_test_add_func ("/crop/flip-and-turn", test_flip_and_turn);
  ADD ("/crop/turns", NULL, test_turns_are_turns);
  g_test_add_func ("/crop/shares", test_shares);
  g_test_add_func ("/crop/gain-and-share", test_gain_and_share);
  g_test_add_func ("/crop/mixing-shares", test_mixing_shares);
  g_test_add_func ("/crop/mirrored", test_mirrored);
  return g_test_run ();
}
