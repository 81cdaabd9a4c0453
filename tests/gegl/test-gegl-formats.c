/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All models and types of babl, in narrow and wide spaces: the same bits in one
 * piece and in odd ones, near what the core makes of the same pixels, alpha
 * untouched; and flat pictures far outside 0..1, which stay what they are.
 */
#include "gegl-fixture.h"

#include <math.h>

static const char *const models[] = {
  "RGB",    "RGBA",    "RaGaBaA",    "R'G'B'", "R'G'B'A", "R'aG'aB'aA",
  "R~G~B~", "R~G~B~A", "R~aG~aB~aA", "Y",      "YA",      "YaA",
  "Y'",     "Y'A",     "Y~",         "Y~A",    "cmyk",    "CMYKA",
};

static const char *const types[] = { "u8",   "u16",   "u32",
                                     "half", "float", "double" };

/* What the operation gives of @extent, in R~G~B~A and the picture's space. */
static float *
render_all (Fixture *f, const Babl *work, const GeglRectangle *extent)
{
  float *out = g_new (float, 4 * extent->width * extent->height);

  gegl_node_blit (f->operation, 1.0, extent, work, out, GEGL_AUTO_ROWSTRIDE,
                  GEGL_BLIT_DEFAULT);
  return out;
}

static void
check_pieces (Fixture *f, const Babl *work, const float *whole)
{
  const GeglRectangle extent = rect_of (&f->canvas.bounds);
  const GeglRectangle part = { -11, -7, 29, 23 };
  g_autofree float *out = render_all (f, work, &part);

  for (int y = 0; y < part.height; y++)
    for (int i = 0; i < 4 * part.width; i++)
      g_assert_cmpfloat (
          fabsf (out[4 * y * part.width + i] -
                 whole[4 * ((part.y + y - extent.y) * extent.width + part.x -
                            extent.x) +
                       i]),
          <, 1e-5);
}

static void
check_format (Fixture *f, const Babl *format)
{
  const Babl *work =
      babl_format_with_space ("R~G~B~A float", babl_format_get_space (format));
  const GeglRectangle extent = rect_of (&f->canvas.bounds);
  const gsize n = (gsize) extent.width * (gsize) extent.height;
  const gboolean grey = babl_get_model_flags (babl_format_get_model (format)) &
                        BABL_MODEL_FLAG_GRAY;
  g_autoptr (GeglBuffer) buffer = gegl_buffer_new (&extent, format);

  gegl_buffer_set (buffer, &extent, 0, work, f->canvas.in,
                   GEGL_AUTO_ROWSTRIDE);
  gegl_buffer_get (buffer, &extent, 1.0, work, f->canvas.in,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  gegl_node_set (f->source, "buffer", buffer, NULL);
  restore (&f->canvas, f->model, LEVEL, grey);
  g_autofree float *out = render_all (f, work, &extent);
  for (gsize i = 0; i < 4 * n; i++)
    g_assert_cmpfloat (fabsf (out[i] - f->canvas.out[i]), <,
                       i % 4 == 3 ? 1e-6 : 3e-3);
  check_pieces (f, work, out);
}

/* All in sRGB; in wide spaces, for which babl takes seconds to find its ways, one
 * type of each kind. */
static void
test_formats (Fixture *f, gconstpointer space)
{
  const gsize step = strcmp (space, "sRGB") == 0 ? 1 : 3;
  int n_checked = 0;

  for (gsize m = 0; m < G_N_ELEMENTS (models); m++)
    for (gsize t = step / 2; t < G_N_ELEMENTS (types); t += step) {
      g_autofree char *name = g_strconcat (models[m], " ", types[t], NULL);
      if (!babl_format_exists (name))
        continue;
      canvas_clear (&f->canvas);
      canvas_init (&f->canvas, BOUNDS, 1);
      g_test_message ("%s in %s", name, (const char *) space);
      check_format (f, babl_format_with_space (name, babl_space (space)));
      n_checked++;
    }
  g_assert_cmpint (n_checked, >, 15);
}

/* Light far brighter than white is light; so is less than none. */
static void
test_flat (Fixture *f, gconstpointer data)
{
  static const float values[] = { 5, 2.5f, 1.2f, 1, 0.5f, 0, -0.25f, -3 };
  const GeglRectangle extent = { -20, -10, 60, 50 };
  const Babl *linear = babl_format ("RGBA float");

  for (gsize v = 0; v < G_N_ELEMENTS (values); v++) {
    const float pixel[] = { values[v], values[v], values[v], 1 };
    g_autoptr (GeglBuffer) buffer = gegl_buffer_new (&extent, linear);
    gegl_buffer_set_color_from_pixel (buffer, NULL, pixel, linear);
    gegl_node_set (f->source, "buffer", buffer, NULL);
    gegl_node_set (f->operation, "weights", "white-noise-s", "level", 0.0,
                   NULL);
    g_autofree float *out = render_all (f, linear, &extent);
    for (int i = 0; i < 4 * extent.width * extent.height; i++)
      g_assert_cmpfloat (fabsf (out[i] - pixel[i % 4]), <,
                         0.01f + 0.02f * fabsf (pixel[i % 4]));
  }
}

/* What is no number stays where it is, and nowhere else. */
static void
test_not_finite (Fixture *f, gconstpointer data)
{
  const float bad[] = { NAN, INFINITY, -INFINITY };
  const Babl *work = babl_format ("R~G~B~A float");
  const GeglRectangle extent = rect_of (&f->canvas.bounds);

  for (int i = 0; i < 3; i++)
    canvas_in (&f->canvas, -5 + 9 * i, 3)[i] = bad[i];
  use_format (f, RGBA);
  g_autofree float *out = render_all (f, work, &extent);
  for (int i = 0; i < extent.width * extent.height; i++) {
    int n_bad = 0, n_were = 0;
    for (int c = 0; c < 4; c++) {
      n_bad += !isfinite (out[4 * i + c]);
      n_were += !isfinite (f->canvas.in[4 * i + c]);
    }
    g_assert_cmpint (n_bad, ==, n_were);
  }
}

#define ADD(name, function, data)                                             \
  g_test_add ("/gegl-formats/" name, Fixture, data, set_up, function,         \
              tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gegl_init (&argc, &argv);
  ADD ("sRGB", test_formats, "sRGB");
  ADD ("Rec2020", test_formats, "Rec2020");
  ADD ("ACEScg", test_formats, "ACEScg");
  ADD ("flat", test_flat, NULL);
  ADD ("not-finite", test_not_finite, NULL);
  const int status = g_test_run ();
  gegl_exit ();
  return status;
}
