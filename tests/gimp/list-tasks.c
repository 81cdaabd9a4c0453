/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * list-tasks FOLDER: the tasks that a plug-in has to offer, one a line: name,
 * title, default weights, what is added to a new layer's name, kind ("filter",
 * "hole" or "enlarge"), and each control with a value to set, separated by
 * tabs.  Writes random weights of each to FOLDER/NAME.safetensors, and of what finds
 * marks to FOLDER/scratch-m.safetensors.
 */
#include <stdio.h>

#include "random-weights.h"

#include "reweave.h"

#define NET_HOLE                                                              \
  "input rgb mask\n"                                                          \
  "conv 6 | relu | conv 6 | relu | conv 3\n"
#define NET_MARKS                                                             \
  "input rgb\n"                                                               \
  "conv 8 | relu | conv 8 | relu | conv 3 -> a\n"                             \
  "add a -> b\nadd b -> c\nadd c -> d\nadd d -> e\nadd e\nsigmoid\n"
#define NET_ENLARGE                                                           \
  "input rgb\n"                                                               \
  "conv 8 | relu | conv 12 | shuffle 2\n"

static const char *
get_kind (const RwTaskInfo *info)
{
  return info->mask != RW_MASK_NONE ? "hole"
         : info->scale > 1          ? "enlarge"
                                    : "filter";
}

static const char *
get_net (const RwTaskInfo *info)
{
  if (info->mask != RW_MASK_NONE)
    return NET_HOLE;
  if (info->scale > 1)
    return NET_ENLARGE;
  return info->n_controls > 0 ? RANDOM_NET_DEEP : RANDOM_NET_PLAIN;
}

static void
print_task (const char *folder, const RwTaskInfo *info)
{
  g_autofree char *name = g_strconcat (info->name, ".safetensors", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  random_weights_write (path, info->name, get_net (info), 17);
  printf ("%s\t%s\t%s\t%s\t%s", info->name, info->title, info->weights,
          info->done, get_kind (info));
  for (int i = 0; i < info->n_controls; i++)
    printf ("\t%s=%g", info->controls[i].name, info->controls[i].high);
  printf ("\n");
}

/* Under the name of its default, which hosts take. */
static void
write_finder (const char *folder, const RwTaskInfo *info)
{
  g_autofree char *name = g_strconcat (info->weights, ".safetensors", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  random_weights_write (path, info->name, NET_MARKS, 14);
}

int
main (int argc, char **argv)
{
  if (argc != 2) {
    fprintf (stderr, "list-tasks: %d arguments, expected FOLDER\n", argc - 1);
    return 2;
  }
  for (const RwTaskInfo *const *info = rw_task_list (); *info != NULL; info++)
    if ((*info)->finds)
      write_finder (argv[1], *info);
    else if ((*info)->kind == RW_TASK_FILTER ||
             (*info)->kind == RW_TASK_SCALER)
      print_task (argv[1], *info);
  return 0;
}
