/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * io/png-*.c: what is saved is loaded again with all that belongs to it, every
 * kind of PNG that libpng can write, broken files.
 */
#include "pictures.h"

#include <png.h>

static void
test_png (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.PNG");
  const int sizes[][2] = { { 1, 1 }, { 37, 21 }, { 1, 300 }, { 4000, 2 } };

  for (int i = 0; i < 4 * 4 * 2; i++) {
    const int *size = sizes[i / 8];
    g_autoptr (RwPicture) picture =
        make_noise (size[0], size[1], 1 + i % 4, i / 4 % 2 ? 16 : 8);
    g_autoptr (RwPicture) back = save_and_load (picture, path, 0);
    assert_same_pixels (picture, back);
    assert_probe (path, picture);
    g_assert_null (back->icc);
    g_assert_null (back->exif);
    g_assert_cmpint (back->gamma, ==, 0);
    g_assert_cmpint (back->srgb, ==, 0);
    g_assert_cmpint (back->density_x, ==, 0);
  }
}

static void
test_png_blocks (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");
  static const int primaries[8] = { 31270, 32900, 64000, 33000,
                                    30000, 60000, 15000, 6000 };

  for (int channels = 1; channels <= 4; channels++) {
    g_autoptr (RwPicture) picture = make_noise (5, 4, channels, 8);
    picture->icc = make_icc (channels < 3 ? "GRAY" : "RGB ");
    picture->exif = make_exif (100000);
    picture->density_x = 2835;
    picture->density_y = 11811;
    g_autoptr (RwPicture) back = save_and_load (picture, path, 0);
    assert_same_bytes (picture->icc, back->icc);
    assert_same_bytes (picture->exif, back->exif);
    g_assert_cmpint (back->density_x, ==, 2835);
    g_assert_cmpint (back->density_y, ==, 11811);
    assert_same_pixels (picture, back);
  }
  g_autoptr (RwPicture) picture = make_noise (5, 4, 3, 16);
  picture->gamma = 45455;
  memcpy (picture->primaries, primaries, sizeof primaries);
  g_autoptr (RwPicture) back = save_and_load (picture, path, 0);
  g_assert_cmpint (back->gamma, ==, 45455);
  g_assert_cmpint (back->srgb, ==, 0);
  g_assert_cmpmem (back->primaries, sizeof primaries, primaries,
                   sizeof primaries);
  picture->srgb = 1 + PNG_sRGB_INTENT_RELATIVE;
  g_autoptr (RwPicture) marked = save_and_load (picture, path, 0);
  g_assert_cmpint (marked->srgb, ==, 1 + PNG_sRGB_INTENT_RELATIVE);
  g_assert_null (marked->icc);
}

/* Moves the chunk @name of a PNG to just before its end. */
static void
move_to_end (const char *path, const char *name)
{
  g_autofree char *bytes = NULL;
  gsize n;

  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  for (gsize at = 8, size; at < n; at += size) {
    size = 12 + GUINT32_FROM_BE (
                    *(guint32 *) memcpy (&(guint32){ 0 }, bytes + at, 4));
    if (memcmp (bytes + at + 4, name, 4) != 0)
      continue;
    g_autofree char *chunk = g_memdup2 (bytes + at, size);
    memmove (bytes + at, bytes + at + size, n - 12 - at - size);
    memcpy (bytes + n - 12 - size, chunk, size);
    put (path, bytes, n);
    return;
  }
  g_assert_not_reached ();
}

/* EXIF may follow the pixels, and is known before them all the same. */
static void
test_png_late_exif (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");
  g_autoptr (RwPicture) picture = make_noise (50, 40, 3, 16);

  picture->exif = make_exif (3000);
  g_assert_true (rw_picture_save (picture, path, 0, NULL));
  move_to_end (path, "eXIf");
  g_autoptr (RwRowReader) reader = rw_row_reader_new (path, NULL);
  assert_same_bytes (picture->exif, rw_row_reader_get_picture (reader)->exif);
  assert_same_rows (path, picture);
  g_autoptr (RwPicture) back = load (path);
  assert_same_bytes (picture->exif, back->exif);
}

/* A profile that libpng finds fault with does not keep a picture from being
 * saved. */
static void
test_png_bad_icc (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");
  g_autoptr (RwPicture) picture = make_noise (5, 4, 3, 8);

  picture->icc = make_icc ("GRAY");
  g_autoptr (RwPicture) back = save_and_load (picture, path, 0);
  assert_same_pixels (picture, back);
  g_clear_pointer (&picture->icc, g_bytes_unref);
  picture->icc = g_bytes_new ("nonsense", 8);
  g_autoptr (RwPicture) other = save_and_load (picture, path, 0);
  assert_same_pixels (picture, other);
}

/* A PNG as libpng itself writes it: 13 x 9, sample x + 2 y modulo its range.
 */
typedef struct {
  int type, depth;
  gboolean interlaced, transparent;
} Kind;

enum { WIDTH = 13, HEIGHT = 9 };

