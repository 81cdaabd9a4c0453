/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The page that explains what a net did to a picture.
 */
#include "explain/explain-picture.h"

#include "base/sort.h"
#include "cli/cli.h"

#include <math.h>
#include <string.h>

#define ZOOM 2            /* of maps on the page */
#define OVERVIEW_SIDE 480 /* pixels of the whole picture */
#define N_WINDOWS 8       /* of the effective receptive field */
#define FIELD_SHARE 0.95

/* The relevance rules that are shown: little enough that most relevance
 * reaches the picture, enough that none explodes. */
static const RwRelevanceRule epsilon_rule = { RW_RELEVANCE_EPSILON,
                                              .epsilon = 0.02 };
static const RwRelevanceRule alpha_beta_rule = { RW_RELEVANCE_ALPHA_BETA,
                                                 .epsilon = 0.02, .alpha = 2 };

typedef struct {
  const RwCliLook *look;
  RwCliPage *page;
  JsonBuilder *json;
  const char *target; /* "the change", "the result" */
} Work;

static gsize
count_pixels (const Work *work)
{
  return (gsize) work->look->crop.width * (gsize) work->look->crop.height;
}

/* The region on a map of the crop. */
static RwRect
get_region (const Work *work)
{
  const RwCliLook *look = work->look;

  return (RwRect){ look->region.x - look->crop.x,
                   look->region.y - look->crop.y, look->region.width,
                   look->region.height };
}

/* Below which a share of the absolute values is; the largest one when that is
 * 0. */
static double
quantile (const float *values, gsize n, double share)
{
  g_autofree float *sorted = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    sorted[i] = fabsf (values[i]);
  rw_sort_floats (sorted, n);
  const double at = (double) sorted[(gsize) (share * (double) (n - 1))];
  return at > 0 ? at : (double) sorted[n - 1];
}

/* A map of the crop with the region's outline. */
static RwPicture *
draw_map (const Work *work,
          const float *map,
          RwCliScale scale,
          double most,
          GError **error)
{
  const RwRect region = get_region (work);
  RwPicture *picture =
      rw_cli_map_picture (&(RwCliMap){ map, 1, work->look->crop.width,
                                       work->look->crop.height, most },
                          scale, 1, error);

  if (picture)
    rw_cli_draw_outline (picture, &region);
  return picture;
}

/* ---- before and after ---------------------------------------------------- */

static gboolean
show_overview (const Work *work, GError **error)
{
  const RwCliLook *look = work->look;
  const RwPicture *whole = look->picture;
  const int step =
      (MAX (whole->width, whole->height) + OVERVIEW_SIDE - 1) / OVERVIEW_SIDE;
  RwPicture *small =
      rw_picture_new (MAX (whole->width / step, 1),
                      MAX (whole->height / step, 1), 3, 8, error);
  g_autofree float *rgba = g_new (float, 4 * (gsize) whole->width);

  for (int y = 0; small && y < small->height; y++) {
    rw_picture_get_rgba (whole, &(RwRect){ 0, y * step, whole->width, 1 },
                         rgba);
    for (int x = 0; x < small->width; x++)
      rw_picture_set_rgba (small, &(RwRect){ x, y, 1, 1 }, rgba + 4 * x * step,
                           4);
  }
  if (!small)
    return FALSE;
  const RwRect *const marked[] = { &look->crop, &look->region };
  for (int i = 0; i < 2; i++) {
    const RwRect r = { marked[i]->x / step, marked[i]->y / step,
                       MAX (marked[i]->width / step, 1),
                       MAX (marked[i]->height / step, 1) };
    rw_cli_draw_outline (small, &r);
  }
  return rw_cli_page_figure (
      work->page, small, "overview.png", 1, error,
      "The whole picture, 1 pixel of %d: all below is about the larger "
      "frame, of %d x %d pixels at %d,%d, and asks for the reasons of the "
      "smaller one.",
      step * step, look->crop.width, look->crop.height, look->crop.x,
      look->crop.y);
}

/* 1, 2 or 5 times a power of ten that brings @most near the ends of the
 * scale. */
static double
choose_amplification (double most)
{
  static const double steps[] = { 5, 2, 1 };

  for (double ten = 1000; ten >= 1; ten /= 10)
    for (int i = 0; i < 3; i++)
      if (steps[i] * ten * most <= 0.5)
        return steps[i] * ten;
  return 1;
}

/* after - before, of the pixels that both have; the enlarged pixels of an
 * enlarging task are compared with the one that they come from. */
