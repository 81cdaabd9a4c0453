/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Repeated shots: found, moved to one place, brought to one brightness, and
 * made pairs whose two noises know nothing of each other.
 */
#include "train/data/align.h"
#include "train/data/dead-leaves.h"
#include "train/data/repeats.h"

#include "base/random.h"
#include "scratch.h"
#include "tasks/task.h"

#include <math.h>

enum { WIDTH = 200, HEIGHT = 180, MARGIN = 60, NOISE_SEED = 77 };
#define LEVEL (12.0 / 255)

/* How a shot is taken. */
typedef struct {
  guint64 scene;
  int x, y; /* where it looks */
  double gain;
  double level; /* of its noise */
} Take;

/* What the camera sees, without noise. */
static double
see (const RwPicture *leaves, const Take *take, int x, int y, int c)
{
  const int at =
      ((MARGIN + y + take->y) * leaves->width + MARGIN + x + take->x) * 3 + c;

  return take->gain * ((const guint8 *) leaves->data)[at] / 255.0 * 0.6 + 0.15;
}

static RwPicture *
shoot (const Take *take, guint64 number)
{
  g_autoptr (RwPicture) leaves = rw_dead_leaves_new (
      5, take->scene, WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN, NULL);
  RwPicture *shot = rw_picture_new (WIDTH, HEIGHT, 3, 16, NULL);
  guint16 *data = shot->data;
  const guint64 key = rw_random_key (NOISE_SEED, number);

  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 3; c++) {
        const guint64 i = (guint64) ((y * WIDTH + x) * 3 + c);
        const double noise =
            take->level > 0
                ? take->level *
                      sqrt (-2 * log (1 - (double) rw_random_uniform (
                                              key, 2 * i))) *
                      cos (2 * G_PI *
                           (double) rw_random_uniform (key, 2 * i + 1))
                : 0;
        const double value = see (leaves, take, x, y, c) + noise;
        *data++ = (guint16) (65535 * CLAMP (value, 0, 1) + 0.5);
      }
  return shot;
}

static void
save_shot (const Scratch *scratch,
           const char *name,
           const Take *take,
           guint64 number)
{
  g_autofree char *path = scratch_path (scratch, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (RwPicture) shot = shoot (take, number);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (rw_picture_save (shot, path, 100, NULL));
}

/* ---- alignment ---------------------------------------------------------- */

static void
test_align (void)
{
  static const int moves[][2] = {
    { 0, 0 }, { 1, 0 }, { -7, 5 }, { 31, -40 }, { -50, -22 }
  };
  const Take still = { .scene = 1, .gain = 1, .level = LEVEL };
  g_autoptr (RwPicture) first = shoot (&still, 0);

  for (guint i = 0; i < G_N_ELEMENTS (moves); i++) {
    const Take moved = { .scene = 1,
                         .x = moves[i][0],
                         .y = moves[i][1],
                         .gain = 0.9,
                         .level = 2 * LEVEL };
    g_autoptr (RwPicture) second = shoot (&moved, i + 1);
    RwShift shift;
    g_assert_true (rw_align_find (first, second, &shift, NULL));
    g_assert_cmpint (shift.x, ==, -moves[i][0]);
    g_assert_cmpint (shift.y, ==, -moves[i][1]);
  }
}

/* ---- loading ------------------------------------------------------------ */

static RwDataset *
load (const Scratch *scratch,
      RwRepeatsReport *told,
      RwDatasetReport *report,
      GError **error)
{
  g_autofree char *path = scratch_path (scratch, "shots");

  return rw_dataset_load_repeats (path, &(RwDatasetOptions){ .min_side = 64 },
                                  told, report, error);
}

static const Take takes[] = {
  { .scene = 1, .gain = 1, .level = LEVEL },
  { .scene = 1, .x = 6, .y = -4, .gain = 0.9, .level = LEVEL },
  { .scene = 1, .x = -3, .y = 9, .gain = 1.05, .level = LEVEL },
};

/* The mean square of what @picture has besides what the take sees, @x and @y
 * being where its first pixel is in the first shot. */
static double
measure_error (const RwPicture *picture, const Take *take, int x0, int y0)
{
  g_autoptr (RwPicture) leaves = rw_dead_leaves_new (
      5, take->scene, WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN, NULL);
  const Take where = { .scene = take->scene, .gain = take->gain };
  double sum = 0;

  for (int y = 0; y < picture->height; y++)
    for (int x = 0; x < picture->width; x++)
      for (int c = 0; c < 3; c++) {
        const int at = (y * picture->width + x) * 3 + c;
        const double want = see (leaves, &where, x0 + x, y0 + y, c);
        const double got = ((const guint16 *) picture->data)[at] / 65535.0;
        sum += (got - want) * (got - want);
      }
  return sum / (3.0 * picture->width * picture->height);
}

/* The noise of the mean of the two other shots, in the brightness of shot
 * @i, relative to that of one. */
static double
get_rest (int i)
{
  const double a = takes[(i + 1) % 3].gain, b = takes[(i + 2) % 3].gain;

  return takes[i].gain * sqrt (1 / (a * a) + 1 / (b * b)) / 2;
}

/* The inputs have the noise of one shot, their answers that of the mean of two,
 * all at the same place and in the shot's own brightness. */
static void
test_pairs (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  RwRepeatsReport told;

  save_shot (scratch, "shots/page/b.png", &takes[0], 0);
  save_shot (scratch, "shots/page/c.png", &takes[1], 1);
  save_shot (scratch, "shots/page/d.png", &takes[2], 2);
  g_autoptr (RwDataset) set = load (scratch, &told, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (told.n_scenes, ==, 1);
  g_assert_cmpuint (told.n_shots, ==, 3);
  g_assert_cmpint (told.most_shift, ==, 9);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 3);
  g_assert_true (rw_dataset_has_pairs (set));
  g_assert_true (rw_dataset_is_held (set));
  for (int i = 0; i < 3; i++) {
    const RwPicture *clean = rw_dataset_get_picture (set, i);
    const RwPicture *input = rw_dataset_get_damaged (set, i);
    /* looks 6 to the right, 3 to the left, 9 down, 4 up: what all show */
    g_assert_cmpint (clean->width, ==, WIDTH - 9);
    g_assert_cmpint (clean->height, ==, HEIGHT - 13);
    const double own = sqrt (measure_error (input, &takes[i], 6, 9)) / LEVEL;
    const double others =
        sqrt (measure_error (clean, &takes[i], 6, 9)) / LEVEL;
    g_test_message ("shot %d: noise %.3f, of the others %.3f", i, own, others);
    g_assert_cmpfloat_with_epsilon (own, 1, 0.02);
    g_assert_cmpfloat_with_epsilon (others, get_rest (i), 0.02);
    g_assert_cmpfloat_with_epsilon (rw_dataset_get_noise_share (set, i),
                                    sqrt (2.0 / 3), 1e-12);
  }
}

/* Scenes by names; what does not fit is left out and named. */
static void
test_left_out (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  RwRepeatsReport told;
  RwDatasetReport report;
  const Take other = { .scene = 2, .gain = 1, .level = LEVEL };
  g_autofree char *odd = scratch_path (scratch, "shots/a_5.png");

  save_shot (scratch, "shots/a_1.png", &takes[0], 0);
  save_shot (scratch, "shots/a_2.png", &takes[1], 1);
  save_shot (scratch, "shots/a_3.png", &other, 2);    /* something else */
  save_shot (scratch, "shots/a_4.png", &takes[1], 1); /* the second again */
  save_shot (scratch, "shots/b_1.png", &other, 3);    /* alone */
  save_shot (scratch, "shots/c/x.png", &other, 4);
  save_shot (scratch, "shots/c/y.png", &other, 5);
  g_autoptr (RwPicture) small = rw_picture_new (64, 64, 3, 8, NULL);
  g_assert_true (rw_picture_save (small, odd, 100, NULL));
  g_autoptr (RwDataset) set = load (scratch, &told, &report, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (told.n_scenes, ==, 2);
  g_assert_cmpuint (told.n_shots, ==, 4);
  g_assert_cmpuint (report.n_kept, ==, 4);
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_UNLIKE], ==, 3);
  char **unlike = report.left_out[RW_LEFT_OUT_UNLIKE];
  g_assert_nonnull (strstr (unlike[0], "a_5.png: is 64 x 64"));
  g_assert_nonnull (strstr (unlike[1], "a_3.png: correlates "));
  g_assert_nonnull (strstr (unlike[2], "a_4.png: has the pixels of another"));
  rw_dataset_report_clear (&report);

  /* a scene is learnt from or validated on, not both */
  g_autoptr (RwDataset) training = NULL;
  g_autoptr (RwDataset) validation = NULL;
  g_assert_true (
      rw_dataset_split (set, 0.05, 1, &training, &validation, &error));
  g_assert_cmpint (rw_dataset_get_n (training), ==, 2);
  g_assert_cmpint (rw_dataset_get_n (validation), ==, 2);
}

