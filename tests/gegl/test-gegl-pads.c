/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave:upscale, whose picture is larger than its input, and reweave:inpaint,
 * which has a mask: bit for bit what the core makes, in any piece, at any place
 * in the plane; what regions of which pad they need and change.
 */
#include "gegl-mask.h"

#include <glib/gstdio.h>
#include <math.h>

#define NET_TWICE                                                             \
  "input rgb\nconv 8 | relu | conv 8 | relu | conv 12 | shuffle 2\n"

#define NET_MARKS                                                             \
  "input rgb\n"                                                               \
  "conv 8 | relu | conv 8 | relu | conv 3 -> a\n"                             \
  "add a -> b\nadd b -> c\nadd c -> d\nadd d -> e\nadd e\nsigmoid\n"

/* Odd and negative, and with the corner of four blocks inside. */
static const RwRect places[] = { { -37, -29, 83, 71 },
                                 { 731, -801, 61, 55 },
                                 { -1, 1, 7, 5 } };

typedef struct {
  RwRect result;
  const Canvas *canvas;
  const float *mask; /* of the canvas's bounds, or NULL */
  float *out;        /* of the result, RGBA */
} Whole;

static gboolean
read_canvas (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  return canvas_read ((gpointer) ((const Whole *) data)->canvas, rect, rgba,
                      error);
}

static gboolean
read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  const Whole *whole = data;
  const RwRect *b = &whole->canvas->bounds;

  for (int y = rect->y; y < rect->y + rect->height; y++, mask += rect->width)
    memcpy (mask, whole->mask + (y - b->y) * b->width + rect->x - b->x,
            (gsize) rect->width * sizeof *mask);
  return TRUE;
}

static gboolean
write_whole (gpointer data,
             const RwRect *rect,
             const float *rgba,
             gsize stride,
             GError **error)
{
  const Whole *whole = data;
  const RwRect *r = &whole->result;

  for (int y = 0; y < rect->height; y++)
    memcpy (whole->out +
                4 * ((rect->y + y - r->y) * r->width + rect->x - r->x),
            rgba + stride * (gsize) y, 16 * (gsize) rect->width);
  return TRUE;
}

static void
make_whole (Fixture *f,
            Whole *whole,
            const char *task,
            double strength,
            double grain,
            const float *mask)
{
  g_autoptr (RwModel) model = rw_model_load (task, f->path, NULL);
  const RwRect *b = &f->canvas.bounds;
  const int scale = rw_model_get_task (model)->scale;
  const RwSettings settings = { .strength = strength, .grain = grain };
  GError *error = NULL;

  *whole = (Whole){ .result = { scale * b->x, scale * b->y, scale * b->width,
                                scale * b->height },
                    .canvas = &f->canvas,
                    .mask = mask };
  whole->out = g_new (float, 4 * whole->result.width * whole->result.height);
  const RwJob job = { .bounds = *b,
                      .roi = whole->result,
                      .read = read_canvas,
                      .read_mask = mask != NULL ? read_mask : NULL,
                      .write = write_whole,
                      .data = whole };
  rw_restore (model, &settings, &job, &error);
  g_assert_no_error (error);
}

/* The operation gives the whole's bits in one piece and in odd ones. */
static void
assert_like_whole (Fixture *f, const Whole *whole)
{
  const RwRect *r = &whole->result;
  const gsize size = 16 * (gsize) r->width * (gsize) r->height;
  g_autofree float *out = g_malloc (size);

  render (f->operation, r, RGBA, out);
  g_assert_cmpmem (out, size, whole->out, size);
  for (int y = r->y; y < r->y + r->height; y += 23)
    for (int x = r->x; x < r->x + r->width; x += 31) {
      const RwRect part = { x, y, MIN (31, r->x + r->width - x),
                            MIN (23, r->y + r->height - y) };
      render (f->operation, &part, RGBA, out);
      for (int i = 0; i < part.height; i++)
        g_assert_cmpmem (out + 4 * i * part.width, 16 * part.width,
                         whole->out +
                             4 * ((y + i - r->y) * r->width + x - r->x),
                         16 * part.width);
    }
}

