/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/recipe.c: parsing, every kind of error, and text that parses to the
 * same recipe.
 */
#include "train/recipe.h"

#include "base/random.h"
#include "scratch.h"

#include <string.h>

static const char whole[] = "# a comment\n"
                            "[about]\n"
                            "title = Small = good\n"
                            "description=one sentence # not a comment\n"
                            "\n"
                            "[train]\r\n"
                            "  task = denoise\n"
                            "loss = l1\n"
                            "optimizer = sgd\n"
                            "schedule = constant\n"
                            "patch = 32\n"
                            "batch = 6\n"
                            "slices = 3\n"
                            "steps = 123456789\n"
                            "epochs = 3\n"
                            "reuse = 9\n"
                            "flip = 0\n"
                            "turn = 0\n"
                            "scale = 0.5\n"
                            "exposure = 0.125\n"
                            "exposure_low = 0.25\n"
                            "exposure_high = 1.75\n"
                            "permute = 1\n"
                            "mixup = 0.375\n"
                            "lr = 2.5e-4\n"
                            "warmup = 7\n"
                            "step_size = 11\n"
                            "gamma = 0.5\n"
                            "decay = 0.3\n"
                            "plateau_patience = 3\n"
                            "beta1 = 0.5\n"
                            "beta2 = 0.75\n"
                            "epsilon = 1e-6\n"
                            "l1_penalty = 0.25\n"
                            "l2_penalty = 0.375\n"
                            "weight_decay = 0.125\n"
                            "clip = 0\n"
                            "clip_value = 0.5\n"
                            "accumulate = 3\n"
                            "ema = 0\n"
                            "seed = 9007199254740992\n"
                            "validate_every = 50\n"
                            "val_share = 0.0625\n"
                            "[net]\n"
                            "input rgb  # colour = all\n"
                            "[odd]\n"
                            "residual";

static RwRecipe *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RwRecipe *recipe = rw_recipe_parse (text, "r.ini", &error);

  g_assert_no_error (error);
  return recipe;
}

static void
test_whole (void)
{
  g_autoptr (RwRecipe) r = parse (whole);

  g_assert_cmpstr (r->title, ==, "Small = good");
  g_assert_cmpstr (r->description, ==, "one sentence # not a comment");
  g_assert_cmpstr (r->license, ==, "");
  g_assert_cmpstr (r->task, ==, "denoise");
  g_assert_cmpstr (r->loss, ==, "l1");
  g_assert_cmpstr (r->optimizer, ==, "sgd");
  g_assert_cmpstr (r->schedule, ==, "constant");
  g_assert_cmpint (r->patch, ==, 32);
  g_assert_cmpint (r->batch, ==, 6);
  g_assert_cmpint (r->slices, ==, 3);
  g_assert_cmpuint (r->steps, ==, 123456789);
  g_assert_cmpuint (r->epochs, ==, 3);
  g_assert_cmpint (r->reuse, ==, 9);
  g_assert_cmpint (r->flip, ==, 0);
  g_assert_cmpint (r->turn, ==, 0);
  g_assert_cmpfloat (r->scale, ==, 0.5);
  g_assert_cmpfloat (r->exposure, ==, 0.125);
  g_assert_cmpfloat (r->exposure_low, ==, 0.25);
  g_assert_cmpfloat (r->exposure_high, ==, 1.75);
  g_assert_cmpfloat (r->permute, ==, 1);
  g_assert_cmpfloat (r->mixup, ==, 0.375);
  g_assert_cmpfloat (r->val_share, ==, 0.0625);
  g_assert_cmpfloat (r->lr, ==, 2.5e-4);
  g_assert_cmpuint (r->warmup, ==, 7);
  g_assert_cmpuint (r->step_size, ==, 11);
  g_assert_cmpfloat (r->gamma, ==, 0.5);
  g_assert_cmpfloat (r->decay, ==, 0.3);
  g_assert_cmpuint (r->plateau_patience, ==, 3);
  g_assert_cmpfloat (r->beta1, ==, 0.5);
  g_assert_cmpfloat (r->beta2, ==, 0.75);
  g_assert_cmpfloat (r->epsilon, ==, 1e-6);
  g_assert_cmpfloat (r->l1_penalty, ==, 0.25);
  g_assert_cmpfloat (r->l2_penalty, ==, 0.375);
  g_assert_cmpfloat (r->weight_decay, ==, 0.125);
  g_assert_cmpfloat (r->clip, ==, 0);
  g_assert_cmpfloat (r->clip_value, ==, 0.5);
  g_assert_cmpint (r->accumulate, ==, 3);
  g_assert_cmpfloat (r->ema, ==, 0);
  g_assert_cmpuint (r->seed, ==, G_GUINT64_CONSTANT (9007199254740992));
  g_assert_cmpuint (r->validate_every, ==, 50);
  g_assert_cmpstr (r->net, ==, "input rgb  # colour = all\n[odd]\nresidual");
}

