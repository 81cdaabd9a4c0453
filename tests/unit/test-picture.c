/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * io/picture.c: pixels as floats and back, files that are no pictures, a
 * full disk.
 */
#include "pictures.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Sample @c of the pixel nearest to (@x, @y), from the definition. */
static double
get_nearest (const RwPicture *picture, int x, int y, int c)
{
  const int inside_x = CLAMP (x, 0, picture->width - 1);
  const int inside_y = CLAMP (y, 0, picture->height - 1);
  const gboolean grey = picture->channels < 3;
  const gboolean alpha = picture->channels % 2 == 0;
  const int channel = c == 3 ? picture->channels - 1 : grey ? 0 : c;
  const int i =
      (inside_y * picture->width + inside_x) * picture->channels + channel;

  if (c == 3 && !alpha)
    return 1;
  return picture->depth == 8 ? ((guint8 *) picture->data)[i] / 255.0
                             : ((guint16 *) picture->data)[i] / 65535.0;
}

static void
check_rect (const RwPicture *picture, const RwRect *rect)
{
  const int n = rect->width * rect->height * 4;
  g_autofree float *rgba = g_new (float, (gsize) n + 1);

  rgba[n] = 7; /* nothing behind the end is touched */
  rw_picture_get_rgba (picture, rect, rgba);
  for (int i = 0; i < n; i++) {
    const int x = i / 4 % rect->width, y = i / 4 / rect->width;
    g_assert_cmpfloat (
        rgba[i], ==,
        (float) get_nearest (picture, rect->x + x, rect->y + y, i % 4));
  }
  g_assert_cmpfloat (rgba[n], ==, 7);
}

static void
test_get_rgba (void)
{
  static const int sizes[][2] = { { 1, 1 }, { 7, 5 }, { 1, 9 }, { 20, 1 } };

  for (int i = 0; i < 4 * 8; i++) {
    const int *size = sizes[i / 8];
    g_autoptr (RwPicture) picture =
        make_noise (size[0], size[1], 1 + i % 4, i / 4 % 2 ? 16 : 8);
    for (int k = 0; k < 60; k++) { /* seed: SEED, case: i, k */
      const guint64 key = rw_random_key (SEED, (guint64) (i * 60 + k));
      const RwRect rect = { .x = (int) rw_random_below (key, 0, 50) - 25,
                            .y = (int) rw_random_below (key, 1, 30) - 15,
                            .width = (int) rw_random_below (key, 2, 40),
                            .height = (int) rw_random_below (key, 3, 20) };
      check_rect (picture, &rect);
    }
    check_rect (picture, &(RwRect){ G_MININT, G_MININT, 3, 2 });
    check_rect (picture, &(RwRect){ G_MAXINT - 1, G_MAXINT - 1, 2, 2 });
  }
}

/* Every value of every kind comes back from floats as it was. */
static void
test_set_rgba (void)
{
  for (int i = 0; i < 8; i++) {
    const int depth = i / 4 ? 16 : 8;
    g_autoptr (RwPicture) picture =
        rw_picture_new (300, 300, 1 + i % 4, depth, NULL);
    g_autoptr (RwPicture) copy =
        rw_picture_new (300, 300, 1 + i % 4, depth, NULL);
    const gsize n = 300 * 300 * (gsize) picture->channels;
    const RwRect all = { 0, 0, 300, 300 };
    g_autofree float *rgba = g_new (float, 4 * 300 * 300);
    for (gsize k = 0; k < n; k++)
      if (depth == 8)
        ((guint8 *) picture->data)[k] = (guint8) (k / 3);
      else
        ((guint16 *) picture->data)[k] = (guint16) k;
    rw_picture_get_rgba (picture, &all, rgba);
    rw_picture_set_rgba (copy, &all, rgba, 4 * 300);
    assert_same_pixels (picture, copy);
  }
}

static void
test_set_rgba_part (void)
{
  g_autoptr (RwPicture) picture = make_noise (10, 8, 4, 8);
  g_autoptr (RwPicture) before = make_noise (10, 8, 4, 8);
  float rgba[3 * 20]; /* two pixels in three rows, 20 floats apart */
  const RwRect rect = { 8, 5, 2, 3 };

  for (int i = 0; i < 60; i++)
    rgba[i] = (float) (i % 20) / 255;
  rw_picture_set_rgba (picture, &rect, rgba, 20);
  for (int i = 0; i < 10 * 8 * 4; i++) {
    const int x = i / 4 % 10, y = i / 40;
    const gboolean inside = x >= 8 && y >= 5;
    g_assert_cmpint (((guint8 *) picture->data)[i], ==,
                     inside ? (x - 8) * 4 + i % 4
                            : ((guint8 *) before->data)[i]);
  }
}

