/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Optimisers: one file an optimiser; the list is in core/meson.build.
 *
 * What keeps weights small is the same for all of them and does not change
 * biases:
 *   l1, l2: penalties l1 sum |w| + l2 / 2 sum w^2, whose gradient l1 sign (w)
 *     + l2 w is added to that of the loss, after clipping; what an optimiser
 *     makes of gradients, it makes of these (PyTorch's weight_decay of Adam
 *     and SGD is l2);
 *   weight_decay: w -= rate * weight_decay * w before each step, decoupled
 *     from gradients (Loshchilov and Hutter 2019; PyTorch's of AdamW).
 *
 * They work on the flat inner-layout array of nets/net.h.  Padding entries
 * have zero gradient and stay exactly 0.
 */
#pragma once

#include <glib.h>

#include "nets/net.h"

typedef struct {
  double beta1;        /* decay of the mean of gradients (momentum for sgd) */
  double beta2;        /* decay of the mean of squared gradients */
  double epsilon;      /* added to the root; > 0 */
  double l1, l2;       /* penalties; 0: none */
  double weight_decay; /* decoupled; 0: none */
} RwOptimiserSettings;

#define RW_OPTIMISER_MAX_STATES 4

/* One update of one run of parameters: all weights or all biases. */
typedef struct {
  const RwOptimiserSettings *settings;
  double rate;   /* learning rate of this step */
  double scale;  /* of the loss's gradient (clipping) */
  double l1, l2; /* of the settings, or 0 for biases */
  guint64 step;  /* 1 for the first */
  gsize n;
  float *params;
  const float *grads;
  float *states[RW_OPTIMISER_MAX_STATES];
} RwOptimiserUpdate;

/* The shape of a weight that maps what one layer gives to what another takes:
 * a matrix in the inner layout, whose padding rows and columns are 0. */
typedef struct {
  int rows, columns;   /* as they lie in memory; columns are outputs */
  int n_in, n_outputs; /* of them without padding */
} RwOptimiserMatrix;

typedef struct {
  const char *name;                                     /* "adam" */
  const char *summary;                                  /* source */
  const char *state_names[RW_OPTIMISER_MAX_STATES + 1]; /* NULL ends it */

  gboolean whole_set; /* each step needs the gradient over all data */
  void (*update) (const RwOptimiserUpdate *update);

  /* Updates a matrix as a whole, on one thread, with @scratch of as many
   * floats as count_scratch says.  The first and the last matrix of a net,
   * which touch colour, go to update.  NULL: all do. */
  void (*update_matrix) (const RwOptimiserUpdate *update,
                         const RwOptimiserMatrix *matrix,
                         float *scratch);
  gsize (*count_scratch) (const RwOptimiserMatrix *matrix);
} RwOptimiserClass;

/* The gradient of the loss and the penalties at parameter @i. */
static inline float
rw_optimiser_update_gradient (const RwOptimiserUpdate *update, gsize i)
{
  const float scale = (float) update->scale;
  const float l1 = (float) update->l1, l2 = (float) update->l2;
  const float w = update->params[i];
  const float sign = (float) ((w > 0) - (w < 0));

  return update->grads[i] * scale + (l2 * w + l1 * sign);
}

/* RW_ERROR_FORMAT naming the known optimisers and the nearest. */
const RwOptimiserClass *rw_optimiser_find (const char *name, GError **error);
const RwOptimiserClass *const *rw_optimiser_list (void); /* NULL-terminated */

typedef struct RwOptimiser RwOptimiser; /* a class with its state */

/* State for @net's parameters, all 0.  NULL with RW_ERROR_LIMIT. */
RwOptimiser *rw_optimiser_new (const RwOptimiserClass *of,
                               const RwOptimiserSettings *settings,
                               RwNet *net,
                               GError **error);
void rw_optimiser_free (RwOptimiser *optimiser); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwOptimiser, rw_optimiser_free)

/* Leaves out the parameters for which @frozen, one a parameter, is TRUE: they
 * and their state stay as they are, bit for bit. */
void rw_optimiser_freeze (RwOptimiser *optimiser,
                          const RwNet *net,
                          const gboolean *frozen);

/* params -= update, in parallel over fixed chunks.  @step: 1 for the first;
 * @scale multiplies the gradient. */
void rw_optimiser_step (RwOptimiser *optimiser,
                        float *params,
                        const float *grads,
                        guint64 step,
                        double rate,
                        double scale);

/* The state arrays, n_inner floats each, for checkpoints. */
int rw_optimiser_get_n_states (const RwOptimiser *optimiser);
const char *rw_optimiser_get_state_name (const RwOptimiser *optimiser, int i);
float *rw_optimiser_get_state (RwOptimiser *optimiser, int i);
