/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One batch: patches, loss and gradient.
 */
#include "train/batch.h"

#include "reweave.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "nets/feed.h"
#include "train/batch-goal.h"
#include "train/data/order.h"
#include "train/data/supply.h"
#include "train/data/transplant.h"
#include "train/ranks.h"

#include <math.h>
#include <string.h>

#define CHUNK                                                                 \
  16384 /* floats added up by an item; fixed, as sums depend on it */
#define MAX_SLICES 16 /* when the recipe does not say */

typedef struct {
  int first, n; /* images of the batch */
  float *grads; /* n_inner */
} Slice;

/* What a worker needs for the slice that it has, and again for its next one,
 * so that activations stay where the caches have them. */
typedef struct {
  RwRun *run;
  int n; /* images that the run is prepared for */
  RwPair pair;
  RwGoalDesk goal;
  guint64 *noise; /* n keys, for layers that draw random numbers */
} Desk;

struct RwBatch {
  RwNet *net;
  const RwTask *task;
  const RwRecipe *recipe;
  gboolean pairs; /* the damaged picture is given, the task adds nothing */
  const RwNoiseLibrary *noise; /* or NULL */
  RwSupply *supply;
  RwGoal goal;
  RwFeed feed;
  int input_side; /* of the net's input for a patch */
  int n_slices;
  int first_slice, n_own; /* those of this rank */
  Slice *slices;
  int n_desks;
  Desk *desks;                    /* by worker */
  float **rows;                   /* the slices' gradients */
  int *images, *columns, *chunks; /* where each rank's share of images, of
                                     floats of the gradient and of its chunks
                                     begins; n_ranks + 1 each */
  gsize n_inner;
  float *gradient;
  gboolean *frozen; /* of each parameter, or NULL */
  int n_chunks;
  double *squares; /* sum of squares of each chunk */
  double *losses;  /* of each image */
  /* of the run in progress */
  const RwPack *pack;
  guint64 step;
  int n_counted; /* patches */
};

static gboolean
check_patch (const RwNet *net,
             int scale,
             const RwRecipe *recipe,
             const RwDataset *dataset,
             GError **error)
{
  const int align = rw_net_get_align (net) * scale;
  int width, height;

  if (rw_net_get_size (net, &width, &height) &&
      (width != recipe->patch || height != recipe->patch)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "patch is %d, but this net takes pictures of %d x %d alone; "
                 "set patch to its size",
                 recipe->patch, width, height);
    return FALSE;
  }
  if (recipe->patch % align != 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "patch is %d, but this net takes multiples of %d; set patch "
                 "to %d",
                 recipe->patch, align, (recipe->patch / align + 1) * align);
    return FALSE;
  }
  if (rw_dataset_get_min_side (dataset) < recipe->patch) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        "patch is %d, but the smallest training picture has a side of "
        "%d; set a smaller patch",
        recipe->patch, rw_dataset_get_min_side (dataset));
    return FALSE;
  }
  return TRUE;
}

static int
count_slices (const RwRecipe *recipe)
{
  if (recipe->slices > 0)
    return MIN (recipe->slices, recipe->batch);
  return CLAMP (recipe->batch / 4, 1, MAX_SLICES);
}

static gboolean
alloc_floats (float **floats, gsize n, GError **error)
{
  *floats = rw_try_alloc (n, sizeof (float), "the buffers of a training batch",
                          error);
  return *floats != NULL;
}

/* of a slice */
static int
most_images (const RwBatch *batch)
{
  return (batch->recipe->batch + batch->n_slices - 1) / batch->n_slices;
}

/* Slices differ by one image at most: the run is prepared for the larger kind
 * last, so that preparing for either allocates nothing later. */
static gboolean
desk_prepare (const RwBatch *batch, Desk *desk, GError **error)
{
  const int side = batch->input_side;
  const int fewest = batch->recipe->batch / batch->n_slices;

  desk->n = most_images (batch);
  return rw_run_prepare (desk->run, fewest, side, side, error) &&
         rw_run_prepare (desk->run, desk->n, side, side, error);
}

static gboolean
desk_init (const RwBatch *batch, Desk *desk, RwNet *net, GError **error)
{
  const int patch = batch->recipe->patch, most = most_images (batch);

  desk->run = rw_run_new (net, RW_RUN_TRAIN, 1);
  desk->noise = g_new0 (guint64, most);
  rw_run_set_noise (desk->run, desk->noise);
  return rw_pair_init (&desk->pair, batch->task, patch, patch, error) &&
         rw_goal_desk_init (&desk->goal, &batch->goal, desk->run, most,
                            error) &&
         desk_prepare (batch, desk, error);
}

