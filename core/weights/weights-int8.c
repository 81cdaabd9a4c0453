/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The tensors of layers that work with 8 bits.
 */
#include "weights/weights-int8.h"

#include "reweave.h"
#include "base/words.h"

#include <math.h>

#define MAX_WEIGHT 127
/* a step and its inverse are ordinary numbers */
#define LEAST_SCALE 1e-30f
#define MOST_SCALE 1e30f

typedef struct {
  const RwSafetensors *file;
  const char *name;  /* of the file */
  const char *layer; /* "conv2" */
  GHashTable *wanted;
  GError **error;
} Reader;

const RwQuantNode *
rw_quant_find_param (const RwQuant *quant, int param)
{
  for (int i = 1; i < rw_net_get_n_nodes (quant->net); i++)
    if (rw_quant_is_rounded (quant, i) && quant->nodes[i].param == param)
      return &quant->nodes[i];
  return NULL;
}

/* ---- reading ------------------------------------------------------------ */

/* Tensor LAYER.@what of @n values of @dtype; NULL with an error. */
static const RwTensorInfo *
find_tensor (const Reader *r, const char *what, RwDtype dtype, guint64 n)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", r->layer, what);
  const RwTensorInfo *tensor = rw_safetensors_find (r->file, name);

  if (tensor == NULL) {
    g_set_error (
        r->error, RW_ERROR, RW_ERROR_FORMAT,
        _ ("%s: has no tensor %s, which a layer in 8 bits wants; make "
           "the file again with reweave shrink"),
        r->name, name);
    return NULL;
  }
  if (tensor->dtype != dtype || tensor->n_dims != 1 || tensor->dims[0] != n) {
    g_set_error (
        r->error, RW_ERROR, RW_ERROR_FORMAT,
        _ ("%s: tensor %s is %s with %d dimensions and %zu values, its "
           "layer wants %s, one dimension and %zu; make the file again "
           "with reweave shrink"),
        r->name, name, rw_dtype_get_name (tensor->dtype), tensor->n_dims,
        tensor->n_values, rw_dtype_get_name (dtype), (gsize) n);
    return NULL;
  }
  g_hash_table_add (r->wanted, tensor->name);
  return tensor;
}

static gboolean
read_scales (const Reader *r, const char *what, float *scales, int n)
{
  const RwTensorInfo *tensor =
      find_tensor (r, what, RW_DTYPE_F32, (guint64) n);

  if (tensor == NULL ||
      !rw_safetensors_read_floats (r->file, tensor, scales, r->error))
    return FALSE;
  for (int i = 0; i < n; i++)
    if (!(scales[i] >= LEAST_SCALE && scales[i] <= MOST_SCALE)) {
      g_set_error (
          r->error, RW_ERROR, RW_ERROR_FORMAT,
          _ ("%s: value %d of tensor %s is %g, expected %g to %g; make "
             "the file again with reweave shrink"),
          r->name, i, tensor->name, (double) scales[i], (double) LEAST_SCALE,
          (double) MOST_SCALE);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_node (const Reader *r, RwQuantNode *node)
{
  float scale;

  node->weight_scales = g_new0 (float, (gsize) node->n_outputs);
  if (!read_scales (r, "weight_scale", node->weight_scales, node->n_outputs) ||
      !read_scales (r, "input_scale", &scale, 1))
    return FALSE;
  const RwTensorInfo *zero = find_tensor (r, "input_zero", RW_DTYPE_U8, 1);
  if (zero == NULL)
    return FALSE;
  node->input =
      (RwInt8Scale){ scale, rw_safetensors_get_data (r->file, zero)[0] };
  return TRUE;
}

gboolean
rw_weights_find_int8 (const RwSafetensors *file,
                      const char *name,
                      RwNet *net,
                      RwQuant **quant,
                      GHashTable *wanted,
                      GError **error)
{
  g_autoptr (RwQuant) found = rw_quant_new (net);

  for (int i = 1; i < rw_net_get_n_nodes (net); i++) {
    const Reader reader = { file, name, rw_net_get_node_name (net, i), wanted,
                            error };
    if (!rw_quant_fits (net, i))
      continue;
    const RwTensorInfo *weight = rw_safetensors_find (
        file, rw_net_get_param (net, found->nodes[i].param)->name);
    if (weight != NULL && weight->dtype == RW_DTYPE_I8 &&
        !read_node (&reader, &found->nodes[i]))
      return FALSE;
  }
  *quant = rw_quant_count (found) > 0 ? g_steal_pointer (&found) : NULL;
  return TRUE;
}

gboolean
rw_weights_read_int8 (const RwSafetensors *file,
                      const char *name,
                      const RwTensorInfo *tensor,
                      const RwQuantNode *node,
                      float *values,
                      GError **error)
{
  const gint8 *k = (const gint8 *) rw_safetensors_get_data (file, tensor);
  const gsize n = tensor->n_values / (gsize) node->n_outputs;

  for (gsize i = 0; i < tensor->n_values; i++) {
    if (k[i] < -MAX_WEIGHT) {
      g_set_error (
          error, RW_ERROR, RW_ERROR_FORMAT,
          _ ("%s: value %zu of tensor %s is %d, expected -%d to %d; make "
             "the file again with reweave shrink"),
          name, i, tensor->name, k[i], MAX_WEIGHT, MAX_WEIGHT);
      return FALSE;
    }
    values[i] = (float) k[i] * node->weight_scales[i / n];
  }
  return TRUE;
}

/* ---- writing ------------------------------------------------------------ */

static void
write_scales (RwSafetensorsWriter *writer,
              const char *weight,
              const RwQuantNode *node)
{
  const gsize one = 1, n = (gsize) node->n_outputs;
  const guint8 zero = (guint8) node->input.zero;
  g_autofree char *layer =
      g_strndup (weight, strlen (weight) - strlen (".weight"));
  g_autofree char *weight_scale = g_strconcat (layer, ".weight_scale", NULL);
  g_autofree char *input_scale = g_strconcat (layer, ".input_scale", NULL);
  g_autofree char *input_zero = g_strconcat (layer, ".input_zero", NULL);

  rw_safetensors_writer_add_floats (writer, weight_scale, RW_DTYPE_F32, 1, &n,
                                    node->weight_scales);
  rw_safetensors_writer_add_floats (writer, input_scale, RW_DTYPE_F32, 1, &one,
                                    &node->input.scale);
  rw_safetensors_writer_add_integers (writer, input_zero, RW_DTYPE_U8, 1, &one,
                                      &zero);
}

void
rw_weights_write_int8 (RwSafetensorsWriter *writer,
                       const RwQuant *quant,
                       int param,
                       float *values)
{
  const RwQuantNode *node = rw_quant_find_param (quant, param);
  const RwParam *p = rw_net_get_param (quant->net, param);
  const gsize n = p->n_values / (gsize) node->n_outputs;
  gint8 *k = (gint8 *) values; /* behind what is read */

  for (gsize i = 0; i < p->n_values; i++) {
    const float whole = rintf (values[i] / node->weight_scales[i / n]);
    k[i] = (gint8) fminf (fmaxf (whole, -MAX_WEIGHT), MAX_WEIGHT);
  }
  rw_safetensors_writer_add_integers (writer, p->name, RW_DTYPE_I8, p->n_dims,
                                      p->dims, k);
  write_scales (writer, p->name, node);
}
