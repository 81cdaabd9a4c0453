/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture of 20 000 x 20 000 with small caches: spots of it have the bits of
 * the core's, and going through rows of it takes no more memory the further one
 * goes.  The picture is a pattern that is nowhere as a whole.
 */
#include <stdio.h>

#include "gegl-fixture.h"

enum { EDGE = 20000, SPOT = 48, PIECE = 512 };

/* The plane's origin is inside. */
#define LARGE ((GeglRectangle){ -7000, -9000, EDGE, EDGE })

/* Fields whose edges lie elsewhere in each block, cut to the picture. */
static void
set_up_large (Fixture *f, gconstpointer data)
{
  const GeglRectangle all = LARGE;

  set_up (f, data);
  gegl_node_remove_child (f->graph, f->source);
  GeglNode *fields = gegl_node_new_child (
      f->graph, "operation", "gegl:checkerboard", "x", 23, "y", 17, NULL);
  f->source = gegl_node_new_child (f->graph, "operation", "gegl:crop", "x",
                                   (double) all.x, "y", (double) all.y,
                                   "width", (double) all.width, "height",
                                   (double) all.height, NULL);
  gegl_node_link_many (fields, f->source, f->operation, NULL);
}

/* ---- spots --------------------------------------------------------------- */

typedef struct {
  Fixture *f;
  const Babl *format;
  RwRect roi;
  float *out;
} Spot;

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const Spot *spot = data;

  render (spot->f->source, rect, spot->format, rgba);
  return TRUE;
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  const Spot *spot = data;

  for (int y = 0; y < rect->height; y++)
    memcpy (spot->out + 4 * ((rect->y + y - spot->roi.y) * SPOT + rect->x -
                             spot->roi.x),
            rgba + stride * (gsize) y, 4 * (gsize) rect->width * sizeof *rgba);
  return TRUE;
}

static void
check_spot (Fixture *f, int x, int y)
{
  const GeglRectangle all = LARGE;
  float expected[4 * SPOT * SPOT], out[4 * SPOT * SPOT];
  Spot spot = { f,
                gegl_operation_get_format (
                    gegl_node_get_gegl_operation (f->operation), "output"),
                { x, y, SPOT, SPOT },
                expected };
  const RwValue value = { "level", LEVEL };
  const RwSettings settings = { .strength = 1,
                                .values = &value,
                                .n_values = 1 };
  const RwJob job = { .bounds = { all.x, all.y, all.width, all.height },
                      .roi = spot.roi,
                      .read = read_pixels,
                      .write = write_pixels,
                      .data = &spot };
  GError *error = NULL;

  render (f->operation, &spot.roi, spot.format, out);
  g_assert_true (rw_restore (f->model, &settings, &job, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (out, sizeof out, expected, sizeof expected);
}

static void
test_spots (Fixture *f, gconstpointer data)
{
  const GeglRectangle all = LARGE;
  const int right = all.x + all.width - SPOT,
            bottom = all.y + all.height - SPOT;
  const int spots[][2] = { { all.x, all.y },  { right, all.y },
                           { all.x, bottom }, { right, bottom },
                           { -24, -24 },      { 5 * 768 - 24, 6 * 768 - 24 } };

  gegl_node_blit_buffer (f->operation, NULL,
                         GEGL_RECTANGLE (all.x, all.y, 1, 1), 0,
                         GEGL_ABYSS_NONE); /* decides the format */
  for (gsize i = 0; i < G_N_ELEMENTS (spots); i++)
    check_spot (f, spots[i][0], spots[i][1]);
}

/* ---- memory -------------------------------------------------------------- */

/* The most that the process has had, in MiB. */
static int
get_peak (void)
{
  g_autofree char *text = NULL;
  int kib = 0;

  if (g_file_get_contents ("/proc/self/status", &text, NULL, NULL)) {
    const char *line = strstr (text, "VmHWM:");
    g_assert_nonnull (line);
    g_assert_cmpint (sscanf (line, "VmHWM: %d", &kib), ==, 1);
  }
  return kib / 1024;
}

static void
walk (Fixture *f, int first, int n_rows)
{
  const GeglRectangle all = LARGE;
  g_autofree float *out = g_new (float, 4 * PIECE * PIECE);

  for (int y = first; y < first + n_rows; y += PIECE)
    for (int x = all.x; x < all.x + all.width; x += PIECE) {
      const GeglRectangle part = { x, y, MIN (PIECE, all.x + all.width - x),
                                   MIN (PIECE, first + n_rows - y) };
      gegl_node_blit (f->operation, 1.0, &part, RGBA, out, GEGL_AUTO_ROWSTRIDE,
                      GEGL_BLIT_DEFAULT);
    }
}

/* @data: how many of the picture's rows to go through. */
static void
test_memory (Fixture *f, gconstpointer data)
{
  const GeglRectangle all = LARGE;
  const int n_rows = GPOINTER_TO_INT (data);

  walk (f, all.y, PIECE);
  const int before = get_peak ();
  walk (f, all.y + PIECE, n_rows - PIECE);
  g_test_message ("peak %d MiB after %d rows, %d after %d", before, PIECE,
                  get_peak (), n_rows);
  g_assert_cmpint (get_peak (), <=, before + 64);
}

/* --all-rows goes through the whole picture, which takes minutes. */
int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const gboolean all_rows = argc > 1 && strcmp (argv[1], "--all-rows") == 0;

  g_setenv ("REWEAVE_CACHE", "16M", TRUE);
  gegl_init (NULL, NULL);
  g_object_set (gegl_config (), "tile-cache-size", (guint64) 64 << 20, NULL);
  g_test_add ("/gegl-large/spots", Fixture, NULL, set_up_large, test_spots,
              tear_down);
  g_test_add ("/gegl-large/memory", Fixture,
              GINT_TO_POINTER (all_rows ? EDGE : 3 * PIECE), set_up_large,
              test_memory, tear_down);
  const int status = g_test_run ();
  gegl_exit ();
  return status;
}