static gboolean
init_desks (RwBatch *batch, RwNet *net, GError **error)
{
  const int n = MIN (rw_parallel_get_workers (), batch->n_own);

  batch->desks = g_new0 (Desk, (gsize) n);
  for (; batch->n_desks < n; batch->n_desks++)
    if (!desk_init (batch, &batch->desks[batch->n_desks], net, error)) {
      batch->n_desks++;
      return FALSE;
    }
  return TRUE;
}

static void
desk_clear (Desk *desk)
{
  rw_run_free (desk->run);
  rw_pair_clear (&desk->pair);
  rw_goal_desk_clear (&desk->goal);
  g_free (desk->noise);
}

static gboolean
init_slices (RwBatch *batch, GError **error)
{
  const int n_images = batch->recipe->batch;

  batch->rows = g_new0 (float *, (gsize) batch->n_slices);
  for (int i = 0; i < batch->n_slices; i++) {
    Slice *slice = &batch->slices[i];
    slice->first = i * n_images / batch->n_slices;
    slice->n = (i + 1) * n_images / batch->n_slices - slice->first;
    if (!alloc_floats (&slice->grads, batch->n_inner, error))
      return FALSE;
    batch->rows[i] = slice->grads;
  }
  return TRUE;
}

/* Slices are dealt out whole, so that ranks change no sum. */
static void
init_shares (RwBatch *batch)
{
  const int n_ranks = rw_ranks_get_n (), own = rw_ranks_get_own ();

  batch->n_slices = count_slices (batch->recipe);
  batch->slices = g_new0 (Slice, (gsize) batch->n_slices);
  batch->first_slice = rw_ranks_get_first (batch->n_slices, own);
  batch->n_own =
      rw_ranks_get_first (batch->n_slices, own + 1) - batch->first_slice;
  batch->images = g_new0 (int, (gsize) n_ranks + 1);
  batch->columns = g_new0 (int, (gsize) n_ranks + 1);
  batch->chunks = g_new0 (int, (gsize) n_ranks + 1);
  for (int r = 0; r <= n_ranks; r++) {
    const int slice = rw_ranks_get_first (batch->n_slices, r);
    batch->images[r] = slice * batch->recipe->batch / batch->n_slices;
    batch->chunks[r] = rw_ranks_get_first (batch->n_chunks, r);
    batch->columns[r] =
        (int) MIN ((gsize) batch->chunks[r] * CHUNK, batch->n_inner);
  }
}

RwBatch *
rw_batch_new (RwNet *net,
              const RwTask *task,
              const RwRecipe *recipe,
              const RwDataset *dataset,
              GError **error)
{
  g_autoptr (RwBatch) batch = g_new0 (RwBatch, 1);

  batch->net = net;
  batch->task = task;
  batch->recipe = recipe;
  batch->pairs = rw_dataset_has_pairs (dataset);
  batch->input_side = recipe->patch / task->info.scale;
  batch->n_inner = rw_net_get_n_inner (net);
  batch->n_chunks = (int) ((batch->n_inner + CHUNK - 1) / CHUNK);
  init_shares (batch);
  batch->squares = g_new0 (double, (gsize) batch->n_chunks);
  batch->losses = g_new0 (double, (gsize) recipe->batch);
  if (!rw_goal_init (&batch->goal, net, task, recipe, error) ||
      !rw_feed_init (&batch->feed, net, task->range_low, task->range_high,
                     task->info.scale, error) ||
      !check_patch (net, task->info.scale, recipe, dataset, error))
    return NULL;
  const int *own = batch->images + rw_ranks_get_own ();
  batch->supply = rw_supply_new (dataset, recipe, task, own[0], own[1], error);
  if (batch->supply == NULL)
    return NULL;
  if (!alloc_floats (&batch->gradient, batch->n_inner, error) ||
      !init_slices (batch, error) || !init_desks (batch, net, error))
    return NULL;
  return g_steal_pointer (&batch);
}

void
rw_batch_free (RwBatch *batch)
{
  if (batch == NULL)
    return;
  for (int i = 0; i < batch->n_slices; i++)
    rw_free (batch->slices[i].grads);
  for (int i = 0; i < batch->n_desks; i++)
    desk_clear (&batch->desks[i]);
  g_free (batch->desks);
  rw_goal_clear (&batch->goal);
  g_free (batch->slices);
  g_free (batch->rows);
  g_free (batch->images);
  g_free (batch->columns);
  g_free (batch->chunks);
  rw_supply_free (batch->supply);
  rw_free (batch->gradient);
  g_free (batch->squares);
  g_free (batch->frozen);
  g_free (batch->losses);
  g_free (batch);
}

