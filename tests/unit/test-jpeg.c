/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * io/jpeg-*.c: pictures come back nearly, what belongs to them exactly; what
 * JPEG cannot hold, colour spaces, broken files.
 */
#include "pictures.h"

#include <stdlib.h>

#include <jpeglib.h>

/* Root mean square and largest difference of 8-bit pictures. */
static void
assert_close (const RwPicture *a, const RwPicture *b, double rms, int largest)
{
  const guint8 *x = a->data, *y = b->data;
  const gsize n = get_n_bytes (a);
  double sum = 0;
  int worst = 0;

  g_assert_cmpuint (n, ==, get_n_bytes (b));
  for (gsize i = 0; i < n; i++) {
    const int difference = abs (x[i] - y[i]);
    sum += difference * difference;
    worst = MAX (worst, difference);
  }
  g_assert_cmpfloat (sqrt (sum / (double) n), <=, rms);
  g_assert_cmpint (worst, <=, largest);
}

static void
test_jpeg (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.jpeg");
  const int sizes[][2] = { { 1, 1 }, { 64, 48 }, { 17, 33 }, { 1, 100 } };

  for (int i = 0; i < 8; i++) {
    g_autoptr (RwPicture) picture =
        make_waves (sizes[i / 2][0], sizes[i / 2][1], i % 2 ? 3 : 1);
    g_autoptr (RwPicture) fine = save_and_load (picture, path, 95);
    assert_probe (path, fine);
    g_assert_cmpint (fine->channels, ==, picture->channels);
    assert_close (picture, fine, 1.2, 5);
    g_autoptr (RwPicture) coarse = save_and_load (picture, path, 50);
    assert_close (picture, coarse, 6, 40);
  }
}

static void
get_sampling (const char *path, int *h, int *v)
{
  struct jpeg_decompress_struct cinfo;
  struct jpeg_error_mgr manager;
  FILE *file = fopen (path, "rb");

  cinfo.err = jpeg_std_error (&manager);
  jpeg_create_decompress (&cinfo);
  jpeg_stdio_src (&cinfo, file);
  jpeg_read_header (&cinfo, TRUE);
  *h = cinfo.comp_info[0].h_samp_factor;
  *v = cinfo.comp_info[0].v_samp_factor;
  jpeg_destroy_decompress (&cinfo);
  fclose (file);
}

static void
test_jpeg_sampling (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.jpg");
  g_autoptr (RwPicture) picture = make_waves (32, 32, 3);
  int h, v;

  g_assert_true (rw_picture_save (picture, path, 90, NULL));
  get_sampling (path, &h, &v);
  g_assert_cmpint (h * 10 + v, ==, 11);
  g_assert_true (rw_picture_save (picture, path, 89, NULL));
  get_sampling (path, &h, &v);
  g_assert_cmpint (h * 10 + v, ==, 22);
}

static void
test_jpeg_blocks (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.jpg");
  g_autofree char *png = scratch_path (scratch, "a.png");
  g_autofree guint8 *large = g_malloc0 (200000); /* several markers */
  g_autoptr (RwPicture) picture = make_waves (20, 10, 3);

  for (int i = 0; i < 200000; i++)
    large[i] = (guint8) rw_random_bits (SEED, (guint64) i);
  picture->icc = g_bytes_new (large, 200000);
  picture->exif = make_exif (65527);
  picture->density_x = picture->density_y = 11811; /* 300 per inch */
  g_autoptr (RwPicture) back = save_and_load (picture, path, 95);
  assert_same_bytes (picture->icc, back->icc);
  assert_same_bytes (picture->exif, back->exif);
  g_assert_cmpint (back->density_x, ==, 11811);
  g_autoptr (RwPicture) twice = save_and_load (back, path, 95);
  assert_same_bytes (picture->icc, twice->icc);
  assert_same_bytes (picture->exif, twice->exif);
  g_assert_cmpint (twice->density_y, ==, 11811);
  twice->density_x = 2800, twice->density_y = 3000; /* 28, 30 per cm */
  g_autoptr (RwPicture) metric = save_and_load (twice, path, 95);
  g_assert_cmpint (metric->density_x, ==, 2800);
  g_assert_cmpint (metric->density_y, ==, 3000);
  g_autoptr (RwPicture) other = save_and_load (metric, png, 0);
  assert_same_bytes (picture->exif, other->exif);
  assert_same_pixels (metric, other);
}

