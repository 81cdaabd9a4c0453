/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Baseline JPEG without the file.  Planes hold whole numbers 0..255 as floats;
 * loops run over contiguous floats so that compilers vectorise them.
 */
#include "tasks/jpeg-blocks.h"

#include "tasks/draws.h"
#include "tasks/jpeg-dct.h"
#include "tasks/sample.h"

#include <math.h>
#include <string.h>

/* What rw_jpeg_blocks_draw draws: blocks of subsampled chroma measure 16
 * pixels; luma's phase is the rest by 8. */
#define SHARE_420 0.6
#define SHARE_422 0.15
enum { N_PHASES = 16 };
enum { SUBSAMPLING, PHASE_X, PHASE_Y }; /* indices below the key */

/* ---- tables ------------------------------------------------------------ */

/* T.81, tables K.1 and K.2 */
static const guint8 annex_luma[64] = {
  16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
  14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
  18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
};
static const guint8 annex_chroma[64] = {
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
  24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
};

enum { N_LOWEST = 15 };

/* 1 to 15 in zigzag order */
static const guint8 lowest[N_LOWEST] = { 1,  8,  16, 9,  2,  3, 10, 17,
                                         24, 32, 25, 18, 11, 4, 5 };

/* Per cent; a whole number, as in jpeg_quality_scaling. */
static int
get_scale (double quality)
{
  const double q = CLAMP (quality, 1, 100);

  return (int) (q < 50 ? 5000 / q : 200 - 2 * q);
}

static int
scale_step (int step, int scale)
{
  return CLAMP ((step * scale + 50) / 100, 1, 255);
}

void
rw_jpeg_tables_from_quality (double quality, guint16 *luma, guint16 *chroma)
{
  const int scale = get_scale (quality);

  for (int i = 0; i < 64; i++) {
    luma[i] = (guint16) scale_step (annex_luma[i], scale);
    chroma[i] = (guint16) scale_step (annex_chroma[i], scale);
  }
}

/* Mean of the lowest AC steps of the luma table of a whole quality. */
static double
get_whole_mean (int quality)
{
  const int scale = get_scale (quality);
  int sum = 0;

  for (int i = 0; i < N_LOWEST; i++)
    sum += scale_step (annex_luma[lowest[i]], scale);
  return (double) sum / N_LOWEST;
}

double
rw_jpeg_tables_get_quality (const guint16 *luma)
{
  double mean = 0, before = get_whole_mean (1);

  for (int i = 0; i < N_LOWEST; i++)
    mean += (double) luma[lowest[i]] / N_LOWEST;
  if (mean >= before)
    return 1;
  for (int quality = 2; quality <= 100; quality++) {
    const double here = get_whole_mean (quality);
    if (mean >= here)
      return quality - (mean - here) / (before - here);
    before = here;
  }
  return 100;
}

RwJpegBlocks
rw_jpeg_blocks_draw (guint64 key, double quality, gboolean grey)
{
  const double share = rw_draw_between (key, SUBSAMPLING, 0, 1);
  RwJpegBlocks blocks = {
    .subsampling = share < SHARE_420               ? RW_CHROMA_420
                   : share < SHARE_420 + SHARE_422 ? RW_CHROMA_422
                                                   : RW_CHROMA_444,
    .grey = grey,
    .phase_x = (int) rw_random_below (key, PHASE_X, N_PHASES),
    .phase_y = (int) rw_random_below (key, PHASE_Y, N_PHASES),
  };

  rw_jpeg_tables_from_quality (quality, blocks.luma, blocks.chroma);
  return blocks;
}

