/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Compute every layer into its shadow buffer, then merge all of them.
 */
#include "apply.h"

#include "copy-item.h"
#include "effect.h"
#include "estimate.h"
#include "pixels.h"
#include "targets.h"

#define PROGRESS_INTERVAL_US 80000 /* chosen: 20-200 ms all look alike */
#define TELL_INTERVAL_US 1000000
#define TELL_FROM_US 2000000 /* before that nothing is known of the rest */
#define TELL_FROM 0.02       /* of all the work */

typedef struct {
  RwItem source;
  RwItem target;        /* the source, or its copy that is in no image yet */
  RwRect roi;           /* in pixels of the result */
  GeglBuffer *enlarged; /* (owned): the result of a task that enlarges */
  gboolean is_good;     /* nothing was found that is to be made up */
} Part;

typedef struct {
  RwPixels pixels; /* first, for rw_pixels_read and _write */
  guint index;
  guint n_parts;
  gint64 start_us; /* when all began */
  gint64 last_us;  /* time of the last progress update */
  gint64 told_us;  /* and of the last one that told what is left */
  char *text;      /* (owned): what is being done */
} Pass;

/* @share of all layers is done. */
static void
tell_rest (Pass *pass, double share, gint64 now)
{
  const double passed = (double) (now - pass->start_us);
  g_autofree char *duration = NULL;
  g_autofree char *text = NULL;

  if (passed < TELL_FROM_US || share < TELL_FROM ||
      now - pass->told_us < TELL_INTERVAL_US)
    return;
  duration = rw_estimate_duration (passed * (1 - share) / share / 1e6);
  text = g_strdup_printf (_ ("%s (about %s left)"), pass->text, duration);
  gimp_progress_set_text (text);
  pass->told_us = now;
}

static gboolean
show_progress (gpointer data, double fraction)
{
  Pass *pass = data;
  const gint64 now = g_get_monotonic_time ();

  if (now - pass->last_us >= PROGRESS_INTERVAL_US || fraction >= 1) {
    const double share = (pass->index + fraction) / pass->n_parts;

    gimp_progress_update (share);
    tell_rest (pass, share, now);
    pass->last_us = now;
  }
  return TRUE;
}

static void
announce (Pass *pass, const RwTaskInfo *task)
{
  g_free (pass->text);
  if (pass->n_parts == 1)
    pass->text = g_strdup (_ (task->title));
  else
    pass->text = g_strdup_printf (_ ("%s: layer %u of %u"), _ (task->title),
                                  pass->index + 1, pass->n_parts);
  if (pass->index == 0)
    gimp_progress_init (pass->text);
  else
    gimp_progress_set_text (pass->text);
}

static gboolean
add_name (GError **error, RwItem item)
{
  g_autofree char *name = gimp_item_get_name (item);

  g_prefix_error (error, "%s \"%s\": ", rw_target_get_kind (item), name);
  return FALSE;
}

static gboolean
compute (Part *part,
         RwModel *model,
         const RwOptions *options,
         Pass *pass,
         GError **error)
{
  RwValue values[RW_CONTROLS_MAX];
  RwSettings settings = rw_sliders_get_settings (
      &options->sliders, rw_model_get_task (model), values);
  const RwTaskInfo *task = rw_model_get_task (model);
  const gboolean masked = rw_pixels_have_hole (part->source, task);
  double found = 1;
  RwJob job;
  gboolean done;

  rw_pixels_open (&pass->pixels, part->source);
  if (part->enlarged != NULL)
    rw_pixels_set_enlarged (&pass->pixels, part->enlarged);
  else
    rw_pixels_set_target (&pass->pixels, part->target);
  settings.grey = pass->pixels.grey;
  job = (RwJob){
    .bounds = pass->pixels.bounds,
    .roi = part->roi,
    .read = rw_pixels_read,
    .read_mask = masked ? rw_pixels_read_hole : NULL,
    .write = rw_pixels_write,
    .progress = show_progress,
    .data = pass,
    .found = &found,
  };
  done = rw_restore (model, &settings, &job, error);
  part->is_good = done && task->mask != RW_MASK_NONE && found == 0;
  rw_pixels_close (&pass->pixels);
  return done || add_name (error, part->source);
}

static gboolean
compute_all (const RwTaskInfo *task,
             const RwOptions *options,
             RwModel *model,
             const GArray *parts,
             GError **error)
{
  Pass pass = { .n_parts = parts->len, .start_us = g_get_monotonic_time () };
  gboolean done = TRUE;

  for (; done && pass.index < parts->len; pass.index++) {
    announce (&pass, task);
    done = compute (&g_array_index (parts, Part, pass.index), model, options,
                    &pass, error);
  }
  g_free (pass.text);
  return done;
}

