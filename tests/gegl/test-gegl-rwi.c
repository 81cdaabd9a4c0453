/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Encoded pictures through gegl:save and gegl:load, by their ending: the bytes
 * and samples that the core makes, in every format; spaces, places; no weights,
 * damage, and files of anything.
 */
#include <gegl-plugin.h>
#include <gegl.h>

#include "base/random.h"
#include "codec-weights.h"
#include "reweave.h"
#include "scratch.h"

#define BOX (GEGL_RECTANGLE (-7, 13, 45, 37))

typedef struct {
  Scratch scratch;
  char *weights, *path;
  GeglNode *graph;
  gboolean refine;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  scratch_set_up (&f->scratch, NULL);
  f->weights = scratch_path (&f->scratch, "compress-m.safetensors");
  f->path = scratch_path (&f->scratch, "picture.rwi");
  codec_weights_write (f->weights, 1);
  g_autofree char *folder = g_path_get_dirname (f->weights);
  g_setenv ("REWEAVE_WEIGHTS", folder, TRUE);
  f->graph = gegl_node_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->graph);
  g_free (f->weights);
  g_free (f->path);
  scratch_tear_down (&f->scratch, NULL);
}

/* Shades and an alpha, drawn in floats. (transfer full) */
static GeglBuffer *
draw (const Babl *format)
{
  const GeglRectangle box = *BOX;
  GeglBuffer *buffer = gegl_buffer_new (&box, format);
  g_autofree float *rgba = g_new (float, 4 * box.width * box.height);

  for (int i = 0; i < box.width * box.height; i++)
    for (int c = 0; c < 4; c++)
      rgba[4 * i + c] = (float) (i % box.width * (c + 1) % 40) / 50 +
                        0.1f * rw_random_uniform (4, (guint64) (4 * i + c));
  gegl_buffer_set (
      buffer, &box, 0,
      babl_format_with_space ("R'G'B'A float", babl_format_get_space (format)),
      rgba, GEGL_AUTO_ROWSTRIDE);
  return buffer;
}

static void
save (Fixture *f, GeglBuffer *buffer, double quality)
{
  GeglNode *source = gegl_node_new_child (
      f->graph, "operation", "gegl:buffer-source", "buffer", buffer, NULL);
  GeglNode *sink =
      quality > 0
          ? gegl_node_new_child (f->graph, "operation", "reweave:rwi-save",
                                 "path", f->path, "quality", quality, "refine",
                                 f->refine, NULL)
          : gegl_node_new_child (f->graph, "operation", "gegl:save", "path",
                                 f->path, NULL);

  gegl_node_link (source, sink);
  gegl_node_process (sink);
  gegl_node_remove_child (f->graph, sink);
  gegl_node_remove_child (f->graph, source);
}

/* What is in the file is what the core makes of the buffer's samples, taken as
 * @coded. (transfer full) */
static GBytes *
assert_saved (Fixture *f,
              GeglBuffer *buffer,
              const Babl *coded,
              double quality)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwEncoded) file = rw_encoded_load (f->path, &error);
  g_assert_no_error (error);
  const RwEncodedInfo *info = rw_encoded_get_info (file);
  g_autoptr (RwEncoder) encoder = rw_encoder_new (NULL, &error);
  const gsize n = (gsize) BOX->width * (gsize) BOX->height *
                  (gsize) babl_format_get_bytes_per_pixel (coded);
  g_autofree void *samples = g_malloc (n);

  g_assert_no_error (error);
  g_assert_cmpint (info->width, ==, BOX->width);
  g_assert_cmpint (info->height, ==, BOX->height);
  g_assert_cmpint (info->channels, ==, babl_format_get_n_components (coded));
  gegl_buffer_get (buffer, BOX, 1.0, coded, samples, GEGL_AUTO_ROWSTRIDE,
                   GEGL_ABYSS_NONE);
  rw_encoder_set_refine (encoder, f->refine);
  g_autoptr (GBytes) bytes =
      rw_encoder_encode (encoder, info, samples, quality, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *found = NULL;
  gsize n_found;
  g_assert_true (g_file_get_contents (f->path, &found, &n_found, NULL));
  g_assert_cmpmem (found, n_found, g_bytes_get_data (bytes, NULL),
                   g_bytes_get_size (bytes));
  GBytes *decoded = rw_encoded_decode (file, NULL, NULL, &error);
  g_assert_no_error (error);
  return decoded;
}