gboolean
rw_jpeg_blocks_from_tables (const RwJpegTables *tables, RwJpegBlocks *blocks)
{
  const int across = tables->across, down = tables->down;

  if (across > 2 || down > across)
    return FALSE;
  *blocks = (RwJpegBlocks){ .grey = tables->grey };
  memcpy (blocks->luma, tables->luma, sizeof blocks->luma);
  memcpy (blocks->chroma, tables->chroma, sizeof blocks->chroma);
  blocks->subsampling = across == 1 ? RW_CHROMA_444
                        : down == 1 ? RW_CHROMA_422
                                    : RW_CHROMA_420;
  return TRUE;
}

float
rw_jpeg_step_plane (double quality)
{
  const double q = CLAMP (quality, 1, 100);
  const int below = (int) q;
  const double low = get_whole_mean (below);
  const double high = get_whole_mean (MIN (below + 1, 100));

  return (float) (log2 (1 + low + (high - low) * (q - below)) / 8);
}

/* ---- colour ------------------------------------------------------------
 *
 * libjpeg's factors in 1/65536; all products and sums are whole numbers below
 * 2^24, which floats hold exactly. */

static inline float
limit (float value)
{
  const float above = value > 0 ? value : 0;

  return above < 255 ? above : 255;
}

enum { RUN = 64 }; /* pixels whose colours are kept apart meanwhile */

static void
split_row (const float *restrict rgb,
           int n,
           float *restrict luma,
           float *restrict cb,
           float *restrict cr)
{
  for (int first = 0; first < n; first += RUN) {
    const int m = MIN (RUN, n - first);
    const float *from = rgb + 3 * first;
    float colours[3][RUN];

    for (int i = 0; i < m; i++)
      for (int c = 0; c < 3; c++)
        colours[c][i] = from[3 * i + c];
    for (int i = 0; i < m; i++) {
      const float r = rw_round_to_byte (255 * colours[0][i]);
      const float g = rw_round_to_byte (255 * colours[1][i]);
      const float b = rw_round_to_byte (255 * colours[2][i]);
      const float y = 19595 * r + 38470 * g + 7471 * b + 32768;
      const float u =
          32768 * b - 11059 * r - 21709 * g + (128 * 65536 + 32767);
      const float v = 32768 * r - 27439 * g - 5329 * b + (128 * 65536 + 32767);
      luma[first + i] = (float) ((int) y >> 16);
      cb[first + i] = (float) ((int) u >> 16);
      cr[first + i] = (float) ((int) v >> 16);
    }
  }
}

static void
join_row (const float *restrict luma,
          const float *restrict cb,
          const float *restrict cr,
          int n,
          float *restrict rgb)
{
  for (int first = 0; first < n; first += RUN) {
    const int m = MIN (RUN, n - first);
    float *to = rgb + 3 * first;
    float colours[3][RUN];

    for (int i = 0; i < m; i++) {
      const float y = luma[first + i];
      const float u = cb[first + i] - 128, v = cr[first + i] - 128;
      const int r = (int) (91881 * v + 32768) >> 16;
      const int g = (int) (32768 - 22554 * u - 46802 * v) >> 16;
      const int b = (int) (116130 * u + 32768) >> 16;
      colours[0][i] = limit (y + (float) r) / 255;
      colours[1][i] = limit (y + (float) g) / 255;
      colours[2][i] = limit (y + (float) b) / 255;
    }
    for (int i = 0; i < m; i++)
      for (int c = 0; c < 3; c++)
        to[3 * i + c] = colours[c][i];
  }
}

static void
grey_row (const float *restrict luma, int n, float *restrict rgb)
{
  for (int i = 0; i < n; i++)
    rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = luma[i] / 255;
}

/* ---- planes ------------------------------------------------------------ */

/* All three components, of whole blocks. */
typedef struct {
  const RwJpegBlocks *settings;
  int width, height; /* of the picture */
  int across, down;  /* pixels to a chroma sample: 1 or 2 */
  /* Luma is across * chroma_width wide and down * chroma_height high. */
  gsize chroma_width, chroma_height;
  float *luma, *cb, *cr;
  float *rows; /* [4][across * chroma_width + 2]: workspace */
} Planes;

