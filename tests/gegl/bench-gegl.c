/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * bench-gegl [MEGAPIXELS [OPERATION [WEIGHTS [ROUNDS]]]]: what an operation
 * costs beyond the engine, which goes from memory to memory, in pieces of
 * several sizes, and again when all blocks are there.
 * GEGL_THREADS holds for both.  Not a test: it prints, and judges nothing.
 */
#include <gegl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "reweave.h"

/* Seconds, and those of all threads: others use the machine, too. */
typedef struct {
  double wall, cpu;
} Time;

typedef struct {
  float *rgba, *out;
  int width, height;
  GeglNode *operation;
  GeglBuffer *result;
} Bench;

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const Bench *b = data;
  const gsize n = 4 * (gsize) rect->width;

  for (int y = rect->y; y < rect->y + rect->height; y++, rgba += n)
    memcpy (rgba,
            b->rgba + 4 * ((gsize) y * (gsize) b->width + (gsize) rect->x),
            n * sizeof *rgba);
  return TRUE;
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  const Bench *b = data;
  const gsize n = 4 * (gsize) rect->width;

  for (int y = 0; y < rect->height; y++)
    memcpy (b->out + 4 * ((gsize) (rect->y + y) * (gsize) b->width +
                          (gsize) rect->x),
            rgba + stride * (gsize) y, n * sizeof *rgba);
  return TRUE;
}

/* Shades and noise, so that no two blocks are alike. */
static void
draw (Bench *b, double megapixels)
{
  b->width = 3000;
  b->height = (int) (megapixels * 1e6 / b->width);
  const gsize n = (gsize) b->width * (gsize) b->height;

  b->rgba = g_new (float, 4 * n);
  b->out = g_new0 (float, 4 * n);
  for (gsize i = 0; i < n; i++)
    for (guint c = 0; c < 4; c++)
      b->rgba[4 * i + c] =
          c == 3 ? 1
                 : 0.3f + 0.1f * (float) (i / 97 % 4) +
                       0.1f * rw_random_uniform (rw_random_key (c, 0), i);
}

static Time
now (void)
{
  return (Time){ (double) g_get_monotonic_time () * 1e-6,
                 (double) clock () / CLOCKS_PER_SEC };
}

static Time
since (Time start)
{
  const Time end = now ();

  return (Time){ end.wall - start.wall, end.cpu - start.cpu };
}

static Time
time_engine (Bench *b, RwModel *model)
{
  const RwSettings settings = { .strength = 1 };
  const RwJob job = { .bounds = { 0, 0, b->width, b->height },
                      .roi = { 0, 0, b->width, b->height },
                      .read = read_pixels,
                      .write = write_pixels,
                      .data = b };
  GError *error = NULL;

  rw_cache_set_budget (0);
  const Time start = now ();
  if (!rw_restore (model, &settings, &job, &error))
    g_error ("%s", error->message);
  return since (start);
}

/* In pieces of @edge, from the left to the right as a host does. */
static Time
time_operation (Bench *b, int edge)
{
  const Time start = now ();

  for (int y = 0; y < b->height; y += edge)
    for (int x = 0; x < b->width; x += edge) {
      const GeglRectangle part = { x, y, MIN (edge, b->width - x),
                                   MIN (edge, b->height - y) };
      gegl_node_blit_buffer (b->operation, b->result, &part, 0,
                             GEGL_ABYSS_NONE);
    }
  return since (start);
}

static Time
least (Time a, Time b)
{
  return (Time){ MIN (a.wall, b.wall), MIN (a.cpu, b.cpu) };
}

static void
print_row (const char *what, Time time, Time engine)
{
  printf ("%-32s %8.3f s, %8.3f s of CPU, %6.3f of the engine's\n", what,
          time.wall, time.cpu, time.cpu / engine.cpu);
  fflush (stdout);
}

typedef struct {
  Time first, again;
} Passes;

/* In pieces of @edge.  Each time a node that has noted nothing, and another
 * picture, of which no block is there. */
static Passes
measure (Bench *b, const char *name, const char *weights, int edge)
{
  const GeglRectangle extent = { 0, 0, b->width, b->height };
  const Babl *format = babl_format ("R'G'B'A float");
  const gsize n = 4 * (gsize) b->width * (gsize) b->height;
  g_autoptr (GeglBuffer) buffer = gegl_buffer_new (&extent, format);
  g_autoptr (GeglNode) graph = gegl_node_new ();
  Passes passes;

  for (gsize k = 0; k < n; k += 4)
    b->rgba[k] += 0.001f;
  b->result = gegl_buffer_new (&extent, format);
  gegl_buffer_set (buffer, &extent, 0, format, b->rgba, GEGL_AUTO_ROWSTRIDE);
  GeglNode *source = gegl_node_new_child (
      graph, "operation", "gegl:buffer-source", "buffer", buffer, NULL);
  b->operation =
      gegl_node_new_child (graph, "operation", name, "weights", weights, NULL);
  gegl_node_link (source, b->operation);
  passes.first = time_operation (b, edge);
  gegl_node_set (b->operation, "strength", 0.5, NULL);
  passes.again = time_operation (b, edge);
  g_object_unref (b->result);
  return passes;
}

enum {
  ROUNDS = 3
}; /* of which the best counts: others use the machine, too */

/* The engine and the operation take turns. */
static void
compare (Bench *b,
         RwModel *model,
         const char *name,
         const char *weights,
         int n_rounds)
{
  const int edges[] = { 1 << 20, 1024, 128 }, n_edges = 3;
  const Time never = { INFINITY, INFINITY };
  Passes best[] = { { never, never }, { never, never }, { never, never } };
  Time engine = time_engine (b, model); /* warms up */

  for (int round = 0; round < n_rounds; round++) {
    engine = least (engine, time_engine (b, model));
    for (int i = 0; i < n_edges; i++) {
      const Passes passes = measure (b, name, weights, edges[i]);
      best[i].first = least (best[i].first, passes.first);
      best[i].again = least (best[i].again, passes.again);
    }
  }
  print_row ("the engine alone", engine, engine);
  for (int i = 0; i < n_edges; i++) {
    g_autofree char *row = g_strdup_printf (
        i == 0 ? "first, in one piece" : "first, in pieces of %d", edges[i]);
    print_row (row, best[i].first, engine);
    print_row ("  after the slider of strength", best[i].again, engine);
  }
}

int
main (int argc, char **argv)
{
  const double megapixels = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 6;
  const char *name = argc > 2 ? argv[2] : "reweave:denoise",
             *weights = argc > 3 ? argv[3] : "";
  const int n_rounds = argc > 4 ? atoi (argv[4]) : 3;
  int n_threads = 1;
  GError *error = NULL;
  Bench b;

  gegl_init (NULL, NULL);
  if (!gegl_has_operation (name))
    g_error ("%s is not there; is GEGL_PATH the module's folder and GEGL's "
             "own?",
             name);
  g_object_get (gegl_config (), "threads", &n_threads, NULL);
  rw_set_threads (n_threads);
  g_autoptr (RwModel) model =
      rw_model_load (name + strlen ("reweave:"), weights, &error);
  if (model == NULL)
    g_error ("%s", error->message);
  draw (&b, megapixels);
  printf ("%s, %d x %d, %d threads\n", name, b.width, b.height, n_threads);
  compare (&b, model, name, weights, n_rounds);
  g_free (b.rgba);
  g_free (b.out);
  gegl_exit ();
  return 0;
}
