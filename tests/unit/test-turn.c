/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * nets/turn.c: a net turned is the net for the turned picture, turned back; the
 * mean of several; nets that cannot be turned; the way of rw_restore.
 */
#include "nets/turn.h"

#include "canvas.h"
#include "random-weights.h"
#include "reference/harness.h"
#include "scratch.h"

enum { SIDE = 24 };

static const char *const texts[] = {
  "input rgb sigma\nconv 5 | relu | conv 3 k=5\nresidual\n",
  "input rgb value known\nunshuffle 2\nconv 20 -> h | relu | conv 20 | add h\n"
  "down 18 | prelu | up 20 | add h\nconv 12 | shuffle 2\nresidual\n",
  "input rgb\nconv 16 | max-pool 2 | conv 16 | upsample 2 | conv 3\n",
  "input rgb\nconv 16 | average-pool 2 | gdn | deconv 16 k=4 | conv 3\n",
  "input rgb mask -> p\nfill-holes -> f\nconcat p\nunshuffle 2\nconv 16 | "
  "relu\n"
  "conv 12 | shuffle 2\nadd f\n",
  "input rgb value -> p\nbrighten -> l\nconcat p\nunshuffle 2\nconv 16 | "
  "relu\n"
  "conv 12 | shuffle 2\nadd l\n",
  "input rgb\nconv 8 | relu -> a\nrepeat 2 {\ngru 8 | conv 8\n}\nconv 8\n"
  "times a | conv 16 | gate | conv 12 | shuffle 2\n",
};

/* Each pixel goes to where rw_turn_offset says, or comes @back from there. */
static RefTensor *
move (const RefTensor *x, int turn, gboolean back)
{
  RefTensor *moved = ref_new (x->n, x->c, x->h, x->w);

  g_assert_cmpint (x->h, ==, x->w);
  for (int c = 0; c < x->c; c++)
    for (int i = 0; i < x->h; i++)
      for (int j = 0; j < x->w; j++) {
        int row = i, column = j;
        rw_turn_offset (turn, x->h, &row, &column);
        if (back)
          *ref_at (moved, 0, c, i, j) = *ref_at (x, 0, c, row, column);
        else
          *ref_at (moved, 0, c, row, column) = *ref_at (x, 0, c, i, j);
      }
  return moved;
}

static void
test_orientations (void)
{
  g_autoptr (RefTensor) x = ref_new (1, 1, 3, 3);
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < 9; i++)
    x->v[i] = i + 1;
  for (int t = 0; t < RW_MAX_TURNS; t++) {
    g_autoptr (RefTensor) turned = move (x, t, FALSE);
    g_autoptr (RefTensor) back = move (turned, t, TRUE);
    GString *text = g_string_new (NULL);

    ref_compare_bits ("there and back", back, x);
    for (int i = 0; i < 9; i++)
      g_string_append_printf (text, "%g", turned->v[i]);
    g_test_message ("%d: %s", t, text->str);
    g_assert_true (g_hash_table_add (seen, g_string_free (text, FALSE)));
  }
  g_assert_true (g_hash_table_contains (seen, "123456789"));
  g_assert_true (g_hash_table_contains (seen, "987654321"));
  g_assert_true (g_hash_table_contains (seen, "741852963"));
}

/* What @whole gives for @x in the @n orientations from @first on. */
static RefTensor *
run_turned (const Harness *whole, int first, int n, const RefTensor *x)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net = rw_net_turn (whole->net, first, n, &error);
  g_assert_no_error (error);
  g_autofree float *params = g_new0 (float, rw_net_get_n_inner (net));
  g_autoptr (RwPack) pack = rw_pack_new (net, RW_RUN_INFER, &error);
  g_autoptr (RwRun) run = rw_run_new (net, RW_RUN_INFER, 1);
  const int c = rw_net_get_out_channels (net);
  int height, width;

  g_assert_true (rw_net_turn_params (whole->net, net, first, n, whole->params,
                                     params, &error));
  rw_pack_update (pack, params);
  g_assert_true (rw_run_prepare (run, 1, x->h, x->w, &error));
  g_assert_no_error (error);
  ref_to_nhwc (x, rw_run_get_input (run), rw_channel_stride (x->c));
  g_assert_true (rw_run_forward (run, pack));
  rw_run_get_output_size (run, &height, &width);
  return ref_from_nhwc (rw_run_get_output (run), 1, c, height, width,
                        rw_channel_stride (c));
}

