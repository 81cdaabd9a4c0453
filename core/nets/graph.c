/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The graph and what follows from it: shapes, alignment, halo, work.
 */
#include "nets/graph.h"

#include "base/field.h"

#include <math.h>
#include <string.h>

#include "reweave.h"

/* ---- building ---------------------------------------------------------- */

static gboolean
node_shape (const RwNet *net, RwNode *node, GError **error)
{
  RwShape in[2] = { { 0 } };

  for (int i = 0; i < node->n_inputs; i++)
    in[i] = net->nodes[node->inputs[i]].shape;
  if (!node->layer->class->shape (node->layer, in, &node->shape, error))
    return FALSE;
  memcpy (node->layer->in, in, sizeof in);
  node->layer->out = node->shape;
  return TRUE;
}

static gboolean
check_whole (const RwNet *net, const RwLayer *layer, GError **error)
{
  if (net->fixed || !(layer->class->flags & RW_LAYER_WHOLE))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: looks at the whole picture, but the net does not say how "
               "large that is; write its size behind the planes, for example "
               "\"input rgb size=32x32\"",
               layer->class->name);
  return FALSE;
}

gboolean
rw_net_add_node (RwNet *net,
                 RwLayer *layer,
                 const int *inputs,
                 int n_inputs,
                 GError **error)
{
  RwNode node = { .layer = layer, .n_inputs = n_inputs, .twin = net->n_nodes };

  memcpy (node.inputs, inputs, (gsize) n_inputs * sizeof (int));
  layer->n_inputs = n_inputs;
  if (net->n_nodes == RW_MAX_NODES) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "more than %d layers; use fewer", RW_MAX_NODES - 1);
    g_free (layer);
    return FALSE;
  }
  if (!check_whole (net, layer, error) || !node_shape (net, &node, error)) {
    g_free (layer);
    return FALSE;
  }
  if (node.shape.c > RW_MAX_CHANNELS) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: its result has %d channels, at most %d; use fewer",
                 layer->class->name, node.shape.c, RW_MAX_CHANNELS);
    g_free (layer);
    return FALSE;
  }
  node.name = g_strdup_printf ("%s%d", layer->class->name, net->n_nodes);
  for (int i = 0; i < n_inputs; i++)
    net->nodes[inputs[i]].n_users++;
  net->nodes = g_renew (RwNode, net->nodes, net->n_nodes + 1);
  net->nodes[net->n_nodes++] = node;
  return TRUE;
}

RwNet *
rw_net_ref (RwNet *net)
{
  g_atomic_ref_count_inc (&net->refs);
  return net;
}

static void
free_net (RwNet *net)
{
  for (int i = 0; i < net->n_nodes; i++) {
    g_free (net->nodes[i].name);
    g_free (net->nodes[i].layer);
  }
  for (int i = 0; i < net->n_params; i++)
    g_free ((char *) net->params[i].name);
  g_clear_pointer (&net->labels, g_hash_table_unref);
  g_free (net->nodes);
  g_free (net->params);
  g_free (net->text);
  g_free (net);
}

void
rw_net_unref (RwNet *net)
{
  if (net && g_atomic_ref_count_dec (&net->refs))
    free_net (net);
}

/* ---- what follows ------------------------------------------------------ */

void
rw_net_shapes (const RwNet *net, int n, int height, int width, RwShape *shapes)
{
  if (net->fixed && (height != net->nominal_h || width != net->nominal_w)) {
    memset (shapes, 0, (gsize) net->n_nodes * sizeof *shapes);
    return;
  }
  shapes[0] = (RwShape){ .n = n };
  rw_shape_set (&shapes[0], height, width, net->nodes[0].shape.c);
  for (int i = 1; i < net->n_nodes; i++) {
    const RwNode *node = &net->nodes[i];
    RwShape in[2] = { { 0 } };

    for (int k = 0; k < node->n_inputs; k++)
      in[k] = shapes[node->inputs[k]];
    if (!node->layer->class->shape (node->layer, in, &shapes[i], NULL))
      shapes[i] = (RwShape){ 0 };
  }
}

static gboolean
edge_works (const RwNet *net, int edge, RwShape *shapes)
{
  rw_net_shapes (net, 1, edge, edge, shapes);
  for (int i = 0; i < net->n_nodes; i++)
    if (shapes[i].h < 1)
      return FALSE;
  return TRUE;
}

static int
common_divisor (int a, int b)
{
  while (b) {
    const int r = a % b;

    a = b;
    b = r;
  }
  return a;
}

/* The least a for which all multiples of a (from a point on, with pad=valid)
 * work: sizes scale by rational factors, so a divisor of the nominal edge. */