/* (transfer full): luma is to be freed. */
static Planes
make_planes (int width, int height, const RwJpegBlocks *settings)
{
  const RwChroma chroma =
      settings->grey ? RW_CHROMA_444 : settings->subsampling;
  Planes p = { .settings = settings, .width = width, .height = height };

  p.across = chroma == RW_CHROMA_444 ? 1 : 2;
  p.down = chroma == RW_CHROMA_420 ? 2 : 1;
  const int mcu_width = 8 * p.across, mcu_height = 8 * p.down;
  const gsize n_across =
      (gsize) (settings->phase_x + width + mcu_width - 1) / (gsize) mcu_width;
  const gsize n_down = (gsize) (settings->phase_y + height + mcu_height - 1) /
                       (gsize) mcu_height;
  p.chroma_width = n_across * 8;
  p.chroma_height = n_down * 8;

  const gsize luma_width = p.chroma_width * (gsize) p.across;
  const gsize n_luma = luma_width * p.chroma_height * (gsize) p.down;
  const gsize n_chroma = p.chroma_width * p.chroma_height;
  p.luma = g_new (float, n_luma + 2 * n_chroma + 4 * (luma_width + 2));
  p.cb = p.luma + n_luma;
  p.cr = p.cb + n_chroma;
  p.rows = p.cr + n_chroma;
  return p;
}

/* Repeats the first and the last pixel up to the blocks' edges. */
static void
pad_row (float *row, int before, int n, int padded)
{
  for (int i = 0; i < before; i++)
    row[i] = row[before];
  for (int i = before + n; i < padded; i++)
    row[i] = row[before + n - 1];
}

/* Means of 2 or 4 pixels, rounded down and up in turn. */
static void
shrink_rows (const Planes *p,
             const float *restrict upper,
             const float *restrict lower,
             float *restrict out)
{
  const int n = (int) p->chroma_width;

  if (p->across == 1)
    memcpy (out, upper, p->chroma_width * sizeof (float));
  else if (p->down == 1)
    for (int i = 0; i < n; i++) {
      const float sum = upper[2 * i] + upper[2 * i + 1];
      out[i] = (float) ((int) (sum + (float) (i & 1)) >> 1);
    }
  else
    for (int i = 0; i < n; i++) {
      const float sum =
          upper[2 * i] + upper[2 * i + 1] + lower[2 * i] + lower[2 * i + 1];
      out[i] = (float) ((int) (sum + (float) (1 + (i & 1))) >> 2);
    }
}

static void
copy_row (float *plane, gsize from, gsize to, gsize width)
{
  memcpy (plane + to * width, plane + from * width, width * sizeof (float));
}

/* Below the picture libjpeg repeats the last row of chroma samples, beside it
 * the last column of pixels. */
static void
split (const Planes *p, const float *rgb)
{
  const int before = p->settings->phase_x;
  const int padded = (int) p->chroma_width * p->across;
  const gsize row = (gsize) padded + 2;
  const gsize last =
      (gsize) ((p->settings->phase_y + p->height - 1) / p->down);

  for (gsize at = 0; at < p->chroma_height; at++) {
    for (int k = 0; k < p->down; k++) {
      const int y = (int) at * p->down + k;
      const int from = CLAMP (y - p->settings->phase_y, 0, p->height - 1);
      float *luma = p->luma + (gsize) y * (gsize) padded;
      float *cb = p->rows + (gsize) k * row, *cr = cb + 2 * row;
      split_row (rgb + (gsize) from * (gsize) p->width * 3, p->width,
                 luma + before, cb + before, cr + before);
      pad_row (luma, before, p->width, padded);
      pad_row (cb, before, p->width, padded);
      pad_row (cr, before, p->width, padded);
    }
    if (at > last) {
      copy_row (p->cb, last, at, p->chroma_width);
      copy_row (p->cr, last, at, p->chroma_width);
      continue;
    }
    const float *rows = p->rows;
    shrink_rows (p, rows, rows + row, p->cb + at * p->chroma_width);
    shrink_rows (p, rows + 2 * row, rows + 3 * row,
                 p->cr + at * p->chroma_width);
  }
}