/* What JPEG cannot hold. */
static void
test_jpeg_reduced (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.jpg");
  g_autoptr (RwPicture) opaque = make_waves (20, 10, 4);
  g_autoptr (RwPicture) colour = make_waves (20, 10, 3);
  g_autoptr (RwPicture) wide = rw_picture_new (65501, 1, 1, 8, NULL);
  g_autoptr (RwPicture) deep = rw_picture_new (20, 10, 3, 16, NULL);
  GError *error = NULL;

  g_autoptr (RwPicture) without = save_and_load (opaque, path, 95);
  assert_close (colour, without, 1.2, 5);
  ((guint8 *) opaque->data)[20 * 10 * 4 - 1] = 254;
  g_assert_false (rw_picture_save (opaque, path, 95, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "transparent");
  for (int i = 0; i < 20 * 10 * 3; i++)
    ((guint16 *) deep->data)[i] =
        (guint16) (((guint8 *) colour->data)[i] * 257 - 100);
  g_autoptr (RwPicture) shallow = save_and_load (deep, path, 95);
  assert_close (colour, shallow, 1.2, 5);
  g_assert_false (rw_picture_save (wide, path, 95, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "65500");
  colour->exif = make_exif (65528);
  g_autoptr (RwPicture) bare = save_and_load (colour, path, 95);
  g_assert_null (bare->exif);
}

/* Any colour space, by libjpeg itself. */
static void
write_jpeg (const char *path, J_COLOR_SPACE space, int n, int width)
{
  struct jpeg_compress_struct cinfo;
  struct jpeg_error_mgr manager;
  FILE *file = fopen (path, "wb");
  JSAMPLE samples[64] = { 0 }, *row = samples;

  cinfo.err = jpeg_std_error (&manager);
  jpeg_create_compress (&cinfo);
  jpeg_stdio_dest (&cinfo, file);
  cinfo.image_width = (JDIMENSION) width;
  cinfo.image_height = 2;
  cinfo.input_components = n;
  cinfo.in_color_space = space;
  jpeg_set_defaults (&cinfo);
  jpeg_set_colorspace (&cinfo, space);
  jpeg_start_compress (&cinfo, TRUE);
  while (cinfo.next_scanline < 2)
    jpeg_write_scanlines (&cinfo, &row, 1);
  jpeg_finish_compress (&cinfo);
  jpeg_destroy_compress (&cinfo);
  fclose (file);
}

static void
test_jpeg_spaces (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.jpg");
  GError *error = NULL;

  write_jpeg (path, JCS_RGB, 3, 5);
  g_autoptr (RwPicture) picture = load (path);
  g_assert_cmpint (picture->channels, ==, 3);
  write_jpeg (path, JCS_CMYK, 4, 5);
  g_assert_null (rw_picture_load (path, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "CMYK");
  write_jpeg (path, JCS_UNKNOWN, 2, 5);
  g_assert_null (rw_picture_load (path, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "expected grey or RGB");
}

/* In several scans, by libjpeg itself. */
static void
write_progressive (const char *path, const RwPicture *picture)
{
  struct jpeg_compress_struct cinfo;
  struct jpeg_error_mgr manager;
  FILE *file = fopen (path, "wb");

  cinfo.err = jpeg_std_error (&manager);
  jpeg_create_compress (&cinfo);
  jpeg_stdio_dest (&cinfo, file);
  cinfo.image_width = (JDIMENSION) picture->width;
  cinfo.image_height = (JDIMENSION) picture->height;
  cinfo.input_components = 3;
  cinfo.in_color_space = JCS_RGB;
  jpeg_set_defaults (&cinfo);
  jpeg_simple_progression (&cinfo);
  jpeg_start_compress (&cinfo, TRUE);
  while (cinfo.next_scanline < cinfo.image_height) {
    JSAMPROW row = (JSAMPROW) picture->data +
                   rw_picture_get_stride (picture) * cinfo.next_scanline;
    jpeg_write_scanlines (&cinfo, &row, 1);
  }
  jpeg_finish_compress (&cinfo);
  jpeg_destroy_compress (&cinfo);
  fclose (file);
}

/* Only a file in several scans is held whole: 6 bytes a pixel in 4:4:4, 3 in
 * 4:2:0. */
static void
test_jpeg_rows (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.jpg");
  g_autoptr (RwPicture) picture = make_waves (800, 600, 3);
  const gsize n_pixels = 800 * 600;

  for (int quality = 80; quality <= 95; quality += 15) {
    g_autoptr (RwPicture) back = save_and_load (picture, path, quality);
    assert_same_rows (path, back);
    g_autoptr (RwRowReader) reader = rw_row_reader_new (path, NULL);
    g_assert_cmpuint (rw_row_reader_get_bytes (reader), <, n_pixels);
  }
  write_progressive (path, picture);
  g_autoptr (RwPicture) back = load (path);
  assert_same_rows (path, back);
  g_autoptr (RwRowReader) reader = rw_row_reader_new (path, NULL);
  g_assert_cmpuint (rw_row_reader_get_bytes (reader), >=, 3 * n_pixels);
  g_assert_cmpuint (rw_row_reader_get_bytes (reader), <, 4 * n_pixels);
}

/* With less memory the same pixels in some more bytes. */
static void
test_jpeg_memory (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.jpg");
  g_autoptr (RwPicture) picture = make_waves (805, 603, 3);
  g_autoptr (RwPicture) usual = save_and_load (picture, path, 92);
  gsize taken[2];

  for (int i = 0; i < 2; i++) {
    const RwRowOptions options = { .quality = 92, .memory = i };
    RwRowWriter *writer = rw_row_writer_new (path, picture, &options, NULL);
    taken[i] = rw_row_writer_get_bytes (writer);
    for (int y = 0; y < 603; y += 67)
      g_assert_true (
          rw_row_writer_write (writer,
                               (guint8 *) picture->data +
                                   rw_picture_get_stride (picture) * (gsize) y,
                               67, NULL));
    g_assert_true (rw_row_writer_commit (writer, NULL));
    g_autoptr (RwPicture) back = load (path);
    assert_same_pixels (usual, back);
  }
  /* 101 x 76 blocks of 128 bytes in each component */
  g_assert_cmpuint (taken[0] - taken[1], ==, 3 * 101 * 76 * 128);
}

static void
test_broken (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwPicture) colour = make_waves (200, 100, 3);
  g_autoptr (RwPicture) grey = make_waves (200, 100, 1);

  colour->exif = make_exif (60);
  colour->icc = make_icc ("RGB ");
  check_truncated (scratch, colour, "a.jpg");
  check_truncated (scratch, grey, "a.jpg");
  check_damaged (scratch, colour, "a.jpg");
}

static void
test_claims (Scratch *scratch, gconstpointer data)
{
  g_autofree char *jpeg = scratch_path (scratch, "a.jpg");
  g_autofree char *bytes = NULL;
  gsize n;

  write_jpeg (jpeg, JCS_GRAYSCALE, 1, 5);
  g_assert_true (g_file_get_contents (jpeg, &bytes, &n, NULL));
  for (gsize i = 0; i + 9 < n; i++)
    if (memcmp (bytes + i, "\xff\xc0\0\x0b\x08", 5) == 0)
      memset (bytes + i + 5, 0xfe, 4);
  put (jpeg, bytes, n);
  assert_unreadable (jpeg, RW_ERROR_FORMAT, "cannot hold");
  for (gsize i = 0; i + 9 < n; i++)
    if (memcmp (bytes + i, "\xff\xc0\0\x0b\x08", 5) == 0)
      memset (bytes + i + 5, 0xff, 4);
  put (jpeg, bytes, n);
  assert_unreadable (jpeg, RW_ERROR_LIMIT, "65500");
}

static void
add (const char *path, void (*test) (Scratch *, gconstpointer))
{
  g_test_add (path, Scratch, NULL, scratch_set_up, test, scratch_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/jpeg/round-trip", test_jpeg);
  add ("/jpeg/sampling", test_jpeg_sampling);
  add ("/jpeg/blocks", test_jpeg_blocks);
  add ("/jpeg/reduced", test_jpeg_reduced);
  add ("/jpeg/spaces", test_jpeg_spaces);
  add ("/jpeg/rows", test_jpeg_rows);
  add ("/jpeg/memory", test_jpeg_memory);
  add ("/jpeg/broken", test_broken);
  add ("/jpeg/claims", test_claims);
  return g_test_run ();
}
