/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pictures: all rows of what a reader takes.  ENDING: the format of the files
 * to begin with.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/random.h"
#include "fuzz.h"
#include "io/rows.h"

enum { MOST_PIXELS = 1 << 18, SIDE = 24 };

/* Tags of the camera, a directory below, and Adobe RGB. */
static const guint8 exif[] = "II*\0\x08\0\0\0"
                             "\x02\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
                             "\x69\x87\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0"
                             "\x02\0\x01\xa0\x03\0\x01\0\0\0\xff\xff\0\0"
                             "\x05\xa0\x04\0\x01\0\0\0\x44\0\0\0\0\0\0\0"
                             "\x01\0\x01\0\x02\0\x04\0\0\0R03\0\0\0\0\0";

static void
add_seed (GPtrArray *seeds, const char *path, int channels, int depth)
{
  g_autoptr (RwPicture) picture =
      rw_picture_new (SIDE, SIDE - 7, channels, depth, NULL);
  const gsize n = rw_picture_get_stride (picture) * (gsize) picture->height;

  for (gsize i = 0; i < n; i++)
    ((guint8 *) picture->data)[i] = (guint8) (i + rw_random_bits (7, i) % 16);
  if (depth == 8)
    picture->exif = g_bytes_new_static (exif, sizeof exif - 1);
  if (rw_picture_save (picture, path, 80, NULL))
    fuzz_add_file (seeds, path);
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  g_autofree char *folder = g_dir_make_tmp ("reweave-fuzz-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a" ENDING, NULL);

  for (int channels = 1; channels <= 4; channels++)
    for (int depth = 8; depth <= 16; depth += 8)
      add_seed (seeds, path, channels, depth);
  remove (folder);
}

static void
read_rows (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwRowReader) reader = rw_row_reader_new (path, &error);

  g_assert_true ((reader == NULL) == (error != NULL));
  if (reader == NULL)
    return;
  const RwPicture *kind = rw_row_reader_get_picture (reader);
  if ((gint64) kind->width * kind->height > MOST_PIXELS)
    return;
  g_autoptr (RwPicture) rows = rw_picture_new_like (kind, kind->height, NULL);
  if (rows == NULL ||
      !rw_row_reader_read (reader, rows->data, kind->height, NULL))
    return;
  g_autofree float *rgba = g_new (float, 4 * (gsize) kind->width);
  rw_picture_get_rgba (rows, &(RwRect){ 0, 0, kind->width, 1 }, rgba);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  const int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);

  if (fd >= 0 && write (fd, data, n) == (gssize) n)
    read_rows (path);
  close (fd);
  return 0;
}