static float *
make_difference (const Work *work)
{
  const RwCliLook *look = work->look;
  const RwRect *after = &look->after_rect;
  const int scale = look->model->task->info.scale;
  float *difference =
      g_new (float, 3 * (gsize) after->width * (gsize) after->height);

  for (int y = 0; y < after->height; y++)
    for (int x = 0; x < after->width; x++) {
      const gsize at = (gsize) (y * after->width + x);
      const float *old =
          look->before + 4 * (y / scale * look->crop.width + x / scale);
      for (gsize c = 0; c < 3; c++)
        difference[3 * at + c] = look->after[4 * at + c] - old[c];
    }
  return difference;
}

static gboolean
show_difference (const Work *work, int zoom, GError **error)
{
  const RwRect *after = &work->look->after_rect;
  const gsize n = (gsize) after->width * (gsize) after->height;
  g_autofree float *difference = make_difference (work);
  const double most = quantile (difference, 3 * n, 1),
               usual = quantile (difference, 3 * n, 0.995);
  const double amplification = choose_amplification (usual);
  RwPicture *picture =
      rw_picture_new (after->width, after->height, 3, 8, error);
  g_autofree char *low = g_strdup_printf ("%.1f", -127.5 / amplification);
  g_autofree char *high =
      g_strdup_printf ("+%.1f (of 255)", 127.5 / amplification);

  for (gsize i = 0; picture && i < 3 * n; i++)
    ((guint8 *) picture->data)[i] =
        (guint8) (CLAMP (127.5 + 255 * amplification * (double) difference[i],
                         0, 255) +
                  0.5);
  rw_cli_json_number (work->json, "amplification", amplification);
  rw_cli_json_number (work->json, "largest_change", 255 * most);
  return rw_cli_page_figure (
             work->page, picture, "difference.png", zoom, error,
             "After less before, %g times as large around mid grey: grey is "
             "what stayed, and what looks like the subject rather than like "
             "the damage was lost; the largest change is %.1f of 255.",
             amplification, 255 * most) &&
         rw_cli_page_bar (work->page, RW_CLI_SCALE_DIFFERENCE, low, high,
                          error);
}

static gboolean
show_pictures (const Work *work, GError **error)
{
  const RwCliLook *look = work->look;
  const RwRect region = get_region (work);
  const int scale = look->model->task->info.scale;
  const int zoom = MAX (ZOOM / scale, 1);
  RwPicture *before = rw_cli_draw_rgba (look->before, look->crop.width,
                                        look->crop.height, error);

  if (before)
    rw_cli_draw_outline (before, &region);
  rw_cli_page_heading (work->page, 2, "Before and after");
  rw_cli_page_begin_row (work->page);
  if (!rw_cli_page_figure (work->page, before, "before.png", zoom * scale,
                           error,
                           "Before, with the region that all explanations "
                           "are for in its frame.") ||
      !rw_cli_page_figure (work->page,
                           rw_cli_draw_rgba (look->after,
                                             look->after_rect.width,
                                             look->after_rect.height, error),
                           "after.png", zoom, error,
                           "After, as reweave apply makes it: compare edges "
                           "and even parts."))
    return FALSE;
  rw_cli_page_end_row (work->page);
  return show_difference (work, zoom, error);
}

/* ---- what it depends on --------------------------------------------------- */

static gboolean
show_saliency (const Work *work, float *map, GError **error)
{
  const gsize n = count_pixels (work);

  rw_explain_saliency (work->look->explain, map);
  const double most = quantile (map, n, 1), usual = quantile (map, n, 0.995);
  g_autofree char *high = g_strdup_printf ("%.3g and more", usual);

  rw_cli_page_heading (work->page, 2, "Saliency");
  rw_cli_json_number (work->json, "largest_saliency", most);
  return rw_cli_page_figure (
             work->page, draw_map (work, map, RW_CLI_SCALE_HEAT, usual, error),
             "saliency.png", ZOOM, error,
             "Gradient of the energy of %s in the frame: a bright pixel is "
             "one that would alter it if it were a little lighter or darker; "
             "the largest value is %.3g (Simonyan et al. 2014).",
             work->target, most) &&
         rw_cli_page_bar (work->page, RW_CLI_SCALE_HEAT, "0", high, error);
}

