/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave:white-noise inside GEGL against rw_restore on the same pixels, bit for
 * bit: places, formats, spaces, chunks, planes without end, errors.
 */
#include "gegl-fixture.h"

#include <math.h>

/* ---- pixels ------------------------------------------------------------ */

static void
test_exact (Fixture *f, gconstpointer data)
{
  use_format (f, RGBA);
  assert_like_core (f, RGBA, LEVEL);
  g_assert_true (
      memcmp (f->canvas.in, f->canvas.out, canvas_size (&f->canvas)) != 0);
}

static void
test_parts (Fixture *f, gconstpointer data)
{
  const RwRect *b = &f->canvas.bounds;
  use_format (f, RGBA);

  for (int open = 0; open < 2; open++) {
    gegl_node_set (f->operation, "level", open ? 0.0 : LEVEL, NULL);
    restore (&f->canvas, f->model, open ? 0 : LEVEL, FALSE);
    for (int y = b->y; y < b->y + b->height; y += 23)
      for (int x = b->x; x < b->x + b->width; x += 31) {
        const RwRect part = { x, y, MIN (31, b->x + b->width - x),
                              MIN (23, b->y + b->height - y) };
        float out[23 * 31 * 4];
        render (f->operation, &part, RGBA, out);
        for (int i = 0; i < part.height; i++)
          g_assert_cmpmem (out + 4 * i * part.width, 16 * part.width,
                           canvas_out (&f->canvas, x, y + i), 16 * part.width);
      }
  }
}

/* Holes, bad values and values out of range pass as rw_restore has them. */
static void
test_odd_pixels (Fixture *f, gconstpointer data)
{
  for (int y = -20; y < 15; y++)
    for (int x = -25; x < 5; x++)
      canvas_in (&f->canvas, x, y)[3] = (x ^ y) & 8 ? 0 : 0.5f;
  canvas_in (&f->canvas, 20, 20)[0] = NAN;
  canvas_in (&f->canvas, 21, 20)[1] = INFINITY;
  canvas_in (&f->canvas, 22, 20)[2] = 7;
  canvas_in (&f->canvas, 23, 20)[0] = -3;
  use_format (f, RGBA);
  const gsize size = canvas_size (&f->canvas);
  g_autofree float *out = g_malloc (size);

  restore (&f->canvas, f->model, LEVEL, FALSE);
  render (f->operation, &f->canvas.bounds, RGBA, out);
  g_assert_cmpmem (out, size, f->canvas.out, size);
}

static void
test_formats (Fixture *f, gconstpointer data)
{
  static const char *const names[] = {
    "R'G'B' u8",   "R'G'B'A u8", "R'G'B' u16", "R'G'B'A u16",  "R'G'B'A half",
    "R'G'B' half", "RGB float",  "RGBA float", "RaGaBaA float"
  };
  static const char *const spaces[] = { "sRGB", "Rec2020", "Apple" };

  for (guint s = 0; s < G_N_ELEMENTS (spaces); s++)
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
      const Babl *format =
          babl_format_with_space (names[i], babl_space (spaces[s]));
      use_format (f, format);
      assert_like_core (f, format, LEVEL);
    }
}

/* Several orientations; what lies between the core's numbers is the lower. */
static void
test_turns (Fixture *f, gconstpointer data)
{
  static const int cases[][2] = { { 1, 1 }, { 3, 2 }, { 4, 4 }, { 8, 8 } };
  RwModel *once = f->model;

  use_format (f, RGBA);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (RwModel) turned = rw_model_turn (once, cases[i][1], NULL);

    f->model = turned;
    gegl_node_set (f->operation, "turns", cases[i][0], NULL);
    assert_like_core (f, RGBA, LEVEL);
  }
  f->model = once;
}

/* One channel in, one channel out, and the colour's mean in it. */
static void
test_grey (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "Y' u8",  "Y~ u8",   "Y'A u8",
                                       "Y' u16", "Y float", "YA half" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    use_format (f, babl_format (names[i]));
    assert_like_core (f, babl_format (names[i]), LEVEL);
  }
}

/* The format of the result has alpha or colour where the picture's has. */
static void
test_output_format (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "Y' u8", "Y'A u8", "R'G'B' u8",
                                       "RGBA half" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const Babl *format =
        babl_format_with_space (names[i], babl_space ("Rec2020"));
    use_format (f, format);
    gegl_node_blit (f->operation, 1.0, GEGL_RECTANGLE (0, 0, 1, 1), NULL, NULL,
                    0, GEGL_BLIT_DEFAULT);
    const Babl *got = gegl_operation_get_format (
        gegl_node_get_gegl_operation (f->operation), "output");
    g_assert_cmpstr (babl_get_name (got), ==,
                     babl_get_name (work_format (format)));
  }
}