static void
assert_rect (GeglRectangle rect, int x, int y, int width, int height)
{
  g_assert_cmpint (rect.x, ==, x);
  g_assert_cmpint (rect.y, ==, y);
  g_assert_cmpint (rect.width, ==, width);
  g_assert_cmpint (rect.height, ==, height);
}

/* Puts a canvas at the place in front of the operation. */
static void
use_place (Fixture *f, const RwRect *place)
{
  canvas_clear (&f->canvas);
  canvas_init (&f->canvas, *place, 3);
  use_format (f, RGBA);
}

/* ---- upscale ------------------------------------------------------------ */

static void
test_upscale (Fixture *f, gconstpointer data)
{
  random_weights_write (f->path, "upscale", NET_TWICE, 3);
  use_operation (f, "reweave:upscale");
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    for (double strength = 0; strength <= 1; strength += 0.5) {
      Whole whole;
      use_place (f, &places[i]);
      gegl_node_set (f->operation, "strength", strength, "grain", 0.25, NULL);
      assert_rect (gegl_node_get_bounding_box (f->operation), 2 * places[i].x,
                   2 * places[i].y, 2 * places[i].width, 2 * places[i].height);
      make_whole (f, &whole, "upscale", strength, 0.25, NULL);
      assert_like_whole (f, &whole);
      g_free (whole.out);
    }
}

static void
test_upscale_regions (Fixture *f, gconstpointer data)
{
  const GeglRectangle pixel = { -5, 7, 1, 1 }, corner = { 0, 0, 1, 1 };
  const int block = rw_restore_get_block ();

  random_weights_write (f->path, "upscale", NET_TWICE, 3);
  g_autoptr (RwModel) model = rw_model_load ("upscale", f->path, NULL);
  const int margin = rw_restore_get_margin (model);
  use_operation (f, "reweave:upscale");
  use_format (f, RGBA);
  GeglOperation *operation = gegl_node_get_gegl_operation (f->operation);
  assert_rect (
      gegl_operation_get_required_for_output (operation, "input", &pixel), -37,
      -margin, 37 + margin, 42 + margin);
  assert_rect (
      gegl_operation_get_invalidated_by_change (operation, "input", &corner),
      -2 * block, -2 * block, 4 * block, 4 * block);
}

/* A crop of the input, and one of the result, which is asked for less. */
static void
test_upscale_crops (Fixture *f, gconstpointer data)
{
  const RwRect part = { -13, -7, 21, 20 };
  GeglNode *crop = gegl_node_new_child (
      f->graph, "operation", "gegl:crop", "x", (double) part.x, "y",
      (double) part.y, "width", (double) part.width, "height",
      (double) part.height, NULL);
  g_autofree float *out = g_new (float, 4 * 42 * 40);
  Whole whole;

  random_weights_write (f->path, "upscale", NET_TWICE, 3);
  use_operation (f, "reweave:upscale");
  use_format (f, RGBA);
  make_whole (f, &whole, "upscale", 1, 0, NULL);
  gegl_node_link (f->operation, crop);
  render (crop, &part, RGBA, out);
  for (int y = 0; y < part.height; y++)
    g_assert_cmpmem (
        out + 4 * y * part.width, 16 * part.width,
        whole.out + 4 * ((part.y + y - whole.result.y) * whole.result.width +
                         part.x - whole.result.x),
        16 * part.width);
  g_free (whole.out);

  gegl_node_link_many (f->source, crop, f->operation, NULL);
  g_autofree float *rgba = g_new (float, 4 * part.width * part.height);
  for (int y = 0; y < part.height; y++)
    memcpy (rgba + 4 * y * part.width,
            canvas_in (&f->canvas, part.x, part.y + y), 16 * part.width);
  canvas_clear (&f->canvas);
  canvas_init (&f->canvas, part, 1);
  memcpy (f->canvas.in, rgba, canvas_size (&f->canvas));
  make_whole (f, &whole, "upscale", 1, 0, NULL);
  assert_like_whole (f, &whole);
  g_free (whole.out);
}