/* One map of relevance with its balance. */
static gboolean
show_rule (const Work *work,
           const RwRelevanceRule *rule,
           const char *name,
           const char *title,
           float *map,
           GError **error)
{
  RwRelevanceBalance b;
  double planes = 0;

  if (!rw_explain_relevance (work->look->explain, rule, map, &planes, &b,
                             error))
    return FALSE;
  const double whole = b.arrived > 0 ? b.arrived : 1;
  const double lost = (b.arrived - b.reached - b.biases - b.kept_back) / whole;
  const double usual = quantile (map, count_pixels (work), 0.995);
  g_autofree char *file = g_strdup_printf ("relevance-%s.png", name);
  g_autofree char *low = g_strdup_printf ("%.3g", -usual);
  g_autofree char *high = g_strdup_printf ("+%.3g", usual);

  json_builder_set_member_name (work->json, name);
  json_builder_begin_object (work->json);
  rw_cli_json_number (work->json, "arrived", b.arrived);
  rw_cli_json_number (work->json, "colour", b.reached - planes);
  rw_cli_json_number (work->json, "planes", planes);
  rw_cli_json_number (work->json, "biases", b.biases);
  rw_cli_json_number (work->json, "kept_back", b.kept_back);
  rw_cli_json_number (work->json, "lost_to_rounding", lost);
  json_builder_end_object (work->json);
  return rw_cli_page_figure (
             work->page,
             draw_map (work, map, RW_CLI_SCALE_SIGNED, usual, error), file,
             ZOOM, error,
             "%s: red pixels spoke for what the net did in the frame, blue "
             "ones against it. Of all relevance %.1f %% is in the picture's "
             "pixels, %.1f %% in what the net was told besides, %.1f %% in "
             "biases and %.1f %% was kept back; rounding has lost %.2g of "
             "it.",
             title, 100 * (b.reached - planes) / whole, 100 * planes / whole,
             100 * b.biases / whole, 100 * b.kept_back / whole, fabs (lost)) &&
         rw_cli_page_bar (work->page, RW_CLI_SCALE_SIGNED, low, high, error);
}

static gboolean
show_relevance (const Work *work, float *map, GError **error)
{
  rw_cli_page_heading (work->page, 2, "Relevance");
  rw_cli_page_text (
      work->page,
      "Layer-wise relevance propagation (Bach et al. 2015) hands the square "
      "of %s in the frame back from layer to layer, to each value as much as "
      "it contributed.",
      work->target);
  json_builder_set_member_name (work->json, "relevance");
  json_builder_begin_object (work->json);
  const gboolean ok =
      show_rule (work, &epsilon_rule, "epsilon",
                 "The epsilon rule, epsilon 0.02 times a layer's rms", map,
                 error) &&
      show_rule (work, &alpha_beta_rule, "alpha-beta",
                 "The alpha-beta rule, alpha 2 and beta 1", map, error);
  json_builder_end_object (work->json);
  return ok;
}

/* ---- the effective receptive field ---------------------------------------- */

/* A window of the picture for each, spread over it. */
static gboolean
add_fields (const Work *work,
            RwExplain *explain,
            int radius,
            double *sums,
            GError **error)
{
  const RwCliLook *look = work->look;
  const int align = rw_net_get_align (explain->net),
            scale = look->model->task->info.scale;
  const int side = explain->width, middle = side / 2 / align * align;
  g_autofree float *rgba = g_new (float, 4 * (gsize) side * (gsize) side);
  g_autofree float *mask =
      look->mask_picture ? g_new0 (float, (gsize) side *(gsize) side) : NULL;

  for (int i = 0; i < N_WINDOWS; i++) {
    const RwRect window = {
      (look->picture->width * (2 * i + 1) / (2 * N_WINDOWS) - middle) / align *
          align,
      (look->picture->height * ((3 * i) % N_WINDOWS * 2 + 1) /
           (2 * N_WINDOWS) -
       middle) /
          align * align,
      side, side
    };
    rw_cli_look_read (look->picture, &window, rgba);
    if (!rw_cli_look_feed (look, explain, rgba, mask, error))
      return FALSE;
    /* places in the grid of the net's steps take turns */
    rw_explain_add_field (explain, scale * (middle + i % align),
                          scale * (middle + (5 * i) % align), radius, sums);
  }
  return TRUE;
}

static gboolean
draw_field (const Work *work,
            const double *sums,
            int radius,
            double around,
            int halo,
            GError **error)
{
  const int side = 2 * radius + 1;
  g_autofree float *map = g_new (float, side *side);
  double most = 0;

  for (int i = 0; i < side * side; i++)
    most = MAX (most, sums[i]);
  /* sqrt over four decades */
  for (int i = 0; i < side * side; i++)
    map[i] = most > 0 && sums[i] > 0
                 ? (float) MAX (1 + log10 (sums[i] / most) / 8, 0)
                 : 0;
  RwPicture *picture = rw_cli_map_picture (
      &(RwCliMap){ map, 1, side, side, 1 }, RW_CLI_SCALE_HEAT, 1, error);
  const int r = (int) (around + 0.5);
  if (picture)
    rw_cli_draw_outline (
        picture, &(RwRect){ radius - r, radius - r, 2 * r + 1, 2 * r + 1 });
  return rw_cli_page_figure (
             work->page, picture, "receptive-field.png", MAX (384 / side, 1),
             error,
             "How much a pixel of the picture moves %s in the middle, on a "
             "logarithmic scale, mean of %d places: %.0f %% of it lies within "
             "%.1f pixels, which the frame shows, though the layers could "
             "reach as far as %d (Luo et al. 2016).",
             work->target, N_WINDOWS, 100 * FIELD_SHARE, around, halo) &&
         rw_cli_page_bar (work->page, RW_CLI_SCALE_HEAT, "0.0001 of",
                          "the largest", error);
}

