/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * An operation notes what it has read of its picture.  Whatever changes before
 * it, it gives what a new operation gives.
 */
#include "gegl-mask.h"

#include <math.h>

/* What is old would differ far more; a blur's sums differ in the last bits with
 * the pieces that it is asked for, and a change is rounded to a 16-bit float. */
static void
assert_alike (const float *a, const float *b, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (fabsf (a[i] - b[i]), <, 2e-3);
}

static void
assert_follows (Fixture *f, GeglNode *input, GeglNode *aux)
{
  const GeglRectangle box = gegl_node_get_bounding_box (f->operation);
  const RwRect bounds = { box.x, box.y, box.width, box.height };
  const gsize size = 16 * (gsize) box.width * (gsize) box.height;
  g_autofree float *out = g_malloc (size), *fresh = g_malloc (size);
  GeglNode *other = gegl_node_new_child (
      f->graph, "operation", gegl_node_get_operation (f->operation), "weights",
      f->path, NULL);

  gegl_node_link (input, other);
  if (aux != NULL)
    gegl_node_connect_to (aux, "output", other, "aux");
  for (int pass = 0; pass < 2; pass++) {
    render (f->operation, &bounds, RGBA, out);
    render (other, &bounds, RGBA, fresh);
    assert_alike (out, fresh, size / sizeof *out);
  }
  gegl_node_remove_child (f->graph, other);
}

static void
paint (GeglNode *source, int x, int y)
{
  const float red[] = { 1, 0, 0, 1 };
  GeglBuffer *buffer = NULL;

  gegl_node_get (source, "buffer", &buffer, NULL);
  gegl_buffer_set (buffer, GEGL_RECTANGLE (x, y, 1, 1), 0, RGBA, red,
                   GEGL_AUTO_ROWSTRIDE);
  g_object_unref (buffer);
}

static void
test_changes (Fixture *f, gconstpointer data)
{
  const RwRect place = { 731, -801, 61, 55 };
  GeglNode *blur = gegl_node_new_child (f->graph, "operation", "gegl:box-blur",
                                        "radius", 1, NULL);
  GeglNode *flip =
      gegl_node_new_child (f->graph, "operation", "gegl:invert-gamma", NULL);

  use_operation (f, data);
  use_format (f, RGBA);
  assert_follows (f, f->source, NULL);
  paint (f->source, 3, 4); /* strokes */
  assert_follows (f, f->source, NULL);
  paint (f->source, -36, -28);
  assert_follows (f, f->source, NULL);
  gegl_node_link_many (f->source, flip, blur, f->operation, NULL); /* wires */
  assert_follows (f, blur, NULL);
  gegl_node_set (blur, "radius", 3, NULL); /* settings further up */
  assert_follows (f, blur, NULL);
  paint (f->source, 10, 10);
  assert_follows (f, blur, NULL);
  gegl_node_set (flip, "operation", "gegl:nop", NULL); /* other operations */
  assert_follows (f, blur, NULL);
  gegl_node_link (f->source, blur); /* one less */
  assert_follows (f, blur, NULL);
  canvas_clear (&f->canvas);
  canvas_init (&f->canvas, place, 3);
  use_format (f, RGBA); /* another picture, elsewhere */
  assert_follows (f, blur, NULL);
  canvas_in (&f->canvas, 731, -801)[0] = 0.9f;
  use_format (f, RGBA); /* another buffer of the same size */
  assert_follows (f, blur, NULL);
}

static void
test_changes_of_mask (Fixture *f, gconstpointer data)
{
  g_autofree float *mask = draw_mask (&BOUNDS);

  random_weights_write (f->path, "inpaint", NET_MASK, 3);
  use_operation (f, "reweave:inpaint");
  use_format (f, RGBA);
  GeglNode *aux = use_mask (f, babl_format ("Y u8"), mask);
  assert_follows (f, f->source, aux);
  paint (aux, 1, 1);
  assert_follows (f, f->source, aux);
  paint (f->source, 2, 2);
  assert_follows (f, f->source, aux);
  GeglNode *next = use_mask (f, babl_format ("Y' u8"), mask);
  assert_follows (f, f->source, next);
}

#define ADD(name, function, operation)                                        \
  g_test_add ("/gegl-changes/" name, Fixture, operation, set_up, function,    \
              tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gegl_init (&argc, &argv);
  ADD ("picture", test_changes, "reweave:white-noise");
  ADD ("mask", test_changes_of_mask, NULL);
  const int status = g_test_run ();
  gegl_exit ();
  return status;
}
