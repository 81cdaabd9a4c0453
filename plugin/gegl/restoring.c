/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From GEGL's buffers and rectangles to rw_restore.  Pixels are read and
 * written in the picture's own space, coded by the sRGB curve; grey pictures
 * as one channel.  The level of detail is ignored: GEGL gives full coordinates
 * anyway.
 */
#include "restoring.h"

#include <string.h>

#include "errors.h"
#include "reweave.h"
#include "srgb-coded.h"

#define SIDE_MAX (1 << 28) /* longer pictures are planes without end */

/* ---- formats ----------------------------------------------------------- */

static gboolean
is_grey (const Babl *format)
{
  return (babl_get_model_flags (babl_format_get_model (format)) &
          BABL_MODEL_FLAG_GRAY) != 0;
}

/* Whether babl's R', coded by the space's own curve, is the sRGB curve here.
 * Then it is better than R~, which babl takes through linear light by ways
 * that differ in the last bit and are chosen by the clock; unless the source
 * is R~ and needs no conversion at all. */
static gboolean
prefers_prime (const Babl *source, const Babl *space)
{
  return is_srgb_coded (space) &&
         (source == NULL ||
          strchr (babl_format_get_encoding (source), '~') == NULL);
}

static const char *
get_format_name (gboolean grey, gboolean alpha, gboolean srgb)
{
  if (grey && alpha)
    return srgb ? "Y'A float" : "Y~A float";
  if (grey)
    return srgb ? "Y' float" : "Y~ float";
  if (alpha)
    return srgb ? "R'G'B'A float" : "R~G~B~A float";
  return srgb ? "R'G'B' float" : "R~G~B~ float";
}

void
rw_op_prepare (GeglOperation *operation)
{
  const Babl *source = gegl_operation_get_source_format (operation, "input");
  const Babl *space = gegl_operation_get_source_space (operation, "input");
  const gboolean grey = source != NULL && is_grey (source);
  const gboolean alpha = source == NULL || babl_format_has_alpha (source);
  const Babl *format = babl_format_with_space (
      get_format_name (grey, alpha, prefers_prime (source, space)), space);

  gegl_operation_set_format (operation, "input", format);
  gegl_operation_set_format (operation, "output", format);
}

/* ---- the model --------------------------------------------------------- */

/* The core works on the threads that the user has allowed GEGL. */
static void
share_threads (void)
{
  static gsize done;

  if (g_once_init_enter (&done)) {
    int n_threads = 1;
    g_object_get (gegl_config (), "threads", &n_threads, NULL);
    rw_set_distribute (gegl_parallel_distribute, n_threads);
    g_once_init_leave (&done, 1);
  }
}

/* A model of any task: whether it is for one that an operation can do. */
static gboolean
check_task (RwModel *model, const char *weights, GError **error)
{
  const RwTaskInfo *info = rw_model_get_task (model);

  if (rw_task_is_plain_filter (info))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: its task is \"%s\", expected one that keeps the size of a "
               "picture and needs no mask; choose other weights",
               weights, info->name);
  return FALSE;
}

/* The only way to a model: packing its weights is the core's first work, and
 * would start threads of its own if it were not given GEGL's before. */
static RwModel *
load_model (const RwOpSettings *settings, GError **error)
{
  const gboolean given =
      settings->weights != NULL && *settings->weights != '\0';

  share_threads ();
  if (settings->task == NULL && !given) {
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "weights: none are given, expected the path or name of a "
                 "weight file; choose one");
    return NULL;
  }
  g_autoptr (RwModel) model =
      rw_model_load (settings->task, settings->weights, error);
  if (model == NULL || (settings->task == NULL &&
                        !check_task (model, settings->weights, error)))
    return NULL;
  return g_steal_pointer (&model);
}

