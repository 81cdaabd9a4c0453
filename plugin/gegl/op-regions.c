/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From regions of the result to those of the input, and back.
 */
#include "op-regions.h"

#include "op-model.h"

#define SIDE_MAX (1 << 28) /* longer pictures are planes without end */

gboolean
rw_op_is_endless (const GeglRectangle *rect)
{
  return gegl_rectangle_is_infinite_plane (rect) || rect->width > SIDE_MAX ||
         rect->height > SIDE_MAX;
}

GeglRectangle
rw_op_get_input_box (GeglOperation *operation)
{
  const GeglRectangle *box =
      gegl_operation_source_get_bounding_box (operation, "input");

  return box != NULL ? *box : (GeglRectangle){ 0 };
}

/* A picture that is enlarged at strength 0 is interpolated. */
gboolean
rw_op_is_idle (GeglOperation *operation, const RwOpSettings *settings)
{
  const GeglRectangle box = rw_op_get_input_box (operation);

  return rw_op_is_endless (&box) ||
         (settings->strength == 0 && settings->scale == 1) ||
         (settings->masked && settings->marks == 0 &&
          gegl_operation_get_source_node (operation, "aux") == NULL);
}

static GeglRectangle
enlarge (const GeglRectangle *rect, int scale)
{
  return (GeglRectangle){ scale * rect->x, scale * rect->y,
                          scale * rect->width, scale * rect->height };
}

GeglRectangle
rw_op_get_bounding_box (GeglOperation *operation, const RwOpSettings *settings)
{
  const GeglRectangle box = rw_op_get_input_box (operation);

  if (settings->scale == 1 || rw_op_is_endless (&box))
    return box;
  g_autoptr (RwModel) model = rw_op_load_model (settings, NULL);
  return model != NULL ? enlarge (&box, settings->scale) : box;
}

RwRect
rw_op_to_rect (const GeglRectangle *rect)
{
  return (RwRect){
    .x = rect->x, .y = rect->y, .width = rect->width, .height = rect->height
  };
}

GeglRectangle
rw_op_from_rect (const RwRect *rect)
{
  return (GeglRectangle){
    .x = rect->x, .y = rect->y, .width = rect->width, .height = rect->height
  };
}

/* Those on which it depends what is read. */
static RwSettings
get_settings (const RwOpSettings *settings)
{
  return (RwSettings){ .strength = settings->strength,
                       .marks = settings->marks };
}

GeglRectangle
rw_op_get_required (GeglOperation *operation,
                    const RwOpSettings *settings,
                    const GeglRectangle *roi)
{
  if (rw_op_is_idle (operation, settings))
    return *roi;
  g_autoptr (RwModel) model = rw_op_load_model (settings, NULL);
  if (model == NULL)
    return *roi;
  const GeglRectangle box = rw_op_get_input_box (operation);
  if (rw_op_measures (model, settings))
    return box;
  const RwRect bounds = rw_op_to_rect (&box), part = rw_op_to_rect (roi);
  const RwSettings all = get_settings (settings);
  const RwRect required =
      rw_restore_get_required (model, &all, &bounds, &part);
  return rw_op_from_rect (&required);
}

GeglRectangle
rw_op_get_invalidated (GeglOperation *operation,
                       const RwOpSettings *settings,
                       const GeglRectangle *roi)
{
  if (rw_op_is_idle (operation, settings) || rw_op_is_endless (roi))
    return *roi;
  g_autoptr (RwModel) model = rw_op_load_model (settings, NULL);
  if (model == NULL)
    return *roi;
  const GeglRectangle box = rw_op_get_input_box (operation);
  const RwSettings all = get_settings (settings);
  GeglRectangle read = *roi;
  if (rw_op_measures (model, settings))
    gegl_rectangle_bounding_box (&read, &read, &box);
  const RwRect part = rw_op_to_rect (&read);
  const RwRect changed = rw_restore_get_affected (model, &all, &part);
  return rw_op_from_rect (&changed);
}
