/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests of pictures: made ones, compared ones, and files that are cut or
 * damaged.
 */
#pragma once

#include "base/random.h"
#include "io/picture.h"
#include "io/rows.h"
#include "scratch.h"

#include <math.h>
#include <stdio.h>

enum { SEED = 3 };

static inline gsize
get_n_bytes (const RwPicture *picture)
{
  return (gsize) picture->width * (gsize) picture->height *
         (gsize) picture->channels * (gsize) picture->depth / 8;
}

static inline RwPicture *
make_noise (int width, int height, int channels, int depth)
{
  RwPicture *picture = rw_picture_new (width, height, channels, depth, NULL);
  guint8 *data = picture->data;

  for (gsize i = 0; i < get_n_bytes (picture); i++)
    data[i] = (guint8) rw_random_bits (SEED, i);
  return picture;
}

/* Slow waves, which JPEG keeps well. */
static inline RwPicture *
make_waves (int width, int height, int channels)
{
  RwPicture *picture = rw_picture_new (width, height, channels, 8, NULL);
  guint8 *data = picture->data;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < channels; c++)
        *data++ = c == 3 ? 255
                         : (guint8) (128 + 60 * sin (x * 0.07 + c) +
                                     50 * cos (y * 0.05 - c));
  return picture;
}

/* A profile that libpng takes: a header, and one tag of noise, since it
 * refuses what packs too well. */
static inline GBytes *
make_icc (const char *space)
{
  guint8 icc[132 + 12 + 200] = { 0 };

  icc[2] = sizeof icc >> 8;
  icc[3] = sizeof icc & 255;
  icc[8] = 2;
  memcpy (icc + 12, "mntr", 4);
  memcpy (icc + 16, space, 4);
  memcpy (icc + 20, "XYZ ", 4);
  memcpy (icc + 36, "acsp", 4);
  memcpy (icc + 68, "\0\0\xf6\xd6\0\1\0\0\0\0\xd3\x2d", 12); /* D50 */
  memcpy (icc + 128, "\0\0\0\1cprt\0\0\0\x90\0\0\0\xc8", 16);
  for (int i = 144; i < 344; i++)
    icc[i] = (guint8) rw_random_bits (SEED, (guint64) i);
  return g_bytes_new (icc, sizeof icc);
}

/* As large as a marker nearly allows. */
static inline GBytes *
make_exif (gsize n)
{
  guint8 *exif = g_malloc0 (n);

  memcpy (exif, "II*\0\x08\0\0\0", 8);
  for (gsize i = 8; i < n; i++)
    exif[i] = (guint8) i;
  return g_bytes_new_take (exif, n);
}

/* A new file each time and no fsync, since there are hundreds: cutting an old
 * one to nothing makes some file systems wait for the disk. */
static inline void
put (const char *path, const void *bytes, gsize n)
{
  g_unlink (path);
  FILE *file = fopen (path, "wb");

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (bytes, 1, n, file), ==, n);
  g_assert_cmpint (fclose (file), ==, 0);
}

static inline void
assert_same_bytes (GBytes *a, GBytes *b)
{
  g_assert_nonnull (a);
  g_assert_nonnull (b);
  g_assert_true (g_bytes_equal (a, b));
}

static inline RwPicture *
load (const char *path)
{
  GError *error = NULL;
  RwPicture *picture = rw_picture_load (path, &error);

  g_assert_no_error (error);
  return picture;
}

static inline RwPicture *
save_and_load (const RwPicture *picture, const char *path, int quality)
{
  GError *error = NULL;

  g_assert_true (rw_picture_save (picture, path, quality, &error));
  g_assert_no_error (error);
  return load (path);
}

static inline void
assert_same_pixels (const RwPicture *a, const RwPicture *b)
{
  g_assert_cmpint (a->width, ==, b->width);
  g_assert_cmpint (a->height, ==, b->height);
  g_assert_cmpint (a->channels, ==, b->channels);
  g_assert_cmpint (a->depth, ==, b->depth);
  g_assert_cmpmem (a->data, get_n_bytes (a), b->data, get_n_bytes (b));
}

/* Read in slices of different heights, the file is @picture. */
static inline void
assert_same_rows (const char *path, const RwPicture *picture)
{
  GError *error = NULL;
  g_autoptr (RwRowReader) reader = rw_row_reader_new (path, &error);
  const gsize stride = rw_picture_get_stride (picture);
  g_autofree guint8 *rows = g_malloc (stride * (gsize) picture->height);

  g_assert_no_error (error);
  g_assert_null (rw_row_reader_get_picture (reader)->data);
  g_assert_cmpint (rw_row_reader_get_picture (reader)->channels, ==,
                   picture->channels);
  for (int y = 0, n = 1; y < picture->height; y += n, n = n % 7 + 2) {
    n = MIN (n, picture->height - y);
    g_assert_true (
        rw_row_reader_read (reader, rows + stride * (gsize) y, n, &error));
  }
  g_assert_cmpmem (rows, stride * (gsize) picture->height, picture->data,
                   get_n_bytes (picture));
}

static inline void
assert_probe (const char *path, const RwPicture *picture)
{
  RwPicture info;
  GError *error = NULL;

  memset (&info, 0xff, sizeof info);
  g_assert_true (rw_picture_probe (path, &info, &error));
  g_assert_no_error (error);
  g_assert_cmpint (info.width, ==, picture->width);
  g_assert_cmpint (info.height, ==, picture->height);
  g_assert_cmpint (info.channels, ==, picture->channels);
  g_assert_cmpint (info.depth, ==, picture->depth);
  g_assert_null (info.data);
  g_assert_null (info.icc);
}

static inline void
assert_unreadable (const char *path, RwErrorCode code, const char *fragment)
{
  GError *error = NULL;
  RwPicture info;

  g_assert_null (rw_picture_load (path, &error));
  g_assert_true (g_str_has_prefix (error->message, path));
  assert_error (&error, code, fragment);
  if (!rw_picture_probe (path, &info, &error))
    g_clear_error (&error);
}

/* The file's bytes cut at every 97th place, and at the last. */
static inline void
check_truncated (const Scratch *scratch,
                 const RwPicture *picture,
                 const char *name)
{
  g_autofree char *path = scratch_path (scratch, name);
  g_autofree char *bytes = NULL;
  gsize n;

  g_assert_true (rw_picture_save (picture, path, 80, NULL));
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_assert_cmpuint (n, >, 300);
  for (gsize k = 0; k < n; k = k + 97 < n || k == n - 1 ? k + 97 : n - 1) {
    put (path, bytes, k);
    assert_unreadable (path, RW_ERROR_FORMAT, "");
  }
}

/* One byte changed: an error, or a picture of some size. */
static inline void
check_damaged (const Scratch *scratch,
               const RwPicture *picture,
               const char *name)
{
  g_autofree char *path = scratch_path (scratch, name);
  g_autofree char *bytes = NULL;
  gsize n;

  g_assert_true (rw_picture_save (picture, path, 80, NULL));
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  for (guint i = 0; i < 400; i++) {
    const gsize limit = i % 2 ? MIN (n, 200) : n;
    const gsize place = rw_random_below (SEED, 2 * i, (guint32) limit);
    const char before = bytes[place];
    bytes[place] = (char) rw_random_bits (SEED, 2 * i + 1);
    put (path, bytes, n);
    GError *error = NULL;
    g_autoptr (RwPicture) found = rw_picture_load (path, &error);
    if ((found == NULL) != (error != NULL))
      g_error ("seed %d, damage %u: error and result", SEED, i);
    g_clear_error (&error);
    bytes[place] = before;
  }
}
