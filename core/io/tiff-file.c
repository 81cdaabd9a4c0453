/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * TIFF files by way of our own streams, so that caps, temporary names and
 * messages are those of the other formats.
 */
#include "io/tiff-private.h"

#include "io/metadata.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* One strip, tile or tag of a file: chosen, as large as a picture of 24
 * megapixels of four floats in one strip. */
#define MAX_PIECE ((tmsize_t) 512 << 20)

static tmsize_t
on_read (thandle_t handle, void *data, tmsize_t n)
{
  return (tmsize_t) fread (data, 1, (size_t) n,
                           ((RwTiffFile *) handle)->stream);
}

static tmsize_t
on_write (thandle_t handle, void *data, tmsize_t n)
{
  RwTiffFile *file = handle;

  if (file->reads)
    return -1;
  const size_t written = fwrite (data, 1, (size_t) n, file->stream);
  if (written != (size_t) n && file->code == 0)
    file->code = errno;
  return (tmsize_t) written;
}

static toff_t
on_seek (thandle_t handle, toff_t offset, int whence)
{
  RwTiffFile *file = handle;

  if (fseeko (file->stream, (off_t) offset, whence) != 0)
    return (toff_t) -1;
  return (toff_t) ftello (file->stream);
}

/* The stream is not libtiff's to close. */
static int
on_close (thandle_t handle)
{
  return 0;
}

static toff_t
on_size (thandle_t handle)
{
  RwTiffFile *file = handle;
  const off_t here = ftello (file->stream);

  if (fseeko (file->stream, 0, SEEK_END) != 0)
    return 0;
  const off_t size = ftello (file->stream);
  fseeko (file->stream, here, SEEK_SET);
  return (toff_t) size;
}

static int
on_error (TIFF *tiff,
          void *data,
          const char *module,
          const char *format,
          va_list arguments)
{
  RwTiffFile *file = data;

  if (file->message[0] == '\0')
    g_vsnprintf (file->message, sizeof file->message, format, arguments);
  return 1;
}

/* What libtiff could mend or may ignore. */
static int
on_warning (TIFF *tiff,
            void *data,
            const char *module,
            const char *format,
            va_list arguments)
{
  return 1;
}

TIFF *
rw_tiff_open (RwTiffFile *file, const char *path, const char *mode)
{
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc ();

  TIFFOpenOptionsSetMaxSingleMemAlloc (options, MAX_PIECE);
  TIFFOpenOptionsSetErrorHandlerExtR (options, on_error, file);
  TIFFOpenOptionsSetWarningHandlerExtR (options, on_warning, file);
  TIFF *tiff = TIFFClientOpenExt (path, mode, file, on_read, on_write, on_seek,
                                  on_close, on_size, NULL, NULL, options);
  TIFFOpenOptionsFree (options);
  return tiff;
}

gboolean
rw_tiff_is_structural (int tag)
{
  return tag == 254 || tag == 255 || (tag >= 256 && tag <= 266) ||
         tag == 273 || (tag >= 274 && tag <= 284 && tag != 274) ||
         (tag >= 288 && tag <= 297) || tag == 301 ||
         (tag >= 317 && tag <= 347 && tag != 337) ||
         (tag >= 512 && tag <= 532) || tag == 559 || tag == 700 ||
         (tag >= 32995 && tag <= 32998) || tag == 33723 || tag == 34377 ||
         tag == 34665 || tag == 34675 || tag == 34853 || tag == 37724 ||
         tag == 40965 || (tag >= 50706 && tag <= 51200) || tag == 65000;
}

/* ---- halves ------------------------------------------------------------ */

float
rw_tiff_from_half (guint16 half)
{
  const int exponent = half >> 10 & 31, mantissa = half & 1023;
  const float sign = half & 0x8000 ? -1.0f : 1.0f;

  if (exponent == 0)
    return sign * ldexpf ((float) mantissa, -24);
  if (exponent == 31)
    return mantissa != 0 ? NAN : sign * INFINITY;
  return sign * ldexpf ((float) (1024 + mantissa), exponent - 25);
}

guint16
rw_tiff_to_half (float value)
{
  const guint16 sign = signbit (value) ? 0x8000 : 0;
  const float size = fabsf (value);
  int exponent;

  if (isnan (value))
    return sign | 0x7e00;
  if (size >= 65520)
    return sign | 0x7c00;
  if (size < 0x1p-14f)
    return (guint16) (sign + (int) rintf (ldexpf (size, 24)));
  frexpf (size, &exponent); /* size is in [2^(e-1), 2^e) */
  const int mantissa = (int) rintf (ldexpf (size, 11 - exponent));
  return (guint16) (sign + ((exponent + 13) << 10) + mantissa);
}
