/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * nets/feed.c: what stands in each plane, and which nets are refused, by
 * restoring and by training alike.
 */
#include "nets/feed.h"

#include "random-weights.h"
#include "training.h"

#include <math.h>

enum { N = 5, MOST = 16 /* floats a pixel */ };

static const float colours[3 * N] = { 0,    0.5f,  1,    -3,   0.25f,
                                      2,    0.1f,  0.2f, 0.3f, 1,
                                      1.5f, -0.5f, 0.7f, 0.6f, 0.5f };
static const float mask[N] = { 0, 1, 0, 1, 1 };

static RwFeed
make_feed (const char *net_text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net = rw_net_parse (net_text, &error);
  RwFeed feed;

  g_assert_no_error (error);
  g_assert_true (rw_feed_init (&feed, net, -0.5, 1.5, 1, &error));
  g_assert_no_error (error);
  return feed;
}

static void
assert_near (float got, double expected)
{
  g_assert_cmpfloat (fabs ((double) got - expected), <=, 1e-7);
}

static float
clamp_colour (int i)
{
  return CLAMP (colours[i], -0.5f, 1.5f);
}

/* All planes in two orders; what is no channel stays as it was. */
static void
test_planes (void)
{
  static const struct {
    const char *net;
    int rgb, grey, sigma, value, known, mask;
  } cases[] = {
    { "input rgb grey sigma value known mask\nconv 3\n", 0, 3, 4, 5, 6, 7 },
    { "input mask known value sigma grey rgb\nconv 3\n", 5, 4, 3, 2, 1, 0 },
  };

  for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
    for (int known = 0; known < 2; known++) {
      const RwFeed feed = make_feed (cases[k].net);
      const RwTold told = { .value = 0.125f, .known = known };
      float input[N * MOST];
      g_assert_cmpint (feed.stride, >=, 8);
      g_assert_cmpint (feed.stride, <=, MOST);
      rw_feed_fill (&feed, colours, mask, &told, N, input);
      for (int i = 0; i < N; i++) {
        const float *pixel = input + feed.stride * i;
        double sum = 0;
        for (int c = 0; c < 3; c++) {
          assert_near (pixel[cases[k].rgb + c], clamp_colour (3 * i + c));
          sum += clamp_colour (3 * i + c);
        }
        assert_near (pixel[cases[k].grey], sum / 3);
        assert_near (pixel[cases[k].sigma], 0.125);
        assert_near (pixel[cases[k].value], known ? 0.125 : 0);
        assert_near (pixel[cases[k].known], known);
        assert_near (pixel[cases[k].mask], mask[i]);
      }
    }
}

/* A plane that is not there is not written, nor are padding lanes. */
static void
test_padding (void)
{
  const RwFeed feed = make_feed ("input value rgb\nconv 3 \n"),
               wide = make_feed ("input rgb value known\nconv 3\n");
  float input[N * MOST];

  g_assert_cmpint (feed.stride, ==, 4);
  rw_feed_fill (&feed, colours, mask, &(RwTold){ 0.5f, TRUE }, N, input);
  for (int i = 0; i < N; i++) {
    assert_near (input[4 * i], 0.5);
    assert_near (input[4 * i + 3], clamp_colour (3 * i + 2));
  }
  for (int i = 0; i < N * MOST; i++)
    input[i] = 77;
  g_assert_cmpint (wide.stride, >, 5);
  rw_feed_fill (&wide, colours, NULL, &(RwTold){ 0 }, N, input);
  for (int i = 0; i < N; i++)
    for (int c = 3; c < wide.stride; c++)
      assert_near (input[wide.stride * i + c], c < 5 ? 0 : 77);
}

/* No mask: nothing is to be made up.  The colour that is there stays. */
static void
test_no_mask (void)
{
  const RwFeed feed = make_feed ("input rgb mask\nconv 3\n");
  float input[N * 4];

  for (int i = 0; i < N * 4; i++)
    input[i] = 9;
  rw_feed_fill_planes (&feed, NULL, &(RwTold){ 0 }, N, input);
  for (int i = 0; i < N * 4; i++)
    assert_near (input[i], i % 4 == 3 ? 0 : 9);
}

