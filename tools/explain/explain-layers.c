/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layer by layer: activations, Grad-CAM, the patches that a channel answers to
 * the most.
 */
#include "explain/explain-picture.h"

#include "base/sort.h"
#include "cli/cli.h"
#include "explain/patches.h"
#include "io/rows.h"
#include "train/data/dataset.h"

#include <math.h>
#include <string.h>

#define TILE_MIN 48      /* pixels that a map is drawn wide, at least */
#define CAM_SIDE 384     /* pixels on the page */
#define WINDOW 192       /* pixels a side of what patches are looked for in */
#define WINDOW_MARGIN 32 /* of these where none is taken from */
#define N_WINDOWS_MAX 24 /* of one picture */
#define PATCH_GAP 2

typedef struct {
  const RwCliLook *look;
  RwCliPage *page;
  JsonBuilder *json;
  RwPatches *patches; /* or NULL */
  int n_files;
} Work;

/* A node's result. */
typedef struct {
  int node, height, width, channels, stride;
  const char *name;
  const float *values;
} Layer;

static Layer
get_layer (const Work *work, int node)
{
  const RwExplain *explain = work->look->explain;
  Layer layer = { .node = node,
                  .name = rw_net_get_node_name (explain->net, node),
                  .values = rw_run_get_result (explain->run, node) };

  rw_run_get_result_shape (explain->run, node, &layer.height, &layer.width,
                           &layer.channels);
  layer.stride = rw_channel_stride (layer.channels);
  return layer;
}

static char *
name_file (const char *kind, const Layer *layer)
{
  char *name =
      g_strdup_printf ("%s-%02d-%s.png", kind, layer->node, layer->name);

  return g_strdelimit (name, "@/", '_');
}

/* ---- activations ---------------------------------------------------------- */

typedef struct {
  double least, most, mean;
  int n_silent; /* channels that are 0 everywhere */
} Figures;

static Figures
measure (const Layer *layer)
{
  const gsize n = (gsize) layer->height * (gsize) layer->width;
  Figures f = { .least = G_MAXDOUBLE, .most = -G_MAXDOUBLE };

  for (int c = 0; c < layer->channels; c++) {
    gboolean silent = TRUE;
    for (gsize i = 0; i < n; i++) {
      const double v =
          (double) layer->values[i * (gsize) layer->stride + (gsize) c];
      f.least = MIN (f.least, v);
      f.most = MAX (f.most, v);
      f.mean += v / ((double) n * layer->channels);
      silent = silent && v == 0;
    }
    f.n_silent += silent;
  }
  return f;
}

/* What nearly all values of channel @c are below, so that a few that stand
 * out do not hide the others; the largest where that is 0. */
static double
find_usual (const Layer *layer, int c)
{
  const gsize n = (gsize) layer->height * (gsize) layer->width;
  g_autofree float *sorted = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    sorted[i] = fabsf (layer->values[i * (gsize) layer->stride + (gsize) c]);
  rw_sort_floats (sorted, n);
  const double usual = (double) sorted[n - 1 - n / 200];
  return usual > 0 ? usual : (double) sorted[n - 1];
}

static gboolean
show_activations (const Work *work, const Layer *layer, GError **error)
{
  const Figures f = measure (layer);
  const int zoom = MAX (TILE_MIN / layer->width, 1);
  const int width = layer->width * zoom, height = layer->height * zoom;
  const int columns = rw_cli_tiles_columns (layer->channels, width);
  RwPicture *sheet =
      rw_cli_tiles_new (layer->channels, columns, width, height, error);
  g_autofree char *file = name_file ("layer", layer);

  for (int c = 0; sheet && c < layer->channels; c++) {
    const RwCliMap map = { layer->values + c, layer->stride, layer->width,
                           layer->height, find_usual (layer, c) };
    rw_cli_map_draw (&map, RW_CLI_SCALE_SIGNED, zoom, sheet,
                     rw_cli_tiles_at (sheet, columns, width, height, c));
  }
  rw_cli_json_number (work->json, "least", f.least);
  rw_cli_json_number (work->json, "most", f.most);
  rw_cli_json_number (work->json, "mean", f.mean);
  rw_cli_json_integer (work->json, "silent", f.n_silent);
  return rw_cli_page_figure (
             work->page, sheet, file, 1, error,
             "%d channels of %d x %d values from left to right, each on a "
             "scale of its own: red is above 0, blue below, white says "
             "nothing "
             "here. The layer goes from %.3g to %.3g, mean %.3g; %d of its "
             "channels are 0 everywhere.",
             layer->channels, layer->width, layer->height, f.least, f.most,
             f.mean, f.n_silent) &&
         rw_cli_page_bar (work->page, RW_CLI_SCALE_SIGNED,
                          "minus a channel's largest", "plus", error);
}