/* Strength 0 gives the very bits, whatever the format. */
static void
test_strength_0 (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "R'G'B' u8", "R'G'B'A u16", "RGBA half",
                                       "RGB float", "Y'A u8",      "Y u16" };
  const GeglRectangle extent = rect_of (&f->canvas.bounds);

  gegl_node_set (f->operation, "strength", 0.0, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const Babl *format = babl_format (names[i]);
    const gsize size = (gsize) extent.width * extent.height *
                       babl_format_get_bytes_per_pixel (format);
    g_autofree guint8 *in = g_malloc (size), *out = g_malloc (size);
    use_format (f, format);
    gegl_node_blit (f->source, 1.0, &extent, format, in, GEGL_AUTO_ROWSTRIDE,
                    GEGL_BLIT_DEFAULT);
    gegl_node_blit (f->operation, 1.0, &extent, format, out,
                    GEGL_AUTO_ROWSTRIDE, GEGL_BLIT_DEFAULT);
    g_assert_cmpmem (out, size, in, size);
  }
}

static void
test_one_pixel (Fixture *f, gconstpointer data)
{
  canvas_clear (&f->canvas);
  canvas_init (&f->canvas, (RwRect){ -600, 511, 1, 1 }, 3);
  use_format (f, RGBA);
  assert_like_core (f, RGBA, LEVEL);
  gegl_node_set (f->operation, "level", 0.0, NULL);
  assert_like_core (f, RGBA, 0);
}

/* A crop before it is the picture, and its edge the picture's edge. */
static void
test_crop_before (Fixture *f, gconstpointer data)
{
  const RwRect part = { -11, -17, 40, 33 };
  GeglNode *crop =
      gegl_node_new_child (f->graph, "operation", "gegl:crop", "x", -11.0, "y",
                           -17.0, "width", 40.0, "height", 33.0, NULL);
  Canvas cropped;

  use_format (f, RGBA);
  gegl_node_link_many (f->source, crop, f->operation, NULL);
  canvas_init (&cropped, part, 1);
  for (int y = 0; y < part.height; y++)
    memcpy (canvas_in (&cropped, part.x, part.y + y),
            canvas_in (&f->canvas, part.x, part.y + y), 16 * part.width);
  for (int open = 0; open < 2; open++) {
    gegl_node_set (f->operation, "level", open ? 0.0 : LEVEL, NULL);
    restore (&cropped, f->model, open ? 0 : LEVEL, FALSE);
    g_autofree float *out = g_malloc (canvas_size (&cropped));
    render (f->operation, &part, RGBA, out);
    g_assert_cmpmem (out, canvas_size (&cropped), cropped.out,
                     canvas_size (&cropped));
  }
  canvas_clear (&cropped);
}

/* Behind an operation that itself looks around, chunk by chunk. */
static void
test_after_edges (Fixture *f, gconstpointer data)
{
  const Babl *coded = babl_format ("R'G'B'A float"); /* edges are linear */
  GeglNode *edges =
      gegl_node_new_child (f->graph, "operation", "gegl:edge-sobel", NULL);
  GeglNode *crop =
      gegl_node_new_child (f->graph, "operation", "gegl:crop", "x", -37.0, "y",
                           -29.0, "width", 83.0, "height", 71.0, NULL);

  use_format (f, RGBA);
  gegl_node_link_many (f->source, edges, crop, f->operation, NULL);
  render (crop, &f->canvas.bounds, coded, f->canvas.in);
  assert_like_core (f, coded, LEVEL);
}

static void
test_endless (Fixture *f, gconstpointer data)
{
  const RwRect part = { -20, -10, 50, 40 };
  const gsize size = 16 * (gsize) part.width * part.height;
  GeglNode *board = gegl_node_new_child (
      f->graph, "operation", "gegl:checkerboard", "x", 7, "y", 5, NULL);
  GeglNode *crop =
      gegl_node_new_child (f->graph, "operation", "gegl:crop", "x", -20.0, "y",
                           -10.0, "width", 50.0, "height", 40.0, NULL);
  g_autofree float *plain = g_malloc (size), *out = g_malloc (size);

  gegl_node_link (board, crop);
  render (crop, &part, RGBA, plain);
  gegl_node_link_many (board, f->operation, crop, NULL);
  for (int open = 0; open < 2; open++) {
    gegl_node_set (f->operation, "level", open ? 0.0 : LEVEL, NULL);
    render (crop, &part, RGBA, out);
    g_assert_cmpmem (out, size, plain, size);
  }
}

/* ---- regions ----------------------------------------------------------- */

static void
assert_rect (GeglRectangle rect, int x, int y, int width, int height)
{
  g_assert_cmpint (rect.x, ==, x);
  g_assert_cmpint (rect.y, ==, y);
  g_assert_cmpint (rect.width, ==, width);
  g_assert_cmpint (rect.height, ==, height);
}