static void
test_refused (Scratch *scratch, gconstpointer data)
{
  const Take other = { .scene = 2, .gain = 1, .level = LEVEL };
  GError *error = NULL;

  save_shot (scratch, "shots/a_1.png", &takes[0], 0);
  save_shot (scratch, "shots/a_2.png", &other, 1);
  g_assert_null (load (scratch, NULL, NULL, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "found no two shots of one scene");
}

/* The level that white-noise is told is that of the shot's own noise. */
static void
test_level (Scratch *scratch, gconstpointer data)
{
  const RwTask *task = rw_task_find ("white-noise", NULL);
  RwPair pair;

  save_shot (scratch, "shots/a/1.png", &takes[0], 0);
  save_shot (scratch, "shots/a/2.png", &takes[1], 1);
  g_autoptr (RwDataset) set = load (scratch, NULL, NULL, NULL);
  const RwPicture *clean = rw_dataset_get_picture (set, 0);
  const RwPicture *input = rw_dataset_get_damaged (set, 0);
  RwDamage damage = { 0 };

  g_assert_true (rw_pair_init (&pair, task, 128, 128, NULL));
  rw_pair_set_size (&pair, task, &damage, 128, 128);
  for (int y = 0; y < 128; y++)
    for (int i = 0; i < 3 * 128; i++) {
      const int at = 3 * y * clean->width + i;
      pair.clean.rgb[3 * 128 * y + i] =
          ((const guint16 *) clean->data)[at] / 65535.0f;
      pair.input.rgb[3 * 128 * y + i] =
          ((const guint16 *) input->data)[at] / 65535.0f;
    }
  damage = rw_task_compare (task, &pair);
  g_assert_cmpfloat_with_epsilon (damage.values[0] *
                                      rw_dataset_get_noise_share (set, 0),
                                  255 * LEVEL, 0.08 * 255 * LEVEL);
  rw_pair_clear (&pair);
}

#define ADD(name, func)                                                       \
  g_test_add ("/repeats/" name, Scratch, NULL, scratch_set_up, func,          \
              scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/repeats/align", test_align);
  ADD ("pairs", test_pairs);
  ADD ("left-out", test_left_out);
  ADD ("refused", test_refused);
  ADD ("level", test_level);
  return g_test_run ();
}