/* Without weights the picture keeps its size. */
static void
test_upscale_fails (Fixture *f, gconstpointer data)
{
  const gsize size = canvas_size (&f->canvas);
  g_autofree float *out = g_malloc (size);

  use_operation (f, "reweave:upscale"); /* weights of another task */
  use_format (f, RGBA);
  assert_rect (gegl_node_get_bounding_box (f->operation), -37, -29, 83, 71);
  g_test_expect_message ("reweave", G_LOG_LEVEL_WARNING, "*\"upscale\"*");
  render (f->operation, &f->canvas.bounds, RGBA, out);
  g_test_assert_expected_messages ();
  g_assert_cmpmem (out, size, f->canvas.in, size);
}

/* ---- inpaint ------------------------------------------------------------ */

static void
assert_unmasked_kept (const Fixture *f, const Whole *whole)
{
  const gsize n = (gsize) whole->result.width * (gsize) whole->result.height;
  gsize n_kept = 0, n_changed = 0;

  for (gsize i = 0; i < n; i++) {
    const gboolean same =
        memcmp (whole->out + 4 * i, f->canvas.in + 4 * i, 16) == 0;
    if (whole->mask[i] == 0)
      g_assert_true (same);
    n_kept += whole->mask[i] == 0;
    n_changed += !same;
  }
  g_assert_cmpuint (n_kept, >, 0);
  g_assert_cmpuint (n_changed, >, n / 10);
}

static void
test_inpaint (Fixture *f, gconstpointer data)
{
  static const char *const formats[] = { "Y u8",       "Y' u8",    "Y'A u8",
                                         "YA float",   "Y u16",    "R'G'B' u8",
                                         "R'G'B'A u8", "RGBA half" };

  random_weights_write (f->path, "inpaint", NET_MASK, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (formats); k++) {
      Whole whole;
      g_autofree float *mask = draw_mask (&places[i]);
      use_operation (f, "reweave:inpaint");
      use_place (f, &places[i]);
      use_mask (f, babl_format (formats[k]), mask);
      gegl_node_set (f->operation, "strength", k % 2 ? 1 : 0.5, NULL);
      assert_rect (gegl_node_get_bounding_box (f->operation), places[i].x,
                   places[i].y, places[i].width, places[i].height);
      make_whole (f, &whole, "inpaint", k % 2 ? 1 : 0.5, 0, mask);
      if (i < 2)
        assert_unmasked_kept (f, &whole);
      assert_like_whole (f, &whole);
      g_free (whole.out);
    }
}

static void
test_inpaint_inverted (Fixture *f, gconstpointer data)
{
  g_autofree float *mask = draw_mask (&BOUNDS);
  Whole whole;

  random_weights_write (f->path, "inpaint", NET_MASK, 3);
  use_operation (f, "reweave:inpaint");
  use_format (f, RGBA);
  use_mask (f, babl_format ("Y' u8"), mask);
  for (int i = 0; i < BOUNDS.width * BOUNDS.height; i++)
    mask[i] = 1 - mask[i];
  gegl_node_set (f->operation, "invert", TRUE, NULL);
  make_whole (f, &whole, "inpaint", 1, 0, mask);
  assert_like_whole (f, &whole);
  g_free (whole.out);
}