static gboolean
show_field (const Work *work, GError **error)
{
  const RwCliLook *look = work->look;
  const RwNet *net = look->model->weights->net;
  const int align = rw_net_get_align (net), halo = rw_net_get_halo (net);
  const int radius = CLAMP (halo, 4, RW_CLI_CROP / 2);
  const int side = (2 * radius + 2 * align + align - 1) / align * align;
  g_autofree double *sums =
      g_new0 (double, (2 * radius + 1) * (2 * radius + 1));
  g_autoptr (RwExplain) explain =
      rw_explain_new (look->model->weights->net, look->model->weights->params,
                      look->model->feed.rgb, side, side, error);

  if (!explain || !add_fields (work, explain, radius, sums, error))
    return FALSE;
  const double around = rw_explain_field_radius (sums, radius, FIELD_SHARE);
  rw_cli_page_heading (work->page, 2, "Effective receptive field");
  rw_cli_json_number (work->json, "field_radius", around);
  rw_cli_json_integer (work->json, "halo", halo);
  return draw_field (work, sums, radius, around, halo, error);
}

/* ---- all of it ------------------------------------------------------------ */

static void
tell_rect (JsonBuilder *json, const char *name, const RwRect *rect)
{
  const int numbers[] = { rect->x, rect->y, rect->width, rect->height };

  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (int i = 0; i < 4; i++)
    json_builder_add_int_value (json, numbers[i]);
  json_builder_end_array (json);
}

static void
introduce (const Work *work)
{
  const RwCliLook *look = work->look;
  const RwTaskInfo *info = &look->model->task->info;
  const char *title = rw_model_get_metadata (look->model, "title");
  const double energy = look->explain->energy;

  rw_cli_page_begin_table (work->page, "what|found");
  rw_cli_page_row (work->page, "picture|%s, %d x %d pixels", look->in,
                   look->picture->width, look->picture->height);
  rw_cli_page_row (work->page, "weights|%s, for %s",
                   title ? title : "untitled", info->name);
  if (look->told.known)
    rw_cli_page_row (work->page, "the net is told|%s %g",
                     info->controls[0].label, look->value);
  rw_cli_page_row (work->page, "region|%d x %d pixels at %d,%d%s",
                   look->region.width, look->region.height, look->region.x,
                   look->region.y,
                   look->chosen ? ", where the picture changed the most" : "");
  if (look->model->weights->quant)
    rw_cli_page_row (work->page,
                     "numbers|layers with 8 bits are explained as floats");
  rw_cli_page_row (work->page, "energy of %s there|%.4g", work->target,
                   energy);
  rw_cli_page_end_table (work->page);
  rw_cli_page_text (
      work->page,
      "All explanations are of one number, the energy of %s in the region: "
      "half the sum of the squares of what %s. The maps show a crop of %d x "
      "%d pixels around it, at whose edges the layers see nothing beyond.",
      work->target,
      look->explain->is_change
          ? "the net adds to the picture"
          : "the net gives out, whose last layer is not a residual",
      look->crop.width, look->crop.height);
  tell_rect (work->json, "region", &look->region);
  tell_rect (work->json, "crop", &look->crop);
  rw_cli_json_string (work->json, "target", work->target);
  rw_cli_json_number (work->json, "energy", energy);
}

gboolean
rw_cli_explain_picture (const RwCliLook *look,
                        RwCliPage *page,
                        JsonBuilder *json,
                        const char *patches,
                        GError **error)
{
  const Work work = { look, page, json,
                      look->explain->is_change ? "the change" : "the result" };
  g_autofree float *map = g_new (float, count_pixels (&work));

  introduce (&work);
  return show_overview (&work, error) && show_pictures (&work, error) &&
         show_saliency (&work, map, error) &&
         show_relevance (&work, map, error) && show_field (&work, error) &&
         rw_cli_explain_layers (look, page, json, patches, error);
}