static void
test_rounding (void)
{
  static const struct {
    float value;
    int expected; /* in 8 bits */
  } values[] = {
    { -1, 0 },          { -INFINITY, 0 },      { NAN, 0 },
    { 2, 255 },         { INFINITY, 255 },     { 0.49f / 255, 0 },
    { 0.51f / 255, 1 }, { 254.4f / 255, 254 }, { 254.6f / 255, 255 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++) {
    const float v = values[i].value;
    const float rgba[4] = { v, v, v, v };
    g_autoptr (RwPicture) byte = rw_picture_new (1, 1, 4, 8, NULL);
    g_autoptr (RwPicture) word = rw_picture_new (1, 1, 1, 16, NULL);
    rw_picture_set_rgba (byte, &(RwRect){ 0, 0, 1, 1 }, rgba, 4);
    rw_picture_set_rgba (word, &(RwRect){ 0, 0, 1, 1 }, rgba, 4);
    for (int c = 0; c < 4; c++)
      g_assert_cmpint (((guint8 *) byte->data)[c], ==, values[i].expected);
    g_assert_cmpint (abs (*(guint16 *) word->data / 257 - values[i].expected),
                     <=, 1);
  }
  const float mean[4] = { 0.1f, 0.2f, 0.6f, 0.5f };
  g_autoptr (RwPicture) grey = rw_picture_new (1, 1, 2, 8, NULL);
  rw_picture_set_rgba (grey, &(RwRect){ 0, 0, 1, 1 }, mean, 4);
  g_assert_cmpint (((guint8 *) grey->data)[0], ==, 77); /* 0.3 * 255 */
  g_assert_cmpint (((guint8 *) grey->data)[1], ==, 128);
}

/* ---- files -------------------------------------------------------------- */

static void
test_other_files (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");

  assert_unreadable (path, RW_ERROR_IO, "No such file");
  assert_unreadable (scratch->folder, RW_ERROR_IO, "is a folder");
  put (path, "", 0);
  assert_unreadable (path, RW_ERROR_FORMAT, "is empty");
  put (path, "Dear Anna,\n", strlen ("Dear Anna,\n"));
  assert_unreadable (path, RW_ERROR_FORMAT, "of another kind");
  put (path, "\x89PNG\r\n\x1a\n", 8);
  assert_unreadable (path, RW_ERROR_FORMAT, "ends too early");
  put (path, "\xff\xd8\xff", 3);
  assert_unreadable (path, RW_ERROR_FORMAT, "JPEG could not be read");
}

static void
test_sides (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.png");
  GError *error = NULL;

  g_assert_null (rw_picture_new (65536, 1, 1, 8, &error));
  assert_error (&error, RW_ERROR_LIMIT, "65536 x 1");
  g_autoptr (RwPicture) widest = rw_picture_new (65535, 1, 1, 8, &error);
  g_assert_no_error (error);
  g_autoptr (RwPicture) back = save_and_load (widest, path, 0);
  assert_same_pixels (widest, back);
}

static void
test_save_refuses (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwPicture) picture = make_noise (100, 100, 3, 8);
  const char *names[] = { "a.png", "a.jpg" };
  struct rlimit before;
  GError *error = NULL;

  g_autofree char *other = scratch_path (scratch, "a.gif");
  g_assert_false (rw_picture_save (picture, other, 80, &error));
  assert_error (&error, RW_ERROR_MISMATCH,
                "expected one of .png, .jpg, .jpeg");
  g_assert_false (rw_picture_save (picture, "none/a.png", 80, &error));
  assert_error (&error, RW_ERROR_IO, "No such file");
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  const struct rlimit small = { 5000, before.rlim_max };
  for (int i = 0; i < 2; i++) { /* a full disk */
    g_autofree char *path = scratch_path (scratch, names[i]);
    g_autofree char *content = NULL;
    put (path, "old", strlen ("old"));
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
    g_assert_false (rw_picture_save (picture, path, 95, &error));
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
    assert_error (&error, RW_ERROR_IO, "make room");
    g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
    g_assert_cmpstr (content, ==, "old");
  }
  g_autoptr (GPtrArray) left = scratch_list (scratch->folder);
  g_assert_cmpuint (left->len, ==, 2);
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
  g_test_add_func ("/picture/get-rgba", test_get_rgba);
  g_test_add_func ("/picture/set-rgba", test_set_rgba);
  g_test_add_func ("/picture/set-rgba-part", test_set_rgba_part);
  g_test_add_func ("/picture/rounding", test_rounding);
  add ("/picture/other-files", test_other_files);
  add ("/picture/sides", test_sides);
  add ("/picture/save-refuses", test_save_refuses);
  return g_test_run ();
}
