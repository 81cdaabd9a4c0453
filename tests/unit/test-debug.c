/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * REWEAVE_DEBUG: blocks are told of, and words that mean nothing are said
 * once.
 */
#include "canvas.h"
#include "random-weights.h"
#include "scratch.h"

/* Two restorations of one block, in a process of their own. */
static void
restore_twice (void)
{
  Scratch scratch;
  Canvas canvas;

  scratch_set_up (&scratch, NULL);
  g_autofree char *path = scratch_path (&scratch, "plain.safetensors");
  random_weights_write (path, "white-noise", RANDOM_NET_PLAIN, 1);
  g_autoptr (RwModel) model = rw_model_load (NULL, path, NULL);
  canvas_init (&canvas, (RwRect){ 0, 0, 20, 20 }, 1);
  for (int i = 0; i < 2; i++)
    canvas_restore_all (&canvas, model, LEVEL_OPEN, 1);
  canvas_clear (&canvas);
  scratch_tear_down (&scratch, NULL);
}

static void
check (const char *value, const char *told)
{
  g_setenv ("REWEAVE_DEBUG", value, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_unsetenv ("REWEAVE_DEBUG");
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr (told);
}

static void
test_words (void)
{
  if (g_test_subprocess ()) {
    restore_twice ();
    return;
  }
  check ("tile", "reweave: REWEAVE_DEBUG: found \"tile\", expected "
                 "tiles, cache or all; ignoring it\n");
  check ("tiles", "reweave: block 0,0 20x20 *");
  check ("cache", "reweave: cache: 2 blocks read and hashed, 1 computed, "
                  "1 times found, 0 dropped; at most 0.0 of 256.0 MiB\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/debug/words", test_words);
  return g_test_run ();
}
