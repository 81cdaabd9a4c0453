/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave info: what a weight file or a picture is.
 */
#include "cli/cli.h"
#include "encode/encode-info.h"

#include "info-compare.h"
#include "codec/codec.h"
#include "io/exif.h"
#include "io/rows.h"
#include "reweave.h"
#include "tasks/task.h"
#include "train/legs.h"
#include "weights/weights.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The size that the layers' shapes are shown at. */
#define SHOWN_SIDE 256

static const char *
name_channels (int channels)
{
  static const char *const names[] = { "grey", "grey, alpha", "RGB",
                                       "RGB, alpha" };

  return channels >= 1 && channels <= 4 ? names[channels - 1] : "?";
}

/* "sRGB", "a profile", "a gamma of 0.45455"...  (transfer full) */
static char *
describe_colour (const RwPicture *picture)
{
  const RwMetadata *more = picture->more;

  if (more && more->has_cicp)
    return g_strdup_printf ("cICP %d/%d", more->cicp[0], more->cicp[1]);
  if (picture->icc)
    return g_strdup ("profile");
  if (picture->srgb)
    return g_strdup ("sRGB");
  if (picture->gamma)
    return g_strdup_printf ("gamma %.5g", picture->gamma / 1e5);
  return g_strdup ("unsaid");
}