/* The controls that a person set.  Returns their number. */
static int
list_values (const RwModel *model,
             const RwOpSettings *settings,
             RwValue values[RW_CONTROLS_MAX])
{
  const RwTaskInfo *info = rw_model_get_task (model);
  int n = 0;

  for (int i = 0; i < settings->n_values; i++) {
    const double value = settings->values[i];
    const RwField *control = i < info->n_controls ? &info->controls[i] : NULL;
    if (value == 0 && (control == NULL || control->open))
      continue;
    values[n++] =
        control != NULL
            ? (RwValue){ control->name, rw_control_raise (control, value) }
            : (RwValue){ "value", value }; /* which rw_restore refuses */
  }
  return n;
}

/* Whether restoring any part looks at all of the picture first. */
static gboolean
measures (const RwModel *model, const RwOpSettings *settings)
{
  const RwTaskInfo *info = rw_model_get_task (model);
  RwValue values[RW_CONTROLS_MAX];

  return info->n_controls > 0 && list_values (model, settings, values) == 0 &&
         !rw_model_works_open (model, info->controls[0].name);
}

/* ---- regions ----------------------------------------------------------- */

static gboolean
is_endless (const GeglRectangle *rect)
{
  return gegl_rectangle_is_infinite_plane (rect) || rect->width > SIDE_MAX ||
         rect->height > SIDE_MAX;
}

GeglRectangle
rw_op_get_bounding_box (GeglOperation *operation)
{
  const GeglRectangle *box =
      gegl_operation_source_get_bounding_box (operation, "input");

  return box != NULL ? *box : (GeglRectangle){ 0 };
}

static RwRect
to_rect (const GeglRectangle *rect)
{
  return (RwRect){
    .x = rect->x, .y = rect->y, .width = rect->width, .height = rect->height
  };
}

static GeglRectangle
from_rect (const RwRect *rect)
{
  return (GeglRectangle){
    .x = rect->x, .y = rect->y, .width = rect->width, .height = rect->height
  };
}

GeglRectangle
rw_op_get_required (GeglOperation *operation,
                    const RwOpSettings *settings,
                    const GeglRectangle *roi)
{
  const GeglRectangle box = rw_op_get_bounding_box (operation);

  if (is_endless (&box) || settings->strength == 0)
    return *roi;
  g_autoptr (RwModel) model = load_model (settings, NULL);
  if (model == NULL)
    return *roi;
  if (measures (model, settings))
    return box;
  const RwRect bounds = to_rect (&box), part = to_rect (roi);
  const RwRect required = rw_restore_get_required (model, &bounds, &part);
  return from_rect (&required);
}

/* All blocks that read a pixel of @roi. */
static GeglRectangle
grow_to_blocks (const GeglRectangle *roi, int margin)
{
  const int edge = rw_restore_get_block ();
  GeglRectangle grown = { roi->x - margin, roi->y - margin,
                          roi->width + 2 * margin, roi->height + 2 * margin };

  gegl_rectangle_align (&grown, &grown, GEGL_RECTANGLE (0, 0, edge, edge),
                        GEGL_RECTANGLE_ALIGNMENT_SUPERSET);
  return grown;
}

GeglRectangle
rw_op_get_invalidated (GeglOperation *operation,
                       const RwOpSettings *settings,
                       const GeglRectangle *roi)
{
  const GeglRectangle box = rw_op_get_bounding_box (operation);

  if (is_endless (&box) || is_endless (roi) || settings->strength == 0)
    return *roi;
  g_autoptr (RwModel) model = load_model (settings, NULL);
  if (model == NULL)
    return *roi;
  GeglRectangle changed = grow_to_blocks (roi, rw_restore_get_margin (model));
  if (measures (model, settings))
    gegl_rectangle_bounding_box (&changed, &changed, &box);
  return changed;
}

/* ---- pixels ------------------------------------------------------------ */

typedef struct {
  GeglBuffer *input; /* no larger than the picture, so that its edge clamps */
  GeglBuffer *output;
  RwRect bounds;
  const Babl
      *format;  /* of both, see rw_op_prepare: babl converts nothing twice */
  int channels; /* 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha */
} Pixels;