/* A recipe without a line has the listed defaults. */
static void
test_defaults (void)
{
  g_autoptr (RwRecipe) empty = parse ("");
  int n;
  const RwRecipeKey *keys = rw_recipe_list_keys (&n);

  g_assert_cmpint (n, >, 15);
  for (int i = 0; i < n; i++) {
    g_autofree char *value = rw_recipe_get (empty, keys[i].name);
    g_autoptr (RwRecipe) set = rw_recipe_new ();
    g_assert_true (rw_recipe_set (set, keys[i].name, keys[i].value, NULL));
    g_autofree char *again = rw_recipe_get (set, keys[i].name);
    g_assert_cmpstr (value, ==, again);
  }
  g_assert_cmpstr (empty->net, ==, "");
  g_assert_null (rw_recipe_get (empty, "nothing"));
}

static void
test_round_trip (void)
{
  g_autoptr (RwRecipe) first = parse (whole);
  g_assert_true (rw_recipe_set (first, "lr", "0.0012345678912345", NULL));
  g_autofree char *text = rw_recipe_to_text (first);
  g_autoptr (RwRecipe) second = parse (text);
  g_autofree char *again = rw_recipe_to_text (second);

  g_assert_cmpstr (text, ==, again);
  g_assert_cmpfloat (first->lr, ==, second->lr);
  g_assert_cmpuint (first->seed, ==, second->seed);
  g_assert_cmpstr (first->title, ==, second->title);
}

static void
test_set (void)
{
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();
  GError *error = NULL;

  g_assert_true (rw_recipe_set (recipe, "lr", "1e-3", &error));
  g_assert_cmpfloat (recipe->lr, ==, 1e-3);
  g_assert_true (
      rw_recipe_set (recipe, "net", "input rgb\nresidual\n", &error));
  g_assert_cmpstr (recipe->net, ==, "input rgb\nresidual\n");
  g_assert_false (rw_recipe_set (recipe, "lr", "fast", &error));
  assert_error (&error, RW_ERROR_FORMAT,
                "lr: found \"fast\", expected a number from 1e-9 to 10");
  g_assert_cmpfloat (recipe->lr, ==, 1e-3);
  g_assert_false (rw_recipe_set (recipe, "lrr", "1", &error));
  assert_error (&error, RW_ERROR_FORMAT, "did you mean \"lr\"?");
}

/* ---- errors ------------------------------------------------------------- */

typedef struct {
  const char *text, *fragment;
} Bad;

