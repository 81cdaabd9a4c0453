/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/dataset*.c: what is found, what is left out and told, splits, and
 * patches that are what they say.
 */
#include "train/dataset.h"

#include "base/parallel.h"
#include "base/random.h"
#include "scratch.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { SEED = 16 };

/* Red is x, green y, blue 0, in steps of @scale: a patch tells its place. */
static RwPicture *
make_ramp (int width, int height, int channels, int depth)
{
  RwPicture *picture = rw_picture_new (width, height, channels, depth, NULL);

  g_assert_nonnull (picture);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < channels; c++) {
        const int values[4] = { channels < 3 ? x + y : x,
                                channels < 3 ? 255 : y, 0, 7 };
        const int at = (y * width + x) * channels + c;
        if (depth == 8)
          ((guint8 *) picture->data)[at] = (guint8) values[c];
        else
          ((guint16 *) picture->data)[at] = (guint16) (257 * values[c]);
      }
  return picture;
}

static void
save_ramp (const Scratch *scratch,
           const char *name,
           int width,
           int height,
           int channels,
           int depth)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scratch_path (scratch, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (RwPicture) picture = make_ramp (width, height, channels, depth);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (rw_picture_save (picture, path, 95, &error));
  g_assert_no_error (error);
}

static void
save_text (const Scratch *scratch, const char *name, const char *text)
{
  g_autofree char *path = scratch_path (scratch, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static RwDataset *
load (const char *path, int min_side, RwDatasetReport *report, GError **error)
{
  return rw_dataset_load (
      path, &(RwDatasetOptions){ .min_side = min_side, .seed = SEED }, report,
      error);
}

/* ---- loading ------------------------------------------------------------ */

static void
test_folder (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  RwDatasetReport report;

  save_ramp (scratch, "c.png", 40, 38, 3, 8);
  save_ramp (scratch, "b/deep/a.PNG", 33, 47, 4, 8);
  save_ramp (scratch, "b/z.png", 32, 32, 1, 16);
  save_ramp (scratch, "a.jpeg", 64, 64, 3, 8);
  save_ramp (scratch, "small.png", 31, 90, 3, 8);
  save_ramp (scratch, ".hidden.png", 64, 64, 3, 8);
  save_text (scratch, "broken.jpg", "not a picture");
  save_text (scratch, "notes.txt", "not a picture");
  g_autoptr (RwDataset) set = load (scratch->folder, 32, &report, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 4);
  g_assert_cmpuint (report.n_files, ==, 6);
  g_assert_cmpuint (report.n_kept, ==, 4);
  g_assert_cmpuint (report.n_broken, ==, 1);
  g_assert_cmpuint (report.n_small, ==, 1);
  g_assert_nonnull (strstr (report.broken[0], "broken.jpg"));
  g_assert_nonnull (strstr (report.small[0], "small.png"));
  g_assert_null (report.broken[1]);
  g_assert_cmpuint (report.n_bytes, ==,
                    3 * (40 * 38 + 33 * 47 + 64 * 64) + 6 * 32 * 32);
  static const char *const ends[] = { "a.jpeg", "a.PNG", "z.png", "c.png" };
  for (int i = 0; i < 4; i++) {
    g_assert_true (g_str_has_suffix (rw_dataset_get_name (set, i), ends[i]));
    g_assert_cmpint (rw_dataset_get_picture (set, i)->channels, ==, 3);
  }
  g_assert_cmpint (rw_dataset_get_picture (set, 2)->depth, ==, 16);
  g_assert_cmpint (rw_dataset_get_min_side (set), ==, 32);
  rw_dataset_report_clear (&report);
}

/* Colour of RGB + alpha is kept; grey comes three times. */
static void
test_channels (Scratch *scratch, gconstpointer data)
{
  save_ramp (scratch, "1.png", 20, 30, 1, 16);
  save_ramp (scratch, "2.png", 20, 30, 2, 8);
  save_ramp (scratch, "4.png", 20, 30, 4, 8);
  g_autoptr (RwDataset) set = load (scratch->folder, 8, NULL, NULL);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 3);
  const guint16 *grey = rw_dataset_get_picture (set, 0)->data;
  const guint8 *grey_alpha = rw_dataset_get_picture (set, 1)->data;
  const guint8 *colour_alpha = rw_dataset_get_picture (set, 2)->data;
  for (int i = 0; i < 20 * 30; i++) {
    const int x = i % 20, y = i / 20;
    for (int c = 0; c < 3; c++) {
      g_assert_cmpint (grey[3 * i + c], ==, 257 * (x + y));
      g_assert_cmpint (grey_alpha[3 * i + c], ==, x + y);
      g_assert_cmpint (colour_alpha[3 * i + c], ==,
                       c == 0   ? x
                       : c == 1 ? y
                                : 0);
    }
  }
}

static void
test_errors (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  RwDatasetReport report;
  g_autofree char *missing = scratch_path (scratch, "missing");

  g_assert_null (load (missing, 8, NULL, &error));
  assert_error (&error, RW_ERROR_IO, "missing: cannot be read");
  g_assert_null (load (scratch->folder, 8, NULL, &error));
  assert_error (&error, RW_ERROR_FORMAT, "no file in it ends in .png");
  save_text (scratch, "broken.png", "x");
  save_ramp (scratch, "small.png", 20, 20, 3, 8);
  g_assert_null (load (scratch->folder, 32, &report, &error));
  assert_error (&error, RW_ERROR_FORMAT,
                "none of its 2 pictures can be used: 1 broken (first: ");
  g_assert_cmpuint (report.n_broken, ==, 1);
  g_assert_cmpuint (report.n_small, ==, 1);
  rw_dataset_report_clear (&report);
  const RwDatasetOptions tight = { .min_side = 8,
                                   .max_bytes = 20 * 20 * 3 - 1 };
  g_assert_null (rw_dataset_load (scratch->folder, &tight, NULL, &error));
  assert_error (&error, RW_ERROR_LIMIT, "which is the cap");
}

static void
test_unreadable (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;

  if (geteuid () == 0) {
    g_test_skip ("root reads everything");
    return;
  }
  g_chmod (scratch->folder, 0);
  g_assert_null (load (scratch->folder, 8, NULL, &error));
  assert_error (&error, RW_ERROR_IO, "cannot be read");
  g_chmod (scratch->folder, 0700);
}

/* A file cut short behind its header passes the probe and fails to load. */
static void
test_truncated (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");
  g_autofree char *bytes = NULL;
  gsize n = 0;
  RwDatasetReport report;

  save_ramp (scratch, "a.png", 90, 90, 3, 8);
  save_ramp (scratch, "b.png", 20, 20, 3, 8);
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n - 40, NULL));
  g_autoptr (RwDataset) set = load (scratch->folder, 8, &report, NULL);
  g_assert_nonnull (set);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 1);
  g_assert_cmpuint (report.n_broken, ==, 1);
  rw_dataset_report_clear (&report);
}

