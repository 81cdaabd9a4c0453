/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What pruning changed, measured and printed.
 */
#include "shrink-figures.h"

#include "cli/cli.h"
#include "shrink-speed.h"

#include "nets/low-rank.h"
#include "train/validate.h"

#include <glib/gstdio.h>
#include <math.h>

double
rw_cli_file_bytes (const char *path)
{
  GStatBuf status;

  return g_stat (path, &status) == 0 ? (double) status.st_size : NAN;
}

static gboolean
measure_psnr (const RwCliPruned *pruned,
              RwNet *net,
              const float *params,
              double *psnr,
              GError **error)
{
  g_autoptr (RwValidator) validator = NULL;

  *psnr = NAN;
  if (!pruned->val)
    return TRUE;
  validator = rw_validator_new (net, pruned->task, pruned->val, 0, error);
  return validator && rw_validator_run (validator, params, psnr, error);
}

static double
get_parent_bytes (const char *name)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *path = rw_weights_find (name, &bytes, NULL);

  return path    ? rw_cli_file_bytes (path)
         : bytes ? (double) g_bytes_get_size (bytes)
                 : NAN;
}

gboolean
rw_cli_pruned_measure (const RwCliPruned *pruned,
                       RwCliFigures *before,
                       RwCliFigures *after,
                       GError **error)
{
  RwNet *parent = pruned->parent->net;
  RwCliSpeed speed;

  if (!rw_cli_compare_speed (parent, pruned->net, &speed, error) ||
      !measure_psnr (pruned, parent, pruned->parent->params, &before->psnr,
                     error) ||
      !measure_psnr (pruned, pruned->net, pruned->params, &after->psnr, error))
    return FALSE;
  before->bytes = get_parent_bytes (pruned->name);
  after->bytes = rw_cli_file_bytes (pruned->out);
  before->n_values = (double) rw_net_get_n_values (parent);
  after->n_values = (double) rw_net_get_n_values (pruned->net);
  before->macs = rw_net_get_macs_per_pixel (parent);
  after->macs = rw_net_get_macs_per_pixel (pruned->net);
  before->speed = speed.before;
  after->speed = speed.before / speed.share;
  return TRUE;
}

static void
print_row (const char *what, int digits, double before, double after)
{
  if (!isnan (before) && !isnan (after))
    g_print ("%-24s %12.*f %12.*f %8.3f\n", what, digits, before, digits,
             after, after / before);
}

static const RwLowRankLayer *
get_layer (const RwCliPruned *pruned, guint i, const char **name)
{
  const RwLowRankLayer *layer =
      &g_array_index (pruned->layers, RwLowRankLayer, i);

  *name = rw_net_get_node_name (pruned->parent->net, layer->node);
  return layer;
}

static void
print_layers (const RwCliPruned *pruned)
{
  for (guint i = 0; i < pruned->layers->len; i++) {
    const char *name;
    const RwLowRankLayer *layer = get_layer (pruned, i, &name);

    g_print ("%s, %d x %d, is two of rank %d with %.4f of its squares\n", name,
             layer->n_outputs, layer->n_inputs, layer->rank, layer->kept);
  }
}

void
rw_cli_pruned_print (const RwCliPruned *pruned,
                     const RwCliFigures *before,
                     const RwCliFigures *after)
{
  g_print ("%-24s %12s %12s %8s\n", "", "before", "after", "share");
  print_row ("file, bytes", 0, before->bytes, after->bytes);
  print_row ("parameters", 0, before->n_values, after->n_values);
  print_row ("multiply-adds a pixel", 0, before->macs, after->macs);
  print_row ("megapixels a second", 2, before->speed, after->speed);
  if (!isnan (before->psnr))
    g_print ("%-24s %12.2f %12.2f %+8.2f\n", "PSNR, dB", before->psnr,
             after->psnr, after->psnr - before->psnr);
  if (pruned->layers)
    print_layers (pruned);
  if (pruned->n_gone > 0 || !pruned->layers)
    g_print ("%d groups of channels are gone\n", pruned->n_gone);
}

static void
add_figures (JsonBuilder *builder,
             const char *name,
             const RwCliFigures *figures)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  rw_cli_json_number (builder, "bytes", figures->bytes);
  rw_cli_json_number (builder, "parameters", figures->n_values);
  rw_cli_json_number (builder, "macs_per_pixel", figures->macs);
  rw_cli_json_number (builder, "megapixels_per_second", figures->speed);
  rw_cli_json_number (builder, "psnr", figures->psnr);
  json_builder_end_object (builder);
}

static void
add_layers (JsonBuilder *builder, const RwCliPruned *pruned)
{
  json_builder_set_member_name (builder, "low_rank");
  json_builder_begin_array (builder);
  for (guint i = 0; pruned->layers && i < pruned->layers->len; i++) {
    const char *name;
    const RwLowRankLayer *layer = get_layer (pruned, i, &name);

    json_builder_begin_object (builder);
    rw_cli_json_string (builder, "layer", name);
    rw_cli_json_integer (builder, "outputs", layer->n_outputs);
    rw_cli_json_integer (builder, "inputs", layer->n_inputs);
    rw_cli_json_integer (builder, "rank", layer->rank);
    rw_cli_json_number (builder, "kept", layer->kept);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

void
rw_cli_pruned_print_json (const RwCliPruned *pruned,
                          const RwCliFigures *before,
                          const RwCliFigures *after)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_figures (builder, "before", before);
  add_figures (builder, "after", after);
  rw_cli_json_integer (builder, "groups_gone", pruned->n_gone);
  add_layers (builder, pruned);
  json_builder_end_object (builder);
  rw_cli_json_print (builder, TRUE);
}
