/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * core/codec/rwi*.c: what goes into a file comes out, hostile ones do no harm,
 * and what is damaged is named.
 */
#include "codec/rwi.h"
#include "latents.h"
#include "reweave.h"
#include "scratch.h"

enum { CHANNELS = 3, SCALE = 16, RATES = LATENTS_RATES };

typedef struct {
  RwCodecTables *tables;
  RwPicture *picture;
  RwRwiCoding coding;
  gint16 *latents;
  int columns, rows;
  GPtrArray *bands;
  GBytes *file;
} Fixture;

static GBytes *
draw_bytes (guint64 key, gsize n)
{
  guint8 *bytes = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    bytes[i] = (guint8) rw_random_below (key, i / 3, 40);
  return g_bytes_new_take (bytes, n);
}

static RwPicture *
draw_picture (int width, int height, int channels, int depth)
{
  RwPicture *picture = rw_picture_new (width, height, channels, depth, NULL);
  const gsize n = (gsize) width * (gsize) height * (gsize) channels;

  g_assert_nonnull (picture);
  for (gsize i = 0; i < n; i++) {
    const guint value =
        i % 7 ? (guint) (i / 5) : (guint) rw_random_bits (1, i);
    if (depth == 8)
      ((guint8 *) picture->data)[i] = (guint8) value;
    else if (depth == 16)
      ((guint16 *) picture->data)[i] = (guint16) value;
    else
      ((float *) picture->data)[i] = (float) (value % 300) / 255;
  }
  picture->more = rw_metadata_new ();
  return picture;
}

static void
set_up (Fixture *f, int width, int height, int channels, int depth)
{
  *f = (Fixture){ .tables = latents_tables (CHANNELS),
                  .picture = draw_picture (width, height, channels, depth),
                  .coding = { .n_channels = CHANNELS,
                              .scale = SCALE,
                              .n_rates = RATES,
                              .rate = RW_RWI_RATE_STEPS * 3 / 2,
                              .digest = { 1, 2, 3, 255 },
                              .name = "made-up-m" } };
  f->columns = rw_rwi_count_latents (&f->coding, width);
  f->rows = rw_rwi_count_latents (&f->coding, height);
  f->latents = latents_draw (3, CHANNELS, f->columns, f->rows, 2);
  const RwCodecLayout layout = { .rate = rw_rwi_get_table (&f->coding),
                                 .width = f->columns,
                                 .height = f->rows };
  f->bands = rw_codec_encode_bands (f->tables, &layout, f->latents, NULL);
}

