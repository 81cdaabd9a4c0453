/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: a picture in memory with a place in the plane, and a job for
 * rw_restore that notes what was read and written.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/random.h"
#include "reweave.h"

typedef struct {
  RwRect bounds;
  float *in;   /* [height][width][4] */
  float *out;  /* what was written; else the pattern 0xEE */
  RwRect read; /* bounding box of what was read */
  int n_reads; /* calls */
  int n_writes;
  int fail_read; /* number of the call that fails, from 1 */
  int fail_write;
  int cancel; /* number of the progress call that says stop, from 1 */
  int n_progress;
  double fraction; /* last reported */
} Canvas;

static inline float *
canvas_in (const Canvas *canvas, int x, int y)
{
  return canvas->in +
         4 * ((gsize) (y - canvas->bounds.y) * canvas->bounds.width + x -
              canvas->bounds.x);
}

static inline float *
canvas_out (const Canvas *canvas, int x, int y)
{
  return canvas->out + (canvas_in (canvas, x, y) - canvas->in);
}

static inline gsize
canvas_size (const Canvas *canvas)
{
  return 16 * (gsize) canvas->bounds.width * canvas->bounds.height;
}

static inline void
canvas_reset (Canvas *canvas)
{
  memset (canvas->out, 0xEE, canvas_size (canvas));
  canvas->read = (RwRect){ 0 };
  canvas->n_reads = canvas->n_writes = canvas->n_progress = 0;
  canvas->fail_read = canvas->fail_write = canvas->cancel = 0;
  canvas->fraction = -1;
}

/* Opaque: shades with noise, and edges every 23 pixels, from the place in the
 * picture and not in the plane. */
static inline void
canvas_init (Canvas *canvas, RwRect bounds, guint64 seed)
{
  *canvas = (Canvas){ .bounds = bounds };
  canvas->in = g_malloc (canvas_size (canvas));
  canvas->out = g_malloc (canvas_size (canvas));
  for (int y = 0; y < bounds.height; y++)
    for (int x = 0; x < bounds.width; x++) {
      const guint64 i = (guint64) y * 65536 + x;
      float *rgba = canvas_in (canvas, bounds.x + x, bounds.y + y);
      for (int c = 0; c < 3; c++)
        rgba[c] = 0.2f + 0.3f * ((x / 23 + y / 23) & 1) +
                  0.001f * (float) (x % 90) * (float) c +
                  0.2f * rw_random_uniform (rw_random_key (seed, c), i);
      rgba[3] = 1;
    }
  canvas_reset (canvas);
}

static inline void
canvas_clear (Canvas *canvas)
{
  g_free (canvas->in);
  g_free (canvas->out);
}

static inline gboolean
canvas_fail (gboolean fails, const char *what, GError **error)
{
  if (fails)
    g_set_error (error, RW_ERROR, RW_ERROR_IO, "canvas: %s failed", what);
  return !fails;
}

static inline gboolean
canvas_read (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  Canvas *canvas = data;
  const RwRect *b = &canvas->bounds, *r = &canvas->read;
  const gboolean first = canvas->n_reads == 0;
  const int left = first ? rect->x : MIN (r->x, rect->x),
            top = first ? rect->y : MIN (r->y, rect->y);
  const int right = first ? left : r->x + r->width,
            bottom = first ? top : r->y + r->height;

  canvas->read =
      (RwRect){ left, top, MAX (right, rect->x + rect->width) - left,
                MAX (bottom, rect->y + rect->height) - top };
  for (int y = rect->y; y < rect->y + rect->height; y++)
    for (int x = rect->x; x < rect->x + rect->width; x++, rgba += 4)
      memcpy (rgba,
              canvas_in (canvas, CLAMP (x, b->x, b->x + b->width - 1),
                         CLAMP (y, b->y, b->y + b->height - 1)),
              16);
  return canvas_fail (++canvas->n_reads == canvas->fail_read, "reading",
                      error);
}

static inline gboolean
canvas_write (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  Canvas *canvas = data;
  const RwRect *b = &canvas->bounds;

  g_assert_true (rect->x >= b->x && rect->y >= b->y && rect->width > 0 &&
                 rect->height > 0);
  g_assert_true (rect->x + rect->width <= b->x + b->width &&
                 rect->y + rect->height <= b->y + b->height);
  for (int y = 0; y < rect->height; y++)
    memcpy (canvas_out (canvas, rect->x, rect->y + y), rgba + stride * y,
            16 * (gsize) rect->width);
  return canvas_fail (++canvas->n_writes == canvas->fail_write, "writing",
                      error);
}

static inline gboolean
canvas_progress (gpointer data, double fraction)
{
  Canvas *canvas = data;

  g_assert_true (fraction >= canvas->fraction && fraction <= 1);
  canvas->fraction = fraction;
  return ++canvas->n_progress != canvas->cancel;
}

static inline RwJob
canvas_job (Canvas *canvas, RwRect roi)
{
  return (RwJob){ .bounds = canvas->bounds,
                  .roi = roi,
                  .read = canvas_read,
                  .write = canvas_write,
                  .progress = canvas_progress,
                  .data = canvas };
}

static inline gboolean
canvas_restore (Canvas *canvas,
                RwModel *model,
                RwSettings settings,
                RwRect roi,
                GError **error)
{
  const RwJob job = canvas_job (canvas, roi);

  return rw_restore (model, &settings, &job, error);
}

/* Settings with a level, or with the level left open where it is LEVEL_OPEN.
 */
#define LEVEL_OPEN 0.0
#define LEVEL_SETTINGS(level, ...)                                            \
  ((RwSettings){ .values = &(const RwValue){ "level", (level) },              \
                 .n_values = (level) != LEVEL_OPEN,                           \
                 __VA_ARGS__ })

/* All of it, which must work. */
static inline void
canvas_restore_all (Canvas *canvas,
                    RwModel *model,
                    double level,
                    double strength)
{
  GError *error = NULL;

  canvas_reset (canvas);
  canvas_restore (canvas, model, LEVEL_SETTINGS (level, .strength = strength),
                  canvas->bounds, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (canvas->fraction, ==, 1);
}