/* ---- Grad-CAM -------------------------------------------------------------- */

/* @name: the file's. */
static gboolean
show_cam (const Work *work,
          const Layer *layer,
          const char *file,
          int side,
          GError **error)
{
  const RwCliLook *look = work->look;
  g_autofree float *map = g_new (float, layer->height * layer->width);
  const double most = rw_explain_cam (look->explain, layer->node, map);
  const int zoom = MAX (side / layer->width, 1);
  RwPicture *picture = rw_cli_map_picture (
      &(RwCliMap){ map, 1, layer->width, layer->height, most },
      RW_CLI_SCALE_HEAT, zoom, error);
  const int by = look->crop.width, to = layer->width * zoom;
  const RwRect region = { (look->region.x - look->crop.x) * to / by,
                          (look->region.y - look->crop.y) * to / by,
                          MAX (look->region.width * to / by, 1),
                          MAX (look->region.height * to / by, 1) };

  if (picture)
    rw_cli_draw_outline (picture, &region);
  rw_cli_json_number (work->json, "cam_most", MAX (most, 0));
  return rw_cli_page_figure (
      work->page, picture, file, 1, error,
      "Grad-CAM of %s: bright is where this layer's channels, weighed by how "
      "much each raises the energy in the frame, speak for it; the largest "
      "sum is %.3g%s.",
      layer->name, most, most > 0 ? "" : ", so nothing does");
}

/* The last of the layers with the fewest pixels that speaks for anything: there a value stands for the
 * most of the picture. */
static int
find_deepest (const Work *work)
{
  const int n = rw_net_get_n_nodes (work->look->explain->net);
  int best = 1, least = G_MAXINT;

  for (int i = 1; i < n; i++) {
    const Layer layer = get_layer (work, i);
    const int n_pixels = layer.height * layer.width;
    g_autofree float *map = g_new (float, n_pixels);

    /* one that says something, if there is any */
    if (n_pixels < least ||
        (n_pixels == least &&
         rw_explain_cam (work->look->explain, i, map) > 0)) {
      least = n_pixels;
      best = i;
    }
  }
  return best;
}

static gboolean
show_deepest (const Work *work, GError **error)
{
  const Layer layer = get_layer (work, find_deepest (work));

  rw_cli_page_heading (work->page, 2, "Grad-CAM");
  rw_cli_page_text (work->page,
                    "Gradient-weighted class activation maps (Selvaraju et "
                    "al. 2017), with the energy of %s in the region in the "
                    "place of a class's score; here that of the deepest "
                    "layer, below those of all.",
                    work->look->explain->is_change ? "the change"
                                                   : "the result");
  rw_cli_json_string (work->json, "deepest", layer.name);
  return show_cam (work, &layer, "grad-cam.png", CAM_SIDE, error) &&
         rw_cli_page_bar (work->page, RW_CLI_SCALE_HEAT, "0", "the largest",
                          error);
}

/* ---- patches ---------------------------------------------------------------- */

/* Windows of one picture, side by side, as far as there are not too many. */
static gboolean
look_at (const Work *work,
         RwExplain *explain,
         const char *path,
         int file,
         GError **error)
{
  RwCliLook look = *work->look;
  g_autoptr (RwPicture) picture = rw_row_load (path, NULL, error);
  const int side = explain->width, step = side - 2 * WINDOW_MARGIN;
  g_autofree float *rgba = g_new (float, 4 * (gsize) side * (gsize) side);
  g_autofree float *mask =
      look.mask_picture ? g_new0 (float, (gsize) side *(gsize) side) : NULL;
  int n = 0;

  if (!picture)
    return FALSE;
  for (int y = 0; y < picture->height; y += step)
    for (int x = 0; x < picture->width && n < N_WINDOWS_MAX; x += step, n++) {
      rw_cli_look_read (
          picture,
          &(RwRect){ x - WINDOW_MARGIN, y - WINDOW_MARGIN, side, side }, rgba);
      if (!rw_cli_look_feed (&look, explain, rgba, mask, error))
        return FALSE;
      rw_run_forward (explain->run, explain->pack);
      rw_patches_add (work->patches, explain, file, WINDOW_MARGIN);
    }
  return TRUE;
}

