/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Bands of latents.
 */
#include "codec/codec-bands.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "codec/codec-field.h"
#include "codec/codec-model.h"
#include "codec/codec-rans.h"

#include <math.h>
#include <string.h>

/* Bits of the length and of the number behind an escape, together. */
#define ESCAPE_BITS_MAX 16
#define CHUNK_BITS 8

typedef struct {
  const RwCodecTables *tables;
  int rate, width, height;
  RwCodecField *fields; /* one for each worker */
  RwCodecModel *models; /* also */
  int n_workers;
} Job;

int
rw_codec_count_bands (int height)
{
  return (height + RW_CODEC_BAND_ROWS - 1) / RW_CODEC_BAND_ROWS;
}

gsize
rw_codec_get_least_bytes (gsize n_latents)
{
  /* log2 (16384 / 16353) bits each, which is 1 / 366 */
  return n_latents / 366 / 8;
}

/* ---- scratch ----------------------------------------------------------- */

static void
clear_job (Job *job)
{
  for (int i = 0; i < job->n_workers; i++) {
    rw_codec_field_clear (&job->fields[i]);
    rw_codec_model_clear (&job->models[i]);
  }
  g_free (job->fields);
  g_free (job->models);
}

static gboolean
init_job (Job *job, GError **error)
{
  job->n_workers =
      MIN (rw_parallel_get_workers (), rw_codec_count_bands (job->height));
  job->fields = g_new0 (RwCodecField, (gsize) job->n_workers);
  job->models = g_new0 (RwCodecModel, (gsize) job->n_workers);
  for (int i = 0; i < job->n_workers; i++)
    if (!rw_codec_field_init (&job->fields[i], job->tables->n_channels,
                              job->width, error) ||
        !rw_codec_model_init (&job->models[i], job->tables, error)) {
      clear_job (job);
      return FALSE;
    }
  return TRUE;
}

gsize
rw_codec_bands_count_bytes (const RwCodecTables *tables, int width, int height)
{
  const gsize n_workers =
      (gsize) MIN (rw_parallel_get_workers (), rw_codec_count_bands (height));
  const gsize n = (gsize) tables->n_channels * RW_CODEC_BAND_ROWS;

  /* magnitudes, a list of intervals that may have grown once, distributions */
  return n_workers * (n * ((gsize) width + 2) * (1 + 3 * sizeof (guint32)) +
                      (gsize) tables->n_channels * (gsize) tables->n_classes *
                          (RW_CODEC_SYMBOLS + 1) * sizeof (guint16));
}

static int
get_rows (const Job *job, int band)
{
  return MIN (RW_CODEC_BAND_ROWS, job->height - band * RW_CODEC_BAND_ROWS);
}

/* Where row @y of @band in @channel begins. */
static gsize
get_offset (const Job *job, int channel, int band, int y)
{
  const gsize row = (gsize) channel * (gsize) job->height +
                    (gsize) (band * RW_CODEC_BAND_ROWS + y);

  return row * (gsize) job->width;
}

/* ---- coding ------------------------------------------------------------ */

typedef struct {
  Job job;
  const gint16 *latents;
  GByteArray **streams;
} Encoding;

/* Undoes rw_codec_fold. */
static int
unfold (guint folded)
{
  return folded & 1 ? -(int) (folded / 2) - 1 : (int) (folded / 2);
}

static int
count_bits (guint value)
{
  return 32 - __builtin_clz (value);
}

/* What is above the direct symbols: number + 1 has n bits; n - 1 zeros and a
 * one, then the n - 1 lower bits, the high ones first. */
static void
put_escape (RwRansEncoder *encoder, guint folded)
{
  const guint value = folded - RW_CODEC_ESCAPE + 1;
  const int n = count_bits (value);

  for (int i = 1; i < n; i++)
    rw_rans_put_bits (encoder, 0, 1);
  rw_rans_put_bits (encoder, 1, 1);
  for (int left = n - 1; left > 0;) {
    const int step = MIN (left, CHUNK_BITS);
    left -= step;
    rw_rans_put_bits (encoder, (value >> left) & ((1u << step) - 1), step);
  }
}

static void
put_row (RwRansEncoder *encoder,
         const Encoding *encoding,
         const RwCodecModel *model,
         const RwCodecRow *row,
         int channel,
         const gint16 *latents)
{
  const RwCodecTables *tables = encoding->job.tables;

  for (int x = 0; x < encoding->job.width; x++) {
    const int class = rw_codec_row_get_class (row, tables, x);
    guint16 *starts = rw_codec_model_get (model, channel, class);
    const guint folded = rw_codec_fold (latents[x]);
    const guint symbol = MIN (folded, RW_CODEC_ESCAPE);

    rw_rans_put (encoder, starts[symbol],
                 (guint) (starts[symbol + 1] - starts[symbol]));
    if (symbol == RW_CODEC_ESCAPE)
      put_escape (encoder, folded);
    rw_codec_model_learn (starts, symbol);
    rw_codec_row_set (row, x, latents[x]);
  }
}