/* Twice as many samples across: 3/4 of the nearest and 1/4 of the next, and in
 * the same way down if @far differs from @near; rounded as libjpeg's "fancy"
 * upsampling does.  @sums holds n + 2 values. */
static void
grow_row (const float *restrict near,
          const float *restrict far,
          int n,
          float *restrict sums,
          float *restrict out)
{
  const float unit = far == NULL ? 0.25f : 1.0f / 16;
  const float even = far == NULL ? 1 : 8, odd = far == NULL ? 2 : 7;

  if (far == NULL)
    memcpy (sums + 1, near, (gsize) n * sizeof (float));
  else
    for (int i = 0; i < n; i++)
      sums[i + 1] = 3 * near[i] + far[i];
  sums[0] = sums[1];
  sums[n + 1] = sums[n];
  for (int i = 0; i < n; i++) {
    const float centre = 3 * sums[i + 1];
    out[2 * i] = (float) (int) ((centre + sums[i] + even) * unit);
    out[2 * i + 1] = (float) (int) ((centre + sums[i + 2] + odd) * unit);
  }
}

/* libjpeg repeats the samples of very narrow pictures. */
static void
repeat_row (const float *near, int n, float *out)
{
  for (int i = 0; i < n; i++)
    out[2 * i] = out[2 * i + 1] = near[i];
}

/* The chroma that decoders give row @y of the blocks; in @out if it is not in
 * @plane. */
static const float *
get_chroma (
    const Planes *p, const float *plane, int y, float *sums, float *out)
{
  const int n = (p->settings->phase_x + p->width + p->across - 1) / p->across;
  const int last = (p->settings->phase_y + p->height - 1) / p->down;
  const int at = y / p->down;
  const float *near = plane + (gsize) at * p->chroma_width;

  if (p->across == 1)
    return near;
  if (n <= 2) {
    repeat_row (near, n, out);
    return out;
  }
  const int next = CLAMP (at + (y % 2 == 0 ? -1 : 1), 0, last);
  const float *far = plane + (gsize) next * p->chroma_width;
  grow_row (near, p->down == 1 ? NULL : far, n, sums, out);
  return out;
}

static void
join (const Planes *p, float *rgb)
{
  const int before = p->settings->phase_x;
  const gsize padded = p->chroma_width * (gsize) p->across;

  for (int y = 0; y < p->height; y++) {
    const int from = y + p->settings->phase_y;
    const float *luma = p->luma + (gsize) from * padded + before;
    float *out = rgb + (gsize) y * (gsize) p->width * 3;
    if (p->settings->grey) {
      grey_row (luma, p->width, out);
      continue;
    }
    float *u = p->rows, *v = u + padded + 2, *sums = v + padded + 2;
    const float *cb = get_chroma (p, p->cb, from, sums, u);
    const float *cr = get_chroma (p, p->cr, from, sums, v);
    join_row (luma, cb + before, cr + before, p->width, out);
  }
}

void
rw_jpeg_blocks_damage (float *rgb,
                       int width,
                       int height,
                       const RwJpegBlocks *settings)
{
  if (width <= 0 || height <= 0)
    return;

  const Planes p = make_planes (width, height, settings);
  split (&p, rgb);
  rw_jpeg_dct_code (p.luma, p.chroma_width * (gsize) p.across,
                    p.chroma_height * (gsize) p.down, settings->luma);
  if (!settings->grey) {
    rw_jpeg_dct_code (p.cb, p.chroma_width, p.chroma_height, settings->chroma);
    rw_jpeg_dct_code (p.cr, p.chroma_width, p.chroma_height, settings->chroma);
  }
  join (&p, rgb);
  g_free (p.luma);
}