gboolean
rw_batch_set_quant (RwBatch *batch, const RwQuant *quant, GError **error)
{
  for (int i = 0; i < batch->n_desks; i++) {
    rw_run_set_quant (batch->desks[i].run, quant);
    if (!desk_prepare (batch, &batch->desks[i], error))
      return FALSE;
  }
  return TRUE;
}

gboolean
rw_batch_set_teacher (RwBatch *batch, const RwWeights *weights, GError **error)
{
  if (!rw_goal_set_teacher (&batch->goal, weights, error))
    return FALSE;
  for (int i = 0; i < batch->n_desks; i++)
    if (!rw_goal_desk_set_teacher (&batch->desks[i].goal, &batch->goal, error))
      return FALSE;
  return TRUE;
}

void
rw_batch_set_noise (RwBatch *batch, const RwNoiseLibrary *library)
{
  batch->noise = library;
  rw_supply_transplant (batch->supply);
}

/* ---- running ------------------------------------------------------------ */

/* Makes image @image of the batch, which is number @i of the slice: the net's
 * input and the targets. */
static void
make_image (const RwBatch *batch, Desk *desk, int i, int image, float *input)
{
  const int patch = batch->recipe->patch, side = batch->input_side;
  const guint64 key = rw_order_key (batch->recipe, batch->step, image);
  RwPair *pair = &desk->pair;
  RwDamage damage;
  guint64 noise;

  desk->noise[i] = rw_random_key (key, RW_DRAW_LAYERS);
  rw_supply_draw_damage (batch->supply, batch->step, image, &damage);
  rw_pair_set_size (pair, batch->task, &damage, patch, patch);
  if (batch->pairs) {
    rw_supply_get (batch->supply, image, pair->clean.rgb, pair->input.rgb);
    damage = rw_task_compare (batch->task, pair);
    damage.values[0] *=
        rw_supply_get_noise_share (batch->supply, batch->step, image);
  } else if (rw_supply_draw_noise (batch->supply, batch->step, image,
                                   &noise)) {
    rw_supply_get (batch->supply, image, pair->clean.rgb, NULL);
    rw_transplant (batch->noise, batch->task, noise, pair, &damage);
  } else {
    rw_supply_get (batch->supply, image, pair->source.rgb, NULL);
    rw_pair_degrade (pair, batch->task, &damage);
  }
  const RwTold told = rw_task_tell (batch->task, &damage);
  rw_feed_fill (&batch->feed, pair->input.rgb, pair->input.mask, &told,
                (gsize) side * (gsize) side, input);
  rw_goal_set_targets (&desk->goal, &batch->goal, i, pair, &told);
}

static void
run_slice (int item, int worker, void *data)
{
  RwBatch *batch = data;
  const Slice *slice = &batch->slices[batch->first_slice + item];
  Desk *desk = &batch->desks[worker];
  const gsize n_in = (gsize) batch->input_side * (gsize) batch->input_side *
                     (gsize) batch->feed.stride;

  if (desk->n != slice->n) /* cannot fail: desk_prepare has been here */
    rw_run_prepare (desk->run, slice->n, batch->input_side, batch->input_side,
                    NULL);
  desk->n = slice->n;
  for (int i = 0; i < slice->n; i++)
    make_image (batch, desk, i, slice->first + i,
                rw_run_get_input (desk->run) + (gsize) i * n_in);
  rw_run_forward (desk->run, batch->pack);
  for (int i = 0; i < slice->n; i++) {
    const gboolean counts = slice->first + i < batch->n_counted;
    batch->losses[slice->first + i] =
        rw_goal_evaluate (&desk->goal, &batch->goal, desk->run, i,
                          counts ? 1.0 / batch->n_counted : 0);
  }
  memset (slice->grads, 0, batch->n_inner * sizeof (float));
  rw_run_backward (desk->run, batch->pack, slice->grads);
}

typedef struct {
  RwBatch *batch;
  float *inputs, *clean;
} Making;

/* [n][stride] to [n][channels]. */
static void
leave_padding_out (
    const float *from, gsize n, int stride, int channels, float *to)
{
  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < channels; c++)
      *to++ = from[i * (gsize) stride + (gsize) c];
}

