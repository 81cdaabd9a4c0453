/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: an operation in a graph behind a picture, and what the core makes
 * of the same picture.
 */
#pragma once

#include <gegl-plugin.h>
#include <gegl.h>

#include "canvas.h"
#include "random-weights.h"
#include "scratch.h"

#define LEVEL 30.0
#define RGBA (babl_format ("R~G~B~A float"))

/* The plane's origin, where four blocks meet, is inside. */
#define BOUNDS ((RwRect){ -37, -29, 83, 71 })

typedef struct {
  Scratch scratch;
  char *path;
  RwModel *model;
  Canvas canvas;
  GeglNode *graph, *source, *operation;
} Fixture;

static inline void
set_up (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  scratch_set_up (&f->scratch, NULL);
  f->path = scratch_path (&f->scratch, "net.safetensors");
  random_weights_write (f->path, "white-noise", RANDOM_NET_DEEP, 7);
  f->model = rw_model_load ("white-noise", f->path, &error);
  g_assert_no_error (error);
  canvas_init (&f->canvas, BOUNDS, 1);
  f->graph = gegl_node_new ();
  f->source =
      gegl_node_new_child (f->graph, "operation", "gegl:buffer-source", NULL);
  f->operation =
      gegl_node_new_child (f->graph, "operation", "reweave:white-noise",
                           "level", LEVEL, "weights", f->path, NULL);
  gegl_node_link (f->source, f->operation);
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->graph);
  canvas_clear (&f->canvas);
  rw_model_unref (f->model);
  g_free (f->path);
  scratch_tear_down (&f->scratch, NULL);
}

/* Puts @name, with the fixture's weights, behind the picture. */
static inline void
use_operation (Fixture *f, const char *name)
{
  gegl_node_remove_child (f->graph, f->operation);
  f->operation = gegl_node_new_child (f->graph, "operation", name, "weights",
                                      f->path, NULL);
  gegl_node_link (f->source, f->operation);
}

static inline GeglRectangle
rect_of (const RwRect *rect)
{
  return (GeglRectangle){ rect->x, rect->y, rect->width, rect->height };
}

/* R' and R~ are the same numbers here, and @format is not in R~ already. */
static inline gboolean
is_prime (const Babl *format)
{
  const Babl *red = NULL, *green = NULL, *blue = NULL;

  babl_space_get (babl_format_get_space (format), NULL, NULL, NULL, NULL, NULL,
                  NULL, NULL, NULL, &red, &green, &blue);
  return strchr (babl_get_name (format), '~') == NULL && red == green &&
         green == blue && red == babl_trc ("sRGB");
}

/* What the operation works in for a picture of @format. */
static inline const Babl *
work_format (const Babl *format)
{
  const gboolean grey = babl_get_model_flags (babl_format_get_model (format)) &
                        BABL_MODEL_FLAG_GRAY;
  const gboolean alpha = babl_format_has_alpha (format);
  const char *name = grey    ? alpha ? "Y~A float" : "Y~ float"
                     : alpha ? "R~G~B~A float"
                             : "R~G~B~ float";
  g_autofree char *coded =
      g_strdelimit (g_strdup (name), "~", is_prime (format) ? '\'' : '~');

  return babl_format_with_space (coded, babl_format_get_space (format));
}

/* From 1 to 4 channels to RGBA. */
static inline void
to_rgba (const float *in, gsize n, int channels, float *rgba)
{
  for (gsize i = 0; i < n; i++, in += channels, rgba += 4) {
    const float alpha = channels % 2 == 0 ? in[channels - 1] : 1;
    for (int c = 0; c < 3; c++)
      rgba[c] = in[channels < 3 ? 0 : c];
    rgba[3] = alpha;
  }
}

/* Puts the canvas into the source in @format, and takes back what that keeps
 * of it. */
static inline void
use_format (Fixture *f, const Babl *format)
{
  const GeglRectangle extent = rect_of (&f->canvas.bounds);
  const Babl *work = work_format (format);
  const gsize n = (gsize) extent.width * extent.height;
  const int channels = babl_format_get_n_components (work);
  g_autoptr (GeglBuffer) buffer = gegl_buffer_new (&extent, format);
  g_autofree float *kept = g_new (float, n *channels);

  gegl_buffer_set (
      buffer, &extent, 0,
      babl_format_with_space ("R~G~B~A float", babl_format_get_space (format)),
      f->canvas.in, GEGL_AUTO_ROWSTRIDE);
  gegl_buffer_get (buffer, &extent, 1.0, work, kept, GEGL_AUTO_ROWSTRIDE,
                   GEGL_ABYSS_NONE);
  to_rgba (kept, n, channels, f->canvas.in);
  gegl_node_set (f->source, "buffer", buffer, NULL);
}

/* Renders @roi of @node into RGBA by way of @work, which it gives. */
static inline void
render (GeglNode *node, const RwRect *roi, const Babl *work, float *rgba)
{
  const GeglRectangle region = rect_of (roi);
  const gsize n = (gsize) roi->width * roi->height;
  const int channels = babl_format_get_n_components (work);
  g_autofree float *out = g_new (float, n *channels);

  gegl_node_blit (node, 1.0, &region, work, out, GEGL_AUTO_ROWSTRIDE,
                  GEGL_BLIT_DEFAULT);
  to_rgba (out, n, channels, rgba);
}

/* All of @canvas by the core; @level 0: left open, and measured. */
static inline void
restore (Canvas *canvas, RwModel *model, double level, gboolean grey)
{
  const RwValue value = { "level", level };
  const RwSettings settings = {
    .strength = 1, .values = &value, .n_values = level > 0, .grey = grey
  };
  GError *error = NULL;

  canvas_reset (canvas);
  canvas_restore (canvas, model, settings, canvas->bounds, &error);
  g_assert_no_error (error);
}

/* The operation's picture has the bits of rw_restore's. */
static inline void
assert_like_core (Fixture *f, const Babl *format, double level)
{
  const Babl *work = work_format (format);
  const gsize size = canvas_size (&f->canvas);
  g_autofree float *out = g_malloc (size);

  restore (&f->canvas, f->model, level,
           babl_format_get_n_components (work) < 3);
  render (f->operation, &f->canvas.bounds, work, out);
  g_assert_cmpmem (out, size, f->canvas.out, size);
}
