/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rw_model_load: the table of models, wrong files, wrong nets; several threads
 * with one model.
 */
#include "canvas.h"
#include "random-weights.h"
#include "scratch.h"

#include "base/alloc.h"

static RwModel *
load (const Scratch *scratch, const char *name, GError **error)
{
  g_autofree char *path = scratch_path (scratch, name);

  return rw_model_load ("white-noise", path, error);
}

static void
write_net (const Scratch *scratch,
           const char *name,
           const char *net,
           guint64 seed)
{
  g_autofree char *path = scratch_path (scratch, name);

  random_weights_write (path, "white-noise", net, seed);
}

static void
test_table (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;

  write_net (scratch, "a.safetensors", RANDOM_NET_DEEP, 1);
  write_net (scratch, "b.safetensors", RANDOM_NET_PLAIN, 1);
  g_autoptr (RwModel) a = load (scratch, "a.safetensors", &error);
  g_assert_no_error (error);
  g_autoptr (RwModel) b = load (scratch, "b.safetensors", &error);
  g_autoptr (RwModel) again = load (scratch, "a.safetensors", &error);
  g_assert_true (a == again && a != b);
  g_assert_cmpstr (rw_model_get_metadata (a, "title"), ==, "random");
  g_assert_null (rw_model_get_metadata (a, "nothing"));
  g_assert_cmpint (rw_model_get_halo (b), ==, 2);
  g_assert_cmpint (rw_model_get_halo (a) % 4, ==, 0);

  write_net (scratch, "a.safetensors", RANDOM_NET_DEEP, 2);
  g_autoptr (RwModel) newer = load (scratch, "a.safetensors", &error);
  g_assert_no_error (error);
  g_assert_true (newer != a);
}

/* More models than the table keeps: each held one stays whole. */
static void
test_many (Scratch *scratch, gconstpointer data)
{
  RwModel *models[9];

  for (int i = 0; i < 9; i++) {
    GError *error = NULL;
    g_autofree char *name = g_strdup_printf ("%d.safetensors", i);
    write_net (scratch, name, RANDOM_NET_PLAIN, i);
    models[i] = load (scratch, name, &error);
    g_assert_no_error (error);
  }
  g_autoptr (RwModel) first = load (scratch, "0.safetensors", NULL);
  g_autoptr (RwModel) last = load (scratch, "8.safetensors", NULL);
  g_assert_true (first != models[0] && last == models[8]);
  for (int i = 0; i < 9; i++) {
    g_assert_cmpstr (rw_model_get_metadata (models[i], "title"), ==, "random");
    rw_model_unref (models[i]);
  }
}