static void
make_outside (int image, int worker, void *data)
{
  const Making *making = data;
  const RwBatch *batch = making->batch;
  Desk *desk = &batch->desks[worker];
  const int planes = rw_net_get_in_channels (batch->net);
  const gsize side = (gsize) batch->input_side;
  const gsize patch = (gsize) batch->recipe->patch;
  float *input = rw_run_get_input (desk->run);

  make_image (batch, desk, 0, image, input);
  leave_padding_out (input, side * side, batch->feed.stride, planes,
                     making->inputs +
                         (gsize) image * side * side * (gsize) planes);
  leave_padding_out (desk->goal.targets[RW_TARGET_CLEAN], patch * patch,
                     batch->goal.shape.stride, 3,
                     making->clean + (gsize) image * 3 * patch * patch);
}

void
rw_batch_make (RwBatch *batch, float *inputs, float *clean)
{
  Making making = { batch, inputs, clean };

  rw_parallel_for_workers (batch->n_desks, batch->recipe->batch, make_outside,
                           &making);
}

void
rw_batch_freeze (RwBatch *batch, const gboolean *frozen)
{
  const gsize n = (gsize) rw_net_get_n_params (batch->net);

  g_free (batch->frozen);
  batch->frozen = g_memdup2 (frozen, n * sizeof *frozen);
  for (int i = 0; i < batch->n_desks; i++) {
    rw_run_freeze (batch->desks[i].run, frozen);
    desk_prepare (batch, &batch->desks[i], NULL); /* takes less than it has */
  }
}

/* Of @n floats from @first on, those of frozen parameters are 0. */
static void
clear_frozen (const RwBatch *batch, gsize first, gsize n)
{
  for (int i = 0; i < rw_net_get_n_params (batch->net); i++) {
    const RwParam *param = rw_net_get_param (batch->net, i);
    const gsize begin = MAX (first, param->inner);
    const gsize end = MIN (first + n, param->inner + param->n_inner);
    if (batch->frozen[i] && begin < end)
      memset (batch->gradient + begin, 0, (end - begin) * sizeof (float));
  }
}

/* Adds up one chunk of all slices' gradients, and its sum of squares. */
static void
add_chunk (int item, int worker, void *data)
{
  RwBatch *batch = data;
  const int chunk = batch->chunks[rw_ranks_get_own ()] + item;
  const gsize first = (gsize) chunk * CHUNK;
  const gsize n = MIN (CHUNK, batch->n_inner - first);
  float *restrict sum = batch->gradient + first;
  double squares = 0;

  memcpy (sum, batch->slices[0].grads + first, n * sizeof (float));
  for (int s = 1; s < batch->n_slices; s++) {
    const float *restrict grads = batch->slices[s].grads + first;
    for (gsize i = 0; i < n; i++)
      sum[i] += grads[i];
  }
  if (batch->frozen != NULL)
    clear_frozen (batch, first, n);
  for (gsize i = 0; i < n; i++)
    squares += (double) sum[i] * (double) sum[i];
  batch->squares[chunk] = squares;
}

gboolean
rw_batch_begin (RwBatch *batch, guint64 step, GError **error)
{
  if (!rw_goal_check (&batch->goal, error))
    return FALSE;
  batch->step = step;
  return rw_supply_begin (batch->supply, step, error);
}

double
rw_batch_run (RwBatch *batch, const RwPack *pack, int n_counted, double *norm)
{
  const int own = rw_ranks_get_own ();
  double loss = 0, squares = 0;

  batch->pack = pack;
  batch->n_counted = n_counted;
  rw_parallel_for_workers (batch->n_desks, batch->n_own, run_slice, batch);
  rw_ranks_deal (batch->rows, batch->n_slices, batch->columns);
  rw_parallel_for (batch->chunks[own + 1] - batch->chunks[own], add_chunk,
                   batch);
  rw_ranks_share (batch->gradient, sizeof (float), batch->columns);
  rw_ranks_share (batch->squares, sizeof (double), batch->chunks);
  rw_ranks_share (batch->losses, sizeof (double), batch->images);
  for (int i = 0; i < n_counted; i++)
    loss += batch->losses[i];
  for (int i = 0; i < batch->n_chunks; i++)
    squares += batch->squares[i];
  *norm = sqrt (squares);
  return loss / n_counted;
}

const float *
rw_batch_get_gradient (const RwBatch *batch)
{
  return batch->gradient;
}