/* What else belongs to the picture, as words. (transfer full) */
static char *
list_metadata (const RwPicture *picture)
{
  const RwMetadata *more = picture->more;
  g_autoptr (GString) text = g_string_new (picture->exif ? "EXIF" : "");

  if (more && more->xmp)
    g_string_append (text, text->len ? ", XMP" : "XMP");
  if (more && (more->iptc || more->photoshop))
    g_string_append (text, text->len ? ", IPTC" : "IPTC");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
describe_picture (const char *path, gboolean json, GError **error)
{
  g_autoptr (RwRowReader) reader = rw_row_reader_new (path, error);

  if (!reader)
    return FALSE;
  const RwPicture *info = rw_row_reader_get_picture (reader);
  const int orientation = rw_exif_block_orientation (info->exif);
  g_autofree char *colour = describe_colour (info);
  g_autofree char *metadata = list_metadata (info);
  if (!json) {
    g_autofree char *name = rw_cli_show (path);
    g_autofree char *texts = rw_cli_show (metadata);
    printf ("%s: picture, %d x %d, %s, %d bits%s, colour %s", name,
            info->width, info->height, name_channels (info->channels),
            info->depth, info->depth == 32 ? " float" : "", colour);
    if (orientation > 1)
      printf (", orientation %d", orientation);
    if (texts[0])
      printf (", %s", texts);
    putchar ('\n');
    return TRUE;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  rw_cli_json_string (builder, "file", path);
  rw_cli_json_string (builder, "kind", "picture");
  rw_cli_json_integer (builder, "width", info->width);
  rw_cli_json_integer (builder, "height", info->height);
  rw_cli_json_integer (builder, "channels", info->channels);
  rw_cli_json_integer (builder, "depth", info->depth);
  rw_cli_json_string (builder, "colour", colour);
  rw_cli_json_integer (builder, "orientation", orientation);
  rw_cli_json_string (builder, "metadata", metadata);
  json_builder_end_object (builder);
  rw_cli_json_print (builder, TRUE);
  return TRUE;
}

/* @name is a path, or a name that some task knows. */
static RwWeights *
load_weights (const char *name, GError **error)
{
  g_autoptr (GBytes) builtin = NULL;
  g_autofree char *wanted = rw_cli_weights (name);
  g_autofree char *path = rw_weights_find (wanted, &builtin, error);

  if (path)
    return rw_weights_load (path, error);
  return builtin ? rw_weights_parse (builtin, name, error) : NULL;
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static GList *
list_keys (const RwWeights *weights)
{
  return g_list_sort (g_hash_table_get_keys (weights->metadata), compare_keys);
}

/* The net and the recipe, which has it again, are texts of their own. */
static void
print_metadata (const RwWeights *weights)
{
  g_autoptr (GList) keys = list_keys (weights);

  for (GList *k = keys; k; k = k->next) {
    const char *value = g_hash_table_lookup (weights->metadata, k->data);
    if (strcmp (k->data, "net") == 0 || strcmp (k->data, "recipe") == 0 ||
        strcmp (k->data, RW_CODEC_TABLES_KEY) == 0 ||
        strcmp (k->data, "history") == 0)
      continue;
    g_autofree char *key = rw_cli_show (k->data);
    g_auto (GStrv) lines = g_strsplit (value, "\n", -1);
    for (int i = 0; lines[i]; i++) {
      g_autofree char *line = rw_cli_show (lines[i]);
      if (line[0] || !lines[1])
        printf ("%-16s %s\n", i ? "" : key, line);
    }
  }
}

/* The legs of its training; NULL when the file tells none that can be read.
 * (transfer full) */
static GPtrArray *
get_legs (const char *name, const RwWeights *weights)
{
  g_autofree char *text = rw_legs_of_weights (weights, name, NULL);

  return text ? rw_legs_parse (text, name, NULL) : NULL;
}

/* "24000 steps in 1:00:12 on 2 threads, AVX-512, seed 1, from 0123456789ab" */
static void
print_leg (const char *key, const RwLeg *leg)
{
  printf ("%-16s %" G_GUINT64_FORMAT " steps", key, leg->steps);
  if (!isnan (leg->seconds)) {
    g_autofree char *time = rw_cli_format_time (leg->seconds);
    printf (" in %s", time);
  }
  if (leg->machine) {
    g_autofree char *machine = rw_cli_show (leg->machine);
    printf (" on %s", machine);
  }
  printf (", seed %" G_GUINT64_FORMAT, leg->seed);
  if (leg->parent) {
    g_autofree char *parent = rw_cli_show (leg->parent);
    printf (", from %.12s", parent);
  }
  putchar ('\n');
}

static void
print_legs (const char *name, const RwWeights *weights)
{
  g_autoptr (GPtrArray) legs = get_legs (name, weights);

  for (guint i = 0; legs && i < legs->len; i++)
    print_leg (i ? "" : "legs", legs->pdata[i]);
}

static void
add_legs (JsonBuilder *builder, const char *name, const RwWeights *weights)
{
  g_autoptr (GPtrArray) legs = get_legs (name, weights);

  json_builder_set_member_name (builder, "legs");
  json_builder_begin_array (builder);
  for (guint i = 0; legs && i < legs->len; i++) {
    const RwLeg *leg = legs->pdata[i];
    json_builder_begin_object (builder);
    rw_cli_json_integer (builder, "steps", (gint64) leg->steps);
    rw_cli_json_integer (builder, "seed", (gint64) leg->seed);
    if (!isnan (leg->seconds))
      rw_cli_json_number (builder, "seconds", leg->seconds);
    if (leg->machine)
      rw_cli_json_string (builder, "machine", leg->machine);
    if (leg->parent)
      rw_cli_json_string (builder, "parent", leg->parent);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
print_weights (const char *name, const RwWeights *weights)
{
  const RwNet *net = weights->net;
  g_autofree char *described = rw_net_describe (net, SHOWN_SIDE, SHOWN_SIDE);
  g_autofree char *layers = rw_cli_show_lines (described);
  g_autofree char *text = rw_cli_show_lines (rw_net_get_text (net));
  g_autofree char *shown = rw_cli_show (name);
  g_autofree char *task = rw_cli_show (weights->task);

  printf ("%s: weight file for %s\n\n", shown, task);
  print_metadata (weights);
  print_legs (name, weights);
  printf ("%-16s %" G_GSIZE_FORMAT "\n", "parameters",
          rw_net_get_n_values (net));
  printf ("%-16s %.0f\n", "MAC per pixel", rw_net_get_macs_per_pixel (net));
  printf ("%-16s %d px\n", "halo", rw_net_get_halo (net));
  printf ("%-16s %s\n", "SHA-256", weights->digest);
  printf ("\nnet\n%s", text);
  printf ("\nlayers at %d x %d\n%s", SHOWN_SIDE, SHOWN_SIDE, layers);
  if (!g_str_has_suffix (layers, "\n"))
    putchar ('\n');
}

static void
print_weights_json (const char *name, const RwWeights *weights)
{
  const RwNet *net = weights->net;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GList) keys = list_keys (weights);

  json_builder_begin_object (builder);
  rw_cli_json_string (builder, "file", name);
  rw_cli_json_string (builder, "kind", "weights");
  rw_cli_json_string (builder, "task", weights->task);
  rw_cli_json_integer (builder, "parameters", rw_net_get_n_values (net));
  rw_cli_json_number (builder, "macs_per_pixel",
                      rw_net_get_macs_per_pixel (net));
  rw_cli_json_integer (builder, "halo", rw_net_get_halo (net));
  rw_cli_json_string (builder, "sha256", weights->digest);
  json_builder_set_member_name (builder, "metadata");
  json_builder_begin_object (builder);
  for (GList *k = keys; k; k = k->next)
    rw_cli_json_string (builder, k->data,
                        g_hash_table_lookup (weights->metadata, k->data));
  json_builder_end_object (builder);
  add_legs (builder, name, weights);
  json_builder_end_object (builder);
  rw_cli_json_print (builder, TRUE);
}

static gboolean
compare (char **argv, gboolean json, GError **error)
{
  g_autoptr (RwWeights) a = load_weights (argv[1], error);
  g_autoptr (RwWeights) b = a ? load_weights (argv[2], error) : NULL;

  if (!b)
    return FALSE;
  (json ? rw_cli_compare_weights_json : rw_cli_compare_weights) (
      &(RwCliCompared){ argv[1], a }, &(RwCliCompared){ argv[2], b });
  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  gboolean json = FALSE, compares = FALSE;
  const GOptionEntry entries[] = {
    { "compare", 0, 0, G_OPTION_ARG_NONE, &compares,
      "Tell what differs between two weight files", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Tell it as JSON", NULL },
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_info, entries, &argc, &argv, 1, 2, error))
    return FALSE;
  if (compares != (argc == 3))
    return rw_cli_usage (error,
                         compares ? "--compare: found one file, expected two; "
                                    "name another one"
                                  : "found two files, expected one; leave one "
                                    "out, or add --compare");
  if (compares)
    return compare (argv, json, error);
  if (rw_rwi_knows (argv[1]))
    return rw_cli_info_rwi (argv[1], json, error);
  if (rw_row_reader_knows (argv[1]))
    return describe_picture (argv[1], json, error);
  g_autoptr (RwWeights) weights = load_weights (argv[1], error);
  if (!weights)
    return FALSE;
  if (json)
    print_weights_json (argv[1], weights);
  else
    print_weights (argv[1], weights);
  return TRUE;
}

const RwCliCommand rw_cli_info = {
  .name = "info",
  .arguments = "FILE [FILE]",
  .summary = "tells what a weight file or a picture is",
  .text =
      "FILE is a weight file, the name of one (white-noise-s), or a picture: "
      "PNG, "
      "JPEG, TIFF or WebP, or one\nthat reweave encode made."
      "\n--json tells all of a weight file's metadata, its recipe among it."
      "\n--compare tells what two weight files differ in: metadata, lines of "
      "the net, and\ntensors with the largest and the rms difference."
      "\n\nExamples:\n"
      "  reweave info white-noise-s\n"
      "  reweave info --json mine.safetensors\n"
      "  reweave info --compare before.safetensors after.safetensors\n",
  .run = run,
};