static void
encode_band (int band, int worker, void *data)
{
  const Encoding *encoding = data;
  const Job *job = &encoding->job;
  const RwCodecField *field = &job->fields[worker];
  const int rows = get_rows (job, band);
  g_autoptr (GArray) intervals = g_array_sized_new (
      FALSE, FALSE, sizeof (guint32),
      (guint) (job->tables->n_channels * rows * job->width));
  RwRansEncoder encoder = { intervals };

  rw_codec_model_begin (&job->models[worker], job->tables, job->rate);
  for (int channel = 0; channel < job->tables->n_channels; channel++)
    for (int y = 0; y < rows; y++) {
      const RwCodecRow row =
          rw_codec_field_begin_row (field, job->tables, channel, y);
      put_row (&encoder, encoding, &job->models[worker], &row, channel,
               encoding->latents + get_offset (job, channel, band, y));
    }
  rw_rans_finish (&encoder, encoding->streams[band]);
}

GPtrArray *
rw_codec_encode_bands (const RwCodecTables *tables,
                       int rate,
                       const gint16 *latents,
                       int width,
                       int height,
                       GError **error)
{
  const int n = rw_codec_count_bands (height);
  Encoding encoding = { .job = { tables, rate, width, height },
                        .latents = latents };

  if (!init_job (&encoding.job, error))
    return NULL;
  encoding.streams = g_new (GByteArray *, (gsize) n);
  for (int i = 0; i < n; i++)
    encoding.streams[i] = g_byte_array_new ();
  rw_parallel_for_workers (encoding.job.n_workers, n, encode_band, &encoding);
  GPtrArray *streams =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (int i = 0; i < n; i++) { /* without what an array has in reserve */
    const GByteArray *stream = encoding.streams[i];
    g_ptr_array_add (streams, g_bytes_new (stream->data, stream->len));
    g_byte_array_unref (encoding.streams[i]);
  }
  g_free (encoding.streams);
  clear_job (&encoding.job);
  return streams;
}

/* ---- decoding ---------------------------------------------------------- */

typedef struct {
  Job job;
  RwCodecStream *streams;
  gint16 *latents;
} Decoding;

/* What put_escape put; FALSE when it is no latent. */
static gboolean
take_escape (RwRansDecoder *decoder, int *latent)
{
  int n = 1;
  guint value = 1;

  while (rw_rans_take_bits (decoder, 1) == 0)
    if (++n > ESCAPE_BITS_MAX)
      return FALSE;
  for (int left = n - 1; left > 0;) {
    const int step = MIN (left, CHUNK_BITS);
    left -= step;
    value = value << step | rw_rans_take_bits (decoder, step);
  }
  *latent = unfold (value - 1 + RW_CODEC_ESCAPE);
  return *latent >= G_MININT16 && *latent <= G_MAXINT16;
}

static gboolean
take_row (RwRansDecoder *decoder,
          const Decoding *decoding,
          const RwCodecModel *model,
          const RwCodecRow *row,
          int channel,
          gint16 *latents)
{
  const RwCodecTables *tables = decoding->job.tables;

  for (int x = 0; x < decoding->job.width; x++) {
    const int class = rw_codec_row_get_class (row, tables, x);
    guint16 *starts = rw_codec_model_get (model, channel, class);
    const guint at = rw_rans_peek (decoder);
    guint symbol = 0;
    int latent;

    while (starts[symbol + 1] <= at)
      symbol++;
    rw_rans_take (decoder, starts[symbol],
                  (guint) (starts[symbol + 1] - starts[symbol]));
    latent = unfold (symbol);
    if (symbol == RW_CODEC_ESCAPE && !take_escape (decoder, &latent))
      return FALSE;
    rw_codec_model_learn (starts, symbol);
    latents[x] = (gint16) latent;
    rw_codec_row_set (row, x, latent);
  }
  return !decoder->failed;
}

