/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The mean of a net over orientations, as one net.
 *
 *            /- turned by   0: all layers -\
 *   input --+-- turned by 180: all layers --+- sum -- conv k=1: the mean
 *            \- ...                       -/
 */
#include "nets/turn.h"

#include <string.h>

#include "base/alloc.h"
#include "nets/graph.h"
#include "reweave.h"

/* ---- orientations ------------------------------------------------------- */

enum { FLIP_X = 1, FLIP_Y = 2, TRANSPOSE = 4 };

static const int turns[RW_MAX_TURNS] = {
  0,      FLIP_X | FLIP_Y, TRANSPOSE | FLIP_X, TRANSPOSE | FLIP_Y,
  FLIP_X, FLIP_Y,          TRANSPOSE,          TRANSPOSE | FLIP_X | FLIP_Y,
};

void
rw_turn_offset (int turn, int side, int *y, int *x)
{
  const int bits = turns[turn];
  const int before = *y;

  if (bits & TRANSPOSE) {
    *y = *x;
    *x = before;
  }
  if (bits & FLIP_X)
    *x = side - 1 - *x;
  if (bits & FLIP_Y)
    *y = side - 1 - *y;
}

/* ---- what can be turned ------------------------------------------------- */

/* The side of the square of pixels that a layer makes of channels, or channels
 * of; 0 for other layers. */
static int
get_square (const RwNode *node, RwChannelWay way)
{
  if (node->layer == NULL || node->layer->class->channels.way != way)
    return 0;
  return way == RW_CHANNELS_GATHERED ? node->shape.w / node->layer->in[0].w
                                     : node->layer->in[0].w / node->shape.w;
}

static gboolean
has_channels (const RwNode *node)
{
  const char *letters =
      node->layer != NULL ? node->layer->class->channels.params[0] : NULL;

  return letters != NULL && g_str_equal (letters, "oi..");
}

static gboolean
refuse (const RwNet *net, int i, const char *what, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "net: %s %s, so it cannot be turned; restore without turns",
               rw_net_get_node_name (net, i), what);
  return FALSE;
}

/* Whether a transposed convolution adds a row at one side only. */
static gboolean
is_lopsided (const RwNet *net, const RwNode *node)
{
  const char *letters = node->layer->class->channels.params[0];

  if (letters == NULL || !g_str_equal (letters, "io.."))
    return FALSE;
  const gsize k = net->params[node->first_param].dims[2];

  return (k - (gsize) (node->shape.w / node->layer->in[0].w)) % 2 != 0;
}

/* Channels that stand for pixels come in another order when these are turned,
 * and a convolution has to know it. */
static gboolean
check_neighbours (const RwNet *net, int i, GError **error)
{
  const RwNode *node = &net->nodes[i];

  if (get_square (node, RW_CHANNELS_GATHERED) > 0 &&
      (!has_channels (&net->nodes[node->inputs[0]]) ||
       net->nodes[node->inputs[0]].n_users != 1))
    return refuse (net, i,
                   "takes channels from another layer than a "
                   "convolution of its own",
                   error);
  if (i == rw_net_output_node (net) &&
      get_square (node, RW_CHANNELS_SPREAD) > 0)
    return refuse (net, i, "makes channels of pixels at the end", error);
  for (int k = 0; k < node->n_inputs; k++)
    if (get_square (&net->nodes[node->inputs[k]], RW_CHANNELS_SPREAD) > 0 &&
        !has_channels (node))
      return refuse (net, i, "takes channels that are pixels", error);
  return TRUE;
}

static gboolean
check_node (const RwNet *net, int i, GError **error)
{
  const RwNode *node = &net->nodes[i];
  const RwWindow window = rw_layer_get_window (node->layer);

  if (node->layer->class->flags & RW_LAYER_WHOLE)
    return refuse (net, i, "looks at the whole picture", error);
  if (window.before != window.after || is_lopsided (net, node))
    return refuse (net, i, "reaches further to one side than to the other",
                   error);
  return check_neighbours (net, i, error);
}

/* ---- the net ------------------------------------------------------------ */

static RwNet *
begin (const RwNet *net)
{
  RwNet *turned = rw_net_new_like (net, &net->nodes[0].shape);

  memcpy (turned->planes, net->planes, sizeof turned->planes);
  turned->n_planes = net->n_planes;
  return turned;
}

/* The number of what @i of @net is in a branch that begins behind @before. */
static int
place (int before, int i)
{
  return i == 0 ? 0 : before + i;
}

static gboolean
add_branch (RwNet *turned, const RwNet *net, GError **error)
{
  const int before = turned->n_nodes - 1;

  for (int i = 1; i < net->n_nodes; i++) {
    const RwNode *from = &net->nodes[i];
    int inputs[2] = { 0 };

    for (int k = 0; k < from->n_inputs; k++)
      inputs[k] = place (before, from->inputs[k]);
    if (!rw_net_copy_node (turned, from, inputs, error))
      return FALSE;
    turned->nodes[turned->n_nodes - 1].twin = place (before, from->twin);
  }
  return TRUE;
}

/* The last node and an earlier one, in the order that a text gives. */
static gboolean
add_sum (RwNet *turned, int earlier, GError **error)
{
  const RwLayerClass *class = rw_layer_find ("add");
  RwLayer *layer = g_malloc0 (class->size);
  const int inputs[] = { turned->n_nodes - 1, earlier };

  layer->class = class;
  if (!rw_net_add_node (turned, layer, inputs, 2, error))
    return FALSE;
  return TRUE;
}

