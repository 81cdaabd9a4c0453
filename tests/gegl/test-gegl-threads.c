/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave:denoise in GEGL works on GEGL's threads from its first question on,
 * before any pixel: the core starts none of its own.
 */
#include <gegl.h>

#include "random-weights.h"
#include "scratch.h"

static int
count_threads (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  int n = 0;

  while (tasks != NULL && g_dir_read_name (tasks) != NULL)
    n++;
  return n;
}

static void
test_threads (Scratch *scratch, gconstpointer data)
{
  const GeglRectangle roi = { 0, 0, 40, 30 };
  g_autofree char *path = scratch_path (scratch, "net.safetensors");
  g_autoptr (GeglNode) graph = gegl_node_new ();
  g_autoptr (GeglBuffer) buffer =
      gegl_buffer_new (&roi, babl_format ("R'G'B' float"));
  GeglNode *source = gegl_node_new_child (
      graph, "operation", "gegl:buffer-source", "buffer", buffer, NULL);
  GeglNode *operation =
      gegl_node_new_child (graph, "operation", "reweave:denoise", "level",
                           30.0, "weights", path, NULL);

  random_weights_write (path, "denoise", RANDOM_NET_DEEP, 7);
  gegl_node_link (source, operation);
  const int before = count_threads ();
  gegl_node_blit_buffer (operation, NULL, &roi, 0, GEGL_ABYSS_NONE);
  g_assert_cmpint (count_threads (), <, before + 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("GEGL_THREADS", "1", TRUE);
  g_setenv ("REWEAVE_THREADS", "16", TRUE);
  gegl_init (&argc, &argv);
  g_test_add ("/gegl-threads/none-of-its-own", Scratch, NULL, scratch_set_up,
              test_threads, scratch_tear_down);
  const int status = g_test_run ();
  gegl_exit ();
  return status;
}
