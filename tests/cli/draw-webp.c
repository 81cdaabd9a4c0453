/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Draws WebP files for tests: draw-webp lossless|lossy|animation OUT PIXELS,
 * PIXELS a file of 4 bytes RGBA each, 24 x 16 of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/encode.h>
#include <webp/mux.h>

enum { WIDTH = 24, HEIGHT = 16 };

static void
save (const char *path, const uint8_t *data, size_t n)
{
  FILE *file = fopen (path, "wb");

  if (file == NULL || fwrite (data, 1, n, file) != n || fclose (file) != 0)
    exit (1);
}

static void
animate (const char *path, const uint8_t *frame, size_t n)
{
  WebPMux *mux = WebPMuxNew ();
  WebPMuxFrameInfo info = { .bitstream = { frame, n },
                            .duration = 100,
                            .id = WEBP_CHUNK_ANMF };
  WebPMuxAnimParams params = { 0 };
  WebPData file;

  for (int i = 0; i < 2; i++)
    if (WebPMuxPushFrame (mux, &info, 1) != WEBP_MUX_OK)
      exit (1);
  if (WebPMuxSetAnimationParams (mux, &params) != WEBP_MUX_OK ||
      WebPMuxAssemble (mux, &file) != WEBP_MUX_OK)
    exit (1);
  save (path, file.bytes, file.size);
  WebPDataClear (&file);
  WebPMuxDelete (mux);
}

int
main (int argc, char **argv)
{
  static uint8_t pixels[4 * WIDTH * HEIGHT];
  WebPConfig config;
  WebPPicture picture;
  WebPMemoryWriter writer;
  FILE *file = argc == 4 ? fopen (argv[3], "rb") : NULL;

  if (file == NULL || fread (pixels, sizeof pixels, 1, file) != 1)
    return 1;
  fclose (file);
  WebPConfigInit (&config);
  config.lossless = strcmp (argv[1], "lossy") != 0;
  config.exact = 1;
  WebPPictureInit (&picture);
  picture.use_argb = 1;
  picture.width = WIDTH;
  picture.height = HEIGHT;
  WebPMemoryWriterInit (&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  if (!WebPPictureImportRGBA (&picture, pixels, 4 * WIDTH) ||
      !WebPEncode (&config, &picture))
    return 1;
  if (strcmp (argv[1], "animation") == 0)
    animate (argv[2], writer.mem, writer.size);
  else
    save (argv[2], writer.mem, writer.size);
  WebPPictureFree (&picture);
  WebPMemoryWriterClear (&writer);
  return 0;
}
