/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Models: loading, the table of loaded ones, idle buffers.
 */
#include "restore/model.h"

#include <glib/gstdio.h>

#include "base/alloc.h"
#include "base/lru.h"
#include "base/words.h"
#include "nets/turn.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define HALO_MAX 1024 /* a block costs some ten times itself then */
#define TABLE_MAX 4   /* models kept though nobody holds them */

typedef struct {
  char *key;
  RwModel *model;
} TableEntry;

static GMutex idle_lock;
static GQueue idle; /* of RwModelBuffers of all models, latest given first */

static GMutex table_lock;
static RwLru *table; /* of TableEntry, by its key; each costs 1 */

/* ---- a model ----------------------------------------------------------- */

static gboolean
check_kind (const RwTask *task, GError **error)
{
  if (task->info.kind != RW_TASK_CODEC)
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      _ ("weights for \"%s\", which makes files of pictures, expected "
         "those of a filter; choose others"),
      task->info.name);
  return FALSE;
}

/* Checks that the net can restore pictures block by block. */
static gboolean
check_net (const RwNet *net, GError **error)
{
  int width, height;

  if (rw_net_get_size (net, &width, &height)) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        _ ("its net looks at the whole picture, which has to be "
           "%d x %d, but restoring goes block by block; choose weights "
           "whose net has no \"size=\" (reweave eval measures these on "
           "batches)"),
        width, height);
    return FALSE;
  }
  if (rw_net_get_halo (net) > HALO_MAX || rw_net_get_align (net) > HALO_MAX) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 _ ("its net looks %d pixels far in steps of %d, restoring "
                    "stops at %d; use a net with fewer or smaller layers"),
                 rw_net_get_halo (net), rw_net_get_align (net), HALO_MAX);
    return FALSE;
  }
  return TRUE;
}

void
rw_model_buffers_free (RwModelBuffers *buffers)
{
  if (buffers == NULL)
    return;
  rw_run_free (buffers->run);
  rw_free (buffers->rgba);
  g_free (buffers);
}

static gsize
get_bytes (const RwModelBuffers *buffers)
{
  return rw_run_get_bytes (buffers->run) + buffers->n_floats * sizeof (float);
}

/* With the lock held. */
static void
drop_idle (GList *link)
{
  RwModelBuffers *buffers = link->data;

  g_queue_delete_link (&idle, link);
  rw_cache_release (get_bytes (buffers));
  rw_model_buffers_free (buffers);
}

static void
drop_idle_of (const RwModel *model)
{
  g_mutex_lock (&idle_lock);
  for (GList *link = idle.head, *next; link != NULL; link = next) {
    next = link->next;
    if (((const RwModelBuffers *) link->data)->owner == model)
      drop_idle (link);
  }
  g_mutex_unlock (&idle_lock);
}

/* Whether it is a filter for damage that leaves means alone, and is told how
 * strong the damage is. */
static gboolean
is_told_noise (const RwModel *model)
{
  const RwTask *task = model->task;

  return task->grain_area > 0 && task->info.scale == 1 &&
         task->info.mask == RW_MASK_NONE && rw_feed_takes_value (&model->feed);
}

RwModel *
rw_model_new (RwWeights *weights, const char *name, GError **error)
{
  g_autoptr (RwWeights) taken = weights;
  g_autoptr (RwPack) pack = NULL;
  const RwTask *task = rw_task_find (weights->task, error);
  RwFeed feed;

  if (task == NULL || !check_kind (task, error) ||
      !check_net (weights->net, error) ||
      !rw_feed_init (&feed, weights->net, weights->range_low,
                     weights->range_high, task->info.scale, error) ||
      (pack = rw_pack_new (weights->net, RW_RUN_INFER, error)) == NULL ||
      (weights->quant != NULL &&
       !rw_pack_set_quant (pack, weights->quant, error))) {
    g_prefix_error (error, "%s: ", name);
    return NULL;
  }
  rw_pack_update (pack, weights->params);

  RwModel *model = g_new0 (RwModel, 1);
  g_atomic_ref_count_init (&model->n_refs);
  model->weights = g_steal_pointer (&taken);
  model->pack = g_steal_pointer (&pack);
  model->key = rw_cache_key_extend ((RwCacheKey){ 0 }, weights->digest,
                                    strlen (weights->digest));
  model->key =
      rw_cache_key_extend (model->key, rw_net_get_text (model->weights->net),
                           strlen (rw_net_get_text (model->weights->net)));
  model->margins = rw_block_margins (weights->net, task->info.scale);
  model->task = task;
  model->feed = feed;
  model->keeps_mean = is_told_noise (model);
  model->with_mean = model->keeps_mean
                         ? rw_block_margins_with_mean (&model->margins)
                         : model->margins;
  return model;
}

