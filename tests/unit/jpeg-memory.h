/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * JPEG files in memory, by libjpeg-turbo itself.
 */
#pragma once

#include "tasks/jpeg-blocks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>
#include <jpeglib.h>

/* Its default.  Its other one, in floats, rounds halves to even and so differs
 * from this one on drawn pictures, in which many coefficients lie halfway. */
static const J_DCT_METHOD dct = JDCT_ISLOW;

typedef struct {
  int quality;
  RwChroma subsampling;
  gboolean grey;
} Setup;

static inline guint8 *
to_bytes (const float *rgb, int n, int channels)
{
  guint8 *bytes = g_new (guint8, n * channels);

  for (int i = 0; i < n * channels; i++) {
    const double value = (double) rgb[channels == 1 ? 3 * i : i];
    bytes[i] = (guint8) floor (CLAMP (value, 0, 1) * 255 + 0.5);
  }
  return bytes;
}

static inline void
set_up (struct jpeg_compress_struct *cinfo, const Setup *setup)
{
  cinfo->input_components = setup->grey ? 1 : 3;
  cinfo->in_color_space = setup->grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults (cinfo);
  jpeg_set_quality (cinfo, setup->quality, TRUE);
  cinfo->dct_method = dct;
  cinfo->comp_info[0].h_samp_factor =
      setup->grey || setup->subsampling == RW_CHROMA_444 ? 1 : 2;
  cinfo->comp_info[0].v_samp_factor =
      !setup->grey && setup->subsampling == RW_CHROMA_420 ? 2 : 1;
}

static inline unsigned char *
encode (const float *rgb,
        int width,
        int height,
        const Setup *setup,
        unsigned long *n)
{
  const int channels = setup->grey ? 1 : 3;
  g_autofree guint8 *bytes = to_bytes (rgb, width * height, channels);
  struct jpeg_compress_struct cinfo = { 0 };
  struct jpeg_error_mgr manager;
  unsigned char *file = NULL;

  cinfo.err = jpeg_std_error (&manager);
  jpeg_create_compress (&cinfo);
  jpeg_mem_dest (&cinfo, &file, n);
  cinfo.image_width = (JDIMENSION) width;
  cinfo.image_height = (JDIMENSION) height;
  set_up (&cinfo, setup);
  jpeg_start_compress (&cinfo, TRUE);
  for (int y = 0; y < height; y++) {
    JSAMPROW row = bytes + y * width * channels;
    jpeg_write_scanlines (&cinfo, &row, 1);
  }
  jpeg_finish_compress (&cinfo);
  jpeg_destroy_compress (&cinfo);
  return file;
}

static inline guint8 *
decode (const unsigned char *file, unsigned long n, int width, int height)
{
  guint8 *rgb = g_new (guint8, width * height * 3);
  struct jpeg_decompress_struct cinfo = { 0 };
  struct jpeg_error_mgr manager;

  cinfo.err = jpeg_std_error (&manager);
  jpeg_create_decompress (&cinfo);
  jpeg_mem_src (&cinfo, file, n);
  jpeg_read_header (&cinfo, TRUE);
  cinfo.out_color_space = JCS_RGB;
  cinfo.dct_method = dct;
  jpeg_start_decompress (&cinfo);
  for (int y = 0; y < height; y++) {
    JSAMPROW row = rgb + y * width * 3;
    jpeg_read_scanlines (&cinfo, &row, 1);
  }
  jpeg_finish_decompress (&cinfo);
  jpeg_destroy_decompress (&cinfo);
  return rgb;
}

static inline guint8 *
compress (const float *rgb, int width, int height, const Setup *setup)
{
  unsigned long n = 0;
  unsigned char *file = encode (rgb, width, height, setup, &n);
  guint8 *bytes = decode (file, n, width, height);

  free (file);
  return bytes;
}