static const Bad bad[] = {
  { "[train]\nlr 3", "r.ini: line 2: \"lr 3\" is neither" },
  { "[train\nlr = 3", "r.ini: line 1: \"[train\" opens a section" },
  { "[training]\n", "did you mean \"train\"?" },
  { "lr = 0.1", "stands in section [], but belongs in [train]" },
  { "[about]\nlr = 0.1", "stands in section [about], but belongs in [train]" },
  { "[train]\nlearning = 1", "key \"learning\" is unknown" },
  { "[train]\noptimiser = adam", "did you mean \"optimizer\"?" },
  { "[train]\nbatchs = 4", "did you mean \"batch\"?" },
  { "[train]\nlr = 1\nlr = 1", "line 3: key lr stands here twice" },
  { "[train]\nlr = ", "lr: found \"\", expected a number from" },
  { "[train]\nlr = nan", "lr: found \"nan\"" },
  { "[train]\nlr = inf", "lr: found \"inf\"" },
  { "[train]\nlr = 0", "from 1e-9 to 10; change it" },
  { "[train]\nlr = 1e-3x", "lr: found \"1e-3x\"" },
  { "[train]\nbatch = 0",
    "batch: found \"0\", expected a whole number from 1 to 4096" },
  { "[train]\nbatch = 4097", "batch: found \"4097\"" },
  { "[train]\nbatch = 1.5", "batch: found \"1.5\"" },
  { "[train]\nbatch = -3", "batch: found \"-3\"" },
  { "[train]\nsteps = 1e30", "steps: found" },
  { "[train]\nseed = 9007199254740994", "seed: found" },
  { "[train]\nseed = -1", "seed: found" },
  { "[train]\nbeta2 = 1", "beta2: found" },
  { "[train]\nema = 1", "ema: found" },
  { "[train]\npatch = 4", "from 8 to 1024" },
  { "[train]\nloss = l3", "loss \"l3\" is unknown" },
  { "[train]\nschedule = cosin", "did you mean \"cosine\"?" },
  { "[train]\ntask = denois", "did you mean \"denoise\"?" },
  { "[about]\ntitle = a\tb", "title is not one line" },
};

static void
test_errors (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    GError *error = NULL;
    g_assert_null (rw_recipe_parse (bad[i].text, "r.ini", &error));
    assert_error (&error, RW_ERROR_FORMAT, bad[i].fragment);
  }
}

static void
test_long_value (void)
{
  g_autofree char *value = g_strnfill (2000, 'x');
  g_autofree char *text = g_strdup_printf ("[about]\ntitle = %s\n", value);
  GError *error = NULL;

  g_assert_null (rw_recipe_parse (text, "r.ini", &error));
  assert_error (&error, RW_ERROR_FORMAT, "title is not one line");
}

static void
test_files (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.ini");
  GError *error = NULL;

  g_assert_null (rw_recipe_load (path, &error));
  assert_error (&error, RW_ERROR_IO, "a.ini");
  g_assert_true (g_file_set_contents (path, "[train]\nlr = \xff\n", -1, NULL));
  g_assert_null (rw_recipe_load (path, &error));
  assert_error (&error, RW_ERROR_FORMAT, "a.ini: not UTF-8");
  g_assert_true (g_file_set_contents (path, "[train]\n\0lr = 3\n", 17, NULL));
  g_assert_null (rw_recipe_load (path, &error));
  assert_error (&error, RW_ERROR_FORMAT, "a.ini");
  g_assert_true (g_file_set_contents (path, whole, -1, NULL));
  g_autoptr (RwRecipe) recipe = rw_recipe_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (recipe->loss, ==, "l1");
}

/* Seeded mutations: no crash, and what parses survives a round trip. */
static void
test_mutations (void)
{
  const gsize n = strlen (whole);

  for (guint64 i = 0; i < 5000; i++) {
    g_autofree char *text = g_strdup (whole);
    const guint64 key = rw_random_key (21, i);
    for (guint64 k = 0; k <= rw_random_below (key, 0, 4); k++)
      text[rw_random_below (key, 10 + k, (guint32) n)] =
          (char) (1 + rw_random_below (key, 20 + k, 127));
    g_autoptr (RwRecipe) recipe = rw_recipe_parse (text, "m", NULL);
    if (recipe == NULL)
      continue;
    g_autofree char *out = rw_recipe_to_text (recipe);
    g_autoptr (RwRecipe) again = parse (out);
    g_autofree char *out_again = rw_recipe_to_text (again);
    g_assert_cmpstr (out, ==, out_again);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe/whole", test_whole);
  g_test_add_func ("/recipe/defaults", test_defaults);
  g_test_add_func ("/recipe/round-trip", test_round_trip);
  g_test_add_func ("/recipe/set", test_set);
  g_test_add_func ("/recipe/errors", test_errors);
  g_test_add_func ("/recipe/long-value", test_long_value);
  g_test_add ("/recipe/files", Scratch, NULL, scratch_set_up, test_files,
              scratch_tear_down);
  g_test_add_func ("/recipe/mutations", test_mutations);
  return g_test_run ();
}