static gboolean
take_band (const Decoding *decoding, int band, int worker)
{
  const Job *job = &decoding->job;
  const RwCodecField *field = &job->fields[worker];
  RwCodecModel *model = &job->models[worker];
  const RwCodecStream *stream = &decoding->streams[band];
  RwRansDecoder decoder;

  if (stream->damaged ||
      !rw_rans_begin (&decoder, stream->bytes, stream->n_bytes))
    return FALSE;
  rw_codec_model_begin (model, job->tables, job->rate);
  for (int channel = 0; channel < job->tables->n_channels; channel++)
    for (int y = 0; y < get_rows (job, band); y++) {
      const RwCodecRow row =
          rw_codec_field_begin_row (field, job->tables, channel, y);
      if (!take_row (&decoder, decoding, model, &row, channel,
                     decoding->latents + get_offset (job, channel, band, y)))
        return FALSE;
    }
  return rw_rans_is_done (&decoder);
}

static void
decode_band (int band, int worker, void *data)
{
  const Decoding *decoding = data;

  decoding->streams[band].damaged = !take_band (decoding, band, worker);
}

/* ---- damage ------------------------------------------------------------ */

/* Rows @from..@to-1 of one channel, between the rows around them; beyond the
 * picture's ends these are 0, so that it fades away and makes no streaks. */
static void
bridge (gint16 *latents, int width, int height, int from, int to)
{
  const gint16 *above = from > 0 ? latents + (gsize) (from - 1) * width : NULL;
  const gint16 *below = to < height ? latents + (gsize) to * width : NULL;
  const int steps = to - from + 1;

  for (int y = from; y < to; y++)
    for (int x = 0; x < width; x++) {
      const int a = above != NULL ? above[x] : 0;
      const int b = below != NULL ? below[x] : 0;
      const int part = y - from + 1;
      latents[(gsize) y * width + x] =
          (gint16) ((a * (steps - part) + b * part) / steps);
    }
}

static void
bridge_damage (const Decoding *decoding, int first, int end)
{
  const Job *job = &decoding->job;
  const gsize n = (gsize) job->width * (gsize) job->height;

  for (int channel = 0; channel < job->tables->n_channels; channel++)
    bridge (decoding->latents + (gsize) channel * n, job->width, job->height,
            first * RW_CODEC_BAND_ROWS,
            MIN (end * RW_CODEC_BAND_ROWS, job->height));
}

static void
bridge_all (const Decoding *decoding)
{
  const int n = rw_codec_count_bands (decoding->job.height);

  for (int band = 0; band < n; band++) {
    const int first = band;
    while (band < n && decoding->streams[band].damaged)
      band++;
    if (band > first)
      bridge_damage (decoding, first, band);
  }
}

gboolean
rw_codec_decode_bands (const RwCodecTables *tables,
                       int rate,
                       RwCodecStream *streams,
                       int width,
                       int height,
                       gint16 *latents,
                       GError **error)
{
  Decoding decoding = { .job = { tables, rate, width, height },
                        .streams = streams,
                        .latents = latents };

  if (!init_job (&decoding.job, error))
    return FALSE;
  rw_parallel_for_workers (decoding.job.n_workers,
                           rw_codec_count_bands (height), decode_band,
                           &decoding);
  clear_job (&decoding.job);
  bridge_all (&decoding);
  return TRUE;
}

/* ---- measuring --------------------------------------------------------- */

static double
measure_row (const Job *job,
             const RwCodecRow *row,
             int channel,
             const gint16 *latents)
{
  double bits = 0;

  for (int x = 0; x < job->width; x++) {
    const int class = rw_codec_row_get_class (row, job->tables, x);
    guint16 *starts = rw_codec_model_get (&job->models[0], channel, class);
    const guint folded = rw_codec_fold (latents[x]);
    const guint symbol = MIN (folded, RW_CODEC_ESCAPE);

    bits += RW_CODEC_PRECISION - log2 (starts[symbol + 1] - starts[symbol]);
    if (symbol == RW_CODEC_ESCAPE)
      bits += rw_codec_count_escape_bits (folded);
    rw_codec_model_learn (starts, symbol);
    rw_codec_row_set (row, x, latents[x]);
  }
  return bits;
}

gboolean
rw_codec_measure_channels (const RwCodecTables *tables,
                           int rate,
                           const gint16 *latents,
                           int width,
                           int height,
                           double *bits,
                           GError **error)
{
  Job job = { tables, rate, width, height };

  if (!init_job (&job, error))
    return FALSE;
  memset (bits, 0, (gsize) tables->n_channels * sizeof *bits);
  for (int band = 0; band < rw_codec_count_bands (height); band++) {
    rw_codec_model_begin (&job.models[0], tables, rate);
    for (int channel = 0; channel < tables->n_channels; channel++)
      for (int y = 0; y < get_rows (&job, band); y++) {
        const RwCodecRow row =
            rw_codec_field_begin_row (&job.fields[0], tables, channel, y);
        bits[channel] +=
            measure_row (&job, &row, channel,
                         latents + get_offset (&job, channel, band, y));
      }
  }
  clear_job (&job);
  return TRUE;
}