/* A convolution that can divide each of @channels by a number. */
static gboolean
add_mean (RwNet *turned, int channels, GError **error)
{
  g_autofree char *text = g_strdup_printf ("input rgb\nconv %d k=1", channels);
  g_autoptr (RwNet) net = rw_net_parse (text, error);

  if (net == NULL)
    return FALSE;
  const int input = turned->n_nodes - 1;

  if (!rw_net_copy_node (turned, &net->nodes[1], &input, error))
    return FALSE;
  return TRUE;
}

RwNet *
rw_net_turn (RwNet *net, int first, int n_turns, GError **error)
{
  g_return_val_if_fail (
      first >= 0 && n_turns > 0 && first + n_turns <= RW_MAX_TURNS, NULL);
  g_autoptr (RwNet) turned = begin (net);
  int sum = 0;

  for (int i = 1; i < net->n_nodes; i++)
    if (!check_node (net, i, error))
      return NULL;
  for (int t = 0; t < n_turns; t++) {
    if (!add_branch (turned, net, error) ||
        (t > 0 && !add_sum (turned, sum, error)))
      return NULL;
    sum = turned->n_nodes - 1;
  }
  if (!add_mean (turned, rw_net_get_out_channels (net), error))
    return NULL;
  rw_net_name_nodes (turned);
  if (!rw_net_finish (turned, error))
    return NULL;
  return g_steal_pointer (&turned);
}

/* ---- its parameters ----------------------------------------------------- */

/* Where value @at of a dimension of channels, in squares of @side pixels, lies
 * in the parameter as it is. */
static gsize
turn_channel (int turn, int side, gsize at)
{
  if (side == 0)
    return at;
  const gsize square = (gsize) side * side;
  int y = (int) (at % square) / side, x = (int) (at % square) % side;

  rw_turn_offset (turn, side, &y, &x);
  return at - at % square + (gsize) (y * side + x);
}

/* The place in the parameter as it is of value @at of the turned one. */
static gsize
turn_place (const RwParam *param,
            const char *letters,
            int turn,
            int in_side,
            int out_side,
            gsize at)
{
  gsize index[4] = { 0 }, place = 0;
  int n_spatial = 0, y = 0;

  for (int d = param->n_dims - 1; d >= 0; d--) {
    index[d] = at % param->dims[d];
    at /= param->dims[d];
  }
  for (int d = 0; d < param->n_dims; d++) {
    const char letter = letters != NULL ? letters[d] : ' ';

    if (letter == 'o')
      index[d] = turn_channel (turn, out_side, index[d]);
    else if (letter == 'i')
      index[d] = turn_channel (turn, in_side, index[d]);
    else if (letter == '.' && n_spatial++ == 0)
      y = d;
    else if (letter == '.') {
      int row = (int) index[y], column = (int) index[d];
      rw_turn_offset (turn, (int) param->dims[d], &row, &column);
      index[y] = (gsize) row;
      index[d] = (gsize) column;
    }
  }
  for (int d = 0; d < param->n_dims; d++)
    place = place * param->dims[d] + index[d];
  return place;
}

/* The side of the square that the one reader of node @i makes pixels of. */
static int
get_out_square (const RwNet *net, int i)
{
  for (int k = i + 1; k < net->n_nodes; k++)
    if (net->nodes[k].inputs[0] == i)
      return get_square (&net->nodes[k], RW_CHANNELS_GATHERED);
  return 0;
}

typedef struct {
  const RwNet *net, *turned;
  const float *params;
  float *result;
  float *values, *places; /* room for one parameter each */
} Turning;

static void
turn_node (const Turning *self, int turn, int i, int target)
{
  const RwNode *node = &self->net->nodes[i];
  const int in_side =
      get_square (&self->net->nodes[node->inputs[0]], RW_CHANNELS_SPREAD);
  const int out_side = get_out_square (self->net, i);

  for (int k = 0; k < node->n_params; k++) {
    const int index = node->first_param + k;
    const RwParam *param = &self->net->params[index];
    const char *letters = node->layer->class->channels.params[k];

    rw_net_export_param (self->net, index, self->params, self->values);
    for (gsize v = 0; v < param->n_values; v++)
      self->places[v] = self->values[turn_place (param, letters, turn, in_side,
                                                 out_side, v)];
    rw_net_import_param (self->turned,
                         self->turned->nodes[target].first_param + k,
                         self->result, self->places);
  }
}

/* The last node: 1 / n_turns for each channel. */
static void
set_mean (const Turning *self, int n_turns)
{
  const RwNode *node = &self->turned->nodes[rw_net_output_node (self->turned)];

  for (int k = 0; k < node->n_params; k++) {
    const RwParam *param = &self->turned->params[node->first_param + k];

    memset (self->values, 0, param->n_values * sizeof (float));
    for (gsize c = 0; param->n_dims == 4 && c < param->dims[0]; c++)
      self->values[c * param->dims[1] + c] = 1.0f / (float) n_turns;
    rw_net_import_param (self->turned, node->first_param + k, self->result,
                         self->values);
  }
}

gboolean
rw_net_turn_params (const RwNet *net,
                    const RwNet *turned,
                    int first,
                    int n_turns,
                    const float *params,
                    float *turned_params,
                    GError **error)
{
  Turning self = {
    .net = net, .turned = turned, .params = params, .result = turned_params
  };
  int target = 1;

  self.values = rw_net_alloc_values (turned, "turned weights", error);
  self.places = self.values != NULL
                    ? rw_net_alloc_values (turned, "turned weights", error)
                    : NULL;
  for (int t = 0; self.places != NULL && t < n_turns; t++) {
    for (int i = 1; i < net->n_nodes; i++, target++)
      if (net->nodes[i].twin == i)
        turn_node (&self, first + t, i, target);
    target += t > 0; /* the sum */
  }
  if (self.places != NULL)
    set_mean (&self, n_turns);
  const gboolean good = self.places != NULL;

  rw_free (self.values);
  rw_free (self.places);
  return good;
}
