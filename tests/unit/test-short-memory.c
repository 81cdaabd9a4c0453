/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net that fits the memory while its copies do not: every way that copies a
 * parameter fails with an error, as GLib's allocators would end the process.
 */
#include "train/checkpoint.h"

#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "weights/weights.h"
#include "random-weights.h"
#include "reweave.h"
#include "scratch.h"
#include "train/fine-tune.h"

/* Its second layer's weights are 36 MiB. */
#define LARGE_NET "input rgb\nconv 512 | relu\nconv 2048 | relu\nconv 3\n"
#define OTHER_NET                                                             \
  "input rgb\nconv 512 | relu\nconv 2048 | relu\nconv 3\nresidual\n"
#define SPARE_BYTES ((gsize) 16 << 20) /* less than the weights */

static const char *recipe_text = "[train]\ntask = denoise\n[net]\n" LARGE_NET;

/* From now on @bytes more of address space. */
static void
limit_memory (gsize bytes)
{
  g_autofree char *text = NULL;
  struct rlimit limit;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  const gsize pages = (gsize) g_ascii_strtoull (text, NULL, 10);
  g_assert_cmpint (getrlimit (RLIMIT_AS, &limit), ==, 0);
  limit.rlim_cur = pages * (gsize) sysconf (_SC_PAGESIZE) + bytes;
  g_assert_cmpint (setrlimit (RLIMIT_AS, &limit), ==, 0);
}

static void
assert_limit (gboolean done, GError **error)
{
  g_assert_false (done);
  g_assert_error (*error, RW_ERROR, RW_ERROR_LIMIT);
  g_clear_error (error);
}

/* Nothing of it can be copied. */
static void
check_all (const Scratch *scratch)
{
  g_autofree char *path = scratch_path (scratch, "x.safetensors");
  g_autofree char *told = NULL;
  GError *error = NULL;
  g_autoptr (RwRecipe) recipe = rw_recipe_parse (recipe_text, "test", &error);
  g_assert_no_error (error);
  g_autoptr (RwNet) net = rw_net_parse (LARGE_NET, NULL);
  g_autoptr (RwNet) other = rw_net_parse (OTHER_NET, NULL);
  g_autoptr (RwTrainState) state =
      rw_train_state_new (net, recipe, "data", &error);
  g_assert_no_error (error);
  rw_autofree float *params =
      rw_try_alloc (rw_net_get_n_inner (net), sizeof (float), "a test", NULL);
  g_autoptr (RwPack) pack = rw_pack_new (net, RW_RUN_TRAIN, &error);
  g_assert_no_error (error);
  const RwWeights weights = { .net = other, .params = params };

  rw_parallel_set_threads (1);
  limit_memory (SPARE_BYTES);
  assert_limit (rw_net_init_params (net, params, 1, &error), &error);
  assert_limit (rw_checkpoint_save (state, path, &error), &error);
  g_assert_null (rw_checkpoint_to_bytes (state));
  assert_limit (
      rw_fine_tune_take (net, &weights, "x", state->params, &told, &error),
      &error);
  assert_limit (
      rw_weights_save (path, net, params, NULL, RW_DTYPE_F32, &error), &error);
  rw_pack_update (pack, params); /* takes no memory at all */
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* A copy of one parameter fits, that of all in a file does not. */
static void
check_writer (const Scratch *scratch)
{
  g_autofree char *path = scratch_path (scratch, "y.safetensors");
  g_autoptr (RwSafetensorsWriter) writer = rw_safetensors_writer_new ();
  const gsize n = 5 << 20;
  g_autofree float *values = g_new0 (float, n);
  GError *error = NULL;

  limit_memory (4 * n + SPARE_BYTES); /* once */
  rw_safetensors_writer_add_floats (writer, "a", RW_DTYPE_F32, 1, &n, values);
  assert_limit (rw_safetensors_writer_save (writer, path, &error), &error);
  rw_safetensors_writer_add_floats (writer, "b", RW_DTYPE_F32, 1, &n, values);
  assert_limit (rw_safetensors_writer_save (writer, path, &error), &error);
  g_assert_null (rw_safetensors_writer_to_bytes (writer));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_limited (Scratch *scratch, gconstpointer check)
{
#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("the sanitizer's shadow does not fit a limit");
#else
  if (g_test_subprocess ()) {
    ((void (*) (const Scratch *)) check) (scratch);
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/short-memory/parameters", Scratch, check_all, scratch_set_up,
              test_limited, scratch_tear_down);
  g_test_add ("/short-memory/writer", Scratch, check_writer, scratch_set_up,
              test_limited, scratch_tear_down);
  return g_test_run ();
}
