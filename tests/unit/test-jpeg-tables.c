/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * io/jpeg-tables.c: files of libjpeg-turbo, and broken ones.
 */
#include "io/jpeg-tables.h"

#include "jpeg-memory.h"
#include "pictures.h"
#include "scratch.h"

enum { SIDE = 16 };

static unsigned char *
make_file (const Setup *setup, unsigned long *n)
{
  float rgb[SIDE * SIDE * 3];

  for (int i = 0; i < SIDE * SIDE * 3; i++)
    rgb[i] = (float) (i % 50) / 50;
  return encode (rgb, SIDE, SIDE, setup, n);
}

static gboolean
read_bytes (Scratch *scratch,
            const void *bytes,
            gsize n,
            RwJpegTables *tables,
            GError **error)
{
  g_autofree char *path = scratch_path (scratch, "a.jpg");

  g_assert_true (
      g_file_set_contents (path, (const char *) bytes, (gssize) n, NULL));
  return rw_jpeg_tables_read (path, tables, error);
}

static void
test_read (Scratch *scratch, gconstpointer data)
{
  for (int i = 0; i < 4; i++) {
    const Setup setup = { .quality = 20 + 20 * i,
                          .subsampling = (RwChroma) (i % 3),
                          .grey = i == 3 };
    unsigned long n = 0;
    unsigned char *file = make_file (&setup, &n);
    RwJpegTables tables = { 0 };
    RwJpegBlocks blocks = { .phase_x = 3 };
    guint16 luma[64], chroma[64];
    rw_jpeg_tables_from_quality (setup.quality, luma, chroma);
    g_assert_true (read_bytes (scratch, file, n, &tables, NULL));
    g_assert_true (rw_jpeg_blocks_from_tables (&tables, &blocks));
    g_assert_cmpint (blocks.subsampling, ==,
                     setup.grey ? RW_CHROMA_444 : setup.subsampling);
    g_assert_cmpint (blocks.grey, ==, setup.grey);
    g_assert_cmpint (blocks.phase_x, ==, 0);
    g_assert_cmpmem (blocks.luma, 128, luma, 128);
    g_assert_cmpmem (blocks.chroma, 128, setup.grey ? luma : chroma, 128);
    free (file);
  }
}

/* Every beginning and every byte set to something else: an answer with steps
 * from 1, or an error. */
static void
test_broken (Scratch *scratch, gconstpointer data)
{
  const Setup setup = { .quality = 50, .subsampling = RW_CHROMA_420 };
  unsigned long n = 0;
  unsigned char *file = make_file (&setup, &n);
  int n_errors = 0;

  for (gsize i = 0; i < 2 * (gsize) n; i++) {
    g_autofree unsigned char *bytes = g_memdup2 (file, n);
    g_autoptr (GError) error = NULL;
    RwJpegTables tables = { 0 };
    RwJpegBlocks blocks;
    if (i >= n)
      bytes[i - n] = (unsigned char) (i % 3 == 0 ? 0 : bytes[i - n] ^ 0xff);
    if (!read_bytes (scratch, bytes, i < n ? i : n, &tables, &error)) {
      g_assert_nonnull (error);
      n_errors++;
      continue;
    }
    g_assert_no_error (error);
    for (int k = 0; k < 64; k++)
      g_assert_true (tables.luma[k] > 0 && tables.chroma[k] > 0);
    g_assert_true (tables.across >= 1 && tables.across <= 4);
    g_assert_true (tables.down >= 1 && tables.down <= 4);
    rw_jpeg_blocks_from_tables (&tables, &blocks);
  }
  g_assert_cmpint (n_errors, >, 200);
  free (file);
}

static void
test_errors (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scratch_path (scratch, "none.jpg");
  const Setup setup = { .quality = 50 };
  RwJpegTables tables;
  unsigned long n = 0;
  unsigned char *file = make_file (&setup, &n);

  g_assert_false (rw_jpeg_tables_read (path, &tables, &error));
  assert_error (&error, RW_ERROR_IO, "none.jpg");
  for (gsize i = 0; i + 5 < n; i++)
    if (memcmp (file + i, "\xff\xdb", 2) == 0) {
      file[i + 5] = 0; /* the first step */
      break;
    }
  g_assert_false (read_bytes (scratch, file, n, &tables, &error));
  assert_error (&error, RW_ERROR_FORMAT, "step of 0");
  free (file);
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
  add ("/jpeg-tables/read", test_read);
  add ("/jpeg-tables/broken", test_broken);
  add ("/jpeg-tables/errors", test_errors);
  return g_test_run ();
}