/* Of the picture, (transfer full). */
static float *
find_marks (Fixture *f)
{
  const RwRect *b = &f->canvas.bounds;
  const gsize n = (gsize) b->width * (gsize) b->height;
  const RwSettings settings = { .marks = 0.5 };
  const RwJob job = {
    .bounds = *b, .roi = *b, .read = canvas_read, .data = &f->canvas
  };
  GError *error = NULL;
  g_autofree guint8 *found = g_malloc (n);
  float *mask = g_new (float, n);
  double share;

  g_autoptr (RwModel) finder = rw_marks_load (&error);
  g_assert_no_error (error);
  rw_marks_find (finder, &settings, &job, found, &share, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n; i++)
    mask[i] = found[i] > 0;
  return mask;
}

/* With nothing connected marks are found, of the whole as of its pieces. */
static void
test_inpaint_finds (Fixture *f, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (f->path);
  g_autofree char *path =
      g_build_filename (folder, "scratch-m.safetensors", NULL);
  g_autofree char *before = g_strdup (g_getenv ("REWEAVE_WEIGHTS"));

  g_setenv ("REWEAVE_WEIGHTS", folder, TRUE);
  random_weights_write (f->path, "inpaint", NET_MASK, 3);
  random_weights_write (path, "scratch", NET_MARKS, 14);
  for (gsize i = 0; i < 2; i++) {
    Whole whole;
    use_operation (f, "reweave:inpaint");
    use_place (f, &places[i]);
    g_autofree float *mask = find_marks (f);
    make_whole (f, &whole, "inpaint", 1, 0, mask);
    assert_unmasked_kept (f, &whole);
    assert_like_whole (f, &whole);
    g_autofree float *drawn = draw_mask (&places[i]);
    GeglNode *source = use_mask (f, babl_format ("Y' u8"), drawn);
    g_free (whole.out);
    make_whole (f, &whole, "inpaint", 1, 0, drawn);
    assert_like_whole (f, &whole); /* which is another picture */
    gegl_node_disconnect (f->operation, "aux");
    gegl_node_remove_child (f->graph, source);
    g_free (whole.out);
    make_whole (f, &whole, "inpaint", 1, 0, mask);
    assert_like_whole (f, &whole);
    g_free (whole.out);
  }
  g_remove (path);
  g_setenv ("REWEAVE_WEIGHTS", before, TRUE);
}

/* What a pixel depends on, and what depends on it, through both nets. */
static void
test_inpaint_finds_regions (Fixture *f, gconstpointer data)
{
  const GeglRectangle pixel = { 5, 6, 1, 1 };
  const RwRect part = { 5, 6, 1, 1 };
  const int block = rw_restore_get_block ();
  g_autofree char *folder = g_path_get_dirname (f->path);
  g_autofree char *path =
      g_build_filename (folder, "scratch-m.safetensors", NULL);
  g_autofree char *before = g_strdup (g_getenv ("REWEAVE_WEIGHTS"));

  g_setenv ("REWEAVE_WEIGHTS", folder, TRUE);
  random_weights_write (f->path, "inpaint", NET_MASK, 3);
  random_weights_write (path, "scratch", NET_MARKS, 14);
  g_autoptr (RwModel) finder = rw_marks_load (NULL);
  g_autoptr (RwModel) model = rw_model_load ("inpaint", f->path, NULL);
  use_operation (f, "reweave:inpaint");
  use_format (f, RGBA);
  GeglOperation *operation = gegl_node_get_gegl_operation (f->operation);
  gegl_node_get_bounding_box (f->operation);
  const RwRect inner =
      rw_restore_get_required (model, NULL, &f->canvas.bounds, &part);
  const RwRect outer =
      rw_marks_get_required (finder, &f->canvas.bounds, &inner);
  assert_rect (
      gegl_operation_get_required_for_output (operation, "input", &pixel),
      outer.x, outer.y, outer.width, outer.height);
  assert_rect (
      gegl_operation_get_invalidated_by_change (operation, "input", &pixel),
      -block, -block, 2 * block, 2 * block);
  g_remove (path);
  g_setenv ("REWEAVE_WEIGHTS", before, TRUE);
}

