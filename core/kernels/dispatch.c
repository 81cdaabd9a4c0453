/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Picks the kernels' CPU level once.
 */
#include "kernels/kernels.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const RwKernels rw_kernels_generic;
#ifdef RW_HAVE_V3
extern const RwKernels rw_kernels_v3;
#endif
#ifdef RW_HAVE_V4
extern const RwKernels rw_kernels_v4;
#endif

static const char *const names[RW_N_LEVELS] = { "generic", "v3", "v4" };
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const RwKernels *chosen;
static RwLevel chosen_level;

const RwKernels *
rw_kernels_for_level (RwLevel level)
{
  switch (level) {
  case RW_LEVEL_V4:
#ifdef RW_HAVE_V4
    if (__builtin_cpu_supports ("avx512f") &&
        __builtin_cpu_supports ("avx512bw") &&
        __builtin_cpu_supports ("avx512dq") &&
        __builtin_cpu_supports ("avx512vl"))
      return &rw_kernels_v4;
#endif
    return NULL;
  case RW_LEVEL_V3:
#ifdef RW_HAVE_V3
    if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
      return &rw_kernels_v3;
#endif
    return NULL;
  case RW_LEVEL_GENERIC:
    return &rw_kernels_generic;
  case RW_N_LEVELS:
    break;
  }
  return NULL;
}

RwLevel
rw_level_find (const char *name)
{
  int level = 0;

  while (level < RW_N_LEVELS && strcmp (name, names[level]) != 0)
    level++;
  return (RwLevel) level;
}

static void
choose (void)
{
  const char *cap = getenv ("REWEAVE_CPU");
  const int highest = RW_N_LEVELS - 1;
  int level = highest;

  if (cap && *cap) {
    level = (int) rw_level_find (cap);
    if (level == RW_N_LEVELS) {
      fprintf (stderr,
               "reweave: REWEAVE_CPU: found \"%s\", expected generic, v3 or "
               "v4; using the highest level that this machine has\n",
               cap);
      level = highest;
    }
  }
  while (level > RW_LEVEL_GENERIC &&
         rw_kernels_for_level ((RwLevel) level) == NULL)
    level--;
  chosen_level = (RwLevel) level;
  chosen = rw_kernels_for_level (chosen_level);
}

const RwKernels *
rw_kernels (void)
{
  pthread_once (&once, choose);
  return chosen;
}

RwLevel
rw_kernels_get_level (void)
{
  rw_kernels ();
  return chosen_level;
}

const char *
rw_level_get_name (RwLevel level)
{
  return names[level];
}