static void
assert_loaded (Fixture *f, const Babl *coded, GBytes *samples)
{
  GeglNode *loader = gegl_node_new_child (f->graph, "operation", "gegl:load",
                                          "path", f->path, NULL);
  const GeglRectangle box = gegl_node_get_bounding_box (loader);
  const gsize n = g_bytes_get_size (samples);
  g_autofree void *found = g_malloc0 (n);

  g_assert_cmpint (box.x, ==, 0);
  g_assert_cmpint (box.y, ==, 0);
  g_assert_cmpint (box.width, ==, BOX->width);
  g_assert_cmpint (box.height, ==, BOX->height);
  gegl_node_blit (loader, 1.0, &box, coded, found, GEGL_AUTO_ROWSTRIDE,
                  GEGL_BLIT_DEFAULT);
  g_assert_cmpmem (found, n, g_bytes_get_data (samples, NULL), n);
  gegl_node_remove_child (f->graph, loader);
}

static void
test_formats (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *format, *coded;
  } pairs[] = {
    { "R'G'B' u8", "R'G'B' u8" },
    { "R'G'B'A u8", "R'G'B'A u8" },
    { "Y' u8", "Y' u8" },
    { "Y'A u8", "Y'A u8" },
    { "R'G'B' u16", "R'G'B' u16" },
    { "RGBA float", "R'G'B'A u16" },
    { "RaGaBaA half", "R'G'B'A u16" },
    { "Y float", "Y' u16" },
    { "R~G~B~ double", "R'G'B' u16" },
    { "RGB u8", "R'G'B' u8" },
    { "cmyk u8", "R'G'B' u8" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    const Babl *coded = babl_format (pairs[i].coded);
    g_autoptr (GeglBuffer) buffer = draw (babl_format (pairs[i].format));
    f->refine = i % 4 == 1;
    save (f, buffer, i % 2 == 0 ? 0 : 80);
    g_autoptr (GBytes) samples =
        assert_saved (f, buffer, coded, i % 2 == 0 ? 50 : 80);
    assert_loaded (f, coded, samples);
  }
}

/* A profile is kept, byte for byte, and sRGB has none. */
static void
test_spaces (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "sRGB", "Rec2020", "Adobish" };
  static const char *const formats[] = { "R'G'B' u8", "R'G'B'A u16",
                                         "Y' u16" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (formats); k++) {
      const Babl *space = babl_space (names[i]);
      /* there is no profile of a grey one's kind */
      const char *name = i > 0 && k == 2 ? "R'G'B' u16" : formats[k];
      const Babl *coded = babl_format_with_space (name, space);
      g_autoptr (GeglBuffer) buffer =
          draw (babl_format_with_space (formats[k], space));
      int n_icc = 0;
      const char *icc = babl_space_get_icc (space, &n_icc);

      save (f, buffer, 0);
      g_autoptr (GBytes) samples = assert_saved (f, buffer, coded, 50);
      g_autoptr (RwEncoded) file = rw_encoded_load (f->path, NULL);
      GBytes *profile = rw_encoded_get_info (file)->profile;
      if (i == 0) {
        g_assert_null (profile);
        assert_loaded (f, coded, samples);
        continue;
      }
      g_assert_cmpmem (g_bytes_get_data (profile, NULL),
                       g_bytes_get_size (profile), icc, (gsize) n_icc);
      const Babl *back = babl_space_from_icc (
          icc, n_icc, BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, NULL);
      assert_loaded (f, babl_format_with_space (name, back), samples);
    }
}

/* A crop is what is saved. */
static void
test_crop (Fixture *f, gconstpointer data)
{
  g_autoptr (GeglBuffer) buffer = draw (babl_format ("R'G'B' u8"));
  GeglNode *source = gegl_node_new_child (
      f->graph, "operation", "gegl:buffer-source", "buffer", buffer, NULL);
  GeglNode *crop =
      gegl_node_new_child (f->graph, "operation", "gegl:crop", "x", 3.0, "y",
                           20.0, "width", 21.0, "height", 17.0, NULL);
  GeglNode *sink = gegl_node_new_child (f->graph, "operation", "gegl:save",
                                        "path", f->path, NULL);

  gegl_node_link_many (source, crop, sink, NULL);
  gegl_node_process (sink);
  g_autoptr (RwEncoded) file = rw_encoded_load (f->path, NULL);
  g_assert_nonnull (file);
  g_assert_cmpint (rw_encoded_get_info (file)->width, ==, 21);
  g_assert_cmpint (rw_encoded_get_info (file)->height, ==, 17);
}

/* ---- what goes wrong ----------------------------------------------------- */