/* With an empty mask, or one of no buffer, the picture passes through. */
static void
test_inpaint_without_mask (Fixture *f, gconstpointer data)
{
  const gsize size = canvas_size (&f->canvas);
  g_autofree float *out = g_malloc (size),
                   *mask = g_new0 (float, BOUNDS.width *BOUNDS.height);

  random_weights_write (f->path, "inpaint", NET_MASK, 3);
  use_operation (f, "reweave:inpaint");
  use_format (f, RGBA);
  GeglNode *source = use_mask (f, babl_format ("Y u8"), mask);
  render (f->operation, &f->canvas.bounds, RGBA, out);
  g_assert_cmpmem (out, size, f->canvas.in, size);
  gegl_node_set (source, "buffer", NULL, NULL);
  render (f->operation, &f->canvas.bounds, RGBA, out);
  g_assert_cmpmem (out, size, f->canvas.in, size);
}

/* Values that are none do not ask for anything. */
static void
test_inpaint_odd_mask (Fixture *f, gconstpointer data)
{
  g_autofree float *mask = g_new0 (float, BOUNDS.width *BOUNDS.height);
  Whole whole;

  mask[100] = NAN;
  mask[200] = INFINITY;
  mask[300] = -INFINITY;
  mask[400] = 7;
  random_weights_write (f->path, "inpaint", NET_MASK, 3);
  use_operation (f, "reweave:inpaint");
  use_format (f, RGBA);
  use_mask (f, babl_format ("Y float"), mask);
  memset (mask, 0, 500 * sizeof *mask);
  mask[200] = mask[400] = 1;
  make_whole (f, &whole, "inpaint", 1, 0, mask);
  assert_like_whole (f, &whole);
  g_free (whole.out);
}

/* Both pads are asked for the same blocks, and change the same ones. */
static void
test_inpaint_regions (Fixture *f, gconstpointer data)
{
  static const char *const pads[] = { "input", "aux" };
  const GeglRectangle pixel = { 5, 6, 1, 1 }, corner = { 0, 0, 1, 1 };
  const int block = rw_restore_get_block ();
  g_autofree float *mask = draw_mask (&BOUNDS);

  random_weights_write (f->path, "inpaint", NET_MASK, 3);
  g_autoptr (RwModel) model = rw_model_load ("inpaint", f->path, NULL);
  const int halo = rw_model_get_halo (model),
            above = MIN (rw_restore_get_margin (model), 29);
  use_operation (f, "reweave:inpaint");
  use_format (f, RGBA);
  use_mask (f, babl_format ("Y u8"), mask);
  GeglOperation *operation = gegl_node_get_gegl_operation (f->operation);
  gegl_node_get_bounding_box (f->operation);
  for (int i = 0; i < 2; i++) {
    assert_rect (
        gegl_operation_get_required_for_output (operation, pads[i], &pixel),
        -halo, -above, 46 + halo, 42 + above);
    assert_rect (
        gegl_operation_get_invalidated_by_change (operation, pads[i], &corner),
        -block, -block, 2 * block, 2 * block);
  }
}

#define ADD(name, function)                                                   \
  g_test_add ("/gegl-pads/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gegl_init (&argc, &argv);
  ADD ("upscale", test_upscale);
  ADD ("upscale/regions", test_upscale_regions);
  ADD ("upscale/crops", test_upscale_crops);
  ADD ("upscale/fails", test_upscale_fails);
  ADD ("inpaint", test_inpaint);
  ADD ("inpaint/inverted", test_inpaint_inverted);
  ADD ("inpaint/finds", test_inpaint_finds);
  ADD ("inpaint/finds-regions", test_inpaint_finds_regions);
  ADD ("inpaint/without-mask", test_inpaint_without_mask);
  ADD ("inpaint/odd-mask", test_inpaint_odd_mask);
  ADD ("inpaint/regions", test_inpaint_regions);
  const int status = g_test_run ();
  gegl_exit ();
  return status;
}