/* The copy comes right above what it was copied from. */
static void
insert_copy (const Part *part, const RwTaskInfo *task, RwImage image)
{
  const int position = gimp_image_get_item_position (image, part->source);
  g_autofree char *name = gimp_item_get_name (part->source);
  g_autofree char *new_name =
      g_strdup_printf ("%s (%s)", name, _ (task->done));

  rw_item_insert (image, part->target, gimp_item_get_parent (part->source),
                  position);
  gimp_item_set_name (part->target, new_name);
  if (rw_item_is_drawn (part->source))
    rw_effects_copy (part->source, part->target);
}

static void
put_mended (const RwTaskInfo *task,
            const RwOptions *options,
            RwImage image,
            const GArray *parts)
{
  for (guint i = 0; i < parts->len; i++) {
    const Part *part = &g_array_index (parts, Part, i);

    if (part->target != part->source)
      insert_copy (part, task, image);
    if (options->sliders.strength > 0)
      gimp_drawable_merge_shadow (RW_DRAWABLE (part->target), TRUE);
    gimp_drawable_update (RW_DRAWABLE (part->target), part->roi.x, part->roi.y,
                          part->roi.width, part->roi.height);
  }
}

/* The item has grown already; its pixels are replaced by the better ones. */
static void
put_enlarged (const Part *part)
{
  g_autoptr (GeglBuffer) shadow =
      gimp_drawable_get_shadow_buffer (RW_DRAWABLE (part->target));

  gegl_buffer_copy (part->enlarged, NULL, GEGL_ABYSS_NONE, shadow, NULL);
  g_clear_object (&shadow);
  gimp_drawable_merge_shadow (RW_DRAWABLE (part->target), TRUE);
  gimp_drawable_update (RW_DRAWABLE (part->target), 0, 0, part->roi.width,
                        part->roi.height);
}

/* GIMP scales everything, with offsets, masks, guides and the selection; the
 * selection does not count for what is merged after that. */
static void
put_all_enlarged (const RwTaskInfo *task,
                  const RwOptions *options,
                  RwImage image,
                  const GArray *parts)
{
  RwItem selection = RW_NO_ITEM;

  gimp_context_push ();
  gimp_context_set_interpolation (GIMP_INTERPOLATION_CUBIC);
  if (options->output == RW_OUTPUT_IMAGE)
    gimp_image_scale (image, rw_image_get_width (image) * task->scale,
                      rw_image_get_height (image) * task->scale);
  if (!gimp_selection_is_empty (image))
    selection = rw_selection_put_away (image);
  for (guint i = 0; i < parts->len; i++) {
    const Part *part = &g_array_index (parts, Part, i);

    if (options->output != RW_OUTPUT_IMAGE)
      rw_layer_scale (part->target, part->roi.width, part->roi.height);
    put_enlarged (part);
  }
  if (selection != RW_NO_ITEM)
    rw_selection_give_back (image, selection);
  gimp_context_pop ();
}

static void
put_in_place (const RwTaskInfo *task,
              const RwOptions *options,
              RwImage image,
              const GArray *parts)
{
  gimp_image_undo_group_start (image);
  if (task->scale > 1)
    put_all_enlarged (task, options, image, parts);
  else
    put_mended (task, options, image, parts);
  gimp_image_undo_group_end (image);
}

static void
throw_away (const Part *part)
{
  if (part->enlarged != NULL)
    return;
  if (part->target != part->source)
    gimp_item_delete (part->target);
  else
    gimp_drawable_free_shadow (RW_DRAWABLE (part->target));
}

static void
throw_all_away (const GArray *parts)
{
  for (guint i = 0; i < parts->len; i++)
    throw_away (&g_array_index (parts, Part, i));
}

/* What nothing was found in stays as it is, and nothing is put in place. */
static void
leave_good (GArray *parts)
{
  for (guint i = parts->len; i-- > 0;) {
    const Part *part = &g_array_index (parts, Part, i);
    g_autofree char *name = NULL;

    if (!part->is_good)
      continue;
    name = gimp_item_get_name (part->source);
    g_message (_ ("%s \"%s\": nothing in it looks like scratches or dust; "
                  "select what is to go and a little around it"),
               rw_target_get_kind (part->source), name);
    throw_away (part);
    g_array_remove_index (parts, i);
  }
}