static GeglRectangle
get_loaded_box (Fixture *f)
{
  GeglNode *loader = gegl_node_new_child (
      f->graph, "operation", "reweave:rwi-load", "path", f->path, NULL);
  const GeglRectangle box = gegl_node_get_bounding_box (loader);

  gegl_node_remove_child (f->graph, loader);
  return box;
}

static void
test_no_weights (Fixture *f, gconstpointer data)
{
  g_autoptr (GeglBuffer) buffer = draw (babl_format ("R'G'B' u8"));

  save (f, buffer, 0);
  g_setenv ("REWEAVE_WEIGHTS", "/nowhere", TRUE);
  g_test_expect_message ("reweave", G_LOG_LEVEL_WARNING,
                         "*picture.rwi: was made with the weights "
                         "\"compress-m\"*cannot be had here*");
  g_assert_cmpint (get_loaded_box (f).width, ==, 0);
  g_test_assert_expected_messages ();
  g_remove (f->path);
  g_test_expect_message ("reweave", G_LOG_LEVEL_WARNING,
                         "*picture.rwi: no weights for compress are "
                         "installed: *");
  save (f, buffer, 0);
  g_test_assert_expected_messages ();
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
test_no_file (Fixture *f, gconstpointer data)
{
  g_autoptr (GeglBuffer) buffer = draw (babl_format ("R'G'B' u8"));
  g_autofree char *file = g_steal_pointer (&f->path);

  f->path = g_build_filename (file, "none", "x.rwi", NULL);
  g_test_expect_message ("reweave", G_LOG_LEVEL_WARNING, "*x.rwi*");
  g_assert_cmpint (get_loaded_box (f).width, ==, 0);
  g_test_assert_expected_messages ();
  g_test_expect_message ("reweave", G_LOG_LEVEL_WARNING, "*x.rwi*");
  save (f, buffer, 0);
  g_test_assert_expected_messages ();
}

static void
drop (const char *domain,
      GLogLevelFlags level,
      const char *text,
      gpointer data)
{
  if (!(level & G_LOG_LEVEL_WARNING))
    g_log_default_handler (domain, level, text, data);
}

/* Damaged in any way, a file gives some picture or none. */
static void
test_fuzz (Fixture *f, gconstpointer data)
{
  const GLogLevelFlags before =
      g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  const GLogFunc handler = g_log_set_default_handler (drop, NULL);
  g_autoptr (GeglBuffer) buffer =
      draw (babl_format_with_space ("R'G'B'A u8", babl_space ("Adobish")));
  g_autofree char *whole = NULL;
  gsize n;

  save (f, buffer, 0);
  g_assert_true (g_file_get_contents (f->path, &whole, &n, NULL));
  for (guint64 i = 0; i < 150; i++) {
    g_autofree char *bytes = g_memdup2 (whole, n);
    const gsize cut = i % 3 == 0 ? rw_random_below (1, i, (guint32) n) : n;
    for (guint64 k = 0; k < i % 4; k++)
      bytes[rw_random_below (2, 4 * i + k, (guint32) n)] =
          (char) rw_random_below (3, 4 * i + k, 256);
    g_assert_true (g_file_set_contents (f->path, bytes, (gssize) cut, NULL));
    GeglNode *loader = gegl_node_new_child (
        f->graph, "operation", "reweave:rwi-load", "path", f->path, NULL);
    guint8 rgba[4 * 8 * 8];
    gegl_node_blit (loader, 1.0, GEGL_RECTANGLE (0, 0, 8, 8),
                    babl_format ("R'G'B'A u8"), rgba, GEGL_AUTO_ROWSTRIDE,
                    GEGL_BLIT_DEFAULT);
    gegl_node_remove_child (f->graph, loader);
  }
  g_log_set_default_handler (handler, NULL);
  g_log_set_always_fatal (before);
}

#define ADD(name, function)                                                   \
  g_test_add ("/gegl-rwi/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *none = g_build_filename (g_get_tmp_dir (), "none", NULL);

  g_test_init (&argc, &argv, NULL);
  /* no weights of the user's */
  g_setenv ("XDG_DATA_HOME", none, TRUE);
  g_setenv ("XDG_DATA_DIRS", none, TRUE);
  gegl_init (&argc, &argv);
  ADD ("formats", test_formats);
  ADD ("spaces", test_spaces);
  ADD ("crop", test_crop);
  ADD ("no-weights", test_no_weights);
  ADD ("no-file", test_no_file);
  ADD ("fuzz", test_fuzz);
  const int status = g_test_run ();
  gegl_exit ();
  return status;
}