static void
write_file (Fixture *f, GPtrArray *notes)
{
  GError *error = NULL;

  g_autoptr (GByteArray) alpha = f->picture->channels % 2 == 0
                                     ? rw_rwi_pack_alpha (f->picture, NULL)
                                     : NULL;
  f->file =
      rw_rwi_write (f->picture, &f->coding, alpha, f->bands, notes, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f)
{
  g_clear_pointer (&f->file, g_bytes_unref);
  g_ptr_array_unref (f->bands);
  g_free (f->latents);
  rw_picture_free (f->picture);
  rw_codec_tables_free (f->tables);
}

/* Whether the latents of @file are the fixture's; @decoded, if not NULL, gets
 * them. */
static gboolean
has_latents (const Fixture *f, RwRwi *file)
{
  const gsize n = CHANNELS * (gsize) f->columns * (gsize) f->rows;
  g_autofree gint16 *decoded = g_new (gint16, n);

  const RwCodecLayout layout = rw_rwi_get_layout (file);
  g_assert_true (rw_codec_decode_bands (f->tables, &layout, file->streams,
                                        decoded, NULL));
  return memcmp (decoded, f->latents, n * sizeof *decoded) == 0;
}

/* ---- round trips -------------------------------------------------------- */

static void
assert_same_bytes (GBytes *a, GBytes *b)
{
  g_assert_true (a == b || (a != NULL && b != NULL && g_bytes_equal (a, b)));
}

static void
test_round_trip (void)
{
  static const int sizes[][2] = { { 1, 1 },    { 16, 16 },  { 17, 255 },
                                  { 257, 17 }, { 40, 600 }, { 4097, 33 } };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (int channels = 1; channels <= 4; channels++) {
      Fixture f;
      GError *error = NULL;
      set_up (&f, sizes[i][0], sizes[i][1], channels, i % 2 ? 8 : 16);
      write_file (&f, NULL);
      g_autoptr (RwRwi) file = rw_rwi_parse (f.file, "x", &error);
      g_assert_no_error (error);
      g_assert_null (rw_rwi_describe_damage (file));
      g_assert_cmpint (file->picture->width, ==, sizes[i][0]);
      g_assert_cmpint (file->picture->height, ==, sizes[i][1]);
      g_assert_cmpint (file->picture->channels, ==, channels);
      g_assert_cmpint (file->picture->depth, ==, f.picture->depth);
      g_assert_cmpmem (&file->coding, sizeof file->coding, &f.coding,
                       sizeof f.coding);
      g_assert_true (has_latents (&f, file));
      tear_down (&f);
    }
}

static void
test_metadata (void)
{
  Fixture f;
  GError *error = NULL;

  set_up (&f, 30, 30, 3, 8);
  RwPicture *picture = f.picture;
  picture->icc = draw_bytes (1, 3000);
  picture->exif = draw_bytes (2, 70000);
  picture->more->xmp = draw_bytes (3, 1);
  picture->more->iptc = draw_bytes (4, 500);
  picture->more->has_cicp = TRUE;
  memcpy (picture->more->cicp, "\x09\x10\x00\x01", 4);
  picture->more->texts = g_strdup ("its texts");
  picture->gamma = 45455;
  picture->srgb = 2;
  picture->density_x = 3780;
  picture->density_y = 3781;
  for (int i = 0; i < 8; i++)
    picture->primaries[i] = 30000 + i;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  write_file (&f, notes);
  g_assert_cmpuint (notes->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (notes, 0), ==, "its texts");
  g_autoptr (RwRwi) file = rw_rwi_parse (f.file, "x", &error);
  g_assert_no_error (error);
  const RwPicture *read = file->picture;
  assert_same_bytes (read->icc, picture->icc);
  assert_same_bytes (read->exif, picture->exif);
  assert_same_bytes (read->more->xmp, picture->more->xmp);
  assert_same_bytes (read->more->iptc, picture->more->iptc);
  g_assert_true (read->more->has_cicp);
  g_assert_cmpmem (read->more->cicp, 4, picture->more->cicp, 4);
  g_assert_cmpint (read->gamma, ==, 45455);
  g_assert_cmpint (read->srgb, ==, 2);
  g_assert_cmpint (read->density_x, ==, 3780);
  g_assert_cmpint (read->density_y, ==, 3781);
  g_assert_cmpmem (read->primaries, sizeof read->primaries, picture->primaries,
                   sizeof picture->primaries);
  /* numbers of colours are packed: 40 of them fit 3000 bytes' half */
  g_assert_cmpuint (g_bytes_get_size (f.file), <, 60000);
  tear_down (&f);
}

static void
test_alpha (void)
{
  for (int depth = 8; depth <= 32; depth *= 2)
    for (int channels = 2; channels <= 4; channels += 2) {
      Fixture f;
      const int width = 301, height = 77;
      set_up (&f, width, height, channels, depth);
      write_file (&f, NULL);
      g_autoptr (RwRwi) file = rw_rwi_parse (f.file, "x", NULL);
      const int made = depth == 8 ? 8 : 16;
      g_assert_cmpint (file->picture->depth, ==, made);
      g_autoptr (RwPicture) decoded =
          rw_picture_new (width, height, channels, made, NULL);
      g_assert_true (
          rw_rwi_unpack_alpha (file->alpha, file->n_alpha, decoded));
      for (gsize i = (gsize) channels - 1;
           i < (gsize) width * height * (gsize) channels;
           i += (gsize) channels) {
        const guint wanted =
            depth < 32 ? rw_picture_get_sample (f.picture, i)
                       : (guint) lroundf (
                             MIN (((float *) f.picture->data)[i], 1) * 65535);
        g_assert_cmpuint (rw_picture_get_sample (decoded, i), ==, wanted);
      }
      /* not one byte may lack but those of zlib's own checksum */
      for (gsize n = 0; n + 5 < file->n_alpha; n += 97)
        g_assert_false (rw_rwi_unpack_alpha (file->alpha, n, decoded));
      tear_down (&f);
    }
}

/* ---- damage ------------------------------------------------------------- */

/* Where the content of the chunk @type is in the file. */
static gsize
find_chunk (GBytes *bytes, const char *type)
{
  gsize n;
  const char *data = g_bytes_get_data (bytes, &n);
  const char *found = memmem (data, n, type, 4);

  g_assert_nonnull (found);
  return (gsize) (found - data) + 4;
}

static RwRwi *
parse_changed (
    const Fixture *f, gsize at, guint8 change, gsize n_cut, GError **error)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (f->file, &n);
  guint8 *copy = g_memdup2 (data, n);

  if (at < n)
    copy[at] ^= change;
  g_autoptr (GBytes) bytes = g_bytes_new_take (copy, n - n_cut);
  return rw_rwi_parse (bytes, "x", error);
}