gboolean
rw_model_keeps_mean (const RwModel *model, const RwSettings *settings)
{
  return model->keeps_mean &&
         (settings->n_values == 0 || settings->values[0].value > 0);
}

const RwBlockMargins *
rw_model_get_margins (const RwModel *model, const RwSettings *settings)
{
  return rw_model_keeps_mean (model, settings) ? &model->with_mean
                                               : &model->margins;
}

RwModel *
rw_model_repeat (RwModel *model, int repeats, GError **error)
{
  g_return_val_if_fail (model != NULL, NULL);

  RwWeights *weights = rw_weights_repeat (model->weights, repeats, error);
  return weights != NULL ? rw_model_new (weights, "repeats", error) : NULL;
}

RwModel *
rw_model_ref (RwModel *model)
{
  g_return_val_if_fail (model != NULL, NULL);

  g_atomic_ref_count_inc (&model->n_refs);
  return model;
}

void
rw_model_unref (RwModel *model)
{
  if (model == NULL || !g_atomic_ref_count_dec (&model->n_refs))
    return;
  drop_idle_of (model);
  rw_pack_free (model->pack);
  rw_weights_free (model->weights);
  g_free (model);
}

const char *
rw_model_get_metadata (const RwModel *model, const char *key)
{
  g_return_val_if_fail (model != NULL && key != NULL, NULL);

  return g_hash_table_lookup (model->weights->metadata, key);
}

const RwTaskInfo *
rw_model_get_task (const RwModel *model)
{
  g_return_val_if_fail (model != NULL, NULL);

  return &model->task->info;
}

gboolean
rw_model_uses (const RwModel *model, const char *control)
{
  g_return_val_if_fail (model != NULL && control != NULL, FALSE);

  return model->task->info.n_controls > 0 &&
         g_str_equal (control, model->task->info.controls[0].name) &&
         rw_feed_takes_value (&model->feed);
}

int
rw_model_get_halo (const RwModel *model)
{
  g_return_val_if_fail (model != NULL, 0);

  return model->with_mean.halo;
}

/* ---- its buffers ------------------------------------------------------- */

RwModelBuffers *
rw_model_buffers_new (const RwModel *model, int workers)
{
  RwModelBuffers *buffers = g_new0 (RwModelBuffers, 1);

  buffers->run = rw_run_new (model->weights->net, RW_RUN_INFER, workers);
  rw_run_set_over (buffers->run);
  buffers->workers = workers;
  return buffers;
}

gboolean
rw_model_buffers_reserve (RwModelBuffers *buffers,
                          gsize n_floats,
                          GError **error)
{
  if (n_floats <= buffers->n_floats)
    return TRUE;
  rw_free (buffers->rgba);
  buffers->rgba = rw_try_alloc (n_floats, sizeof (float),
                                _ ("a block of the picture"), error);
  buffers->n_floats = buffers->rgba != NULL ? n_floats : 0;
  return buffers->rgba != NULL;
}

RwModelBuffers *
rw_model_take_buffers (RwModel *model, int workers)
{
  RwModelBuffers *found = NULL;

  g_mutex_lock (&idle_lock);
  for (GList *link = idle.head; link != NULL; link = link->next) {
    RwModelBuffers *buffers = link->data;

    if (buffers->owner == model && buffers->workers == workers) {
      found = buffers;
      rw_cache_release (get_bytes (found));
      g_queue_delete_link (&idle, link);
      break;
    }
  }
  g_mutex_unlock (&idle_lock);
  return found != NULL ? found : rw_model_buffers_new (model, workers);
}

void
rw_model_give_buffers (RwModel *model, RwModelBuffers *buffers)
{
  const gsize bytes = get_bytes (buffers);
  gboolean kept;

  buffers->owner = model;
  g_mutex_lock (&idle_lock);
  while (!(kept = rw_cache_reserve (bytes)) && idle.tail != NULL)
    drop_idle (idle.tail);
  if (kept)
    g_queue_push_head (&idle, buffers);
  g_mutex_unlock (&idle_lock);
  if (!kept)
    rw_model_buffers_free (buffers);
}

/* ---- the table of loaded models ---------------------------------------- */

/* A key that changes whenever the file does. */
static char *
key_for_path (const char *path, GError **error)
{
  GStatBuf info;

  if (g_stat (path, &info) != 0) {
    const int code = errno;
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 _ ("%s: cannot be looked at (%s), expected a weight file; "
                    "check the name"),
                 path, g_strerror (code));
    return NULL;
  }
  return g_strdup_printf ("file %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                          ".%09ld %s",
                          (gint64) info.st_size, (gint64) info.st_mtim.tv_sec,
                          (long) info.st_mtim.tv_nsec, path);
}