static int
find_align (const RwNet *net)
{
  g_autofree RwShape *shapes = g_new (RwShape, net->n_nodes);
  const int edge = net->nominal_h;
  const int margin = edge / 2; /* clear of what pad=valid eats */

  if (net->fixed)
    return common_divisor (net->nominal_h, net->nominal_w);
  for (int a = 1; a < edge; a++)
    if (edge % a == 0 && margin % a == 0 &&
        edge_works (net, margin + a, shapes))
      return a;
  return edge;
}

/* Grows an aligned region of the output backwards through the graph; a picture
 * of fixed size has nothing around it. */
static int
find_halo (const RwNet *net)
{
  g_autofree int *reach = g_new0 (int, net->n_nodes);

  if (net->fixed)
    return 0;
  for (int i = net->n_nodes - 1; i > 0; i--) {
    const RwNode *node = &net->nodes[i];
    const int first = node->layer->class->flags & RW_LAYER_SECOND_ONLY ? 1 : 0;

    for (int k = first; k < node->n_inputs; k++) {
      const RwWindow w = rw_layer_get_window (node->layer);
      const int r = (reach[i] * w.multiply + w.divide - 1) / w.divide +
                    MAX (w.before, w.after);

      reach[node->inputs[k]] = MAX (reach[node->inputs[k]], r);
    }
  }
  return (reach[0] + net->align - 1) / net->align * net->align;
}

static double
count_macs (const RwNet *net)
{
  double sum = 0;

  for (int i = 1; i < net->n_nodes; i++) {
    const RwLayer *layer = net->nodes[i].layer;
    const RwShape *s = &net->nodes[i].shape;

    if (layer->class->macs)
      sum += layer->class->macs (layer) * (double) s->h * s->w;
  }
  return sum / ((double) net->nominal_h * net->nominal_w);
}

static void
find_scale (RwNet *net)
{
  const RwShape *out = &net->nodes[rw_net_output_node (net)].shape;
  const int common = common_divisor (out->h, net->nominal_h);

  net->scale_up = out->h / common;
  net->scale_down = net->nominal_h / common;
}

static int
count_up (GHashTable *counts, gconstpointer key)
{
  const int n = GPOINTER_TO_INT (g_hash_table_lookup (counts, key)) + 1;

  g_hash_table_insert (counts, (gpointer) key, GINT_TO_POINTER (n));
  return n;
}

/* "gru2.update": a part of the second gru */
static char *
name_part (GHashTable *counts, const RwNode *node)
{
  const gboolean begins = node[-1].statement != node->statement;
  const int n =
      begins ? count_up (counts, node->group)
             : GPOINTER_TO_INT (g_hash_table_lookup (counts, node->group));

  return g_strdup_printf ("%s%d.%s", node->group, n, node->part);
}

/* "conv3" is the third convolution: layer kinds are counted apart, so that an
 * added relu renames no weights.  "conv3@2" is what it is in the second round
 * of a block, which does not count. */
void
rw_net_name_nodes (RwNet *net)
{
  g_autoptr (GHashTable) kinds = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) rounds = g_hash_table_new (NULL, NULL);

  for (int i = 1; i < net->n_nodes; i++) {
    RwNode *node = &net->nodes[i];
    const char *kind = node->layer->class->name;

    g_free (node->name);
    if (node->twin != i)
      node->name = g_strdup_printf (
          "%s@%d", net->nodes[node->twin].name,
          count_up (rounds, GINT_TO_POINTER (node->twin)) + 1);
    else if (node->group)
      node->name = name_part (kinds, node);
    else
      node->name = g_strdup_printf ("%s%d", kind, count_up (kinds, kind));
  }
}

static void
lay_out_packs (RwNet *net)
{
  for (int kind = RW_PASS_FORWARD; kind <= RW_PASS_BOTH; kind++)
    for (int i = 1; i < net->n_nodes; i++) {
      RwNode *node = &net->nodes[i];
      const RwLayerClass *class = node->layer->class;

      if (node->twin != i) {
        node->pack_offset[kind] = net->nodes[node->twin].pack_offset[kind];
        continue;
      }
      node->pack_offset[kind] = net->pack_size[kind];
      if (class->pack_size)
        net->pack_size[kind] +=
            (class->pack_size (node->layer, (RwPassKind) kind) + 15) / 16 * 16;
    }
}

gboolean
rw_net_finish (RwNet *net, GError **error)
{
  net->nodes[rw_net_output_node (net)].n_users++;
  net->align = find_align (net);
  net->halo = find_halo (net);
  net->macs = count_macs (net);
  find_scale (net);
  rw_net_collect_params (net);
  if (net->n_values > RW_MAX_NET_VALUES) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%zu parameters, at most %zu; use fewer channels",
                 (size_t) net->n_values, (size_t) RW_MAX_NET_VALUES);
    return FALSE;
  }
  lay_out_packs (net);
  return TRUE;
}