static gboolean
find_patches (Work *work, const char *folder, GError **error)
{
  const RwModel *model = work->look->model;
  const int align = rw_net_get_align (model->weights->net);
  const int side = (WINDOW + align - 1) / align * align;
  g_auto (GStrv) paths =
      rw_dataset_list_endings (folder, rw_row_endings, error);
  g_autoptr (RwExplain) explain =
      paths ? rw_explain_new (model->weights->net, model->weights->params,
                              model->feed.rgb, side, side, error)
            : NULL;

  if (!explain)
    return FALSE;
  work->patches = rw_patches_new (explain);
  for (; paths[work->n_files]; work->n_files++)
    if (!look_at (work, explain, paths[work->n_files], work->n_files, error))
      return FALSE;
  return TRUE;
}

/* One channel's patches, three by three. */
static void
draw_patches (const RwPatch *patches, const RwPicture *sheet, guint8 *to)
{
  const gsize stride = rw_picture_get_stride (sheet);

  for (int i = 0; i < RW_PATCHES_BEST && patches[i].value > 0; i++)
    for (int y = 0; y < RW_PATCHES_SIDE; y++)
      memcpy (to + stride * (gsize) (i / 3 * RW_PATCHES_SIDE + y) +
                  3 * (i % 3 * RW_PATCHES_SIDE),
              patches[i].rgb + 3 * RW_PATCHES_SIDE * y, 3 * RW_PATCHES_SIDE);
}

static gboolean
show_patches (const Work *work, const Layer *layer, GError **error)
{
  const int side = 3 * RW_PATCHES_SIDE + PATCH_GAP;
  const int columns = rw_cli_tiles_columns (layer->channels, side);
  g_autofree char *file = name_file ("patches", layer);
  RwPicture *sheet =
      rw_cli_tiles_new (layer->channels, columns, side, side, error);
  float most = 0;

  for (int c = 0; sheet && c < layer->channels; c++) {
    const RwPatch *best = rw_patches_get (work->patches, layer->node, c);
    most = MAX (most, best->value);
    draw_patches (best, sheet,
                  rw_cli_tiles_at (sheet, columns, side, side, c));
  }
  return rw_cli_page_figure (
      work->page, sheet, file, 1, error,
      "For each channel of %s the %d patches of %d x %d pixels, in %d "
      "pictures, that it answers to the most: what they have in common is "
      "what it looks for. An empty place is a channel that was never above "
      "0; the strongest answer is %.3g.",
      layer->name, RW_PATCHES_BEST, RW_PATCHES_SIDE, RW_PATCHES_SIDE,
      work->n_files, (double) most);
}

/* ---- all layers -------------------------------------------------------------- */

static gboolean
show_layer (const Work *work, int node, GError **error)
{
  const Layer layer = get_layer (work, node);
  g_autofree char *file = name_file ("cam", &layer);

  rw_cli_page_heading (work->page, 3, layer.name);
  json_builder_begin_object (work->json);
  rw_cli_json_string (work->json, "name", layer.name);
  rw_cli_json_integer (work->json, "channels", layer.channels);
  const gboolean ok = show_activations (work, &layer, error) &&
                      show_cam (work, &layer, file, CAM_SIDE / 2, error) &&
                      (!work->patches || show_patches (work, &layer, error));
  json_builder_end_object (work->json);
  return ok;
}

static gboolean
show_layers (const Work *work, GError **error)
{
  const int n = rw_net_get_n_nodes (work->look->explain->net);
  gboolean ok = TRUE;

  rw_cli_page_heading (work->page, 2, "Layers");
  rw_cli_page_text (work->page,
                    "The layers' names are those of the net's text, which "
                    "reweave info prints, counted by kind.");
  json_builder_set_member_name (work->json, "layers");
  json_builder_begin_array (work->json);
  for (int i = 1; ok && i < n; i++)
    ok = show_layer (work, i, error);
  json_builder_end_array (work->json);
  return ok;
}

gboolean
rw_cli_explain_layers (const RwCliLook *look,
                       RwCliPage *page,
                       JsonBuilder *json,
                       const char *patches,
                       GError **error)
{
  Work work = { .look = look, .page = page, .json = json };
  const gboolean ok = (!patches || find_patches (&work, patches, error)) &&
                      show_deepest (&work, error) &&
                      show_layers (&work, error);

  rw_patches_free (work.patches);
  return ok;
}