/* Text that became pixels without a word would be lost as text. */
static gboolean
check_drawn (RwItem item, GError **error)
{
  if (!rw_item_is_drawn (item))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               _ ("it is text, vectors or a link, but a filter would make "
                  "pixels of it; choose a new layer or an effect as the "
                  "output"));
  return add_name (error, item);
}

/* Puts a copy in for the target where one is wanted. */
static gboolean
choose_target (Part *part, const RwOptions *options, GError **error)
{
  part->target = part->source;
  if (options->output != RW_OUTPUT_NEW_LAYER)
    return check_drawn (part->source, error);
  if (gimp_item_is_layer_mask (part->source)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 _ ("it is a mask, but only a layer or channel can get a new "
                    "one above it; choose this layer as the output"));
    return add_name (error, part->source);
  }
  part->target = rw_item_copy (part->source);
  return TRUE;
}

static gboolean
prepare_to_enlarge (Part *part,
                    const RwTaskInfo *task,
                    const RwOptions *options,
                    GError **error)
{
  if (rw_item_is_drawn (part->source)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 _ ("it is text, vectors or a link, but a net would make "
                    "pixels of it; choose other layers: with the whole image "
                    "it grows as GIMP scales it"));
    return add_name (error, part->source);
  }
  part->target = part->source;
  part->roi = (RwRect){ 0, 0, rw_item_get_width (part->source) * task->scale,
                        rw_item_get_height (part->source) * task->scale };
  if (options->output != RW_OUTPUT_IMAGE &&
      !gimp_item_is_layer (part->source)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 _ ("it belongs to the size of its image or layer, but only a "
                    "layer can be enlarged alone; enlarge the whole image"));
    return add_name (error, part->source);
  }
  part->enlarged = gegl_buffer_new (
      GEGL_RECTANGLE (0, 0, part->roi.width, part->roi.height),
      gimp_drawable_get_format (RW_DRAWABLE (part->source)));
  return TRUE;
}

static void
part_clear (gpointer data)
{
  Part *part = data;

  g_clear_object (&part->enlarged);
}

static gboolean
prepare_part (const RwTaskInfo *task,
              RwItem item,
              const RwOptions *options,
              GArray *parts,
              GError **error)
{
  Part part = { .source = item };

  if (!rw_target_check_valid (item, error))
    return FALSE;
  if (task->scale > 1) {
    if (!prepare_to_enlarge (&part, task, options, error))
      return FALSE;
  } else {
    if (!rw_pixels_get_selected (item, &part.roi))
      return TRUE;
    if (!choose_target (&part, options, error))
      return FALSE;
  }
  g_array_append_val (parts, part);
  return TRUE;
}

static gboolean
prepare (const RwTaskInfo *task,
         const GArray *targets,
         const RwOptions *options,
         GArray *parts,
         GError **error)
{
  for (guint i = 0; i < targets->len; i++)
    if (!prepare_part (task, g_array_index (targets, RwItem, i), options,
                       parts, error))
      return FALSE;
  if (parts->len == 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 _ ("selection: it lies outside the chosen layers, but a "
                    "filter needs some of their pixels; move it or use "
                    "Select > None"));
    return FALSE;
  }
  return TRUE;
}

/* A float keeps no more than 24 bits of a pixel, so strength 0 touches
 * nothing. */
static gboolean
has_work (const RwTaskInfo *task, const RwOptions *options)
{
  return options->sliders.strength != 0 || task->scale > 1 ||
         options->output == RW_OUTPUT_NEW_LAYER;
}

gboolean
rw_apply_filter (const RwTaskInfo *task,
                 const RwOptions *options,
                 RwImage image,
                 const GArray *targets,
                 GError **error)
{
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_autoptr (RwModel) loaded =
      rw_model_load (task->name, options->weights, error);
  g_autoptr (RwModel) model =
      loaded != NULL
          ? rw_model_turn (loaded, rw_options_get_turns (options), error)
          : NULL;
  gboolean done;

  if (model == NULL)
    return FALSE;
  if (options->output == RW_OUTPUT_EFFECT)
    return rw_effect_append (task, options, image, targets, error);
  g_array_set_clear_func (parts, part_clear);
  done = prepare (task, targets, options, parts, error);
  if (done && (options->sliders.strength != 0 || task->scale > 1))
    done = compute_all (task, options, model, parts, error);
  if (done)
    leave_good (parts);
  if (done && parts->len > 0 && has_work (task, options))
    put_in_place (task, options, image, parts);
  else
    throw_all_away (parts);
  gimp_progress_end ();
  return done;
}