static void
test_regions (Fixture *f, gconstpointer data)
{
  GeglOperation *operation = gegl_node_get_gegl_operation (f->operation);
  const GeglRectangle pixel = { 5, 6, 1, 1 };
  const int halo = rw_model_get_halo (f->model),
            above = MIN (rw_restore_get_margin (f->model), 29),
            block = rw_restore_get_block ();

  use_format (f, RGBA);
  assert_rect (gegl_node_get_bounding_box (f->operation), -37, -29, 83, 71);
  assert_rect (
      gegl_operation_get_required_for_output (operation, "input", &pixel),
      -halo, -above, 46 + halo, 42 + above);
  assert_rect (
      gegl_operation_get_invalidated_by_change (operation, "input", &pixel),
      -block, -block, 2 * block, 2 * block);
  gegl_node_set (f->operation, "level", 0.0, NULL);
  assert_rect (
      gegl_operation_get_required_for_output (operation, "input", &pixel), -37,
      -29, 83, 71);
  gegl_node_set (f->operation, "strength", 0.0, NULL);
  assert_rect (
      gegl_operation_get_required_for_output (operation, "input", &pixel), 5,
      6, 1, 1);
}

/* ---- errors ------------------------------------------------------------ */

static void
run_main_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Renders with @weights, which gives the input and one warning, @pattern. */
static void
assert_passed_through (Fixture *f, const char *weights, const char *pattern)
{
  const gsize size = canvas_size (&f->canvas);
  g_autofree float *out = g_malloc (size);
  g_autofree char *error = NULL;
  gboolean failed = FALSE;

  gegl_node_set (f->operation, "weights", weights, NULL);
  g_test_expect_message ("reweave", G_LOG_LEVEL_WARNING, pattern);
  for (int i = 0; i < 2; i++)
    render (f->operation, &f->canvas.bounds, RGBA, out);
  g_test_assert_expected_messages ();
  g_assert_cmpmem (out, size, f->canvas.in, size);
  run_main_loop ();
  gegl_node_get (f->operation, "error", &error, "failed", &failed, NULL);
  g_assert_true (g_pattern_match_simple (pattern, error));
  g_assert_true (failed);
}

static void
count_call (GObject *node, GParamSpec *property, gpointer n_calls)
{
  ++*(int *) n_calls;
}

static void
test_errors (Fixture *f, gconstpointer data)
{
  int n_calls = 0; /* what GIMP's dialog listens to */
  g_autofree char *foreign = scratch_path (&f->scratch, "foreign.safetensors");
  g_autofree char *broken = scratch_path (&f->scratch, "broken.safetensors");
  g_autofree char *missing = scratch_path (&f->scratch, "missing.safetensors");
  g_autofree char *error = NULL;
  gboolean failed = TRUE;

  random_weights_write (foreign, "dejpeg", RANDOM_NET_DEEP, 1);
  g_file_set_contents (broken, "{\"broken\": 1}", -1, NULL);
  use_format (f, RGBA);
  g_signal_connect (f->operation, "notify::error", G_CALLBACK (count_call),
                    &n_calls);
  assert_passed_through (f, missing, "*missing.safetensors*check the path*");
  assert_passed_through (f, foreign,
                         "*foreign.safetensors*\"dejpeg\"*\"white-noise\"*");
  assert_passed_through (f, broken, "*broken.safetensors*");

  gegl_node_set (f->operation, "weights", f->path, NULL);
  assert_like_core (f, RGBA, LEVEL);
  run_main_loop ();
  gegl_node_get (f->operation, "error", &error, "failed", &failed, NULL);
  g_assert_cmpstr (error, ==, "");
  g_assert_false (failed);
  g_assert_cmpint (n_calls, ==, 4);
  assert_like_core (f, RGBA, LEVEL);
}

#define ADD(name, function)                                                   \
  g_test_add ("/gegl-op/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gegl_init (&argc, &argv);
  if (!gegl_has_operation ("reweave:white-noise"))
    g_error (
        "reweave:white-noise is not there; is GEGL_PATH the module's folder "
        "and GEGL's own?");
  ADD ("exact", test_exact);
  ADD ("parts", test_parts);
  ADD ("odd-pixels", test_odd_pixels);
  ADD ("formats", test_formats);
  ADD ("turns", test_turns);
  ADD ("grey", test_grey);
  ADD ("output-format", test_output_format);
  ADD ("strength-0", test_strength_0);
  ADD ("one-pixel", test_one_pixel);
  ADD ("crop-before", test_crop_before);
  ADD ("after-edges", test_after_edges);
  ADD ("endless", test_endless);
  ADD ("regions", test_regions);
  ADD ("errors", test_errors);
  const int status = g_test_run ();
  gegl_exit ();
  return status;
}