static void
table_entry_free (gpointer data)
{
  TableEntry *entry = data;

  g_free (entry->key);
  rw_model_unref (entry->model);
  g_free (entry);
}

/* (transfer full) the model under @key, now the latest used, or NULL.  With
 * the lock held. */
static RwModel *
table_find (const char *key)
{
  if (table == NULL)
    table = rw_lru_new (g_str_hash, g_str_equal, table_entry_free);
  const TableEntry *entry = rw_lru_find (table, key);
  return entry != NULL ? rw_model_ref (entry->model) : NULL;
}

/* Takes @model and puts it into the table.  Loading is done without the lock,
 * so that nobody waits for somebody else's file; of two threads that have
 * loaded the same, the first one's model is what both get.  (transfer full) */
static RwModel *
table_add (const char *key, RwModel *model)
{
  g_autoptr (RwModel) ours = model;
  TableEntry *dropped = NULL;

  g_mutex_lock (&table_lock);
  RwModel *theirs = table_find (key);
  if (theirs == NULL) {
    TableEntry *entry = g_new (TableEntry, 1);

    *entry =
        (TableEntry){ .key = g_strdup (key), .model = rw_model_ref (model) };
    rw_lru_add (table, entry->key, entry, 1);
    if (rw_lru_get_length (table) > TABLE_MAX)
      dropped = rw_lru_steal (table);
  }
  g_mutex_unlock (&table_lock);
  if (dropped != NULL)
    table_entry_free (dropped);
  return theirs != NULL ? theirs : g_steal_pointer (&ours);
}

static RwModel *
load (const char *path, GBytes *builtin, GError **error)
{
  const char *name = path != NULL ? path : "the built-in weights";
  RwWeights *weights = path != NULL ? rw_weights_load (path, error)
                                    : rw_weights_parse (builtin, name, error);

  return weights != NULL ? rw_model_new (weights, name, error) : NULL;
}

RwModel *
rw_model_load (const char *task, const char *weights, GError **error)
{
  g_autoptr (GBytes) builtin = NULL;
  g_autoptr (GError) find_error = NULL;
  const RwTask *wanted = NULL;

  if (task != NULL && (wanted = rw_task_find (task, error)) == NULL)
    return NULL;
  g_return_val_if_fail (wanted != NULL || weights != NULL, NULL);
  if (wanted != NULL)
    weights = rw_task_get_weights (wanted, weights);
  g_autofree char *path = rw_weights_find (weights, &builtin, &find_error);
  if (find_error != NULL) {
    g_propagate_error (error, g_steal_pointer (&find_error));
    return NULL;
  }
  g_autofree char *key =
      path != NULL
          ? key_for_path (path, error)
          : g_strdup_printf ("built-in %p", g_bytes_get_data (builtin, NULL));
  if (key == NULL)
    return NULL;

  g_mutex_lock (&table_lock);
  g_autoptr (RwModel) model = table_find (key);
  g_mutex_unlock (&table_lock);
  if (model == NULL && (model = load (path, builtin, error)) != NULL)
    model = table_add (key, model);
  if (model == NULL ||
      (task != NULL &&
       !rw_weights_check_task (model->weights,
                               path != NULL ? path : "the built-in weights",
                               task, error)))
    return NULL;
  return g_steal_pointer (&model);
}

/* A turned model is in the table too: hosts ask for it with every chunk. */
RwModel *
rw_model_turn (RwModel *model, int turns, GError **error)
{
  g_return_val_if_fail (model != NULL, NULL);

  if (turns != 1 && turns != 2 && turns != 4 && turns != RW_MAX_TURNS) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 _ ("turns: found %d, expected 1, 2, 4 or %d orientations; "
                    "choose one of these"),
                 turns, RW_MAX_TURNS);
    return NULL;
  }
  if (turns == 1)
    return rw_model_ref (model);
  g_autofree char *same =
      g_base64_encode ((const guchar *) &model->key, sizeof model->key);
  g_autofree char *key = g_strdup_printf ("turns-%d-%s", turns, same);

  g_mutex_lock (&table_lock);
  RwModel *turned = table_find (key);
  g_mutex_unlock (&table_lock);
  if (turned != NULL)
    return turned;
  RwWeights *weights = rw_weights_turn (model->weights, turns, error);
  if (weights == NULL)
    return NULL;
  turned = rw_model_new (weights, "turns", error);
  return turned != NULL ? table_add (key, turned) : NULL;
}