static void
test_link_circle (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  g_autofree char *path = scratch_path (scratch, "again");

  g_assert_cmpint (symlink (".", path), ==, 0);
  g_assert_null (load (scratch->folder, 8, NULL, &error));
  assert_error (&error, RW_ERROR_LIMIT, "circle of links");
}

static void
test_synth (void)
{
  GError *error = NULL;
  RwDatasetReport report;
  g_autoptr (RwDataset) set = load ("synth:3", 64, &report, &error);
  g_autoptr (RwDataset) more = load ("synth:4", 64, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 3);
  g_assert_cmpuint (report.n_kept, ==, 3);
  g_assert_cmpint (rw_dataset_get_min_side (set), ==, 256);
  for (int i = 0; i < 3; i++)
    g_assert_cmpmem (rw_dataset_get_picture (set, i)->data, 256 * 256 * 3,
                     rw_dataset_get_picture (more, i)->data, 256 * 256 * 3);
  static const char *const wrong[] = { "synth:",  "synth:0",  "synth:-1",
                                       "synth:x", "synth:3x", "synth:100001" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_null (load (wrong[i], 64, NULL, &error));
    assert_error (&error, RW_ERROR_FORMAT,
                  "is not a number of pictures in 1..100000");
  }
  g_assert_null (load ("synth:3", 257, NULL, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "256 pixels wide");
  g_assert_null (load ("synth:100000", 64, NULL, &error));
  assert_error (&error, RW_ERROR_LIMIT, "which is the cap");
}

/* ---- splitting, joining, telling apart ---------------------------------- */

static gboolean
contains (const RwDataset *set, const RwPicture *picture)
{
  for (int i = 0; i < rw_dataset_get_n (set); i++)
    if (rw_dataset_get_picture (set, i) == picture)
      return TRUE;
  return FALSE;
}

static void
test_split (void)
{
  g_autoptr (RwDataset) all = load ("synth:45", 64, NULL, NULL);
  g_autoptr (RwDataset) training = NULL, validation = NULL, again = NULL,
                        rest = NULL;

  g_assert_true (rw_dataset_split (all, 3, &training, &validation, NULL));
  g_assert_cmpint (rw_dataset_get_n (validation), ==, 2);
  g_assert_cmpint (rw_dataset_get_n (training), ==, 43);
  for (int i = 0; i < 45; i++) {
    const RwPicture *picture = rw_dataset_get_picture (all, i);
    g_assert_true (contains (training, picture) !=
                   contains (validation, picture));
  }
  g_assert_true (rw_dataset_split (all, 3, &rest, &again, NULL));
  for (int i = 0; i < 2; i++)
    g_assert_true (contains (validation, rw_dataset_get_picture (again, i)));
}

static void
test_split_few (void)
{
  g_autoptr (RwDataset) one = load ("synth:1", 64, NULL, NULL);
  g_autoptr (RwDataset) two = load ("synth:2", 64, NULL, NULL);
  RwDataset *training = NULL, *validation = NULL;
  GError *error = NULL;

  g_assert_false (rw_dataset_split (one, 0, &training, &validation, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "the only picture");
  g_assert_null (training);
  g_assert_true (rw_dataset_split (two, 0, &training, &validation, &error));
  g_assert_cmpint (rw_dataset_get_n (training), ==, 1);
  g_assert_cmpint (rw_dataset_get_n (validation), ==, 1);
  rw_dataset_free (training);
  rw_dataset_free (validation);
}

static void
test_join (void)
{
  g_autoptr (RwDataset) a = load ("synth:2", 64, NULL, NULL);
  g_autoptr (RwDataset) b = load ("synth:3", 64, NULL, NULL);
  g_autoptr (RwDataset) both = rw_dataset_join ((RwDataset *[]){ a, b }, 2);

  g_assert_cmpint (rw_dataset_get_n (both), ==, 5);
  g_assert_true (rw_dataset_get_picture (both, 1) ==
                 rw_dataset_get_picture (a, 1));
  g_assert_true (rw_dataset_get_picture (both, 4) ==
                 rw_dataset_get_picture (b, 2));
}

static void
test_fingerprint (void)
{
  g_autoptr (RwDataset) a = load ("synth:3", 64, NULL, NULL);
  g_autoptr (RwDataset) b = load ("synth:3", 64, NULL, NULL);
  g_autofree char *first = rw_dataset_get_fingerprint (a);
  g_autofree char *same = rw_dataset_get_fingerprint (b);
  guint8 *pixels = rw_dataset_get_picture (b, 2)->data;

  g_assert_cmpuint (strlen (first), ==, 16);
  g_assert_cmpstr (first, ==, same);
  pixels[256 * 256 * 3 - 1] ^= 1;
  g_autofree char *other = rw_dataset_get_fingerprint (b);
  g_assert_cmpstr (first, !=, other);
}

/* ---- patches ------------------------------------------------------------ */

enum { PATCH = 16, N_VALUES = PATCH * PATCH * 3 };

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
    rw_dataset_draw (set, rw_random_key (SEED, (guint64) i), PATCH, rgb);
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
    rw_dataset_draw (set, rw_random_key (SEED, (guint64) i), PATCH, rgb);
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
    rw_dataset_draw (set, rw_random_key (SEED, (guint64) i), PATCH, rgb);
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
    rw_dataset_draw (set, rw_random_key (SEED, i), PATCH, first);
    rw_dataset_draw (set, rw_random_key (SEED, i), PATCH, second);
    rw_dataset_draw (set, rw_random_key (SEED, i + 1), PATCH, other);
    g_assert_cmpmem (first, sizeof first, second, sizeof second);
    g_assert_cmpint (memcmp (first, other, sizeof first), !=, 0);
    for (int k = 0; k < N_VALUES; k++)
      g_assert_true (first[k] >= 0 && first[k] <= 1);
  }
}

#define ADD(path, data, func)                                                 \
  g_test_add (path, Scratch, data, scratch_set_up, func, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/dataset/folder", NULL, test_folder);
  ADD ("/dataset/channels", NULL, test_channels);
  ADD ("/dataset/errors", NULL, test_errors);
  ADD ("/dataset/unreadable", NULL, test_unreadable);
  ADD ("/dataset/truncated", NULL, test_truncated);
  ADD ("/dataset/link-circle", NULL, test_link_circle);
  g_test_add_func ("/dataset/synth", test_synth);
  g_test_add_func ("/dataset/split", test_split);
  g_test_add_func ("/dataset/split-few", test_split_few);
  g_test_add_func ("/dataset/join", test_join);
  g_test_add_func ("/dataset/fingerprint", test_fingerprint);
  ADD ("/dataset/patches/8", GINT_TO_POINTER (8), test_patches);
  ADD ("/dataset/patches/16", GINT_TO_POINTER (16), test_patches);
  ADD ("/dataset/symmetries", NULL, test_symmetries);
  ADD ("/dataset/area", NULL, test_area);
  g_test_add_func ("/dataset/draw-pure", test_draw_pure);
  return g_test_run ();
}