static void
pixels_open (Pixels *pixels,
             GeglOperation *operation,
             GeglBuffer *input,
             GeglBuffer *output)
{
  const GeglRectangle box = rw_op_get_bounding_box (operation);

  pixels->format = gegl_operation_get_format (operation, "output");
  pixels->channels = babl_format_get_n_components (pixels->format);
  pixels->bounds = to_rect (&box);
  pixels->input = gegl_buffer_create_sub_buffer (input, &box);
  pixels->output = output;
}

/* From @channels to RGBA in place, hence from the end. */
static void
spread_channels (float *pixels, gsize n, int channels)
{
  while (n-- > 0) {
    const float *in = pixels + channels * n;
    const float alpha = channels % 2 == 0 ? in[channels - 1] : 1;
    const float red = in[0], green = in[channels > 2],
                blue = in[channels > 2 ? 2 : 0];
    float *rgba = pixels + 4 * n;
    rgba[0] = red;
    rgba[1] = green;
    rgba[2] = blue;
    rgba[3] = alpha;
  }
}

/* The other way; grey is the first of three equal channels. */
static void
gather_channels (const float *rgba, gsize n, int channels, float *out)
{
  for (gsize i = 0; i < n; i++, rgba += 4, out += channels) {
    for (int c = 0; c < channels; c++)
      out[c] = rgba[c];
    if (channels == 2)
      out[1] = rgba[3];
  }
}

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const Pixels *pixels = data;
  const GeglRectangle region = from_rect (rect);

  gegl_buffer_get (pixels->input, &region, 1.0, pixels->format, rgba,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_CLAMP);
  if (pixels->channels != 4)
    spread_channels (rgba, (gsize) rect->width * rect->height,
                     pixels->channels);
  return TRUE;
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  const Pixels *pixels = data;
  const GeglRectangle region = from_rect (rect);
  const gsize row = (gsize) rect->width * pixels->channels;
  g_autofree float *packed = g_new (float, row * rect->height);

  for (int y = 0; y < rect->height; y++)
    gather_channels (rgba + y * stride, rect->width, pixels->channels,
                     packed + y * row);
  gegl_buffer_set (pixels->output, &region, 0, pixels->format, packed,
                   GEGL_AUTO_ROWSTRIDE);
  return TRUE;
}

/* ---- restoring --------------------------------------------------------- */

gboolean
rw_op_passes_input (GeglOperation *operation, const RwOpSettings *settings)
{
  const GeglRectangle box = rw_op_get_bounding_box (operation);

  if (settings->strength == 0 || is_endless (&box))
    return TRUE;
  g_autoptr (GError) error = NULL;
  g_autoptr (RwModel) model = load_model (settings, &error);
  if (model == NULL)
    rw_op_show_error (operation, error->message);
  return model == NULL;
}

static gboolean
restore (RwModel *model,
         const RwOpSettings *settings,
         Pixels *pixels,
         const RwRect *roi,
         GError **error)
{
  RwValue values[RW_CONTROLS_MAX];
  const RwSettings all = { .strength = settings->strength,
                           .grain = settings->grain,
                           .values = values,
                           .n_values = list_values (model, settings, values),
                           .grey = pixels->channels < 3 };
  const RwJob job = { .bounds = pixels->bounds,
                      .roi = *roi,
                      .read = read_pixels,
                      .write = write_pixels,
                      .data = pixels };

  return rw_restore (model, &all, &job, error);
}

gboolean
rw_op_restore (GeglOperation *operation,
               const RwOpSettings *settings,
               GeglBuffer *input,
               GeglBuffer *output,
               const GeglRectangle *roi)
{
  g_autoptr (GError) error = NULL;
  const RwRect region = to_rect (roi);
  Pixels pixels;

  pixels_open (&pixels, operation, input, output);
  g_autoptr (RwModel) model = load_model (settings, &error);
  if (model == NULL || !restore (model, settings, &pixels, &region, &error))
    gegl_buffer_copy (input, roi, GEGL_ABYSS_CLAMP, output, roi);
  rw_op_show_error (operation, error != NULL ? error->message : NULL);
  g_object_unref (pixels.input);
  return TRUE;
}