/* ---- asking ------------------------------------------------------------ */

const char *
rw_net_get_text (const RwNet *net)
{
  return net->text;
}

int
rw_net_get_n_planes (const RwNet *net)
{
  return net->n_planes;
}

RwPlane
rw_net_get_plane (const RwNet *net, int i)
{
  return net->planes[i];
}

int
rw_net_get_in_channels (const RwNet *net)
{
  return net->nodes[0].shape.c;
}

int
rw_net_get_out_channels (const RwNet *net)
{
  return net->nodes[rw_net_output_node (net)].shape.c;
}

gboolean
rw_net_get_size (const RwNet *net, int *width, int *height)
{
  *width = net->nominal_w;
  *height = net->nominal_h;
  return net->fixed;
}

int
rw_net_get_align (const RwNet *net)
{
  return net->align;
}

void
rw_net_get_scale (const RwNet *net, int *numerator, int *denominator)
{
  *numerator = net->scale_up;
  *denominator = net->scale_down;
}

int
rw_net_get_halo (const RwNet *net)
{
  return net->halo;
}

double
rw_net_get_macs_per_pixel (const RwNet *net)
{
  return net->macs;
}

int
rw_net_get_n_nodes (const RwNet *net)
{
  return net->n_nodes;
}

const char *
rw_net_get_node_name (const RwNet *net, int i)
{
  return i == 0 ? "input" : net->nodes[i].name;
}

/* Values of the parameters that belong to this node and not to its twin. */
static gsize
node_values (const RwNet *net, int node_index)
{
  const RwNode *node = &net->nodes[node_index];
  gsize n = 0;

  for (int i = 0; node->twin == node_index && i < node->n_params; i++)
    n += net->params[node->first_param + i].n_values;
  return n;
}

static RwNodeView
view_node (const RwNet *net, int i, const RwShape *shape)
{
  const RwNode *node = &net->nodes[i];
  const RwLayerClass *class = i ? node->layer->class : NULL;
  RwNodeView view = { .name = rw_net_get_node_name (net, i),
                      .kind = i ? class->name : "input",
                      .n_inputs = node->n_inputs,
                      .inputs = { node->inputs[0], node->inputs[1] },
                      .height = shape->h,
                      .width = shape->w,
                      .channels = shape->c,
                      .first_param = node->first_param,
                      .n_params = node->n_params };

  if (class && class->macs)
    view.macs_per_pixel = class->macs (node->layer) *
                          ((double) node->shape.h * node->shape.w) /
                          net->nominal_h / net->nominal_w;
  return view;
}

void
rw_net_view (const RwNet *net, int height, int width, RwNodeView *views)
{
  g_autofree RwShape *shapes = g_new (RwShape, net->n_nodes);

  rw_net_shapes (net, 1, height, width, shapes);
  for (int i = 0; i < net->n_nodes; i++)
    views[i] = view_node (net, i, &shapes[i]);
}

double
rw_net_get_node_setting (const RwNet *net, int i, const char *name)
{
  const RwLayer *layer = net->nodes[i].layer;

  for (const RwSetting *s = layer ? layer->class->settings : NULL;
       s && s->field.name; s++)
    if (strcmp (s->field.name, name) == 0)
      return rw_field_get (&s->field, (const char *) layer + s->offset);
  return NAN;
}

int
rw_net_set_choice (RwNet *net,
                   const char *kind,
                   const char *name,
                   const char *word)
{
  int n_set = 0;

  for (int i = 1; i < net->n_nodes; i++) {
    RwLayer *layer = net->nodes[i].layer;
    if (strcmp (layer->class->name, kind) != 0)
      continue;
    for (const RwSetting *s = layer->class->settings; s->field.name; s++) {
      double value;
      if (strcmp (s->field.name, name) != 0 ||
          !rw_field_parse (&s->field, word, &value, NULL))
        continue;
      rw_field_set (&s->field, (char *) layer + s->offset, value);
      n_set++;
    }
  }
  return n_set;
}

char *
rw_net_describe (const RwNet *net, int width, int height)
{
  g_autofree RwNodeView *views = g_new (RwNodeView, net->n_nodes);
  GString *s = g_string_new (NULL);

  rw_net_view (net, height, width, views);
  g_string_append_printf (s, "%-16s %18s %12s %10s\n", "layer",
                          "channels @ size", "parameters", "MAC/px");
  for (int i = 0; i < net->n_nodes; i++) {
    const RwNodeView *v = &views[i];
    g_autofree char *size =
        g_strdup_printf ("%d @ %dx%d", v->channels, v->width, v->height);

    g_string_append_printf (s, "%-16s %18s %12zu %10.0f\n", v->name, size,
                            (size_t) node_values (net, i), v->macs_per_pixel);
  }
  return g_string_free (s, FALSE);
}
