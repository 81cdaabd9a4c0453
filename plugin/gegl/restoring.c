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
#include "measured.h"
#include "op-regions.h"
#include "reweave.h"
#include "srgb-coded.h"

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

/* A mask is what its numbers are: 128 of 255 is a half, be they of light or of
 * code. */
static const Babl *
get_mask_format (GeglOperation *operation)
{
  const Babl *source = gegl_operation_get_source_format (operation, "aux");
  const Babl *space = gegl_operation_get_source_space (operation, "aux");
  const BablModelFlag flags =
      source != NULL ? babl_get_model_flags (babl_format_get_model (source))
                     : 0;
  const char *name = (flags & BABL_MODEL_FLAG_LINEAR) != 0       ? "YA float"
                     : (flags & BABL_MODEL_FLAG_PERCEPTUAL) != 0 ? "Y~A float"
                                                                 : "Y'A float";

  return babl_format_with_space (name, space);
}

void
rw_op_prepare (GeglOperation *operation, const RwOpSettings *settings)
{
  const Babl *source = gegl_operation_get_source_format (operation, "input");
  const Babl *space = gegl_operation_get_source_space (operation, "input");
  const gboolean grey = source != NULL && is_grey (source);
  const gboolean alpha = source == NULL || babl_format_has_alpha (source);
  const Babl *format = babl_format_with_space (
      get_format_name (grey, alpha, prefers_prime (source, space)), space);

  gegl_operation_set_format (operation, "input", format);
  gegl_operation_set_format (operation, "output", format);
  if (settings->masked)
    gegl_operation_set_format (operation, "aux", get_mask_format (operation));
}

/* ---- pixels ------------------------------------------------------------ */

typedef struct {
  GeglBuffer *input; /* no larger than the picture, so that its edge clamps */
  GeglBuffer *output;
  GeglBuffer *aux; /* or NULL */
  gboolean invert;
  RwRect bounds;
  const Babl *
      format; /* of input and output, see rw_op_prepare: babl converts nothing twice */
  const Babl *mask_format;
  int channels; /* 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha */
} Pixels;

static void
pixels_open (Pixels *pixels,
             GeglOperation *operation,
             const RwOpSettings *settings,
             GeglBuffer *input,
             GeglBuffer *aux,
             GeglBuffer *output)
{
  const GeglRectangle box = rw_op_get_input_box (operation);

  pixels->format = gegl_operation_get_format (operation, "output");
  pixels->channels = babl_format_get_n_components (pixels->format);
  pixels->bounds = rw_op_to_rect (&box);
  pixels->input = gegl_buffer_create_sub_buffer (input, &box);
  pixels->output = output;
  pixels->aux = aux;
  pixels->invert = settings->invert;
  pixels->mask_format =
      aux != NULL ? gegl_operation_get_format (operation, "aux") : NULL;
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
  const GeglRectangle region = rw_op_from_rect (rect);

  gegl_buffer_get (pixels->input, &region, 1.0, pixels->format, rgba,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_CLAMP);
  if (pixels->channels != 4)
    spread_channels (rgba, (gsize) rect->width * rect->height,
                     pixels->channels);
  return TRUE;
}

/* Its lightness times its alpha: there is no mask beyond its edges. */
static gboolean
read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  const Pixels *pixels = data;
  const GeglRectangle region = rw_op_from_rect (rect);
  const gsize n = (gsize) rect->width * rect->height;
  g_autofree float *ya = g_new (float, 2 * n);

  gegl_buffer_get (pixels->aux, &region, 1.0, pixels->mask_format, ya,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  for (gsize i = 0; i < n; i++) {
    const float value = ya[2 * i] * ya[2 * i + 1];
    const float good = value > 0 ? MIN (value, 1) : 0; /* not NaN */
    mask[i] = pixels->invert ? 1 - good : good;
  }
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
  const GeglRectangle region = rw_op_from_rect (rect);
  const gsize row = (gsize) rect->width * pixels->channels;

  if (pixels->channels == 4) {
    gegl_buffer_set (pixels->output, &region, 0, pixels->format, rgba,
                     (int) (stride * sizeof *rgba));
    return TRUE;
  }
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
rw_op_passes_input (GeglOperation *operation,
                    const RwOpSettings *settings,
                    GeglBuffer *aux)
{
  if (rw_op_is_idle (operation, settings) ||
      (settings->masked && settings->marks == 0 && aux == NULL)) {
    rw_op_show_error (operation, NULL);
    return TRUE;
  }
  g_autoptr (GError) error = NULL;
  g_autoptr (RwModel) model = rw_op_load_model (settings, &error);
  if (model == NULL)
    rw_op_show_error (operation, error->message);
  return model == NULL;
}

/* Tells what was measured; the notes have it. */
static gboolean
measure (GeglOperation *operation,
         RwModel *model,
         const RwOpSettings *settings,
         const RwJob *job,
         GError **error)
{
  double value = 0;

  if (rw_op_measures (model, settings) &&
      !rw_job_measure (model, job, &value, error))
    return FALSE;
  rw_op_show_measured (operation, value);
  return TRUE;
}

static gboolean
restore (GeglOperation *operation,
         RwModel *model,
         const RwOpSettings *settings,
         Pixels *pixels,
         const RwRect *roi,
         GError **error)
{
  RwValue values[RW_CONTROLS_MAX];
  const RwSettings all = { .strength = settings->strength,
                           .grain = settings->grain,
                           .marks = settings->marks,
                           .values = values,
                           .n_values =
                               rw_op_list_values (model, settings, values),
                           .grey = pixels->channels < 3 };
  const RwJob job = { .bounds = pixels->bounds,
                      .roi = *roi,
                      .read = read_pixels,
                      .read_mask = pixels->aux != NULL ? read_mask : NULL,
                      .write = write_pixels,
                      .data = pixels,
                      .notes = settings->notes };

  return measure (operation, model, settings, &job, error) &&
         rw_restore (model, &all, &job, error);
}

gboolean
rw_op_restore (GeglOperation *operation,
               const RwOpSettings *settings,
               GeglBuffer *input,
               GeglBuffer *aux,
               GeglBuffer *output,
               const GeglRectangle *roi)
{
  g_autoptr (GError) error = NULL;
  const RwRect region = rw_op_to_rect (roi);
  Pixels pixels;

  pixels_open (&pixels, operation, settings, input, aux, output);
  g_autoptr (RwModel) model = rw_op_load_model (settings, &error);
  if (model == NULL ||
      !restore (operation, model, settings, &pixels, &region, &error))
    gegl_buffer_copy (input, roi, GEGL_ABYSS_CLAMP, output, roi);
  rw_op_show_error (operation, error != NULL ? error->message : NULL);
  g_object_unref (pixels.input);
  return TRUE;
}
