/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A task is one file and one word: this program is built with the list of
 * tasks made anew, by core/tasks/task.c from the list of core/meson.build and
 * the word "fade", and with tests/new-task/fade.c.  Nothing else of the
 * library knows the task, which is then found, trained and restored with.
 */
#include "tasks/task.h"
#include "train/trainer.h"
#include "weights/weights.h"

#include "scratch.h"

#include <math.h>
#include <string.h>

enum { SIDE = 40 };

static const char recipe_text[] =
    "[about]\ntitle = Test\nlicense = CC0-1.0\n"
    "[train]\ntask = fade\npatch = 16\nbatch = 4\nsteps = 3\nlr = 0.01\n"
    "warmup = 0\nema = 0\n"
    "[net]\ninput rgb value\nconv 4 | relu | conv 3 init=zero\nresidual\n";

/* ---- the list ----------------------------------------------------------- */

static void
test_listed (void)
{
  const RwTask *task = rw_task_find ("fade", NULL);
  guint n_others = 0;
  gboolean is_listed = FALSE;

  g_assert_nonnull (task);
  for (int i = 0; rw_task_list ()[i] != NULL; i++)
    if (rw_task_list ()[i] == &task->info)
      is_listed = TRUE;
    else
      n_others++;
  g_assert_true (is_listed);
  g_assert_cmpuint (n_others, >, 5);
}

/* ---- damage ------------------------------------------------------------- */

/* A damage that is drawn, done and told. */
static void
test_pair (void)
{
  const RwTask *task = rw_task_find ("fade", NULL);
  RwPair pair;
  RwDamage damage;

  g_assert_true (rw_pair_init (&pair, task, 8, 8, NULL));
  task->draw (7, &damage);
  rw_pair_set_size (&pair, task, &damage, 8, 8);
  for (int i = 0; i < 3 * 8 * 8; i++)
    pair.source.rgb[i] = (float) i / 200;
  rw_pair_degrade (&pair, task, &damage);
  const float rest = (float) (1 - damage.values[0]);
  for (int i = 0; i < 3 * 8 * 8; i++) {
    g_assert_true (pair.clean.rgb[i] == pair.source.rgb[i]);
    g_assert_cmpfloat (
        fabsf (pair.input.rgb[i] - 0.5f - rest * (pair.clean.rgb[i] - 0.5f)),
        <=, 1e-6f);
  }
  const RwTold told = rw_task_tell (task, &damage);
  g_assert_true (told.known);
  g_assert_true (told.value == (float) damage.values[0]);
  rw_pair_clear (&pair);
}

/* ---- from training to a picture ----------------------------------------- */

static gboolean
read_grey (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  for (int i = 0; i < rect->width * rect->height; i++)
    for (int c = 0; c < 4; c++)
      rgba[4 * i + c] = c < 3 ? 0.4f : 1;
  return TRUE;
}

/* @data: counts pixels, all of which have to be finite. */
static gboolean
count_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  for (int y = 0; y < rect->height; y++)
    for (int x = 0; x < 4 * rect->width; x++)
      g_assert_true (isfinite (rgba[(gsize) y * stride + (gsize) x]));
  *(int *) data += rect->width * rect->height;
  return TRUE;
}

/* The job restores with a control that is set by its name; a file of the task
 * serves no other. */
static void
restore (const char *path)
{
  GError *error = NULL;
  const RwRect all = { 0, 0, SIDE, SIDE };
  const RwValue fading = { "fading", 0.5 };
  const RwSettings settings = { .strength = 1,
                                .values = &fading,
                                .n_values = 1 };
  int n_pixels = 0;
  const RwJob job = { .bounds = all,
                      .roi = all,
                      .read = read_grey,
                      .write = count_pixels,
                      .data = &n_pixels };
  g_autoptr (RwModel) model = rw_model_load (NULL, path, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (rw_model_get_task (model)->name, ==, "fade");
  g_assert_true (rw_model_uses (model, "fading"));
  g_assert_true (rw_restore (model, &settings, &job, &error));
  g_assert_no_error (error);
  g_assert_cmpint (n_pixels, ==, SIDE * SIDE);
  g_assert_null (rw_model_load ("white-noise", path, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "fade");
}

static void
test_train_and_restore (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  g_autofree char *path = scratch_path (scratch, "fade.safetensors");
  g_autoptr (RwRecipe) recipe = rw_recipe_parse (recipe_text, "test", &error);
  g_assert_no_error (error);
  g_autoptr (RwDataset) pictures =
      rw_dataset_load ("synth:2", &(RwDatasetOptions){ 0 }, NULL, &error);
  g_assert_no_error (error);
  const RwTraining training = { .recipe = recipe,
                                .training = pictures,
                                .validation = pictures,
                                .out = path,
                                .command = "test" };
  RwTrained result;

  g_assert_true (rw_train (&training, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.step, ==, 3);
  g_assert_true (result.psnr > 5);
  restore (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/new-task/listed", test_listed);
  g_test_add_func ("/new-task/pair", test_pair);
  g_test_add ("/new-task/train-and-restore", Scratch, NULL, scratch_set_up,
              test_train_and_restore, scratch_tear_down);
  return g_test_run ();
}