static const png_color colours[4] = {
  { 1, 2, 3 }, { 200, 100, 50 }, { 0, 255, 0 }, { 9, 8, 7 }
};
static const png_byte alphas[2] = { 0, 128 }; /* of the first two */

static int
get_sample (int x, int y, int depth)
{
  return (x + 2 * y) % MIN (1 << depth, 4) * (depth == 16 ? 4099 : 1);
}

/* Packs row @y as the file has it; all channels are alike. */
static void
pack_row (const Kind *kind, int channels, int y, png_byte *row)
{
  memset (row, 0, WIDTH * 8);
  for (int i = 0; i < WIDTH * channels; i++) {
    const int sample = get_sample (i / channels, y, kind->depth);
    if (kind->depth == 16) {
      row[2 * i] = (png_byte) (sample >> 8);
      row[2 * i + 1] = (png_byte) sample;
    } else {
      const int bit = i * kind->depth;
      row[bit / 8] |= (png_byte) (sample << (8 - kind->depth - bit % 8));
    }
  }
}

static void
put_transparency (png_structp png, png_infop info, const Kind *kind)
{
  const png_uint_16 one = (png_uint_16) get_sample (1, 0, kind->depth);
  const png_color_16 key = {
    .gray = one, .red = one, .green = one, .blue = one
  };

  if (kind->type == PNG_COLOR_TYPE_PALETTE)
    png_set_PLTE (png, info, colours, MIN (4, 1 << kind->depth));
  if (!kind->transparent)
    return;
  if (kind->type == PNG_COLOR_TYPE_PALETTE)
    png_set_tRNS (png, info, alphas, 2, NULL);
  else
    png_set_tRNS (png, info, NULL, 0, &key);
}

static void
write_kind (const char *path, const Kind *kind, int channels)
{
  FILE *file = fopen (path, "wb");
  png_structp png =
      png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (png);
  png_byte rows[HEIGHT][WIDTH * 8], *pointers[HEIGHT];

  g_assert_nonnull (file);
  png_init_io (png, file);
  png_set_IHDR (png, info, WIDTH, HEIGHT, kind->depth, kind->type,
                kind->interlaced, 0, 0);
  put_transparency (png, info, kind);
  for (int y = 0; y < HEIGHT; y++) {
    pack_row (kind, channels, y, rows[y]);
    pointers[y] = rows[y];
  }
  png_set_rows (png, info, pointers);
  png_write_png (png, info, PNG_TRANSFORM_IDENTITY, NULL);
  png_destroy_write_struct (&png, &info);
  fclose (file);
}

/* What channel @c of a pixel should be. */
static int
get_expected (const Kind *kind, int x, int y, int c, int channels)
{
  const int sample = get_sample (x, y, kind->depth);
  const int max = kind->depth == 16 ? 65535 : 255;
  const gboolean palette = kind->type == PNG_COLOR_TYPE_PALETTE;

  if (c == channels - 1 && kind->transparent) {
    if (palette)
      return sample < 2 ? alphas[sample] : 255;
    return sample == get_sample (1, 0, kind->depth) ? 0 : max;
  }
  if (palette)
    return c == 0   ? colours[sample].red
           : c == 1 ? colours[sample].green
                    : colours[sample].blue;
  return kind->depth < 8 ? sample * 255 / ((1 << kind->depth) - 1) : sample;
}

static void
check_kind (const char *path, const Kind *kind)
{
  const gboolean grey = kind->type == PNG_COLOR_TYPE_GRAY ||
                        kind->type == PNG_COLOR_TYPE_GRAY_ALPHA;
  const gboolean alpha = (kind->type & PNG_COLOR_MASK_ALPHA) != 0;
  const gboolean palette = kind->type == PNG_COLOR_TYPE_PALETTE;
  const int in_file = palette ? 1 : (grey ? 1 : 3) + alpha;
  const int channels = (grey ? 1 : 3) + (alpha || kind->transparent);

  write_kind (path, kind, in_file);
  g_autoptr (RwPicture) picture = load (path);
  g_assert_cmpint (picture->width, ==, WIDTH);
  g_assert_cmpint (picture->height, ==, HEIGHT);
  g_assert_cmpint (picture->channels, ==, channels);
  g_assert_cmpint (picture->depth, ==, kind->depth == 16 ? 16 : 8);
  assert_probe (path, picture);
  assert_same_rows (path, picture);
  for (int i = 0; i < WIDTH * HEIGHT * channels; i++) {
    const int c = i % channels, x = i / channels % WIDTH;
    const int y = i / channels / WIDTH;
    const int found = picture->depth == 16 ? ((guint16 *) picture->data)[i]
                                           : ((guint8 *) picture->data)[i];
    g_assert_cmpint (found, ==, get_expected (kind, x, y, c, channels));
  }
}