static void
test_default (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (RwModel) none = rw_model_load ("white-noise", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (RwModel) empty = rw_model_load ("white-noise", "", &error);
  g_autoptr (RwModel) named =
      rw_model_load ("white-noise", "white-noise-m", &error);

  g_assert_nonnull (none);
  g_assert_true (none == empty && none == named);
}

/* ---- what is refused --------------------------------------------------- */

static void
refuse (const Scratch *scratch,
        const char *net,
        RwErrorCode code,
        const char *fragment)
{
  GError *error = NULL;

  write_net (scratch, "bad.safetensors", net, 1);
  g_assert_null (load (scratch, "bad.safetensors", &error));
  g_assert_true (g_str_has_prefix (error->message, scratch->folder));
  assert_error (&error, code, fragment);
}

static void
test_wrong_nets (Scratch *scratch, gconstpointer data)
{
  refuse (scratch, "input rgb\nconv 4\n", RW_ERROR_MISMATCH,
          "its output has 4 channels");
  refuse (scratch, "input rgb\nconv 12 | shuffle 2\n", RW_ERROR_MISMATCH,
          "its output is 2/1 times as wide");
  refuse (scratch, "input rgb\nunshuffle 2 | conv 3\n", RW_ERROR_MISMATCH,
          "its output is 1/2 times as wide");
  refuse (scratch, "input rgb rgb\nconv 3\n", RW_ERROR_MISMATCH,
          "the plane \"rgb\" twice");
  refuse (scratch, "input grey\nconv 3\n", RW_ERROR_MISMATCH,
          "no plane \"rgb\"");
  refuse (scratch, "input rgb known\nconv 3\n", RW_ERROR_MISMATCH,
          "\"known\" without \"value\"");
}

static void
test_wrong_files (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "x.safetensors");
  GError *error = NULL;

  g_assert_null (load (scratch, "none.safetensors", &error));
  assert_error (&error, RW_ERROR_IO, "none.safetensors");
  g_file_set_contents (path, "not weights at all", -1, NULL);
  g_assert_null (load (scratch, "x.safetensors", &error));
  assert_error (&error, RW_ERROR_FORMAT, "x.safetensors");
  random_weights_write (path, "dejpeg", RANDOM_NET_PLAIN, 1);
  for (int i = 0; i < 2; i++) { /* from the file, from the table */
    g_assert_null (rw_model_load ("white-noise", path, &error));
    assert_error (&error, RW_ERROR_MISMATCH,
                  "weights for \"dejpeg\", wanted \"white-noise\"");
  }
  g_autoptr (RwModel) model = rw_model_load ("dejpeg", path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (rw_model_get_task (model)->name, ==, "dejpeg");
  random_weights_write (path, "sharpen", RANDOM_NET_PLAIN, 1);
  for (int i = 0; i < 2; i++) {
    g_assert_null (rw_model_load (i == 0 ? NULL : "dejpeg", path, &error));
    g_assert_nonnull (strstr (error->message, path));
    assert_error (&error, RW_ERROR_FORMAT, "task \"sharpen\" is unknown");
  }
}

/* Without a task the file's own counts, and it is the model of the table. */
static void
test_any_task (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "x.safetensors");
  GError *error = NULL;

  random_weights_write (path, "deblur", RANDOM_NET_PLAIN, 1);
  g_autoptr (RwModel) any = rw_model_load (NULL, path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (rw_model_get_task (any)->name, ==, "deblur");
  g_autoptr (RwModel) named = rw_model_load ("deblur", path, &error);
  g_assert_true (any == named);
  g_autoptr (RwModel) built_in = rw_model_load (NULL, "white-noise-s", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (rw_model_get_task (built_in)->name, ==, "white-noise");
  g_assert_null (rw_model_load (NULL, "no-such-weights", &error));
  assert_error (&error, RW_ERROR_IO, "no weights of this name");
  g_assert_null (rw_model_load ("deblurr", path, &error));
  assert_error (&error, RW_ERROR_FORMAT, "did you mean \"deblur\"?");
}

static void
test_uses (Scratch *scratch, gconstpointer data)
{
  static const struct {
    const char *task, *net, *control;
    gboolean uses;
  } cases[] = {
    { "white-noise", RANDOM_NET_PLAIN, "level", FALSE },
    { "white-noise", RANDOM_NET_DEEP, "level", TRUE },
    { "white-noise", RANDOM_NET_DEEP, "quality", FALSE },
    { "dejpeg", RANDOM_NET_DEEP, "quality", TRUE },
    { "dejpeg", "input rgb value\nconv 3\n", "quality", TRUE },
    { "dejpeg", "input rgb value known\nconv 3\n", "quality", TRUE },
    { "reconstruct", RANDOM_NET_DEEP, "level", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = scratch_path (scratch, "u.safetensors");
    g_autoptr (GError) error = NULL;
    random_weights_write (path, cases[i].task, cases[i].net, i);
    g_autoptr (RwModel) model = rw_model_load (NULL, path, &error);
    g_assert_no_error (error);
    g_assert_cmpint (rw_model_uses (model, cases[i].control), ==,
                     cases[i].uses);
  }
}

/* A net without a level: none is asked of it, and none can be measured. */
static void
test_no_level (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  double level;
  Canvas canvas;

  write_net (scratch, "plain.safetensors", RANDOM_NET_PLAIN, 1);
  g_autoptr (RwModel) model = load (scratch, "plain.safetensors", &error);
  canvas_init (&canvas, (RwRect){ -5, -5, 20, 20 }, 1);
  canvas_restore_all (&canvas, model, LEVEL_OPEN, 1);
  g_autofree float *first = g_memdup2 (canvas.out, canvas_size (&canvas));
  g_assert_false (canvas_restore (&canvas, model,
                                  LEVEL_SETTINGS (50, .strength = 1),
                                  canvas.bounds, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "level: these weights");
  canvas_restore_all (&canvas, model, LEVEL_OPEN, 1);
  g_assert_cmpmem (first, canvas_size (&canvas), canvas.out,
                   canvas_size (&canvas));
  const RwJob job = canvas_job (&canvas, canvas.bounds);
  g_assert_false (rw_job_measure (model, &job, &level, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "\"sigma\"");
  canvas_clear (&canvas);
}

/* Finite weights whose net overflows: no NaN comes out. */
static void
test_overflow (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "huge.safetensors");
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);
  GError *error = NULL;
  g_autoptr (RwNet) net = rw_net_parse (
      "input rgb\nconv 8 | conv 8 | conv 3 | residual\n", &error);
  const gsize n = rw_net_get_n_inner (net);
  g_autofree float *params = g_new (float, n);
  Canvas canvas;

  for (gsize i = 0; i < n; i++)
    params[i] = i % 2 ? 1e30f : -1e30f;
  g_hash_table_insert (metadata, "task", "white-noise");
  g_hash_table_insert (metadata, "input", "rgb srgb-coded range=-0.5..1.5");
  rw_weights_save (path, net, params, metadata, RW_DTYPE_F32, &error);
  g_assert_no_error (error);
  g_autoptr (RwModel) model = rw_model_load ("white-noise", path, &error);
  g_assert_no_error (error);
  canvas_init (&canvas, (RwRect){ 0, 0, 9, 9 }, 1);
  canvas_restore_all (&canvas, model, LEVEL_OPEN, 1);
  for (gsize i = 0; i < canvas_size (&canvas) / 4; i++)
    g_assert_true (canvas.out[i] - canvas.out[i] == 0);
  canvas_clear (&canvas);
}

/* Rounds change the result and the halo, not the weights; the file's number is
 * what is run otherwise. */
static void
test_repeats (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  Canvas two, four;

  write_net (scratch, "r.safetensors",
             "input rgb sigma\nconv 8\nrepeat 2 {\ngru 8 | conv 8\n}\n"
             "conv 3\nresidual\n",
             1);
  write_net (scratch, "plain.safetensors", RANDOM_NET_PLAIN, 1);
  g_autoptr (RwModel) model = load (scratch, "r.safetensors", &error);
  g_assert_no_error (error);
  g_autoptr (RwModel) longer = rw_model_repeat (model, 4, &error);
  g_assert_no_error (error);
  g_autoptr (RwModel) same = rw_model_repeat (longer, 2, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_model_get_halo (model), ==, 8 + 8);
  g_assert_cmpint (rw_model_get_halo (longer), ==, 14 + 8);
  g_assert_cmpstr (rw_model_get_metadata (longer, "title"), ==, "random");
  canvas_init (&two, (RwRect){ 0, 0, 40, 30 }, 1);
  canvas_init (&four, (RwRect){ 0, 0, 40, 30 }, 1);
  canvas_restore_all (&two, model, 25, 1);
  canvas_restore_all (&four, longer, 25, 1);
  g_assert_cmpint (memcmp (two.out, four.out, canvas_size (&two)), !=, 0);
  canvas_restore_all (&four, same, 25, 1);
  g_assert_cmpmem (two.out, canvas_size (&two), four.out, canvas_size (&four));
  canvas_clear (&two);
  canvas_clear (&four);

  g_autoptr (RwModel) plain = load (scratch, "plain.safetensors", &error);
  g_assert_null (rw_model_repeat (plain, 4, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "no block to repeat");
  g_assert_null (rw_model_repeat (model, 4000, &error));
  assert_error (&error, RW_ERROR_LIMIT, "more than");
}

/* The buffers that stay after a picture are within the cache's budget, those
 * of several models together; without one none stay. */
static void
test_idle (Scratch *scratch, gconstpointer data)
{
  RwModel *models[3];
  Canvas canvas;

  canvas_init (&canvas, (RwRect){ 0, 0, 200, 150 }, 1);
  for (int i = 0; i < 3; i++) {
    g_autofree char *name = g_strdup_printf ("idle-%d.safetensors", i);
    write_net (scratch, name, RANDOM_NET_DEEP, i);
    models[i] = load (scratch, name, NULL);
  }
  rw_cache_set_budget (0);
  canvas_restore_all (&canvas, models[0], 25, 1);
  const gsize before = rw_alloc_get_bytes ();
  canvas_restore_all (&canvas, models[0], 25, 1);
  g_assert_cmpuint (rw_alloc_get_bytes (), ==, before);
  rw_cache_set_budget ((gsize) 64 << 20);
  canvas_restore_all (&canvas, models[0], 25, 1);
  const gsize one = rw_alloc_get_bytes () - before;
  g_assert_cmpuint (one, >, 0);
  rw_cache_set_budget (one + one / 2);
  for (int i = 0; i < 6; i++) {
    canvas_restore_all (&canvas, models[i % 3], 25, 1);
    g_assert_cmpuint (rw_alloc_get_bytes () - before, <=, one + one / 2);
  }
  canvas_clear (&canvas);
  for (int i = 0; i < 3; i++)
    rw_model_unref (models[i]);
}

/* What looks at the whole picture restores none. */
static void
test_whole (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;

  write_net (scratch, "dense.safetensors",
             "input rgb size=8x8\ndense 192 | shuffle 8\n", 1);
  g_assert_null (load (scratch, "dense.safetensors", &error));
  assert_error (&error, RW_ERROR_MISMATCH,
                "looks at the whole picture, which has to be 8 x 8");
}

/* ---- threads ----------------------------------------------------------- */

typedef struct {
  const char *path;
  const float *expected;
} Shared;

static gpointer
use_model (gpointer data)
{
  const Shared *shared = data;
  Canvas canvas;

  canvas_init (&canvas, (RwRect){ -40, -30, 80, 60 }, 1);
  for (int i = 0; i < 6; i++) {
    GError *error = NULL;
    g_autoptr (RwModel) model =
        rw_model_load ("white-noise", shared->path, &error);
    g_assert_no_error (error);
    canvas_restore_all (&canvas, model, 30, 1);
    if (shared->expected != NULL)
      g_assert_cmpmem (canvas.out, canvas_size (&canvas), shared->expected,
                       canvas_size (&canvas));
  }
  float *out = g_steal_pointer (&canvas.out);
  canvas_clear (&canvas);
  return out;
}

static void
test_threads (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.safetensors");
  GThread *threads[4];

  random_weights_write (path, "white-noise", RANDOM_NET_DEEP, 3);
  rw_cache_set_budget (0);
  g_autofree float *expected = use_model (&(Shared){ .path = path });
  Shared shared = { .path = path, .expected = expected };
  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new (NULL, use_model, &shared);
  for (int i = 0; i < 4; i++)
    g_free (g_thread_join (threads[i]));
}

static gpointer
load_path (gpointer path)
{
  return rw_model_load ("denoise", path, NULL);
}

/* Threads that load the same file at once get the same model. */
static void
test_one_wins (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "same.safetensors");
  GThread *threads[8];
  RwModel *models[8];

  for (int round = 0; round < 5; round++) {
    random_weights_write (path, "denoise", RANDOM_NET_DEEP, 100 + round);
    for (int i = 0; i < 8; i++)
      threads[i] = g_thread_new (NULL, load_path, path);
    for (int i = 0; i < 8; i++)
      models[i] = g_thread_join (threads[i]);
    for (int i = 0; i < 8; i++) {
      g_assert_true (models[i] != NULL && models[i] == models[0]);
      rw_model_unref (models[i]);
    }
  }
}

static gpointer
load_slowly (gpointer path)
{
  const gint64 before = g_get_monotonic_time ();

  rw_model_unref (rw_model_load ("denoise", path, NULL));
  return GINT_TO_POINTER (MAX (1, g_get_monotonic_time () - before));
}

/* While a large file is read, hashed and packed, other models are to be had.
 */
static void
test_waits_for_no_other (Scratch *scratch, gconstpointer data)
{
  g_autofree char *large = scratch_path (scratch, "large.safetensors");
  gint64 longest = 0;

  write_net (scratch, "a.safetensors", RANDOM_NET_PLAIN, 1);
  random_weights_write (
      large, "denoise",
      "input rgb\nconv 768 | relu\nconv 768 | relu\nconv 3\n", 1);
  rw_model_unref (load (scratch, "a.safetensors", NULL));
  GThread *thread = g_thread_new (NULL, load_slowly, large);
  for (int i = 0; i < 500; i++) {
    const gint64 before = g_get_monotonic_time ();
    rw_model_unref (load (scratch, "a.safetensors", NULL));
    longest = MAX (longest, g_get_monotonic_time () - before);
    g_usleep (100);
  }
  const gint64 whole = GPOINTER_TO_INT (g_thread_join (thread));
  g_test_message ("%d us of %d us", (int) longest, (int) whole);
  g_assert_cmpint (longest, <, whole / 2);
}

#define ADD(name, function)                                                   \
  g_test_add ("/model/" name, Scratch, NULL, scratch_set_up, function,        \
              scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("table", test_table);
  ADD ("many", test_many);
  ADD ("default", test_default);
  ADD ("wrong-nets", test_wrong_nets);
  ADD ("wrong-files", test_wrong_files);
  ADD ("any-task", test_any_task);
  ADD ("uses", test_uses);
  ADD ("no-level", test_no_level);
  ADD ("overflow", test_overflow);
  ADD ("repeats", test_repeats);
  ADD ("idle", test_idle);
  ADD ("one-wins", test_one_wins);
  ADD ("waits-for-no-other", test_waits_for_no_other);
  ADD ("whole", test_whole);
  ADD ("threads", test_threads);
  return g_test_run ();
}
