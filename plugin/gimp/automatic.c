/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What automatic means for given weights.
 */
#include "automatic.h"

#include <string.h>

#include "pixels.h"

/* GIMP keeps what it found in a JPEG file: a byte of colour space, then one of
 * quality, 0 where its tables are no common ones. */
#define JPEG_PARASITE "jpeg-settings"

static gboolean
is_measured (const RwTaskInfo *task, const RwModel *model)
{
  return model != NULL && task->n_controls > 0 && task->controls[0].open &&
         rw_model_uses (model, task->controls[0].name);
}

/* The quality of the JPEG file that the image came from; 0: it came from
 * another or does not say. */
static double
get_jpeg_quality (RwItem item)
{
  GimpParasite *parasite =
      gimp_image_get_parasite (gimp_item_get_image (item), JPEG_PARASITE);
  const guchar *bytes;
  guint size = 0;
  double quality = 0;

  if (parasite == NULL)
    return 0;
  bytes = rw_parasite_get_data (parasite, &size);
  if (size >= 2 && bytes[1] <= 100)
    quality = bytes[1];
  gimp_parasite_free (parasite);
  return quality;
}

RwMeasure
rw_automatic_measure (const RwTaskInfo *task,
                      const RwModel *model,
                      RwItem item)
{
  RwMeasure measured = { 0 };

  if (!is_measured (task, model))
    return measured;
  if (strcmp (task->controls[0].name, "quality") == 0) {
    measured.value = get_jpeg_quality (item);
    measured.is_told = measured.value > 0;
  }
  if (!measured.is_told &&
      !rw_pixels_measure (item, model, &measured.value, NULL))
    measured.value = 0;
  return measured;
}

void
rw_automatic_fill (const RwTaskInfo *task,
                   const RwModel *model,
                   double measured,
                   RwSliders *sliders)
{
  if (is_measured (task, model) && sliders->values[0] == 0 &&
      !rw_model_works_open (model, task->controls[0].name))
    sliders->values[0] = measured;
}

/* The core gives the default itself where the task cannot measure; a number
 * that was measured is never just that. */
char *
rw_automatic_describe (const RwTaskInfo *task,
                       const RwModel *model,
                       const RwMeasure *measured)
{
  const RwField *control = &task->controls[0];

  if (measured->is_told)
    return g_strdup_printf (_ ("_Automatic (the file says %.*f)"),
                            control->digits, measured->value);
  if (measured->value <= 0 || measured->value == control->def)
    return g_strdup (_ ("_Automatic"));
  return g_strdup_printf (_ ("_Automatic (measured: %.*f)"), control->digits,
                          measured->value);
}