static void
test_png_kinds (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");
  static const Kind kinds[] = {
    { PNG_COLOR_TYPE_GRAY, 1 },        { PNG_COLOR_TYPE_GRAY, 2 },
    { PNG_COLOR_TYPE_GRAY, 4 },        { PNG_COLOR_TYPE_GRAY, 8 },
    { PNG_COLOR_TYPE_GRAY, 16 },       { PNG_COLOR_TYPE_RGB, 8 },
    { PNG_COLOR_TYPE_RGB, 16 },        { PNG_COLOR_TYPE_PALETTE, 1 },
    { PNG_COLOR_TYPE_PALETTE, 2 },     { PNG_COLOR_TYPE_PALETTE, 4 },
    { PNG_COLOR_TYPE_PALETTE, 8 },     { PNG_COLOR_TYPE_GRAY_ALPHA, 8 },
    { PNG_COLOR_TYPE_GRAY_ALPHA, 16 }, { PNG_COLOR_TYPE_RGB_ALPHA, 8 },
    { PNG_COLOR_TYPE_RGB_ALPHA, 16 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (int k = 0; k < 4; k++) {
      Kind kind = kinds[i];
      kind.interlaced = k & 1;
      kind.transparent = k >= 2;
      if (!kind.transparent || !(kind.type & PNG_COLOR_MASK_ALPHA))
        check_kind (path, &kind);
    }
}

/* One colour out of a palette of two: 1 bit a pixel. */
static void
write_plain (const char *path, int width, int height)
{
  FILE *file = fopen (path, "wb");
  png_structp png =
      png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (png);
  g_autofree png_byte *row = g_malloc0 ((gsize) width / 8 + 1);

  png_init_io (png, file);
  png_set_compression_level (png, 9);
  png_set_user_limits (png, 100000, 100000);
  png_set_IHDR (png, info, (png_uint_32) width, (png_uint_32) height, 1,
                PNG_COLOR_TYPE_PALETTE, 0, 0, 0);
  png_set_PLTE (png, info, colours, 2);
  png_write_info (png, info);
  for (int y = 0; y < height; y++)
    png_write_row (png, row);
  png_write_end (png, NULL);
  png_destroy_write_struct (&png, &info);
  fclose (file);
}

/* A plain picture packs 1000 times and unpacks 24 times more: no reason to
 * doubt it.  One that is too wide is refused for that alone. */
static void
test_png_plain (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");

  write_plain (path, 4000, 4000);
  g_autoptr (RwPicture) picture = load (path);
  g_assert_cmpint (picture->channels, ==, 3);
  g_assert_cmpint (((guint8 *) picture->data)[3 * 4000 * 4000 - 1], ==, 3);
  write_plain (path, 65535, 1);
  g_autoptr (RwPicture) widest = load (path);
  g_assert_cmpint (widest->width, ==, 65535);
  write_plain (path, 65536, 1);
  assert_unreadable (path, RW_ERROR_LIMIT, "65536 x 1");
}

static void
test_broken (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwPicture) deep = make_noise (40, 30, 4, 16);
  g_autoptr (RwPicture) colour = make_waves (60, 40, 3);

  colour->exif = make_exif (60);
  colour->icc = make_icc ("RGB ");
  check_truncated (scratch, deep, "a.png");
  check_truncated (scratch, colour, "a.png");
  check_damaged (scratch, colour, "a.png");
}

/* A header that claims what the file cannot hold. */
static void
check_claim (const char *path,
             guint32 width,
             guint32 height,
             RwErrorCode code,
             const char *fragment)
{
  guint8 file[8 + 25 + 12] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
  const guint32 sizes[2] = { GUINT32_TO_BE (width), GUINT32_TO_BE (height) };

  memcpy (file + 16, sizes, 8);
  file[24] = 16;
  file[25] = PNG_COLOR_TYPE_RGB_ALPHA;
  guint32 crc = 0xffffffff;
  for (int i = 12; i < 29; i++) {
    crc ^= file[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  crc = GUINT32_TO_BE (~crc);
  memcpy (file + 29, &crc, 4);
  memcpy (file + 33, "\0\0\0\0IDAT\x35\xaf\x06\x1e", 12);
  put (path, file, sizeof file);
  assert_unreadable (path, code, fragment);
}

static void
test_claims (Scratch *scratch, gconstpointer data)
{
  g_autofree char *png = scratch_path (scratch, "a.png");

  check_claim (png, 65535, 65535, RW_ERROR_FORMAT, "cannot hold");
  check_claim (png, 0x7fffffff, 0x7fffffff, RW_ERROR_FORMAT, "cannot hold");
  check_claim (png, 0, 5, RW_ERROR_FORMAT, "PNG could not be read");
  check_claim (png, 0x80000000, 5, RW_ERROR_FORMAT, "PNG could not be read");
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
  add ("/png/round-trip", test_png);
  add ("/png/blocks", test_png_blocks);
  add ("/png/late-exif", test_png_late_exif);
  add ("/png/bad-icc", test_png_bad_icc);
  add ("/png/kinds", test_png_kinds);
  add ("/png/plain", test_png_plain);
  add ("/png/broken", test_broken);
  add ("/png/claims", test_claims);
  return g_test_run ();
}
