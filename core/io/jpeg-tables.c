/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A JPEG file's header by libjpeg-turbo.  All fields are hostile: libjpeg
 * checks table numbers and sampling factors only when pixels are wanted.
 */
#include "io/jpeg-tables.h"

#include "reweave.h"
#include "io/files.h"
#include "io/jpeg-trap.h"

#include <string.h>

/* What must outlive a longjmp. */
typedef struct {
  RwJpegTrap trap;
  struct jpeg_decompress_struct cinfo;
  FILE *stream;
} Reader;

static gboolean
read_header (Reader *reader)
{
  struct jpeg_decompress_struct *cinfo = &reader->cinfo;

  cinfo->err = rw_jpeg_trap_set (&reader->trap);
  if (setjmp (reader->trap.jump))
    return FALSE;
  jpeg_create_decompress (cinfo);
  cinfo->progress = &reader->trap.progress;
  jpeg_stdio_src (cinfo, reader->stream);
  jpeg_read_header (cinfo, TRUE);
  return !reader->trap.is_corrupt;
}

static gboolean
copy_table (const struct jpeg_decompress_struct *cinfo,
            int component,
            guint16 table[64])
{
  const int number = cinfo->comp_info[component].quant_tbl_no;
  const JQUANT_TBL *from = number >= 0 && number < NUM_QUANT_TBLS
                               ? cinfo->quant_tbl_ptrs[number]
                               : NULL;

  if (from == NULL)
    return FALSE;
  for (int i = 0; i < 64; i++) {
    table[i] = from->quantval[i];
    if (table[i] == 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
copy_sampling (const struct jpeg_decompress_struct *cinfo,
               RwJpegTables *tables)
{
  const jpeg_component_info *c = cinfo->comp_info;

  tables->across = tables->down = 1;
  if (tables->grey)
    return TRUE;
  if (c[1].h_samp_factor != c[2].h_samp_factor ||
      c[1].v_samp_factor != c[2].v_samp_factor || c[1].h_samp_factor < 1 ||
      c[1].v_samp_factor < 1)
    return FALSE;
  tables->across = c[0].h_samp_factor / c[1].h_samp_factor;
  tables->down = c[0].v_samp_factor / c[1].v_samp_factor;
  return tables->across * c[1].h_samp_factor == c[0].h_samp_factor &&
         tables->down * c[1].v_samp_factor == c[0].v_samp_factor &&
         tables->across >= 1 && tables->down >= 1;
}

static gboolean
copy_header (const Reader *reader,
             const char *path,
             RwJpegTables *tables,
             GError **error)
{
  const struct jpeg_decompress_struct *cinfo = &reader->cinfo;
  const J_COLOR_SPACE space = cinfo->jpeg_color_space;

  tables->grey = space == JCS_GRAYSCALE;
  if (!tables->grey && space != JCS_YCbCr) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: is a JPEG of another colour space, expected grey or "
                 "YCbCr; save it anew",
                 path);
    return FALSE;
  }
  if (!copy_sampling (cinfo, tables)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: has chroma samples that do not cover whole pixels, "
                 "expected 1 to 4 of them each way; save it anew",
                 path);
    return FALSE;
  }
  if (!copy_table (cinfo, 0, tables->luma) ||
      !copy_table (cinfo, tables->grey ? 0 : 1, tables->chroma)) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: a quantisation table is missing or has a step of 0, "
                 "expected steps from 1; get the picture again",
                 path);
    return FALSE;
  }
  return TRUE;
}

gboolean
rw_jpeg_tables_read (const char *path, RwJpegTables *tables, GError **error)
{
  Reader reader = { 0 };
  gsize n_bytes;

  reader.stream = rw_file_open (path, &n_bytes, error);
  if (reader.stream == NULL)
    return FALSE;

  const gboolean read = read_header (&reader);
  const gboolean good = read && copy_header (&reader, path, tables, error);
  if (!read)
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: JPEG could not be read (%s); get the picture again, or "
                 "open and save it with an editor",
                 path, reader.trap.message);
  jpeg_destroy_decompress (&reader.cinfo);
  fclose (reader.stream);
  return good;
}
