/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The core's threads and cache are as large as the host wants its own to be.
 */
#include "op-model.h"

/* Of GEGL's tile cache blocks get a part, beside it; at least what 24 megapixels
 * and the buffers of a net take, unless that is more than GEGL's own; and some
 * blocks in any case, or small chunks recompute them.  In MiB. */
#define CACHE_SHARE 4u
#define CACHE_USUAL 320u
#define CACHE_LEAST 64u

/* The core works on the threads that the user has allowed GEGL. */
static void
share_threads (void)
{
  static gsize done;

  if (g_once_init_enter (&done)) {
    int n_threads = 1;
    g_object_get (gegl_config (), "threads", &n_threads, NULL);
    rw_set_distribute (gegl_parallel_distribute, n_threads);
    g_once_init_leave (&done, 1);
  }
}

static gsize
choose_budget (guint64 tile_cache)
{
  const guint64 mib = tile_cache >> 20;
  const guint64 usual = MAX (mib / CACHE_SHARE, MIN (mib, CACHE_USUAL));

  return (gsize) MAX (usual, CACHE_LEAST) << 20;
}

/* Unless REWEAVE_CACHE says otherwise. */
static void
share_memory (void)
{
  static guint64 known;
  static GMutex lock;
  const char *own = g_getenv ("REWEAVE_CACHE");
  guint64 size = 0;

  if (own != NULL && *own != '\0')
    return;
  g_object_get (gegl_config (), "tile-cache-size", &size, NULL);
  g_mutex_lock (&lock);
  if (size != known)
    rw_cache_set_budget (choose_budget (size));
  known = size;
  g_mutex_unlock (&lock);
}

void
rw_op_share_host (void)
{
  share_threads ();
  share_memory ();
}

/* A model of any task: whether it is for one that an operation can do. */
static gboolean
check_task (RwModel *model, const char *weights, GError **error)
{
  const RwTaskInfo *info = rw_model_get_task (model);

  if (rw_task_is_plain_filter (info))
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      _ ("%s: its task is \"%s\", expected one that keeps the size of "
         "a picture and needs no mask; choose other weights"),
      weights, info->name);
  return FALSE;
}

/* A slider goes through numbers that the core does not take. */
static int
round_turns (int turns)
{
  return turns >= 8 ? 8 : turns >= 4 ? 4 : turns >= 2 ? 2 : 1;
}

/* Packing weights is the core's first work, and would start threads of its own
 * if it were not given GEGL's before. */
RwModel *
rw_op_load_model (const RwOpSettings *settings, GError **error)
{
  const gboolean given =
      settings->weights != NULL && *settings->weights != '\0';

  rw_op_share_host ();
  if (settings->task == NULL && !given) {
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 _ ("weights: none are given, expected the path or name of a "
                    "weight file; choose one"));
    return NULL;
  }
  g_autoptr (RwModel) model =
      rw_model_load (settings->task, settings->weights, error);
  if (model == NULL || (settings->task == NULL &&
                        !check_task (model, settings->weights, error)))
    return NULL;
  return rw_model_turn (model, round_turns (settings->turns), error);
}

int
rw_op_list_values (const RwModel *model,
                   const RwOpSettings *settings,
                   RwValue values[RW_CONTROLS_MAX])
{
  const RwTaskInfo *info = rw_model_get_task (model);
  int n = 0;

  for (int i = 0; i < settings->n_values; i++) {
    const double value = settings->values[i];
    const RwField *control = i < info->n_controls ? &info->controls[i] : NULL;
    if (value == 0 && (control == NULL || control->open))
      continue;
    values[n++] =
        control != NULL
            ? (RwValue){ control->name, rw_control_raise (control, value) }
            : (RwValue){ "value", value }; /* which rw_restore refuses */
  }
  return n;
}

gboolean
rw_op_measures (const RwModel *model, const RwOpSettings *settings)
{
  const RwTaskInfo *info = rw_model_get_task (model);
  RwValue values[RW_CONTROLS_MAX];

  return info->n_controls > 0 &&
         rw_op_list_values (model, settings, values) == 0 &&
         rw_model_uses (model, info->controls[0].name);
}