static void
test_names_damage (void)
{
  Fixture f;
  GError *error = NULL;

  set_up (&f, 50, 700, 4, 8);
  f.picture->icc = draw_bytes (1, 300);
  f.picture->exif = draw_bytes (2, 300);
  write_file (&f, NULL);
  const struct {
    const char *type;
    gsize at, n_cut;
    const char *damage;
  } cases[] = {
    { "iccp", 9, 0, "its colour profile" },
    { "exif", 0, 0, "its EXIF block" },
    { "alph", 20, 0, "its alpha" },
    { "DATA", 0, 0, "band 1 of 3, rows 0 to 255" },
    { "HEAD", G_MAXSIZE, 1, "band 3 of 3, rows 512 to 699" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const gsize at = cases[i].at == G_MAXSIZE
                         ? G_MAXSIZE
                         : find_chunk (f.file, cases[i].type) + cases[i].at;
    g_autoptr (RwRwi) file =
        parse_changed (&f, at, 64, cases[i].n_cut, &error);
    g_assert_no_error (error);
    g_autofree char *damage = rw_rwi_describe_damage (file);
    g_assert_cmpstr (damage, ==, cases[i].damage);
    g_assert_cmpint (has_latents (&f, file), ==, i < 3);
  }
  g_autoptr (RwRwi) none = parse_changed (
      &f, G_MAXSIZE, 0,
      g_bytes_get_size (f.file) - find_chunk (f.file, "DATA"), &error);
  g_autofree char *damage = rw_rwi_describe_damage (none);
  g_assert_cmpstr (damage, ==,
                   "band 1 of 3, rows 0 to 255; band 2 of 3, rows 256 to "
                   "511; band 3 of 3, rows 512 to 699");
  tear_down (&f);
}

static void
test_refuses (void)
{
  Fixture f;
  GError *error = NULL;

  set_up (&f, 50, 300, 3, 8);
  write_file (&f, NULL);
  const struct {
    gsize at;
    const char *message;
  } cases[] = {
    { 1, "is no picture that reweave encoded" },
    { find_chunk (f.file, "HEAD") + 4, "its part \"HEAD\" is damaged" },
    { find_chunk (f.file, "HEAD") - 4, "damaged in its head" },
    { find_chunk (f.file, "BAND") + 3, "its part \"BAND\" is damaged" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_assert_null (parse_changed (&f, cases[i].at, 32, 0, &error));
    assert_error (&error, RW_ERROR_FORMAT, cases[i].message);
  }
  tear_down (&f);
}

/* Heads that say what cannot be, with checksums that are right. */
static void
test_refuses_heads (void)
{
  static const struct {
    int width, height;
    RwRwiCoding coding;
    const char *message;
  } cases[] = {
    { 0, 9, { 3, 16, 3, 0 }, "has 0 x 9 pixels" },
    { 9, 65536, { 3, 16, 3, 0 }, "has 9 x 65536 pixels" },
    { 9, 9, { 0, 16, 3, 0 }, "0 channels" },
    { 9, 9, { 1025, 16, 3, 0 }, "1025 channels" },
    { 9, 9, { 3, 0, 3, 0 }, "a scale of 0" },
    { 9, 9, { 3, 16, 0, 0 }, "rate 0 of 0" },
    { 9, 9, { 3, 16, 65, 0 }, "rate 0 of 65" },
    { 9, 9, { 3, 16, 3, 2 * RW_RWI_RATE_STEPS + 1 }, "rate 16385 of 3" },
    { 9, 900, { 3, 16, 3, 0 }, "a table of bands of 8 bytes, expected 32" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    Fixture f;
    GError *error = NULL;
    set_up (&f, 9, 9, 3, 8);
    f.picture->width = cases[i].width;
    f.picture->height = cases[i].height;
    f.coding = cases[i].coding;
    write_file (&f, NULL);
    g_assert_null (rw_rwi_parse (f.file, "x", &error));
    assert_error (&error, RW_ERROR_FORMAT, cases[i].message);
    tear_down (&f);
  }
}

/* A few bytes cannot claim a large picture: its bands are too short. */
static void
test_claims (void)
{
  Fixture f;
  GError *error = NULL;

  set_up (&f, 60000, 16, 3, 8);
  g_autofree guint8 *few = g_malloc0 (8);
  g_ptr_array_remove_index (f.bands, 0);
  g_ptr_array_add (f.bands, g_bytes_new (few, 2));
  write_file (&f, NULL);
  g_autoptr (RwRwi) file = rw_rwi_parse (f.file, "x", &error);
  g_assert_no_error (error);
  g_assert_true (file->streams[0].damaged);
  tear_down (&f);
}

/* Every length of a small file. */
static void
test_truncated (void)
{
  Fixture f;

  set_up (&f, 20, 300, 4, 8);
  f.picture->icc = draw_bytes (1, 100);
  write_file (&f, NULL);
  const gsize n = g_bytes_get_size (f.file);
  const gsize data = find_chunk (f.file, "DATA");
  for (gsize cut = 1; cut <= n; cut++) {
    GError *error = NULL;
    g_autoptr (RwRwi) file = parse_changed (&f, G_MAXSIZE, 0, cut, &error);
    g_assert_cmpint (file != NULL, ==, n - cut >= data);
    if (file == NULL) {
      assert_error (&error, RW_ERROR_FORMAT, "x: ");
      continue;
    }
    g_autofree char *damage = rw_rwi_describe_damage (file);
    g_assert_nonnull (damage);
    g_assert_false (has_latents (&f, file));
  }
  tear_down (&f);
}

/* Bytes changed, left out and doubled: there is an error, or it is named, or
 * nothing but a number that has no checksum has changed. */
static void
test_mutated (void)
{
  Fixture f;
  int n_read = 0;

  set_up (&f, 20, 300, 4, 8);
  f.picture->icc = draw_bytes (1, 100);
  f.picture->exif = draw_bytes (1, 50);
  write_file (&f, NULL);
  gsize n;
  const guint8 *data = g_bytes_get_data (f.file, &n);
  const gsize length = find_chunk (f.file, "DATA") - 8;
  for (guint64 trial = 0; trial < 20000; trial++) {
    g_autoptr (GByteArray) copy = g_byte_array_new ();
    const guint at = rw_random_below (trial, 0, (guint32) n);
    const guint8 change = (guint8) (1 + rw_random_below (trial, 1, 255));
    g_byte_array_append (copy, data, (guint) n);
    if (trial % 4 < 2)
      copy->data[at] ^= change;
    else if (trial % 4 == 2)
      g_byte_array_remove_range (copy, at, MIN (change, (guint) n - at));
    else
      g_byte_array_append (copy, data + at, (guint) (n - at));
    g_autoptr (GBytes) bytes =
        g_byte_array_free_to_bytes (g_steal_pointer (&copy));
    g_autoptr (GError) error = NULL;
    g_autoptr (RwRwi) file = rw_rwi_parse (bytes, "x", &error);
    g_assert_true ((file == NULL) == (error != NULL));
    if (file == NULL)
      continue;
    n_read++;
    const gboolean same = has_latents (&f, file);
    g_autofree char *damage = rw_rwi_describe_damage (file);
    if (trial % 4 < 2 && (at < length || at >= length + 8))
      g_assert_true (damage != NULL);
    if (damage == NULL)
      g_assert_true (same);
    g_autoptr (RwPicture) picture = rw_picture_new (
        file->picture->width, file->picture->height, 4, 8, NULL);
    if (file->alpha != NULL && file->picture->depth == 8)
      rw_rwi_unpack_alpha (file->alpha, file->n_alpha, picture);
  }
  g_assert_cmpint (n_read, >, 5000);
  tear_down (&f);
}

/* Alpha's own stream has no guard but that of its chunk here. */
static void
test_alpha_mutated (void)
{
  Fixture f;

  set_up (&f, 33, 20, 2, 16);
  g_autoptr (GByteArray) packed = rw_rwi_pack_alpha (f.picture, NULL);
  g_autoptr (RwPicture) picture = rw_picture_new (33, 20, 2, 16, NULL);
  for (guint64 trial = 0; trial < 10000; trial++) {
    g_autofree guint8 *copy = g_memdup2 (packed->data, packed->len);
    copy[rw_random_below (trial, 0, packed->len)] ^=
        (guint8) (1 + rw_random_below (trial, 1, 255));
    rw_rwi_unpack_alpha (copy, packed->len, picture);
  }
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rwi/round-trip", test_round_trip);
  g_test_add_func ("/rwi/metadata", test_metadata);
  g_test_add_func ("/rwi/alpha", test_alpha);
  g_test_add_func ("/rwi/names-damage", test_names_damage);
  g_test_add_func ("/rwi/refuses", test_refuses);
  g_test_add_func ("/rwi/refuses-heads", test_refuses_heads);
  g_test_add_func ("/rwi/claims", test_claims);
  g_test_add_func ("/rwi/truncated", test_truncated);
  g_test_add_func ("/rwi/mutated", test_mutated);
  g_test_add_func ("/rwi/alpha-mutated", test_alpha_mutated);
  return g_test_run ();
}