static void
test_nets (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (Harness) whole =
        harness_new (texts[i], RW_RUN_INFER, 1, 1, SIDE, SIDE, 42);
    g_autoptr (RefTensor) x = harness_random_input (whole, 3);
    g_autoptr (RefTensor) sum = NULL;

    for (int t = 0; t < RW_MAX_TURNS; t++) {
      g_autoptr (RefTensor) turned = move (x, t, FALSE);
      g_autoptr (RefTensor) there = harness_forward (whole, turned);
      g_autoptr (RefTensor) want = move (there, t, TRUE);
      g_autoptr (RefTensor) got = run_turned (whole, t, 1, x);

      ref_compare (texts[i], got, want, 5e-6, 5e-5);
      if (sum == NULL)
        sum = ref_new (want->n, want->c, want->h, want->w);
      for (gsize k = 0; k < ref_size (want); k++)
        sum->v[k] += want->v[k];
      if (t == 1 || t == 3 || t == 7) {
        g_autoptr (RefTensor) mean = ref_copy (sum);
        g_autoptr (RefTensor) all = run_turned (whole, 0, t + 1, x);

        for (gsize k = 0; k < ref_size (mean); k++)
          mean->v[k] /= t + 1;
        ref_compare (texts[i], all, mean, 5e-6, 5e-5);
      }
    }
  }
}

static void
check_refused (const char *text, const char *why)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net = rw_net_parse (text, &error);

  g_assert_no_error (error);
  g_assert_null (rw_net_turn (net, 0, 8, &error));
  assert_error (&error, RW_ERROR_MISMATCH, why);
}

static void
test_refused (void)
{
  check_refused ("input rgb\nconv 8 stride=2 | up 3\n",
                 "conv1 reaches further to one side");
  check_refused ("input rgb\nconv 8 | max-pool 2 | deconv 3 k=5\n",
                 "deconv1 reaches further to one side");
  check_refused ("input rgb size=8x8\nconv 8 | dense 48 | shuffle 4\n",
                 "dense1 looks at the whole picture");
  check_refused ("input rgb\nconv 12 | relu | shuffle 2 | max-pool 2\n",
                 "shuffle1 takes channels from another layer");
  check_refused ("input rgb\nconv 12 -> a | shuffle 2 | down 12 | add a\n",
                 "shuffle1 takes channels from another layer");
  check_refused ("input rgb\nunshuffle 2 | relu | conv 12 | shuffle 2\n",
                 "relu1 takes channels that are pixels");
  check_refused ("input rgb\nconv 3 | unshuffle 2\n",
                 "unshuffle1 makes channels of pixels at the end");
}

/* Parts have the bits of the whole; another number of turns is another model
 * for the cache; a flat grey that the net keeps stays. */
static void
test_restore (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "n.safetensors");
  const RwRect all = { -70, -53, 151, 122 };
  RwSettings settings = { .strength = 1 };
  GError *error = NULL;
  Canvas whole, parts;

  random_weights_write (path, "white-noise", RANDOM_NET_DEEP, 1);
  g_autoptr (RwModel) model = rw_model_load ("white-noise", path, &error);
  g_assert_no_error (error);
  g_autoptr (RwModel) once = rw_model_turn (model, 1, &error);
  g_assert_true (once == model);
  g_autoptr (RwModel) turned = rw_model_turn (model, 8, &error);
  g_assert_no_error (error);
  g_assert_null (rw_model_turn (model, 3, &error));
  assert_error (&error, RW_ERROR_FORMAT, "found 3, expected 1, 2, 4 or 8");

  canvas_init (&whole, all, 1);
  canvas_init (&parts, all, 1);
  canvas_restore_all (&parts, model, 25, 1);
  canvas_restore_all (&whole, turned, 25, 1);
  g_assert_cmpint (memcmp (whole.out, parts.out, canvas_size (&whole)), !=, 0);
  canvas_reset (&parts);
  settings.values = (const RwValue[]){ { "level", 25 } };
  settings.n_values = 1;
  for (int i = 0; i < 4; i++) {
    const int x = i % 2 ? 11 : all.x, y = i / 2 ? -5 : all.y;
    const RwRect part = { x, y, (i % 2 ? all.x + all.width : 11) - x,
                          (i / 2 ? all.y + all.height : -5) - y };

    g_assert_true (canvas_restore (&parts, turned, settings, part, &error));
    g_assert_no_error (error);
    parts.fraction = -1;
    parts.read = (RwRect){ 0 };
    parts.n_reads = 0;
  }
  g_assert_cmpmem (whole.out, canvas_size (&whole), parts.out,
                   canvas_size (&parts));
  canvas_clear (&whole);
  canvas_clear (&parts);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn/orientations", test_orientations);
  g_test_add_func ("/turn/nets", test_nets);
  g_test_add_func ("/turn/refused", test_refused);
  g_test_add ("/turn/restore", Scratch, NULL, scratch_set_up, test_restore,
              scratch_tear_down);
  return g_test_run ();
}