static void
test_questions (void)
{
  static const struct {
    const char *net, *words;
    gboolean takes_value, works_blind;
  } cases[] = {
    { "input rgb\nconv 3\n", "rgb srgb-coded range=-0.5..1.5", FALSE, FALSE },
    { "input rgb sigma\nconv 3\n", "rgb sigma srgb-coded range=-0.5..1.5",
      TRUE, FALSE },
    { "input rgb value\nconv 3\n", "rgb value srgb-coded range=-0.5..1.5",
      TRUE, FALSE },
    { "input value known rgb\nconv 3\n",
      "value known rgb srgb-coded range=-0.5..1.5", TRUE, TRUE },
    { "input rgb grey mask\nconv 3\n",
      "rgb grey mask srgb-coded range=-0.5..1.5", FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const RwFeed feed = make_feed (cases[i].net);
    g_autoptr (RwNet) net = rw_net_parse (cases[i].net, NULL);
    g_autofree char *words = rw_feed_describe (net, -0.5, 1.5);
    g_assert_cmpint (rw_feed_takes_value (&feed), ==, cases[i].takes_value);
    g_assert_cmpint (rw_feed_works_blind (&feed), ==, cases[i].works_blind);
    g_assert_true (rw_feed_takes (&feed, RW_PLANE_RGB));
    g_assert_cmpstr (words, ==, cases[i].words);
  }
}

/* ---- what is refused ---------------------------------------------------- */

static void
refuse (const char *net_text, int scale, const char *fragment)
{
  GError *error = NULL;
  g_autoptr (RwNet) net = rw_net_parse (net_text, &error);
  RwFeed feed;

  g_assert_no_error (error);
  g_assert_false (rw_feed_init (&feed, net, 0, 1, scale, &error));
  assert_error (&error, RW_ERROR_MISMATCH, fragment);
}

static void
test_refused (void)
{
  refuse ("input rgb rgb\nconv 3\n", 1, "the plane \"rgb\" twice");
  refuse ("input rgb sigma sigma\nconv 3\n", 1, "the plane \"sigma\" twice");
  refuse ("input rgb grey mask grey\nconv 3\n", 1, "the plane \"grey\" twice");
  refuse ("input grey\nconv 3\n", 1, "no plane \"rgb\"");
  refuse ("input rgb known\nconv 3\n", 1, "\"known\" without \"value\"");
  refuse ("input rgb sigma known\nconv 3\n", 1, "\"known\" without \"value\"");
  refuse ("input rgb\nconv 4\n", 1, "its output has 4 channels");
  refuse ("input rgb\nconv 12 | shuffle 2\n", 1, "2/1 times as wide");
  refuse ("input rgb\nunshuffle 2 | conv 3\n", 1, "1/2 times as wide");
  refuse ("input rgb\nconv 3\n", 2, "expected 2 times");
}

static void
test_scale (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net =
      rw_net_parse ("input rgb\nconv 12 | shuffle 2\n", &error);
  RwFeed feed;

  g_assert_true (rw_feed_init (&feed, net, 0, 1, 2, &error));
  g_assert_no_error (error);
}

/* ---- restoring and training alike --------------------------------------- */

static RwRecipe *
make_recipe (const char *net_text)
{
  g_autofree char *text = g_strdup_printf (
      "[train]\ntask = white-noise\npatch = 16\nbatch = 2\nsteps = 2\n"
      "lr = 0.001\n[net]\n%s",
      net_text);
  g_autoptr (GError) error = NULL;
  RwRecipe *recipe = rw_recipe_parse (text, "test", &error);

  g_assert_no_error (error);
  return recipe;
}

static void
test_alike (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *net, *refused;
  } cases[] = {
    { "input rgb grey\nconv 3\n", NULL },
    { "input rgb value known\nconv 3\n", NULL },
    { "input mask sigma rgb\nconv 3\n", NULL },
    { "input rgb rgb\nconv 3\n", "the plane \"rgb\" twice" },
    { "input rgb known\nconv 3\n", "\"known\" without \"value\"" },
    { "input grey\nconv 3\n", "no plane \"rgb\"" },
    { "input rgb\nconv 4\n", "its output has 4 channels" },
  };
  g_autofree char *path = scratch_path (&f->scratch, "made.safetensors");
  g_autofree char *trained = scratch_path (&f->scratch, "w.safetensors");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_autoptr (RwRecipe) recipe = make_recipe (cases[i].net);
    RwTraining training = make_training (f, trained);
    training.recipe = recipe;
    random_weights_write (path, "white-noise", cases[i].net, 1);
    g_autoptr (RwModel) model = rw_model_load (NULL, path, &error);
    if (cases[i].refused != NULL) {
      assert_error (&error, RW_ERROR_MISMATCH, cases[i].refused);
      assert_refused (&training, RW_ERROR_MISMATCH, cases[i].refused);
      continue;
    }
    g_assert_no_error (error);
    train (&training);
    g_autoptr (RwModel) own = rw_model_load (NULL, trained, &error);
    g_assert_no_error (error);
    g_assert_nonnull (own);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feed/planes", test_planes);
  g_test_add_func ("/feed/padding", test_padding);
  g_test_add_func ("/feed/no-mask", test_no_mask);
  g_test_add_func ("/feed/questions", test_questions);
  g_test_add_func ("/feed/refused", test_refused);
  g_test_add_func ("/feed/scale", test_scale);
  g_test_add ("/feed/alike", Fixture, NULL, set_up, test_alike, tear_down);
  return g_test_run ();
}
